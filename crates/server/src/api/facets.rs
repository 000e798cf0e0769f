//! What is asked and told of facets.

use ragstone_retrieve::Facet;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which facets are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FacetQuery {
    /// The fields, with commas between, for example `tags,fields.team`.
    pub field: String,
    /// Only documents for which this holds, for example `modified >= 2026-01-01`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// How many values of each field are told, the most frequent first, from 1 to 1000; otherwise 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 1000)]
    pub values: Option<usize>,
}

/// The values of some fields, and how many documents have each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FacetList {
    /// In the order they were asked for.
    pub facets: Vec<Facet>,
}
