//! Which embedding model a collection's texts and queries go through, and where it is.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{Catalog, CollectionName, CollectionSpec, Embedder, EmbeddingSpec, Error, ErrorKind, Result, Stage};

/// Opens embedding models.
#[async_trait]
pub trait ModelOpener: Send + Sync {
    /// The model in a folder, which cuts texts to `max_tokens` or to what it says itself. One that is open already is shared.
    async fn open(&self, folder: &Path, max_tokens: Option<usize>) -> Result<Arc<dyn Embedder>>;
}

/// The embedding models of this program: the configured one, and those that collections were given instead.
#[derive(Clone)]
pub struct Models {
    configured: Arc<dyn Embedder>,
    elsewhere: Option<Elsewhere>,
}

/// Where the configured model is, and what opens others.
#[derive(Clone)]
struct Elsewhere {
    folder: PathBuf,
    opener: Arc<dyn ModelOpener>,
}

impl Models {
    /// The configured model, which is in this folder, and whatever else can be opened.
    pub fn new(configured: Arc<dyn Embedder>, folder: PathBuf, opener: Arc<dyn ModelOpener>) -> Self {
        Self { configured, elsewhere: Some(Elsewhere { folder, opener }) }
    }

    /// The model of new collections.
    pub fn configured(&self) -> &Arc<dyn Embedder> {
        &self.configured
    }

    /// Where the configured model is, if anybody knows.
    pub fn configured_folder(&self) -> Option<&Path> {
        self.elsewhere.as_ref().map(|elsewhere| elsewhere.folder.as_path())
    }

    /// The model in a folder.
    pub async fn open(&self, folder: &Path) -> Result<Arc<dyn Embedder>> {
        self.opened(folder, None).await
    }

    /// The model that a collection's vectors come from, and no other: what it embeds may be compared with them.
    pub async fn of(&self, catalog: &dyn Catalog, collection: &CollectionSpec) -> Result<Arc<dyn Embedder>> {
        if self.configured.spec() == &collection.embedding {
            return Ok(Arc::clone(&self.configured));
        }
        let models = CollectionModels::read(catalog, &collection.name).await?;
        let Some(place) = models.of_generation(collection.generation) else {
            collection.ensure_embedded_by(self.configured.spec())?;
            return Ok(Arc::clone(&self.configured));
        };
        self.at(&collection.name, place).await
    }

    /// The model that was in a place when a collection's vectors were made.
    async fn at(&self, collection: &CollectionName, place: &ModelPlace) -> Result<Arc<dyn Embedder>> {
        let folder = place.folder.display();
        let opened = self.opened(&place.folder, Some(place.embedding.max_tokens)).await;
        let embedder = opened.map_err(|error| {
            let message = format!(
                "collection `{collection}` was embedded by {}, which cannot be opened in `{folder}`: {error}; put the model back there",
                place.embedding
            );
            Error::new(error.kind(), Stage::Embed, message)
        })?;
        if embedder.spec() == &place.embedding {
            return Ok(embedder);
        }
        let message = format!(
            "collection `{collection}` was embedded by {}, but in `{folder}` there is {} now; put the former model back there",
            place.embedding,
            embedder.spec()
        );
        Err(Error::new(ErrorKind::Conflict, Stage::Embed, message))
    }

    async fn opened(&self, folder: &Path, max_tokens: Option<usize>) -> Result<Arc<dyn Embedder>> {
        match &self.elsewhere {
            Some(elsewhere) => elsewhere.opener.open(folder, max_tokens).await,
            None => Err(Error::new(ErrorKind::InvalidInput, Stage::Embed, "this program opens no other models")),
        }
    }
}

/// One model and no other.
impl From<Arc<dyn Embedder>> for Models {
    fn from(configured: Arc<dyn Embedder>) -> Self {
        Self { configured, elsewhere: None }
    }
}

/// One model and no other.
impl<E: Embedder + 'static> From<Arc<E>> for Models {
    fn from(configured: Arc<E>) -> Self {
        Self::from(configured as Arc<dyn Embedder>)
    }
}

/// A model that a collection has an index of, and where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ModelPlace {
    /// What its vectors mean.
    pub embedding: EmbeddingSpec,
    /// The folder that it is opened from.
    #[schema(value_type = String)]
    pub folder: PathBuf,
    /// Which of the collection's indexes has its vectors.
    pub generation: u32,
}

/// The models that a collection has indexes of, in the order in which they came: none if its model was never changed, two
/// while it is, one afterwards.
///
/// Which of them is searched is not said here but in the [`CollectionSpec`], in one row, so that it changes in one step.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectionModels {
    /// The earlier one first.
    pub models: Vec<ModelPlace>,
}

impl CollectionModels {
    /// The subject under which a collection's settings keep this.
    pub const SUBJECT: &str = "models";

    /// What a collection remembers.
    pub async fn read(catalog: &dyn Catalog, collection: &CollectionName) -> Result<Self> {
        let Some(value) = catalog.settings(collection).await?.remove(Self::SUBJECT) else { return Ok(Self::default()) };
        serde_json::from_value(value).map_err(|source| {
            let message = format!("what collection `{collection}` remembers of its models cannot be read: {source}");
            Error::new(ErrorKind::Internal, Stage::Catalog, message)
        })
    }

    /// Makes a collection remember this.
    pub async fn write(&self, catalog: &dyn Catalog, collection: &CollectionName) -> Result<()> {
        let value = serde_json::to_value(self).map_err(|source| Error::new(ErrorKind::Internal, Stage::Catalog, source))?;
        catalog.set_setting(collection, Self::SUBJECT, (!self.models.is_empty()).then_some(&value)).await
    }

    /// The model of one of the indexes.
    pub fn of_generation(&self, generation: u32) -> Option<&ModelPlace> {
        self.models.iter().find(|place| place.generation == generation)
    }

    /// The model beside the one that is searched.
    pub fn beside(&self, collection: &CollectionSpec) -> Option<&ModelPlace> {
        self.models.iter().find(|place| place.generation != collection.generation)
    }

    /// Which way a change to a model would go.
    pub fn direction_to(&self, place: &ModelPlace) -> Direction {
        if self.models.first() == Some(place) { Direction::Back } else { Direction::Forth }
    }
}

/// Which way a change of the model goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// To the model that was prepared.
    Forth,
    /// To the one before it.
    Back,
}

impl CollectionSpec {
    /// The same collection as it is when the model of this place is searched.
    pub fn with_model(&self, place: &ModelPlace) -> Self {
        Self { embedding: place.embedding.clone(), generation: place.generation, ..self.clone() }
    }
}
