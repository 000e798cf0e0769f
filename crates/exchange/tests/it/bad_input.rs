//! What is refused: with which words, and that nothing has changed.

mod rewrite;

use std::path::{Path, PathBuf};

use fs_err as fs;
use ragstone_core::{ErrorKind, Revision};
use ragstone_exchange::{ImportRequest, Layout, import};
use rewrite::{Cells, rewrite};
use serde_json::Value;

use crate::support::{copy, document, embedded, everything, export_to, fill, import_from, name, place, spec};

const CHUNKS: &str = "chunks/part-00001.parquet";
const DOCUMENTS: &str = "documents/part-00001.parquet";

/// An export of two documents, one of them with a copy, in a folder that is removed with the first of these.
async fn exported() -> (tempfile::TempDir, PathBuf) {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("docs");
    let here = place();
    let original = document("/a.md", &["| head |", "two 文", "three"]);
    let records = [copy("/copy.md", &original), original, document("/b.md", &["four", "five"])];
    fill(&here, &spec("docs"), &records).await;
    export_to(&folder, &here, Layout::default()).await.unwrap();
    (temporary, folder)
}

/// Changes `collection.json`.
fn change(folder: &Path, edit: impl FnOnce(&mut Value)) {
    let path = folder.join("collection.json");
    let mut manifest: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    edit(&mut manifest);
    fs::write(&path, manifest.to_string()).unwrap();
}

/// Takes out what makes sure that the files are those that were exported.
fn unseal(folder: &Path) {
    change(folder, |manifest| {
        for table in ["documents", "chunks"] {
            for file in manifest[table]["files"].as_array_mut().unwrap() {
                file.as_object_mut().unwrap().retain(|key, _| key == "name" || key == "rows");
            }
        }
    });
}

/// Imports, which must fail with these words and leave nothing.
async fn refused(folder: &Path, kind: ErrorKind, words: &[&str]) {
    let there = place();
    let error = import_from(folder, &there).await.unwrap_err();
    for word in words {
        assert!(error.to_string().contains(word), "{word:?} is not in: {error}");
    }
    assert_eq!(error.kind(), kind, "{error}");
    assert_eq!(there.catalog.collections().await.unwrap(), [], "after: {error}");
    assert_eq!(there.store.indexes().await.unwrap(), [], "after: {error}");
}

#[tokio::test]
async fn what_is_no_export_is_refused() {
    let temporary = tempfile::tempdir().unwrap();
    refused(temporary.path(), ErrorKind::NotFound, &["is no export", "collection.json"]).await;
    refused(&temporary.path().join("nowhere"), ErrorKind::NotFound, &["nowhere", "is no export"]).await;
    let file = temporary.path().join("collection.json");
    fs::write(&file, "{").unwrap();
    refused(&file, ErrorKind::NotFound, &["is no export"]).await;
    refused(temporary.path(), ErrorKind::InvalidInput, &["collection.json", "line 1"]).await;
    fs::write(&file, r#"{"format_version": 1}"#).unwrap();
    refused(temporary.path(), ErrorKind::InvalidInput, &["collection.json", "missing field"]).await;
    fs::write(&file, r#"{"format_version": 2, "tables": []}"#).unwrap();
    refused(temporary.path(), ErrorKind::InvalidInput, &["format version 2", "up to 1", "newer Ragstone"]).await;
}

#[tokio::test]
async fn files_must_be_those_that_were_exported() {
    let (_temporary, folder) = exported().await;
    let path = folder.join(CHUNKS);
    let whole = fs::read(&path).unwrap();

    fs::remove_file(&path).unwrap();
    refused(&folder, ErrorKind::InvalidInput, &[CHUNKS, "is missing"]).await;
    fs::write(&path, &whole[..whole.len() - 9]).unwrap();
    refused(&folder, ErrorKind::InvalidInput, &[CHUNKS, "was cut off or changed"]).await;
    let mut spoilt = whole.clone();
    spoilt[whole.len() / 3] ^= 1;
    fs::write(&path, &spoilt).unwrap();
    refused(&folder, ErrorKind::InvalidInput, &[CHUNKS, "is not what was exported"]).await;

    unseal(&folder);
    fs::write(&path, &whole[..whole.len() - 9]).unwrap();
    refused(&folder, ErrorKind::InvalidInput, &[CHUNKS, "cannot be read as Parquet"]).await;
    fs::write(&path, b"id,document\n1,2\n").unwrap();
    refused(&folder, ErrorKind::InvalidInput, &[CHUNKS, "cannot be read as Parquet"]).await;
    fs::write(&path, b"").unwrap();
    refused(&folder, ErrorKind::InvalidInput, &[CHUNKS, "cannot be read as Parquet"]).await;
    fs::remove_file(&path).unwrap();
    refused(&folder, ErrorKind::InvalidInput, &[CHUNKS, "is missing"]).await;
    fs::copy(folder.join(DOCUMENTS), &path).unwrap();
    refused(&folder, ErrorKind::InvalidInput, &[CHUNKS, "has no column `document`"]).await;

    fs::write(&path, &whole).unwrap();
    change(&folder, |manifest| manifest["chunks"]["files"][0]["rows"] = 6.into());
    refused(&folder, ErrorKind::InvalidInput, &[CHUNKS, "has 5 rows", "says 6"]).await;
    change(&folder, |manifest| manifest["chunks"]["files"][0]["name"] = "../../other.parquet".into());
    refused(&folder, ErrorKind::InvalidInput, &["../../other.parquet", "lie in the table's folder"]).await;
    change(&folder, |manifest| manifest["chunks"]["files"] = Value::Array(Vec::new()));
    refused(&folder, ErrorKind::InvalidInput, &[DOCUMENTS, "row 0", "3 chunks belong to the document"]).await;
}

/// No byte may be such that the program falls, or takes in what is wrong.
#[tokio::test]
async fn spoilt_bytes_are_refused_or_harmless() {
    let (_temporary, folder) = exported().await;
    unseal(&folder);
    for file in [CHUNKS, DOCUMENTS] {
        let path = folder.join(file);
        let whole = fs::read(&path).unwrap();
        for at in (0..whole.len()).step_by(41) {
            let mut spoilt = whole.clone();
            spoilt[at] ^= 0x55;
            fs::write(&path, &spoilt).unwrap();
            let there = place();
            if import_from(&folder, &there).await.is_err() {
                assert_eq!(there.catalog.collections().await.unwrap(), [], "byte {at} of {file}");
            }
        }
        fs::write(&path, &whole).unwrap();
    }
}

#[tokio::test]
async fn columns_must_have_their_types() {
    for (file, from, to, words) in [
        (CHUNKS, "dense", "tense", vec!["has no column `dense`"]),
        (
            CHUNKS,
            "int32 ordinal (INTEGER(32,false))",
            "int32 ordinal (INTEGER(32,true))",
            vec!["column `ordinal`", "INTEGER(32,true)", "INTEGER(32,false)"],
        ),
        (DOCUMENTS, "TIMESTAMP(MICROS,true)", "TIMESTAMP(NANOS,true)", vec!["column `modified_at`", "NANOS", "MICROS"]),
        (DOCUMENTS, "BYTE_ARRAY text (STRING)", "BYTE_ARRAY text (BSON)", vec!["column `text`", "BSON"]),
    ] {
        let (_temporary, folder) = exported().await;
        unseal(&folder);
        rewrite(&folder.join(file), |schema| schema.replace(&from.replace("int32", "INT32"), &to.replace("int32", "INT32")), "id", |_| ());
        refused(&folder, ErrorKind::InvalidInput, &[&[file][..], &words].concat()).await;
    }
}

type Edit = fn(&mut Cells);

#[tokio::test]
async fn rows_must_be_possible() {
    let of_chunks = |column: &'static str, edit: Edit, words: &'static [&'static str]| (CHUNKS, column, edit, words);
    let of_documents = |column: &'static str, edit: Edit, words: &'static [&'static str]| (DOCUMENTS, column, edit, words);
    let cases = [
        of_chunks("dense", |cells| cells.floats()[9] = f32::NAN, &["row 1", "`dense`", "value 1 is NaN"]),
        of_chunks("dense", |cells| cells.floats()[31] = f32::INFINITY, &["row 3", "value 7 is inf"]),
        of_chunks("dense", |cells| cells.shorten_last(), &["row 4", "`dense`", "has 7 values, wanted are 8"]),
        of_chunks("lexical_values", |cells| cells.floats()[0] = f32::NAN, &["`lexical_values`", "NaN"]),
        of_chunks("lexical_values", |cells| cells.shorten_last(), &["`lexical_values`", "wanted are"]),
        of_chunks("lexical_indices", |cells| cells.integers()[2] = cells.integers()[1], &["row 2", "`lexical_indices`", "is there twice"]),
        of_chunks("id", |cells| cells.set_text(2, "seven"), &["row 2", "`id`", "`seven` is not an id"]),
        of_chunks("id", |cells| cells.repeat(1), &["row 1", "`id`", "is there twice"]),
        of_chunks("id", |cells| cells.repeat(3), &["row 3", "`id`", "is there twice"]),
        of_chunks("document", |cells| cells.repeat(3), &["row 3", "`document`", "belongs to", "none is missing"]),
        of_chunks("ordinal", |cells| cells.integers()[1] = 5, &["row 1", "`ordinal`", "is 5", "next chunk is 1"]),
        of_chunks("end", |cells| cells.longs()[1] += 1, &["row 1", "is not what the document's text has there"]),
        of_chunks("start", |cells| cells.longs()[0] = -1, &["row 0", "`start`", "-1 is out of range"]),
        of_chunks("text", |cells| cells.set_text(4, "something else"), &["row 4", "`text`", "is not what the document's text has there"]),
        of_chunks("text", |cells| cells.set_bytes(4, b"\xff"), &["row 4", "`text`", "not valid UTF-8"]),
        of_chunks("pages", |cells| cells.integers()[1] = 9, &["row 0", "`pages`"]),
        of_chunks("table_header", |cells| cells.set_text(0, "| other |"), &["row 1", "`table_header`"]),
        of_documents("id", |cells| cells.set_text(0, "00000000-0000-8000-8000-000000000000"), &["row 0", "`id`", "is not the id of `/"]),
        of_documents("source", |cells| cells.set_text(1, "/x.md"), &["row 1", "`id`", "is not the id of `/x.md`"]),
        of_documents(
            "same_as",
            |cells| cells.set_text(0, "00000000-0000-8000-8000-000000000000"),
            &["`same_as`", "is not the document before it"],
        ),
        of_documents("chunks", |cells| cells.longs()[0] += 1, &["chunks/part-00001.parquet", "row 3", "`document`", "none is missing"]),
        of_documents("chunks", |cells| cells.longs()[2] -= 1, &["chunks/part-00001.parquet", "row 4", "or has all of its chunks"]),
        of_documents(
            "chunks",
            |cells| cells.longs()[2] += 1,
            &["documents/part-00001.parquet", "row 2", "3 chunks belong to the document"],
        ),
        of_documents("chunks", |cells| cells.longs()[1] += 1, &["row 1", "`chunks`", "a copy has none"]),
        of_documents("fields", |cells| cells.set_text(0, "{"), &["row 0", "`fields`", "JSON"]),
        of_documents("quality", |cells| cells.set_text(0, "7"), &["row 0", "`quality`", "JSON"]),
        of_documents("markup", |cells| cells.set_text(0, "TeX"), &["row 0", "`markup`", "`TeX` is not one of `plain`"]),
        of_documents("pages", |cells| cells.set_text(0, r#"[{"number":1,"span":{"start":0,"end":999}}]"#), &["row 0", "`pages`"]),
        of_documents("modified_at", |cells| cells.longs()[0] = i64::MAX, &["row 0", "`modified_at`", "out of range"]),
    ];
    for (file, column, edit, words) in cases {
        let (_temporary, folder) = exported().await;
        unseal(&folder);
        // Documents are `/a.md` with chunks 0, 1 and 2, its copy, and `/b.md` with chunks 3 and 4.
        rewrite(&folder.join(file), str::to_owned, column, edit);
        eprintln!("refused for: {words:?}");
        refused(&folder, ErrorKind::InvalidInput, words).await;
    }
}

#[tokio::test]
async fn a_collection_of_another_model_is_left_alone() {
    let (_temporary, folder) = exported().await;
    let there = place();
    let mut other = spec("docs");
    other.embedding.model = "another".to_owned();
    fill(&there, &other, &[document("/own.md", &["own"])]).await;
    let before = everything(&there, "docs").await;
    let error = import_from(&folder, &there).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    for words in ["`another`", "`a 'model'`", "collection `docs`"] {
        assert!(error.to_string().contains(words), "{error}");
    }
    assert_eq!(everything(&there, "docs").await, before);
}

#[tokio::test]
async fn nothing_is_overwritten() {
    let (_temporary, folder) = exported().await;
    let there = place();
    let mut changed = document("/b.md", &["another text"]);
    changed.document.head.revision = Revision::of(&[b"later"]);
    fill(&there, &spec("docs"), &[document("/own.md", &["own"]), changed]).await;
    let before = everything(&there, "docs").await;
    let error = import_from(&folder, &there).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.to_string().contains("has `/b.md` already, and not as it was exported"), "{error}");
    assert_eq!(everything(&there, "docs").await, before, "not even the documents that could have been imported");

    // A copy of something there is not the document that was exported: others may be copies of that.
    let there = place();
    let elsewhere = document("/elsewhere.md", &["four", "five"]);
    fill(&there, &spec("docs"), &[copy("/b.md", &elsewhere), elsewhere]).await;
    let error = import_from(&folder, &there).await.unwrap_err();
    assert!(error.to_string().contains("has `/b.md` already"), "{error}");

    // Documents beside it, and the same ones, are in nobody's way.
    let there = place();
    fill(&there, &spec("docs"), &[document("/own.md", &["own"]), document("/b.md", &["four", "five"])]).await;
    let report = import(&ImportRequest { folder, collection: Some(name("docs")) }, &there, &()).await.unwrap();
    assert_eq!((report.documents, report.present), (2, 1));
    assert_eq!(everything(&there, "docs").await.documents.len(), 4);
}

#[tokio::test]
async fn an_export_is_not_written_over_anything() {
    let temporary = tempfile::tempdir().unwrap();
    let here = place();
    let error = export_to(&temporary.path().join("docs"), &here, Layout::default()).await.unwrap_err();
    assert_eq!((error.kind(), error.to_string().contains("collection `docs` does not exist")), (ErrorKind::NotFound, true));
    fill(&here, &spec("docs"), &[document("/a.md", &["one"])]).await;

    let taken = temporary.path().join("taken");
    fs::create_dir(&taken).unwrap();
    fs::write(taken.join("thesis.tex"), "years of work").unwrap();
    for folder in [&taken, &taken.join("thesis.tex")] {
        let error = export_to(folder, &here, Layout::default()).await.unwrap_err();
        assert_eq!((error.kind(), error.to_string().contains("is there already")), (ErrorKind::Conflict, true), "{error}");
    }
    assert_eq!(fs::read_to_string(taken.join("thesis.tex")).unwrap(), "years of work");
    let error = export_to(&taken.join("thesis.tex").join("docs"), &here, Layout::default()).await.unwrap_err();
    assert_ne!(error.kind(), ErrorKind::Internal, "{error}");
}

#[tokio::test]
async fn what_the_store_has_must_be_what_the_catalog_has() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("docs");
    let here = place();
    let record = document("/a.md", &["one", "two"]);
    fill(&here, &spec("docs"), std::slice::from_ref(&record)).await;
    let index = spec("docs").index();

    let mut spoilt = embedded(&record);
    spoilt[1].dense[3] = f32::NEG_INFINITY;
    here.store.upsert(&index, spoilt).await.unwrap();
    let error = export_to(&folder, &here, Layout::default()).await.unwrap_err();
    assert!(error.to_string().contains("`/a.md` cannot be exported: column `dense`: value 3 is -inf"), "{error}");

    here.store.delete(&index, &[record.chunks[1].id]).await.unwrap();
    let error = export_to(&folder, &here, Layout::default()).await.unwrap_err();
    assert!(error.to_string().contains("of `/a.md` is not in the store as the catalog has it; `ragstone reindex`"), "{error}");
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0, "nothing is left of them");
}

#[tokio::test]
async fn settings_that_mean_nothing_are_refused() {
    let (_temporary, folder) = exported().await;
    change(&folder, |manifest| manifest["settings"] = serde_json::json!({ "models": 7 }));
    refused(&folder, ErrorKind::InvalidInput, &["collection.json", "invalid type"]).await;
}
