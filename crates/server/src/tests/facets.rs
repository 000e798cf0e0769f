//! Facets and calibrations over HTTP.

use serde_json::json;

use crate::testing::TestApp;

async fn app() -> TestApp {
    let app = TestApp::new();
    let documents = json!({"documents": [
        {"source": "a", "text": "Parental leave is twelve weeks.", "tags": ["hr", "leave"], "fields": {"team": "people"}},
        {"source": "b", "text": "The office opens at nine.", "tags": ["hr"]},
        {"source": "c", "text": "Invoices are paid in thirty days.", "tags": ["finance"], "fields": {"team": "money"}}
    ]});
    app.post("/api/collections/docs/documents", documents).await.ok();
    app
}

#[tokio::test]
async fn documents_are_counted_by_value() {
    let app = app().await;
    let counted = app.get("/api/collections/docs/facets?field=tags,fields.team&values=1").await.ok();
    assert_eq!(counted["facets"][0], json!({"field": "tags", "values": [{"value": "hr", "documents": 2}], "distinct": 3, "documents": 3}));
    assert_eq!(counted["facets"][1]["distinct"], 2);
    let filtered = app.get("/api/collections/docs/facets?field=tags&filter=fields.team%20%3D%20people").await.ok();
    assert_eq!(filtered["facets"][0]["documents"], 1);

    let searched =
        app.post("/api/collections/docs/search", json!({"query": "leave", "facets": ["tags"], "filter": "tags = hr"})).await.ok();
    assert_eq!(searched["facets"][0]["values"], json!([{"value": "hr", "documents": 2}, {"value": "leave", "documents": 1}]));
    let plain = app.post("/api/collections/docs/search", json!({"query": "leave"})).await.ok();
    assert!(plain.get("facets").is_none());
}

#[tokio::test]
async fn wrong_facets_are_refused() {
    let app = app().await;
    let message = app.get("/api/collections/docs/facets?field=tgas").await.error(400, "invalid_input");
    assert!(message.contains("did you mean `tags`?"), "{message}");
    app.get("/api/collections/docs/facets").await.error(400, "invalid_input");
    app.get("/api/collections/docs/facets?field=tags&values=0").await.error(400, "invalid_input");
    app.get("/api/collections/none/facets?field=tags").await.error(404, "not_found");
    app.post("/api/collections/docs/search", json!({"query": "x", "facets": ["id"]})).await.error(400, "invalid_input");
}

#[tokio::test]
async fn a_collection_is_calibrated() {
    let app = app().await;
    assert!(app.get("/api/collections/docs").await.ok().get("relevance").is_none());
    let calibration = app.post("/api/collections/docs/calibrate", json!({})).await.ok();
    assert_eq!((&calibration["chunks"], &calibration["meaning_and_words"]), (&json!(3), &json!(null)));
    assert_eq!(app.get("/api/collections/docs").await.ok()["relevance"], calibration);
    app.post("/api/collections/none/calibrate", json!({})).await.error(404, "not_found");
}
