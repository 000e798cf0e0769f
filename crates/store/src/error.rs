//! What can go wrong in the store.

use std::path::PathBuf;

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
    #[error("collection `{}` does not exist; `ragstone collections` lists those that do", index.collection())]
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
    #[error("chunk {id} in `{}` has a payload that cannot be read; `ragstone reindex` builds the collection anew", folder.display())]
    Payload {
        /// The chunk.
        id: String,
        /// The collection's folder.
        folder: PathBuf,
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
            Self::Owned { .. } | Self::Dimension { .. } => ErrorKind::Conflict,
            Self::Io { .. } | Self::NoRoom { .. } | Self::Write { .. } | Self::Broken { .. } => ErrorKind::Storage,
            Self::UnknownCollection { .. } => ErrorKind::NotFound,
            Self::Read { .. } | Self::Payload { .. } | Self::Interrupted { .. } => ErrorKind::Internal,
            Self::Closed => ErrorKind::Unavailable,
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        let stage = if matches!(error, StoreError::Config { .. }) { Stage::Configuration } else { Stage::Store };
        Self::new(error.kind(), stage, error)
    }
}
