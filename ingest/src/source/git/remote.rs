//! A copy of a remote repository, as shallow as possible.

use std::path::PathBuf;

use tempfile::TempDir;
use url::Url;

use super::command::Git;
use crate::source::SourceConfig;
use crate::source::site::public_address;
use crate::{IngestError, SourceError};

/// What was fetched last, in the copy.
pub(super) const FETCHED: &str = "refs/ragstone/fetched";

/// The address of a repository on another machine.
#[derive(Debug, PartialEq)]
pub(super) struct Remote {
    url: String,
    host: String,
    port: u16,
}

impl Remote {
    /// Reads `https://host/path`, `ssh://user@host/path` or `user@host:path`.
    pub(super) fn parse(repository: &str) -> Result<Self, IngestError> {
        let repository = repository.trim_end_matches('/');
        let refused = || SourceError::NotARepository { repository: repository.to_owned() };
        let Some(url) = repository.contains("://").then(|| Url::parse(repository)) else {
            return Self::parse_short(repository).ok_or_else(|| refused().into());
        };
        let url = url.map_err(|source| SourceError::InvalidUrl { url: repository.to_owned(), source })?;
        let default_port = match url.scheme() {
            "http" => 80,
            "https" => 443,
            "ssh" => 22,
            _ => return Err(refused().into()),
        };
        // The user of ssh is part of the address; a password never is.
        if url.password().is_some() || (url.scheme() != "ssh" && !url.username().is_empty()) {
            let shown = format!("{}://{}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path());
            return Err(SourceError::CredentialsInUrl { url: shown }.into());
        }
        let host = url.host_str().filter(|host| !host.starts_with('-')).ok_or_else(refused)?.to_owned();
        Ok(Self { url: url.as_str().trim_end_matches('/').to_owned(), host, port: url.port().unwrap_or(default_port) })
    }

    fn parse_short(repository: &str) -> Option<Self> {
        let (user, rest) = repository.split_once('@')?;
        let (host, path) = rest.split_once(':')?;
        let is_plain = |text: &str| {
            !text.is_empty() && !text.starts_with('-') && text.chars().all(|letter| letter.is_alphanumeric() || "-_.~/".contains(letter))
        };
        let is_address = is_plain(user) && is_plain(host) && is_plain(path);
        is_address.then(|| Self { url: repository.to_owned(), host: host.to_owned(), port: 22 })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Fetches one revision, without its history. Blocking.
    pub(super) fn fetch(&self, revision: &str, config: &SourceConfig) -> Result<Git, IngestError> {
        let (folder, temporary) = self.folder(revision, config)?;
        let git = Git::copy_in(folder, &self.url, temporary);
        if !git.folder().join("HEAD").is_file() {
            git.run("make room for", &["init", "--quiet", "--bare", "--template="], config.clone_timeout)?;
        }
        let mut settings = Vec::new();
        if !config.allow_private_hosts {
            let address = public_address(&self.host, self.port)?;
            // A name must not change its mind between this look and git's own, and a redirect not lead elsewhere.
            settings.push(format!("http.curloptResolve={}:{}:{address}", self.host, self.port));
            settings.push("http.followRedirects=false".to_owned());
            settings.push("http.proxy=".to_owned());
        }
        let refspec = format!("+{revision}:{FETCHED}");
        let mut arguments: Vec<&str> = settings.iter().flat_map(|setting| ["-c", setting.as_str()]).collect();
        arguments.extend(["-c", "gc.autoDetach=false", "-c", "transfer.fsckObjects=true"]);
        arguments.extend(["-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=60"]);
        arguments.extend(["fetch", "--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head", "--recurse-submodules=no", "--"]);
        arguments.extend([self.url.as_str(), refspec.as_str()]);
        git.run("fetch", &arguments, config.clone_timeout).map_err(|error| git.no_revision(revision, error))?;
        Ok(git)
    }

    /// One folder a repository and revision, so that two ingests do not fetch over each other.
    fn folder(&self, revision: &str, config: &SourceConfig) -> Result<(PathBuf, Option<TempDir>), IngestError> {
        let Some(cache) = &config.cache_dir else {
            let temporary = tempfile::tempdir().map_err(|source| IngestError::Unreadable { path: std::env::temp_dir(), source })?;
            return Ok((temporary.path().to_owned(), Some(temporary)));
        };
        let name = blake3::hash(format!("{}\n{revision}", self.url).as_bytes()).to_hex();
        let folder = cache.join("git").join(name.get(..32).unwrap_or(&name));
        fs_err::create_dir_all(&folder).map_err(|source| IngestError::Unreadable { path: folder.clone(), source })?;
        Ok((folder, None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let check = |text: &str, url: &str, host: &str, port: u16| {
            assert_eq!(Remote::parse(text).unwrap(), Remote { url: url.to_owned(), host: host.to_owned(), port });
        };
        check("https://Example.com/a/b.git/", "https://example.com/a/b.git", "example.com", 443);
        check("ssh://git@example.com:2222/a", "ssh://git@example.com:2222/a", "example.com", 2222);
        check("git@example.com:a/b.git", "git@example.com:a/b.git", "example.com", 22);
        let refuse = |text: &str, expected: &str| {
            let error = Remote::parse(text).unwrap_err().to_string();
            assert!(error.contains(expected) && !error.contains("secret"), "{error}");
        };
        refuse("https://user:secret@example.com/a", "contains a user name or password");
        refuse("https://secret@example.com/a", "`https://example.com/a` contains a user name or password");
        for text in [
            "ext::sh -c touch% /tmp/x",
            "--upload-pack=touch",
            "nowhere",
            "ftp://x/y",
            "ssh://-oProxyCommand=x/y",
            "-o@host:path",
            "a@-b:c",
        ] {
            refuse(text, "");
        }
    }
}
