//! Collections and documents to check a catalog with.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    ChunkId, ChunkRecord, CollectionName, CollectionSpec, ContentHash, Document, DocumentHead, DocumentId, DocumentRecord, EmbeddingSpec,
    EncodingEvidence, EncodingFound, FieldValue, Language, Markup, Page, Pooling, QualityReport, Revision, Span, WarningCode,
};

/// A document whose every property is set to something that is easily spoilt.
pub(super) fn sample(source: &str) -> DocumentRecord {
    let id = DocumentId::from_source(source);
    let text = "Größe 🦀\n\n文書".to_owned();
    let list = FieldValue::List(vec!["α".to_owned(), "it's".to_owned()]);
    let head = DocumentHead {
        id,
        source: source.to_owned(),
        title: format!("The \"title\" of {source}"),
        media_type: "text/markdown".to_owned(),
        language: Language::new("german"),
        tags: vec!["b".to_owned(), "a, b".to_owned(), "'; --".to_owned()],
        modified_at: hours(-5) + TimeDelta::nanoseconds(123_456_789),
        fields: [
            ("draft".to_owned(), FieldValue::Boolean(true)),
            ("price".to_owned(), FieldValue::Number(12.5)),
            ("year".to_owned(), FieldValue::Number(2026.0)),
            ("作者".to_owned(), FieldValue::Text("true".to_owned())),
            ("aliases".to_owned(), list),
        ]
        .into(),
        revision: Revision::of(&[source.as_bytes()]),
    };
    // Two bytes each for ö and ß, four for the crab, three for each ideograph.
    let spans = [0..12, 14..20];
    let paths = [vec![], vec!["Über \"uns\"".to_owned(), "文書".to_owned()]];
    let records = spans.into_iter().zip(paths).enumerate().map(|(ordinal, (span, heading_path))| ChunkRecord {
        // Not in the order of the chunks.
        id: ChunkId::from_content(id, source, 9 - ordinal as u32),
        span: span.into(),
        heading_path,
        table_header: (ordinal == 1).then(|| (0..7).into()),
    });
    let page = |number, start, end| Page { number, span: Span { start, end } };
    let mut quality = QualityReport {
        characters_per_page: vec![6, 0, 2],
        pages_without_text: vec![8],
        garbled_share: 0.1,
        tables: 1,
        encoding: Some(EncodingFound { name: "windows-1251".to_owned(), decided_by: EncodingEvidence::Detected }),
        ..QualityReport::by("a 'reader'")
    };
    quality.warn(WarningCode::PagesWithoutText, "page 8 has no text: \"scanned\"; 文");
    let pages = vec![page(7, 0, 12), page(8, 12, 12), page(10, 14, 20)];
    let document = Document { head, text, markup: Markup::Markdown, pages, quality };
    DocumentRecord {
        document,
        chunks: records.collect(),
        content: ContentHash::of(&[source.as_bytes()]),
        same_as: None,
        validator: Some("W/\"é'1\"".to_owned()),
        indexed_at: None,
    }
}

/// The same document as `original` under another name.
pub(super) fn duplicate(source: &str, original: &DocumentRecord) -> DocumentRecord {
    DocumentRecord { content: original.content.clone(), same_as: Some(original.document.head.id), ..sample(source) }
}

pub(super) fn documents_named(sources: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<DocumentRecord> {
    sources.into_iter().map(|source| sample(source.as_ref())).collect()
}

pub(super) fn record(of: &DocumentRecord, indexed_at: Option<DateTime<Utc>>) -> DocumentRecord {
    DocumentRecord { indexed_at, ..of.clone() }
}

pub(super) fn batch<'a>(records: impl IntoIterator<Item = &'a DocumentRecord>) -> Vec<Arc<DocumentRecord>> {
    records.into_iter().cloned().map(Arc::new).collect()
}

pub(super) fn ids(records: &[&DocumentRecord]) -> Vec<DocumentId> {
    records.iter().map(|record| record.document.head.id).collect()
}

pub(super) fn name(name: &str) -> CollectionName {
    name.parse().unwrap()
}

pub(in crate::testing) fn collection(of: &str) -> CollectionSpec {
    CollectionSpec {
        name: name(of),
        embedding: EmbeddingSpec {
            model: "a 'model'".to_owned(),
            revision: "1".to_owned(),
            dimension: 384,
            pooling: Pooling::Cls,
            query_prefix: "query: ".to_owned(),
            passage_prefix: "文: ".to_owned(),
            max_tokens: 256,
        },
        generation: 0,
        created_at: hours(0) + TimeDelta::nanoseconds(1),
    }
}

pub(super) fn hours(after: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::hours(after)
}
