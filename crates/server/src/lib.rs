//! Ragstone over HTTP: the functions that the command line calls, as JSON and server-sent events.
//!
//! **Where in the flow:** at its edge, beside the command line. A request is checked, handed to one of
//! [`Ingestor`](ragstone_ingest::Ingestor), [`Retriever`](ragstone_retrieve::Retriever),
//! [`JobRunner`](ragstone_ingest::JobRunner), [`Answerer`](ragstone_generate::Answerer),
//! [`Understander`](ragstone_generate::Understander) or [`Catalog`](ragstone_core::Catalog), and the result is wrapped. Nothing is decided here, and no store, model or database
//! is named.
//!
//! * [`AppState`] is what requests are answered with, [`ServerConfig`] how many and how large they may be.
//! * [`router`] makes an [`axum::Router`] of both; [`serve`] runs it on a listener until it is told to stop, and then
//!   finishes what it has accepted. Meanwhile it runs the jobs in the queue, and each [`ScheduledSource`] when it is due.
//! * [`work`] only runs jobs, beside servers that leave them to others ([`Role`]).
//! * [`find_passages`] is how a question comes to its passages, here and on the command line.
//! * [`api`] has what is sent and received; [`openapi`] describes it, generated from the handlers.
//!
//! ```no_run
//! # async fn example(state: ragstone_server::AppState) -> Result<(), Box<dyn std::error::Error>> {
//! use ragstone_server::{ServerConfig, serve};
//!
//! let config = ServerConfig::default();
//! let listener = tokio::net::TcpListener::bind(config.bind).await?;
//! let stop = async { tokio::signal::ctrl_c().await.unwrap_or_default() };
//! serve(listener, state, config, stop).await?;
//! # Ok(())
//! # }
//! ```
//!
//! **The decision behind it:** every failure, from a misspelt field to a panic, leaves as one envelope with a code, a
//! message and a request id. A failing handler only says what happened; the outermost layer writes the envelope and
//! the log, so neither can be forgotten. The cost is that axum's own extractors cannot be used directly.

pub mod api;
mod asking;
mod background;
mod config;
mod error;
mod evaluations;
mod examinee;
mod extract;
mod metrics;
mod observe;
mod origin;
mod permits;
mod router;
mod routes;
mod schedule;
mod serve;
mod state;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod training;
mod uploads;

pub use asking::{Found, find_passages};
pub use config::ServerConfig;
pub use error::ServerError;
pub use examinee::{Answering, Examinee};
pub use router::{openapi, router};
pub use schedule::ScheduledSource;
pub use serve::{serve, work};
pub use state::{AppState, Role};
pub use training::with_phrases;
