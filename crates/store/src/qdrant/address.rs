//! Where the server is.

use std::fmt;
use std::net::IpAddr;

use tonic::transport::Uri;

/// Qdrant's usual port for gRPC; its REST API is beside it, on 6333.
const GRPC_PORT: u16 = 6334;

/// The address of a Qdrant server: what `store.url` may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    uri: Uri,
    is_encrypted: bool,
    is_this_machine: bool,
}

impl Address {
    /// Takes `http://host:port` or `https://host:port`; the problem, otherwise, is in words.
    pub(super) fn parse(url: &str) -> Result<Self, String> {
        let problem = |what: &str| format!("`store.url` is {url:?}: {what}; it looks like `http://127.0.0.1:{GRPC_PORT}`");
        // Whoever wrote a password into it must not find it in a log.
        if url.contains('@') {
            return Err(format!(
                "`store.url` holds a user name or a password; a key comes from RAGSTONE_QDRANT_API_KEY, and the address looks like `http://127.0.0.1:{GRPC_PORT}`"
            ));
        }
        let uri: Uri = url.parse().map_err(|_| problem("this is not an address"))?;
        let is_encrypted = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            Some(_) | None => return Err(problem("it must begin with `http://` or `https://`")),
        };
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(|| problem("the host is missing"))?;
        if uri.path_and_query().is_some_and(|path| !matches!(path.as_str(), "" | "/")) {
            return Err(problem("nothing may follow the host and the port"));
        }
        let is_loopback = |ip: IpAddr| ip.is_loopback();
        let is_this_machine = host == "localhost" || host.trim_matches(['[', ']']).parse().is_ok_and(is_loopback);
        let scheme = if is_encrypted { "https" } else { "http" };
        let port = uri.port_u16().unwrap_or(GRPC_PORT);
        let uri = format!("{scheme}://{host}:{port}").parse().map_err(|_| problem("this is not an address"))?;
        Ok(Self { uri, is_encrypted, is_this_machine })
    }

    pub(super) fn uri(&self) -> Uri {
        self.uri.clone()
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.is_encrypted
    }

    /// Whether what is sent there stays private: encrypted, or on this machine.
    pub(super) fn is_private(&self) -> bool {
        self.is_encrypted || self.is_this_machine
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.uri.to_string().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, expected: &str) {
        match Address::parse(url) {
            Ok(address) => assert_eq!(address.to_string(), expected, "{url}"),
            Err(problem) => assert!(problem.contains("store.url") && problem.contains(expected), "{url}: {problem}"),
        }
    }

    #[test]
    fn addresses_are_complete_or_refused_with_a_reason() {
        check("http://127.0.0.1:6334", "http://127.0.0.1:6334");
        check("http://qdrant", "http://qdrant:6334");
        check("https://cluster.example:6334/", "https://cluster.example:6334");
        check("http://[::1]:7000", "http://[::1]:7000");
        check("qdrant:6334", "must begin with");
        check("grpc://qdrant:6334", "must begin with");
        check("http://qdrant:6334/collections", "nothing may follow");
        check("http://", "not an address");
        check("not an address", "not an address");
        check("", "not an address");
    }

    #[test]
    fn a_password_is_not_repeated() {
        let problem = Address::parse("https://user:secret@qdrant").unwrap_err();
        assert!(!problem.contains("secret") && problem.contains("RAGSTONE_QDRANT_API_KEY"), "{problem}");
    }

    #[test]
    fn what_stays_private_is_encrypted_or_at_home() {
        for (url, expected) in [
            ("http://localhost", true),
            ("http://127.0.0.9", true),
            ("http://[::1]", true),
            ("http://10.0.0.1", false),
            ("http://127.example.org", false),
            ("https://10.0.0.1", true),
        ] {
            assert_eq!(Address::parse(url).unwrap().is_private(), expected, "{url}");
        }
    }
}
