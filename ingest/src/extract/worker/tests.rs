//! Workers that answer, hang, die and talk nonsense; the pool outlives all of them.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use bytesize::ByteSize;
use fs_err as fs;
use ragstone_core::{Error, ErrorKind, Revision};
use tempfile::TempDir;

use crate::extract::{ExtractConfig, Extracted, Extractor, WorkerLocation};
use crate::{IngestError, RawDocument};

/// Does what the document says on its second line.
const SCRIPT: &str = r#"#!/bin/sh
arguments="$*"
while IFS= read -r request; do
  bytes=$(printf '%s' "$request" | sed 's/.*"bytes":\([0-9]*\).*/\1/')
  order=$(head -c "$bytes" | sed -n 2p)
  case "$order" in
    hang) sleep 60 ;;
    die) echo "out of ideas" >&2; exit 3 ;;
    leave) exit 0 ;;
    abort) kill -ABRT $$ ;;
    full) echo "memory allocation of 4096 bytes failed" >&2; kill -ABRT $$ ;;
    killed) kill -KILL $$ ;;
    chatter) head -c 3000000 /dev/zero | tr '\0' 'e' >&2; exit 4 ;;
    nonsense) echo "no json at all" ;;
    half) printf '{"reply":"text","text":"It sa'; exit 5 ;;
    short) printf '{"reply":"member","name":"a","modified_at":null,"bytes":100}\nshort'; exit 0 ;;
    upwards) printf '{"reply":"member","name":"../a","modified_at":null,"bytes":1}\nx' ;;
    swollen) printf '{"reply":"member","name":"a","modified_at":null,"bytes":99000000}\n' ;;
    flood) head -c 20000000 /dev/zero | tr '\0' 'x' ;;
    pages) printf '{"reply":"text","text":"ab","pages":[{"number":1,"span":{"start":0,"end":9}}]}\n' ;;
    refuse) printf '{"reply":"refused","reason":"password","detail":"an encrypted PDF"}\n' ;;
    who) printf '{"reply":"text","text":"%s"}\n' "$$" ;;
    how) printf '{"reply":"text","text":"%s HOME=%s"}\n' "$arguments" "$HOME" ;;
    *) printf '{"reply":"text","media_type":"application/pdf","text":"It says %s."}\n' "$order" ;;
  esac
done
"#;

struct Reader {
    extractor: Extractor,
    _folder: TempDir,
}

impl Reader {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("worker");
        fs::write(&program, SCRIPT).unwrap();
        fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
        let config =
            ExtractConfig { workers: 1, timeout: Duration::from_secs(3), max_text_bytes: ByteSize::mib(1), ..ExtractConfig::default() };
        Self { extractor: Extractor::new(config, WorkerLocation { program: Some(program), pdfium: None }), _folder: folder }
    }

    async fn read(&self, order: &str) -> Result<String, IngestError> {
        match self.extractor.read(pdf(order), Revision::of(&[])).await? {
            Extracted::Document(document) => Ok(document.text),
            Extracted::Members(_) => panic!("it is no archive"),
        }
    }

    /// Fails so, and yet the next document is read, by a worker that is another.
    async fn check(&self, order: &str, kind: ErrorKind, expected: &str) {
        let before = self.read("who").await.unwrap();
        let error = self.read(order).await.unwrap_err();
        let words = error.to_string();
        assert!(words.contains(expected), "{order}: {words}");
        assert_eq!(Error::from(error).kind(), kind, "{order}: {words}");
        assert_ne!(self.read("who").await.unwrap(), before, "after {order}");
    }
}

fn pdf(order: &str) -> RawDocument {
    RawDocument::new("/a.pdf", format!("%PDF-1.7\n{order}\n"))
}

#[tokio::test]
async fn a_worker_that_takes_too_long_is_ended() {
    Reader::new().check("hang", ErrorKind::Timeout, "raise `extract.timeout`").await;
}

#[tokio::test]
async fn a_worker_that_dies_is_explained() {
    let reader = Reader::new();
    reader.check("die", ErrorKind::Unavailable, "ended with status 3: out of ideas").await;
    reader.check("leave", ErrorKind::Unavailable, "ended before it had answered").await;
    reader.check("abort", ErrorKind::Unavailable, "crashed (signal 6)").await;
    reader.check("full", ErrorKind::Unavailable, "raise `extract.worker_memory`").await;
    reader.check("killed", ErrorKind::Unavailable, "ran out of its memory limit of 1.0 GiB").await;
    reader.check("half", ErrorKind::Unavailable, "ended with status 5").await;
    reader.check("short", ErrorKind::Unavailable, "ended before it had answered").await;
}

#[tokio::test]
async fn a_worker_that_talks_nonsense_is_ended() {
    let reader = Reader::new();
    reader.check("nonsense", ErrorKind::Unavailable, "answered nonsense: `no json at all`").await;
    reader.check("flood", ErrorKind::Unavailable, "a line of more than").await;
    reader.check("upwards", ErrorKind::Unavailable, "leaves the archive").await;
    reader.check("swollen", ErrorKind::Unavailable, "members of more than 1048576 bytes together").await;
}

#[tokio::test]
async fn of_what_a_worker_complains_little_is_kept() {
    let error = Reader::new().read("chatter").await.unwrap_err().to_string();
    assert!(error.contains("ended with status 4") && error.len() < 10_000, "{} bytes", error.len());
}

#[tokio::test]
async fn answers_that_cannot_be_are_not_believed() {
    let error = Reader::new().read("pages").await.unwrap_err();
    assert!(error.to_string().contains("pages that are not in the text"), "{error}");
}

#[tokio::test]
async fn a_refusal_is_no_fault_of_the_worker() {
    let reader = Reader::new();
    let worker = reader.read("who").await.unwrap();
    let error = reader.read("refuse").await.unwrap_err();
    assert!(error.to_string().contains("needs a password"), "{error}");
    assert_eq!(Error::from(error).kind(), ErrorKind::InvalidInput);
    assert_eq!(reader.read("who").await.unwrap(), worker, "it goes on");
}

#[tokio::test]
async fn documents_wait_for_the_only_worker() {
    let reader = Reader::new();
    let orders: Vec<String> = (0..20).map(|number| format!("n{number}")).collect();
    let read = futures::future::join_all(orders.iter().map(|order| reader.read(order))).await;
    for (order, text) in orders.iter().zip(read) {
        assert_eq!(text.unwrap(), format!("It says {order}."));
    }
}

#[tokio::test]
async fn a_worker_is_told_its_limits_and_nothing_else() {
    let how = Reader::new().read("how").await.unwrap();
    assert_eq!(how, format!("--memory-limit {} --timeout 3 HOME=", 1 << 30));
}

#[tokio::test]
async fn whoever_stops_waiting_leaves_no_half_read_answer() {
    let reader = Reader::new();
    let given_up = tokio::time::timeout(Duration::from_millis(300), reader.read("hang")).await;
    assert!(given_up.is_err());
    assert_eq!(reader.read("hello").await.unwrap(), "It says hello.");
}

#[tokio::test]
async fn a_worker_that_is_not_there_is_named_with_the_remedy() {
    let read = |extractor: Extractor| async move { extractor.read(pdf("x"), Revision::of(&[])).await.unwrap_err().to_string() };
    let missing = read(Extractor::default()).await;
    assert!(missing.contains("`cargo build --package ragstone-extract`"), "{missing}");
    let with = |program: &str| {
        Extractor::new(ExtractConfig { worker: Some(program.into()), ..ExtractConfig::default() }, WorkerLocation::default())
    };
    let wrong = read(with("/nowhere/worker")).await;
    assert!(wrong.contains("/nowhere/worker") && wrong.contains("extract.worker"), "{wrong}");
    let folder = tempfile::tempdir().unwrap();
    let no_program = read(with(&folder.path().to_string_lossy())).await;
    assert!(no_program.contains("cannot be started"), "{no_program}");
}
