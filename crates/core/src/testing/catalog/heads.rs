//! The heads that a search can find.

use super::sample::{batch, collection, documents_named, duplicate, hours, ids, name, sample};
use crate::{Catalog, DocumentHead, DocumentId};

pub(super) async fn heads_are_those_of_searchable_documents(catalog: &impl Catalog) {
    let docs = name("docs");
    assert_eq!(catalog.heads(&docs, None, 10).await.unwrap(), [], "of an unknown collection");
    catalog.create_collection(&collection("docs")).await.unwrap();
    let stored = documents_named(["/a.md", "/b.md", "/c.md", "/文.md"]);
    let copy = duplicate("/copy.md", &stored[0]);
    let (storing, removing) = (sample("/storing.md"), sample("/removing.md"));
    catalog.begin(&docs, &batch(stored.iter().chain([&copy, &storing, &removing]))).await.unwrap();
    let completed: Vec<DocumentId> = stored.iter().chain([&copy, &removing]).map(|record| record.document.head.id).collect();
    catalog.complete(&docs, &completed, hours(1)).await.unwrap();
    catalog.begin_removal(&docs, &ids(&[&removing])).await.unwrap();

    let mut expected: Vec<DocumentHead> = stored.iter().map(|record| record.document.head.clone()).collect();
    expected.sort_by_key(|head| head.id);
    assert_eq!(catalog.heads(&docs, None, u64::MAX).await.unwrap(), expected);
    assert_eq!(catalog.heads(&docs, None, 3).await.unwrap(), expected[..3]);
    assert_eq!(catalog.heads(&docs, Some(expected[2].id), 3).await.unwrap(), expected[3..]);
    assert_eq!(catalog.heads(&docs, Some(expected[3].id), 3).await.unwrap(), []);
}
