//! Whatever happened to a folder, in whichever order: it ends like a clean ingest of what is there.

use std::collections::BTreeMap;

use proptest::prelude::{Strategy, prop_oneof, proptest};
use proptest::test_runner::Config;
use ragstone_core::{Catalog, Span};
use ragstone_ingest::{IngestRequest, RawDocument, SourceItem};
use tokio_util::sync::CancellationToken;

use crate::support::World;

/// So many names and texts there are: few, so that they meet often.
const NAMES: u8 = 6;
const TEXTS: u8 = 5;

#[derive(Debug, Clone)]
enum Change {
    Write {
        name: u8,
        text: u8,
    },
    Rename {
        from: u8,
        to: u8,
    },
    Copy {
        from: u8,
        to: u8,
    },
    Delete {
        name: u8,
    },
    /// Ingests what is there; the `failing`-th write fails, and the ingest is tried again.
    Ingest {
        failing: Option<i64>,
        recovers: bool,
    },
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let name = 0..NAMES;
    let change = prop_oneof![
        4 => (name.clone(), 0..TEXTS).prop_map(|(name, text)| Change::Write { name, text }),
        2 => (name.clone(), name.clone()).prop_map(|(from, to)| Change::Rename { from, to }),
        2 => (name.clone(), name.clone()).prop_map(|(from, to)| Change::Copy { from, to }),
        2 => name.prop_map(|name| Change::Delete { name }),
        4 => (proptest::option::of(1_i64..12), proptest::bool::ANY)
            .prop_map(|(failing, recovers)| Change::Ingest { failing, recovers }),
    ];
    proptest::collection::vec(change, 1..25)
}

type Folder = BTreeMap<u8, u8>;

fn apply(folder: &mut Folder, change: &Change) {
    match change {
        Change::Write { name, text } => drop(folder.insert(*name, *text)),
        Change::Rename { from, to } => {
            if let Some(text) = folder.remove(from) {
                folder.insert(*to, text);
            }
        }
        Change::Copy { from, to } => {
            if let Some(text) = folder.get(from).copied() {
                folder.insert(*to, text);
            }
        }
        Change::Delete { name } => drop(folder.remove(name)),
        Change::Ingest { .. } => {}
    }
}

/// Some texts are several commits long, one has no title of its own and one cannot be ingested.
fn text(number: u8) -> String {
    match number {
        0 => "Without a title.".to_owned(),
        1 => String::new(),
        2 => format!("# Long\n\n{}", crate::support::paragraphs("long", 130)),
        number => format!("# Title {number}\n\nText.\n\n## Part\n\n{}", crate::support::paragraphs("part", 3)),
    }
}

fn request(folder: &Folder) -> IngestRequest {
    let documents: Vec<RawDocument> =
        folder.iter().map(|(name, number)| RawDocument::new(format!("/docs/{name}.md"), text(*number))).collect();
    IngestRequest::of(documents.into_iter().map(SourceItem::Document)).prune_under(vec!["/docs".to_owned()])
}

/// What a collection holds: by source the text and its chunks; of documents that keep a content, how many there are of each.
async fn held(world: &World) -> BTreeMap<String, (String, Vec<(Span, Vec<String>)>)> {
    let mut held = BTreeMap::new();
    for summary in world.catalog.documents(&world.docs, 0, 1_000).await.unwrap().documents {
        let record = world.catalog.document(&world.docs, summary.head.id).await.unwrap().unwrap();
        let chunks = record.chunks.iter().map(|chunk| (chunk.span, chunk.heading_path.clone())).collect();
        held.insert(summary.head.source, (record.document.text, chunks));
    }
    held
}

/// Each content is kept once, and every duplicate points to the document that keeps it.
async fn assert_kept_once(world: &World) {
    let mut keepers = BTreeMap::new();
    let mut duplicates = Vec::new();
    for summary in world.catalog.documents(&world.docs, 0, 1_000).await.unwrap().documents {
        let record = world.catalog.document(&world.docs, summary.head.id).await.unwrap().unwrap();
        match record.same_as {
            None => assert_eq!(keepers.insert(record.content.as_str().to_owned(), summary.head.id), None, "{}", summary.head.source),
            Some(keeper) => duplicates.push((record.content.as_str().to_owned(), keeper)),
        }
    }
    for (content, keeper) in duplicates {
        assert_eq!(keepers.get(&content), Some(&keeper));
    }
}

async fn run(changes: Vec<Change>) {
    let world = World::new();
    let mut folder = Folder::new();
    for change in &changes {
        apply(&mut folder, change);
        let Change::Ingest { failing, recovers } = change else { continue };
        world.faults().fail_at(failing.unwrap_or(i64::MAX));
        let outcome = world.ingestor.ingest(&world.docs, request(&folder)).await;
        if outcome.is_err() {
            world.assert_acknowledged_is_stored().await;
            let exists = world.catalog.collection(&world.docs).await.unwrap().is_some();
            if *recovers && exists {
                world.ingestor.recover(&world.docs, CancellationToken::new()).await.unwrap();
                world.assert_settled().await;
            }
        }
    }
    world.faults().fail_at(i64::MAX);
    // What cannot be ingested keeps its former version: the last word is without such.
    folder.retain(|_, number| *number != 1);
    world.ingestor.ingest(&world.docs, request(&folder)).await.unwrap();
    world.assert_settled().await;
    assert_kept_once(&world).await;

    let clean = World::new();
    clean.ingestor.ingest(&clean.docs, request(&folder)).await.unwrap();
    assert_eq!(held(&world).await, held(&clean).await);
    assert_eq!(world.store.texts(&world.index()).await, clean.store.texts(&clean.index()).await);
}

proptest! {
    #![proptest_config(Config { cases: 300, ..Config::default() })]

    #[test]
    fn a_folder_ends_as_if_it_had_been_ingested_clean(changes in changes()) {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(run(changes));
    }
}
