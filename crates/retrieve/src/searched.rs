//! What a search goes against, decided once at its start.

use std::sync::Arc;

use ragstone_core::{Catalog, CollectionModels, CollectionName, Embedder, IndexName, Models, Result};
use serde::{Deserialize, Serialize};

use crate::RetrieveError;

/// Which of a collection's models a search goes by, while it has two.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum WhichModel {
    /// The collection's own.
    #[default]
    Current,
    /// The one beside it: prepared, or used before. Its vectors may not be complete.
    Other,
}

/// The model that a search went by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SearchedModel {
    /// Its name.
    pub name: String,
    /// The index that has its vectors.
    pub index: String,
}

/// An index, and the one model whose vectors it has: both are read from one row of the catalog, so that a query is never compared
/// with vectors of another model, whatever is switched meanwhile.
#[derive(Clone)]
pub(crate) struct Searched {
    pub(crate) index: IndexName,
    pub(crate) embedder: Arc<dyn Embedder>,
}

impl Searched {
    pub(crate) async fn find(catalog: &dyn Catalog, models: &Models, collection: &CollectionName, which: WhichModel) -> Result<Self> {
        let Some(mut spec) = catalog.collection(collection).await? else {
            return Err(RetrieveError::UnknownCollection { name: collection.clone() }.into());
        };
        if which == WhichModel::Other {
            let known = CollectionModels::read(catalog, collection).await?;
            let place = known.beside(&spec).ok_or_else(|| RetrieveError::NoOtherModel { name: collection.clone() })?;
            spec = spec.with_model(place);
        }
        Ok(Self { index: spec.index(), embedder: models.of(catalog, &spec).await? })
    }

    pub(crate) fn model(&self) -> SearchedModel {
        SearchedModel { name: self.embedder.spec().model.clone(), index: self.index.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use async_trait::async_trait;
    use ragstone_core::testing::MemoryCatalog;
    use ragstone_core::{CollectionSpec, ErrorKind, ModelOpener, ModelPlace};

    use super::*;
    use crate::testing::TopicEmbedder;

    /// In each folder is a model of the folder's name.
    struct Opener;

    #[async_trait]
    impl ModelOpener for Opener {
        async fn open(&self, folder: &Path, _max_tokens: Option<usize>) -> Result<Arc<dyn Embedder>> {
            Ok(Arc::new(TopicEmbedder::named(folder.file_name().unwrap().to_str().unwrap())))
        }
    }

    fn place(name: &str, generation: u32) -> ModelPlace {
        let embedding = TopicEmbedder::named(name).spec().clone();
        ModelPlace { embedding, folder: format!("/models/{name}").into(), generation }
    }

    #[tokio::test]
    async fn index_and_model_belong_together_before_and_after_a_switch() {
        let (catalog, docs) = (MemoryCatalog::default(), "docs".parse::<CollectionName>().unwrap());
        let (first, second) = (place("first", 0), place("second", 1));
        let spec = CollectionSpec { name: docs.clone(), embedding: first.embedding.clone(), generation: 0, created_at: chrono::Utc::now() };
        catalog.create_collection(&spec).await.unwrap();
        let models = Models::new(Arc::new(TopicEmbedder::named("first")), "/models/first".into(), Arc::new(Opener));
        let find = async |which| Searched::find(&catalog, &models, &docs, which).await.map(|found| found.model());
        let model = |name: &str, index: &str| SearchedModel { name: name.to_owned(), index: index.to_owned() };

        assert_eq!(find(WhichModel::Current).await.unwrap(), model("first", "docs"));
        assert_eq!(find(WhichModel::Other).await.unwrap_err().kind(), ErrorKind::NotFound);
        CollectionModels { models: vec![first, second.clone()] }.write(&catalog, &docs).await.unwrap();
        assert_eq!(find(WhichModel::Other).await.unwrap(), model("second", "docs@1"));

        catalog.switch_collection(&docs, &second.embedding, 1).await.unwrap();
        assert_eq!(find(WhichModel::Current).await.unwrap(), model("second", "docs@1"));
        assert_eq!(find(WhichModel::Other).await.unwrap(), model("first", "docs"));
    }
}
