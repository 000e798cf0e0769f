//! What is sent, and what comes back, in both protocols.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::config::{RemoteApi, RemoteConfig, RemoteEncoding};
use super::error::ReplyProblem;

#[derive(Serialize)]
struct OpenAiRequest<'request> {
    model: &'request str,
    input: &'request [&'request str],
    encoding_format: RemoteEncoding,
}

#[derive(Deserialize)]
struct OpenAiReply {
    data: Vec<OpenAiVector>,
}

#[derive(Deserialize)]
struct OpenAiVector {
    /// Some servers leave it out; the order is then the texts'.
    index: Option<usize>,
    embedding: Numbers,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Numbers {
    Encoded(String),
    Plain(Vec<f32>),
}

#[derive(Serialize)]
struct TeiRequest<'request> {
    inputs: &'request [&'request str],
    truncate: bool,
    normalize: bool,
}

/// What text-embeddings-inference says of itself: of all its fields only these matter here.
#[derive(Debug, Deserialize)]
pub(super) struct Info {
    pub(super) model_id: String,
    pub(super) model_sha: Option<String>,
    pub(super) model_type: Value,
    pub(super) max_input_length: usize,
    pub(super) max_client_batch_size: usize,
}

impl Info {
    /// How the model pools; an error's text if it does not embed.
    pub(super) fn pooling(&self) -> Option<&str> {
        self.model_type.get("embedding")?.get("pooling")?.as_str()
    }
}

/// The path that texts are sent to.
pub(super) fn path(api: RemoteApi) -> &'static str {
    match api {
        RemoteApi::OpenAi => "/embeddings",
        RemoteApi::Tei => "/embed",
    }
}

/// A request for the vectors of texts.
pub(super) fn request(config: &RemoteConfig, texts: &[&str]) -> serde_json::Result<Vec<u8>> {
    match config.api {
        RemoteApi::OpenAi => {
            let model = config.model.as_deref().unwrap_or_default();
            serde_json::to_vec(&OpenAiRequest { model, input: texts, encoding_format: config.encoding })
        }
        RemoteApi::Tei => serde_json::to_vec(&TeiRequest { inputs: texts, truncate: true, normalize: true }),
    }
}

/// The vectors in a reply, one for each text, in their order, made unit vectors.
pub(super) fn vectors(api: RemoteApi, body: &[u8], expected: usize) -> Result<Vec<Vec<f32>>, ReplyProblem> {
    let vectors = match api {
        RemoteApi::OpenAi => in_order(parse::<OpenAiReply>(body)?.data, expected)?,
        RemoteApi::Tei => parse::<Vec<Vec<f32>>>(body)?,
    };
    if vectors.len() != expected {
        return Err(ReplyProblem::Count { found: vectors.len(), expected });
    }
    vectors.into_iter().map(unit).collect()
}

/// Reads what the server says of itself.
pub(super) fn info(body: &[u8]) -> Result<Info, ReplyProblem> {
    parse(body)
}

/// The message in an error body: `{"error":{"message":…}}`, `{"error":"…"}`, `{"message":…}`, `{"detail":…}`, or all of it.
pub(super) fn error_message(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let parsed: Option<Value> = serde_json::from_str(&text).ok();
    let found = parsed.as_ref().and_then(|body| find_text(body.get("error").unwrap_or(body)).or_else(|| find_text(body)));
    found.unwrap_or_else(|| text.into_owned())
}

/// The beginning of a text on one line.
pub(super) fn excerpt(text: &str) -> String {
    const LONGEST: usize = 200;
    let mut line = text.split_whitespace().take(LONGEST).collect::<Vec<_>>().join(" ");
    if line.is_empty() {
        return "no message".to_owned();
    }
    if let Some((end, _)) = line.char_indices().nth(LONGEST) {
        line.truncate(end);
        line.push('…');
    }
    line
}

fn find_text(value: &Value) -> Option<String> {
    let text = value.as_str().or_else(|| ["message", "detail", "error"].iter().find_map(|key| value.get(key)?.as_str()))?;
    Some(text.to_owned())
}

fn parse<'body, Reply: Deserialize<'body>>(body: &'body [u8]) -> Result<Reply, ReplyProblem> {
    serde_json::from_slice(body).map_err(|error| {
        let text = String::from_utf8_lossy(body);
        // Servers written in Python send it, though JSON has no such number.
        if error.is_syntax() && ["NaN", "Infinity"].iter().any(|word| text.contains(word)) {
            return ReplyProblem::NotFinite;
        }
        ReplyProblem::NotUnderstood { problem: error.to_string(), excerpt: excerpt(&text) }
    })
}

fn in_order(data: Vec<OpenAiVector>, expected: usize) -> Result<Vec<Vec<f32>>, ReplyProblem> {
    if data.len() != expected {
        return Err(ReplyProblem::Count { found: data.len(), expected });
    }
    let unnumbered = data.iter().all(|vector| vector.index.is_none());
    let mut places: Vec<Option<Vec<f32>>> = (0..expected).map(|_| None).collect();
    for (position, vector) in data.into_iter().enumerate() {
        let index = if unnumbered { position } else { vector.index.unwrap_or(expected) };
        match places.get_mut(index) {
            Some(place @ None) => *place = Some(numbers(vector.embedding)?),
            _ => return Err(ReplyProblem::Index { index, expected }),
        }
    }
    // As many vectors as places, and no place taken twice: all are taken.
    Ok(places.into_iter().flatten().collect())
}

fn numbers(numbers: Numbers) -> Result<Vec<f32>, ReplyProblem> {
    let encoded = match numbers {
        Numbers::Plain(numbers) => return Ok(numbers),
        Numbers::Encoded(encoded) => encoded,
    };
    let not_understood = |problem: String| ReplyProblem::NotUnderstood { problem, excerpt: excerpt(&encoded) };
    let bytes = STANDARD.decode(&encoded).map_err(|error| not_understood(error.to_string()))?;
    let (words, rest) = bytes.as_chunks::<4>();
    if !rest.is_empty() {
        return Err(not_understood("the bytes are not those of 32-bit numbers".to_owned()));
    }
    Ok(words.iter().map(|word| f32::from_le_bytes(*word)).collect())
}

fn unit(mut vector: Vec<f32>) -> Result<Vec<f32>, ReplyProblem> {
    let length = vector.iter().map(|number| f64::from(*number).powi(2)).sum::<f64>().sqrt();
    if !length.is_finite() || length < f64::from(f32::MIN_POSITIVE) {
        return Err(ReplyProblem::NotFinite);
    }
    for number in &mut vector {
        *number = (f64::from(*number) / length) as f32;
    }
    Ok(vector)
}
