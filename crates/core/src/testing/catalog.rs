//! What every [`Catalog`] must do. Call [`conforms`], and [`survives_reopening`] where there is a disk.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a suite fails by panicking")]

mod duplicates;
mod heads;
mod sample;
mod settings;
mod switching;

use std::collections::HashSet;
use std::future::Future;

use crate::{
    Catalog, ChunkId, ChunkRecord, DocumentId, DocumentRecord, ErrorKind, FieldValue, Language, Markup, PendingDocument, QualityReport,
    Revision, StoredChunk,
};

pub(super) use sample::collection;
use sample::{batch, documents_named, hours, ids, name, record, sample};

/// Runs every check, each on an empty catalog of its own that `open` makes.
pub async fn conforms<Opened, Opening>(open: impl Fn() -> Opening)
where
    Opened: Catalog,
    Opening: Future<Output = Opened>,
{
    collections_come_and_go(&open().await).await;
    settings::settings_belong_to_their_collection(&open().await).await;
    documents_are_kept_exactly(&open().await).await;
    a_document_is_stored_in_two_steps(&open().await).await;
    a_document_is_removed_in_two_steps(&open().await).await;
    what_is_begun_again_outlives_its_removal(&open().await).await;
    beginning_replaces(&open().await).await;
    collections_are_apart(&open().await).await;
    unknown_things_are_told_apart(&open().await).await;
    many_documents_fit_in_one_call(&open().await).await;
    listings_are_paged_by_source(&open().await).await;
    prefixes_are_literal(&open().await).await;
    heads::heads_are_those_of_searchable_documents(&open().await).await;
    languages_are_listed(&open().await).await;
    numbers_that_cannot_be_kept_are_refused(&open().await).await;
    duplicates::contents_find_their_document(&open().await).await;
    duplicates::duplicates_have_no_chunks_in_the_store(&open().await).await;
    duplicates::validators_are_those_of_stored_documents(&open().await).await;
    duplicates::a_collection_starts_again_with_another_model(&open().await).await;
    switching::a_collection_is_switched_in_one_step(&open().await).await;
}

/// Checks that what a call acknowledged is there after the catalog was dropped; `open` opens the same one every time.
pub async fn survives_reopening<Opened, Opening>(open: impl Fn() -> Opening)
where
    Opened: Catalog,
    Opening: Future<Output = Opened>,
{
    let (stored, storing, removing) = (sample("/stored.md"), sample("/storing.md"), sample("/removing.md"));
    {
        let catalog = open().await;
        catalog.create_collection(&collection("docs")).await.unwrap();
        catalog.begin(&name("docs"), &batch([&stored, &storing, &removing])).await.unwrap();
        catalog.complete(&name("docs"), &ids(&[&stored, &removing]), hours(1)).await.unwrap();
        catalog.begin_removal(&name("docs"), &ids(&[&removing])).await.unwrap();
    }
    let catalog = open().await;
    let pending = catalog.pending(&name("docs")).await.unwrap();
    assert_eq!(pending.len(), 2);
    assert!(pending.contains(&PendingDocument::Storing(storing.document.head.id)));
    assert!(pending.contains(&PendingDocument::Removing(removing.document.head.id)));
    assert_eq!(catalog.document(&name("docs"), stored.document.head.id).await.unwrap(), Some(record(&stored, Some(hours(1)))));
    // Enough is here to finish both: the text of the one, the chunks of the other.
    assert_eq!(catalog.document(&name("docs"), storing.document.head.id).await.unwrap(), Some(record(&storing, None)));
    let states = catalog.states(&name("docs"), &ids(&[&removing])).await.unwrap();
    assert_eq!(states[&removing.document.head.id].chunks, chunk_ids(&removing));
}

async fn collections_come_and_go(catalog: &impl Catalog) {
    assert_eq!(catalog.collections().await.unwrap(), []);
    assert_eq!(catalog.collection(&name("docs")).await.unwrap(), None);

    catalog.create_collection(&collection("notes")).await.unwrap();
    catalog.create_collection(&collection("Docs")).await.unwrap();
    catalog.create_collection(&collection("docs")).await.unwrap();
    assert_eq!(catalog.collection(&name("docs")).await.unwrap(), Some(collection("docs")));

    let mut other = collection("docs");
    other.embedding.model = "another".to_owned();
    catalog.create_collection(&other).await.unwrap();
    assert_eq!(catalog.collection(&name("docs")).await.unwrap(), Some(collection("docs")), "one that is there stays as it is");

    let document = sample("/a.md");
    catalog.begin(&name("docs"), &batch([&document])).await.unwrap();
    let summaries = catalog.collections().await.unwrap();
    let listed: Vec<_> = summaries.iter().map(|summary| (summary.spec.name.as_str(), summary.documents, summary.chunks)).collect();
    assert_eq!(listed, [("Docs", 0, 0), ("docs", 1, 2), ("notes", 0, 0)]);

    assert!(catalog.remove_collection(&name("docs")).await.unwrap());
    assert!(!catalog.remove_collection(&name("docs")).await.unwrap());
    assert_eq!(catalog.collection(&name("docs")).await.unwrap(), None);
    catalog.create_collection(&collection("docs")).await.unwrap();
    assert_eq!(catalog.document(&name("docs"), document.document.head.id).await.unwrap(), None, "its documents went with it");
    assert_eq!(catalog.expected(&name("docs")).await.unwrap(), []);
}

async fn documents_are_kept_exactly(catalog: &impl Catalog) {
    catalog.create_collection(&collection("docs")).await.unwrap();
    for source in ["/plain.md", "/O'Brien \"quoted\"; DROP TABLE documents; --.md", "/文書/résumé 🦀.md", "https://example.org/?q=%20_", ""]
    {
        let document = sample(source);
        catalog.begin(&name("docs"), &batch([&document])).await.unwrap();
        let kept = catalog.document(&name("docs"), document.document.head.id).await.unwrap().unwrap();
        assert_eq!(kept, record(&document, None));
        for (chunk, words) in kept.chunks.iter().zip(["Größe 🦀", "文書"]) {
            assert_eq!(chunk.span.of(&kept.document.text), Some(words));
        }
    }
    let mut empty = sample("/empty.md");
    empty.document.text.clear();
    empty.chunks.clear();
    empty.document.markup = Markup::Plain;
    empty.document.pages.clear();
    empty.document.quality = QualityReport::default();
    empty.validator = None;
    catalog.begin(&name("docs"), &batch([&empty])).await.unwrap();
    assert_eq!(catalog.document(&name("docs"), empty.document.head.id).await.unwrap(), Some(record(&empty, None)));

    let mut long = sample("/long.rs");
    long.document.text = "fn main() { /* 文 */ }\n".repeat(50_000);
    long.document.markup = Markup::Code;
    catalog.begin(&name("docs"), &batch([&long])).await.unwrap();
    assert_eq!(catalog.document(&name("docs"), long.document.head.id).await.unwrap(), Some(record(&long, None)));
}

async fn a_document_is_stored_in_two_steps(catalog: &impl Catalog) {
    catalog.create_collection(&collection("docs")).await.unwrap();
    let document = sample("/a.md");
    let id = document.document.head.id;

    catalog.begin(&name("docs"), &batch([&document])).await.unwrap();
    let state = catalog.states(&name("docs"), &[id]).await.unwrap().remove(&id).unwrap();
    assert_eq!((state.revision, state.chunks, state.indexed_at), (document.document.head.revision.clone(), chunk_ids(&document), None));
    assert_eq!(catalog.pending(&name("docs")).await.unwrap(), [PendingDocument::Storing(id)]);

    catalog.complete(&name("docs"), &[id, id], hours(1)).await.unwrap();
    assert_eq!(catalog.states(&name("docs"), &[id]).await.unwrap()[&id].indexed_at, Some(hours(1)));
    assert_eq!(catalog.pending(&name("docs")).await.unwrap(), []);
    assert_eq!(catalog.document(&name("docs"), id).await.unwrap(), Some(record(&document, Some(hours(1)))));

    catalog.complete(&name("docs"), &[id], hours(2)).await.unwrap();
    let state = &catalog.states(&name("docs"), &[id]).await.unwrap()[&id];
    assert_eq!(state.indexed_at, Some(hours(1)), "what is stored already keeps its time");
}

async fn a_document_is_removed_in_two_steps(catalog: &impl Catalog) {
    catalog.create_collection(&collection("docs")).await.unwrap();
    let (gone, kept) = (sample("/gone.md"), sample("/kept.md"));
    let id = gone.document.head.id;
    catalog.begin(&name("docs"), &batch([&gone, &kept])).await.unwrap();
    catalog.complete(&name("docs"), &ids(&[&gone, &kept]), hours(1)).await.unwrap();

    catalog.complete_removal(&name("docs"), &[id]).await.unwrap();
    assert!(catalog.document(&name("docs"), id).await.unwrap().is_some(), "nothing goes whose removal was not begun");

    catalog.begin_removal(&name("docs"), &[id, id, DocumentId::from_source("/unknown.md")]).await.unwrap();
    assert_eq!(catalog.pending(&name("docs")).await.unwrap(), [PendingDocument::Removing(id)]);
    let state = catalog.states(&name("docs"), &[id]).await.unwrap().remove(&id).unwrap();
    assert_eq!((state.chunks, state.indexed_at), (chunk_ids(&gone), None), "its chunks are still known");
    assert_eq!(catalog.document(&name("docs"), id).await.unwrap(), None, "it is no longer shown");
    assert_eq!(as_set(catalog.expected(&name("docs")).await.unwrap()), expected_of(&[&kept]));
    let page = catalog.documents(&name("docs"), 0, 10).await.unwrap();
    assert_eq!((page.documents.len(), page.total), (1, 1));
    assert_eq!(catalog.documents_under(&name("docs"), "/").await.unwrap().len(), 1);
    assert_eq!((catalog.collections().await.unwrap()[0].documents, catalog.collections().await.unwrap()[0].chunks), (1, 2));

    catalog.complete(&name("docs"), &[id], hours(2)).await.unwrap();
    assert_eq!(catalog.pending(&name("docs")).await.unwrap(), [PendingDocument::Removing(id)], "a late completion does not bring it back");

    catalog.complete_removal(&name("docs"), &[id, DocumentId::from_source("/unknown.md")]).await.unwrap();
    assert_eq!(catalog.pending(&name("docs")).await.unwrap(), []);
    assert_eq!(catalog.states(&name("docs"), &ids(&[&gone, &kept])).await.unwrap().len(), 1);
}

async fn what_is_begun_again_outlives_its_removal(catalog: &impl Catalog) {
    catalog.create_collection(&collection("docs")).await.unwrap();
    let document = sample("/a.md");
    let id = document.document.head.id;
    catalog.begin(&name("docs"), &batch([&document])).await.unwrap();
    catalog.begin_removal(&name("docs"), &[id]).await.unwrap();
    catalog.begin(&name("docs"), &batch([&document])).await.unwrap();
    catalog.complete_removal(&name("docs"), &[id]).await.unwrap();
    assert_eq!(catalog.pending(&name("docs")).await.unwrap(), [PendingDocument::Storing(id)]);
}

async fn beginning_replaces(catalog: &impl Catalog) {
    catalog.create_collection(&collection("docs")).await.unwrap();
    let former = sample("/a.md");
    catalog.begin(&name("docs"), &batch([&former])).await.unwrap();
    catalog.complete(&name("docs"), &ids(&[&former]), hours(1)).await.unwrap();

    let mut changed = sample("/a.md");
    changed.document.head.title = "Another title".to_owned();
    changed.document.head.revision = Revision::of(&[b"changed"]);
    changed.document.head.tags.clear();
    changed.document.text = "文書 and more".to_owned();
    changed.chunks = vec![ChunkRecord {
        id: ChunkId::from_content(changed.document.head.id, "changed", 0),
        span: (0..6).into(),
        heading_path: Vec::new(),
        table_header: None,
    }];
    catalog.begin(&name("docs"), &batch([&changed])).await.unwrap();
    assert_eq!(catalog.document(&name("docs"), changed.document.head.id).await.unwrap(), Some(record(&changed, None)));
    assert_eq!(catalog.pending(&name("docs")).await.unwrap(), [PendingDocument::Storing(changed.document.head.id)]);
    assert_eq!(as_set(catalog.expected(&name("docs")).await.unwrap()), expected_of(&[&changed]));
    assert_eq!(catalog.documents(&name("docs"), 0, 10).await.unwrap().documents[0].chunks, 1);

    let completed = record(&former, Some(hours(9)));
    catalog.begin(&name("docs"), &batch([&changed, &completed])).await.unwrap();
    let kept = catalog.document(&name("docs"), former.document.head.id).await.unwrap();
    assert_eq!(kept, Some(record(&former, None)), "the last of a batch stays, and is not completed by being given a time");
}

async fn collections_are_apart(catalog: &impl Catalog) {
    let document = sample("/a.md");
    let id = document.document.head.id;
    for each in ["one", "two"] {
        catalog.create_collection(&collection(each)).await.unwrap();
        catalog.begin(&name(each), &batch([&document])).await.unwrap();
    }
    catalog.complete(&name("one"), &[id], hours(1)).await.unwrap();
    assert_eq!(catalog.pending(&name("two")).await.unwrap(), [PendingDocument::Storing(id)]);
    catalog.begin_removal(&name("two"), &[id]).await.unwrap();
    catalog.complete_removal(&name("two"), &[id]).await.unwrap();
    assert_eq!(catalog.document(&name("one"), id).await.unwrap(), Some(record(&document, Some(hours(1)))));
    assert_eq!(catalog.document(&name("two"), id).await.unwrap(), None);
    catalog.remove_collection(&name("two")).await.unwrap();
    assert_eq!(catalog.expected(&name("one")).await.unwrap().len(), 2);
}

async fn unknown_things_are_told_apart(catalog: &impl Catalog) {
    let document = sample("/a.md");
    let (nowhere, id) = (name("nowhere"), document.document.head.id);
    let refused = catalog.begin(&nowhere, &batch([&document])).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotFound);
    assert!(refused.to_string().contains("`nowhere`"), "{refused} must name the collection");
    assert_eq!(catalog.complete(&nowhere, &[id], hours(1)).await.unwrap_err().kind(), ErrorKind::NotFound);

    // To remove what is not there, and to read of it, finds nothing.
    catalog.begin_removal(&nowhere, &[id]).await.unwrap();
    catalog.complete_removal(&nowhere, &[id]).await.unwrap();
    nothing_is_in(catalog, "nowhere", id).await;

    catalog.create_collection(&collection("docs")).await.unwrap();
    nothing_is_in(catalog, "docs", id).await;
    catalog.complete(&name("docs"), &[id], hours(1)).await.unwrap();
    catalog.begin(&name("docs"), &[]).await.unwrap();
    for none in [&[][..], &[id]] {
        catalog.complete(&name("docs"), none, hours(1)).await.unwrap();
        catalog.begin_removal(&name("docs"), none).await.unwrap();
        catalog.complete_removal(&name("docs"), none).await.unwrap();
    }
    nothing_is_in(catalog, "docs", id).await;
}

async fn nothing_is_in(catalog: &impl Catalog, collection: &str, id: DocumentId) {
    let collection = name(collection);
    assert!(catalog.states(&collection, &[id]).await.unwrap().is_empty());
    assert!(catalog.states(&collection, &[]).await.unwrap().is_empty());
    assert_eq!(catalog.pending(&collection).await.unwrap(), []);
    assert_eq!(catalog.expected(&collection).await.unwrap(), []);
    assert_eq!(catalog.document(&collection, id).await.unwrap(), None);
    let page = catalog.documents(&collection, 0, 10).await.unwrap();
    assert_eq!((page.documents.len(), page.total), (0, 0));
    assert_eq!(catalog.documents_under(&collection, "").await.unwrap(), []);
    assert_eq!(catalog.languages(&collection).await.unwrap(), []);
}

async fn many_documents_fit_in_one_call(catalog: &impl Catalog) {
    catalog.create_collection(&collection("docs")).await.unwrap();
    let documents = documents_named((0..1_200).map(|number| format!("/{number:04}.md")));
    catalog.begin(&name("docs"), &batch(&documents)).await.unwrap();
    let all: Vec<DocumentId> = documents.iter().map(|document| document.document.head.id).collect();
    let states = catalog.states(&name("docs"), &all).await.unwrap();
    assert_eq!(states.len(), 1_200);
    assert!(documents.iter().all(|document| states[&document.document.head.id].chunks == chunk_ids(document)));
    catalog.complete(&name("docs"), &all, hours(1)).await.unwrap();
    assert_eq!(catalog.pending(&name("docs")).await.unwrap(), []);
    assert_eq!(catalog.expected(&name("docs")).await.unwrap().len(), 2_400);
    catalog.begin_removal(&name("docs"), &all).await.unwrap();
    assert_eq!(catalog.pending(&name("docs")).await.unwrap().len(), 1_200);
    catalog.complete_removal(&name("docs"), &all).await.unwrap();
    assert!(catalog.states(&name("docs"), &all).await.unwrap().is_empty());
}

async fn listings_are_paged_by_source(catalog: &impl Catalog) {
    catalog.create_collection(&collection("docs")).await.unwrap();
    let sources = ["/B.md", "/a.md", "/b.md", "/é.md", "/文.md"];
    catalog.begin(&name("docs"), &batch(&documents_named(sources.iter().rev()))).await.unwrap();
    let b = DocumentId::from_source("/b.md");
    catalog.complete(&name("docs"), &[b], hours(1)).await.unwrap();

    for (offset, limit, shown) in [
        (0, 2, &sources[..2]),
        (2, 2, &sources[2..4]),
        (4, 2, &sources[4..]),
        (5, 2, &[]),
        (0, 0, &[]),
        (0, u64::MAX, &sources[..]),
        (u64::MAX, 1, &[]),
    ] {
        let page = catalog.documents(&name("docs"), offset, limit).await.unwrap();
        assert_eq!(page.total, 5);
        let found: Vec<_> = page.documents.iter().map(|document| document.head.source.as_str()).collect();
        assert_eq!(found, shown, "offset {offset}, limit {limit}");
    }
    let page = catalog.documents(&name("docs"), 2, 1).await.unwrap();
    let (summary, whole) = (&page.documents[0], sample("/b.md"));
    assert_eq!((&summary.head, summary.text_bytes, summary.chunks), (&whole.document.head, whole.document.text.len() as u64, 2));
    assert_eq!((summary.pages, summary.warnings, summary.same_as, summary.indexed_at), (3, 1, None, Some(hours(1))));
}

async fn prefixes_are_literal(catalog: &impl Catalog) {
    catalog.create_collection(&collection("docs")).await.unwrap();
    let documents = documents_named(["/a%b/1.md", "/aXb/2.md", "/a_b/3.md", "/A%B/4.md", "/ä/5.md", "/a%b"]);
    catalog.begin(&name("docs"), &batch(&documents)).await.unwrap();
    for (prefix, sources) in [
        ("/a%b", &["/a%b", "/a%b/1.md"][..]),
        ("/a%b/", &["/a%b/1.md"]),
        ("/a_b", &["/a_b/3.md"]),
        ("/A", &["/A%B/4.md"]),
        ("/ä", &["/ä/5.md"]),
        ("/a%b/1.md", &["/a%b/1.md"]),
        ("/a%b/1.md2", &[]),
        ("*", &[]),
        ("", &["/A%B/4.md", "/a%b", "/a%b/1.md", "/aXb/2.md", "/a_b/3.md", "/ä/5.md"]),
    ] {
        let mut found = catalog.documents_under(&name("docs"), prefix).await.unwrap();
        found.sort_by(|left, right| left.1.cmp(&right.1));
        assert!(found.iter().all(|(id, source)| *id == DocumentId::from_source(source)));
        let found: Vec<_> = found.iter().map(|(_, source)| source.as_str()).collect();
        assert_eq!(found, sources, "under {prefix:?}");
    }
}

async fn languages_are_listed(catalog: &impl Catalog) {
    catalog.create_collection(&collection("docs")).await.unwrap();
    for (number, language) in ["german", "chinese", "english", "chinese", "unknown", "chinese", "english"].into_iter().enumerate() {
        let mut document = sample(&format!("/{number}.md"));
        document.document.head.language = Language::new(language);
        catalog.begin(&name("docs"), &batch([&document])).await.unwrap();
    }
    let languages = catalog.languages(&name("docs")).await.unwrap();
    let names: Vec<_> = languages.iter().map(Language::as_str).collect();
    assert_eq!(names, ["chinese", "english", "german", "unknown"]);
}

async fn numbers_that_cannot_be_kept_are_refused(catalog: &impl Catalog) {
    catalog.create_collection(&collection("docs")).await.unwrap();
    let (sound, mut document) = (sample("/sound.md"), sample("/a.md"));
    document.document.head.fields.insert("price".to_owned(), FieldValue::Number(f64::NAN));
    let refused = catalog.begin(&name("docs"), &batch([&sound, &document])).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    assert!(refused.to_string().contains("`price`"), "{refused} must name the field");
    assert_eq!(catalog.pending(&name("docs")).await.unwrap(), [], "all of a batch is written, or nothing");

    let mut document = sample("/a.md");
    document.document.quality.garbled_share = f32::NAN;
    let refused = catalog.begin(&name("docs"), &batch([&document])).await.unwrap_err();
    assert!(refused.to_string().contains("`garbled_share`"), "{refused} must name the field");
}

fn chunk_ids(document: &DocumentRecord) -> Vec<ChunkId> {
    document.chunks.iter().map(|chunk| chunk.id).collect()
}

fn expected_of(documents: &[&DocumentRecord]) -> HashSet<(ChunkId, DocumentId, String)> {
    let of = |document: &&DocumentRecord| {
        let head = document.document.head.clone();
        document.chunks.iter().map(move |chunk| (chunk.id, head.id, head.revision.as_str().to_owned())).collect::<Vec<_>>()
    };
    documents.iter().flat_map(of).collect()
}

fn as_set(chunks: Vec<StoredChunk>) -> HashSet<(ChunkId, DocumentId, String)> {
    chunks.into_iter().map(|chunk| (chunk.id, chunk.document, chunk.revision.as_str().to_owned())).collect()
}
