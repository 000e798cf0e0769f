//! What the worker says, and how it ends.

use ragstone_core::{ExtractionReply, RefusalReason};

use crate::support::pdf::Pdf;
use crate::support::request;
use crate::support::worker::Worker;

#[test]
fn requests_are_answered_one_after_the_other() {
    let mut worker = Worker::start(&[]);
    for number in 1..=3 {
        let bytes = Pdf::new().page_of(&[&format!("Document {number}")]).bytes();
        let Some(ExtractionReply::Text(text)) = worker.ask(&request("a.pdf", &bytes), &bytes) else { panic!("no text") };
        assert_eq!(text.text, format!("Document {number}"));
        let refused = worker.ask(&request("b.txt", b"text"), b"text");
        assert!(matches!(refused, Some(ExtractionReply::Refused(refusal)) if refusal.reason == RefusalReason::Unsupported));
    }
    let empty = worker.ask(&request("empty.pdf", b""), b"");
    assert!(matches!(empty, Some(ExtractionReply::Refused(refusal)) if refusal.reason == RefusalReason::NoText));
    worker.close_input();
    assert!(worker.receive().is_none());
    let (status, complaints) = worker.end();
    assert!(status.success() && complaints.is_empty(), "{status}: {complaints}");
}

#[test]
fn what_is_no_request_ends_the_worker() {
    let check = |input: &[u8], complaint: &str| {
        let mut worker = Worker::start(&[]);
        worker.send_raw(input).unwrap();
        worker.close_input();
        assert!(worker.receive().is_none(), "nothing but replies is written to the output");
        let (status, complaints) = worker.end();
        assert!(!status.success() && complaints.contains(complaint), "{status}: {complaints}");
    };
    check(b"hello\n", "a line of the input is not an extraction request: expected value");
    let line = serde_json::to_string(&request("cut.pdf", &[0; 100])).unwrap();
    check(format!("{line}\nonly this").as_bytes(), "the input ended after 9 of the 100 bytes of `cut.pdf`");
}

#[test]
fn a_library_that_is_missing_is_named() {
    let mut worker = Worker::start(&["--pdfium", "/nowhere/libpdfium.so"]);
    let bytes = Pdf::new().page_of(&["Text"]).bytes();
    let Some(ExtractionReply::Refused(refusal)) = worker.ask(&request("a.pdf", &bytes), &bytes) else { panic!("no refusal") };
    assert_eq!(refusal.reason, RefusalReason::Unsupported);
    assert!(refusal.detail.contains("/nowhere/libpdfium.so") && refusal.detail.contains("make setup"), "{}", refusal.detail);
}
