//! What is decided for a collection stays with it.

use super::sample::{collection, name};
use crate::{Catalog, ErrorKind};

pub(super) async fn settings_belong_to_their_collection(catalog: &impl Catalog) {
    let docs = name("docs");
    let wide = serde_json::json!({ "candidates": 500, "note": "größer" });
    let refused = catalog.set_setting(&docs, "retrieve", Some(&wide)).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotFound);
    assert!(catalog.settings(&docs).await.unwrap().is_empty());

    catalog.create_collection(&collection("docs")).await.unwrap();
    catalog.create_collection(&collection("notes")).await.unwrap();
    catalog.set_setting(&docs, "retrieve", Some(&serde_json::json!(1))).await.unwrap();
    catalog.set_setting(&docs, "relevance", Some(&serde_json::Value::Null)).await.unwrap();
    catalog.set_setting(&docs, "retrieve", Some(&wide)).await.unwrap();
    let kept = catalog.settings(&docs).await.unwrap();
    assert_eq!(kept, [("relevance".to_owned(), serde_json::Value::Null), ("retrieve".to_owned(), wide)].into());
    assert!(catalog.settings(&name("notes")).await.unwrap().is_empty());

    catalog.set_setting(&docs, "relevance", None).await.unwrap();
    catalog.set_setting(&docs, "relevance", None).await.unwrap();
    assert_eq!(catalog.settings(&docs).await.unwrap().len(), 1);
    catalog.remove_collection(&docs).await.unwrap();
    catalog.create_collection(&collection("docs")).await.unwrap();
    assert!(catalog.settings(&docs).await.unwrap().is_empty(), "they went with it");
}
