//! Documents come as JSON and as forms, are listed, shown and deleted.

use ragstone_core::DocumentId;
use serde_json::json;

use crate::testing::{TestApp, impatient};

const DOCUMENTS: &str = "/api/collections/docs/documents";

/// A form as browsers and curl write it.
fn form(parts: &[(&str, &str)]) -> String {
    let part = |(head, body): &(&str, &str)| format!("--X\r\nContent-Disposition: form-data; {head}\r\n\r\n{body}\r\n");
    parts.iter().map(part).chain(["--X--\r\n".to_owned()]).collect()
}

async fn post_form(app: &TestApp, parts: &[(&str, &str)]) -> crate::testing::Reply {
    app.post_as(DOCUMENTS, "multipart/form-data; boundary=X", form(parts)).await
}

#[tokio::test]
async fn texts_are_ingested_once_and_replaced() {
    let app = TestApp::new();
    let report = app.ingest(json!([{"source": "a.md", "text": "# One"}, {"source": "b", "text": "two", "title": "Second"}])).await;
    assert_eq!((&report["indexed"], &report["failed"]), (&json!(2), &json!([])));
    let report = app.ingest(json!([{"source": "a.md", "text": "# One"}, {"source": "b", "text": "changed", "title": "Second"}])).await;
    assert_eq!((&report["unchanged"], &report["replaced"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn a_failed_document_is_reported_and_keeps_none_out() {
    let app = TestApp::new();
    let report = app.ingest(json!([{"source": "good", "text": "text"}, {"source": "empty", "text": ""}])).await;
    assert_eq!((&report["indexed"], &report["failed"][0]["source"]), (&json!(1), &json!("empty")));

    let report = app.ingest(json!([{"source": "empty", "text": " "}])).await;
    assert_eq!((&report["indexed"], report["failed"].as_array().unwrap().len()), (&json!(0), 1), "all failed, and it says so");
}

#[tokio::test]
async fn a_form_brings_files_with_tags_and_fields() {
    let app = TestApp::new();
    let parts = [
        ("name=\"files\"; filename=\"guide.md\"", "# Guide\n\nRead this."),
        ("name=\"tags\"", "[\"hr\", \"new\"]"),
        ("name=\"files\"; filename=\"页.txt\"", "第二"),
        ("name=\"fields\"", "{\"year\": 2026}"),
    ];
    let report = post_form(&app, &parts).await.ok();
    assert_eq!((&report["indexed"], &report["failed"]), (&json!(2), &json!([])));

    let listed = app.get(DOCUMENTS).await.ok();
    assert_eq!(listed["total"], json!(2));
    for (document, source) in listed["documents"].as_array().unwrap().iter().zip(["guide.md", "页.txt"]) {
        assert_eq!(document["source"], source);
        assert_eq!((&document["tags"], &document["fields"]), (&json!(["hr", "new"]), &json!({"year": 2026.0})));
    }
    assert_eq!(listed["documents"][0]["media_type"], "text/markdown");
}

#[tokio::test]
async fn bad_forms_say_which_part_is_wrong() {
    let app = TestApp::new();
    let file = ("name=\"file\"; filename=\"a.md\"", "text");
    for (parts, mention) in [
        (&[][..], "no file"),
        (&[("name=\"tags\"", "[]")][..], "no file"),
        (&[file, ("name=\"tags\"", "hr, new")][..], "`tags`"),
        (&[file, ("name=\"tags\"", "{}")][..], "`tags`"),
        (&[file, ("name=\"fields\"", "[1]")][..], "`fields`"),
        (&[file, ("name=\"colour\"", "red")][..], "`colour`"),
        (&[("name=\"file\"; filename=\"\"", "text")][..], "no name"),
    ] {
        let message = post_form(&app, parts).await.error(400, "invalid_input");
        assert!(message.contains(mention), "{parts:?}: {message}");
    }
    for (content_type, body) in [
        ("multipart/form-data", form(&[file])),
        ("multipart/form-data; boundary=Y", form(&[file])),
        ("multipart/form-data; boundary=X", form(&[file]).replace("--X--\r\n", "")),
    ] {
        let message = app.post_as(DOCUMENTS, content_type, body).await.error(400, "invalid_input");
        assert!(message.starts_with("the form cannot be read: "), "{message}");
    }
    app.get("/api/collections/docs").await.error(404, "not_found");
}

#[tokio::test]
async fn pages_of_a_listing() {
    let app = TestApp::with_documents(impatient()).await;
    let page = app.get("/api/collections/docs/documents?offset=1&limit=1").await.ok();
    assert_eq!((&page["total"], &page["offset"], &page["documents"][0]["source"]), (&json!(2), &json!(1), &json!("tea.txt")));
    assert_eq!(app.get("/api/collections/docs/documents?offset=9").await.ok()["documents"], json!([]));
    app.get("/api/collections/none/documents").await.error(404, "not_found");

    for (query, mention) in
        [("limit=0", "`limit` is 0"), ("limit=1001", "1000"), ("limit=x", "limit"), ("offset=-1", "offset"), ("page=2", "page")]
    {
        let message = app.get(&format!("{DOCUMENTS}?{query}")).await.error(400, "invalid_input");
        assert!(message.contains(mention), "{query}: {message}");
    }
}

#[tokio::test]
async fn a_document_is_shown_with_its_spans_and_deleted() {
    let app = TestApp::with_documents(impatient()).await;
    let path = format!("{DOCUMENTS}/{}", DocumentId::from_source("leave.md"));
    let shown = app.get(&path).await.ok();
    let (text, span) = (shown["text"].as_str().unwrap(), &shown["chunks"][0]["span"]);
    let range = span["start"].as_u64().unwrap() as usize..span["end"].as_u64().unwrap() as usize;
    assert!(text.get(range).unwrap().contains("thirty days"));
    assert_eq!((&shown["source"], &shown["title"], &shown["tags"]), (&json!("leave.md"), &json!("Leave"), &json!(["hr"])));
    assert!(shown["indexed_at"].is_string());

    app.delete(&path).await.ok();
    app.get(&path).await.error(404, "not_found");
    let message = app.delete(&path).await.error(404, "not_found");
    assert!(message.contains("`docs`"), "{message}");
    app.delete(&path.replace("docs", "none")).await.error(404, "not_found");
}
