//! Where a command is carried out: in this process, on the data folder, or by a running server (`--url`).

use std::path::Path;

use anyhow::Context;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use ragstone_core::{CollectionName, CollectionSpec, CollectionSummary, Direction, DocumentId, DocumentSummary, ModelPlace};
use ragstone_ingest::{ModelEstimate, ModelStatus};
use ragstone_retrieve::{Calibration, DocumentExplanation, Facet, Overrides, SearchRequest, SearchResponse, count_facets};
use ragstone_server::api::{
    AskBody, AskEvent, CollectionDetail, CollectionSettings, CollectionSettingsBody, DocumentDetail, ExplainBody, FacetQuery, Page,
    SearchBody,
};
use ragstone_server::{Found, find_passages};

use crate::arguments::Global;
use crate::engine::Engine;
use crate::remote::Remote;
use crate::settings::Settings;
use crate::storage;

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
            storage::ensure_data(&Settings::load(global)?)?;
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
            Self::Local(engine) => Ok(engine.retriever.search(collection, &SearchRequest::try_from(body)?).await?),
            Self::Remote(remote) => remote.search(collection, &body).await,
        }
    }

    /// Says why a search does not show a document.
    pub(crate) async fn explain(&self, collection: &CollectionName, body: ExplainBody) -> anyhow::Result<DocumentExplanation> {
        let engine = match self {
            Self::Local(engine) => engine,
            Self::Remote(remote) => return remote.explain(collection, &body).await,
        };
        let request = SearchRequest::try_from(body.search)?;
        Ok(engine.retriever.why_not(collection, &request, &body.document).await?)
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
        let Found { question, hits, understanding } = find_passages(&engine.understander, &engine.retriever, collection, body).await?;
        let answer = engine.answerer.answer(question, hits.clone()).map_ok(AskEvent::from).map_err(anyhow::Error::from);
        Ok(futures::stream::once(async move { Ok(AskEvent::Passages { hits, understanding }) }).chain(answer).boxed())
    }

    /// Finds out from where on a collection's passages are relevant.
    pub(crate) async fn calibrate(&self, collection: &CollectionName) -> anyhow::Result<Calibration> {
        match self {
            Self::Local(engine) => Ok(engine.retriever.calibrate(collection).await?),
            Self::Remote(remote) => remote.calibrate(collection).await,
        }
    }

    /// Deletes documents; says how many there were.
    pub(crate) async fn delete_documents(&self, collection: &CollectionName, documents: &[DocumentId]) -> anyhow::Result<u64> {
        match self {
            Self::Local(engine) => Ok(engine.ingestor.remove_documents(collection, documents).await?),
            Self::Remote(remote) => remote.delete_documents(collection, documents).await,
        }
    }

    /// The models that a collection has vectors of.
    pub(crate) async fn model_status(&self, collection: &CollectionName) -> anyhow::Result<ModelStatus> {
        match self {
            Self::Local(engine) => Ok(engine.ingestor.model_status(collection).await?),
            Self::Remote(remote) => remote.model_status(collection).await,
        }
    }

    /// What the vectors of another model would take.
    pub(crate) async fn estimate_model(&self, collection: &CollectionName, folder: &Path) -> anyhow::Result<ModelEstimate> {
        match self {
            Self::Local(engine) => Ok(engine.ingestor.estimate_model(collection, folder).await?),
            Self::Remote(remote) => remote.estimate_model(collection, folder).await,
        }
    }

    /// Makes the other model the one that is searched.
    pub(crate) async fn switch_model(&self, collection: &CollectionName, direction: Direction) -> anyhow::Result<CollectionSpec> {
        match self {
            Self::Local(engine) => Ok(engine.ingestor.switch_model(collection, direction).await?),
            Self::Remote(remote) => remote.switch_model(collection, direction).await,
        }
    }

    /// Frees the vectors of the model that is not searched.
    pub(crate) async fn drop_model(&self, collection: &CollectionName) -> anyhow::Result<ModelPlace> {
        match self {
            Self::Local(engine) => Ok(engine.ingestor.drop_model(collection).await?),
            Self::Remote(remote) => remote.drop_model(collection).await,
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

/// What there is, without opening the store: this works beside a running server too.
pub(crate) enum Listing {
    /// The catalog's file.
    Local(storage::CatalogReader),
    /// A server.
    Remote(Remote),
}

impl Listing {
    /// Opens the catalog, or nothing yet if there is a server to ask.
    pub(crate) async fn open(global: &Global) -> anyhow::Result<Self> {
        match &global.url {
            Some(url) => Ok(Self::Remote(Remote::new(url)?)),
            None => Ok(Self::Local(storage::CatalogReader::open(&Settings::load(global)?).await?)),
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
        all.into_iter()
            .find(|summary| &summary.spec.name == name)
            .with_context(|| format!("collection `{name}` does not exist: `ragstone collections` lists those that do"))
    }

    /// How a collection is searched.
    pub(crate) async fn settings(&self, name: &CollectionName) -> anyhow::Result<CollectionSettings> {
        match self {
            Self::Local(reader) => Ok(CollectionSettings { retrieve: reader.searches.of(&*reader.catalog, name).await? }),
            Self::Remote(remote) => remote.settings(name).await,
        }
    }

    /// Keeps how a collection is searched, in place of what was kept.
    pub(crate) async fn keep_settings(&self, name: &CollectionName, kept: Overrides) -> anyhow::Result<CollectionSettings> {
        match self {
            Self::Local(reader) => Ok(CollectionSettings { retrieve: reader.searches.keep(&*reader.catalog, name, kept).await? }),
            Self::Remote(remote) => remote.keep_settings(name, &CollectionSettingsBody { retrieve: Some(kept) }).await,
        }
    }

    /// One collection, with what was found out about relevance in it.
    pub(crate) async fn collection_detail(&self, name: &CollectionName) -> anyhow::Result<CollectionDetail> {
        let reader = match self {
            Self::Local(reader) => reader,
            Self::Remote(remote) => return remote.collection(name).await,
        };
        let summary = self.collection(name).await?;
        let kept = Calibration::of(&*reader.catalog, name).await?;
        let relevance = kept.filter(|kept| kept.is_of(&summary.spec.embedding));
        Ok(CollectionDetail { summary, relevance })
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

    /// How many documents have each value of fields.
    pub(crate) async fn facets(&self, collection: &CollectionName, query: FacetQuery) -> anyhow::Result<Vec<Facet>> {
        match self {
            Self::Local(reader) => Ok(count_facets(&*reader.catalog, collection, &query.try_into()?).await?),
            Self::Remote(remote) => remote.facets(collection, &query).await,
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
