//! One page: robots.txt, politeness, redirects, conditions, limits.

use std::collections::HashMap;
use std::time::Duration;

use bytesize::ByteSize;
use chrono::{DateTime, Utc};
use reqwest::header::{CONTENT_TYPE, LAST_MODIFIED};
use reqwest::{Client, Response, StatusCode};
use robotxt::Robots;
use url::Url;

use super::network::{client, ensure_public, explain};
use super::pace::{HostRules, host_of};
use super::response::{
    condition, http_date, is_redirect, no_document, read_body, redirect_target, refuse, retry_after, said_media_type, text, validator,
};
use crate::source::KnownVersions;
use crate::{IngestError, SourceConfig, SourceError};

const AGENT: &str = "ragstone";
const MAX_REDIRECTS: usize = 10;
/// RFC 9309: so much of it counts.
const LARGEST_ROBOTS: ByteSize = ByteSize::kib(500);

/// Asks for pages, one at a time.
pub(super) struct Fetcher {
    client: Client,
    known: KnownVersions,
    hosts: HashMap<String, HostRules>,
    requests_per_second: f64,
    timeout: Duration,
    allow_private_hosts: bool,
    max_bytes: ByteSize,
}

/// What a host answered.
pub(super) enum Fetched {
    /// A page that may be a document.
    Page(Page),
    /// Not newer than what is known.
    Unchanged(Url),
    /// Something that is no document.
    NoDocument(Url, &'static str),
    /// There is no such page, any more or at all.
    Gone(Url),
}

/// A page, under the last of its URLs.
pub(super) struct Page {
    pub(super) url: Url,
    pub(super) bytes: Vec<u8>,
    pub(super) media_type: Option<String>,
    pub(super) validator: Option<String>,
    pub(super) modified_at: Option<DateTime<Utc>>,
}

/// Why a page could not be read, and under which URL.
pub(super) struct FetchFailure {
    pub(super) url: Url,
    pub(super) error: IngestError,
}

enum Step {
    Arrived(Fetched),
    Redirected(Url),
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// A document, if it is newer than the known one.
    Document,
    /// Any content, up to a limit.
    Content(ByteSize),
}

impl Fetcher {
    pub(super) fn new(config: &SourceConfig, known: KnownVersions) -> Result<Self, IngestError> {
        Ok(Self {
            client: client(config)?,
            known,
            hosts: HashMap::new(),
            requests_per_second: config.requests_per_second,
            timeout: config.request_timeout,
            allow_private_hosts: config.allow_private_hosts,
            max_bytes: config.max_file_bytes,
        })
    }

    /// Asks for a page, if its host lets robots have it; after a redirect, the next host is asked likewise. Redirects
    /// for which `belongs` does not hold are not followed.
    pub(super) async fn get(&mut self, url: Url, wanted: Wanted, belongs: impl Fn(&Url) -> bool) -> Result<Fetched, FetchFailure> {
        let mut visited = vec![url.clone()];
        let mut url = url;
        loop {
            match self.step(&url, wanted, &visited, &belongs).await {
                Ok(Step::Arrived(fetched)) => return Ok(fetched),
                Ok(Step::Redirected(next)) => {
                    visited.push(next.clone());
                    url = next;
                }
                Err(error) => return Err(FetchFailure { url, error }),
            }
        }
    }

    async fn step(&mut self, url: &Url, wanted: Wanted, visited: &[Url], belongs: impl Fn(&Url) -> bool) -> Result<Step, IngestError> {
        let robots = self.robots(url).await.map_err(|reason| SourceError::NoRobots { reason })?;
        if !robots.is_url_allowed(url) {
            return Err(SourceError::Forbidden.into());
        }
        let response = self.send(url, wanted).await?;
        if !is_redirect(response.status()) {
            return Ok(Step::Arrived(self.take(url.clone(), response, wanted).await?));
        }
        let next = redirect_target(url, &response)?;
        if !belongs(&next) {
            return Err(SourceError::RedirectsAway { url: next.into() }.into());
        }
        ensure_progress(visited, &next)?;
        Ok(Step::Redirected(next))
    }

    /// What a host's robots.txt says; read once a host.
    pub(super) async fn robots(&mut self, url: &Url) -> Result<Robots, String> {
        if let Some(robots) = self.hosts.get(&host_of(url)).and_then(|host| host.robots.clone()) {
            return robots;
        }
        let robots = match self.read_robots(url).await {
            Ok(text) => Ok(Robots::parse(&text, AGENT)),
            // RFC 9309: what does not exist forbids nothing, what cannot be read now forbids everything.
            Err(error) if error_is_transient(&error) => Err(one_line(&error)),
            Err(_) => Ok(Robots::allow_all()),
        };
        self.host(url).obey(robots.clone());
        robots
    }

    async fn read_robots(&mut self, url: &Url) -> Result<Vec<u8>, IngestError> {
        let mut url = url.clone();
        url.set_path("/robots.txt");
        url.set_query(None);
        let mut visited = vec![url.clone()];
        loop {
            let response = self.send(&url, Wanted::Content(LARGEST_ROBOTS)).await?;
            if !is_redirect(response.status()) {
                refuse(response.status())?;
                let mut text = Vec::new();
                // What is longer is cut.
                let _complete = read_body(response, LARGEST_ROBOTS, self.timeout, &mut text).await?;
                return Ok(text);
            }
            url = redirect_target(&url, &response)?;
            ensure_progress(&visited, &url)?;
            visited.push(url.clone());
        }
    }

    async fn send(&mut self, url: &Url, wanted: Wanted) -> Result<Response, IngestError> {
        if !self.allow_private_hosts {
            ensure_public(url)?;
        }
        let response = self.send_once(url, wanted).await?;
        let Some(pause) = retry_after(&response) else { return Ok(response) };
        tokio::time::sleep(pause).await;
        self.send_once(url, wanted).await
    }

    async fn send_once(&mut self, url: &Url, wanted: Wanted) -> Result<Response, IngestError> {
        let turn = self.host(url).reserve();
        tokio::time::sleep_until(turn).await;
        let mut request = self.client.get(url.clone());
        if wanted == Wanted::Document
            && let Some((name, value)) = self.known.get(url.as_str()).and_then(|validator| condition(validator))
        {
            request = request.header(name, value);
        }
        let response = request.send().await.map_err(|source| explain(source, self.timeout))?;
        Ok(response)
    }

    async fn take(&self, url: Url, response: Response, wanted: Wanted) -> Result<Fetched, IngestError> {
        let status = response.status();
        if status == StatusCode::NOT_MODIFIED && self.known.contains_key(url.as_str()) {
            return Ok(Fetched::Unchanged(url));
        }
        if matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE) {
            return Ok(Fetched::Gone(url));
        }
        refuse(status)?;
        let headers = response.headers().clone();
        let content_type = text(&headers, &CONTENT_TYPE);
        let limit = match wanted {
            Wanted::Document => self.max_bytes,
            Wanted::Content(limit) => limit,
        };
        if wanted == Wanted::Document
            && let Some(kind) = content_type.and_then(no_document)
        {
            return Ok(Fetched::NoDocument(url, kind));
        }
        if let Some(length) = response.content_length().filter(|length| *length > limit.as_u64()) {
            return Err(IngestError::TooLarge { size: ByteSize(length), limit });
        }
        let mut bytes = Vec::new();
        if let Err(size) = read_body(response, limit, self.timeout, &mut bytes).await? {
            return Err(IngestError::TooLarge { size, limit });
        }
        Ok(Fetched::Page(Page {
            media_type: content_type.and_then(said_media_type),
            validator: validator(&headers),
            modified_at: text(&headers, &LAST_MODIFIED).and_then(http_date),
            bytes,
            url,
        }))
    }

    fn host(&mut self, url: &Url) -> &mut HostRules {
        self.hosts.entry(host_of(url)).or_insert_with(|| HostRules::new(self.requests_per_second))
    }
}

fn ensure_progress(visited: &[Url], next: &Url) -> Result<(), SourceError> {
    if visited.contains(next) {
        return Err(SourceError::RedirectLoop { url: next.to_string() });
    }
    if visited.len() > MAX_REDIRECTS {
        return Err(SourceError::TooManyRedirects { limit: MAX_REDIRECTS, url: next.to_string() });
    }
    Ok(())
}

fn error_is_transient(error: &IngestError) -> bool {
    matches!(error, IngestError::Source(error) if error.is_transient())
}

fn one_line(error: &IngestError) -> String {
    let mut line = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(deeper) = cause {
        line = format!("{line}: {deeper}");
        cause = deeper.source();
    }
    line
}
