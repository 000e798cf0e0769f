//! Evaluations are asked for, watched, cancelled and forgotten.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::testing::{TestApp, impatient};

const EVALUATIONS: &str = "/api/evaluations";

fn body(questions: Value) -> Value {
    json!({"collection": "docs", "questions": questions})
}

async fn started(app: &TestApp, body: Value) -> String {
    let reply = app.post(EVALUATIONS, body).await;
    assert_eq!(reply.status, StatusCode::ACCEPTED, "{}", reply.body);
    let status: Value = serde_json::from_str(&reply.body).unwrap();
    let path = format!("{EVALUATIONS}/{}", status["id"].as_str().unwrap());
    assert_eq!(reply.header("location"), path);
    path
}

async fn ended(app: &TestApp, path: &str, state: &str) -> Value {
    for _ in 0..1_000 {
        let detail = app.get(path).await.ok();
        if detail["state"] == state {
            return detail;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the evaluation never is {state}");
}

#[tokio::test]
async fn questions_are_asked_in_the_background() {
    let app = TestApp::with_documents(impatient()).await;
    let questions = json!([
        {"question": "how many days of leave", "documents": ["leave.md"], "answer": "thirty days"},
        {"question": "how hot is green tea", "quotes": ["brewed at eighty degrees"]},
        {"question": "who is the king", "answerable": false},
        {"question": "where is it", "documents": ["gone.md"]},
    ]);
    let path = started(&app, json!({"collection": "docs", "questions": questions, "answers": true})).await;
    let detail = ended(&app, &path, "done").await;
    assert_eq!((&detail["questions"], &detail["asked"], &detail["error"]), (&json!(4), &json!(3), &Value::Null));
    let report = &detail["report"];
    assert_eq!(report["subjects"][0]["measures"]["recall@10"]["mean"], 1.0, "{report}");
    assert!(report["subjects"][0]["measures"]["answered"]["mean"].is_number(), "{report}");
    assert_eq!(report["unresolved"][0]["id"], "q4");

    let listed = app.get(EVALUATIONS).await.ok();
    assert_eq!((listed["evaluations"].as_array().unwrap().len(), &listed["evaluations"][0]["id"]), (1, &detail["id"]));
    assert!(listed["evaluations"][0].get("report").is_none(), "a list is short");
    app.delete(&path).await.ok();
    app.get(&path).await.error(404, "not_found");
}

#[tokio::test]
async fn one_that_waits_can_be_cancelled() {
    let app = TestApp::with_documents(impatient()).await;
    let first = started(&app, body(json!([{"question": "wait for it", "documents": ["leave.md"]}]))).await;
    app.gate.reached_by(1).await;
    let second = started(&app, body(json!([{"question": "tea", "documents": ["tea.txt"]}]))).await;
    assert_eq!(app.get(&first).await.ok()["state"], "running");
    assert_eq!(app.get(&second).await.ok()["state"], "queued");
    assert_eq!(app.post(&format!("{second}/cancel"), json!({})).await.ok()["state"], "cancelled");
    app.post(&format!("{second}/cancel"), json!({})).await.error(409, "conflict");
    assert_eq!(app.post(&format!("{first}/cancel"), json!({})).await.ok()["state"], "cancelled");
    let third = started(&app, body(json!([{"question": "green tea", "documents": ["tea.txt"]}]))).await;
    ended(&app, &third, "done").await;
}

#[tokio::test]
async fn too_many_are_refused() {
    let app = TestApp::with_documents(impatient()).await;
    let waiting = || body(json!([{"question": "wait for it", "documents": ["leave.md"]}]));
    for _ in 0..9 {
        started(&app, waiting()).await;
    }
    let refused = app.post(EVALUATIONS, waiting()).await;
    assert!(refused.error(429, "overloaded").contains("8 evaluations"), "{}", refused.body);
    assert_eq!(refused.header("retry-after"), "1");
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let app = TestApp::with_documents(impatient()).await;
    let message = |body: Value, status: u16, code: &'static str| {
        let app = &app;
        async move { app.post(EVALUATIONS, body).await.error(status, code) }
    };
    let one = json!([{"question": "tea", "documents": ["tea.txt"]}]);
    assert!(message(body(json!([])), 400, "invalid_input").await.contains("no question"));
    assert!(message(body(json!([{"question": "tea"}])), 400, "invalid_input").await.contains("question 1: there is nothing to judge"));
    assert!(message(body(json!([{"question": "a", "document": ["x"]}])), 400, "invalid_input").await.contains("document"));
    assert!(message(json!({"collection": "none", "questions": one}), 404, "not_found").await.contains("`none`"));
    assert!(message(json!({"collection": "docs", "questions": one, "depth": 5}), 400, "invalid_input").await.contains("from 10 to 1000"));
    let many: Vec<Value> = (0..2_001).map(|at| json!({"question": at.to_string(), "answerable": false})).collect();
    assert!(message(body(json!(many)), 413, "too_large").await.contains("2001"));
    app.get(&format!("{EVALUATIONS}/nonsense")).await.error(400, "invalid_input");
    app.post(&format!("{EVALUATIONS}/00000000-0000-0000-0000-000000000000/cancel"), json!({})).await.error(404, "not_found");

    let lost = started(&app, body(json!([{"question": "where", "documents": ["gone.md"]}]))).await;
    let detail = ended(&app, &lost, "failed").await;
    assert!(detail["error"].as_str().unwrap().contains("`gone.md`"), "{detail}");
}
