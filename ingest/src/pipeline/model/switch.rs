//! The moment at which another model's vectors become those that are searched.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use ragstone_core::{CollectionModels, CollectionName, CollectionSpec, Direction, Result, Sharing};
use tokio_util::sync::CancellationToken;

use crate::IngestError;
use crate::pipeline::Ingestor;
use crate::pipeline::model::beside;
use crate::pipeline::run::{Purpose, Run, Target};

/// A switch computes so many vectors by itself, of what has changed since the other model was prepared.
const MOST_MISSING: u64 = 2_000;

/// And so many of them while ingests are held up.
const MOST_MISSING_AT_LAST: u64 = 200;

/// So often it looks again for what has changed meanwhile, before it holds up ingests.
const MOST_PASSES: usize = 4;

/// It waits so long for an ingest to end.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

impl Ingestor {
    /// Makes the other model the one that is searched, in one step: a search goes by the one or the other, never by both.
    ///
    /// What has changed since the other model was prepared is computed first, up to 2,000 chunks; if more is missing, it refuses.
    pub async fn switch_model(&self, collection: &CollectionName, direction: Direction) -> Result<CollectionSpec> {
        let _filling = self.filling(collection).await?;
        let spec = self.existing(collection).await?;
        let other = self.other(&spec, direction).await?;
        let embedder = self.models.of(&*self.catalog, &other).await?;
        self.store.create(&other.index(), other.embedding.dimension).await?;
        let target = Target { index: other.index(), embedder, purpose: Purpose::OtherModel };
        let run = Arc::new(Run::new(target, Arc::new(()), CancellationToken::new()));
        for _ in 0..MOST_PASSES {
            if self.catch_up(&other, MOST_MISSING, &run).await? <= MOST_MISSING_AT_LAST {
                break;
            }
        }
        let waited = tokio::time::timeout(LONGEST_WAIT, self.lock(collection, Sharing::Alone)).await;
        let _alone = waited.map_err(|_| IngestError::CollectionBusy { collection: collection.clone() })??;
        // Nobody else writes now: what is found in step stays so.
        for _ in 0..MOST_PASSES {
            if self.catch_up(&other, MOST_MISSING_AT_LAST, &run).await? == 0 {
                self.catalog.switch_collection(collection, &other.embedding, other.generation).await?;
                return Ok(other);
            }
        }
        Err(self.not_in_step(&other, 0).await?.into())
    }

    /// Computes what is missing, if that is not too much; says how much it was.
    async fn catch_up(&self, other: &CollectionSpec, most: u64, run: &Arc<Run>) -> Result<u64> {
        let gap = self.compare(&other.index(), &HashSet::new()).await?;
        let missing = gap.missing;
        if missing > most {
            return Err(self.not_in_step(other, missing).await?.into());
        }
        if gap.is_closed() {
            return Ok(0);
        }
        self.close_gap(gap, run).await?;
        Ok(missing.max(1))
    }

    async fn not_in_step(&self, other: &CollectionSpec, missing: u64) -> Result<IngestError> {
        let models = CollectionModels::read(&*self.catalog, &other.name).await?;
        let folder = models.of_generation(other.generation).map(|place| place.folder.clone()).unwrap_or_default();
        Ok(IngestError::NotInStep { collection: other.name.clone(), model: other.embedding.to_string(), missing, folder })
    }

    /// The collection as it will be.
    async fn other(&self, spec: &CollectionSpec, direction: Direction) -> Result<CollectionSpec> {
        let models = CollectionModels::read(&*self.catalog, &spec.name).await?;
        let place = beside(spec, &models)?;
        let leads = models.direction_to(place);
        if leads == direction {
            return Ok(spec.with_model(place));
        }
        let (which, remedy) = match leads {
            Direction::Forth => ("new, not the one before", "switch"),
            Direction::Back => ("the one before", "back"),
        };
        Err(IngestError::OtherWay { collection: spec.name.clone(), model: place.embedding.to_string(), which, remedy }.into())
    }
}
