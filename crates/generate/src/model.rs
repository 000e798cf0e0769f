//! Asks a model on an OpenAI-compatible server, and reads its answer as it comes.

mod probe;
mod reply;
mod transport;
mod wire;

use std::time::Duration;

use async_openai::Client;
use async_openai::types::chat::{
    ChatCompletionRequestSystemMessage, ChatCompletionRequestUserMessage, ChatCompletionStreamOptions, CreateChatCompletionRequest,
    StopConfiguration,
};
use tokio::time::Instant;

pub use probe::EndpointReport;
pub(crate) use reply::{Reply, ReplyEvent};
use transport::{Endpoint, Transport};
pub(crate) use wire::excerpt;

use crate::{GenerateConfig, GenerateError};

/// What is said to a model.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Messages<'prompt> {
    /// How to answer.
    pub(crate) system: &'prompt str,
    /// What to answer.
    pub(crate) user: &'prompt str,
}

/// A model that is configured.
pub(crate) struct ChatModel {
    client: Client<Endpoint>,
    transport: Transport,
    config: GenerateConfig,
    model: String,
}

impl ChatModel {
    /// The configured model; `None` where there is none. Connects to nothing yet.
    pub(crate) fn new(config: GenerateConfig) -> Result<Option<Self>, GenerateError> {
        let (Some(base_url), Some(model)) = (&config.base_url, &config.model) else { return Ok(None) };
        let endpoint = Endpoint::new(base_url, config.api_key.clone())?;
        let transport = Transport::new(&endpoint, model, &config)?;
        // The client of its own that `build` wants is the one our service uses: no retries, errors with a remedy.
        let client = Client::build(transport.http().clone(), endpoint).with_http_service(transport.service());
        let model = model.clone();
        Ok(Some(Self { client, transport, config, model }))
    }

    /// The model's name.
    pub(crate) fn name(&self) -> &str {
        &self.model
    }

    /// Sends the messages and waits until the server begins to answer.
    pub(crate) async fn ask(&self, messages: Messages<'_>) -> Result<Reply, GenerateError> {
        let chat = self.client.chat();
        let asked_at = Instant::now();
        let asking = chat.create_stream_byot::<_, wire::Event>(self.request(messages));
        let limit = self.config.first_token_timeout;
        match tokio::time::timeout(limit, asking).await {
            Ok(Ok(stream)) => Ok(Reply::new(stream, self.limits(asked_at))),
            Ok(Err(error)) => Err(transport::explain(error, self.base_url())),
            Err(_) => Err(self.timeout("generate.first_token_timeout", limit)),
        }
    }

    /// Where it is.
    pub(crate) fn base_url(&self) -> &str {
        self.config.base_url.as_deref().unwrap_or_default()
    }

    fn timeout(&self, setting: &'static str, waited: Duration) -> GenerateError {
        GenerateError::Timeout { base_url: self.base_url().to_owned(), setting, waited }
    }

    fn limits(&self, asked_at: Instant) -> reply::Limits {
        reply::Limits {
            base_url: self.base_url().to_owned(),
            first_word_by: asked_at + self.config.first_token_timeout,
            first_token_timeout: self.config.first_token_timeout,
            idle_timeout: self.config.idle_timeout,
        }
    }

    #[expect(deprecated, reason = "`max_tokens` and `seed` are what most servers know; OpenAI's own replaced them")]
    fn request(&self, messages: Messages<'_>) -> CreateChatCompletionRequest {
        let GenerateConfig { temperature, max_tokens, top_p, seed, frequency_penalty, presence_penalty, .. } = self.config;
        let is_openai = self.base_url().starts_with("https://api.openai.com");
        CreateChatCompletionRequest {
            model: self.model.clone(),
            messages: vec![
                ChatCompletionRequestSystemMessage::from(messages.system).into(),
                ChatCompletionRequestUserMessage::from(messages.user).into(),
            ],
            temperature,
            max_tokens: max_tokens.filter(|_| !is_openai),
            max_completion_tokens: max_tokens.filter(|_| is_openai),
            top_p,
            seed,
            frequency_penalty,
            presence_penalty,
            stop: (!self.config.stop.is_empty()).then(|| StopConfiguration::StringArray(self.config.stop.clone())),
            stream: Some(true),
            stream_options: Some(ChatCompletionStreamOptions { include_usage: Some(true), include_obfuscation: None }),
            ..CreateChatCompletionRequest::default()
        }
    }
}
