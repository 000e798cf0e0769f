//! Which releases of the server will do.

use crate::StoreError;

/// Releases before have no parameters of searches that we rely on, and other answers.
const OLDEST_MINOR: u64 = 16;
/// The release whose engine is the embedded one.
const TESTED_MINOR: u64 = 18;
const NEEDED: &str = "1.16 or later, below 2";

/// Refuses a server that is too old or of another generation.
pub(super) fn check(server: &str, version: &str) -> Result<(), StoreError> {
    let unfit = || StoreError::Version { server: server.to_owned(), found: version.to_owned(), needed: NEEDED };
    let mut numbers = version.split('.').map(|part| part.parse::<u64>().ok());
    let (Some(Some(1)), Some(Some(minor))) = (numbers.next(), numbers.next()) else { return Err(unfit()) };
    if minor < OLDEST_MINOR {
        return Err(unfit());
    }
    if minor == TESTED_MINOR {
        tracing::info!(server, version, "connected to the Qdrant server");
    } else {
        tracing::warn!(
            server,
            version,
            "connected to a Qdrant server of another release than 1.{TESTED_MINOR}, which Ragstone is tested with"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_and_strange_servers_are_refused() {
        for good in ["1.16.0", "1.18.3", "1.18.3-dev", "1.30.0"] {
            check("http://q:6334", good).unwrap();
        }
        for bad in ["1.15.5", "0.11.0", "2.0.0", "", "one.two"] {
            let message = check("http://q:6334", bad).unwrap_err().to_string();
            assert!(message.contains("1.16 or later") && message.contains("http://q:6334") && message.contains(bad), "{message}");
        }
    }
}
