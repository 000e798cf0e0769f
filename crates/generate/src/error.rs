//! What can go wrong between a question and its answer.

use std::path::PathBuf;
use std::time::Duration;

use ragstone_core::{Error, ErrorKind, Stage};

/// A failure of this crate, with the facts and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// Settings that cannot be worked with; every problem is listed.
    #[error("wrong settings: {}", problems.join("; "))]
    Settings {
        /// One entry per problem, each starting with the key.
        problems: Vec<String>,
    },
    /// The folder named by `prompt.template_dir` has no template in it.
    #[error("`prompt.template_dir` is `{}`, but none of the templates is in it: `{names}`", folder.display())]
    NoTemplates {
        /// The folder.
        folder: PathBuf,
        /// What they are called.
        names: String,
    },
    /// A template file cannot be read.
    #[error("cannot read the prompt template `{}`: {source}", file.display())]
    UnreadableTemplate {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A template is not valid, or uses a variable that does not exist.
    #[error("prompt template `{file}`, line {line}: {problem}; the variables are described in `crates/generate/src/prompts/`")]
    Template {
        /// The file, or the name of the compiled-in template.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What the template engine says.
        problem: String,
        /// The template engine's error.
        #[source]
        source: Box<minijinja::Error>,
    },
    /// The HTTP client cannot be made, for example because the system has no root certificates.
    #[error("cannot make an HTTP client for `generate.base_url` = `{base_url}`: {}", deepest(source))]
    Client {
        /// The endpoint.
        base_url: String,
        /// Why.
        source: reqwest::Error,
    },
    /// Nobody listens there, the name does not resolve, or TLS fails.
    #[error("cannot connect to the model at `{base_url}`: {}; is the server running, and is `generate.base_url` right?", deepest(source))]
    Connect {
        /// The endpoint.
        base_url: String,
        /// Why.
        source: reqwest::Error,
    },
    /// The connection was made, and broke before an answer began.
    #[error(
        "the model at `{base_url}` broke off before it answered: {}; is `generate.base_url` the address of an OpenAI-compatible server?",
        deepest(source)
    )]
    Exchange {
        /// The endpoint.
        base_url: String,
        /// Why.
        source: reqwest::Error,
    },
    /// The endpoint does not accept the key.
    #[error(
        "the model at `{base_url}` does not accept the key ({status}: {message}); set the environment variable `RAGSTONE_GENERATE_API_KEY`"
    )]
    Unauthorized {
        /// The endpoint.
        base_url: String,
        /// The HTTP status.
        status: u16,
        /// What the server says.
        message: String,
    },
    /// The endpoint does not know the model, or the path.
    #[error(
        "the server at `{base_url}` does not have model `{model}` (404: {message}); check `generate.model`, and that `generate.base_url` ends as the server documents it, mostly in `/v1`"
    )]
    UnknownModel {
        /// The endpoint.
        base_url: String,
        /// The model asked for.
        model: String,
        /// What the server says.
        message: String,
    },
    /// The endpoint asks to come back later.
    #[error("the model at `{base_url}` is overloaded ({status}: {message}); try again later")]
    Overloaded {
        /// The endpoint.
        base_url: String,
        /// The HTTP status.
        status: u16,
        /// What the server says.
        message: String,
    },
    /// The endpoint answered with another error.
    #[error(
        "the model at `{base_url}` refused the request ({status}: {message}); check the settings in `[generate]` and `prompt.budget_tokens`"
    )]
    Refused {
        /// The endpoint.
        base_url: String,
        /// The HTTP status.
        status: u16,
        /// What the server says.
        message: String,
    },
    /// The endpoint reported an error of its own.
    #[error("the model at `{base_url}` failed ({status}: {message}); see the log of that server")]
    Failed {
        /// The endpoint.
        base_url: String,
        /// The HTTP status.
        status: u16,
        /// What the server says.
        message: String,
    },
    /// The endpoint answered with something that is not a chat completion.
    #[error(
        "the model at `{base_url}` answered with something that is not a chat completion: {problem}, in `{excerpt}`; is `generate.base_url` right?"
    )]
    Garbage {
        /// The endpoint.
        base_url: String,
        /// What is wrong with it.
        problem: String,
        /// Its beginning.
        excerpt: String,
    },
    /// The endpoint sent an error in the middle of the stream.
    #[error("the model at `{base_url}` failed while it answered, so the answer is incomplete: {message}")]
    FailedMidway {
        /// The endpoint.
        base_url: String,
        /// What the server says.
        message: String,
    },
    /// The stream ended before the answer did.
    #[error("the model at `{base_url}` broke off while it answered, so the answer is incomplete: {problem}; ask again")]
    Incomplete {
        /// The endpoint.
        base_url: String,
        /// How it ended.
        problem: String,
    },
    /// The model ended its answer without having said anything.
    #[error(
        "model `{model}` at `{base_url}` ended its answer (`{finish_reason}`) without a word; if it is a reasoning model, raise `generate.max_tokens`"
    )]
    Empty {
        /// The endpoint.
        base_url: String,
        /// The model.
        model: String,
        /// Why it stopped.
        finish_reason: String,
    },
    /// The model was to help understand a question, and replied in another form than it was asked for.
    #[error(
        "model `{model}` at `{base_url}` did not reply in the form that it was asked for: {problem}, in `{excerpt}`; a larger model may"
    )]
    Nonsense {
        /// The endpoint.
        base_url: String,
        /// The model.
        model: String,
        /// What is wrong with the reply.
        problem: String,
        /// Its beginning.
        excerpt: String,
    },
    /// More wordings of a question were asked for than there may be.
    #[error("`queries` is {queries}: it must be at most {most}")]
    TooManyQueries {
        /// What was asked for.
        queries: usize,
        /// What is allowed.
        most: usize,
    },
    /// A stream of events stopped without its last event, which is a mistake in this crate.
    #[error("the answer has no end, which is a mistake in Ragstone; please report it")]
    NoEnd,
    /// Nothing came in time.
    #[error("no word from the model at `{base_url}` within {}; is it loading? `{setting}` sets how long to wait", seconds(*waited))]
    Timeout {
        /// The endpoint.
        base_url: String,
        /// The key of the limit that was reached.
        setting: &'static str,
        /// The limit.
        waited: Duration,
    },
}

impl From<GenerateError> for Error {
    fn from(error: GenerateError) -> Self {
        use GenerateError as E;
        let kind = match &error {
            E::Settings { .. } | E::NoTemplates { .. } | E::UnreadableTemplate { .. } | E::Template { .. } | E::TooManyQueries { .. } => {
                ErrorKind::InvalidInput
            }
            E::NoEnd => ErrorKind::Internal,
            E::Overloaded { .. } => ErrorKind::Overloaded,
            E::Timeout { .. } => ErrorKind::Timeout,
            E::Client { .. }
            | E::Connect { .. }
            | E::Exchange { .. }
            | E::Unauthorized { .. }
            | E::UnknownModel { .. }
            | E::Refused { .. }
            | E::Failed { .. }
            | E::Garbage { .. }
            | E::FailedMidway { .. }
            | E::Incomplete { .. }
            | E::Nonsense { .. }
            | E::Empty { .. } => ErrorKind::Unavailable,
        };
        let is_request = matches!(error, E::TooManyQueries { .. });
        let stage = if kind == ErrorKind::InvalidInput && !is_request { Stage::Configuration } else { Stage::Generate };
        Self::new(kind, stage, error)
    }
}

/// The innermost cause: `Connection refused` rather than `error sending request`.
fn deepest(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}

fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f32())
}
