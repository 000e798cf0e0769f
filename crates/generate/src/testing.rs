//! Hits for this crate's unit tests.

use chrono::DateTime;
pub(crate) use ragstone_core::testing::WordEmbedder;
use ragstone_core::{Chunk, ChunkId, DocumentHead, DocumentId, Fields, Hit, Language, Relevance, Revision, Span};

/// A relevant hit that is the whole of its document.
pub(crate) fn hit(source: &str, text: &str) -> Hit {
    let document = DocumentId::from_source(source);
    Hit {
        rank: 1,
        score: 1.0,
        chunk: Chunk {
            id: ChunkId::from_content(document, text, 0),
            ordinal: 0,
            span: Span { start: 0, end: text.len() },
            text: text.to_owned(),
            heading_path: vec!["Guide".to_owned(), "Basics".to_owned()],
            pages: None,
            table_header: None,
        },
        document: DocumentHead {
            id: document,
            source: source.to_owned(),
            title: "A title".to_owned(),
            media_type: "text/markdown".to_owned(),
            language: Language::unknown(),
            tags: Vec::new(),
            modified_at: DateTime::UNIX_EPOCH,
            fields: Fields::new(),
            revision: Revision::of(&[text.as_bytes()]),
        },
        dense: None,
        lexical: None,
        relevance: Relevance { relevant: true, similarity: None, coverage: 1.0, evidence: None, needed: None },
        steps: Vec::new(),
        found: None,
        highlights: Vec::new(),
    }
}
