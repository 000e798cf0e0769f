//! Any bytes under any name become a text or an error, and every page and span lies inside the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ragstone_core::Revision;
use ragstone_ingest::{RawDocument, extract};

const NAMES: [&str; 16] = [
    "a.md", "a.txt", "a.html", "a.rst", "a.adoc", "a.org", "a.tex", "a.typ", "a.ipynb", "a.csv", "a.json", "a.jsonl", "a.xml", "a.vtt", "a.yaml",
    "a.rs",
];

fuzz_target!(|input: (u8, &[u8])| {
    let (name, bytes) = input;
    let name = NAMES[usize::from(name) % NAMES.len()];
    let Ok(document) = extract::extract(RawDocument::new(name, bytes), Revision::of(&[])) else { return };
    assert!(!document.text.trim().is_empty());
    for page in &document.pages {
        assert!(page.span.of(&document.text).is_some());
    }
});
