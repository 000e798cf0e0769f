//! Pages that are pictures, with a `tesseract` that is none. Where there is no shell, none of this can be tried.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;

use ragstone_core::{ExtractionReply, ExtractionRequest, RefusalReason, WarningCode};
use tempfile::TempDir;

use crate::support::pdf::Pdf;
use crate::support::request;
use crate::support::worker::Worker;

/// A folder with a `tesseract` that does this.
fn tesseract(script: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("tesseract");
    fs_err::write(&program, format!("#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

fn scanned() -> (ExtractionRequest, Vec<u8>) {
    let bytes = Pdf::new().page("0 0 100 100 re f").page_of(&["Written text"]).page("0 0 50 50 re f").bytes();
    let request = ExtractionRequest { recognise: Some("eng+deu".to_owned()), ..request("scan.pdf", &bytes) };
    (request, bytes)
}

#[test]
fn pages_without_text_are_recognised() {
    // It must get a picture and the languages.
    let folder =
        tesseract("test \"$(head -c 2)\" = P5 || exit 1\ncat > /dev/null\nprintf 'read with %s\\nfrom a picture\\n\\nthe end\\n' \"$4\"");
    let mut worker = Worker::start_with_path(&[], Some(folder.path().as_os_str()));
    let (request, bytes) = scanned();
    let Some(ExtractionReply::Text(text)) = worker.ask(&request, &bytes) else { panic!("no text") };
    let recognised = "read with eng+deu from a picture\n\nthe end";
    assert_eq!(text.text, format!("{recognised}\n\nWritten text\n\n{recognised}"));
    let [warning] = text.quality.warnings.as_slice() else { panic!("{:?}", text.quality.warnings) };
    assert_eq!(warning.code, WarningCode::RecognisedFromPictures);
    assert!(warning.message.contains("pages 1 and 3"), "{}", warning.message);
}

#[test]
fn without_the_program_the_reason_is_said() {
    let empty = tempfile::tempdir().unwrap();
    let bytes = Pdf::new().page("0 0 100 100 re f").bytes();
    let request = ExtractionRequest { recognise: Some(String::new()), ..request("scan.pdf", &bytes) };
    let mut worker = Worker::start_with_path(&[], Some(empty.path().as_os_str()));
    let Some(ExtractionReply::Refused(refusal)) = worker.ask(&request, &bytes) else { panic!("no refusal") };
    assert_eq!(refusal.reason, RefusalReason::Scanned);
    assert!(refusal.detail.contains("`tesseract` is not installed"), "{}", refusal.detail);
}

#[test]
fn a_program_that_fails_says_why() {
    let folder = tesseract("echo 'no such language: xyz' >&2\nexit 1");
    let mut worker = Worker::start_with_path(&[], Some(folder.path().as_os_str()));
    let (request, bytes) = scanned();
    let Some(ExtractionReply::Text(text)) = worker.ask(&request, &bytes) else { panic!("no text") };
    assert_eq!(text.text, "Written text");
    assert!(text.quality.warnings.iter().any(|warning| warning.message.contains("no such language: xyz")), "{:?}", text.quality.warnings);
}

#[test]
fn a_worker_whose_parent_is_gone_ends_at_once() {
    let folder = tesseract("exec sleep 30");
    let mut worker = Worker::start_with_path(&[], Some(folder.path().as_os_str()));
    let (request, bytes) = scanned();
    worker.send(&request, &bytes).unwrap();
    worker.close_input();
    assert!(worker.receive().is_none());
    assert!(worker.end().0.success());
}

#[test]
fn a_document_that_takes_too_long_ends_the_worker() {
    let folder = tesseract("exec sleep 30");
    let mut worker = Worker::start_with_path(&["--timeout", "1"], Some(folder.path().as_os_str()));
    let (request, bytes) = scanned();
    assert!(worker.ask(&request, &bytes).is_none());
    let (status, complaints) = worker.end();
    assert_eq!(status.code(), Some(124));
    assert!(complaints.contains("`scan.pdf` took longer than 1 s"), "{complaints}");
}
