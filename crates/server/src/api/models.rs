//! The embedding models of collections.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Which model is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelBody {
    /// The folder of the model, on the server's machine: beside that of the configured model, by its name or its whole path.
    #[schema(value_type = String)]
    pub folder: PathBuf,
}
