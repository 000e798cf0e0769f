//! Where a command is carried out: in this process, on the data folder, or by a running server (`--url`).

use anyhow::Context;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use ragstone_core::{Catalog, CollectionName, CollectionSummary, DocumentId, DocumentSummary};
use ragstone_retrieve::{SearchRequest, SearchResponse, parse_filter};
use ragstone_server::api::{AskBody, AskEvent, DocumentDetail, Page, SearchBody};

use crate::arguments::Global;
use crate::engine::{self, Engine};
use crate::remote::Remote;
use crate::settings::Settings;

/// Either way, the same functions.
pub(crate) enum Backend {
    /// The data folder is ours.
    Local(Box<Engine>),
    /// A server has it.
    Remote(Remote),
}

impl Backend {
    /// Opens the data folder, or nothing yet if there is a server to ask.
    pub(crate) async fn open(global: &Global) -> anyhow::Result<Self> {
        match &global.url {
            Some(url) => Ok(Self::Remote(Remote::new(url)?)),
            None => Ok(Self::Local(Box::new(Engine::open(Settings::load(global)?).await?))),
        }
    }

    /// Opens a data folder that is there: what only reads or deletes must not make one, least of all where it was misspelt.
    pub(crate) async fn open_existing(global: &Global) -> anyhow::Result<Self> {
        if global.url.is_none() {
            engine::ensure_data(&Settings::load(global)?)?;
        }
        Self::open(global).await
    }

    /// Lets go of the data folder; what was written is durable before this.
    pub(crate) async fn close(self) -> anyhow::Result<()> {
        match self {
            Self::Local(engine) => engine.close().await,
            Self::Remote(_) => Ok(()),
        }
    }

    /// Finds passages.
    pub(crate) async fn search(&self, collection: &CollectionName, body: SearchBody) -> anyhow::Result<SearchResponse> {
        match self {
            Self::Local(engine) => Ok(engine.retriever.search(collection, &request(body)?).await?),
            Self::Remote(remote) => remote.search(collection, &body).await,
        }
    }

    /// Answers a question: what was found, then the text as it is written, then the whole answer.
    pub(crate) async fn ask(
        &self,
        collection: &CollectionName,
        body: AskBody,
    ) -> anyhow::Result<BoxStream<'static, anyhow::Result<AskEvent>>> {
        let engine = match self {
            Self::Local(engine) => engine,
            Self::Remote(remote) => return remote.ask(collection, body).await,
        };
        let AskBody { question, limit, filter, .. } = body;
        let search = request(SearchBody { query: question.clone(), limit, filter, ..SearchBody::default() })?;
        let hits = engine.retriever.search(collection, &search).await?.hits;
        let answer = engine.answerer.answer(&question, hits.clone()).map_ok(AskEvent::from).map_err(anyhow::Error::from);
        Ok(futures::stream::once(async move { Ok(AskEvent::Passages { hits }) }).chain(answer).boxed())
    }

    /// Deletes documents; says how many there were.
    pub(crate) async fn delete_documents(&self, collection: &CollectionName, documents: &[DocumentId]) -> anyhow::Result<u64> {
        match self {
            Self::Local(engine) => Ok(engine.ingestor.remove_documents(collection, documents).await?),
            Self::Remote(remote) => remote.delete_documents(collection, documents).await,
        }
    }

    /// Deletes a collection; says whether there was one.
    pub(crate) async fn delete_collection(&self, collection: &CollectionName) -> anyhow::Result<bool> {
        match self {
            Self::Local(engine) => Ok(engine.ingestor.remove_collection(collection).await?),
            Self::Remote(remote) => remote.delete_collection(collection).await,
        }
    }
}

fn request(body: SearchBody) -> anyhow::Result<SearchRequest> {
    let SearchBody { query, limit, filter, mode } = body;
    let filter = filter.as_deref().map(parse_filter).transpose().map_err(ragstone_core::Error::from)?;
    Ok(SearchRequest { query, limit, filter, mode })
}

/// What there is, without opening the store: this works beside a running server too.
pub(crate) enum Listing {
    /// The catalog's file.
    Local(engine::CatalogReader),
    /// A server.
    Remote(Remote),
}

impl Listing {
    /// Opens the catalog, or nothing yet if there is a server to ask.
    pub(crate) async fn open(global: &Global) -> anyhow::Result<Self> {
        match &global.url {
            Some(url) => Ok(Self::Remote(Remote::new(url)?)),
            None => Ok(Self::Local(engine::CatalogReader::open(&Settings::load(global)?).await?)),
        }
    }

    /// All collections, by name.
    pub(crate) async fn collections(&self) -> anyhow::Result<Vec<CollectionSummary>> {
        match self {
            Self::Local(reader) => Ok(reader.catalog.collections().await?),
            Self::Remote(remote) => remote.collections().await,
        }
    }

    /// One collection.
    pub(crate) async fn collection(&self, name: &CollectionName) -> anyhow::Result<CollectionSummary> {
        let all = self.collections().await?;
        all.into_iter().find(|summary| &summary.spec.name == name).with_context(|| format!("collection `{name}` does not exist"))
    }

    /// A page of documents, and how many there are in all.
    pub(crate) async fn documents(&self, collection: &CollectionName, page: Page) -> anyhow::Result<(Vec<DocumentSummary>, u64)> {
        match self {
            Self::Local(reader) => {
                self.collection(collection).await?;
                let page = reader.catalog.documents(collection, page.offset, page.limit).await?;
                Ok((page.documents, page.total))
            }
            Self::Remote(remote) => remote.documents(collection, page).await,
        }
    }

    /// One document with its text.
    pub(crate) async fn document(&self, collection: &CollectionName, id: DocumentId) -> anyhow::Result<DocumentDetail> {
        let reader = match self {
            Self::Local(reader) => reader,
            Self::Remote(remote) => return remote.document(collection, id).await,
        };
        self.collection(collection).await?;
        let found = reader.catalog.document(collection, id).await?;
        Ok(found.with_context(|| format!("collection `{collection}` has no document {id}"))?.into())
    }
}
