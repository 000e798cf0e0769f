//! What can go wrong in the store.

use std::path::PathBuf;
use std::time::Duration;

use ragstone_core::{BoxError, Error, ErrorKind, IndexName, Stage};

/// What went wrong in the store, as facts.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The settings contradict themselves or their limits.
    #[error("wrong configuration: {problems}")]
    Config {
        /// Every wrong key, with what it may be.
        problems: String,
    },
    /// Another process works in the data folder.
    #[error(
        "data folder `{}` is in use by process {owner}; stop it, or talk to its server with `--url`, or use another folder with `--data-dir`",
        folder.display()
    )]
    Owned {
        /// The data folder.
        folder: PathBuf,
        /// The other process's id, as far as it is known.
        owner: String,
    },
    /// A file operation of ours failed.
    #[error("cannot {action} `{}`; check that the folder is writable and its disk has room", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The disk is almost full.
    #[error("no room in `{}`: {} MB are free, this needs {} MB; make room on the disk and try again", folder.display(), free_bytes / 1_000_000, needed_bytes / 1_000_000)]
    NoRoom {
        /// The collection's folder.
        folder: PathBuf,
        /// How much is free.
        free_bytes: u64,
        /// How much must be.
        needed_bytes: u64,
    },
    /// There is no such collection.
    #[error(
        "the store has no vectors of collection `{collection}`: after a change of `store.url`, `ragstone migrate` copies them; else `ragstone reindex --collection {collection}` computes them",
        collection = index.collection()
    )]
    UnknownCollection {
        /// The name that was asked for.
        index: IndexName,
    },
    /// The collection holds vectors of another length.
    #[error("collection `{index}` has vectors of {expected} dimensions, this one has {given}; use the model the collection was made with")]
    Dimension {
        /// The collection.
        index: IndexName,
        /// What it was made for.
        expected: usize,
        /// What came.
        given: usize,
    },
    /// A vector holds a number that is not finite.
    #[error("a vector for collection `{index}` holds a number that is not finite; the embedding model is damaged")]
    NotFinite {
        /// The collection.
        index: IndexName,
    },
    /// A sparse vector that breaks its own rules.
    #[error("a lexical vector for collection `{index}` has {indices} indices and {values} values, or repeats an index")]
    Sparse {
        /// The collection.
        index: IndexName,
        /// How many indices.
        indices: usize,
        /// How many values.
        values: usize,
    },
    /// The library failed while it wrote; what is in memory can no longer be trusted to reach the disk.
    #[error(
        "cannot {action} in `{}`: {message}; make room on the disk or mend it, then start again: what was not acknowledged is stored anew",
        folder.display()
    )]
    Write {
        /// What was tried.
        action: &'static str,
        /// The collection's folder.
        folder: PathBuf,
        /// What the library said.
        message: String,
    },
    /// An earlier write failed, so nothing more is written.
    #[error("collection `{index}` takes no more writes since an earlier one failed; make room on the disk or mend it, then start again")]
    Broken {
        /// The collection.
        index: IndexName,
    },
    /// The library failed while it read.
    #[error("cannot {action} in `{}`: {message}; if it happens again, `ragstone reindex` builds the collection anew", folder.display())]
    Read {
        /// What was tried.
        action: &'static str,
        /// The collection's folder.
        folder: PathBuf,
        /// What the library said.
        message: String,
    },
    /// What was stored with a chunk is not what was written.
    #[error("chunk {id} in `{place}` has a payload that cannot be read; `ragstone reindex` builds the collection anew")]
    Payload {
        /// The chunk.
        id: String,
        /// The collection's folder, or the collection on the server.
        place: String,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// The BM25 encoder refuses its settings.
    #[error("cannot set up BM25")]
    Bm25 {
        /// Why.
        #[source]
        source: BoxError,
    },
    /// The Qdrant server cannot be reached, or not now.
    #[error(
        "cannot {action}: the Qdrant server at {server} cannot be reached; see that it runs, and that `store.url` names its gRPC port (usually 6334): {message}"
    )]
    Unreachable {
        /// The server.
        server: String,
        /// What was tried.
        action: &'static str,
        /// Why not.
        message: String,
    },
    /// The Qdrant server is there and cannot do it at present, as while copies of a shard come or go.
    #[error(
        "cannot {action}: the Qdrant server at {server} cannot do it now; if it stays so, see its log and whether every shard has an active replica: {message}"
    )]
    NotNow {
        /// The server.
        server: String,
        /// What was tried.
        action: &'static str,
        /// Why not.
        message: String,
    },
    /// The Qdrant server did not answer in time.
    #[error(
        "cannot {action}: the Qdrant server at {server} did not answer within {waited:?}; see what it is busy with, or raise `store.qdrant.timeout` or `read_timeout`"
    )]
    TimedOut {
        /// The server.
        server: String,
        /// What was tried.
        action: &'static str,
        /// For how long.
        waited: Duration,
    },
    /// The Qdrant server failed so often that it is left alone for a while.
    #[error("the Qdrant server at {server} does not answer and is left alone for another {wait:.1?}; see that it runs, then try again")]
    Paused {
        /// The server.
        server: String,
        /// For how long.
        wait: Duration,
    },
    /// The Qdrant server has too much to do.
    #[error("cannot {action}: the Qdrant server at {server} has too much to do; try again later: {message}")]
    Busy {
        /// The server.
        server: String,
        /// What was tried.
        action: &'static str,
        /// What it said.
        message: String,
    },
    /// The Qdrant server does not let us in.
    #[error("the Qdrant server at {server} refuses the key; set RAGSTONE_QDRANT_API_KEY to one that may read and write: {message}")]
    Refused {
        /// The server.
        server: String,
        /// What it said.
        message: String,
    },
    /// The Qdrant server refuses what was asked for.
    #[error("cannot {action}: the Qdrant server at {server} says {code}: {message}")]
    Server {
        /// The server.
        server: String,
        /// What was tried.
        action: &'static str,
        /// The kind of refusal, in gRPC's words.
        code: String,
        /// What it said.
        message: String,
    },
    /// The Qdrant server is of a release that lacks what is needed.
    #[error("the Qdrant server at {server} is version {found}; Ragstone needs {needed}: install 1.18")]
    Version {
        /// The server.
        server: String,
        /// Its version.
        found: String,
        /// What would do.
        needed: &'static str,
    },
    /// A collection on the server was not made by us.
    #[error("collection `{name}` on the Qdrant server was not made by Ragstone; choose another `store.qdrant.prefix`, or remove it")]
    ForeignCollection {
        /// Its name on the server.
        name: String,
    },
    /// The API key would go over the network for all to read.
    #[error(
        "the API key would go to {server} unencrypted; use `https://` in `store.url`, or set `store.qdrant.plain_text_key` if the network is private"
    )]
    PlainTextKey {
        /// The server.
        server: String,
    },
    /// The API key is none.
    #[error("RAGSTONE_QDRANT_API_KEY holds characters that no key has; see that no line break was copied with it")]
    Key,
    /// The certificates to trust cannot be read.
    #[error("cannot read `store.qdrant.ca_certificate`, `{}`", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The certificates to trust are none.
    #[error("`store.qdrant.ca_certificate`, `{}`, holds no certificate, or a damaged one; it must be a PEM file", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// Encryption cannot be set up.
    #[error("cannot set up encryption for {server}")]
    Encryption {
        /// The server.
        server: String,
        /// Why not.
        #[source]
        source: BoxError,
    },
    /// The store was closed.
    #[error("the store is closed: the program is stopping")]
    Closed,
    /// A blocking task ended before its work was done.
    #[error("the store was interrupted")]
    Interrupted {
        /// How.
        #[source]
        source: BoxError,
    },
}

impl StoreError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Config { .. } | Self::NotFinite { .. } | Self::Sparse { .. } | Self::Bm25 { .. } => ErrorKind::InvalidInput,
            Self::PlainTextKey { .. } | Self::Key | Self::Certificate { .. } | Self::NoCertificate { .. } | Self::Encryption { .. } => {
                ErrorKind::InvalidInput
            }
            Self::Owned { .. } | Self::Dimension { .. } | Self::ForeignCollection { .. } | Self::Version { .. } => ErrorKind::Conflict,
            Self::Io { .. } | Self::NoRoom { .. } | Self::Write { .. } | Self::Broken { .. } => ErrorKind::Storage,
            Self::UnknownCollection { .. } => ErrorKind::NotFound,
            Self::Read { .. } | Self::Payload { .. } | Self::Interrupted { .. } | Self::Server { .. } => ErrorKind::Internal,
            Self::Busy { .. } => ErrorKind::Overloaded,
            Self::Unreachable { .. }
            | Self::NotNow { .. }
            | Self::TimedOut { .. }
            | Self::Paused { .. }
            | Self::Refused { .. }
            | Self::Closed => ErrorKind::Unavailable,
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        let is_setting = matches!(
            error,
            StoreError::Config { .. }
                | StoreError::PlainTextKey { .. }
                | StoreError::Key
                | StoreError::Certificate { .. }
                | StoreError::NoCertificate { .. }
                | StoreError::Encryption { .. }
        );
        let stage = if is_setting { Stage::Configuration } else { Stage::Store };
        Self::new(error.kind(), stage, error)
    }
}
