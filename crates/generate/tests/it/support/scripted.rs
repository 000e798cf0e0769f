//! A model that replies by what it is asked.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::{Value, json};

/// What a request must contain, and what is replied to it; the first that fits counts.
pub(crate) type Script = Vec<(&'static str, Says)>;

/// What is replied.
#[derive(Debug, Clone)]
pub(crate) enum Says {
    /// This text.
    Text(String),
    /// This text, after a while.
    Late(Duration, &'static str),
    /// This status, and no text.
    Status(u16),
    /// So much text that it should not be read to its end.
    TooMuch,
}

/// A server on loopback that follows a script, and remembers what it was asked.
pub(crate) struct Scripted {
    pub(crate) base_url: String,
    requests: Messages,
}

type Messages = Arc<Mutex<Vec<String>>>;

impl Scripted {
    pub(crate) async fn start(script: Script) -> Self {
        let requests = Messages::default();
        let router = Router::new().fallback(reply).with_state((Arc::new(script), Arc::clone(&requests)));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { base_url: format!("http://{address}/v1"), requests }
    }

    /// The user's messages that came in.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("not poisoned").clone()
    }
}

impl From<&str> for Says {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

async fn reply(State((script, requests)): State<(Arc<Script>, Messages)>, Json(request): Json<Value>) -> Response {
    let message = request["messages"][1]["content"].as_str().expect("a user's message").to_owned();
    let says = script.iter().find(|(part, _)| message.contains(part)).map(|(_, says)| says.clone());
    requests.lock().expect("not poisoned").push(message);
    match says.expect("the script knows what to reply") {
        Says::Text(text) => completion(&text),
        Says::Late(wait, text) => {
            tokio::time::sleep(wait).await;
            completion(text)
        }
        Says::Status(status) => (StatusCode::from_u16(status).expect("a status"), "no").into_response(),
        Says::TooMuch => {
            let word = "data: {\"choices\":[{\"delta\":{\"content\":\"blah blah blah blah blah blah blah blah\"}}]}\n\n";
            let endless = futures::stream::repeat_with(move || Ok::<_, std::io::Error>(word));
            ([("content-type", "text/event-stream")], axum::body::Body::from_stream(endless)).into_response()
        }
    }
}

fn completion(text: &str) -> Response {
    Json(json!({ "choices": [{ "message": { "role": "assistant", "content": text }, "finish_reason": "stop" }] })).into_response()
}
