//! Documents of the same content, what sources said of their versions, and starting a collection again.

use std::collections::HashMap;

use super::sample::{batch, collection, duplicate, hours, ids, name, record, sample};
use super::{as_set, chunk_ids, expected_of};
use crate::{Catalog, ContentHash, DocumentId, ErrorKind, PendingDocument, SourceVersion};

pub(super) async fn contents_find_their_document(catalog: &impl Catalog) {
    catalog.create_collection(&collection("docs")).await.unwrap();
    catalog.create_collection(&collection("other")).await.unwrap();
    let (first, mut second) = (sample("/b.md"), sample("/c.md"));
    let copy = duplicate("/a.md", &first);
    second.content = first.content.clone();
    let contents = [first.content.clone(), ContentHash::of(&[b"of nothing"])];
    let found = async || catalog.by_content(&name("docs"), &contents).await.unwrap();

    catalog.begin(&name("docs"), &batch([&second, &first, &copy])).await.unwrap();
    assert_eq!(found().await, HashMap::new(), "what is not stored yet may never be");
    catalog.complete(&name("docs"), &ids(&[&second, &copy]), hours(1)).await.unwrap();
    assert_eq!(found().await, [(first.content.clone(), second.document.head.id)].into());
    catalog.complete(&name("docs"), &ids(&[&first]), hours(1)).await.unwrap();
    assert_eq!(found().await, [(first.content.clone(), first.document.head.id)].into(), "the first by source, which is no duplicate");
    assert_eq!(catalog.by_content(&name("docs"), &[]).await.unwrap(), HashMap::new());
    assert_eq!(catalog.by_content(&name("other"), &contents).await.unwrap(), HashMap::new());

    catalog.begin_removal(&name("docs"), &ids(&[&first])).await.unwrap();
    assert_eq!(found().await, [(first.content.clone(), second.document.head.id)].into(), "what is being removed stands for nobody");

    let many: Vec<_> = (0..2_000_u32).map(|number| ContentHash::of(&[&number.to_le_bytes()])).chain(contents).collect();
    assert_eq!(catalog.by_content(&name("docs"), &many).await.unwrap().len(), 1);
}

pub(super) async fn duplicates_have_no_chunks_in_the_store(catalog: &impl Catalog) {
    catalog.create_collection(&collection("docs")).await.unwrap();
    let original = sample("/original.md");
    let (one, two) = (duplicate("/2.md", &original), duplicate("/1.md", &original));
    let other = sample("/other.md");
    let originals = ids(&[&original, &other]);
    catalog.begin(&name("docs"), &batch([&original, &one, &two, &other])).await.unwrap();
    catalog.complete(&name("docs"), &ids(&[&original, &one]), hours(1)).await.unwrap();

    let id = one.document.head.id;
    assert_eq!(catalog.document(&name("docs"), id).await.unwrap(), Some(record(&one, Some(hours(1)))), "it is kept whole");
    let states = catalog.states(&name("docs"), &ids(&[&original, &one])).await.unwrap();
    assert_eq!((&states[&id].chunks, states[&id].indexed_at), (&Vec::new(), Some(hours(1))));
    assert_eq!(states[&originals[0]].chunks, chunk_ids(&original));
    assert_eq!(as_set(catalog.expected(&name("docs")).await.unwrap()), expected_of(&[&original, &other]));
    let summary = catalog.collections().await.unwrap().remove(0);
    assert_eq!((summary.documents, summary.chunks), (4, 4));
    let listed = catalog.documents(&name("docs"), 0, 2).await.unwrap().documents;
    assert_eq!((listed[1].same_as, listed[1].chunks), (Some(originals[0]), 2));

    let duplicates = catalog.duplicates_of(&name("docs"), &originals).await.unwrap();
    assert_eq!(duplicates, [record(&two, None), record(&one, Some(hours(1)))], "by source, with texts and chunks");
    assert_eq!(catalog.duplicates_of(&name("docs"), &originals[1..]).await.unwrap(), []);
    assert_eq!(catalog.duplicates_of(&name("docs"), &[]).await.unwrap(), []);
    catalog.begin_removal(&name("docs"), &ids(&[&two])).await.unwrap();
    assert_eq!(catalog.duplicates_of(&name("docs"), &originals).await.unwrap().len(), 1, "what is being removed is none");

    // The original goes, and one of its duplicates takes its place.
    let promoted = crate::DocumentRecord { same_as: None, ..one.clone() };
    catalog.begin(&name("docs"), &batch([&promoted])).await.unwrap();
    assert_eq!(catalog.duplicates_of(&name("docs"), &originals).await.unwrap(), []);
    assert_eq!(catalog.states(&name("docs"), &[id]).await.unwrap()[&id].chunks, chunk_ids(&promoted));
}

pub(super) async fn validators_are_those_of_stored_documents(catalog: &impl Catalog) {
    catalog.create_collection(&collection("docs")).await.unwrap();
    let (stored, storing, mut silent) = (sample("https://a_b/1"), sample("https://a_b/2"), sample("https://a_b/3"));
    let (elsewhere, removing) = (sample("https://aXb/4"), sample("https://a_b/5"));
    silent.validator = None;
    catalog.begin(&name("docs"), &batch([&stored, &storing, &silent, &elsewhere, &removing])).await.unwrap();
    catalog.complete(&name("docs"), &ids(&[&stored, &silent, &elsewhere, &removing]), hours(1)).await.unwrap();
    catalog.begin_removal(&name("docs"), &ids(&[&removing])).await.unwrap();

    let version = SourceVersion {
        validator: stored.validator.clone().unwrap(),
        revision: stored.document.head.revision.clone(),
        content: stored.content.clone(),
    };
    let found = catalog.validators(&name("docs"), "https://a_b/").await.unwrap();
    assert_eq!(found, [("https://a_b/1".to_owned(), version)].into());
    assert_eq!(catalog.validators(&name("docs"), "").await.unwrap().len(), 2);
    assert!(catalog.validators(&name("nowhere"), "").await.unwrap().is_empty());
}

pub(super) async fn a_collection_starts_again_with_another_model(catalog: &impl Catalog) {
    let mut embedding = collection("docs").embedding;
    embedding.model = "another".to_owned();
    embedding.dimension = 768;
    let refused = catalog.restart_collection(&name("docs"), &embedding).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotFound, "{refused}");

    let (original, removing) = (sample("/a.md"), sample("/gone.md"));
    let copy = duplicate("/b.md", &original);
    for each in ["docs", "other"] {
        catalog.create_collection(&collection(each)).await.unwrap();
        catalog.begin(&name(each), &batch([&original, &copy, &removing])).await.unwrap();
        catalog.complete(&name(each), &ids(&[&original, &copy, &removing]), hours(1)).await.unwrap();
        catalog.begin_removal(&name(each), &ids(&[&removing])).await.unwrap();
    }
    catalog.restart_collection(&name("docs"), &embedding).await.unwrap();

    let spec = catalog.collection(&name("docs")).await.unwrap().unwrap();
    assert_eq!((spec.embedding, spec.created_at), (embedding, collection("docs").created_at));
    let pending = |id: DocumentId| PendingDocument::Storing(id);
    let mut found = catalog.pending(&name("docs")).await.unwrap();
    found.sort_by_key(|pending| pending.being_removed().is_some());
    assert_eq!(found.len(), 3);
    assert!(found[..2].contains(&pending(original.document.head.id)) && found[..2].contains(&pending(copy.document.head.id)));
    assert_eq!(found[2], PendingDocument::Removing(removing.document.head.id), "what was being removed still is");
    assert_eq!(catalog.document(&name("docs"), copy.document.head.id).await.unwrap(), Some(record(&copy, None)), "all else stays");
    assert_eq!(catalog.collection(&name("other")).await.unwrap(), Some(collection("other")));
    assert_eq!(catalog.pending(&name("other")).await.unwrap().len(), 1);
}
