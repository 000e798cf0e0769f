//! The embedding models of collections, as far as a server with one model goes; the whole program's tests change them.

use serde_json::json;

use crate::testing::TestApp;

#[tokio::test]
async fn a_collection_shows_its_model() {
    let app = TestApp::new();
    app.put("/api/collections/docs").await.ok();
    let shown = app.get("/api/collections/docs/model").await.ok();
    assert_eq!((&shown["collection"]["embedding"]["model"], &shown["other"]), (&json!("fake"), &json!(null)));
}

#[tokio::test]
async fn what_is_not_there_cannot_be_changed() {
    let app = TestApp::new();
    app.put("/api/collections/docs").await.ok();
    let folder = json!({ "folder": "/etc" });
    for (reply, expected) in [
        (app.get("/api/collections/nowhere/model").await, "`nowhere` does not exist"),
        (app.post("/api/collections/docs/model", folder.clone()).await, "there is no model `/etc`"),
        (app.post("/api/collections/docs/model/estimate", folder).await, "a client can name no folder elsewhere"),
        (app.post("/api/collections/docs/model/switch", json!({})).await, "has no other model"),
        (app.post("/api/collections/docs/model/back", json!({})).await, "has no other model"),
        (app.delete("/api/collections/docs/model/other").await, "has no other model"),
        (app.post("/api/collections/docs/search", json!({ "query": "x", "model": "other" })).await, "has no other model"),
    ] {
        let message = reply.error(404, "not_found");
        assert!(message.contains(expected), "{expected}: {message}");
    }
    app.post("/api/collections/docs/model", json!({ "folders": "x" })).await.error(400, "invalid_input");
}
