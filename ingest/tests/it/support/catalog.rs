//! A catalog in memory whose n-th write fails.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use ragstone_core::testing::MemoryCatalog;
use ragstone_core::{
    Catalog, CollectionName, CollectionSpec, CollectionSummary, ContentHash, DocumentHead, DocumentId, DocumentPage, DocumentRecord,
    DocumentState, EmbeddingSpec, Language, PendingDocument, Result, SourceVersion, StoredChunk,
};

use super::faults::Faults;

pub(super) struct FailingCatalog {
    pub(super) inner: Arc<MemoryCatalog>,
    pub(super) faults: Arc<Faults>,
}

#[async_trait]
impl Catalog for FailingCatalog {
    async fn create_collection(&self, spec: &CollectionSpec) -> Result<()> {
        self.inner.create_collection(spec).await
    }

    async fn collection(&self, name: &CollectionName) -> Result<Option<CollectionSpec>> {
        self.inner.collection(name).await
    }

    async fn collections(&self) -> Result<Vec<CollectionSummary>> {
        self.inner.collections().await
    }

    async fn settings(&self, collection: &CollectionName) -> Result<BTreeMap<String, serde_json::Value>> {
        self.inner.settings(collection).await
    }

    async fn set_setting(&self, collection: &CollectionName, subject: &str, value: Option<&serde_json::Value>) -> Result<()> {
        self.faults.write()?;
        self.inner.set_setting(collection, subject, value).await
    }

    async fn remove_collection(&self, name: &CollectionName) -> Result<bool> {
        self.inner.remove_collection(name).await
    }

    async fn states(&self, collection: &CollectionName, documents: &[DocumentId]) -> Result<HashMap<DocumentId, DocumentState>> {
        self.inner.states(collection, documents).await
    }

    async fn begin(&self, collection: &CollectionName, documents: &[Arc<DocumentRecord>]) -> Result<()> {
        self.faults.write()?;
        self.inner.begin(collection, documents).await
    }

    async fn complete(&self, collection: &CollectionName, documents: &[DocumentId], at: DateTime<Utc>) -> Result<()> {
        self.faults.write()?;
        self.inner.complete(collection, documents, at).await
    }

    async fn begin_removal(&self, collection: &CollectionName, documents: &[DocumentId]) -> Result<()> {
        self.faults.write()?;
        self.inner.begin_removal(collection, documents).await
    }

    async fn complete_removal(&self, collection: &CollectionName, documents: &[DocumentId]) -> Result<()> {
        self.faults.write()?;
        self.inner.complete_removal(collection, documents).await
    }

    async fn pending(&self, collection: &CollectionName) -> Result<Vec<PendingDocument>> {
        self.inner.pending(collection).await
    }

    async fn expected(&self, collection: &CollectionName) -> Result<Vec<StoredChunk>> {
        self.inner.expected(collection).await
    }

    async fn document(&self, collection: &CollectionName, document: DocumentId) -> Result<Option<DocumentRecord>> {
        self.inner.document(collection, document).await
    }

    async fn documents(&self, collection: &CollectionName, offset: u64, limit: u64) -> Result<DocumentPage> {
        self.inner.documents(collection, offset, limit).await
    }

    async fn heads(&self, collection: &CollectionName, after: Option<DocumentId>, limit: u64) -> Result<Vec<DocumentHead>> {
        self.inner.heads(collection, after, limit).await
    }

    async fn documents_under(&self, collection: &CollectionName, prefix: &str) -> Result<Vec<(DocumentId, String)>> {
        self.inner.documents_under(collection, prefix).await
    }

    async fn by_content(&self, collection: &CollectionName, contents: &[ContentHash]) -> Result<HashMap<ContentHash, DocumentId>> {
        self.inner.by_content(collection, contents).await
    }

    async fn duplicates_of(&self, collection: &CollectionName, documents: &[DocumentId]) -> Result<Vec<DocumentRecord>> {
        self.inner.duplicates_of(collection, documents).await
    }

    async fn validators(&self, collection: &CollectionName, prefix: &str) -> Result<HashMap<String, SourceVersion>> {
        self.inner.validators(collection, prefix).await
    }

    async fn restart_collection(&self, collection: &CollectionName, embedding: &EmbeddingSpec) -> Result<()> {
        self.faults.write()?;
        self.inner.restart_collection(collection, embedding).await
    }

    async fn switch_collection(&self, collection: &CollectionName, embedding: &EmbeddingSpec, generation: u32) -> Result<()> {
        self.faults.write()?;
        self.inner.switch_collection(collection, embedding, generation).await
    }

    async fn languages(&self, collection: &CollectionName) -> Result<Vec<Language>> {
        self.inner.languages(collection).await
    }
}
