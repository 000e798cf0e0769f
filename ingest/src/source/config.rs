//! The settings `[source]`.

use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::PathMetadata;

/// What is read, and how politely (`[source]`).
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct SourceConfig {
    /// A larger file, page or record is refused by name. A document is held in memory while it is chunked.
    pub max_file_bytes: ByteSize,
    /// Whether files and folders whose name starts with a dot are read.
    pub hidden: bool,
    /// Whether symbolic links are followed.
    pub follow_links: bool,
    /// Whether sites and repositories may be on this machine or in its private network. A server that reads what its
    /// clients name must not become their way into that network.
    pub allow_private_hosts: bool,
    /// Requests to one host in a second, at most; what its `robots.txt` wants may be less.
    pub requests_per_second: f64,
    /// The longest that one request may take, its body included.
    #[serde(with = "humantime_serde")]
    pub request_timeout: Duration,
    /// The longest that fetching a git repository may take.
    #[serde(with = "humantime_serde")]
    pub clone_timeout: Duration,
    /// A watched folder is read as a whole after this time, whether or not a change was noticed.
    #[serde(with = "humantime_serde")]
    pub rescan_interval: Duration,
    /// Tags and fields by path, for all sources.
    pub metadata: Vec<PathMetadata>,
    /// S3-compatible stores (`[source.bucket]`).
    pub bucket: BucketConfig,
    /// Where copies of remote repositories are kept between two ingests; without it they are fetched anew each time.
    #[serde(skip)]
    pub cache_dir: Option<PathBuf>,
}

/// How S3-compatible stores are reached (`[source.bucket]`).
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct BucketConfig {
    /// The store's address, such as `http://127.0.0.1:9000`; without it, Amazon's.
    pub endpoint: Option<String>,
    /// The store's region.
    pub region: Option<String>,
    /// Who asks; without it, requests are not signed and only public buckets can be read.
    #[serde(skip)]
    pub credentials: Option<BucketCredentials>,
}

/// An access key of an S3-compatible store; it never comes from a file.
#[derive(Debug, Clone)]
pub struct BucketCredentials {
    /// The key's name.
    pub access_key_id: String,
    /// The key.
    pub secret_access_key: SecretString,
    /// Of temporary keys, the token that belongs to them.
    pub session_token: Option<SecretString>,
}

impl Default for SourceConfig {
    fn default() -> Self {
        Self {
            max_file_bytes: ByteSize::mib(32),
            hidden: false,
            follow_links: false,
            allow_private_hosts: false,
            requests_per_second: 1.0,
            request_timeout: Duration::from_secs(30),
            clone_timeout: Duration::from_mins(15),
            rescan_interval: Duration::from_mins(10),
            metadata: Vec::new(),
            bucket: BucketConfig::default(),
            cache_dir: None,
        }
    }
}

impl SourceConfig {
    /// What is wrong, by key.
    pub fn validate(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.max_file_bytes.as_u64() == 0 {
            problems.push("source.max_file_bytes must be more than 0".to_owned());
        }
        // Also refuses what is no number.
        if !(0.001..=1000.0).contains(&self.requests_per_second) {
            problems.push(format!("source.requests_per_second is {}, it must be from 0.001 to 1000", self.requests_per_second));
        }
        for (key, time) in
            [("request_timeout", self.request_timeout), ("clone_timeout", self.clone_timeout), ("rescan_interval", self.rescan_interval)]
        {
            if time < Duration::from_secs(1) {
                problems.push(format!("source.{key} must be at least 1s"));
            }
        }
        for metadata in &self.metadata {
            if let Err(error) = metadata.compile() {
                problems.push(format!("source.metadata: {error}"));
            }
        }
        if let Some(endpoint) = &self.bucket.endpoint
            && !endpoint.starts_with("http://")
            && !endpoint.starts_with("https://")
        {
            problems.push(format!("source.bucket.endpoint is `{endpoint}`, it must start with http:// or https://"));
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_settings_are_all_named() {
        assert!(SourceConfig::default().validate().is_empty());
        let json =
            r#"{"requests_per_second": 0, "request_timeout": "0s", "metadata": [{"pattern": "[z-a]"}], "bucket": {"endpoint": "minio"}}"#;
        let config: SourceConfig = serde_json::from_str(json).unwrap();
        let problems = config.validate().join("\n");
        for key in
            ["source.requests_per_second is 0", "source.request_timeout", "source.metadata: `[z-a]`", "source.bucket.endpoint is `minio`"]
        {
            assert!(problems.contains(key), "{problems}");
        }
        for secret in [r#"{"bucket": {"credentials": {}}}"#, r#"{"cache_dir": "/tmp"}"#] {
            assert!(serde_json::from_str::<SourceConfig>(secret).is_err(), "{secret} does not belong into a file");
        }
    }
}
