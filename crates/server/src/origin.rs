//! Keeps web pages out that happen to be open in the browser of someone who runs the server.
//!
//! A browser sends a form to any address without asking, and can be made to take a foreign name for this machine (DNS
//! rebinding). Neither works here: a page's `Origin` must be the server's own or an allowed one, and a server that listens
//! on loopback answers to its address, to `localhost` and to the hosts of the allowed origins.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName};
use axum::middleware::Next;
use axum::response::Response;

use crate::error::ApiError;
use crate::state::ServerState;
use crate::{ServerConfig, ServerError};

/// Passes a request on that no foreign page can have sent.
pub(crate) async fn refuse_foreign(State(state): State<ServerState>, request: Request, next: Next) -> Result<Response, ApiError> {
    check(request.headers(), &state.config)?;
    Ok(next.run(request).await)
}

fn check(headers: &HeaderMap, config: &ServerConfig) -> Result<(), ServerError> {
    let host = text(headers, HOST).unwrap_or_default();
    let is_allowed_host = || config.allowed_origins.iter().any(|allowed| authority(allowed).eq_ignore_ascii_case(host));
    if config.bind.ip().is_loopback() && !host.is_empty() && !names_this_machine(host) && !is_allowed_host() {
        return Err(ServerError::ForeignHost { host: host.to_owned() });
    }
    let Some(origin) = text(headers, ORIGIN) else {
        return Ok(());
    };
    let is_own = !host.is_empty() && authority(origin).eq_ignore_ascii_case(host);
    if is_own || config.allowed_origins.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin)) {
        return Ok(());
    }
    Err(ServerError::ForeignOrigin { origin: origin.to_owned() })
}

/// A header's text; what is no text is kept as something that nothing equals.
fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).map(|value| value.to_str().unwrap_or("not text"))
}

/// Host and port of an origin.
fn authority(origin: &str) -> &str {
    origin.split_once("://").map_or("", |(_, authority)| authority)
}

/// Whether a host with or without a port is `localhost` or an address: only a name can be made to point elsewhere.
fn names_this_machine(host: &str) -> bool {
    let without_port =
        host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|digit| digit.is_ascii_digit())).map_or(host, |(name, _)| name);
    let bare = without_port.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn passes(host: &str, origin: Option<&str>, config: &ServerConfig) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_str(host).unwrap());
        if let Some(origin) = origin {
            headers.insert(ORIGIN, HeaderValue::from_str(origin).unwrap());
        }
        check(&headers, config).is_ok()
    }

    #[test]
    fn own_pages_and_programs_pass() {
        let config = ServerConfig::default();
        for host in ["127.0.0.1:7575", "localhost:7575", "[::1]:7575", "LOCALHOST"] {
            assert!(passes(host, None, &config), "{host}");
        }
        assert!(passes("localhost:7575", Some("http://localhost:7575"), &config));
    }

    #[test]
    fn foreign_pages_and_names_do_not() {
        let config = ServerConfig::default();
        assert!(!passes("localhost:7575", Some("https://evil.example"), &config));
        assert!(!passes("localhost:7575", Some("http://localhost:3000"), &config), "another port is another origin");
        assert!(!passes("localhost:7575", Some("null"), &config));
        assert!(!passes("evil.example:7575", None, &config), "DNS rebinding");
    }

    #[test]
    fn allowed_origins_and_open_addresses_pass() {
        let mut config = ServerConfig { allowed_origins: vec!["https://search.example.com".to_owned()], ..ServerConfig::default() };
        assert!(passes("localhost:7575", Some("https://search.example.com"), &config));
        assert!(passes("search.example.com", Some("https://search.example.com"), &config), "a proxy that keeps the host");
        config.bind = ([0, 0, 0, 0], 7575).into();
        assert!(passes("box.lan:7575", None, &config), "who listens to the network may have any name");
        assert!(!passes("box.lan:7575", Some("https://evil.example"), &config));
    }
}
