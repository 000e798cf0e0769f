//! Text to dense vectors, on this machine, without an export step and without Python; or by a server elsewhere.
//!
//! **Where in the flow:** between chunk and store when writing, between query and candidates when reading.
//! It fills the port [`ragstone_core::Embedder`] and is the only crate that names ONNX Runtime.
//!
//! ```text
//! model folder ──▶ Weights (safetensors header) ──▶ ONNX graph ──▶ session ─┐
//!              └─▶ tokenizer ──▶ cut, count, sort, batch ──▶ pool of sessions ──▶ unit vectors, in order
//! ```
//!
//! * [`EmbedConfig`] is the `[embed]` section; [`locate`] finds the model folder and the runtime library.
//! * [`LocalEmbedder`] is the port's implementation: a [`KnownModel`] (or what a folder says of itself) with its
//!   prefixes, a tokenizer, and a bounded pool of sessions.
//! * [`RemoteEmbedder`] fills the same port by a server elsewhere ([`RemoteConfig`], `[embed.remote]`).
//! * [`LocalReranker`] fills a second port, [`ragstone_core::Reranker`], with a cross-encoder that lies in a folder ([`RerankConfig`]).
//! * [`OnnxGraph`] is what is run: written from `config.json` and the header of `model.safetensors`.
//!
//! ```no_run
//! use std::path::PathBuf;
//! use ragstone_core::Embedder;
//! use ragstone_embed::{EmbedConfig, LocalEmbedder, locate};
//!
//! # async fn example() -> Result<(), ragstone_core::Error> {
//! let config = EmbedConfig::default();
//! let found = locate(&config, &[PathBuf::from(".runtime")])?;
//! let embedder = LocalEmbedder::open(&config, &found)?;
//! let vector = embedder.embed_query("how is a citation checked?").await?;
//! assert_eq!(vector.len(), embedder.spec().dimension);
//! # Ok(())
//! # }
//! ```
//!
//! **The key decision: the graph is generated and the weights stay where they are.** Each initializer is external data
//! that points at a tensor's bytes inside `model.safetensors`, which ONNX Runtime maps into memory. So every BERT-family
//! folder runs as it is, fine-tuned ones included, sessions share the embedding table through the page cache, and
//! a session is ready in 0.15 s. Its cost: only architectures that [`OnnxGraph`] knows can be run, and the file must not
//! be overwritten in place while a process uses it (replacing it by a rename is safe).

mod batch;
mod config;
mod device;
mod embedder;
mod error;
mod folder;
mod graph;
mod locate;
mod onnx;
mod pool;
mod readable;
mod registry;
mod remote;
mod rerank;
mod runtime;
mod script;
mod tokens;
mod weights;
mod work;

pub use config::{Device, EmbedConfig};
pub use embedder::LocalEmbedder;
pub use error::EmbedError;
pub use folder::ModelFolder;
pub use graph::OnnxGraph;
pub use locate::{DEFAULT_MODEL, Located, library_file_name, locate, locate_library, locate_model};
pub use registry::{KNOWN_MODELS, KnownModel, Reads};
pub use remote::{RemoteApi, RemoteConfig, RemoteEmbedder, RemoteEncoding, RemoteError, ReplyProblem};
pub use rerank::{LocalReranker, RerankConfig};
