//! What can be wrong with a search.

use ragstone_core::{BoxError, CollectionName, Error, ErrorKind, Stage};

use crate::FilterError;

/// Why a search was refused. Errors of the store, the catalog and the model pass through unchanged.
#[derive(Debug, thiserror::Error)]
pub enum RetrieveError {
    /// Nothing was asked.
    #[error("the query is empty: write what to look for")]
    EmptyQuery,
    /// More was asked than a query can say.
    #[error("the query has {bytes} bytes, at most {limit} are taken: search with its main sentence")]
    QueryTooLong {
        /// The query's length.
        bytes: usize,
        /// The most that is taken.
        limit: usize,
    },
    /// Too many hits were asked for, or none.
    #[error("limit is {limit}, it must be from 1 to {most}")]
    LimitOutOfRange {
        /// How many hits were asked for.
        limit: usize,
        /// The most that are given.
        most: usize,
    },
    /// There is no such collection.
    #[error(
        "collection `{name}` does not exist: `ragstone collections` lists those that do, `ragstone ingest PATH --collection {name}` makes it"
    )]
    UnknownCollection {
        /// The collection that was named.
        name: CollectionName,
    },
    /// The filter cannot be read.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// A search in the store returned another number of lists than were asked for.
    #[error("the vector store answered {answered} of {asked} searches")]
    MissingAnswer {
        /// How many lists were asked for.
        asked: usize,
        /// How many came.
        answered: usize,
    },
    /// The task that looked for the query's words died.
    #[error("judging the hits failed")]
    Judging(#[source] BoxError),
}

impl RetrieveError {
    /// What the caller may do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::EmptyQuery | Self::LimitOutOfRange { .. } | Self::Filter(_) => ErrorKind::InvalidInput,
            Self::QueryTooLong { .. } => ErrorKind::TooLarge,
            Self::UnknownCollection { .. } => ErrorKind::NotFound,
            Self::MissingAnswer { .. } | Self::Judging(_) => ErrorKind::Internal,
        }
    }
}

impl From<RetrieveError> for Error {
    fn from(error: RetrieveError) -> Self {
        Self::new(error.kind(), Stage::Retrieve, error)
    }
}

impl From<FilterError> for Error {
    fn from(error: FilterError) -> Self {
        RetrieveError::from(error).into()
    }
}
