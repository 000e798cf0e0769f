//! The section `[catalog]` of the configuration.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};
use url::Url;

/// Each connection is a process of the server, which has 100 by default.
const MOST_CONNECTIONS: u32 = 1_000;

/// What may follow the `?` of a URL; `options[NAME]` sets what the server calls NAME.
const PARAMETERS: [&str; 18] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl-root-cert",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
];

/// Where the catalog is: in a file of the data folder, or in a database that many processes use.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct CatalogConfig {
    /// A PostgreSQL database, `postgres://USER:PASSWORD@HOST:5432/DATABASE`; without it, SQLite in the data folder. It is never shown
    /// with its user and password.
    #[serde(serialize_with = "without_secrets")]
    pub url: Option<SecretString>,
    /// How many queries run at once on the server, 1 to 1,000. Locks over collections, and listening for jobs, have a few connections
    /// of their own beside them.
    pub connections: u32,
    /// How long a connection to the server, or one that is free, is waited for.
    #[serde(with = "humantime_serde")]
    pub connect_timeout: Duration,
}

impl Default for CatalogConfig {
    fn default() -> Self {
        Self { url: None, connections: 8, connect_timeout: Duration::from_secs(5) }
    }
}

impl CatalogConfig {
    /// Everything that is wrong, each problem starting with its key; empty when nothing is.
    pub fn validate(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if let Some(problem) = self.url.as_ref().and_then(|url| problem_of(url.expose_secret())) {
            problems.push(format!("`catalog.url` {problem}"));
        }
        if !(1..=MOST_CONNECTIONS).contains(&self.connections) {
            problems.push(format!("`catalog.connections` is {}: use 1 to {MOST_CONNECTIONS}", self.connections));
        }
        if self.connect_timeout.is_zero() {
            problems.push("`catalog.connect_timeout` is 0: use at least \"1s\"".to_owned());
        }
        problems
    }
}

/// What is wrong with a URL, without repeating it: there may be a password in it.
fn problem_of(url: &str) -> Option<String> {
    const FORM: &str = "write postgres://USER:PASSWORD@HOST:5432/DATABASE, with %40 for an @ in the password";
    let url = match Url::parse(url) {
        Ok(url) => url,
        Err(error) => return Some(format!("is no URL ({error}): {FORM}")),
    };
    if !["postgres", "postgresql"].contains(&url.scheme()) {
        return Some(format!("begins with `{}:`: {FORM}", url.scheme()));
    }
    let names_database = url.path().len() > 1 || url.query_pairs().any(|(key, _)| key == "dbname");
    if !names_database {
        return Some(format!("names no database: {FORM}"));
    }
    let unknown = url.query_pairs().map(|(key, _)| key).find(|key| !PARAMETERS.contains(&key.as_ref()) && !key.starts_with("options["));
    unknown.map(|key| format!("has the parameter `{key}`, which is not known: use {}, or options[NAME]", PARAMETERS.join(", ")))
}

fn without_secrets<S: Serializer>(url: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    let shown = url.as_ref().map(|url| match Url::parse(url.expose_secret()) {
        Ok(url) => format!("{}://{}{}", url.scheme(), authority(&url), url.path()),
        Err(_) => "(no URL)".to_owned(),
    });
    shown.serialize(serializer)
}

fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(url: &str) -> CatalogConfig {
        CatalogConfig { url: Some(url.into()), ..CatalogConfig::default() }
    }

    #[test]
    fn urls_are_checked_and_not_repeated() {
        let check = |url: &str, expected: &str| {
            let problems = config(url).validate().join("\n");
            assert!(problems.starts_with("`catalog.url`") && problems.contains(expected), "{url}: {problems}");
            assert!(!problems.contains("secret"), "{problems}");
        };
        check("db.internal/ragstone", "is no URL");
        check("", "is no URL");
        check("mysql://user:secret@db.internal/ragstone", "begins with `mysql:`");
        check("postgres://user:secret@db.internal", "names no database");
        check("postgres://user:secret@db.internal/ragstone?ssl_mode=require", "the parameter `ssl_mode`");
        for url in [
            "postgres://user:secret@db.internal:5433/ragstone?sslmode=verify-full&sslrootcert=/etc/ssl/db.pem",
            "postgresql://db.internal/ragstone?options[search_path]=tenant",
            "postgres://%2Fvar%2Frun%2Fpostgresql/ragstone",
            "postgres://db.internal?dbname=ragstone&application_name=other",
        ] {
            assert_eq!(config(url).validate(), [""; 0], "{url}");
        }
    }

    #[test]
    fn all_problems_are_named() {
        assert_eq!(CatalogConfig::default().validate(), [""; 0]);
        let wrong = CatalogConfig { connections: 0, connect_timeout: Duration::ZERO, ..config("x") };
        assert_eq!(wrong.validate().len(), 3);
    }

    #[test]
    fn secrets_are_not_shown() {
        let config = config("postgres://user:secret@db.internal:5433/ragstone?password=secret");
        let shown = serde_json::to_value(&config).unwrap();
        assert_eq!(shown["url"], "postgres://db.internal:5433/ragstone");
        assert!(!format!("{config:?}").contains("secret"));
        assert_eq!(serde_json::to_value(CatalogConfig::default()).unwrap()["url"], serde_json::Value::Null);
        let read: CatalogConfig = serde_json::from_str(r#"{"url": "postgres://a@b/c", "connect_timeout": "2s"}"#).unwrap();
        assert_eq!((read.url.unwrap().expose_secret(), read.connections, read.connect_timeout.as_secs()), ("postgres://a@b/c", 8, 2));
    }
}
