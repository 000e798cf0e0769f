//! What is sent and received. The command line uses these types too, when it talks to a server.

mod classifiers;
mod documents;
mod evaluations;
mod facets;
mod jobs;
mod models;
mod sources;
mod understood;

use ragstone_core::{CollectionSummary, Hit};
use ragstone_generate::{Answer, AnswerEvent, Policy, Turn, UnderstandOptions};
use ragstone_retrieve::{Calibration, CollectionRetrieval, Mode, Overrides, SearchRequest, WhichModel, parse_filter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub use classifiers::{
    ClassifierDetail, ClassifierList, ClassifierSummary, CorrectionsBody, InferenceBody, InferenceInputs, InferenceQuery, InferenceReply,
    LabelledText, PredictBody, PredictResponse, RollbackBody, TrainBody,
};
pub use documents::{ChunkOutline, DocumentDetail, DocumentList, DocumentsBody, DocumentsForm, IngestQuery, NewDocument};
pub use evaluations::{EvaluationBody, EvaluationDetail, EvaluationList, EvaluationStatus};
pub use facets::{FacetList, FacetQuery};
pub use jobs::{DeadLetterList, JobDocumentList, JobDocumentsQuery, JobEvent, JobList, JobQuery, JobRate, JobStatus};
pub use models::ModelBody;
pub use sources::{JobBody, RemoteSource, SourceList, SourceStatus};
pub use understood::Understood;
pub(crate) use understood::wordings;

/// All collections.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CollectionList {
    /// By name.
    pub collections: Vec<CollectionSummary>,
}

/// The settings that belong to a collection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CollectionSettings {
    /// How it is searched.
    pub retrieve: CollectionRetrieval,
}

/// Settings to keep for a collection.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CollectionSettingsBody {
    /// How it is searched: keys of `[retrieve]`, in place of all that were kept before. Left out, they stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retrieve: Option<Overrides>,
}

/// A collection, how much is in it, and from where on its passages are relevant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CollectionDetail {
    /// What it is.
    #[serde(flatten)]
    pub summary: CollectionSummary,
    /// What was found out about relevance in it, and what that is expected to do wrong; absent if nothing was yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relevance: Option<Calibration>,
}

/// Which part of a listing is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Page {
    /// How many to skip.
    #[serde(default)]
    pub offset: u64,
    /// How many to list, from 1 to 1000.
    #[serde(default = "default_page_limit")]
    #[param(minimum = 1, maximum = 1000, default = 100)]
    pub limit: u64,
}

/// The longest page of a listing.
pub const MAX_PAGE_LIMIT: u64 = 1_000;

fn default_page_limit() -> u64 {
    100
}

impl Default for Page {
    fn default() -> Self {
        Self { offset: 0, limit: default_page_limit() }
    }
}

/// What was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Deleted {
    /// The name or id of what is gone.
    pub deleted: String,
}

/// What to search for, and any of the settings of `[retrieve]` that should differ in this search.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SearchBody {
    /// In the user's words.
    pub query: String,
    /// How many hits; otherwise as the server is configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// Only documents for which this holds, for example `tags = "hr" and modified >= 2026-01-01`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// By meaning, by words, or both.
    #[serde(default)]
    pub mode: Mode,
    /// While the collection has two models: by its own, or by the other one.
    #[serde(default)]
    pub model: WhichModel,
    /// Whether the response says why candidates did not become hits.
    #[serde(default)]
    pub explain: bool,
    /// Fields whose values are counted, over all documents for which the filter holds, for example `["tags", "fields.team"]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facets: Vec<String>,
    /// Settings for this search, such as `"expand": "section"`; otherwise those of the collection.
    #[serde(flatten)]
    pub options: Overrides,
}

impl TryFrom<SearchBody> for SearchRequest {
    type Error = ragstone_core::Error;

    fn try_from(body: SearchBody) -> Result<Self, ragstone_core::Error> {
        let SearchBody { query, limit, filter, mode, model, explain, facets, options } = body;
        let filter = filter.as_deref().map(parse_filter).transpose()?;
        Ok(Self { query, limit, filter, mode, model, options, explain, facets })
    }
}

/// A document that a search does not show, and the search.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplainBody {
    /// Its id, or its source.
    pub document: String,
    /// The search.
    #[serde(flatten)]
    pub search: SearchBody,
}

/// A question to answer, and any of the settings of `[retrieve]` that should differ in its search.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AskBody {
    /// In the user's words.
    pub question: String,
    /// How many passages to answer from; otherwise as the server is configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// Only from documents for which this holds, for example `tags = "hr"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// The conversation that the question goes on, oldest message first; read if `understand.rewrite` is true.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Turn>,
    /// What a language model does for the question before it is searched; what is left out is as the server is configured.
    #[serde(default)]
    pub understand: UnderstandOptions,
    /// What happens where the documents do not answer; otherwise as the server is configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Policy>,
    /// Whether the answer is streamed as server-sent events; otherwise as the `Accept` header says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<bool>,
    /// Settings for its search, such as `"expand": "section"`; otherwise those of the collection.
    #[serde(flatten)]
    pub options: Overrides,
}

/// An answer, and all passages that were found for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AskResponse {
    /// The answer with its citations.
    pub answer: Answer,
    /// What was found, best first.
    pub hits: Vec<Hit>,
    /// How the question was understood, if a language model was to help with that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub understanding: Option<Understood>,
}

/// One server-sent event of a streamed answer: its name is in `event`, its data is all of this as JSON.
///
/// They come in this order: `passages`, any number of `delta`, then `done` or `error`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum AskEvent {
    /// What was found, before anything is written.
    Passages {
        /// Best first.
        hits: Vec<Hit>,
        /// How the question was understood, if a language model was to help with that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        understanding: Option<Understood>,
    },
    /// More of the answer's text.
    Delta {
        /// Follows what came before.
        text: String,
    },
    /// The end: the whole answer with its citations.
    Done {
        /// The whole answer.
        answer: Answer,
    },
    /// The end: the answer broke off.
    Error {
        /// Why.
        error: ErrorBody,
    },
}

impl AskEvent {
    /// The event's name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Passages { .. } => "passages",
            Self::Delta { .. } => "delta",
            Self::Done { .. } => "done",
            Self::Error { .. } => "error",
        }
    }
}

impl From<AnswerEvent> for AskEvent {
    fn from(event: AnswerEvent) -> Self {
        match event {
            AnswerEvent::Delta { text } => Self::Delta { text },
            AnswerEvent::Done { answer } => Self::Done { answer },
        }
    }
}

/// That the server is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// `ok`
    pub status: String,
    /// The server's version.
    pub version: String,
}

/// The body of every response that is not a success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorEnvelope {
    /// What went wrong.
    pub error: ErrorBody,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody {
    /// For programs, for example `not_found`.
    pub code: String,
    /// For people: names the thing and, where there is one, the remedy.
    pub message: String,
    /// Also in the header `x-request-id` and in the server's log.
    pub request_id: String,
}
