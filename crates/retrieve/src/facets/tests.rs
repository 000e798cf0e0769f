//! Facets over a catalog in memory.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use ragstone_core::testing::MemoryCatalog;
use ragstone_core::{
    CollectionSpec, ContentHash, Document, DocumentId, DocumentRecord, EmbeddingSpec, ErrorKind, Language, Markup, Pooling, QualityReport,
    Revision,
};

use super::*;
use crate::parse_filter;

fn head(source: &str, tags: &[&str], fields: &[(&str, FieldValue)], modified: &str) -> DocumentHead {
    DocumentHead {
        id: DocumentId::from_source(source),
        source: source.to_owned(),
        title: source.to_owned(),
        media_type: "text/plain".to_owned(),
        language: Language::new("english"),
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        modified_at: modified.parse::<DateTime<Utc>>().unwrap(),
        fields: fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        revision: Revision::of(&[source.as_bytes()]),
    }
}

fn record(head: DocumentHead, same_as: Option<DocumentId>) -> Arc<DocumentRecord> {
    let document = Document { head, text: "text".to_owned(), markup: Markup::Plain, pages: Vec::new(), quality: QualityReport::by("text") };
    Arc::new(DocumentRecord { document, chunks: Vec::new(), content: ContentHash::of(&[b"x"]), same_as, validator: None, indexed_at: None })
}

fn text(value: &str) -> FieldValue {
    FieldValue::Text(value.to_owned())
}

async fn library() -> (Arc<dyn Catalog>, CollectionName) {
    let docs: CollectionName = "docs".parse().unwrap();
    let catalog = MemoryCatalog::default();
    let embedding = EmbeddingSpec {
        model: "none".to_owned(),
        revision: "1".to_owned(),
        dimension: 1,
        pooling: Pooling::Mean,
        query_prefix: String::new(),
        passage_prefix: String::new(),
        max_tokens: 1,
    };
    catalog.create_collection(&CollectionSpec { name: docs.clone(), embedding, generation: 0, created_at: Utc::now() }).await.unwrap();
    let both = FieldValue::List(vec!["ann".to_owned(), "李雷".to_owned(), "ann".to_owned()]);
    let first = head("/1", &["hr", "legal"], &[("year", FieldValue::Number(2024.0)), ("owner", both)], "2026-11-24T10:00:00Z");
    let copy = head("/2", &["hr"], &[], "2026-11-24T10:00:00Z");
    let records = [
        record(first.clone(), None),
        record(copy, Some(first.id)),
        record(head("/3", &["hr"], &[("year", FieldValue::Number(0.0)), ("owner", text("ann"))], "2026-10-01T00:00:00Z"), None),
        record(head("/4", &[], &[("year", FieldValue::Number(-0.0)), ("draft", FieldValue::Boolean(true))], "2026-11-01T00:00:00Z"), None),
    ];
    catalog.begin(&docs, &records).await.unwrap();
    let ids: Vec<DocumentId> = records.iter().map(|record| record.document.head.id).collect();
    catalog.complete(&docs, &ids, Utc::now()).await.unwrap();
    (Arc::new(catalog), docs)
}

/// Values are compared as JSON.
async fn check(field: &str, filter: Option<&str>, expected: &[(&str, u64)], documents: u64) {
    let (catalog, docs) = library().await;
    let filter = filter.map(|filter| parse_filter(filter).unwrap());
    let request = FacetRequest { fields: vec![field.to_owned()], filter, values: None };
    let facet = count_facets(catalog.as_ref(), &docs, &request).await.unwrap().remove(0);
    let found = facet.values.iter().map(|value| (serde_json::to_string(&value.value).unwrap(), value.documents));
    let expected_values: Vec<(String, u64)> = expected.iter().map(|(value, count)| ((*value).to_owned(), *count)).collect();
    assert_eq!(found.collect::<Vec<_>>(), expected_values, "{field}");
    assert_eq!((facet.field.as_str(), facet.distinct, facet.documents), (field, expected.len() as u64, documents), "{field}");
}

#[tokio::test]
async fn documents_are_counted_by_value() {
    check("tags", None, &[("\"hr\"", 2), ("\"legal\"", 1)], 2).await;
    check("tag", Some("tags = legal"), &[("\"hr\"", 1), ("\"legal\"", 1)], 1).await;
    check("fields.year", None, &[("0.0", 2), ("2024.0", 1)], 3).await;
    check("fields.owner", None, &[("\"ann\"", 2), ("\"李雷\"", 1)], 2).await;
    check("fields.draft", None, &[("true", 1)], 1).await;
    check("fields.none", None, &[], 0).await;
    check("modified", None, &[("\"2026-11\"", 2), ("\"2026-10\"", 1)], 3).await;
    check("language", Some("fields.year > 3"), &[("\"english\"", 1)], 1).await;
    check("source", None, &[("\"/1\"", 1), ("\"/3\"", 1), ("\"/4\"", 1)], 3).await;
}

#[tokio::test]
async fn fewer_values_can_be_asked_for() {
    let (catalog, docs) = library().await;
    let request = FacetRequest { fields: vec!["tags".to_owned(), "source".to_owned()], values: Some(1), filter: None };
    let facets = count_facets(catalog.as_ref(), &docs, &request).await.unwrap();
    assert_eq!(facets.iter().map(|facet| (facet.values.len(), facet.distinct)).collect::<Vec<_>>(), [(1, 2), (1, 3)]);
}

#[tokio::test]
async fn wrong_requests_are_refused() {
    let (catalog, docs) = library().await;
    let refusal = async |collection: &CollectionName, fields: &[&str], values| {
        let fields = fields.iter().map(|field| (*field).to_owned()).collect();
        let error = count_facets(catalog.as_ref(), collection, &FacetRequest { fields, values, filter: None }).await.unwrap_err();
        (error.kind(), error.to_string())
    };
    let (kind, message) = refusal(&docs, &["titel"], None).await;
    assert_eq!(kind, ErrorKind::InvalidInput);
    assert!(message.contains("did you mean `title`?") && message.contains("^^^^^"), "{message}");
    assert!(refusal(&docs, &["id"], None).await.1.contains("`id`"));
    assert!(refusal(&docs, &["tags"], Some(0)).await.1.contains("from 1 to 1000"));
    assert!(refusal(&docs, &["tags"; 17], None).await.1.contains("17"));
    assert_eq!(refusal(&"none".parse().unwrap(), &["tags"], None).await.0, ErrorKind::NotFound);
}
