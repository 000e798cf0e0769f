//! The OpenAPI document is the API: every route is in it, and every reference in it resolves.

use axum::body::Body;
use axum::http::Method;
use serde_json::Value;

use crate::testing::{TestApp, request};

const NO_ID: &str = "00000000-0000-0000-0000-000000000000";

fn operations(document: &Value) -> Vec<(String, String)> {
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, item): (&String, &Value)| {
        let methods = ["get", "put", "post", "delete"].into_iter().filter(|method| item.get(method).is_some());
        methods.map(|method| (method.to_uppercase(), path.clone())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

#[tokio::test]
async fn every_route_is_described_and_every_description_is_a_route() {
    let app = TestApp::new();
    let document = app.get("/openapi.json").await.ok();
    let listed: Vec<String> = operations(&document).iter().map(|(method, path)| format!("{method} {path}")).collect();
    insta::assert_snapshot!(listed.join("\n"), @r"
    GET /api/classifiers
    GET /api/classifiers/{classifier}
    PUT /api/classifiers/{classifier}
    DELETE /api/classifiers/{classifier}
    POST /api/classifiers/{classifier}/corrections
    POST /api/classifiers/{classifier}/predict
    POST /api/classifiers/{classifier}/retrain
    POST /api/classifiers/{classifier}/rollback
    GET /api/collections
    GET /api/collections/{collection}
    PUT /api/collections/{collection}
    DELETE /api/collections/{collection}
    POST /api/collections/{collection}/ask
    POST /api/collections/{collection}/calibrate
    GET /api/collections/{collection}/dead-letters
    GET /api/collections/{collection}/documents
    POST /api/collections/{collection}/documents
    GET /api/collections/{collection}/documents/{document}
    DELETE /api/collections/{collection}/documents/{document}
    POST /api/collections/{collection}/explain
    GET /api/collections/{collection}/facets
    POST /api/collections/{collection}/jobs
    GET /api/collections/{collection}/model
    POST /api/collections/{collection}/model
    POST /api/collections/{collection}/model/back
    POST /api/collections/{collection}/model/estimate
    DELETE /api/collections/{collection}/model/other
    POST /api/collections/{collection}/model/switch
    POST /api/collections/{collection}/search
    GET /api/collections/{collection}/settings
    PUT /api/collections/{collection}/settings
    GET /api/evaluations
    POST /api/evaluations
    GET /api/evaluations/{evaluation}
    DELETE /api/evaluations/{evaluation}
    POST /api/evaluations/{evaluation}/cancel
    GET /api/jobs
    GET /api/jobs/{job}
    POST /api/jobs/{job}/cancel
    GET /api/jobs/{job}/documents
    GET /api/jobs/{job}/events
    POST /api/jobs/{job}/retry
    GET /api/sources
    GET /healthz
    GET /metrics
    GET /openapi.json
    POST /predict
    GET /readyz
    ");
    for (method, path) in operations(&document) {
        let filled = path.replace("{collection}", "docs").replace("{classifier}", "topics");
        let filled = filled.replace("{document}", NO_ID).replace("{job}", NO_ID).replace("{evaluation}", NO_ID);
        let reply = app.send(request(Method::from_bytes(method.as_bytes()).unwrap(), &filled).body(Body::empty()).unwrap()).await;
        assert!(!reply.body.contains("there is no `/") && reply.status.as_u16() != 405, "{method} {path}: {}", reply.body);
    }
}

#[test]
fn every_operation_says_what_it_does_and_how_it_fails() {
    let document = serde_json::to_value(crate::openapi()).unwrap();
    for (method, path) in operations(&document) {
        let operation = &document["paths"][&path][method.to_lowercase()];
        assert!(operation["summary"].as_str().is_some_and(|summary| summary.ends_with('.')), "{method} {path} has no summary");
        let failure = &operation["responses"]["default"]["content"]["application/json"]["schema"]["$ref"];
        assert_eq!(failure, "#/components/schemas/ErrorEnvelope", "{method} {path}");
    }
}

#[test]
fn every_reference_resolves() {
    fn check(document: &Value, value: &Value) {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get("$ref") {
                    assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference} leads nowhere");
                }
                members.values().for_each(|member| check(document, member));
            }
            Value::Array(items) => items.iter().for_each(|item| check(document, item)),
            _ => {}
        }
    }
    let document = serde_json::to_value(crate::openapi()).unwrap();
    check(&document, &document);
}

#[test]
fn the_whole_document() {
    insta::assert_json_snapshot!(crate::openapi(), { ".info.version" => "[version]" });
}
