//! Which index of a collection is searched.

use super::sample::{batch, collection, hours, ids, name, sample};
use crate::{Catalog, CollectionSpec, ErrorKind};

pub(super) async fn a_collection_is_switched_in_one_step(catalog: &impl Catalog) {
    let mut embedding = collection("docs").embedding;
    embedding.model = "another".to_owned();
    embedding.dimension = 768;
    let refused = catalog.switch_collection(&name("docs"), &embedding, 3).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotFound, "{refused}");

    let document = sample("/a.md");
    for each in ["docs", "other"] {
        catalog.create_collection(&collection(each)).await.unwrap();
        catalog.begin(&name(each), &batch([&document])).await.unwrap();
        catalog.complete(&name(each), &ids(&[&document]), hours(1)).await.unwrap();
    }
    assert_eq!(collection("docs").index().to_string(), "docs");
    catalog.switch_collection(&name("docs"), &embedding, 3).await.unwrap();

    let switched = CollectionSpec { embedding: embedding.clone(), generation: 3, ..collection("docs") };
    assert_eq!(catalog.collection(&name("docs")).await.unwrap(), Some(switched.clone()));
    assert_eq!(switched.index().to_string(), "docs@3");
    let listed: Vec<CollectionSpec> = catalog.collections().await.unwrap().into_iter().map(|summary| summary.spec).collect();
    assert_eq!(listed, [switched.clone(), collection("other")], "other collections stay");
    assert_eq!(catalog.pending(&name("docs")).await.unwrap(), [], "no document is touched");

    catalog.restart_collection(&name("docs"), &collection("docs").embedding).await.unwrap();
    assert_eq!(catalog.collection(&name("docs")).await.unwrap().map(|spec| spec.generation), Some(3), "it starts again in its place");
    catalog.remove_collection(&name("docs")).await.unwrap();
    catalog.create_collection(&switched).await.unwrap();
    assert_eq!(catalog.collection(&name("docs")).await.unwrap(), Some(switched));
}
