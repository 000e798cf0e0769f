//! Any bytes get an answer that can be read: a text, members or a refusal, within the limits. PDF is left out: its library
//! is no Rust.
#![no_main]

use std::io::BufRead;
use std::sync::Once;

use libfuzzer_sys::fuzz_target;
use ragstone_core::{ExtractionReply, ExtractionRequest};
use ragstone_extract::{Extractor, Format, answer, detect};

const MAX_TEXT_BYTES: u64 = 1 << 20;

/// A library's panic is answered with a refusal; only what is not answered is a finding.
static QUIET: Once = Once::new();

fuzz_target!(|bytes: &[u8]| {
    QUIET.call_once(|| std::panic::set_hook(Box::new(|_| {})));
    if detect("a", bytes) == Ok(Format::Pdf) {
        return;
    }
    let request = ExtractionRequest {
        name: "a".to_owned(),
        media_type: String::new(),
        bytes: bytes.len() as u64,
        max_text_bytes: MAX_TEXT_BYTES,
        recognise: None,
    };
    let mut answered = Vec::new();
    if answer(&Extractor::default(), request, bytes.to_vec(), &mut answered).is_err() {
        std::process::abort();
    }
    check(&answered);
});

fn check(mut answered: &[u8]) {
    let mut members = 0;
    loop {
        let mut line = String::new();
        if answered.read_line(&mut line).is_err() || line.is_empty() {
            std::process::abort();
        }
        match serde_json::from_str(&line) {
            Ok(ExtractionReply::Member { name, bytes, .. }) => {
                members += bytes;
                if members > MAX_TEXT_BYTES || name.split('/').any(|part| part == "..") {
                    std::process::abort();
                }
                answered = answered.get(bytes as usize..).unwrap_or_default();
            }
            Ok(ExtractionReply::Text(text)) => {
                let fits = text.text.len() as u64 <= MAX_TEXT_BYTES;
                if !fits || text.pages.iter().any(|page| page.span.of(&text.text).is_none()) {
                    std::process::abort();
                }
                return;
            }
            Ok(_) => return,
            Err(_) => std::process::abort(),
        }
    }
}
