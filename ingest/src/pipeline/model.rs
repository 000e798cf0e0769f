//! Another embedding model for a collection, while it is searched and written to.
//!
//! ```text
//! prepare ─▶ another index beside the one that is searched, filled from the catalog's texts ─▶ switch ─▶ drop
//!                                                                                             └─▶ back
//! ```
//!
//! Chunks stay as they are, whichever model embeds them. An ingest writes only to the index that is searched; the other one is brought
//! in step by comparing it with the catalog, as after a crash: hence nothing is lost when it is cut off, and a switch finds out for
//! itself whether anything is missing.

mod estimate;
mod fill;
mod switch;

use std::collections::HashSet;

use ragstone_core::{CollectionModels, CollectionName, CollectionSpec, Direction, ModelPlace, Result};
use serde::{Deserialize, Serialize};

pub use estimate::ModelEstimate;

use super::Ingestor;
use crate::IngestError;

/// The models that a collection has vectors of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ModelStatus {
    /// The collection; its model is the one that is searched with.
    pub collection: CollectionSpec,
    /// Where that model is, if it is not simply the configured one.
    #[schema(value_type = Option<String>)]
    pub folder: Option<std::path::PathBuf>,
    /// The model beside it: prepared, or used before.
    pub other: Option<OtherModel>,
}

/// A model whose vectors a collection has beside those that are searched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct OtherModel {
    /// Which it is, and where.
    #[serde(flatten)]
    pub place: ModelPlace,
    /// Whether it was prepared (`forth`) or used before (`back`).
    pub direction: Direction,
    /// Chunks that have a vector of it.
    pub chunks: u64,
    /// Chunks that have none yet.
    pub missing: u64,
}

impl Ingestor {
    /// The models that a collection has vectors of, and how complete those of the other one are.
    pub async fn model_status(&self, collection: &CollectionName) -> Result<ModelStatus> {
        let spec = self.existing(collection).await?;
        let models = CollectionModels::read(&*self.catalog, collection).await?;
        let folder = models.of_generation(spec.generation).map(|place| place.folder.clone());
        let other = match models.beside(&spec) {
            Some(place) => Some(self.other_model(&spec, place, models.direction_to(place)).await?),
            None => None,
        };
        Ok(ModelStatus { collection: spec, folder, other })
    }

    async fn other_model(&self, spec: &CollectionSpec, place: &ModelPlace, direction: Direction) -> Result<OtherModel> {
        let index = spec.with_model(place).index();
        let is_there = self.store.indexes().await?.contains(&index);
        let (chunks, missing) = if is_there {
            let chunks = self.store.stored(&index).await?.len() as u64;
            (chunks, self.compare(&index, &HashSet::new()).await?.missing)
        } else {
            (0, self.catalog.expected(&spec.name).await?.len() as u64)
        };
        Ok(OtherModel { place: place.clone(), direction, chunks, missing })
    }

    /// Frees the vectors that are not searched: of a model that was prepared, or of the one before the present.
    pub async fn drop_model(&self, collection: &CollectionName) -> Result<ModelPlace> {
        let _filling = self.filling(collection).await?;
        let spec = self.existing(collection).await?;
        let mut models = CollectionModels::read(&*self.catalog, collection).await?;
        let place = beside(&spec, &models)?.clone();
        // The index first: cut off in between, it is an other model without vectors, which can be dropped again.
        self.store.remove(&spec.with_model(&place).index()).await?;
        models.models.retain(|kept| kept.generation != place.generation);
        models.write(&*self.catalog, collection).await?;
        Ok(place)
    }
}

fn beside<'models>(spec: &CollectionSpec, models: &'models CollectionModels) -> Result<&'models ModelPlace, IngestError> {
    models.beside(spec).ok_or_else(|| IngestError::NoOtherModel { collection: spec.name.clone() })
}
