//! What can be wrong with a source.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;
use ragstone_core::ErrorKind;
use thiserror::Error as ThisError;

/// Facts about sources that cannot be read.
#[derive(Debug, ThisError)]
#[expect(missing_docs, reason = "each variant's message says what it means, each field is named in it")]
pub enum SourceError {
    // Paths.
    #[error("`{path}` is a URL, not a path: make it a source of the kind `site` or `git`")]
    UrlAsPath { path: String },
    #[error("standard input (`-`) needs a name, which is its identity and says what it is: `--name notes.md`")]
    UnnamedInput,
    #[error("there is nothing to read: name a file, a folder, a pattern or `-`")]
    NoPaths,
    #[error("standard input cannot be read")]
    StandardInput { source: std::io::Error },
    #[error("its sidecar `{}` is not valid (it may have `title`, `tags`, `date` and `fields`)", path.display())]
    Sidecar { path: PathBuf, source: yaml_serde::Error },
    #[error("its sidecar `{}` is larger than {limit}", path.display())]
    SidecarTooLarge { path: PathBuf, limit: ByteSize },
    #[error("`{pattern}`: `{{{field}}}` comes after `**`, where nobody can say which folder it is: put it before")]
    CaptureAfterStars { pattern: String, field: String },
    #[error("the upload in `{}` is damaged: {problem}", folder.display())]
    Upload { folder: PathBuf, problem: &'static str },

    // Sites.
    #[error("`{url}` is not a URL: write it with its scheme, such as `https://example.com/docs/`")]
    InvalidUrl { url: String, source: url::ParseError },
    #[error("`{url}` has the scheme `{scheme}`, only http and https are read")]
    Scheme { url: String, scheme: String },
    #[error("`{url}` contains a user name or password, which would be kept with every document: leave it out")]
    CredentialsInUrl { url: String },
    #[error("`{host}` ({address}) is on this machine or in a private network: `source.allow_private_hosts = true` allows that")]
    PrivateHost { host: String, address: IpAddr },
    #[error("`{host}` has no address")]
    NoAddress { host: String, source: Option<std::io::Error> },
    #[error("the HTTP client cannot be made")]
    Client { source: reqwest::Error },
    #[error("cannot be reached")]
    Unreachable { source: reqwest::Error },
    #[error("did not answer within {}s (`source.request_timeout`)", timeout.as_secs())]
    RequestTimeout { timeout: Duration },
    #[error("answered {status}{}", if status.is_server_error() { ", try again later" } else { "" })]
    Status { status: reqwest::StatusCode },
    #[error("redirects in a circle: `{url}` comes twice")]
    RedirectLoop { url: String },
    #[error("redirects more than {limit} times, the last time to `{url}`")]
    TooManyRedirects { limit: usize, url: String },
    #[error("redirects to `{location}`, which is not a URL")]
    RedirectTarget { location: String },
    #[error("redirects to `{url}`, which does not belong to what is read: if it should, name that URL instead")]
    RedirectsAway { url: String },
    #[error("its host's robots.txt does not allow it")]
    Forbidden,
    #[error("its host's robots.txt cannot be read, so nothing of that host is: {reason}")]
    NoRobots { reason: String },
    #[error("no sitemap was found, neither in robots.txt nor at `{url}`: give the sitemap's own URL, or `follow = \"links\"`")]
    NoSitemap { url: String },
    #[error("the sitemap cannot be read")]
    Sitemap { source: quick_xml::Error },
    #[error("the sitemap is larger than {limit} when unpacked")]
    SitemapTooLarge { limit: ByteSize },
    #[error("the sitemap cannot be unpacked")]
    Unpack { source: std::io::Error },
    #[error("sources of this kind need an asynchronous runtime around them")]
    NoRuntime,
    #[error("was read in part only ({reason}): nothing that is missing from it is removed")]
    Incomplete { reason: &'static str },

    // Repositories.
    #[error("the program `git` is not installed, and repositories are read with it")]
    NoGit,
    #[error("`git` cannot be run")]
    Git { source: std::io::Error },
    #[error("git cannot {action} `{repository}`: {message}")]
    GitFailed { action: &'static str, repository: String, message: String },
    #[error("`{repository}` has no revision `{revision}`: name a branch, a tag or a commit of it")]
    NoRevision { repository: String, revision: String },
    #[error("git did not {action} `{repository}` within {}s (`source.clone_timeout`)", timeout.as_secs())]
    GitTimeout { action: &'static str, repository: String, timeout: Duration },
    #[error("`{repository}` is not a repository: give a folder, or a URL that starts with https://, ssh:// or git@")]
    NotARepository { repository: String },
    #[error("`{revision}` is not the name of a branch, a tag or a commit")]
    Revision { revision: String },
    #[error("`{repository}` has more files than fit into a list of {limit}")]
    TooManyFiles { repository: String, limit: ByteSize },
    #[error("git's answer about `{object}` makes no sense")]
    GitProtocol { object: String },

    // Records.
    #[error("`{}` is no table of records: `.jsonl`, `.ndjson`, `.csv` and `.tsv` are", path.display())]
    NotRecords { path: PathBuf },
    #[error("`{text}` maps nothing: write `text=body,title=name`, with `id`, `text`, `title`, `tags`, `date` or `fields` on the left")]
    Mapping { text: String },
    #[error("line {line}: is not a JSON object")]
    NotAnObject { line: u64, source: Option<serde_json::Error> },
    #[error("line {line}: is not a row of this table")]
    Row { line: u64, source: csv::Error },
    #[error("line {line}: has no `{column}`")]
    NoColumn { line: u64, column: String },
    #[error("line {line}: is longer than {limit} (`source.max_file_bytes`)")]
    LongRecord { line: u64, limit: ByteSize },
    #[error("line {line}: `{value}` in `{column}` is not a date: write 2026-01-31")]
    Date { line: u64, column: String, value: String },
    #[error("`{column}` is mapped, and the table has no such column; it has {present}")]
    UnknownColumn { column: String, present: String },

    // Buckets.
    #[error("buckets are not part of this build: build it with `--features s3`")]
    NoBuckets,
    #[cfg(feature = "s3")]
    #[error("the bucket `{bucket}` cannot be read")]
    Bucket { bucket: String, source: object_store::Error },

    // Watching.
    #[error("`{}` cannot be watched; where there are too many folders, raise fs.inotify.max_user_watches", path.display())]
    Watch { path: PathBuf, source: notify::Error },
}

impl SourceError {
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::Unreachable { .. } | Self::NoAddress { .. } | Self::NoRobots { .. } | Self::Incomplete { .. } => ErrorKind::Unavailable,
            Self::Status { status } => kind_of_status(*status),
            Self::RequestTimeout { .. } | Self::GitTimeout { .. } => ErrorKind::Timeout,
            Self::GitFailed { .. } => ErrorKind::Unavailable,
            #[cfg(feature = "s3")]
            Self::Bucket { source: object_store::Error::NotFound { .. }, .. } => ErrorKind::NotFound,
            #[cfg(feature = "s3")]
            Self::Bucket { .. } => ErrorKind::Unavailable,
            Self::NoSitemap { .. } | Self::NoGit | Self::NoRevision { .. } => ErrorKind::NotFound,
            Self::SidecarTooLarge { .. } | Self::SitemapTooLarge { .. } | Self::TooManyFiles { .. } | Self::LongRecord { .. } => {
                ErrorKind::TooLarge
            }
            Self::StandardInput { .. } | Self::Upload { .. } | Self::Watch { .. } | Self::Git { .. } => ErrorKind::Storage,
            Self::NoRuntime | Self::Client { .. } | Self::GitProtocol { .. } => ErrorKind::Internal,
            _ => ErrorKind::InvalidInput,
        }
    }

    /// Whether the same may pass later; what it is about must then not be taken for gone.
    pub(crate) fn is_transient(&self) -> bool {
        matches!(self.kind(), ErrorKind::Unavailable | ErrorKind::Timeout | ErrorKind::Storage | ErrorKind::Overloaded)
    }
}

fn kind_of_status(status: reqwest::StatusCode) -> ErrorKind {
    match status.as_u16() {
        404 | 410 => ErrorKind::NotFound,
        408 | 504 => ErrorKind::Timeout,
        429 => ErrorKind::Overloaded,
        500.. => ErrorKind::Unavailable,
        _ => ErrorKind::InvalidInput,
    }
}
