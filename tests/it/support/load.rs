//! A client that searches all the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// What a search came to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) query: String,
    /// The index that the answer says it comes from; the error's words if there is none.
    pub(crate) index: Result<String, String>,
    /// The chunks that were found, best first.
    pub(crate) chunks: Vec<String>,
}

/// Searches a server at a constant rate, whatever else happens, until it is ended.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    client: JoinHandle<Vec<Answer>>,
}

impl Load {
    pub(crate) fn start(url: &str, queries: &[&str], every: Duration) -> Self {
        let stop = Arc::<AtomicBool>::default();
        let (url, queries, stopped) = (url.to_owned(), queries.iter().map(|query| (*query).to_owned()).collect::<Vec<_>>(), stop.clone());
        let client = std::thread::spawn(move || {
            let mut answers = Vec::new();
            let mut next = Instant::now();
            for query in queries.iter().cycle() {
                if stopped.load(Ordering::Relaxed) {
                    break;
                }
                answers.push(search(&url, query));
                next += every;
                std::thread::sleep(next.saturating_duration_since(Instant::now()));
            }
            answers
        });
        Self { stop, client }
    }

    /// Stops; gives all that was answered.
    pub(crate) fn end(self) -> Vec<Answer> {
        self.stop.store(true, Ordering::Relaxed);
        self.client.join().unwrap()
    }
}

/// One search.
pub(crate) fn search(url: &str, query: &str) -> Answer {
    rustls::crypto::ring::default_provider().install_default().ok();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let found: Result<Value, String> = runtime.block_on(async {
        let request = reqwest::Client::new().post(format!("{url}/api/collections/default/search")).json(&json!({ "query": query }));
        let response = request.send().await.map_err(|error| error.to_string())?;
        let status = response.status();
        let text = response.text().await.map_err(|error| error.to_string())?;
        if status.is_success() { serde_json::from_str(&text).map_err(|error| error.to_string()) } else { Err(text) }
    });
    let (index, chunks) = match found {
        Ok(found) => {
            let chunks = found["hits"].as_array().unwrap().iter().map(|hit| hit["chunk"]["id"].as_str().unwrap().to_owned());
            (Ok(found["model"]["index"].as_str().unwrap().to_owned()), chunks.collect())
        }
        Err(error) => (Err(error), Vec::new()),
    };
    Answer { query: query.to_owned(), index, chunks }
}
