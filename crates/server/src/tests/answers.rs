//! Searches and questions.

use axum::body::Body;
use axum::http::Method;
use serde_json::{Value, json};

use crate::api::AskEvent;
use crate::testing::{Reply, TestApp, impatient, request};

const SEARCH: &str = "/api/collections/docs/search";
const ASK: &str = "/api/collections/docs/ask";

fn sources(found: &Value) -> Vec<&str> {
    found["hits"].as_array().unwrap().iter().map(|hit| hit["document"]["source"].as_str().unwrap()).collect()
}

fn events(reply: &Reply) -> Vec<AskEvent> {
    assert_eq!(reply.header("content-type"), "text/event-stream", "{}", reply.body);
    let data = reply.body.lines().filter_map(|line| line.strip_prefix("data: "));
    let events: Vec<AskEvent> = data.map(|data| serde_json::from_str(data).unwrap()).collect();
    let names: Vec<_> = reply.body.lines().filter_map(|line| line.strip_prefix("event: ")).collect();
    assert_eq!(names, events.iter().map(AskEvent::name).collect::<Vec<_>>());
    events
}

#[tokio::test]
async fn search_finds_filters_and_limits() {
    let app = TestApp::with_documents(impatient()).await;
    let found = app.post(SEARCH, json!({"query": "thirty days of leave"})).await.ok();
    assert_eq!(sources(&found)[0], "leave.md");
    assert!(found["timings"]["total_ms"].is_number());
    assert_eq!(app.post(SEARCH, json!({"query": "tea", "limit": 1})).await.ok()["hits"].as_array().unwrap().len(), 1);
    let found = app.post(SEARCH, json!({"query": "thirty days", "filter": "fields.cups >= 2", "mode": "dense"})).await.ok();
    assert_eq!(sources(&found), ["tea.txt"]);
}

#[tokio::test]
async fn requests_override_settings_and_explain() {
    let app = TestApp::with_documents(impatient()).await;
    let body = json!({"query": "thirty days", "limit": 1, "group": "document", "expand": "section", "explain": true});
    let found = app.post(SEARCH, body).await.ok();
    assert_eq!(found["groups"][0]["hits"], json!([1]));
    assert_eq!(found["hits"][0]["steps"][0]["step"], "fusion");
    assert!(found["dropped"].is_array());

    let explained =
        app.post("/api/collections/docs/explain", json!({"query": "thirty days", "limit": 1, "document": "tea.txt"})).await.ok();
    assert_eq!((&explained["outcome"]["step"], &explained["outcome"]["rank"]), (&json!("beyond_limit"), &json!(2)), "{explained}");
    let explained = app.post("/api/collections/docs/explain", json!({"query": "thirty days", "document": "tea.md"})).await.ok();
    assert_eq!(explained["outcome"]["step"], "not_in_collection");
    assert_eq!(sources(&app.post(ASK, json!({"question": "how many days of leave", "max_per_document": 1})).await.ok()).len(), 2);
}

#[tokio::test]
async fn a_bad_filter_is_shown_with_a_caret() {
    let app = TestApp::with_documents(impatient()).await;
    for (path, body) in
        [(SEARCH, json!({"query": "x", "filter": "tags = = \"hr\""})), (ASK, json!({"question": "x", "filter": "tags = = \"hr\""}))]
    {
        let message = app.post(path, body).await.error(400, "invalid_input");
        assert!(message.contains('^') && message.contains("tags = ="), "{message}");
    }
}

#[tokio::test]
async fn a_question_is_answered_with_citations() {
    let app = TestApp::with_documents(impatient()).await;
    let answered = app.post(ASK, json!({"question": "how many days of leave has every employee"})).await.ok();
    assert!(answered["answer"]["text"].as_str().unwrap().contains("thirty days"), "{answered}");
    assert_eq!(answered["answer"]["citations"][0]["source"], "leave.md");
    assert_eq!(sources(&answered)[0], "leave.md");
}

#[tokio::test]
async fn an_answer_is_streamed_in_order() {
    let app = TestApp::with_documents(impatient()).await;
    let question = json!({"question": "how many days of leave has every employee"});
    let accepting = request(Method::POST, ASK).header("content-type", "application/json").header("accept", "text/event-stream");
    let by_header = app.send(accepting.body(Body::from(question.to_string())).unwrap()).await;
    let mut question = question;
    question["stream"] = json!(true);
    let by_body = app.post(ASK, question).await;

    for reply in [by_header, by_body] {
        let events = events(&reply);
        let [AskEvent::Passages { hits, .. }, deltas @ .., AskEvent::Done { answer }] = events.as_slice() else { panic!("{events:?}") };
        assert_eq!(hits[0].document.source, "leave.md");
        let text: String =
            deltas.iter().map(|event| if let AskEvent::Delta { text } = event { text.as_str() } else { panic!("{event:?}") }).collect();
        assert_eq!(text, answer.text);
        assert!(text.contains("thirty days"));
    }
}

#[tokio::test]
async fn the_body_wins_over_the_accept_header_and_errors_come_before_the_stream() {
    let app = TestApp::with_documents(impatient()).await;
    let accepting = || request(Method::POST, ASK).header("content-type", "application/json").header("accept", "text/event-stream");
    let reply = app.send(accepting().body(Body::from(r#"{"question": "leave", "stream": false}"#)).unwrap()).await;
    assert!(reply.ok()["answer"].is_object());
    let reply = app.send(accepting().body(Body::from(r#"{"question": " "}"#)).unwrap()).await;
    reply.error(400, "invalid_input");
}

#[tokio::test]
async fn wrong_searches_are_refused_by_name() {
    let app = TestApp::with_documents(impatient()).await;
    for (body, mention) in
        [(json!({"query": ""}), "query"), (json!({"query": "x", "limit": 0}), "limit"), (json!({"query": "x", "limit": 100_000}), "limit")]
    {
        let message = app.post(SEARCH, body).await.error(400, "invalid_input");
        assert!(message.contains(mention), "{message}");
    }
    let message = app.post("/api/collections/none/search", json!({"query": "x"})).await.error(404, "not_found");
    assert!(message.contains("`none`"), "{message}");
    app.post("/api/collections/none/ask", json!({"question": "x"})).await.error(404, "not_found");
}
