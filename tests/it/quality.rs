//! Retrieval stays as good as it was: floors on a small set of our own, and on public sets where they are there.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Ragstone, Server, root};

fn ndcg(set: &Path, mode: &str) -> f64 {
    let measured: Value = Ragstone::new().json(&["eval", set.to_str().unwrap(), "--mode", mode]);
    measured["metrics"]["ndcg@10"].as_f64().unwrap()
}

/// The same of several modes over one index.
fn ndcg_of(set: &Path, modes: [&str; 2]) -> [f64; 2] {
    let folder = tempfile::tempdir().unwrap();
    let keep = folder.path().to_str().unwrap();
    modes.map(|mode| {
        let measured: Value = Ragstone::new().json(&["eval", set.to_str().unwrap(), "--mode", mode, "--keep", keep]);
        measured["metrics"]["ndcg@10"].as_f64().unwrap()
    })
}

#[test]
fn our_own_questions_find_their_documents() {
    let set = root().join("tests/fixtures/handbook");
    for (mode, floor) in [("dense", 0.70), ("lexical", 0.65), ("hybrid", 0.85)] {
        let found = ndcg(&set, mode);
        assert!(found >= floor, "{mode}: ndcg@10 is {found}, it was at least {floor}");
    }
}

/// The questions of our own set that have an answer, and questions about other things.
#[test]
fn our_own_questions_are_answered_and_others_are_not() {
    let set = root().join("tests/fixtures/handbook");
    let lines = |name: &str| -> Vec<Value> {
        let text = fs_err::read_to_string(set.join(name)).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let ragstone = Ragstone::new();
    for document in lines("corpus.jsonl") {
        let (title, text) = (document["title"].as_str().unwrap(), document["text"].as_str().unwrap());
        ragstone.write(&format!("{}.md", document["_id"].as_str().unwrap()), format!("# {title}\n\n{text}\n"));
    }
    ragstone.ingest();
    let calibration = ragstone.json(&["collections", "calibrate", "default"]);
    assert!(calibration["chunks"].as_u64().unwrap() >= 20, "{calibration}");

    let server = Server::start(&ragstone);
    let is_answered = |question: &str| {
        let found = ragstone.json(&["search", question, "--url", &server.url]);
        found["hits"].as_array().unwrap().iter().any(|hit| hit["relevance"]["relevant"] == true)
    };
    let own: Vec<Value> = lines("queries.jsonl");
    let refused = own.iter().filter(|question| !is_answered(question["text"].as_str().unwrap())).count();
    assert!(refused * 10 <= own.len(), "{refused} of {} questions were refused", own.len());
    let answered: Vec<&&str> = FOREIGN.iter().filter(|question| is_answered(question)).collect();
    assert!(answered.len() * 20 <= FOREIGN.len(), "answered: {answered:?}");
}

/// None of these is among the questions that collections are calibrated by.
const FOREIGN: [&str; 20] = [
    "Who discovered penicillin?",
    "How many moons does Saturn have?",
    "What is the longest river in Africa?",
    "When was the Treaty of Westphalia signed?",
    "How is mozzarella made?",
    "Which enzyme unwinds DNA during replication?",
    "Who won the world cup in 1966?",
    "What does a red giant turn into?",
    "How do I prune roses?",
    "What is the chemical symbol of tungsten?",
    "Who wrote the Odyssey?",
    "How fast can a cheetah run?",
    "What was the Marshall Plan?",
    "Why is the sky blue?",
    "How do I tune a ukulele?",
    "What is the population of Iceland?",
    "How are pearls formed?",
    "Which composer became deaf?",
    "What is the deepest lake in the world?",
    "How does photosynthesis work?",
];

/// The folder with public sets, if someone has put it there: `RAGSTONE_TEST_DATA`, or `../shared/data`.
fn public_set(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("RAGSTONE_TEST_DATA").map_or_else(|| root().join("../shared/data"), PathBuf::from).join(name);
    if !folder.is_dir() {
        eprintln!("skipped: there is no {}; set RAGSTONE_TEST_DATA to a folder that has `{name}` in BEIR layout", folder.display());
        return None;
    }
    Some(folder)
}

#[test]
fn both_legs_together_are_no_worse_than_words_alone_in_any_language() {
    for (name, floor) in [("xquad/en", 0.975), ("xquad/es", 0.965), ("xquad/zh", 0.962)] {
        let Some(set) = public_set(name) else { return };
        let [hybrid, lexical] = ndcg_of(&set, ["hybrid", "lexical"]);
        assert!(hybrid >= floor && hybrid + 0.001 >= lexical, "{name}: ndcg@10 is {hybrid}, by words alone {lexical}");
    }
}
