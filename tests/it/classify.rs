//! Labels for texts: learned, kept, corrected, served; and what happens to input that is wrong.

use std::path::PathBuf;

use fs_err as fs;
use serde_json::{Value, json};

use crate::support::{ModelServer, Ragstone, Script, Server, root};

fn fixture(set: &str, part: &str) -> String {
    root().join("tests/fixtures").join(set).join(part).to_string_lossy().into_owned()
}

/// Trains on a fixture.
fn trained(set: &str) -> (Ragstone, Value) {
    let ragstone = Ragstone::new();
    let report = ragstone.json(&["classify", "train", set, &fixture(set, "train.jsonl")]);
    (ragstone, report)
}

fn accuracy(ragstone: &Ragstone, set: &str) -> f64 {
    let measured = ragstone.json(&["classify", "evaluate", set, &fixture(set, "test.jsonl")]);
    measured["figures"]["accuracy"].as_f64().unwrap()
}

#[test]
fn tickets_are_labelled_by_meaning_and_logs_by_their_codes() {
    for (set, floor) in [("tickets", 0.80), ("logs", 0.90)] {
        let (ragstone, report) = trained(set);
        let held_out = report["report"]["figures"]["accuracy"].as_f64().unwrap();
        let reached = accuracy(&ragstone, set);
        assert!(reached >= floor, "{set}: accuracy is {reached}, it was at least {floor}; held out {held_out}");
    }
}

#[test]
fn what_is_out_of_scope_is_none_of_these() {
    let ragstone = Ragstone::new();
    let strangers = fixture("tickets", "oos_train.jsonl");
    ragstone.json(&["classify", "train", "tickets", &fixture("tickets", "train.jsonl"), "--out-of-scope", &strangers]);
    let test = fixture("tickets", "test.jsonl");
    let measured = ragstone.json(&["classify", "evaluate", "tickets", &test, "--out-of-scope", &fixture("tickets", "oos_test.jsonl")]);
    let refused = measured["abstention"]["out_of_scope_recall"].as_f64().unwrap();
    assert!(refused >= 0.5, "{refused} of the texts out of scope are refused");
    let answers = ragstone.ok(&["classify", "predict", "tickets", &fixture("tickets", "oos_test.jsonl")]);
    let none = answers.lines().filter(|answer| answer.starts_with("(none of these)\t")).count();
    assert!(none >= 5 && answers.lines().count() == 10, "{answers}");
}

#[test]
fn predictions_keep_the_order_and_every_line() {
    let (ragstone, _) = trained("tickets");
    let mut lines = String::new();
    for number in 0..3_000 {
        lines += &if number % 7 == 0 { "\n".to_owned() } else { format!("where is parcel {number}\n") };
    }
    let outcome = ragstone.run_with_input(&["classify", "predict", "tickets", "--json"], &lines);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let answers: Vec<Value> = outcome.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), 3_000);
    for (number, answer) in answers.iter().enumerate() {
        assert_eq!(answer["line"], number + 1);
        let expected = if number % 7 == 0 { String::new() } else { format!("where is parcel {number}") };
        assert_eq!(answer["text"], expected.as_str());
        assert_eq!(answer["labels"].as_array().unwrap().is_empty(), number % 7 == 0, "{answer}");
    }
    // An open quote would swallow the rest of a file.
    let open = ragstone.write("open.csv", "text\nwhere is parcel 1\n\"never closed\nlost\n");
    let outcome = ragstone.run(&["classify", "predict", "tickets", open.to_str().unwrap()]);
    assert!(outcome.stdout.contains("where is parcel 1") && !outcome.stdout.contains("lost"), "{}", outcome.stdout);
    outcome.refused(&["open.csv`, line 3", "a quote is opened here"]);
}

#[test]
fn descriptions_are_enough_to_begin() {
    let ragstone = Ragstone::new();
    let labels = ragstone.write(
        "labels.jsonl",
        "{\"label\": \"weather\", \"phrases\": [\"the weather\", \"rain and sunshine\"]}\n{\"label\": \"cooking\"}\n{\"label\": \"football\"}\n",
    );
    ragstone.json(&["classify", "train", "topics", "--describe", labels.to_str().unwrap(), "--template", "This text is about {}."]);
    for (text, label) in
        [("it will rain tomorrow", "weather"), ("fry the onions in butter", "cooking"), ("a late goal in the cup final", "football")]
    {
        let answer = ragstone.ok(&["classify", "predict", "topics", "--text", text]);
        assert!(answer.starts_with(label), "{text}: {answer}");
    }
}

#[test]
fn a_model_may_write_the_descriptions() {
    let model = ModelServer::start(Script::Says(vec!["1. an unusual wording\n2. another one"]));
    let plain = Ragstone::new();
    let labels = plain.write("labels.jsonl", "{\"label\": \"late_parcel\"}\n{\"label\": \"refund\", \"phrases\": [\"money back\"]}\n");
    let arguments = ["classify", "train", "topics", "--describe", labels.to_str().unwrap(), "--with-model"];
    plain.run(&arguments).refused(&["no language model is configured", "generate.base_url"]);
    let ragstone = plain.with(format!("generate.base_url={}", model.base_url)).with("generate.model=small");
    ragstone.json(&arguments);
    let asked: Vec<String> = model.requests().iter().map(|request| request["messages"][1]["content"].to_string()).collect();
    assert_eq!(asked.len(), 2, "one question a label");
    assert!(asked[0].contains("late_parcel") && asked[1].contains("refund\\nmoney back"), "{asked:?}");
    assert!(ragstone.ok(&["classify", "predict", "topics", "--text", "I want my money back"]).starts_with("refund\t"));
}

#[test]
fn corrections_are_learned_and_versions_can_be_gone_back_to() {
    let (ragstone, first) = trained("tickets");
    assert_eq!(first["version"], 1);
    let text = "my subscription renews every month, stop it";
    ragstone.json(&["classify", "correct", "tickets", text, "cancel"]);
    let more =
        ["please cancel my monthly plan", "end the subscription now", "I no longer want the subscription", "stop the automatic renewal"];
    for other in more {
        ragstone.json(&["classify", "correct", "tickets", other, "cancel"]);
    }
    assert_eq!(ragstone.json(&["classify", "show", "tickets"])["open_corrections"], 5);
    let again = ragstone.json(&["classify", "retrain", "tickets"]);
    assert_eq!((again["version"].as_u64(), again["corrections"].as_u64()), (Some(2), Some(5)));
    let shown = ragstone.json(&["classify", "show", "tickets"]);
    assert_eq!((shown["open_corrections"].as_u64(), shown["versions"].clone()), (Some(0), json!([1, 2])));
    assert!(ragstone.ok(&["classify", "predict", "tickets", "--text", text]).starts_with("cancel\t"));

    assert_eq!(ragstone.json(&["classify", "rollback", "tickets"])["version"], 1);
    assert!(!ragstone.ok(&["classify", "predict", "tickets", "--text", text]).starts_with("cancel\t"));
    assert_eq!(ragstone.json(&["classify", "rollback", "tickets", "2"])["version"], 2);
    ragstone.run(&["classify", "rollback", "tickets", "9"]).refused(&["no version 9", "1, 2"]);
    ragstone.run(&["classify", "delete", "tickets"]).refused(&["--yes"]);
    ragstone.ok(&["classify", "delete", "tickets", "--yes"]);
    ragstone.run(&["classify", "predict", "tickets", "--text", text]).refused(&["`tickets` does not exist", "classify list"]);
}

#[test]
fn damage_is_noticed_and_another_version_helps() {
    let (ragstone, _) = trained("tickets");
    ragstone.json(&["classify", "retrain", "tickets"]);
    let weights = ragstone.data_dir().join("classifiers/tickets/versions/0002/weights.safetensors");
    let mut bytes = fs::read(&weights).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&weights, bytes).unwrap();
    ragstone.run(&["classify", "predict", "tickets", "--text", "where is it"]).refused(&["checksum", "rollback"]);
    ragstone.ok(&["classify", "rollback", "tickets"]);
    ragstone.ok(&["classify", "predict", "tickets", "--text", "where is it"]);
}

#[test]
fn wrong_input_is_named_with_its_line() {
    let ragstone = Ragstone::new();
    let check = |name: &str, content: &[u8], expected: &[&str]| {
        let file = ragstone.write(name, content);
        ragstone.run(&["classify", "train", "x", file.to_str().unwrap()]).refused(expected);
    };
    check("columns.csv", b"body,kind\na,b\n", &["no column `text`", "`body`, `kind`"]);
    check("quote.csv", b"text,label\nfine,a\n\"never closed,b\nmore,c\n", &["quote.csv`, line 3", "a quote is opened here"]);
    check("stray.csv", b"text,label\n\"closed\" here,a\n", &["line 2", "double a quote"]);
    check("ragged.csv", b"text,label\none,a\ntwo,b,c\n", &["line 3", "3 columns, the header has 2"]);
    check("latin.csv", b"text,label\nfine,a\ncaf\xe9,b\n", &["line 3", "0xe9 at position 4", "iconv"]);
    check("broken.jsonl", b"{\"text\": \"a\", \"label\": \"b\"}\n{\"text\": \n", &["line 2", "not JSON"]);
    check("no_label.jsonl", b"{\"text\": \"a\"}\n", &["line 1", "there is no label"]);
    check("number.jsonl", b"{\"text\": 3, \"label\": \"b\"}\n", &["line 1", "the text is no string"]);
    check("one.csv", b"text,label\none,a\ntwo,a\n", &["all 2 examples have the label `a`", "at least two"]);
    check("empty.csv", b"text,label\n,a\nb,\n", &["there are no examples", "2 entries"]);
    check("picture.png", b"\x89PNG", &["picture.png", "0x89"]);
    ragstone.run(&["classify", "train", "x", "nowhere.csv"]).refused(&["nowhere.csv"]);
    ragstone.run(&["classify", "train", "../x", "nowhere.csv"]).refused(&["is not a classifier's name"]);
    ragstone.run(&["classify", "predict", "x", "--text", "a"]).refused(&["`x` does not exist"]);
}

#[test]
fn examples_that_are_odd_are_learned_from_and_told() {
    let ragstone = Ragstone::new();
    let mut lines = String::from("label,text\n");
    for number in 0..10 {
        lines += &format!("a,an apple number {number}\nb,a bus line {number}\n");
    }
    lines += "a,same words here\nb,same words here\na,an apple number 1\nc,only once\n,nothing\nb,   \n";
    let file = ragstone.write("odd.csv", &lines);
    let trained = ragstone.json(&["classify", "train", "odd", file.to_str().unwrap()]);
    let data = &trained["report"]["data"];
    assert_eq!((data["examples"].as_u64(), data["labels"].as_u64(), data["duplicates"].as_u64()), (Some(24), Some(3), Some(1)));
    assert_eq!(data["left_out"].as_array().unwrap().len(), 2);
    assert_eq!(data["left_out"][0]["origin"]["line"], 26);
    assert_eq!(data["conflicts"][0]["origin"]["line"], 22);
    assert_eq!(data["small_labels"], json!([{ "label": "c", "examples": 1 }]));

    let test = ragstone.write("test.jsonl", "{\"text\": \"an apple\", \"label\": \"a\"}\n{\"text\": \"a car\", \"label\": \"car\"}\n");
    let measured = ragstone.json(&["classify", "evaluate", "odd", test.to_str().unwrap()]);
    assert_eq!(measured["unknown_labels"], json!({ "car": 1 }));
    assert_eq!(measured["figures"]["accuracy"], 0.5);
}

#[test]
fn a_thousand_labels_with_one_example_each() {
    let ragstone = Ragstone::new();
    let lines: String = (0..1_000).map(|number| format!("{{\"text\": \"thing number {number}\", \"label\": \"l{number}\"}}\n")).collect();
    let file = ragstone.write("many.jsonl", lines);
    let trained = ragstone.json(&["classify", "train", "many", file.to_str().unwrap()]);
    assert_eq!(trained["report"]["data"]["labels"], 1_000);
    let answer = ragstone.json(&["classify", "predict", "many", "--text", "thing number 512"]);
    assert_eq!(answer["scores"][0]["label"], "l512", "{answer}");
}

#[test]
fn a_text_may_have_several_labels() {
    let ragstone = Ragstone::new();
    let mut lines = String::from("text\tlabel\n");
    for number in 0..12 {
        lines += &format!("rain and wind in town {number}\tweather\n");
        lines += &format!("the team scored {number} goals\tsport\n");
        lines += &format!("match {number} was stopped because of rain\tsport;weather\n");
    }
    let file = ragstone.write("several.tsv", &lines);
    ragstone.json(&["classify", "train", "several", file.to_str().unwrap(), "--label-separator", ";"]);
    let answer = ragstone.json(&["classify", "predict", "several", "--text", "the match was stopped because of heavy rain"]);
    assert_eq!(answer["labels"].as_array().unwrap().len(), 2, "{answer}");
}

#[test]
fn the_report_is_one_page() {
    let (ragstone, _) = trained("tickets");
    let page = ragstone.documents().join("report.html");
    ragstone.ok(&["classify", "show", "tickets", "--report", page.to_str().unwrap()]);
    let page = fs::read_to_string(page).unwrap();
    for part in ["<svg", "Surest mistakes", "Would more examples help?", "refund"] {
        assert!(page.contains(part), "the page has no {part}");
    }
    assert!(!page.contains("http://") && !page.contains("https://"), "the page needs nothing else");
}

#[test]
fn groups_are_found_and_their_file_can_be_trained_on() {
    let ragstone = Ragstone::new();
    let file = ragstone.documents().join("groups.jsonl");
    let test = fixture("tickets", "train.jsonl");
    let found = ragstone.json(&["classify", "discover", &test, "--groups", "6", "--write", file.to_str().unwrap()]);
    assert_eq!(found["groups"].as_array().unwrap().len(), 6);
    assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 141);
    ragstone.json(&["classify", "train", "found", file.to_str().unwrap()]);
    ragstone.run(&["classify", "discover", &test, "--groups", "500"]).refused(&["141 texts cannot make 500 groups"]);
}

/// The folder with public sets, if someone has put it there.
fn public_set(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("RAGSTONE_TEST_DATA").map_or_else(|| root().join("../shared/data"), PathBuf::from).join(name);
    if !folder.is_dir() {
        eprintln!("skipped: there is no {}; set RAGSTONE_TEST_DATA to a folder that has `{name}`", folder.display());
        return None;
    }
    Some(folder)
}

#[test]
fn a_part_of_banking77_is_learned() {
    let Some(set) = public_set("banking77") else { return };
    let ragstone = Ragstone::new();
    let every_tenth = |name: &str| {
        let text = fs::read_to_string(set.join(name)).unwrap();
        let lines: Vec<&str> = text.lines().step_by(10).collect();
        ragstone.write(name, lines.join("\n")).to_string_lossy().into_owned()
    };
    ragstone.json(&["classify", "train", "banking", &every_tenth("train.jsonl")]);
    let measured = ragstone.json(&["classify", "evaluate", "banking", &every_tenth("test.jsonl")]);
    let accuracy = measured["figures"]["accuracy"].as_f64().unwrap();
    assert!(accuracy >= 0.82, "accuracy with a tenth of the examples is {accuracy}");
    let error = measured["calibration"]["ece"].as_f64().unwrap();
    assert!(error < 0.1, "calibration error is {error}");
}

#[tokio::test]
async fn a_server_trains_predicts_and_takes_corrections() {
    rustls::crypto::ring::default_provider().install_default().ok();
    let ragstone = Ragstone::new();
    let server = Server::start(&ragstone);
    let lines = fs::read_to_string(fixture("tickets", "train.jsonl")).unwrap();
    let examples: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let trained = send(&server, "PUT", "/api/classifiers/tickets", &json!({ "examples": examples })).await;
    assert_eq!(trained["version"], 1, "{trained}");
    let asked = json!({ "texts": ["where is my parcel", "I want my money back"], "top": 2 });
    let predicted = send(&server, "POST", "/api/classifiers/tickets/predict", &asked).await;
    assert_eq!(predicted["predictions"][0]["labels"], json!(["delivery"]));
    assert_eq!(predicted["predictions"][1]["labels"], json!(["refund"]));

    let one = send(&server, "POST", "/predict", &json!({ "inputs": "where is my parcel" })).await;
    assert_eq!((one[0]["label"].as_str(), one.as_array().unwrap().len()), (Some("delivery"), 6));
    let several = send(&server, "POST", "/predict?classifier=tickets", &json!({ "inputs": ["where is my parcel", "a bill"] })).await;
    assert_eq!(several[0][0]["label"], "delivery");

    send(&server, "POST", "/api/classifiers/tickets/corrections", &json!({ "corrections": [{ "text": "a bill", "label": "invoice" }] }))
        .await;
    assert_eq!(send(&server, "POST", "/api/classifiers/tickets/retrain", &json!({})).await["version"], 2);
    assert_eq!(send(&server, "POST", "/api/classifiers/tickets/rollback", &json!({})).await["version"], 1);
    let error = send(&server, "POST", "/api/classifiers/nobody/predict", &json!({ "texts": ["a"] })).await;
    assert_eq!(error["error"]["code"], "not_found", "{error}");
    let error = send(&server, "PUT", "/api/classifiers/x", &json!({ "examples": [{ "text": "a", "label": "b" }] })).await;
    assert!(error["error"]["message"].as_str().unwrap().contains("at least two"), "{error}");
}

/// One request; the body that comes back, whatever its status.
async fn send(server: &Server, method: &str, path: &str, body: &Value) -> Value {
    let url = format!("{}{path}", server.url);
    let request = reqwest::Client::new().request(method.parse().unwrap(), url).json(body);
    request.send().await.unwrap().json().await.unwrap()
}

#[test]
fn documents_are_labelled_while_they_are_ingested() {
    let (ragstone, _) = trained("tickets");
    ragstone.write("a.txt", "The tracking of my parcel has not moved, when will it be delivered?");
    ragstone.write("b.txt", "Please refund the kettle, I want my money back.");
    ragstone.json(&["ingest", ragstone.documents().to_str().unwrap(), "--classify", "tickets:team"]);
    let found = ragstone.json(&["search", "kettle or parcel", "--filter", "fields.team = \"delivery\""]);
    assert_eq!(crate::support::file_names(&found), ["a.txt"]);
    ragstone.write("c.txt", "Another text.");
    let outcome = ragstone.run(&["ingest", ragstone.documents().to_str().unwrap(), "--classify", "nobody"]);
    assert!(outcome.stderr.contains("`nobody` does not exist"), "{outcome:?}");
}
