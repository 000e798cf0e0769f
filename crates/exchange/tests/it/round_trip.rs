//! What was exported comes back as it was.

use proptest::prelude::*;
use ragstone_core::{CollectionModels, DocumentRecord, FieldValue, IndexName, ModelPlace, SparseVector};
use ragstone_exchange::{ExchangeEvent, ExportRequest, ImportRequest, Layout, Observer, Phase, export, import};
use serde_json::json;

use crate::support::{copy, document, embedded, everything, export_to, fill, import_from, name, place, samples, spec, time};

#[tokio::test]
async fn a_collection_comes_back_exactly() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("docs");
    let here = place();
    fill(&here, &spec("docs"), &samples()).await;
    here.catalog.set_setting(&name("docs"), "retrieve", Some(&json!({ "candidates": 500, "note": "größer" }))).await.unwrap();
    here.catalog.set_setting(&name("docs"), "nothing", Some(&json!(null))).await.unwrap();

    let exported = export_to(&folder, &here, Layout::default()).await.unwrap();
    assert_eq!((exported.documents, exported.copies, exported.unfinished), (28, 3, 0));
    assert_eq!(exported.chunks, 20 * 3 + 5 + 1 + 1 + 2);
    let on_disk: u64 = ["collection.json", "documents/part-00001.parquet", "chunks/part-00001.parquet"]
        .iter()
        .map(|file| fs_err::metadata(folder.join(file)).unwrap().len())
        .sum();
    assert_eq!(exported.bytes, on_disk);
    assert_eq!(fs_err::read_dir(temporary.path()).unwrap().count(), 1, "nothing but the export is left");

    let there = place();
    let imported = import_from(&folder, &there).await.unwrap();
    assert_eq!((imported.documents, imported.chunks, imported.present), (28, exported.chunks, 0));
    assert_eq!(imported.settings, ["nothing", "retrieve"]);
    assert_eq!(everything(&there, "docs").await, everything(&here, "docs").await);

    let again = import_from(&folder, &there).await.unwrap();
    assert_eq!((again.documents, again.chunks, again.present), (0, 0, 28), "twice is as good as once");
    assert!(again.settings.is_empty());
    assert_eq!(everything(&there, "docs").await, everything(&here, "docs").await);
}

#[tokio::test]
async fn a_collection_may_get_another_name() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("docs");
    let here = place();
    fill(&here, &spec("docs"), &samples()).await;
    export_to(&folder, &here, Layout::default()).await.unwrap();
    let report = import(&ImportRequest { folder, collection: Some(name("other")) }, &here, &()).await.unwrap();
    assert_eq!(report.collection, name("other"));
    let (mut docs, other) = (everything(&here, "docs").await, everything(&here, "other").await);
    docs.spec = docs.spec.map(|docs| ragstone_core::CollectionSpec { name: name("other"), ..docs });
    assert_eq!(other, docs);
}

#[tokio::test]
async fn what_a_removed_collection_has_left_is_not_found_again() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("docs");
    let (here, there) = (place(), place());
    fill(&here, &spec("docs"), &samples()).await;
    export_to(&folder, &here, Layout::default()).await.unwrap();

    // The catalog forgets first: a removal that is cut off then leaves the indexes.
    let forgotten = document("/forgotten.md", &["secret"]);
    for collection in ["docs", "other"] {
        fill(&there, &spec(collection), std::slice::from_ref(&forgotten)).await;
    }
    there.store.create(&IndexName::new(name("docs"), 1), 3).await.unwrap();
    there.catalog.remove_collection(&name("docs")).await.unwrap();

    import_from(&folder, &there).await.unwrap();
    assert_eq!(everything(&there, "docs").await, everything(&here, "docs").await);
    assert_eq!(there.store.indexes().await.unwrap(), [spec("docs").index(), spec("other").index()]);
    assert_eq!(there.store.stored(&spec("other").index()).await.unwrap().len(), 1, "another collection is left alone");
}

#[tokio::test]
async fn an_empty_collection_can_be_taken_along() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("docs");
    fs_err::create_dir(&folder).unwrap();
    let (here, there) = (place(), place());
    fill(&here, &spec("docs"), &[]).await;
    let exported = export_to(&folder, &here, Layout::default()).await.unwrap();
    assert_eq!((exported.documents, exported.chunks), (0, 0));
    import_from(&folder, &there).await.unwrap();
    assert_eq!(everything(&there, "docs").await, everything(&here, "docs").await);
}

#[tokio::test]
async fn what_is_not_completely_stored_stays_behind() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("docs");
    let here = place();
    fill(&here, &spec("docs"), &[document("/stored.md", &["one"])]).await;
    let storing = document("/storing.md", &["two"]);
    here.catalog.begin(&name("docs"), &[storing.into()]).await.unwrap();
    let exported = export_to(&folder, &here, Layout::default()).await.unwrap();
    assert_eq!((exported.documents, exported.unfinished), (1, 1));
}

#[tokio::test]
async fn a_model_that_was_changed_is_remembered_for_the_index_it_comes_into() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("docs");
    let (here, there) = (place(), place());
    let later = ragstone_core::CollectionSpec { generation: 3, ..spec("docs") };
    fill(&here, &later, &samples()).await;
    let earlier = ragstone_core::EmbeddingSpec { model: "earlier".to_owned(), ..later.embedding.clone() };
    let models = CollectionModels {
        models: vec![
            ModelPlace { embedding: earlier, folder: "/models/earlier".into(), generation: 2 },
            ModelPlace { embedding: later.embedding.clone(), folder: "/models/later".into(), generation: 3 },
        ],
    };
    models.write(&*here.catalog, &later.name).await.unwrap();
    export_to(&folder, &here, Layout::default()).await.unwrap();
    import_from(&folder, &there).await.unwrap();
    assert_eq!(there.catalog.collection(&later.name).await.unwrap(), Some(spec("docs")));
    let kept = CollectionModels::read(&*there.catalog, &later.name).await.unwrap();
    assert_eq!(kept.models, [ModelPlace { embedding: later.embedding, folder: "/models/later".into(), generation: 0 }]);
}

#[tokio::test]
async fn an_observer_sees_all_of_it() {
    #[derive(Default)]
    struct Seen(std::sync::Mutex<Vec<ExchangeEvent>>);
    impl Observer for Seen {
        fn on(&self, event: &ExchangeEvent) {
            self.0.lock().unwrap().push(*event);
        }
    }
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("docs");
    let (here, there, seen) = (place(), place(), Seen::default());
    fill(&here, &spec("docs"), &samples()).await;
    let request = ExportRequest { collection: name("docs"), folder: folder.clone(), layout: Layout::default() };
    let exported = export(&here, &request, &seen).await.unwrap();
    import(&ImportRequest { folder, collection: None }, &there, &seen).await.unwrap();
    let (mut phase, mut moved) = (Phase::Verifying, std::collections::HashMap::new());
    for event in seen.0.into_inner().unwrap() {
        match event {
            ExchangeEvent::Began { phase: begun, documents } => {
                assert_eq!(documents, exported.documents);
                phase = begun;
            }
            ExchangeEvent::Moved { documents, chunks } => {
                let sum = moved.entry(phase).or_insert((0, 0));
                *sum = (sum.0 + documents, sum.1 + chunks);
            }
        }
    }
    let all = (exported.documents, exported.chunks);
    assert_eq!(moved, [(Phase::Exporting, all), (Phase::Checking, all), (Phase::Importing, all)].into());
}

fn anything() -> impl Strategy<Value = DocumentRecord> {
    let field = prop_oneof![
        any::<bool>().prop_map(FieldValue::Boolean),
        any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(FieldValue::Number),
        any::<String>().prop_map(FieldValue::Text),
        proptest::collection::vec(any::<String>(), 0..3).prop_map(FieldValue::List),
    ];
    let head = (any::<String>(), any::<String>(), proptest::collection::vec(any::<String>(), 0..4));
    let rest = (proptest::collection::btree_map(any::<String>(), field, 0..3), proptest::option::of(any::<String>()), any::<i64>());
    (head, proptest::collection::vec(any::<String>(), 0..6), rest).prop_map(|((source, title, tags), paragraphs, rest)| {
        let (fields, validator, nanoseconds) = rest;
        let paragraphs: Vec<&str> = paragraphs.iter().map(String::as_str).collect();
        let mut record = document(&source, &paragraphs);
        let head = &mut record.document.head;
        (head.title, head.tags, head.fields) = (title, tags, fields);
        head.modified_at = chrono::DateTime::from_timestamp_nanos(nanoseconds);
        for (at, chunk) in record.chunks.iter_mut().enumerate() {
            chunk.heading_path.extend(record.document.head.tags.iter().take(at).cloned());
        }
        record.validator = validator;
        record
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn anything_that_can_be_stored_comes_back(
        mut records in proptest::collection::vec(anything(), 0..12),
        values in proptest::collection::vec(any::<f32>().prop_filter("finite", |value| value.is_finite()), 8),
        rows_per_group in 1_u64..5,
        rows_per_file in 1_u64..9,
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let mut seen = std::collections::HashSet::new();
        records.retain(|record| seen.insert(record.document.head.id));
        if let Some(original) = records.first().cloned() {
            records.push(copy("a copy of it, under a name that is not generated", &original));
        }
        runtime.block_on(async {
            let temporary = tempfile::tempdir().unwrap();
            let folder = temporary.path().join("docs");
            let (here, there) = (place(), place());
            fill(&here, &spec("docs"), &records).await;
            for record in records.iter().filter(|record| record.same_as.is_none()) {
                let mut chunks = embedded(record);
                for chunk in &mut chunks {
                    chunk.dense.clone_from(&values);
                    chunk.lexical = SparseVector { indices: vec![0, 7, u32::MAX], values: values.iter().copied().take(3).collect() };
                }
                here.store.upsert(&spec("docs").index(), chunks).await.unwrap();
            }
            let layout = Layout { rows_per_group, rows_per_file, ..Layout::default() };
            let exported = export_to(&folder, &here, layout).await.unwrap();
            assert_eq!(exported.documents as usize, records.len());
            import_from(&folder, &there).await.unwrap();
            assert_eq!(everything(&there, "docs").await, everything(&here, "docs").await);
        });
    }
}

#[tokio::test]
async fn leap_seconds_and_early_years_are_times_too() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("docs");
    let (here, there) = (place(), place());
    let mut record = document("/leap.md", &["one"]);
    record.document.head.modified_at = time("2016-12-31T23:59:60.999999999Z");
    fill(&here, &spec("docs"), &[record]).await;
    export_to(&folder, &here, Layout::default()).await.unwrap();
    import_from(&folder, &there).await.unwrap();
    assert_eq!(everything(&there, "docs").await, everything(&here, "docs").await);
}
