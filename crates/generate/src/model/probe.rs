//! Whether the configured server is there and has the model.

use async_openai::config::Config;
use reqwest::Method;
use serde::{Deserialize, Serialize};

use super::ChatModel;
use crate::GenerateError;

/// What a server says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointReport {
    /// Where it is.
    pub base_url: String,
    /// The configured model.
    pub model: String,
    /// The models it lists; empty if it lists none.
    pub models: Vec<String>,
    /// Whether it lists the configured model; unknown if it lists none.
    pub has_model: Option<bool>,
}

impl ChatModel {
    /// Asks the server for its models.
    pub(crate) async fn probe(&self) -> Result<EndpointReport, GenerateError> {
        let base_url = self.base_url().to_owned();
        let endpoint = self.client.config();
        let request = self.transport.http().request(Method::GET, endpoint.url("/models")).headers(endpoint.headers());
        let request = request.build().map_err(|source| GenerateError::Client { base_url: base_url.clone(), source })?;
        let limit = self.config.connect_timeout;
        let asking = async {
            match self.transport.send(request).await {
                // Not every server can list its models; that it answers is what counts.
                Err(GenerateError::UnknownModel { .. } | GenerateError::Refused { status: 405, .. }) => Ok(Vec::new()),
                Err(error) => Err(error),
                Ok(response) => Ok(names(&self.transport.read_json(response).await?)),
            }
        };
        let Ok(models) = tokio::time::timeout(limit, asking).await else {
            return Err(self.timeout("generate.connect_timeout", limit));
        };
        let models = models?;
        // Ollama lists `llama3:latest` for `llama3`.
        let is_it = |name: &String| *name == self.model || name.strip_suffix(":latest") == Some(self.model.as_str());
        let has_model = (!models.is_empty()).then(|| models.iter().any(is_it));
        Ok(EndpointReport { base_url, model: self.model.clone(), models, has_model })
    }
}

fn names(listing: &serde_json::Value) -> Vec<String> {
    let models = listing.get("data").and_then(serde_json::Value::as_array);
    models.into_iter().flatten().filter_map(|model| model.get("id")?.as_str()).map(str::to_owned).collect()
}
