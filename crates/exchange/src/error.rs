//! What can go wrong when a collection is exported or imported.

use std::path::PathBuf;

use parquet::errors::ParquetError;
use ragstone_core::{BoxError, ChunkId, CollectionName, EmbeddingSpec, Error, ErrorKind, Stage};

use crate::problem::Problem;

/// What went wrong in an export or an import, as facts.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// There is something where the export is to be.
    #[error("`{}` is there already; name another folder, or remove it", folder.display())]
    Exists {
        /// The folder.
        folder: PathBuf,
    },
    /// Another process writes the same export.
    #[error("another process writes an export to `{}`; wait for it, or name another folder", folder.display())]
    Busy {
        /// The folder.
        folder: PathBuf,
    },
    /// A file operation of ours failed.
    #[error("cannot {action} `{}`; check its permissions and that the disk has room", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A Parquet file could not be written.
    #[error("cannot write `{}`; check that the disk has room", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: ParquetError,
    },
    /// There is no such collection.
    #[error("collection `{collection}` does not exist; `ragstone collections` lists those that do")]
    UnknownCollection {
        /// The name that was asked for.
        collection: CollectionName,
    },
    /// The catalog has a chunk that the store lacks, or has for another revision of its document.
    #[error("chunk {chunk} of `{source_name}` is not in the store as the catalog has it; `ragstone reindex` builds the collection anew")]
    NotStored {
        /// The chunk.
        chunk: ChunkId,
        /// Where its document comes from.
        source_name: String,
    },
    /// What the catalog or the store has of a document cannot be written to a table.
    #[error("`{source_name}` cannot be exported: column `{column}`: {problem}; `ragstone reindex` builds the collection anew")]
    Unwritable {
        /// Where the document comes from.
        source_name: String,
        /// The column.
        column: &'static str,
        /// What is wrong.
        problem: Problem,
    },
    /// The folder has no `collection.json`.
    #[error("`{}` is no export: it has no `collection.json`", folder.display())]
    NoExport {
        /// The folder.
        folder: PathBuf,
    },
    /// `collection.json` says something else than an export's.
    #[error("`{}` cannot be read: {source}", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// The export was written by a later Ragstone.
    #[error("`{}` has format version {found}, this program reads up to {known}; import it with a newer Ragstone", path.display())]
    NewerFormat {
        /// The file that says so.
        path: PathBuf,
        /// Its version.
        found: u64,
        /// The last one that is known here.
        known: u64,
    },
    /// A file's name in `collection.json` leads out of the export.
    #[error("`{}` names the file `{name}`; a table's files lie in the table's folder", path.display())]
    FileName {
        /// The file that says so.
        path: PathBuf,
        /// The name.
        name: String,
    },
    /// A file that `collection.json` names is not there.
    #[error("`{}` is missing: `collection.json` names it; export again, or bring it back", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// A file has another length than when it was exported.
    #[error("`{}` has {found} bytes, {expected} were exported: it was cut off or changed; export again, or bring it back", path.display())]
    Length {
        /// The file.
        path: PathBuf,
        /// How long it is.
        found: u64,
        /// How long it was.
        expected: u64,
    },
    /// A file has other content than when it was exported.
    #[error(
        "`{}` is not what was exported: it was damaged or changed; bring it back, or, if that was meant, take its `bytes` and `blake3` out of `collection.json`",
        path.display()
    )]
    Altered {
        /// The file.
        path: PathBuf,
    },
    /// A file has another number of rows than `collection.json` says.
    #[error("`{}` has {found} rows, `collection.json` says {expected}", path.display())]
    Rows {
        /// The file.
        path: PathBuf,
        /// How many it has.
        found: u64,
        /// How many it should have.
        expected: u64,
    },
    /// A file is no Parquet file, or not a whole one.
    #[error("`{}` cannot be read as Parquet: {source}", path.display())]
    NotParquet {
        /// The file.
        path: PathBuf,
        /// What the library said.
        #[source]
        source: ParquetError,
    },
    /// A table lacks a column.
    #[error("`{}` has no column `{column}`", path.display())]
    NoColumn {
        /// The file.
        path: PathBuf,
        /// The column.
        column: &'static str,
    },
    /// A column has another type.
    #[error("column `{column}` of `{}` is `{found}`, wanted is `{expected}`", path.display())]
    ColumnType {
        /// The file.
        path: PathBuf,
        /// The column.
        column: &'static str,
        /// What it is, in Parquet's words.
        found: String,
        /// What it should be.
        expected: String,
    },
    /// Rows cannot be decoded.
    #[error("column `{column}` of `{}` cannot be decoded after row {row}: {source}", path.display())]
    Undecodable {
        /// The file.
        path: PathBuf,
        /// The column.
        column: &'static str,
        /// The last row that could be, counted from 0 within the file.
        row: u64,
        /// What the library said.
        #[source]
        source: ParquetError,
    },
    /// A row holds something that cannot be.
    #[error("row {row} of `{}`, column `{column}`: {problem}", path.display())]
    Row {
        /// The file.
        path: PathBuf,
        /// The row, counted from 0 within the file.
        row: u64,
        /// The column.
        column: &'static str,
        /// What is wrong.
        problem: Problem,
    },
    /// The library gave up on a file in a way that was not foreseen.
    #[error("the files in `{}` are damaged in a way that their format does not provide for", folder.display())]
    Damaged {
        /// The export's folder.
        folder: PathBuf,
        /// What was caught.
        #[source]
        source: BoxError,
    },
    /// The collection that is to be imported into has vectors of another model.
    #[error(
        "collection `{collection}` was embedded by {there}, the export by {here}: their vectors cannot be compared; import it under another name with `--collection`"
    )]
    OtherModel {
        /// The collection.
        collection: CollectionName,
        /// Its model.
        there: Box<EmbeddingSpec>,
        /// The export's model.
        here: Box<EmbeddingSpec>,
    },
    /// The collection that is to be imported into has the document already, otherwise.
    #[error(
        "collection `{collection}` has `{source_name}` already, and not as it was exported; remove it there, or import under another name with `--collection`"
    )]
    Differs {
        /// The collection.
        collection: CollectionName,
        /// Where the document comes from.
        source_name: String,
    },
}

impl ExchangeError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Exists { .. } | Self::Busy { .. } | Self::OtherModel { .. } | Self::Differs { .. } => ErrorKind::Conflict,
            Self::Io { .. } | Self::Write { .. } => ErrorKind::Storage,
            Self::UnknownCollection { .. } | Self::NoExport { .. } => ErrorKind::NotFound,
            Self::NotStored { .. } | Self::Unwritable { .. } => ErrorKind::Internal,
            _ => ErrorKind::InvalidInput,
        }
    }
}

impl From<ExchangeError> for Error {
    fn from(error: ExchangeError) -> Self {
        let stage = match error {
            ExchangeError::UnknownCollection { .. } | ExchangeError::OtherModel { .. } | ExchangeError::Differs { .. } => Stage::Catalog,
            ExchangeError::NotStored { .. } | ExchangeError::Unwritable { .. } => Stage::Store,
            _ => Stage::Source,
        };
        Self::new(error.kind(), stage, error)
    }
}
