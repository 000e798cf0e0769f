//! Where a search's settings come from, the later winning: `[retrieve]`, `[collections.NAME.retrieve]`, what the catalog keeps
//! for the collection, and the request itself.
//!
//! All four say the same keys. So there is one type for what differs from the settings below it ([`Overrides`]), and one place
//! that applies it: a key that is added to [`RetrieveConfig`] can be set in all of them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use ragstone_core::{Catalog, CollectionName, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::{RetrieveConfig, RetrieveError};

/// What the catalog calls these settings.
pub const SETTINGS_SUBJECT: &str = "retrieve";

/// Settings that differ from those below them: keys of [`RetrieveConfig`] with their values. A `null` differs in nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Overrides(Map<String, Value>);

/// The retrieval settings of one collection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CollectionRetrieval {
    /// What is kept for this collection: keys of `[retrieve]` with their values.
    pub kept: Overrides,
    /// What its searches go by, unless a request says otherwise.
    pub in_force: RetrieveConfig,
    /// What is wrong with what is kept, if another version kept it: searches are refused until it is changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
}

/// The settings of all searches.
#[derive(Debug, Clone, PartialEq)]
pub struct RetrieveSettings {
    base: RetrieveConfig,
    own: BTreeMap<CollectionName, Overrides>,
    layers: Layers,
}

/// What is looked at above the base.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layers {
    All,
    /// Nothing but the request.
    Base,
}

impl Overrides {
    /// With one more key.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.set(key, value);
        self
    }

    /// Sets a key. Whether it exists and may have this value is seen when it is [applied](Self::apply).
    pub fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.0.insert(key.to_owned(), value.into());
    }

    /// Takes a key out; says whether it was there.
    pub fn unset(&mut self, key: &str) -> bool {
        self.0.remove(key).is_some()
    }

    /// The keys and their values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The settings with these in place of their own, or everything that is wrong, by key.
    pub fn apply(&self, below: &RetrieveConfig) -> Result<RetrieveConfig, Vec<String>> {
        let differing: Vec<(&String, &Value)> = self.0.iter().filter(|(_, value)| !value.is_null()).collect();
        if differing.is_empty() {
            return Ok(below.clone());
        }
        let Ok(Value::Object(mut keys)) = serde_json::to_value(below) else { return Ok(below.clone()) };
        let mut problems = Vec::new();
        for (key, value) in differing {
            let Some(place) = keys.get_mut(key) else {
                problems.push(format!("{key} is no setting of a search: there are {}", names(&keys)));
                continue;
            };
            let before = std::mem::replace(place, value.clone());
            if let Err(error) = RetrieveConfig::deserialize(&Value::Object(keys.clone())) {
                problems.push(format!("{key} cannot be {value}: {error}"));
                keys.insert(key.clone(), before);
            }
        }
        match RetrieveConfig::deserialize(Value::Object(keys)) {
            Ok(config) => {
                let wrong = config.validate();
                problems.extend(wrong.into_iter().map(|problem| problem.replace("retrieve.", "")));
                if problems.is_empty() { Ok(config) } else { Err(problems) }
            }
            Err(error) => Err([problems, vec![error.to_string()]].concat()),
        }
    }
}

/// Described as what it stands for: any of the settings.
impl PartialSchema for Overrides {
    fn schema() -> RefOr<Schema> {
        RetrieveConfig::schema()
    }
}

impl ToSchema for Overrides {
    fn name() -> Cow<'static, str> {
        RetrieveConfig::name()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        RetrieveConfig::schemas(schemas);
    }
}

impl<K: Into<String>> FromIterator<(K, Value)> for Overrides {
    fn from_iter<I: IntoIterator<Item = (K, Value)>>(keys: I) -> Self {
        Self(keys.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }
}

impl RetrieveSettings {
    /// The settings of `[retrieve]`, and what the configuration says of single collections. All of it is taken to be valid.
    pub fn new(base: RetrieveConfig, own: BTreeMap<CollectionName, Overrides>) -> Self {
        Self { base, own, layers: Layers::All }
    }

    /// The same settings for every collection, whatever is kept for it: to measure just these.
    pub fn fixed(base: RetrieveConfig) -> Self {
        Self { base, own: BTreeMap::new(), layers: Layers::Base }
    }

    /// What searches in a collection go by, unless a request says otherwise.
    pub async fn in_force(&self, catalog: &dyn Catalog, collection: &CollectionName) -> Result<RetrieveConfig> {
        match self.layers {
            Layers::All => {
                let kept = kept(catalog, collection).await?;
                let wrong = |problems| RetrieveError::WrongKeptSettings { collection: collection.clone(), problems };
                Ok(kept.apply(&self.below(collection)?).map_err(wrong)?)
            }
            Layers::Base => Ok(self.base.clone()),
        }
    }

    /// What is kept for a collection, and what follows.
    pub async fn of(&self, catalog: &dyn Catalog, collection: &CollectionName) -> Result<CollectionRetrieval> {
        ensure_exists(catalog, collection).await?;
        let (kept, below) = (kept(catalog, collection).await?, self.below(collection)?);
        Ok(match kept.apply(&below) {
            Ok(in_force) => CollectionRetrieval { kept, in_force, problems: Vec::new() },
            Err(problems) => CollectionRetrieval { kept, in_force: below, problems },
        })
    }

    /// Keeps these settings for a collection, in place of what was kept before; wrong ones are refused.
    pub async fn keep(&self, catalog: &dyn Catalog, collection: &CollectionName, settings: Overrides) -> Result<CollectionRetrieval> {
        ensure_exists(catalog, collection).await?;
        let below = self.below(collection)?;
        let in_force = settings.apply(&below).map_err(|problems| RetrieveError::WrongSettings { problems })?;
        let value = serde_json::to_value(&settings).map_err(|error| RetrieveError::Unwritable(error.into()))?;
        catalog.set_setting(collection, SETTINGS_SUBJECT, (!settings.is_empty()).then_some(&value)).await?;
        Ok(CollectionRetrieval { kept: settings, in_force, problems: Vec::new() })
    }

    /// What the configuration says of a collection.
    fn below(&self, collection: &CollectionName) -> Result<RetrieveConfig> {
        let Some(own) = self.own.get(collection) else { return Ok(self.base.clone()) };
        Ok(own.apply(&self.base).map_err(|problems| RetrieveError::WrongSettings { problems })?)
    }
}

async fn kept(catalog: &dyn Catalog, collection: &CollectionName) -> Result<Overrides> {
    match catalog.settings(collection).await?.remove(SETTINGS_SUBJECT) {
        None => Ok(Overrides::default()),
        Some(Value::Object(keys)) => Ok(Overrides(keys)),
        Some(other) => {
            let problems = vec![format!("what is kept is no table of settings but {other}")];
            Err(RetrieveError::WrongKeptSettings { collection: collection.clone(), problems }.into())
        }
    }
}

async fn ensure_exists(catalog: &dyn Catalog, collection: &CollectionName) -> Result<()> {
    match catalog.collection(collection).await? {
        Some(_) => Ok(()),
        None => Err(RetrieveError::UnknownCollection { name: collection.clone() }.into()),
    }
}

fn names(keys: &Map<String, Value>) -> String {
    keys.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use chrono::Utc;
    use ragstone_core::testing::MemoryCatalog;
    use ragstone_core::{CollectionSpec, Embedder};
    use serde_json::json;

    use super::*;
    use crate::testing::TopicEmbedder;

    fn overrides(value: Value) -> Overrides {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn keys_replace_those_below() {
        let config = overrides(json!({"limit": 3, "diversity": 1, "fusion": "rrf", "hnsw_ef": 64, "min_similarity": null}));
        let applied = config.apply(&RetrieveConfig { candidates: 50, ..RetrieveConfig::default() }).unwrap();
        assert_eq!((applied.limit, applied.candidates, applied.diversity, applied.hnsw_ef), (3, 50, 1.0, Some(64)));
    }

    #[test]
    fn everything_wrong_is_named() {
        let check = |value: Value, expected: &[&str]| {
            let problems = overrides(value).apply(&RetrieveConfig::default()).unwrap_err();
            for part in expected {
                assert!(problems.iter().any(|problem| problem.contains(part)), "{problems:?} should contain {part:?}");
            }
        };
        check(
            json!({"limt": 3, "expand": "sideways"}),
            &["limt is no setting of a search: there are", "expand cannot be \"sideways\"", "neighbours"],
        );
        check(json!({"limit": 0, "diversity": 7}), &["limit is 0, it must be from 1 to 1000", "diversity is 7, it must be from 0 to 1"]);
        check(json!({"limit": "many"}), &["limit cannot be \"many\""]);
        check(json!({"dense_weight": 0, "lexical_weight": 0}), &["dense_weight and lexical_weight are both 0"]);
    }

    #[tokio::test]
    async fn the_catalog_wins_over_the_configuration() {
        let (catalog, docs): (_, CollectionName) = (MemoryCatalog::default(), "docs".parse().unwrap());
        let own = BTreeMap::from([(docs.clone(), overrides(json!({"limit": 7, "diversity": 0.5})))]);
        let settings = RetrieveSettings::new(RetrieveConfig::default(), own);
        let refused = settings.of(&catalog, &docs).await.unwrap_err().to_string();
        assert!(refused.contains("collection `docs` does not exist"), "{refused}");

        let embedding = TopicEmbedder::new().spec().clone();
        catalog.create_collection(&CollectionSpec { name: docs.clone(), embedding, generation: 0, created_at: Utc::now() }).await.unwrap();
        assert_eq!(settings.in_force(&catalog, &docs).await.unwrap().limit, 7);
        let changed = settings.keep(&catalog, &docs, overrides(json!({"limit": 3}))).await.unwrap();
        assert_eq!((changed.in_force.limit, changed.in_force.diversity), (3, 0.5));
        assert_eq!(settings.of(&catalog, &docs).await.unwrap(), changed);
        assert_eq!(RetrieveSettings::fixed(RetrieveConfig::default()).in_force(&catalog, &docs).await.unwrap().limit, 10);

        let wrong = settings.keep(&catalog, &docs, overrides(json!({"limit": 0}))).await.unwrap_err().to_string();
        assert!(wrong.contains("limit is 0"), "{wrong}");
        assert_eq!(settings.of(&catalog, &docs).await.unwrap(), changed, "what is refused changes nothing");
        assert_eq!(settings.keep(&catalog, &docs, Overrides::default()).await.unwrap().in_force.limit, 7);
    }

    #[tokio::test]
    async fn what_a_newer_version_kept_is_named_and_can_be_taken_out() {
        let (catalog, docs): (_, CollectionName) = (MemoryCatalog::default(), "docs".parse().unwrap());
        let embedding = TopicEmbedder::new().spec().clone();
        catalog.create_collection(&CollectionSpec { name: docs.clone(), embedding, generation: 0, created_at: Utc::now() }).await.unwrap();
        catalog.set_setting(&docs, SETTINGS_SUBJECT, Some(&json!({"telepathy": true}))).await.unwrap();
        let settings = RetrieveSettings::new(RetrieveConfig::default(), BTreeMap::new());
        let refused = settings.in_force(&catalog, &docs).await.unwrap_err().to_string();
        assert!(refused.contains("telepathy") && refused.contains("ragstone collections settings docs --unset"), "{refused}");
        let mut shown = settings.of(&catalog, &docs).await.unwrap();
        assert_eq!((shown.problems.len(), &shown.in_force), (1, &RetrieveConfig::default()));
        assert!(shown.kept.unset("telepathy"));
        assert_eq!(settings.keep(&catalog, &docs, shown.kept).await.unwrap().problems, Vec::<String>::new());
    }
}
