//! Collections are made, listed, shown and deleted.

use std::sync::Arc;

use chrono::Utc;
use ragstone_core::testing::MemoryCatalog;
use ragstone_core::{Catalog, CollectionSpec, Embedder};
use serde_json::json;

use crate::testing::{FakeEmbedder, Gate, TestApp, impatient};

#[tokio::test]
async fn from_creation_to_deletion() {
    let app = TestApp::new();
    assert_eq!(app.get("/api/collections").await.ok(), json!({"collections": []}));

    let made = app.put("/api/collections/notes").await.ok();
    assert_eq!((&made["name"], &made["embedding"]["model"]), (&json!("notes"), &json!("fake")));
    assert_eq!(app.put("/api/collections/notes").await.ok(), made, "making it again changes nothing");

    let shown = app.get("/api/collections/notes").await.ok();
    assert_eq!((&shown["documents"], &shown["chunks"]), (&json!(0), &json!(0)));
    assert_eq!(app.get("/api/collections").await.ok(), json!({"collections": [shown]}));

    assert_eq!(app.delete("/api/collections/notes").await.ok(), json!({"deleted": "notes"}));
    app.get("/api/collections/notes").await.error(404, "not_found");
    let message = app.delete("/api/collections/notes").await.error(404, "not_found");
    assert!(message.contains("`notes`") && message.contains("GET /api/collections"), "{message}");
}

#[tokio::test]
async fn another_model_is_a_conflict_that_names_both() {
    let catalog = MemoryCatalog::default();
    let embedding = FakeEmbedder::new(Gate::default(), "older").spec().clone();
    let spec = CollectionSpec { name: "docs".parse().unwrap(), embedding, generation: 0, created_at: Utc::now() };
    catalog.create_collection(&spec).await.unwrap();
    let app = TestApp::over(impatient(), "newer", Arc::new(catalog));

    let documents = json!({"documents": [{"source": "a", "text": "b"}]});
    for reply in [app.put("/api/collections/docs").await, app.post("/api/collections/docs/documents", documents).await] {
        let message = reply.error(409, "conflict");
        assert!(message.contains("`older`") && message.contains("`newer`"), "{message}");
    }
}

#[tokio::test]
async fn settings_are_kept_for_a_collection() {
    const SETTINGS: &str = "/api/collections/docs/settings";
    let app = TestApp::with_documents(impatient()).await;
    let before = app.get(SETTINGS).await.ok();
    assert_eq!((&before["retrieve"]["kept"], &before["retrieve"]["in_force"]["limit"]), (&json!({}), &json!(10)));

    let kept = app.put_json(SETTINGS, json!({"retrieve": {"limit": 1}})).await.ok();
    assert_eq!((&kept["retrieve"]["kept"], &kept["retrieve"]["in_force"]["limit"]), (&json!({"limit": 1}), &json!(1)));
    assert_eq!(app.get(SETTINGS).await.ok(), kept);
    assert_eq!(app.put_json(SETTINGS, json!({})).await.ok(), kept, "what is left out stays");
    let found = app.post("/api/collections/docs/search", json!({"query": "days of tea"})).await.ok();
    assert_eq!(found["hits"].as_array().unwrap().len(), 1);

    let message = app.put_json(SETTINGS, json!({"retrieve": {"limit": 0, "limt": 2}})).await.error(400, "invalid_input");
    assert!(message.contains("limit is 0") && message.contains("limt is no setting"), "{message}");
    let message = app.put_json(SETTINGS, json!({"retreive": {}})).await.error(400, "invalid_input");
    assert!(message.contains("unknown field `retreive`"), "{message}");
    app.get("/api/collections/none/settings").await.error(404, "not_found");
    assert_eq!(app.put_json(SETTINGS, json!({"retrieve": {}})).await.ok(), before);
}
