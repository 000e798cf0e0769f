//! The memory limit. Not every system enforces it.
#![cfg(target_os = "linux")]

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use ragstone_core::ExtractionReply;

use crate::support::pdf::Pdf;
use crate::support::request;
use crate::support::worker::Worker;

const LIMIT: [&str; 2] = ["--memory-limit", "536870912"];

#[test]
fn a_worker_within_its_memory_answers() {
    let bytes = Pdf::new().page_of(&["Text"]).bytes();
    let reply = Worker::start(&LIMIT).ask(&request("small.pdf", &bytes), &bytes);
    assert!(matches!(reply, Some(ExtractionReply::Text(_))), "{reply:?}");
}

#[test]
fn a_document_larger_than_the_memory_ends_the_worker() {
    let bytes = vec![b' '; 600 << 20];
    let mut worker = Worker::start(&LIMIT);
    assert!(worker.ask(&request("large.pdf", &bytes), &bytes).is_none());
    assert!(!worker.end().0.success());
}

/// A page of 20 kB that expands to 2 GB: its reader gives up or ends, and never takes that much.
#[test]
fn a_bomb_does_not_take_the_memory() {
    let megabyte = vec![b' '; 1 << 20];
    let mut once = ZlibEncoder::new(Vec::new(), Compression::best());
    (0..2048).for_each(|_| once.write_all(&megabyte).unwrap());
    let mut twice = ZlibEncoder::new(Vec::new(), Compression::best());
    twice.write_all(&once.finish().unwrap()).unwrap();
    let stream = twice.finish().unwrap();
    let mut pdf = Pdf::new();
    let head = format!("<</Length {}/Filter[/FlateDecode/FlateDecode]>>stream\n", stream.len());
    let content = pdf.object([head.as_bytes(), &stream, b"\nendstream"].concat());
    let bytes = pdf.page_with("", "/Rotate 0").bytes();
    let text =
        bytes.iter().map(|byte| char::from(*byte)).collect::<String>().replacen("/Contents 5 0 R", &format!("/Contents {content} 0 R"), 1);
    let bytes: Vec<u8> = text.chars().map(|character| u8::try_from(u32::from(character)).unwrap()).collect();
    let mut worker = Worker::start(&[LIMIT.as_slice(), &["--timeout", "50"]].concat());
    let reply = worker.ask(&request("bomb.pdf", &bytes), &bytes);
    assert!(!matches!(reply, Some(ExtractionReply::Text(_))), "there is no text in it: {reply:?}");
}
