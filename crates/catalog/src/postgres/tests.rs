mod conformance;
mod crashes;
mod opening;
mod queue;
mod writing;

use std::sync::Arc;

use ragstone_core::{
    Catalog, ChunkId, ChunkRecord, CollectionName, CollectionSpec, ContentHash, Document, DocumentHead, DocumentId, DocumentRecord,
    EmbeddingSpec, ErrorKind, Job, JobId, JobProgress, JobState, Jobs, Language, Markup, Pooling, QualityReport, Revision,
};
use secrecy::SecretString;

use super::*;
use crate::testing::{self, Durability, PrivateServer};

async fn server() -> Option<&'static PrivateServer> {
    testing::shared_server().await.unwrap()
}

/// A catalog in a database of its own, with one collection.
async fn filled(server: &PrivateServer) -> PostgresCatalog {
    let catalog = open(&server.new_database().await.unwrap()).await;
    catalog.create_collection(&collection()).await.unwrap();
    catalog
}

async fn open(url: &str) -> PostgresCatalog {
    PostgresCatalog::connect(&config(url)).await.unwrap()
}

fn config(url: &str) -> CatalogConfig {
    CatalogConfig { url: Some(SecretString::from(url)), ..CatalogConfig::default() }
}

fn database(url: &str) -> &str {
    url.rsplit('/').next().unwrap()
}

fn name() -> CollectionName {
    "docs".parse().unwrap()
}

fn collection() -> CollectionSpec {
    let embedding = EmbeddingSpec {
        model: "model".to_owned(),
        revision: "1".to_owned(),
        dimension: 4,
        pooling: Pooling::Mean,
        query_prefix: String::new(),
        passage_prefix: String::new(),
        max_tokens: 256,
    };
    CollectionSpec { name: name(), embedding, generation: 0, created_at: "2026-01-31T12:00:00Z".parse().unwrap() }
}

fn document(source: &str, chunks: usize) -> Arc<DocumentRecord> {
    let id = DocumentId::from_source(source);
    let head = DocumentHead {
        id,
        source: source.to_owned(),
        title: String::new(),
        media_type: "text/plain".to_owned(),
        language: Language::unknown(),
        tags: Vec::new(),
        modified_at: collection().created_at,
        fields: Default::default(),
        revision: Revision::of(&[]),
    };
    let chunk = |number| ChunkRecord {
        id: ChunkId::from_content(id, "", u32::try_from(number).unwrap()),
        span: (number..number + 1).into(),
        heading_path: vec!["A heading".to_owned()],
        table_header: None,
    };
    let text = "x".repeat(chunks);
    Arc::new(DocumentRecord {
        document: Document { head, text, markup: Markup::Plain, pages: Vec::new(), quality: QualityReport::by("text") },
        chunks: (0..chunks).map(chunk).collect(),
        content: ContentHash::of(&[source.as_bytes()]),
        same_as: None,
        validator: None,
        indexed_at: None,
    })
}

fn job(created_at: chrono::DateTime<chrono::Utc>) -> Job {
    Job {
        id: JobId::random(),
        collection: name(),
        title: "docs/".to_owned(),
        request: Default::default(),
        state: JobState::Queued,
        cancel_requested: false,
        progress: JobProgress::default(),
        error: None,
        created_at,
        started_at: None,
        finished_at: None,
    }
}

fn minutes(after: i64) -> chrono::DateTime<chrono::Utc> {
    collection().created_at + chrono::TimeDelta::minutes(after)
}
