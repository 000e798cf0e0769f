//! Which machines may be asked, and the client that asks them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use reqwest::Client;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use url::{Host, Url};

use crate::{IngestError, SourceConfig, SourceError};

const USER_AGENT: &str = concat!("ragstone/", env!("CARGO_PKG_VERSION"), " (+", env!("CARGO_PKG_REPOSITORY"), ")");
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A client that follows no redirects by itself and, unless that is allowed, connects to public addresses only.
pub(super) fn client(config: &SourceConfig) -> Result<Client, IngestError> {
    install_crypto_provider();
    let mut builder =
        Client::builder().user_agent(USER_AGENT).connect_timeout(CONNECT_TIMEOUT).timeout(config.request_timeout).redirect(Policy::none());
    if !config.allow_private_hosts {
        // A proxy looks names up by itself, and would reach what this machine must not.
        builder = builder.no_proxy().dns_resolver(PublicOnly);
    }
    Ok(builder.build().map_err(|source| SourceError::Client { source })?)
}

/// Chooses the cryptography for all clients of this process, if nobody has yet.
pub(in crate::source) fn install_crypto_provider() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // It fails only if another thread was faster, which serves as well.
        let _installed = rustls::crypto::ring::default_provider().install_default();
    }
}

/// Refuses a URL whose host is a private address; names are looked at when they are resolved.
pub(super) fn ensure_public(url: &Url) -> Result<(), SourceError> {
    let address = match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address),
        Some(Host::Ipv6(address)) => IpAddr::V6(address),
        Some(Host::Domain(_)) | None => return Ok(()),
    };
    if is_public(address) {
        return Ok(());
    }
    Err(SourceError::PrivateHost { host: url.host_str().unwrap_or_default().to_owned(), address })
}

/// Resolves a host for another program. Blocking.
pub(in crate::source) fn public_address(host: &str, port: u16) -> Result<IpAddr, SourceError> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let no_address = |source| SourceError::NoAddress { host: host.to_owned(), source };
    let addresses = std::net::ToSocketAddrs::to_socket_addrs(&(bare, port)).map_err(|source| no_address(Some(source)))?;
    let mut first = None;
    for address in addresses.map(|address| address.ip()) {
        if !is_public(address) {
            return Err(SourceError::PrivateHost { host: host.to_owned(), address });
        }
        first = first.or(Some(address));
    }
    first.ok_or_else(|| no_address(None))
}

/// What is behind a failed request.
pub(super) fn explain(source: reqwest::Error, timeout: Duration) -> SourceError {
    let mut cause = std::error::Error::source(&source);
    while let Some(deeper) = cause {
        if let Some(refused) = deeper.downcast_ref::<PrivateAddress>() {
            return SourceError::PrivateHost { host: refused.host.clone(), address: refused.address };
        }
        cause = deeper.source();
    }
    if source.is_timeout() {
        return SourceError::RequestTimeout { timeout };
    }
    SourceError::Unreachable { source: source.without_url() }
}

/// Looks names up, and refuses those that lead into a private network. Connections use the very addresses that were
/// looked at, so that a name cannot change its mind in between.
#[derive(Debug)]
struct PublicOnly;

#[derive(Debug)]
struct PrivateAddress {
    host: String,
    address: IpAddr,
}

impl fmt::Display for PrivateAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}` has the private address {}", self.host, self.address)
    }
}

impl std::error::Error for PrivateAddress {}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let addresses: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            if let Some(private) = addresses.iter().find(|address| !is_public(address.ip())) {
                return Err(PrivateAddress { host, address: private.ip() }.into());
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is one of the public internet, as far as the registries of special addresses say.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let is_special = match (first, second) {
        // This network, loopback, and all from multicast upwards.
        (0 | 127 | 224..=255, _) => true,
        // Carriers, and benchmarks of networks.
        (100, 64..=127) | (198, 18..=19) => true,
        // Assignments of the protocols themselves.
        (192, 0) => third == 0,
        _ => false,
    };
    !(is_special || address.is_private() || address.is_link_local() || address.is_documentation())
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(address) = address.to_ipv4_mapped() {
        return is_public_v4(address);
    }
    match address.segments() {
        // IPv4 in disguise: translated, or tunnelled.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            let [[first, second], [third, fourth]] = [high.to_be_bytes(), low.to_be_bytes()];
            is_public_v4(Ipv4Addr::new(first, second, third, fourth))
        }
        [0x2001, 0xdb8 | 0, ..] => false,
        // Only 2000::/3 is given out.
        [first, ..] => (0x2000..0x4000).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_in_every_disguise() {
        for address in [
            "127.0.0.1",
            "0.0.0.0",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.100.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "192.0.0.8",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:a00:1::",
            "2001:db8::1",
            "2001::1",
            "64:ff9b:1::1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        for address in ["1.1.1.1", "172.32.0.1", "192.0.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn hosts_of_other_programs() {
        let error = public_address("localhost", 80).unwrap_err().to_string();
        assert!(error.contains("`localhost`") && error.contains("source.allow_private_hosts = true"), "{error}");
        assert!(public_address("[::1]", 80).is_err());
        assert_eq!(public_address("1.1.1.1", 443).unwrap().to_string(), "1.1.1.1");
    }
}
