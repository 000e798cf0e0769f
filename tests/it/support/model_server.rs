//! A language-model server on loopback that speaks the OpenAI chat protocol and does what a test tells it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use futures::{StreamExt, stream};
use serde_json::{Value, json};

/// How it answers.
#[derive(Debug, Clone)]
pub(crate) enum Script {
    /// With these pieces of text.
    Says(Vec<&'static str>),
    /// With the text that belongs to the first of these that the user's message contains.
    Replies(Vec<(&'static str, &'static str)>),
    /// With this status and body.
    Refuses(u16, &'static str),
    /// With bytes that are no events.
    Garbage,
    /// With one piece, and then the connection breaks.
    BreaksOff(&'static str),
    /// Not at all.
    Hangs,
}

/// Runs on a thread of its own until the test ends.
pub(crate) struct ModelServer {
    pub(crate) base_url: String,
    requests: Arc<Mutex<Vec<Value>>>,
}

#[derive(Clone)]
struct Shared {
    script: Script,
    requests: Arc<Mutex<Vec<Value>>>,
}

impl ModelServer {
    pub(crate) fn start(script: Script) -> Self {
        let requests = Arc::<Mutex<Vec<Value>>>::default();
        let shared = Shared { script, requests: Arc::clone(&requests) };
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let router = Router::new().route("/v1/chat/completions", post(complete)).with_state(shared);
                axum::serve(tokio::net::TcpListener::from_std(listener).unwrap(), router).await.unwrap();
            });
        });
        Self { base_url, requests }
    }

    /// What it was asked.
    pub(crate) fn requests(&self) -> Vec<Value> {
        self.requests.lock().unwrap().clone()
    }
}

async fn complete(State(shared): State<Shared>, Json(request): Json<Value>) -> Response {
    let message = request["messages"][1]["content"].as_str().unwrap_or_default().to_owned();
    shared.requests.lock().unwrap().push(request);
    match shared.script {
        Script::Says(pieces) => said(&pieces),
        Script::Replies(replies) => said(&[replies.iter().find(|(part, _)| message.contains(part)).unwrap().1]),
        Script::Refuses(status, body) => {
            (StatusCode::from_u16(status).unwrap(), [(header::CONTENT_TYPE, "application/json")], body).into_response()
        }
        Script::Garbage => events_response(stream::iter([Ok::<_, std::io::Error>("data: {\"this is\": not json\n\n".to_owned())])),
        Script::BreaksOff(piece) => {
            let broken = stream::once(async {
                tokio::time::sleep(Duration::from_millis(100)).await;
                Err(std::io::Error::other("cut"))
            });
            events_response(stream::iter([Ok(event(piece))]).chain(broken))
        }
        Script::Hangs => {
            tokio::time::sleep(Duration::from_secs(3600)).await;
            StatusCode::OK.into_response()
        }
    }
}

fn said(pieces: &[&str]) -> Response {
    let events = pieces.iter().map(|piece| event(piece)).chain([finish(), "data: [DONE]\n\n".to_owned()]);
    events_response(stream::iter(events.map(Ok::<_, std::io::Error>).collect::<Vec<_>>()))
}

fn events_response(events: impl futures::Stream<Item = Result<String, std::io::Error>> + Send + 'static) -> Response {
    let body = Body::from_stream(events.map(|event| event.map(Bytes::from)));
    ([(header::CONTENT_TYPE, "text/event-stream")], body).into_response()
}

fn event(text: &str) -> String {
    let chunk = json!({ "id": "1", "object": "chat.completion.chunk", "created": 1, "model": "small",
        "choices": [{ "index": 0, "delta": { "content": text }, "finish_reason": null }] });
    format!("data: {chunk}\n\n")
}

fn finish() -> String {
    let chunk = json!({ "id": "1", "object": "chat.completion.chunk", "created": 1, "model": "small",
        "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }] });
    format!("data: {chunk}\n\n")
}
