//! Whether quoted sentences contain the answer, measured on questions with known answers.

use std::collections::HashMap;
use std::path::PathBuf;

use ragstone_core::Hit;
use ragstone_generate::GenerateConfig;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::support::{answerer, hit};

#[derive(Debug, Deserialize)]
struct Paragraph {
    _id: String,
    title: String,
    text: String,
}

#[derive(Debug, Deserialize)]
struct Asked {
    question: String,
    answers: Vec<String>,
    gold_doc_ids: Vec<String>,
}

/// What was measured over a set of questions.
#[derive(Debug)]
struct Measured {
    /// The share of answers that contain a known answer.
    found: f32,
    /// The share of the given text that was quoted: quoting everything would be no feat.
    quoted: f32,
}

#[tokio::test]
#[ignore = "needs the data sets in ../shared/data; run with `cargo nextest run -p ragstone-generate --run-ignored only`"]
#[expect(clippy::print_stdout, reason = "the measured rates are what this test is for")]
async fn quoted_sentences_contain_the_answer() {
    let mut missed = Vec::new();
    for (name, found_floor, quoted_ceiling) in [("cmrc2018_dev_zh", 0.83, 0.3), ("xquad/zh", 0.90, 0.5), ("xquad/en", 0.90, 0.45)] {
        let measured = measure(name).await;
        println!("{name}: {measured:?}");
        if measured.found < found_floor || measured.quoted > quoted_ceiling {
            missed.push(name);
        }
    }
    assert!(missed.is_empty(), "below their floors: {missed:?}");
}

async fn measure(name: &str) -> Measured {
    let paragraphs: Vec<Paragraph> = read(name, "corpus.jsonl");
    let asked: Vec<Asked> = read(name, "qa.jsonl");
    let hits: HashMap<&str, Hit> = paragraphs.iter().map(|paragraph| (paragraph._id.as_str(), as_hit(paragraph))).collect();
    let answerer = answerer(GenerateConfig::default());
    let step = (asked.len() / 250).max(1);
    let (mut questions, mut found, mut quoted) = (0.0, 0.0, 0.0);
    for Asked { question, answers, gold_doc_ids } in asked.iter().step_by(step) {
        let gold: Vec<Hit> = gold_doc_ids.iter().map(|id| hits[id.as_str()].clone()).collect();
        let given: usize = gold.iter().map(|hit| hit.chunk.text.chars().count()).sum();
        let text = answerer.answer_whole(question, gold).await.expect("an answer").text;
        questions += 1.0;
        quoted += text.chars().count() as f32 / given as f32;
        if answers.iter().any(|answer| text.contains(answer.as_str())) {
            found += 1.0;
        }
    }
    Measured { found: found / questions, quoted: quoted / questions }
}

fn as_hit(paragraph: &Paragraph) -> Hit {
    let mut hit = hit(&paragraph._id, &paragraph.text);
    hit.document.title = paragraph.title.replace('_', " ");
    hit
}

fn read<Row: DeserializeOwned>(name: &str, file: &str) -> Vec<Row> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name).join(file);
    let text = fs_err::read_to_string(path).expect("the data set is there");
    text.lines().map(|line| serde_json::from_str(line).expect("a row")).collect()
}
