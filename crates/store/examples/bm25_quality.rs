//! Prints nDCG@10 of BM25 alone on folders in the BEIR layout: `cargo run --example bm25_quality -- LANGUAGE FOLDER …`.
#![expect(clippy::print_stdout, reason = "the result of this example is what it prints")]

use std::collections::HashMap;
use std::error::Error;
use std::path::Path;

use ragstone_core::{Language, LexicalEncoder, SparseVector};
use ragstone_store::{Bm25Encoder, LexicalConfig};
use serde_json::Value;

type Postings = HashMap<u32, Vec<(usize, f32)>>;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let language = Language::new(arguments.next().ok_or("usage: bm25_quality LANGUAGE FOLDER …")?);
    let encoder = Bm25Encoder::new(&LexicalConfig::default())?;
    for folder in arguments {
        let score = ndcg_at_10(Path::new(&folder), &language, &encoder)?;
        println!("{score:.4}  {folder}");
    }
    Ok(())
}

fn ndcg_at_10(folder: &Path, language: &Language, encoder: &Bm25Encoder) -> Result<f64, Box<dyn Error>> {
    let documents = read_lines(&folder.join("corpus.jsonl"))?;
    let mut postings = Postings::new();
    for (number, document) in documents.iter().enumerate() {
        let text = format!("{} {}", text_of(document, "title"), text_of(document, "text"));
        let vector = encoder.encode_passage(&text, language);
        for (term, weight) in vector.indices.iter().zip(&vector.values) {
            postings.entry(*term).or_default().push((number, *weight));
        }
    }
    let relevant = read_judgements(&folder.join("qrels/test.tsv"))?;
    let (mut sum, mut count) = (0.0, 0.0);
    for query in read_lines(&folder.join("queries.jsonl"))? {
        let Some(relevant) = relevant.get(text_of(&query, "_id")) else { continue };
        let vector = encoder.encode_query(text_of(&query, "text"), std::slice::from_ref(language));
        let gains: Vec<f64> = best_ten(&vector, &postings, documents.len())
            .into_iter()
            .map(|number| documents.get(number).and_then(|document| relevant.get(text_of(document, "_id"))).copied().unwrap_or(0.0))
            .collect();
        let mut ideal: Vec<f64> = relevant.values().copied().collect();
        ideal.sort_by(|left, right| right.total_cmp(left));
        sum += discounted(&gains) / discounted(&ideal);
        count += 1.0;
    }
    Ok(sum / count)
}

/// As Qdrant does it: the weights' product, times `ln(1 + (N − n + ½) / (n + ½))`.
fn best_ten(query: &SparseVector, postings: &Postings, documents: usize) -> Vec<usize> {
    let mut scores: HashMap<usize, f32> = HashMap::new();
    for (term, query_weight) in query.indices.iter().zip(&query.values) {
        let Some(list) = postings.get(term) else { continue };
        let (all, with_term) = (documents as f32, list.len() as f32);
        let rarity = ((all - with_term + 0.5) / (with_term + 0.5)).ln_1p();
        for (number, weight) in list {
            *scores.entry(*number).or_default() += query_weight * weight * rarity;
        }
    }
    let mut ranked: Vec<(usize, f32)> = scores.into_iter().collect();
    ranked.sort_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0)));
    ranked.into_iter().take(10).map(|(number, _)| number).collect()
}

fn discounted(gains: &[f64]) -> f64 {
    (2_u32..).zip(gains).take(10).map(|(place, gain)| gain / f64::from(place).log2()).sum()
}

fn read_lines(path: &Path) -> Result<Vec<Value>, Box<dyn Error>> {
    let mut values = Vec::new();
    for line in fs_err::read_to_string(path)?.lines() {
        values.push(serde_json::from_str(line)?);
    }
    Ok(values)
}

fn read_judgements(path: &Path) -> Result<HashMap<String, HashMap<String, f64>>, Box<dyn Error>> {
    let mut judgements: HashMap<String, HashMap<String, f64>> = HashMap::new();
    for line in fs_err::read_to_string(path)?.lines().skip(1) {
        let mut columns = line.split('\t');
        let (Some(query), Some(document), Some(gain)) = (columns.next(), columns.next(), columns.next()) else { continue };
        judgements.entry(query.to_owned()).or_default().insert(document.to_owned(), gain.parse()?);
    }
    Ok(judgements)
}

fn text_of<'value>(value: &'value Value, key: &str) -> &'value str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
