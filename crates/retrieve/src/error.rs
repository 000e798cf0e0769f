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
    /// The collection has no model beside its own.
    #[error("collection `{name}` has no other model: `ragstone collections model {name} prepare --to FOLDER` computes the vectors of one")]
    NoOtherModel {
        /// The collection that was named.
        name: CollectionName,
    },
    /// A request, or a change of a collection's settings, says what cannot be.
    #[error("{}", problems.join("; "))]
    WrongSettings {
        /// Everything that is wrong, by key.
        problems: Vec<String>,
    },
    /// What the catalog keeps for a collection cannot be.
    #[error(
        "the settings that are kept for collection `{collection}` are wrong: {}; `ragstone collections settings {collection} --unset KEY` takes one out",
        problems.join("; ")
    )]
    WrongKeptSettings {
        /// The collection.
        collection: CollectionName,
        /// Everything that is wrong, by key.
        problems: Vec<String>,
    },
    /// Settings are no JSON.
    #[error("the settings cannot be written down")]
    Unwritable(#[source] BoxError),
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
    /// The reranking model returned another number of scores than there are passages.
    #[error("the reranking model scored {scored} of {asked} passages")]
    MissingScore {
        /// How many passages it was given.
        asked: usize,
        /// How many scores came.
        scored: usize,
    },
    /// So many fields are not counted at once.
    #[error("facets of {fields} fields were asked for, at most {most} are counted at once: ask in several requests")]
    TooManyFacets {
        /// How many were asked for.
        fields: usize,
        /// The most that are counted.
        most: usize,
    },
    /// The field is another in every document.
    #[error("`{field}` is no facet: every document has its own; facets are fields whose values documents share, such as `tags`")]
    NoFacet {
        /// The field, as it was written.
        field: String,
    },
    /// The field has too many values to narrow anything down by.
    #[error("`{field}` has more than {most} different values: it is no facet; give a filter, or count another field")]
    TooManyFacetValues {
        /// The field, as it was written.
        field: String,
        /// The most that are counted.
        most: usize,
    },
    /// Too many values of a facet were asked for, or none.
    #[error("{values} values of each facet were asked for, it must be from 1 to {most}")]
    FacetValuesOutOfRange {
        /// How many were asked for.
        values: usize,
        /// The most that are told.
        most: usize,
    },
    /// It is under way.
    #[error("collection `{name}` is being calibrated at the moment: see what comes of it with `ragstone collections show {name}`")]
    BeingCalibrated {
        /// The collection.
        name: CollectionName,
    },
    /// The task that counted facets died.
    #[error("counting facets failed")]
    Counting(#[source] BoxError),
    /// The task that looked for the query's words died.
    #[error("judging the hits failed")]
    Judging(#[source] BoxError),
}

impl RetrieveError {
    /// What the caller may do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::EmptyQuery
            | Self::LimitOutOfRange { .. }
            | Self::WrongSettings { .. }
            | Self::Filter(_)
            | Self::TooManyFacets { .. }
            | Self::NoFacet { .. }
            | Self::TooManyFacetValues { .. }
            | Self::FacetValuesOutOfRange { .. } => ErrorKind::InvalidInput,
            Self::QueryTooLong { .. } => ErrorKind::TooLarge,
            Self::UnknownCollection { .. } | Self::NoOtherModel { .. } => ErrorKind::NotFound,
            Self::BeingCalibrated { .. } | Self::WrongKeptSettings { .. } => ErrorKind::Conflict,
            Self::MissingAnswer { .. } | Self::MissingScore { .. } | Self::Judging(_) | Self::Counting(_) | Self::Unwritable(_) => {
                ErrorKind::Internal
            }
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
