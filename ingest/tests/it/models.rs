//! Another model for a collection that is searched and written to.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ragstone_core::{Catalog, CollectionModels, CollectionSpec, Direction, ErrorKind, IndexName, JobState, Result, VectorStore};
use ragstone_ingest::{IngestReport, JobConfig, JobRunner, PrepareModel, SourceConfig};
use tokio_util::sync::CancellationToken;

use crate::support::{FakeEmbedder, Recorder, World, chunk, paragraphs};

/// The folder of the other model.
const OTHER: &str = "/models/3";

impl World {
    async fn prepare(&self) -> Result<IngestReport> {
        self.ingestor.prepare_model(&self.docs, Path::new(OTHER), Arc::new(()), CancellationToken::new()).await
    }

    async fn switch(&self, direction: Direction) -> Result<CollectionSpec> {
        self.ingestor.switch_model(&self.docs, direction).await
    }

    fn generation(&self, generation: u32) -> IndexName {
        IndexName::new(self.docs.clone(), generation)
    }

    async fn spec(&self) -> CollectionSpec {
        self.catalog.collection(&self.docs).await.unwrap().unwrap()
    }

    /// Checks that an index has exactly the chunks that the catalog has, with vectors of this length.
    async fn assert_in_step(&self, generation: u32, dimension: usize) {
        let index = self.generation(generation);
        let mut expected = self.catalog.expected(&self.docs).await.unwrap();
        let mut stored = self.store.stored(&index).await.unwrap();
        expected.sort_by_key(|chunk| chunk.id);
        stored.sort_by_key(|chunk| chunk.id);
        assert_eq!(stored, expected);
        let ids: Vec<_> = stored.iter().map(|chunk| chunk.id).collect();
        let vectors = self.store.vectors(&index, &ids).await.unwrap();
        assert!(vectors.values().all(|vector| vector.len() == dimension));
    }
}

async fn world() -> World {
    let world = World::new();
    let copy = paragraphs("b", 2);
    world.ingest(&[("/a.txt", &paragraphs("a", 3)), ("/b.txt", &copy), ("/c.txt", &copy)]).await;
    world
}

#[tokio::test]
async fn the_other_model_is_prepared_switched_to_and_back_from() {
    let world = world().await;
    let estimate = world.ingestor.estimate_model(&world.docs, Path::new(OTHER)).await.unwrap();
    assert_eq!((estimate.documents, estimate.chunks, estimate.counted, estimate.truncated), (3, 5, 5, 0));
    assert_eq!(estimate.disk.vectors_bytes, 5 * 3 * 4);
    assert!(estimate.tokens > 5 * 20 && estimate.tokens_per_second > 0.0);
    assert_eq!(world.store.indexes().await.unwrap(), [world.generation(0)], "an estimate writes nothing");

    let report = world.prepare().await.unwrap();
    assert_eq!((report.replaced, report.chunks_embedded, report.interrupted), (2, 5, false), "the copy has no chunks of its own");
    let status = world.ingestor.model_status(&world.docs).await.unwrap();
    let other = status.other.unwrap();
    assert_eq!((other.chunks, other.missing, other.direction), (5, 0, Direction::Forth));
    assert_eq!((status.collection.generation, status.folder.unwrap().as_path()), (0, Path::new("/models/configured")));
    world.assert_in_step(0, 2).await;
    world.assert_in_step(1, 3).await;

    let refused = world.switch(Direction::Back).await.unwrap_err();
    assert!(refused.to_string().contains("is new") && refused.to_string().contains("switch"), "{refused}");
    assert_eq!(world.switch(Direction::Forth).await.unwrap().generation, 1);
    assert_eq!((world.spec().await.generation, world.spec().await.embedding.dimension), (1, 3));
    assert!(world.switch(Direction::Forth).await.unwrap_err().to_string().contains("the one before"));
    assert_eq!(world.switch(Direction::Back).await.unwrap().generation, 0);
    assert_eq!(world.spec().await.embedding.dimension, 2);
}

#[tokio::test]
async fn what_changes_meanwhile_is_in_both() {
    let world = world().await;
    world.prepare().await.unwrap();
    world.ingest(&[("/new.txt", "something new"), ("/a.txt", &paragraphs("a", 2))]).await;
    let gone = ragstone_core::DocumentId::from_source("/b.txt");
    world.ingestor.remove_documents(&world.docs, &[gone]).await.unwrap();
    assert!(world.ingestor.model_status(&world.docs).await.unwrap().other.unwrap().missing > 0);
    world.switch(Direction::Forth).await.unwrap();
    world.assert_in_step(1, 3).await;

    // From now on documents go to the new model; the way back brings the former one in step.
    world.opener.model(OTHER).take_embedded();
    world.ingest(&[("/later.txt", "even later")]).await;
    assert_eq!(world.opener.model(OTHER).take_embedded(), 1);
    world.assert_in_step(1, 3).await;
    world.switch(Direction::Back).await.unwrap();
    world.assert_in_step(0, 2).await;
}

#[tokio::test]
async fn a_collection_keeps_its_model_whatever_is_configured() {
    let world = world().await;
    world.prepare().await.unwrap();
    world.switch(Direction::Forth).await.unwrap();
    let dropped = world.ingestor.drop_model(&world.docs).await.unwrap();
    assert_eq!(dropped.generation, 0);
    assert_eq!(world.store.indexes().await.unwrap(), [world.generation(1)]);
    let error = world.ingestor.drop_model(&world.docs).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");

    let restarted = world.restarted(FakeEmbedder::of_dimension(5), chunk(32));
    assert_eq!(restarted.ingest(&[("/d.txt", "text")]).await.indexed, 1);
    assert!(restarted.ingestor.recover(&restarted.docs, CancellationToken::new()).await.unwrap().is_clean());
    restarted.assert_in_step(1, 3).await;
    restarted.ingestor.reindex(&restarted.docs, Arc::new(()), CancellationToken::new()).await.unwrap();
    restarted.assert_in_step(1, 3).await;

    restarted.opener.replace(OTHER, 7);
    let error = restarted.try_ingest(&[("/e.txt", "text")]).await.unwrap_err();
    assert!([OTHER, "7 dimensions", "put the former model back"].iter().all(|part| error.to_string().contains(part)), "{error}");
}

#[tokio::test]
async fn a_model_whose_folder_is_gone_is_named() {
    let world = world().await;
    world.prepare().await.unwrap();
    world.switch(Direction::Forth).await.unwrap();
    let mut models = CollectionModels::read(&*world.catalog, &world.docs).await.unwrap();
    models.models[1].folder = "/models/gone".into();
    models.write(&*world.catalog, &world.docs).await.unwrap();
    let error = world.try_ingest(&[("/e.txt", "text")]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    for part in ["collection `docs` was embedded by", "/models/gone", "put the model back there"] {
        assert!(error.to_string().contains(part), "{error}");
    }
    assert_eq!(world.switch(Direction::Back).await.unwrap().generation, 0, "the way back needs only the former one");
}

#[tokio::test]
async fn what_cannot_be_done_is_refused() {
    let world = world().await;
    let prepare = async |folder: &str| {
        let prepared = world.ingestor.prepare_model(&world.docs, Path::new(folder), Arc::new(()), CancellationToken::new()).await;
        prepared.unwrap_err().to_string()
    };
    assert!(prepare("models/3").await.contains("begin it with `/`"));
    assert!(prepare("/models/none").await.contains("there is no model in `/models/none`"));
    for direction in [Direction::Forth, Direction::Back] {
        let error = world.switch(direction).await.unwrap_err();
        assert!(error.kind() == ErrorKind::NotFound && error.to_string().contains("prepare --to FOLDER"), "{error}");
    }
    world.prepare().await.unwrap();
    assert!(prepare("/models/4").await.contains("`ragstone collections model docs drop`"));
    let nowhere = "nowhere".parse().unwrap();
    assert_eq!(world.ingestor.model_status(&nowhere).await.unwrap_err().kind(), ErrorKind::NotFound);
    world.switch(Direction::Forth).await.unwrap();
    assert!(prepare(OTHER).await.contains("already"));
}

#[tokio::test]
async fn a_switch_that_would_take_long_is_refused_and_nothing_changes() {
    let world = world().await;
    world.prepare().await.unwrap();
    world.ingest(&[("/long.txt", &paragraphs("long", 2_100))]).await;
    let error = world.switch(Direction::Forth).await.unwrap_err();
    assert!(
        error.kind() == ErrorKind::Conflict && error.to_string().contains("2100 chunks") && error.to_string().contains(OTHER),
        "{error}"
    );
    assert_eq!(world.spec().await.generation, 0);
    world.prepare().await.unwrap();
    world.switch(Direction::Forth).await.unwrap();
    world.assert_in_step(1, 3).await;
}

#[tokio::test]
async fn what_was_cut_off_is_gone_on_with() {
    let world = World::new();
    let texts: Vec<(String, String)> = (0..300).map(|number| (format!("/{number}.txt"), format!("text {number}"))).collect();
    let documents: Vec<(&str, &str)> = texts.iter().map(|(source, text)| (source.as_str(), text.as_str())).collect();
    world.ingest(&documents).await;

    let cancel = CancellationToken::new();
    let recorder = Recorder { cancel_when_stored: Some(cancel.clone()), ..Recorder::default() };
    let begun = world.ingestor.prepare_model(&world.docs, Path::new(OTHER), Arc::new(recorder), cancel).await.unwrap();
    assert!(begun.interrupted);
    assert_eq!(world.ingestor.model_status(&world.docs).await.unwrap().other.unwrap().missing, 300 - begun.chunks_embedded);
    let rest = world.prepare().await.unwrap();
    assert_eq!((begun.chunks_embedded + rest.chunks_embedded, rest.interrupted), (300, false));
    world.assert_in_step(1, 3).await;
}

#[tokio::test]
async fn a_job_prepares_and_shows_how_far_it_is() {
    let world = world().await;
    let config = JobConfig { attempts: 1, first_wait: Duration::from_millis(1), lease: Duration::from_millis(300), parallel: 2 };
    let runner = JobRunner::new(world.ingestor.clone(), world.catalog.clone(), SourceConfig::default(), config);
    let job = runner.submit(&world.docs, PrepareModel { folder: OTHER.into() }).await.unwrap();
    assert_eq!(job.title, "vectors of /models/3");
    let finished = runner.run(job.id, Arc::new(()), CancellationToken::new()).await.unwrap();
    let progress = &finished.job.progress;
    assert_eq!((finished.job.state, progress.documents_done, progress.documents_total), (JobState::Done, 2, Some(2)));
    assert_eq!(progress.chunks_embedded, 5);

    let busy = runner.submit(&world.docs, PrepareModel { folder: "/models/none".into() }).await.unwrap();
    assert!(runner.run(busy.id, Arc::new(()), CancellationToken::new()).await.is_err());
}

#[tokio::test]
async fn whichever_write_fails_the_searched_index_is_whole_and_the_change_can_be_finished() {
    for number in 1.. {
        let world = world().await;
        world.faults().fail_at(number);
        let change = async {
            world.prepare().await?;
            world.switch(Direction::Forth).await?;
            world.ingestor.drop_model(&world.docs).await
        };
        let outcome = change.await;
        let has_failed = world.faults().has_failed();
        let generation = world.spec().await.generation;
        world.assert_in_step(generation, 2 + generation as usize).await;
        if !has_failed {
            assert!(number > 4 && outcome.is_ok());
            return;
        }
        assert!(outcome.unwrap_err().to_string().contains("the disk is full"));
        if generation == 0 {
            world.prepare().await.unwrap();
            world.switch(Direction::Forth).await.unwrap();
        }
        world.ingestor.drop_model(&world.docs).await.unwrap();
        assert_eq!(world.store.indexes().await.unwrap(), [world.generation(1)], "write {number}");
        world.assert_in_step(1, 3).await;
    }
}

#[tokio::test]
async fn a_removed_collection_leaves_no_index() {
    let world = world().await;
    world.prepare().await.unwrap();
    world.ingestor.remove_collection(&world.docs).await.unwrap();
    assert_eq!(world.store.indexes().await.unwrap(), []);
    world.ingest(&[("/a.txt", "text")]).await;
    assert!(world.ingestor.model_status(&world.docs).await.unwrap().other.is_none());
}
