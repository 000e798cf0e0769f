//! Another embedding model for a collection: no search fails or mixes vectors meanwhile, and whatever cuts it off loses nothing.

use std::collections::HashMap;
use std::process::{Command, Stdio};
use std::time::Duration;

use fs_err as fs;
use serde_json::{Value, json};

use crate::crash::Moments;
use crate::support::{Answer, Load, Ragstone, Server, eventually, root, search, two_models};

const QUERIES: [&str; 6] = [
    "stone river engine",
    "where is the ledger of the harbour kept?",
    "a violin under a comet",
    "orchard and glacier",
    "lantern",
    "what do bees make honey from?",
];

fn write_documents(ragstone: &Ragstone, count: u32) {
    let mut words = Moments(11);
    let vocabulary = ["stone", "river", "engine", "ledger", "harbour", "violin", "comet", "orchard", "glacier", "lantern", "honey", "bees"];
    for number in 0..count {
        let mut paragraph = || (0..70).map(|_| vocabulary[usize::try_from(words.next(12)).unwrap()]).collect::<Vec<_>>().join(" ");
        let (first, second) = (paragraph(), paragraph());
        ragstone.write(&format!("{number}.md"), format!("# Document {number}\n\n{first}.\n\n## More\n\n{second}.\n"));
    }
}

/// A collection of some documents, and a folder with another model.
fn library(documents: u32) -> (Ragstone, tempfile::TempDir, String) {
    let models = tempfile::tempdir().unwrap();
    let [configured, other] = two_models(models.path());
    let ragstone = Ragstone::new().with(format!("embed.model_dir={}", configured.display()));
    write_documents(&ragstone, documents);
    ragstone.ingest();
    (ragstone, models, other.to_str().unwrap().to_owned())
}

/// The program as a client of a server; it must succeed.
fn client(server: &Server, arguments: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ragstone"));
    command.args(arguments).args(["--json", "--url", &server.url]).current_dir(root()).stdin(Stdio::null());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn model<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [&["collections", "model", "default"], arguments].concat()
}

/// What each query finds now, by the index that is searched.
fn lists(server: &Server) -> HashMap<(String, String), Vec<String>> {
    let answers = QUERIES.map(|query| search(&server.url, query));
    answers.map(|answer| ((answer.index.unwrap(), answer.query), answer.chunks)).into()
}

#[test]
fn no_search_fails_or_mixes_vectors_while_the_model_is_changed() {
    let (ragstone, _models, folder) = library(30);
    let server = Server::start(&ragstone);
    let mut expected = lists(&server);
    let load = Load::start(&server.url, &QUERIES, Duration::from_millis(20));

    let prepared = client(&server, &model(&["prepare", "--to", &folder, "--yes"]));
    assert_eq!((&prepared["other"]["missing"], &prepared["other"]["chunks"]), (&json!(0), &json!(60)), "{prepared}");
    assert_eq!(prepared["collection"]["generation"], json!(0), "nothing is switched yet");
    let switched = client(&server, &model(&["switch"]));
    assert_eq!(switched["embedding"]["model"], json!("shallow-MiniLM"));
    std::thread::sleep(Duration::from_millis(500));
    client(&server, &model(&["back"]));
    std::thread::sleep(Duration::from_millis(500));
    client(&server, &model(&["switch"]));
    client(&server, &model(&["drop", "--yes"]));
    std::thread::sleep(Duration::from_millis(500));
    let answers = load.end();

    expected.extend(lists(&server));
    assert_eq!(expected.len(), 2 * QUERIES.len(), "two indexes were searched");
    for index in ["default", "default@1"] {
        let count = answers.iter().filter(|answer| answer.index.as_deref() == Ok(index)).count();
        assert!(count >= 5, "{count} of {} searches went by {index}: that is no load", answers.len());
    }
    for Answer { query, index, chunks } in answers {
        let index = index.unwrap_or_else(|error| panic!("`{query}` failed: {error}"));
        assert!(!chunks.is_empty(), "`{query}` found nothing");
        assert_eq!(chunks, expected[&(index.clone(), query.clone())], "`{query}` in {index}");
    }
    let differ = QUERIES.iter().filter(|query| {
        let list = |index: &str| &expected[&(index.to_owned(), (**query).to_owned())];
        list("default") != list("default@1")
    });
    assert!(differ.count() >= 3, "two models that find the same prove nothing");
}

#[test]
fn killed_while_it_prepares_it_goes_on() {
    let (ragstone, _models, folder) = library(80);
    let mut moments = Moments(5);
    for _ in 0..4 {
        let mut prepare = ragstone.start(&model(&["prepare", "--to", &folder, "--yes"]));
        std::thread::sleep(Duration::from_millis(700 + moments.next(2_000)));
        prepare.kill().unwrap();
        prepare.wait().unwrap();
        assert_eq!(ragstone.json(&["search", "honey"])["model"]["index"], json!("default"));
    }
    let status = ragstone.json(&model(&["prepare", "--to", &folder, "--yes"]));
    assert_eq!((&status["other"]["missing"], &status["other"]["chunks"]), (&json!(0), &json!(160)), "{status}");
    let jobs = ragstone.ok(&["jobs"]);
    assert!(jobs.contains("vectors of ") && jobs.contains("done"), "{jobs}");
    ragstone.ok(&model(&["switch"]));
    ragstone.ok(&model(&["drop", "--yes"]));
    assert_eq!(found(&ragstone), found(&undisturbed(80, &folder)));
}

#[test]
fn killed_while_it_switches_it_is_the_one_or_the_other() {
    let (ragstone, _models, folder) = library(20);
    ragstone.json(&model(&["prepare", "--to", &folder, "--yes"]));
    let mut moments = Moments(3);
    for _ in 0..8 {
        let before = ragstone.json(&["collections", "show", "default"])["generation"].as_u64().unwrap();
        let verb = if before == 0 { "switch" } else { "back" };
        let mut switch = ragstone.start(&model(&[verb]));
        std::thread::sleep(Duration::from_millis(300 + moments.next(700)));
        switch.kill().unwrap();
        switch.wait().unwrap();
        let shown = ragstone.json(&["collections", "show", "default"]);
        let names = ["all-MiniLM-L6-v2", "shallow-MiniLM"];
        assert_eq!(shown["embedding"]["model"], json!(names[usize::try_from(shown["generation"].as_u64().unwrap()).unwrap()]));
        let response = ragstone.json(&["search", "honey"]);
        assert_eq!(response["model"]["name"], shown["embedding"]["model"]);
        assert!(!response["hits"].as_array().unwrap().is_empty());
    }
    assert_eq!(ragstone.json(&model(&[]))["other"]["missing"], json!(0));
}

#[test]
fn what_is_ingested_meanwhile_is_there_after_the_switch() {
    let (ragstone, _models, folder) = library(10);
    ragstone.json(&model(&["prepare", "--to", &folder, "--yes"]));
    ragstone.write("otter.md", "# Otters\n\nOtters hold hands while they sleep.\n");
    fs::remove_file(ragstone.documents().join("0.md")).unwrap();
    ragstone.json(&["ingest", ragstone.documents().to_str().unwrap(), "--prune"]);
    let status = ragstone.json(&model(&[]));
    assert_eq!(status["other"]["missing"], json!(1));
    ragstone.ok(&model(&["switch"]));
    let found = ragstone.json(&["search", "who holds hands?"]);
    assert_eq!(found["hits"][0]["document"]["title"], json!("Otters"));
    assert_eq!(ragstone.json(&["ingest", ragstone.documents().to_str().unwrap()])["unchanged"], json!(10));
}

#[test]
fn models_are_compared_on_questions() {
    let (ragstone, _models, folder) = library(10);
    ragstone.write("otter.md", "# Otters\n\nOtters hold hands while they sleep.\n");
    ragstone.ingest();
    ragstone.run(&model(&["compare", "nowhere.jsonl"])).refused(&["nowhere.jsonl"]);
    ragstone.json(&model(&["prepare", "--to", &folder, "--yes"]));
    let questions = ragstone.data_dir().join("questions.jsonl");
    let lines = [r#"{"question": "who holds hands asleep?", "documents": ["otter.md"]}"#, "a violin under a comet"];
    fs::write(&questions, lines.join("\n")).unwrap();
    let compared = ragstone.json(&model(&["compare", questions.to_str().unwrap()]));
    assert_eq!((&compared["questions"], &compared["judged"]), (&json!(2), &json!(1)));
    for (side, name) in [("current", "all-MiniLM-L6-v2"), ("other", "shallow-MiniLM")] {
        assert_eq!(compared[side]["model"], json!(name));
        assert_eq!(compared[side]["ndcg_at_10"], json!(1.0), "{compared}");
    }
    let shown = ragstone.ok(&model(&["compare", questions.to_str().unwrap()]));
    assert!(shown.contains("2 questions, 1 of them judged") && shown.contains("shallow-MiniLM"), "{shown}");

    fs::write(&questions, r#"{"query": "x"}"#).unwrap();
    ragstone.run(&model(&["compare", questions.to_str().unwrap()])).refused(&["questions.jsonl`, line 1", "missing field `question`"]);
}

#[test]
fn a_job_of_the_server_goes_on_after_a_kill_and_can_be_cancelled() {
    let (ragstone, _models, folder) = library(120);
    let mut server = Server::start(&ragstone);
    let mut prepare = Command::new(env!("CARGO_BIN_EXE_ragstone"))
        .args(model(&["prepare", "--to", &folder, "--yes"]))
        .args(["--url", &server.url])
        .current_dir(root())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    eventually("some vectors are there", || client(&server, &model(&[]))["other"]["chunks"].as_u64().is_some_and(|chunks| chunks > 0));
    server.signal("KILL");
    server.wait();
    prepare.wait().unwrap();

    let server = Server::start(&ragstone);
    eventually("the server has gone on by itself, to the job's end", || ragstone.json(&["jobs"])[0]["state"] == "done");
    assert_eq!(client(&server, &model(&[]))["other"]["missing"], json!(0));
    assert_eq!(client(&server, &model(&["switch"]))["generation"], json!(1));
}

#[test]
fn what_cannot_be_done_says_why() {
    let (ragstone, _models, folder) = library(2);
    ragstone.run(&model(&["switch"])).refused(&["has no other model", "prepare --to FOLDER"]);
    ragstone.run(&model(&["prepare", "--to", &folder.replace("shallow-MiniLM", "all-MiniLM-L6-v2"), "--yes"])).refused(&["already"]);
    ragstone.run(&model(&["prepare", "--to", "/nowhere/model", "--yes"])).refused(&["/nowhere/model"]);
    ragstone.run(&model(&["prepare", "--to", &folder])).refused(&["give `--yes`"]);
    ragstone.run(&["search", "honey", "--model", "other"]).refused(&["has no other model"]);

    ragstone.json(&model(&["prepare", "--to", &folder, "--yes"]));
    assert_eq!(ragstone.json(&["search", "honey", "--model", "other"])["model"]["name"], json!("shallow-MiniLM"));
    ragstone.ok(&model(&["switch"]));
    fs::rename(&folder, format!("{folder}-moved")).unwrap();
    ragstone.run(&["search", "honey"]).refused(&["shallow-MiniLM", folder.as_str(), "put the model back there"]);
    ragstone.ok(&model(&["back"]));
    assert_eq!(ragstone.json(&["search", "honey"])["model"]["index"], json!("default"));
}

/// A collection that had the other model from the beginning.
fn undisturbed(documents: u32, folder: &str) -> Ragstone {
    let ragstone = Ragstone::new().with(format!("embed.model_dir={folder}"));
    write_documents(&ragstone, documents);
    ragstone.ingest();
    ragstone
}

/// What searches see, but for ids and paths.
fn found(ragstone: &Ragstone) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for query in QUERIES {
        let response = ragstone.json(&["search", query, "--limit", "1000"]);
        let hits = response["hits"].as_array().unwrap().iter().map(|hit| {
            let text = hit["chunk"]["text"].as_str().unwrap().to_owned();
            (text, format!("{:.3}", hit["score"].as_f64().unwrap()))
        });
        let mut hits: Vec<_> = hits.collect();
        hits.sort();
        found.extend(hits);
    }
    found
}
