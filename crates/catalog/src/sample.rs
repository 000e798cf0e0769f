//! What the tests of both databases keep.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use ragstone_core::{
    ChunkId, ChunkRecord, CollectionName, CollectionSpec, ContentHash, Document, DocumentHead, DocumentId, DocumentRecord, EmbeddingSpec,
    Job, JobId, JobProgress, JobState, Jobs, Language, Markup, Pooling, QualityReport, Revision,
};

pub(crate) fn name() -> CollectionName {
    "docs".parse().unwrap()
}

pub(crate) fn collection() -> CollectionSpec {
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

pub(crate) fn document(source: &str, chunks: usize) -> Arc<DocumentRecord> {
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

pub(crate) fn job(created_at: DateTime<Utc>) -> Job {
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

pub(crate) fn minutes(after: i64) -> DateTime<Utc> {
    collection().created_at + TimeDelta::minutes(after)
}

/// Claims until nothing is left.
pub(crate) async fn claim_all(jobs: impl Jobs, owner: String) -> Vec<JobId> {
    let mut claimed = Vec::new();
    while let Some(job) = jobs.claim_job(None, &owner, minutes(60), minutes(120)).await.unwrap() {
        claimed.push(job.id);
    }
    claimed
}
