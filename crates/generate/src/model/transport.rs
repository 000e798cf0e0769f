//! The HTTP under the client: one attempt, bounded bodies, and errors that say what to do.
//!
//! The client's own transport tries again three times, with pauses, when a connection is refused or a server is
//! overloaded. Whoever waits for an answer is better served by the reason at once.

use async_openai::config::Config;
use async_openai::error::OpenAIError;
use async_openai::middleware::HttpRequestFactory;
use futures::{Stream, StreamExt, stream};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Body, Request, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};

use super::wire;
use crate::{GenerateConfig, GenerateError};

/// More of an error's body is not read.
const LONGEST_ERROR_BYTES: usize = 64 * 1024;
/// An event with one word in it is a few hundred bytes: so many times the longest answer is the longest stream.
const EVENT_OVERHEAD: usize = 512;

/// Where the server is and how to identify to it. Unlike the client's own configuration it reads no environment.
#[derive(Debug, Clone)]
pub(super) struct Endpoint {
    base_url: String,
    headers: HeaderMap,
    api_key: SecretString,
}

impl Endpoint {
    pub(super) fn new(base_url: &str, api_key: Option<SecretString>) -> Result<Self, GenerateError> {
        let mut headers = HeaderMap::new();
        if let Some(key) = &api_key {
            let Ok(mut bearer) = HeaderValue::from_str(&format!("Bearer {}", key.expose_secret())) else {
                let problem = "`RAGSTONE_GENERATE_API_KEY` contains a character that no key has, such as a line break".to_owned();
                return Err(GenerateError::Settings { problems: vec![problem] });
            };
            bearer.set_sensitive(true);
            headers.insert(AUTHORIZATION, bearer);
        }
        Ok(Self { base_url: base_url.trim_end_matches('/').to_owned(), headers, api_key: api_key.unwrap_or_default() })
    }
}

impl Config for Endpoint {
    fn headers(&self) -> HeaderMap {
        self.headers.clone()
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    fn query(&self) -> Vec<(&str, &str)> {
        Vec::new()
    }

    fn api_base(&self) -> &str {
        &self.base_url
    }

    fn api_key(&self) -> &SecretString {
        &self.api_key
    }
}

/// Sends requests and reads what comes back.
#[derive(Debug, Clone)]
pub(super) struct Transport {
    http: reqwest::Client,
    base_url: String,
    model: String,
    connect_timeout: std::time::Duration,
    longest_stream_bytes: usize,
}

impl Transport {
    pub(super) fn new(endpoint: &Endpoint, model: &str, config: &GenerateConfig) -> Result<Self, GenerateError> {
        install_crypto_provider();
        let base_url = config.base_url.clone().unwrap_or_default();
        let mut builder = reqwest::Client::builder().connect_timeout(config.connect_timeout).redirect(Policy::none());
        if base_url.starts_with("http://") {
            // Reading the system's certificates takes time, and fails where there are none.
            builder = builder.tls_certs_only([]);
        }
        if is_loopback(&endpoint.base_url) {
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(|source| GenerateError::Client { base_url: base_url.clone(), source })?;
        let longest_answer = usize::try_from(config.max_answer_bytes.as_u64()).unwrap_or(usize::MAX);
        Ok(Self {
            http,
            base_url,
            model: model.to_owned(),
            connect_timeout: config.connect_timeout,
            longest_stream_bytes: longest_answer.saturating_mul(EVENT_OVERHEAD),
        })
    }

    pub(super) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// What the client calls for each request.
    pub(super) fn service(
        &self,
    ) -> impl tower::Service<HttpRequestFactory, Response = Response, Error = OpenAIError, Future: Send> + Clone + Send + Sync + 'static + use<>
    {
        let transport = self.clone();
        tower::service_fn(move |factory: HttpRequestFactory| {
            let transport = transport.clone();
            async move {
                let request = factory.build().await?;
                let response = transport.send(request).await.map_err(boxed)?;
                transport.as_event_stream(response).await.map_err(boxed)
            }
        })
    }

    /// Sends a request once; any status but success is an error.
    pub(super) async fn send(&self, request: Request) -> Result<Response, GenerateError> {
        let base_url = self.base_url.clone();
        let response = self.http.execute(request).await.map_err(|source| self.explain_failure(source))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let location = response.headers().get("location").and_then(|location| location.to_str().ok()).map(str::to_owned);
        let body = read_up_to(response.bytes_stream(), LONGEST_ERROR_BYTES).await;
        let message = match location {
            Some(location) if status.is_redirection() => format!("moved to {}", wire::excerpt(&location)),
            _ => wire::error_message(&body),
        };
        let code = status.as_u16();
        Err(match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => GenerateError::Unauthorized { base_url, status: code, message },
            StatusCode::NOT_FOUND => GenerateError::UnknownModel { base_url, model: self.model.clone(), message },
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                GenerateError::Overloaded { base_url, status: code, message }
            }
            _ if status.is_server_error() => GenerateError::Failed { base_url, status: code, message },
            _ => GenerateError::Refused { base_url, status: code, message },
        })
    }

    /// Reads all of a JSON body.
    pub(super) async fn read_json(&self, response: Response) -> Result<serde_json::Value, GenerateError> {
        let body = read_up_to(response.bytes_stream(), self.longest_stream_bytes).await;
        self.parse(&body)
    }

    /// A stream of events whatever the server sent: one that ignores `stream` answers with one JSON object.
    async fn as_event_stream(&self, response: Response) -> Result<Response, GenerateError> {
        let status = response.status();
        let mut body = response.bytes_stream();
        let mut beginning = Vec::new();
        let first = loop {
            match body.next().await {
                Some(Ok(piece)) => beginning.extend_from_slice(&piece),
                Some(Err(source)) => return Err(GenerateError::Exchange { base_url: self.base_url.clone(), source }),
                None => break None,
            }
            if let Some(first) = first_character(&beginning) {
                break Some(first);
            }
        };
        let beginning_piece = stream::iter([Ok(beginning.clone().into())]);
        let body = match first {
            Some(b'{' | b'[') => {
                let whole = read_up_to(beginning_piece.chain(body), self.longest_stream_bytes).await;
                Body::from(format!("data: {}\n\n", self.parse(&whole)?))
            }
            // Fields of an event, or a comment.
            None | Some(b'd' | b'e' | b'i' | b'r' | b':') => {
                Body::wrap_stream(up_to(beginning_piece.chain(body), self.longest_stream_bytes))
            }
            Some(_) => return Err(self.garbage("it is neither events nor JSON", &beginning)),
        };
        let mut response = http::Response::new(body);
        *response.status_mut() = status;
        Ok(response.into())
    }

    fn parse(&self, body: &[u8]) -> Result<serde_json::Value, GenerateError> {
        serde_json::from_slice(body).map_err(|error| self.garbage(&error.to_string(), body))
    }

    fn garbage(&self, problem: &str, body: &[u8]) -> GenerateError {
        let excerpt = wire::excerpt(&String::from_utf8_lossy(body));
        GenerateError::Garbage { base_url: self.base_url.clone(), problem: problem.to_owned(), excerpt }
    }

    fn explain_failure(&self, source: reqwest::Error) -> GenerateError {
        let base_url = self.base_url.clone();
        if source.is_connect() && source.is_timeout() {
            return GenerateError::Timeout { base_url, setting: "generate.connect_timeout", waited: self.connect_timeout };
        }
        if source.is_connect() {
            return GenerateError::Connect { base_url, source };
        }
        GenerateError::Exchange { base_url, source }
    }
}

/// Turns the client's error into ours; those from the transport are ours already.
pub(super) fn explain(error: OpenAIError, base_url: &str) -> GenerateError {
    let base_url = base_url.to_owned();
    match error {
        OpenAIError::Boxed(inner) => match inner.downcast::<GenerateError>() {
            Ok(own) => *own,
            Err(other) => GenerateError::FailedMidway { base_url, message: other.to_string() },
        },
        OpenAIError::JSONDeserialize(problem, content) => {
            GenerateError::Garbage { base_url, problem: problem.to_string(), excerpt: wire::excerpt(&content) }
        }
        OpenAIError::Reqwest(source) => GenerateError::Exchange { base_url, source },
        other => GenerateError::FailedMidway { base_url, message: wire::excerpt(&other.to_string()) },
    }
}

fn boxed(error: GenerateError) -> OpenAIError {
    OpenAIError::Boxed(Box::new(error))
}

/// Without a provider for the whole process, making a client panics. The command line installs one; tests may not.
fn install_crypto_provider() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // It fails only if another thread was faster, which serves as well.
        let _installed = rustls::crypto::ring::default_provider().install_default();
    }
}

/// Proxies are for other machines.
fn is_loopback(base_url: &str) -> bool {
    let url = reqwest::Url::parse(base_url).ok();
    url.as_ref().and_then(reqwest::Url::host_str).is_some_and(|host| host == "localhost" || host == "[::1]" || host.starts_with("127."))
}

fn first_character(bytes: &[u8]) -> Option<u8> {
    let without_mark = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    without_mark.iter().copied().find(|byte| !byte.is_ascii_whitespace())
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

/// Ends a stream at a limit, so that a server that never stops cannot fill the memory.
fn up_to<Piece: AsRef<[u8]>>(
    pieces: impl Stream<Item = reqwest::Result<Piece>>,
    limit_bytes: usize,
) -> impl Stream<Item = reqwest::Result<Piece>> {
    pieces.scan(limit_bytes, |left, piece| {
        let length = piece.as_ref().map_or(0, |piece| piece.as_ref().len());
        let fits = length <= *left;
        *left = left.saturating_sub(length);
        futures::future::ready(fits.then_some(piece))
    })
}
