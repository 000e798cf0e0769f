//! The HTTP under the embedder: one try, bounded bodies, and errors that say what to do.

use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::{Stream, StreamExt};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};

use super::config::RemoteConfig;
use super::error::{RemoteError, ReplyProblem};
use super::wire;

/// More of an error's body is not read.
const LONGEST_ERROR_BYTES: usize = 64 * 1024;
/// What says that a request is too large, in servers that have no status for it.
const TOO_LARGE_WORDS: [&str; 5] =
    ["batch size", "max_tokens_per_request", "max tokens per request", "tokens per request", "array too long"];

/// Where the server is, and how to identify to it.
pub(super) struct Endpoint {
    http: reqwest::Client,
    url: String,
    api_key: Option<SecretString>,
    headers: HeaderMap,
    timeout: Duration,
    connect_timeout: Duration,
}

/// What is sent in one request, and how much may come back.
pub(super) struct Call {
    pub(super) path: &'static str,
    /// A POST's JSON; without one it is a GET.
    pub(super) body: Option<Vec<u8>>,
    pub(super) limit_bytes: usize,
}

impl Endpoint {
    pub(super) fn new(config: &RemoteConfig, api_key: Option<SecretString>) -> Result<Self, RemoteError> {
        let url = config.url.trim_end_matches('/').to_owned();
        let is_plain = url.starts_with("http://");
        let is_near = is_loopback(&url);
        let mut headers = HeaderMap::new();
        if let Some(key) = &api_key {
            if is_plain && !is_near && !config.key_over_http {
                return Err(RemoteError::KeyInTheClear { url });
            }
            let mut bearer = HeaderValue::from_str(&format!("Bearer {}", key.expose_secret())).map_err(|_| RemoteError::Key)?;
            bearer.set_sensitive(true);
            headers.insert(AUTHORIZATION, bearer);
        }
        install_crypto_provider();
        let mut builder = reqwest::Client::builder().connect_timeout(config.connect_timeout).redirect(Policy::none());
        if is_plain {
            // Reading the system's certificates takes time, and fails where there are none.
            builder = builder.tls_certs_only([]);
        }
        if is_near {
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(|source| RemoteError::Client { url: url.clone(), source })?;
        Ok(Self { http, url, api_key, headers, timeout: config.timeout, connect_timeout: config.connect_timeout })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Sends a request once and reads the whole reply; any status but success is an error.
    pub(super) async fn send(&self, call: &Call) -> Result<Vec<u8>, RemoteError> {
        let response = self.request(call).send().await.map_err(|source| self.explain(source))?;
        if !response.status().is_success() {
            return Err(self.refusal(call, response).await);
        }
        let too_long = || self.reply(call.path, ReplyProblem::TooLong { limit_bytes: call.limit_bytes });
        if response.content_length().is_some_and(|length| length > call.limit_bytes as u64) {
            return Err(too_long());
        }
        let mut body = Vec::new();
        let mut pieces = response.bytes_stream();
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|source| self.explain(source))?;
            if body.len() + piece.len() > call.limit_bytes {
                return Err(too_long());
            }
            body.extend_from_slice(&piece);
        }
        Ok(body)
    }

    /// A reply that is not what was asked for.
    pub(super) fn reply(&self, path: &str, problem: ReplyProblem) -> RemoteError {
        let problem = match problem {
            ReplyProblem::NotUnderstood { problem, excerpt } => {
                ReplyProblem::NotUnderstood { problem, excerpt: self.without_key(&excerpt) }
            }
            other => other,
        };
        RemoteError::Reply { url: format!("{}{path}", self.url), problem }
    }

    fn request(&self, call: &Call) -> RequestBuilder {
        let url = format!("{}{}", self.url, call.path);
        let request = match &call.body {
            Some(body) => self.http.post(url).header(CONTENT_TYPE, "application/json").body(body.clone()),
            None => self.http.get(url),
        };
        request.headers(self.headers.clone()).timeout(self.timeout)
    }

    async fn refusal(&self, call: &Call, response: Response) -> RemoteError {
        let (url, code) = (self.url.clone(), response.status());
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| retry_after(value.to_str().ok()?));
        let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok()).map(str::to_owned);
        let body = read_up_to(response.bytes_stream(), LONGEST_ERROR_BYTES).await;
        let message = match location {
            Some(location) if code.is_redirection() => format!("moved to {location}"),
            _ => wire::error_message(&body),
        };
        let message = wire::excerpt(&self.without_key(&message));
        let status = code.as_u16();
        match code {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => RemoteError::Unauthorized { url, status, message },
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {
                RemoteError::NotThere { url: format!("{url}{}", call.path), status, message }
            }
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                RemoteError::Overloaded { url, status, message, retry_after }
            }
            StatusCode::REQUEST_TIMEOUT | StatusCode::FAILED_DEPENDENCY => RemoteError::Failed { url, status, message },
            StatusCode::PAYLOAD_TOO_LARGE => RemoteError::TooLarge { url, status, message },
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY if says_too_large(&message) => {
                RemoteError::TooLarge { url, status, message }
            }
            _ if code.is_server_error() => RemoteError::Failed { url, status, message },
            _ => RemoteError::Refused { url, status, message },
        }
    }

    /// Some servers repeat what was sent to them.
    fn without_key(&self, text: &str) -> String {
        match self.api_key.as_ref().map(ExposeSecret::expose_secret).filter(|key| !key.is_empty()) {
            Some(key) => text.replace(key, "[key]"),
            None => text.to_owned(),
        }
    }

    fn explain(&self, source: reqwest::Error) -> RemoteError {
        let url = self.url.clone();
        // The URL is named once.
        let source = source.without_url();
        if source.is_connect() && source.is_timeout() {
            return RemoteError::Timeout { url, setting: "embed.remote.connect_timeout", waited: self.connect_timeout };
        }
        if source.is_timeout() {
            return RemoteError::Timeout { url, setting: "embed.remote.timeout", waited: self.timeout };
        }
        if source.is_connect() {
            return RemoteError::Connect { url, source };
        }
        RemoteError::Exchange { url, source }
    }
}

/// Without a provider for the whole process, making a client panics. The command line installs one; tests may not.
fn install_crypto_provider() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // It fails only if another thread was faster, which serves as well.
        let _installed = rustls::crypto::ring::default_provider().install_default();
    }
}

/// On this machine: no proxy is needed, and nobody listens on the way.
fn is_loopback(url: &str) -> bool {
    let url = reqwest::Url::parse(url).ok();
    url.as_ref().and_then(reqwest::Url::host_str).is_some_and(|host| {
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    })
}

/// Seconds, or a date.
fn retry_after(value: &str) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = DateTime::parse_from_rfc2822(value.trim()).ok()?;
    Some(date.signed_duration_since(Utc::now()).to_std().unwrap_or_default())
}

fn says_too_large(message: &str) -> bool {
    let message = message.to_lowercase();
    TOO_LARGE_WORDS.iter().any(|words| message.contains(words))
}

/// What comes before the limit or an error.
async fn read_up_to<Piece: AsRef<[u8]>>(pieces: impl Stream<Item = reqwest::Result<Piece>>, limit_bytes: usize) -> Vec<u8> {
    let mut read = Vec::new();
    let mut pieces = std::pin::pin!(pieces);
    while let Some(Ok(piece)) = pieces.next().await {
        let room = limit_bytes - read.len();
        read.extend(piece.as_ref().iter().take(room));
        if read.len() == limit_bytes {
            break;
        }
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_near() {
        for (url, expected) in [
            ("http://127.0.0.1:8080", true),
            ("http://localhost/v1", true),
            ("http://[::1]:80", true),
            ("http://127.evil.example", false),
            ("http://10.0.0.7", false),
        ] {
            assert_eq!(is_loopback(url), expected, "{url}");
        }
    }

    #[test]
    fn reads_both_ways_to_say_when() {
        assert_eq!(retry_after("7"), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        let later = (Utc::now() + Duration::from_secs(60)).to_rfc2822();
        assert!(retry_after(&later).is_some_and(|wait| wait > Duration::from_secs(50)));
        assert_eq!(retry_after("soon"), None);
    }
}
