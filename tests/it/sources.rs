//! Sources that are no plain folder, metadata, estimates, watched folders.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::{Ragstone, eventually, file_names};

fn sources(ragstone: &Ragstone) -> Vec<String> {
    let listed = ragstone.json(&["documents", "list"]);
    listed["documents"].as_array().unwrap().iter().map(|document| document["source"].as_str().unwrap().to_owned()).collect()
}

fn document(ragstone: &Ragstone, source: &str) -> Value {
    ragstone.json(&["documents", "show", source])
}

#[test]
fn standard_input_is_a_document() {
    let ragstone = Ragstone::new();
    let outcome = ragstone.run_with_input(&["ingest", "-", "--name", "notes.md", "--tag", "own"], "# Notes\n\nThe key is under the mat.\n");
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
    let notes = document(&ragstone, "stdin:notes.md");
    assert_eq!((&notes["title"], &notes["tags"]), (&json!("Notes"), &json!(["own"])));
    ragstone.run(&["ingest", "-"]).refused(&["`--name notes.md`"]);
}

#[test]
fn rows_of_a_table_are_documents() {
    let ragstone = Ragstone::new();
    let table =
        ragstone.write("faq.csv", "id,question,answer,team\n1,When do you open?,At nine.,front\n2,Where is the bin?,In the yard.,yard\n");
    let map = "id=id,text=answer,title=question";
    let arguments = ["ingest", table.to_str().unwrap(), "--map", map, "--prune"];
    assert_eq!(ragstone.json(&arguments)["indexed"], json!(2));
    let second = document(&ragstone, &format!("{}#2", table.display()));
    assert_eq!((&second["title"], &second["fields"]["team"]), (&json!("Where is the bin?"), &json!("yard")));
    ragstone.write("faq.csv", "id,question,answer,team\n2,Where is the bin?,In the yard.,yard\n");
    let again = ragstone.json(&arguments);
    assert_eq!((&again["removed"], &again["unchanged"]), (&json!(1), &json!(1)));
    ragstone.run(&["ingest", table.to_str().unwrap(), "--map", "text=nothing"]).refused(&["nothing"]);
}

#[test]
fn metadata_comes_from_sidecars_and_from_paths() {
    let ragstone = Ragstone::new().with(r#"source.metadata=[{ pattern = "{team}/**", tags = ["by-team"] }]"#);
    ragstone.write("hr/leave.txt", "Thirty days of leave.");
    ragstone.write("hr/leave.txt.meta.yaml", "title: Leave\nfields:\n  author: Ann\n");
    ragstone.json(&["ingest", ragstone.documents().to_str().unwrap(), "--field", "year=2026"]);
    let leave = document(&ragstone, ragstone.documents().join("hr/leave.txt").to_str().unwrap());
    assert_eq!((&leave["title"], &leave["tags"]), (&json!("Leave"), &json!(["by-team"])));
    assert_eq!(leave["fields"], json!({"author": "Ann", "team": "hr", "year": 2026.0}));
}

fn git(folder: &Path, arguments: &[&str]) -> bool {
    let identity = ["-c", "user.name=A", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main"];
    Command::new("git")
        .args(identity)
        .args(arguments)
        .current_dir(folder)
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

#[test]
fn a_repository_is_read_at_a_revision() {
    let ragstone = Ragstone::new();
    ragstone.write("a.md", "# Tea\n\nGreen tea.\n");
    let folder = ragstone.documents();
    if !git(&folder, &["init", "--quiet"]) {
        eprintln!("skipped: git is not installed");
        return;
    }
    assert!(git(&folder, &["add", "."]) && git(&folder, &["commit", "--quiet", "-m", "one"]) && git(&folder, &["tag", "v1"]));
    ragstone.write("a.md", "# Tea\n\nBlack tea.\n");
    ragstone.write("b.md", "# Coffee\n\nStrong.\n");
    assert!(git(&folder, &["add", "."]) && git(&folder, &["commit", "--quiet", "-m", "two"]));
    let source = format!("git+{}", folder.display());
    assert_eq!(ragstone.json(&["ingest", &source, "--revision", "v1"])["indexed"], json!(1));
    let newest = ragstone.json(&["ingest", &source]);
    assert_eq!((&newest["replaced"], &newest["indexed"]), (&json!(1), &json!(1)));
    assert!(sources(&ragstone).iter().all(|source| source.starts_with("git+file://") && source.contains("#")));
    assert_eq!(ragstone.json(&["ingest", &source])["unchanged"], json!(2));
    let documents = ragstone.json(&["documents", "list"])["documents"].clone();
    let titles: Vec<&Value> = documents.as_array().unwrap().iter().map(|document| &document["title"]).collect();
    assert!(titles.contains(&&json!("Tea")) && titles.contains(&&json!("Coffee")), "they are read as the Markdown they are: {titles:?}");
    ragstone.run(&["ingest", &source, "--revision", "nowhere"]).refused(&["nowhere"]);
}

#[test]
fn an_estimate_says_what_it_would_take_and_stores_nothing() {
    let ragstone = Ragstone::new();
    ragstone.write("a.md", "# Bees\n\nBees make honey.\n");
    ragstone.write("empty.md", "");
    let folder = ragstone.documents();
    let estimate = &ragstone.json(&["ingest", folder.to_str().unwrap(), "--dry-run"])[0];
    assert_eq!((&estimate["documents"], &estimate["chunks"], &estimate["failed"]), (&json!(1), &json!(1), &json!(1)));
    assert!(estimate["tokens"].as_u64().unwrap() > 3 && estimate["disk"]["vectors_bytes"].as_u64().unwrap() > 0);
    assert_eq!(ragstone.json(&["collections"])["collections"], json!([]));
    let printed = ragstone.ok(&["ingest", folder.to_str().unwrap(), "--dry-run"]);
    assert!(printed.contains("1 documents") && printed.contains("on disk") && printed.contains("would fail"), "{printed}");
    ragstone.run(&["ingest", folder.to_str().unwrap()]);
    assert_eq!(ragstone.json(&["ingest", folder.to_str().unwrap(), "--dry-run"])[0]["unchanged"], json!(1));
}

#[test]
fn the_same_content_is_stored_once_and_listed_twice() {
    let ragstone = Ragstone::new();
    let text = "# Bees\n\nBees make honey in the hive.\n";
    ragstone.write("one.md", text);
    ragstone.write("two.md", text);
    let report = ragstone.ingest();
    assert_eq!((&report["indexed"], &report["duplicates"], &report["chunks_embedded"]), (&json!(2), &json!(1), &json!(1)));
    assert_eq!(sources(&ragstone).len(), 2);
    assert_eq!(file_names(&ragstone.json(&["search", "honey"])).len(), 1);
}

#[test]
fn a_watched_folder_is_kept_in_step() {
    let ragstone = Ragstone::new();
    ragstone.write("old/first.md", "# First\n\nThe first text.\n");
    let folder = ragstone.documents();
    let mut watch = ragstone.start(&["ingest", folder.to_str().unwrap(), "--watch"]);
    let stored = |name: &str| {
        let listed = ragstone
            .data_dir()
            .join("catalog.db")
            .is_file()
            .then(|| ragstone.run(&["documents", "list", "--json"]))
            .map(|outcome| outcome.stdout);
        let listed: Value = listed.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let documents = listed["documents"].as_array().cloned().unwrap_or_default();
        documents.iter().any(|document| document["source"].as_str().unwrap().ends_with(name) && document["indexed_at"].is_string())
    };
    eventually("the folder is read", || stored("old/first.md"));
    ragstone.write("second.md", "# Second\n\nThe second text.\n");
    eventually("a new file is read", || stored("second.md"));
    fs_err::rename(folder.join("old"), folder.join("new")).unwrap();
    eventually("a renamed folder is followed", || stored("new/first.md") && !stored("old/first.md"));
    fs_err::remove_file(folder.join("second.md")).unwrap();
    eventually("a deleted file is removed", || !stored("second.md"));
    Command::new("kill").args(["-INT", &watch.id().to_string()]).status().unwrap();
    assert!(watch.wait().unwrap().success());
    assert_eq!(ragstone.ingest()["unchanged"], json!(1));
}

#[test]
fn sites_in_the_private_network_are_refused_unless_allowed() {
    let ragstone = Ragstone::new();
    let outcome = ragstone.run(&["ingest", "http://127.0.0.1:9/page"]);
    assert!(outcome.code == Some(1) && outcome.stderr.contains("`source.allow_private_hosts = true`"), "{outcome:#?}");
}
