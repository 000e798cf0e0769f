//! Evaluations: questions of one's own, comparisons, tuning, drafts, runs of other programs; here and at a server.

use std::path::{Path, PathBuf};

use fs_err as fs;
use serde_json::{Value, json};

use crate::support::{ModelServer, Ragstone, Script, Server, root};

/// The handbook as documents of a collection, and its queries as a file of questions about them.
fn handbook() -> (Ragstone, PathBuf) {
    let ragstone = Ragstone::new();
    let fixture = root().join("tests/fixtures/handbook");
    let lines = |name: &str| -> Vec<Value> {
        fs::read_to_string(fixture.join(name)).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    for document in lines("corpus.jsonl") {
        let text = format!("# {}\n\n{}\n", document["title"].as_str().unwrap(), document["text"].as_str().unwrap());
        ragstone.write(&format!("{}.md", document["_id"].as_str().unwrap()), text);
    }
    ragstone.ingest();
    let qrels = fs::read_to_string(fixture.join("qrels/test.tsv")).unwrap();
    let relevant = |query: &str| -> Vec<String> {
        let columns = qrels.lines().map(|line| line.split('\t').collect::<Vec<_>>());
        columns.filter(|columns| columns[0] == query).map(|columns| format!("{}.md", columns[1])).collect()
    };
    let questions = lines("queries.jsonl").into_iter().map(|query| {
        let id = query["_id"].as_str().unwrap();
        json!({"id": id, "question": query["text"], "documents": relevant(id)}).to_string()
    });
    let path = write(&ragstone, "questions.jsonl", questions.collect::<Vec<_>>().join("\n"));
    (ragstone, path)
}

/// Writes a file that is no document.
fn write(ragstone: &Ragstone, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let folder = ragstone.documents().parent().unwrap().join("evaluation");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, content).unwrap();
    path
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn ones_own_questions_are_measured_with_intervals() {
    let (ragstone, questions) = handbook();
    let html = questions.with_file_name("report.html");
    let measured = ragstone.json(&["eval", "run", text(&questions), "--report", text(&html)]);
    let (mean, interval) = (measured["metrics"]["ndcg@10"].as_f64().unwrap(), &measured["intervals"]["ndcg@10"]);
    assert!(mean > 0.8, "{measured:#}");
    assert!(interval[0].as_f64().unwrap() <= mean && mean <= interval[1].as_f64().unwrap(), "{interval}");
    assert_eq!((&measured["queries"], &measured["documents"], &measured["unresolved"]), (&json!(20), &json!(20), &json!([])));
    assert!(fs::read_to_string(html).unwrap().contains("<td>ndcg@10</td>"));

    let again = ragstone.json(&["eval", text(&questions)]);
    assert_eq!(again["intervals"], measured["intervals"], "`run` may be left out, and figures repeat");
    let printed = ragstone.ok(&["eval", "run", text(&questions)]);
    assert!(printed.contains("95 % interval") && printed.contains("20 questions over 20 documents"), "{printed}");
}

#[test]
fn quotes_answers_and_refusals_are_measured() {
    let (ragstone, _) = handbook();
    let questions = write(
        &ragstone,
        "answers.jsonl",
        r#"{"question": "How many days of paid vacation does an employee have?", "quotes": ["thirty days of paid vacation"], "answer": "thirty days"}
{"question": "Until when is a sick note due?", "passages": [{"document": "sick.md", "quote": "needed from the fourth day on"}]}
{"question": "Which comet did Caroline Herschel discover?", "answerable": false}
{"question": "Lost?", "quotes": ["these words are nowhere"]}"#,
    );
    let measured = ragstone.json(&["eval", "run", text(&questions), "--answers"]);
    let metrics = &measured["metrics"];
    for (name, least) in
        [("answered", 0.5), ("abstained", 1.0), ("citation_recall", 0.5), ("answer_contained", 1.0), ("token_recall@5", 0.9)]
    {
        assert!(metrics[name].as_f64().unwrap() >= least, "{name}: {metrics:#}");
    }
    assert_eq!(metrics["faithfulness_by_sentence_support"], 1.0, "what is quoted is supported");
    assert_eq!(metrics.get("faithfulness_by_model"), None, "there is no model");
    assert_eq!((&measured["queries"], &measured["unresolved"][0]["id"]), (&json!(3), &json!("q4")));
}

#[test]
fn a_model_judges_where_one_is_configured() {
    let (ragstone, _) = handbook();
    let model = ModelServer::start(Script::Says(vec!["1: yes\nEmployees have thirty days [1]."]));
    let ragstone = ragstone.with(format!("generate.base_url={}", model.base_url)).with("generate.model=small");
    let question = r#"{"question": "How many days of paid vacation does an employee have?", "documents": ["leave.md"]}"#;
    let questions = write(&ragstone, "judged.jsonl", question);
    let measured = ragstone.json(&["eval", "run", text(&questions), "--answers"]);
    assert!(measured["metrics"]["faithfulness_by_model"].as_f64().unwrap() > 0.0, "{measured:#}");
    assert!(measured["metrics"]["faithfulness_by_sentence_support"].is_number(), "{measured:#}");
}

#[test]
fn configurations_are_compared_on_one_index_or_on_several() {
    let (ragstone, questions) = handbook();
    let words = write(&ragstone, "words.toml", "[retrieve]\ndense_weight = 0.0\n");
    let small = write(&ragstone, "small.toml", "[chunk]\nmax_tokens = 32\nmin_tokens = 16\n");
    let (html, svg) = (questions.with_file_name("compare.html"), questions.with_file_name("compare.svg"));
    let report = ragstone.json(&[
        "eval",
        "compare",
        "defaults",
        text(&words),
        text(&small),
        text(&questions),
        "--report",
        text(&html),
        "--plot",
        text(&svg),
    ]);
    let names: Vec<_> = report["subjects"].as_array().unwrap().iter().map(|subject| subject["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["defaults", "words.toml", "small.toml"]);
    let compared = &report["subjects"][1]["compared"];
    let difference = &compared["differences"]["ndcg@10"];
    assert!(difference["mean"].as_f64().unwrap() < 0.0 && difference["p_value"].as_f64().unwrap() <= 1.0, "{difference:#}");
    assert_eq!(compared["lost"].as_array().unwrap().len() as u64, difference["lost"].as_u64().unwrap());
    assert_eq!(report["subjects"][1]["settings"], json!({"retrieve.dense_weight": "0.0"}));
    assert!(report["subjects"][2]["measures"]["ndcg@10"]["mean"].as_f64().unwrap() > 0.5, "measured on an index of its own");
    assert!(fs::read_to_string(html).unwrap().contains("<svg"));
    assert!(fs::read_to_string(svg).unwrap().contains("small.toml"));
    assert_eq!(ragstone.json(&["collections", "show", "default"])["documents"], 20, "the collection is as it was");
}

#[test]
fn a_figure_below_its_floor_has_an_exit_code() {
    let (ragstone, questions) = handbook();
    let run = |floor: &str| ragstone.run(&["eval", "run", text(&questions), "--fail-under", floor]);
    assert_eq!(run("ndcg@10=0.5").code, Some(0));
    let under = run("ndcg@10=0.999");
    assert_eq!(under.code, Some(3), "{under:#?}");
    assert!(under.stderr.contains("wanted: 0.999"), "{}", under.stderr);
    run("ndcg@7=0.5").refused(&["`ndcg@7` was not measured", "ndcg@10"]);
    run("ndcg@10").refused(&["`ndcg@10=0.70`"]);
}

#[test]
fn runs_are_written_and_scored_again() {
    let (ragstone, questions) = handbook();
    let (run, qrels) = (questions.with_file_name("run.trec"), questions.with_file_name("qrels.trec"));
    let measured = ragstone.json(&["eval", "run", text(&questions), "--save-run", text(&run), "--save-qrels", text(&qrels)]);
    let scored = ragstone.json(&["eval", "score", "--run", text(&run), "--qrels", text(&qrels)]);
    for measure in ["ndcg@10", "map", "recall@100"] {
        let again = scored["subjects"][0]["measures"][measure]["mean"].as_f64().unwrap();
        assert!((measured["metrics"][measure].as_f64().unwrap() - again).abs() < 1e-9, "{measure}");
    }
    let broken = write(&ragstone, "broken.trec", "q1 Q0 a 1 NaN x\n");
    ragstone.run(&["eval", "score", "--run", text(&broken), "--qrels", text(&qrels)]).refused(&["broken.trec", "line 1"]);
    let other = write(&ragstone, "other.trec", "other Q0 a 1 1 x\n");
    ragstone.run(&["eval", "score", "--run", text(&other), "--qrels", text(&qrels)]).refused(&["no query of the run is judged"]);
}

#[test]
fn drafts_can_be_measured_and_repeat() {
    let (ragstone, questions) = handbook();
    let drafted = questions.with_file_name("drafted.jsonl");
    ragstone.ok(&["eval", "draft", "default", "-n", "12", "-o", text(&drafted)]);
    let lines = fs::read_to_string(&drafted).unwrap();
    assert_eq!(lines.lines().count(), 12, "{lines}");
    assert_eq!(ragstone.ok(&["eval", "draft", "default", "-n", "12"]), lines, "the same seed, the same questions");
    assert_ne!(ragstone.ok(&["eval", "draft", "default", "-n", "12", "--seed", "7"]), lines);
    let measured = ragstone.json(&["eval", "run", text(&drafted)]);
    assert_eq!((&measured["queries"], &measured["unresolved"]), (&json!(12), &json!([])), "every quote is found");
    ragstone.run(&["eval", "draft", "default", "-o", text(&drafted)]).refused(&["is there already"]);
    ragstone.run(&["eval", "draft", "nothing"]).refused(&["collection `nothing` does not exist"]);
}

#[test]
fn settings_are_chosen_on_some_questions_and_judged_on_others() {
    let (ragstone, questions) = handbook();
    let ragstone = ragstone.with("retrieve.dense_weight=0.0");
    let tuned = ragstone.json(&["eval", "tune", text(&questions), "--metric", "mrr@10"]);
    assert_eq!(tuned["report"]["questions"], 10, "half of them are held out: {tuned:#}");
    assert!(tuned["settings"]["dense_weight"].as_f64().unwrap() > 0.0, "words alone are not the best: {tuned:#}");
    assert_eq!(tuned["applied"], false);
    let few = fs::read_to_string(&questions).unwrap().lines().take(6).collect::<Vec<_>>().join("\n");
    let few = write(&ragstone, "few.jsonl", few);
    ragstone.run(&["eval", "tune", text(&few)]).refused(&["too few", "eval draft"]);
}

#[test]
fn a_server_evaluates_its_own_collection() {
    let (ragstone, questions) = handbook();
    let here = ragstone.json(&["eval", "run", text(&questions)]);
    let server = Server::start(&ragstone);
    let there = ragstone.json(&["eval", "run", text(&questions), "--url", &server.url]);
    assert_eq!(here["metrics"], there["metrics"]);
    ragstone.run(&["eval", "run", text(&questions), "-c", "none", "--url", &server.url]).refused(&["collection `none` does not exist"]);
    ragstone.run(&["eval", "tune", text(&questions), "--url", &server.url]).refused(&["only `ragstone eval run`"]);
}

#[test]
fn wrong_files_are_refused_by_line() {
    let (ragstone, questions) = handbook();
    let refused = |content: &[u8], words: &[&str]| {
        let path = write(&ragstone, "wrong.jsonl", content);
        ragstone.run(&["eval", "run", text(&path)]).refused(words);
    };
    refused(b"{\"question\": \"a\", \"documents\": [\"leave.md\"]}\n{\"question\"", &["wrong.jsonl", "line 2"]);
    refused(b"{\"question\": \"a\", \"document\": [\"leave.md\"]}", &["line 1", "`document`"]);
    refused(b"{\"question\": \"\xff\"}", &["line 1", "UTF-8"]);
    refused(b"\n", &["no entries"]);
    refused(b"{\"question\": \"a\", \"documents\": [\"gone.md\"]}", &["none of the 1 questions", "`gone.md`"]);
    ragstone.run(&["eval", "run", "no/such/file.jsonl"]).refused(&["no/such/file.jsonl"]);
    ragstone.run(&["eval", "run", text(&questions), "-c", "none"]).refused(&["collection `none` does not exist"]);
    ragstone.run(&["eval", "run", text(&questions), "--report", "report.doc"]).refused(&["report.doc", ".html"]);
    ragstone.run(&["eval", "compare", "defaults", "gone.toml", text(&questions)]).refused(&["gone.toml", "does not exist"]);
    ragstone.run(&["eval", "chunking", text(questions.parent().unwrap())]).refused(&["questions.jsonl", "line 1"]);
}
