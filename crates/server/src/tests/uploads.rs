//! Uploads that are answered at once: kept until they are ingested, also through a restart.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::Utc;
use fs_err as fs;
use ragstone_core::testing::MemoryCatalog;
use ragstone_core::{Catalog, CollectionSpec, DocumentId, Embedder};
use serde_json::{Value, json};

use crate::ServerConfig;
use crate::testing::{FakeEmbedder, Gate, TestApp, impatient};

const DOCUMENTS: &str = "/api/collections/docs/documents";
const LATER: &str = "/api/collections/docs/documents?wait=false";

fn document(source: &str, text: &str) -> Value {
    json!({"documents": [{"source": source, "text": text, "tags": ["new"]}]})
}

fn kept(app: &TestApp) -> Vec<PathBuf> {
    let Ok(folder) = fs::read_dir(app.folder.path().join("uploads")) else { return Vec::new() };
    folder.map(|entry| entry.unwrap().path()).collect()
}

async fn sweep(app: &TestApp) {
    app.state.uploads.sweep(&*app.state.app.jobs).await.unwrap();
}

#[tokio::test]
async fn files_are_kept_until_their_job_has_ended() {
    let app = TestApp::new();
    let job = app.post(LATER, document("a.md", "# A\n\nGreen tea.")).await.accepted();
    let id = job["id"].as_str().unwrap();
    assert_eq!(job["title"], "an upload");
    assert_eq!(app.get(DOCUMENTS).await.ok()["total"], json!(0), "the collection is there, and empty yet");
    sweep(&app).await;
    assert_eq!(kept(&app).len(), 1, "the job has not begun");

    app.start().await;
    let done = app.job_in(id, "done").await;
    assert_eq!(done["progress"]["indexed"], json!(1));
    assert_eq!(app.get(DOCUMENTS).await.ok()["documents"][0]["tags"], json!(["new"]));
    sweep(&app).await;
    assert!(kept(&app).is_empty());

    let message = app.post(&format!("/api/jobs/{id}/retry"), json!({})).await.error(409, "conflict");
    assert!(message.contains("send them again"), "{message}");
    app.stop().await;
}

#[tokio::test]
async fn a_restart_goes_on_with_what_was_kept_and_deletes_the_rest() {
    let app = TestApp::new();
    let waiting = app.post(LATER, document("a.md", "# A")).await.accepted();
    let cancelled = app.post(LATER, document("b.md", "# B")).await.accepted();
    app.post(&format!("/api/jobs/{}/cancel", cancelled["id"].as_str().unwrap()), json!({})).await.ok();
    let uploads = app.folder.path().join("uploads");
    let half_written = uploads.join("6b3e4b8e-2f0f-4c3a-9d3b-0c9a6f9d1c11");
    fs::create_dir(&half_written).unwrap();
    fs::write(half_written.join("0"), "half").unwrap();
    fs::write(uploads.join("notes.txt"), "not ours").unwrap();

    let app = app.restarted([]);
    app.start().await;
    assert!(!half_written.try_exists().unwrap() && uploads.join("notes.txt").try_exists().unwrap());
    app.job_in(waiting["id"].as_str().unwrap(), "done").await;
    assert_eq!(app.get(DOCUMENTS).await.ok()["total"], json!(1));
    sweep(&app).await;
    assert_eq!(kept(&app), [uploads.join("notes.txt")]);
    app.stop().await;
}

#[tokio::test]
async fn a_job_that_was_cut_off_is_gone_on_with() {
    let app = TestApp::new();
    app.start().await;
    let job = app.post(LATER, document("a.md", "wait")).await.accepted();
    app.gate.reached_by(1).await;
    app.stop().await;
    app.job_in(job["id"].as_str().unwrap(), "queued").await;
    app.gate.open();
    let app = app.restarted([]);
    app.start().await;
    let done = app.job_in(job["id"].as_str().unwrap(), "done").await;
    assert_eq!(done["progress"]["indexed"], json!(1));
    app.stop().await;
}

#[tokio::test]
async fn a_form_waits_or_does_not() {
    let app = TestApp::new();
    let form = "--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.md\"\r\n\r\n# A\r\n--X--\r\n";
    let job = app.post_as(LATER, "multipart/form-data; boundary=X", form).await.accepted();
    app.start().await;
    app.job_in(job["id"].as_str().unwrap(), "done").await;
    let report = app.post_as("/api/collections/docs/documents?wait=true", "multipart/form-data; boundary=X", form).await.ok();
    assert_eq!(report["unchanged"], json!(1));
    app.stop().await;
}

#[tokio::test]
async fn what_cannot_be_kept_is_refused() {
    let app = TestApp::with(ServerConfig { max_queued_requests: 1, ..impatient() });
    for (query, mention) in [("wait=maybe", "wait"), ("wait=", "wait"), ("later=true", "later")] {
        let message = app.post(&format!("{DOCUMENTS}?{query}"), document("a", "b")).await.error(400, "invalid_input");
        assert!(message.contains(mention), "{query}: {message}");
    }
    app.post(LATER, json!({"documents": []})).await.error(400, "invalid_input");
    let first = app.post(LATER, document("a", "text")).await.accepted();
    let reply = app.post(LATER, document("b", "text")).await;
    assert!(reply.error(429, "overloaded").contains("1 uploads are kept already"), "{}", reply.body);
    assert_eq!((reply.header("retry-after"), kept(&app).len()), ("1", 1));
    app.post(&format!("/api/jobs/{}/cancel", first["id"].as_str().unwrap()), json!({})).await.ok();
    sweep(&app).await;
    app.post(LATER, document("b", "text")).await.accepted();

    let app = TestApp::new();
    fs::write(app.folder.path().join("uploads"), "in the way").unwrap();
    let message = app.post(LATER, document("a", "text")).await.error(507, "storage");
    assert!(message.contains("uploads"), "{message}");
    assert_eq!(app.get("/api/jobs").await.ok(), json!({"jobs": []}));
}

#[tokio::test]
async fn another_model_is_a_conflict_and_nothing_is_kept() {
    let catalog = MemoryCatalog::default();
    let embedding = FakeEmbedder::new(Gate::default(), "older").spec().clone();
    let spec = CollectionSpec { name: "docs".parse().unwrap(), embedding, generation: 0, created_at: Utc::now() };
    catalog.create_collection(&spec).await.unwrap();
    let app = TestApp::over(impatient(), "newer", Arc::new(catalog));
    app.post(LATER, document("a", "text")).await.error(409, "conflict");
    assert!(kept(&app).is_empty());
}

/// Says of every document that it is a PDF of two pages, the second one scanned.
const WORKER: &str = r#"#!/bin/sh
while IFS= read -r request; do
  bytes=$(printf '%s' "$request" | sed 's/.*"bytes":\([0-9]*\).*/\1/')
  head -c "$bytes" > /dev/null
  printf '%s\n' '{"reply":"text","media_type":"application/pdf","text":"Tea is brewed.","structured":false,"title":"Tea","pages":[{"number":1,"span":{"start":0,"end":14}},{"number":2,"span":{"start":14,"end":14}}],"quality":{"engine":"pdfium","characters_per_page":[12,0],"pages_without_text":[2],"warnings":[{"code":"pages_without_text","message":"page 2 has no text"}]}}'
done
"#;

#[tokio::test]
async fn binary_formats_are_read_by_the_worker_and_their_quality_is_shown() {
    let app = TestApp::new();
    let worker = app.folder.path().join("worker");
    fs::write(&worker, WORKER).unwrap();
    fs::set_permissions(&worker, PermissionsExt::from_mode(0o755)).unwrap();
    app.start().await;
    let form = |name: &str, content: &str| {
        format!("--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n%PDF-1.7\n{content}\r\n--X--\r\n")
    };
    let report = app.post_as(DOCUMENTS, "multipart/form-data; boundary=X", form("a.pdf", "1")).await.ok();
    assert_eq!((&report["indexed"], &report["pages"]), (&json!(1), &json!(2)), "{report}");
    assert_eq!(report["quality"]["warnings"]["pages_without_text"]["documents"], json!(1));
    for name in ["b.pdf", "copy.pdf"] {
        let job = app.post_as(LATER, "multipart/form-data; boundary=X", form(name, "2")).await.accepted();
        let done = app.job_in(job["id"].as_str().unwrap(), "done").await;
        assert_eq!(done["progress"]["indexed"], json!(1), "{done}");
    }

    let shown = app.get(&format!("{DOCUMENTS}/{}", DocumentId::from_source("b.pdf"))).await.ok();
    assert_eq!(shown["pages"][1], json!({"number": 2, "span": {"start": 14, "end": 14}}));
    assert_eq!(shown["chunks"][0]["pages"], json!({"first": 1, "last": 1}));
    assert_eq!((&shown["quality"]["engine"], &shown["quality"]["pages_without_text"]), (&json!("pdfium"), &json!([2])));
    assert_eq!(shown["quality"]["warnings"][0]["message"], "page 2 has no text");
    assert_eq!(shown["same_as"], Value::Null);
    let copy = app.get(&format!("{DOCUMENTS}/{}", DocumentId::from_source("copy.pdf"))).await.ok();
    assert_eq!(copy["same_as"], shown["id"]);
    let listed = app.get(DOCUMENTS).await.ok();
    assert_eq!((&listed["documents"][1]["pages"], &listed["documents"][1]["warnings"]), (&json!(2), &json!(1)));
    app.stop().await;
}
