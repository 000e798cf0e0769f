//! One connection to a server, which is made anew when it breaks, and the way every request takes.

use std::fmt;
use std::future::Future;
use std::time::{Duration, Instant};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};
use tonic::{Code, Request, Response, Status};

use super::QdrantConfig;
use super::address::Address;
use super::breaker::Breaker;
use super::retry::{Attempts, Effort, Failure};
use crate::StoreError;

/// The header that Qdrant reads the key from.
const KEY_HEADER: &str = "api-key";
/// More requests than this at once wait here rather than in the server.
const CONCURRENT_REQUESTS: usize = 256;
/// A connection that does not even echo is given up and made anew.
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(5);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(3);

/// The way to a server.
pub(super) struct Connection {
    server: String,
    channel: Channel,
    key: Option<MetadataValue<Ascii>>,
    breaker: Breaker,
    config: QdrantConfig,
}

impl Connection {
    /// Prepares a connection; it is made by the first request.
    pub(super) fn new(url: &str, config: &QdrantConfig, key: Option<&SecretString>) -> Result<Self, StoreError> {
        let address = Address::parse(url).map_err(|problems| StoreError::Config { problems })?;
        let key = match key {
            Some(key) => Some(key_header(&address, config, key)?),
            None => None,
        };
        let mut endpoint = Endpoint::from(address.uri())
            .connect_timeout(config.connect_timeout)
            .concurrency_limit(CONCURRENT_REQUESTS)
            .tcp_nodelay(true)
            .http2_adaptive_window(true)
            .http2_keep_alive_interval(KEEP_ALIVE_INTERVAL)
            .keep_alive_timeout(KEEP_ALIVE_TIMEOUT)
            .keep_alive_while_idle(true);
        if address.is_encrypted() {
            let failed = |source: tonic::transport::Error| StoreError::Encryption { server: address.to_string(), source: source.into() };
            endpoint = endpoint.tls_config(encryption(config)?).map_err(failed)?;
        }
        Ok(Self {
            server: address.to_string(),
            channel: endpoint.connect_lazy(),
            key,
            breaker: Breaker::new(config.breaker_failures, config.breaker_pause),
            config: config.clone(),
        })
    }

    /// The server's address.
    pub(super) fn server(&self) -> &str {
        &self.server
    }

    /// Sends a request, again if what fails may pass; `send` is given what it needs for one attempt.
    pub(super) async fn call<M, T, F, Fut>(&self, effort: Effort, action: &'static str, message: &M, send: F) -> Result<T, Failed>
    where
        M: Clone,
        F: Fn(Channel, Request<M>) -> Fut,
        Fut: Future<Output = Result<Response<T>, Status>>,
    {
        let begun = Instant::now();
        let mut attempts = Attempts::new(effort, &self.config);
        loop {
            let allowed = match effort {
                Effort::Read => self.config.read_timeout.saturating_sub(begun.elapsed()),
                Effort::Write => self.config.timeout,
            };
            let failure = match self.attempt(allowed, message, &send).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let pause = attempts.after(&failure);
            let has_time = |pause: &Duration| effort == Effort::Write || begun.elapsed() + *pause < self.config.read_timeout;
            let Some(pause) = pause.filter(has_time) else {
                return Err(Failed { failure, server: self.server.clone(), action });
            };
            tracing::debug!(action, ?failure, ?pause, "a request to the Qdrant server failed and is tried again");
            tokio::time::sleep(pause).await;
        }
    }

    async fn attempt<M, T, F, Fut>(&self, allowed: Duration, message: &M, send: &F) -> Result<T, Failure>
    where
        M: Clone,
        F: Fn(Channel, Request<M>) -> Fut,
        Fut: Future<Output = Result<Response<T>, Status>>,
    {
        let leave = self.breaker.admit(Instant::now()).map_err(Failure::Paused)?;
        let mut request = Request::new(message.clone());
        if let Some(key) = &self.key {
            request.metadata_mut().insert(KEY_HEADER, key.clone());
        }
        let failure = match timeout(allowed, send(self.channel.clone(), request)).await {
            Ok(Ok(response)) => {
                leave.answered();
                return Ok(response.into_inner());
            }
            Ok(Err(status)) => Failure::of(status),
            Err(_elapsed) => Failure::TimedOut(allowed),
        };
        if failure.is_outage() {
            leave.failed(Instant::now());
        } else {
            leave.answered();
        }
        Err(failure)
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Connection").field("server", &self.server).finish_non_exhaustive()
    }
}

/// A request that failed for good.
#[derive(Debug)]
pub(super) struct Failed {
    failure: Failure,
    server: String,
    action: &'static str,
}

impl Failed {
    /// Whether this is what the server said.
    pub(super) fn is(&self, code: Code) -> bool {
        matches!(&self.failure, Failure::Answer(status) if status.code() == code)
    }
}

impl From<Failed> for StoreError {
    fn from(failed: Failed) -> Self {
        failed.failure.into_error(&failed.server, failed.action)
    }
}

/// The key as a header, if it may be sent.
fn key_header(address: &Address, config: &QdrantConfig, key: &SecretString) -> Result<MetadataValue<Ascii>, StoreError> {
    if !address.is_private() && !config.plain_text_key {
        return Err(StoreError::PlainTextKey { server: address.to_string() });
    }
    // The error of a value that is no header would repeat it.
    let mut value: MetadataValue<Ascii> = key.expose_secret().parse().map_err(|_| StoreError::Key)?;
    value.set_sensitive(true);
    Ok(value)
}

fn encryption(config: &QdrantConfig) -> Result<ClientTlsConfig, StoreError> {
    let Some(path) = &config.ca_certificate else { return Ok(ClientTlsConfig::new().with_native_roots()) };
    let pem = fs_err::read(path).map_err(|source| StoreError::Certificate { path: path.clone(), source })?;
    // The client would leave out what it cannot read, and then trust nobody.
    let none = || StoreError::NoCertificate { path: path.clone() };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        roots.add(certificate.map_err(|_| none())?).map_err(|_| none())?;
    }
    if roots.is_empty() { Err(none()) } else { Ok(ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem))) }
}
