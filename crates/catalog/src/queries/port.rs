//! The port, method by method: run the query, name the file if it fails.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use ragstone_core::{
    Catalog, CollectionName, CollectionSpec, CollectionSummary, ContentHash, Document, DocumentHead, DocumentId, DocumentPage,
    DocumentRecord, DocumentState, EmbeddingSpec, FieldValue, Language, PendingDocument, Result, SourceVersion, StoredChunk,
};

use super::dialect::ThisCatalog;
use super::writes::Target;
use super::{collections, reads, records, writes};
use crate::CatalogError;

#[async_trait]
impl Catalog for ThisCatalog {
    async fn create_collection(&self, spec: &CollectionSpec) -> Result<()> {
        self.written(|| collections::create(self.writer(), spec)).await
    }

    async fn collection(&self, name: &CollectionName) -> Result<Option<CollectionSpec>> {
        self.named(collections::find(self.readers(), name).await)
    }

    async fn collections(&self) -> Result<Vec<CollectionSummary>> {
        self.named(collections::list(self.readers()).await)
    }

    async fn settings(&self, collection: &CollectionName) -> Result<BTreeMap<String, serde_json::Value>> {
        self.named(collections::settings(self.readers(), collection).await)
    }

    async fn set_setting(&self, collection: &CollectionName, subject: &str, value: Option<&serde_json::Value>) -> Result<()> {
        let target = self.written(|| collections::set_setting(self.writer(), collection, subject, value)).await?;
        ensure_found(target, collection)
    }

    async fn remove_collection(&self, name: &CollectionName) -> Result<bool> {
        self.ensure_locks_held(name).await?;
        self.written(|| collections::remove(self.writer(), name)).await
    }

    async fn states(&self, collection: &CollectionName, documents: &[DocumentId]) -> Result<HashMap<DocumentId, DocumentState>> {
        self.named(reads::states(self.readers(), collection, documents).await)
    }

    async fn begin(&self, collection: &CollectionName, documents: &[Arc<DocumentRecord>]) -> Result<()> {
        self.ensure_locks_held(collection).await?;
        for record in documents {
            ensure_readable_back(&record.document)?;
        }
        let target = self.written(|| writes::begin(self.writer(), collection, documents)).await?;
        ensure_found(target, collection)
    }

    async fn complete(&self, collection: &CollectionName, documents: &[DocumentId], at: DateTime<Utc>) -> Result<()> {
        self.ensure_locks_held(collection).await?;
        let target = self.written(|| writes::complete(self.writer(), collection, documents, at)).await?;
        ensure_found(target, collection)
    }

    async fn begin_removal(&self, collection: &CollectionName, documents: &[DocumentId]) -> Result<()> {
        self.ensure_locks_held(collection).await?;
        self.written(|| writes::begin_removal(self.writer(), collection, documents)).await
    }

    async fn complete_removal(&self, collection: &CollectionName, documents: &[DocumentId]) -> Result<()> {
        self.ensure_locks_held(collection).await?;
        self.written(|| writes::complete_removal(self.writer(), collection, documents)).await
    }

    async fn pending(&self, collection: &CollectionName) -> Result<Vec<PendingDocument>> {
        self.named(reads::pending(self.readers(), collection).await)
    }

    async fn expected(&self, collection: &CollectionName) -> Result<Vec<StoredChunk>> {
        self.named(reads::expected(self.readers(), collection).await)
    }

    async fn document(&self, collection: &CollectionName, document: DocumentId) -> Result<Option<DocumentRecord>> {
        self.named(records::document(self.readers(), collection, document).await)
    }

    async fn documents(&self, collection: &CollectionName, offset: u64, limit: u64) -> Result<DocumentPage> {
        self.named(reads::page(self.readers(), collection, offset, limit).await)
    }

    async fn heads(&self, collection: &CollectionName, after: Option<DocumentId>, limit: u64) -> Result<Vec<DocumentHead>> {
        self.named(reads::heads(self.readers(), collection, after, limit).await)
    }

    async fn documents_under(&self, collection: &CollectionName, prefix: &str) -> Result<Vec<(DocumentId, String)>> {
        self.named(reads::under(self.readers(), collection, prefix).await)
    }

    async fn by_content(&self, collection: &CollectionName, contents: &[ContentHash]) -> Result<HashMap<ContentHash, DocumentId>> {
        self.named(reads::by_content(self.readers(), collection, contents).await)
    }

    async fn duplicates_of(&self, collection: &CollectionName, documents: &[DocumentId]) -> Result<Vec<DocumentRecord>> {
        self.named(records::duplicates_of(self.readers(), collection, documents).await)
    }

    async fn validators(&self, collection: &CollectionName, prefix: &str) -> Result<HashMap<String, SourceVersion>> {
        self.named(reads::validators(self.readers(), collection, prefix).await)
    }

    async fn restart_collection(&self, collection: &CollectionName, embedding: &EmbeddingSpec) -> Result<()> {
        self.ensure_locks_held(collection).await?;
        let target = self.written(|| collections::restart(self.writer(), collection, embedding)).await?;
        ensure_found(target, collection)
    }

    async fn switch_collection(&self, collection: &CollectionName, embedding: &EmbeddingSpec, generation: u32) -> Result<()> {
        self.ensure_locks_held(collection).await?;
        let target = self.written(|| collections::switch(self.writer(), collection, embedding, generation)).await?;
        ensure_found(target, collection)
    }

    async fn languages(&self, collection: &CollectionName) -> Result<Vec<Language>> {
        self.named(reads::languages(self.readers(), collection).await)
    }
}

fn ensure_found(target: Target, collection: &CollectionName) -> Result<()> {
    match target {
        Target::Found => Ok(()),
        Target::Missing => Err(CatalogError::UnknownCollection { collection: collection.clone() }.into()),
    }
}

/// JSON has no infinity and writes `null` for it, on which every later read of the document would fail.
fn ensure_readable_back(document: &Document) -> Result<()> {
    let numbers = document.head.fields.iter().filter_map(|(field, value)| match value {
        FieldValue::Number(value) => Some((field.as_str(), *value)),
        _ => None,
    });
    let garbled_share = ("garbled_share", f64::from(document.quality.garbled_share));
    for (field, value) in numbers.chain([garbled_share]) {
        if !value.is_finite() {
            let document = document.head.source.clone();
            return Err(CatalogError::NumberNotFinite { document, field: field.to_owned(), value }.into());
        }
    }
    Ok(())
}
