//! That pandas reads an export, and that an export that pandas has written is read.

use std::process::Command;

use ragstone_exchange::Layout;
use serde_json::{Value, json};

use crate::support::{embedded, everything, export_to, fill, import_from, place, samples, spec};

/// A Python with these packages; none is no failure.
fn python(packages: &[&str]) -> Option<String> {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let found = Command::new(&python).args(["-c", &format!("import {}", packages.join(", "))]).output();
    if found.is_ok_and(|found| found.status.success()) {
        return Some(python);
    }
    eprintln!("skipped: `{python}` lacks one of {packages:?}; install them with pip, or name another Python with PYTHON");
    None
}

#[tokio::test]
async fn pandas_reads_it_and_what_pandas_writes_is_read() {
    let Some(python) = python(&["pandas", "pyarrow"]) else { return };
    let temporary = tempfile::tempdir().unwrap();
    let (folder, rewritten) = (temporary.path().join("docs"), temporary.path().join("rewritten"));
    let here = place();
    let records = samples();
    fill(&here, &spec("docs"), &records).await;
    export_to(&folder, &here, Layout { rows_per_group: 10, rows_per_file: 20, ..Layout::default() }).await.unwrap();

    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/python/read.py");
    let output = Command::new(python).arg(script).arg(&folder).arg(&rewritten).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read: Value = serde_json::from_slice(&output.stdout).unwrap();

    assert_eq!(read["documents"].as_object().unwrap().len(), records.len());
    let mut chunks = 0;
    for record in &records {
        let head = &record.document.head;
        let [text, tags, fields, modified_at] = read["documents"][head.id.to_string()].as_array().unwrap().as_slice() else { panic!() };
        assert_eq!((text, tags), (&json!(record.document.text), &json!(head.tags)));
        assert_eq!(*fields, serde_json::to_value(&head.fields).unwrap());
        let modified_at: chrono::DateTime<chrono::Utc> = modified_at.as_str().unwrap().parse().unwrap();
        assert_eq!(modified_at.timestamp_micros(), head.modified_at.timestamp_micros());
        for chunk in embedded(record).into_iter().filter(|_| record.same_as.is_none()) {
            let [text, dense, lexical] = read["chunks"][chunk.chunk.id.to_string()].as_array().unwrap().as_slice() else { panic!() };
            assert_eq!(*text, json!(chunk.chunk.text));
            let dense: Vec<f32> = dense.as_array().unwrap().iter().map(|value| value.as_f64().unwrap() as f32).collect();
            assert_eq!((dense, lexical), (chunk.dense, &json!(chunk.lexical.indices)));
            chunks += 1;
        }
    }
    assert_eq!(read["chunks"].as_object().unwrap().len(), chunks);

    let there = place();
    import_from(&rewritten, &there).await.unwrap();
    assert_eq!(everything(&there, "docs").await, everything(&here, "docs").await);
}

/// Runs the n-th snippet of the documentation on an export, and says what it printed.
async fn run_snippet(python: String, number: usize, edit: impl FnOnce(&str) -> String) -> String {
    let temporary = tempfile::tempdir().unwrap();
    let here = place();
    fill(&here, &spec("docs"), &samples()).await;
    fs_err::create_dir(temporary.path().join("backup")).unwrap();
    export_to(&temporary.path().join("backup/handbook"), &here, Layout::default()).await.unwrap();

    let page = fs_err::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/exchange.md")).unwrap();
    let snippet = page.split("```python\n").nth(number).and_then(|rest| rest.split("```").next()).unwrap();
    let output = Command::new(python).args(["-c", &edit(snippet)]).current_dir(temporary.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn the_documented_way_to_read_it_works() {
    let Some(python) = python(&["pandas", "pyarrow"]) else { return };
    let printed = run_snippet(python, 1, str::to_owned).await;
    assert!(printed.contains("(69, 8)") && printed.contains("heading_path"), "{printed}");
}

#[tokio::test]
async fn the_documented_way_into_qdrant_works() {
    let Some(python) = python(&["pyarrow.dataset", "qdrant_client"]) else { return };
    let (server, itself) = (r#"QdrantClient(url="http://127.0.0.1:6333")"#, r#"QdrantClient(":memory:")"#);
    let search = r#"
hits = client.query_points("handbook", query=[0.1] * dimension, using="dense", limit=3).points
print(len(hits), sorted(hits[0].payload))
"#;
    let printed = run_snippet(python, 2, |snippet| {
        assert!(snippet.contains(server));
        snippet.replace(server, itself) + search
    })
    .await;
    assert!(printed.starts_with("69\n3 ['document', 'heading_path', 'text']"), "{printed}");
}
