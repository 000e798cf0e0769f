//! What an answer's status and headers say, and how much of its body is read.

use std::time::Duration;

use bytesize::ByteSize;
use chrono::{DateTime, Utc};
use futures::StreamExt;
use reqwest::header::{ETAG, HeaderMap, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, LOCATION, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use url::Url;

use super::address::resolve;
use super::network::explain;
use crate::{IngestError, SourceError};

/// A host that says it is busy is asked once more, if it wants no longer pause than this.
const LONGEST_RETRY: Duration = Duration::from_secs(30);

/// Reads up to the limit; if there is more, says how much there is at least.
pub(super) async fn read_body(
    response: Response,
    limit: ByteSize,
    timeout: Duration,
    into: &mut Vec<u8>,
) -> Result<Result<(), ByteSize>, IngestError> {
    let mut pieces = response.bytes_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|source| explain(source, timeout))?;
        let room = usize::try_from(limit.as_u64()).unwrap_or(usize::MAX).saturating_sub(into.len());
        into.extend_from_slice(piece.get(..room).unwrap_or(&piece));
        if piece.len() > room {
            return Ok(Err(ByteSize((into.len() + piece.len() - room) as u64)));
        }
    }
    Ok(Ok(()))
}

pub(super) fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

pub(super) fn redirect_target(url: &Url, response: &Response) -> Result<Url, SourceError> {
    let location = text(response.headers(), &LOCATION).unwrap_or_default();
    let target = resolve(url, location).filter(|_| !location.is_empty());
    target.ok_or_else(|| SourceError::RedirectTarget { location: location.to_owned() })
}

/// An error unless the status is a success or says that there is nothing.
pub(super) fn refuse(status: StatusCode) -> Result<(), IngestError> {
    if status.is_success() {
        return Ok(());
    }
    Err(SourceError::Status { status }.into())
}

pub(super) fn retry_after(response: &Response) -> Option<Duration> {
    if !matches!(response.status(), StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        return None;
    }
    let seconds = text(response.headers(), &RETRY_AFTER)?.parse().ok()?;
    Some(Duration::from_secs(seconds)).filter(|pause| *pause <= LONGEST_RETRY)
}

pub(super) fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

pub(super) fn validator(headers: &HeaderMap) -> Option<String> {
    let tag = text(headers, &ETAG).map(|tag| format!("etag {tag}"));
    tag.or_else(|| text(headers, &LAST_MODIFIED).map(|date| format!("modified {date}")))
}

pub(super) fn condition(validator: &str) -> Option<(HeaderName, &str)> {
    let tag = validator.strip_prefix("etag ").map(|tag| (IF_NONE_MATCH, tag));
    tag.or_else(|| validator.strip_prefix("modified ").map(|date| (IF_MODIFIED_SINCE, date)))
}

pub(super) fn http_date(date: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(date).ok().map(|date| date.with_timezone(&Utc))
}

/// What a content type is, if it is no document.
pub(super) fn no_document(content_type: &str) -> Option<&'static str> {
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match media_type.split_once('/')? {
        ("image", _) => Some("image"),
        ("audio", _) => Some("audio"),
        ("video", _) => Some("video"),
        ("font", _) => Some("font"),
        ("text", "css") => Some("style sheet"),
        ("text" | "application", "javascript" | "ecmascript") | ("application", "wasm") => Some("program"),
        _ => None,
    }
}

/// What the host says it is, where hosts know: many send Markdown as plain text, and anything as an octet stream.
pub(super) fn said_media_type(content_type: &str) -> Option<String> {
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_vague = matches!(media_type.as_str(), "" | "text/plain" | "application/octet-stream" | "binary/octet-stream");
    (!is_vague).then(|| content_type.to_owned())
}
