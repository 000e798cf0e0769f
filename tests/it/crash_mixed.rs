//! A server that reads a folder again and again, killed together with its workers while the folder changes under it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fs_err as fs;
use serde_json::{Value, json};

use crate::crash::Moments;
use crate::support::{Ragstone, Server, eventually, worker};

/// Rounds in every test run; `RAGSTONE_CRASH_ROUNDS=100` for a long one.
const ROUNDS: u64 = 8;

const VOCABULARY: [&str; 10] = ["stone", "river", "engine", "ledger", "harbour", "violin", "comet", "orchard", "glacier", "lantern"];

/// A folder of documents in several formats, and changes to it.
struct Corpus {
    folder: PathBuf,
    moments: Moments,
    created: u64,
}

impl Corpus {
    fn new(folder: PathBuf) -> Self {
        let mut corpus = Self { folder, moments: Moments(99), created: 0 };
        (0..24).for_each(|_| corpus.create());
        corpus
    }

    fn words(&mut self) -> String {
        (0..60).map(|_| VOCABULARY[usize::try_from(self.moments.next(10)).unwrap()]).collect::<Vec<_>>().join(" ")
    }

    fn content(&mut self, kind: u64) -> String {
        let (title, text, more) = (self.created, self.words(), self.words());
        match kind {
            0 => format!("# Document {title}\n\n{text}.\n\n## More\n\n{more}.\n"),
            1 => format!("<html><head><title>Page {title}</title></head><body><p>{text}</p><p>{more}</p></body></html>"),
            2 => format!("From: a@example.org\nTo: b@example.org\nSubject: Mail {title}\nMIME-Version: 1.0\n\n{text}.\n"),
            3 => [(1, text), (2, more)].map(|(number, text)| message(title, number, &text)).concat(),
            _ => format!("{text}.\n\n{more}.\n"),
        }
    }

    fn create(&mut self) {
        self.created += 1;
        let kind = self.moments.next(5);
        let ending = ["md", "html", "eml", "mbox", "txt"][usize::try_from(kind).unwrap()];
        let content = self.content(kind);
        fs::write(self.folder.join(format!("{}.{ending}", self.created)), content).unwrap();
    }

    fn any_file(&mut self) -> PathBuf {
        let mut files: Vec<PathBuf> = fs::read_dir(&self.folder).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        let index = self.moments.next(files.len() as u64);
        files.swap_remove(usize::try_from(index).unwrap())
    }

    /// An edit, a renaming, a deletion or a new file.
    fn change(&mut self) {
        let file = self.any_file();
        match self.moments.next(4) {
            0 => {
                let kind = ["md", "html", "eml", "mbox", "txt"].iter().position(|ending| file.extension().unwrap() == *ending).unwrap();
                let content = self.content(kind as u64);
                fs::write(file, content).unwrap();
            }
            1 => {
                self.created += 1;
                let renamed = format!("renamed-{}.{}", self.created, file.extension().unwrap().to_str().unwrap());
                fs::rename(&file, self.folder.join(renamed)).unwrap();
            }
            2 if fs::read_dir(&self.folder).unwrap().count() > 12 => fs::remove_file(file).unwrap(),
            _ => self.create(),
        }
    }
}

fn message(title: u64, number: u64, text: &str) -> String {
    format!(
        "From a@b.c Mon Jan  5 10:00:00 2026\nFrom: a@b.c\nTo: d@e.f\nMessage-ID: <{title}-{number}@b.c>\nSubject: Letter {number}\n\n{text}\n\n"
    )
}

/// What is stored of each document, without times.
fn stored(ragstone: &Ragstone) -> BTreeMap<String, Value> {
    let listed = ragstone.json(&["documents", "list", "--limit", "1000"]);
    let of =
        |document: &Value| json!([document["title"], document["text_bytes"], document["chunks"], document["language"], document["fields"]]);
    listed["documents"].as_array().unwrap().iter().map(|document| (document["source"].as_str().unwrap().to_owned(), of(document))).collect()
}

/// Everything that can be found, and where.
fn found(ragstone: &Ragstone) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for query in ["stone river engine", "ledger harbour violin", "comet orchard glacier lantern"] {
        for hit in ragstone.json(&["search", query, "--limit", "1000"])["hits"].as_array().unwrap() {
            found.push((hit["document"]["source"].as_str().unwrap().to_owned(), hit["chunk"]["text"].as_str().unwrap().to_owned()));
        }
    }
    found.sort();
    found
}

/// The processes that a process has started, where the system says.
fn children(parent: u32) -> Vec<u32> {
    let is_child = |id: &u32| {
        let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        status.lines().any(|line| line.strip_prefix("PPid:").is_some_and(|id| id.trim() == parent.to_string()))
    };
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    processes.filter_map(|process| process.ok()?.file_name().to_str()?.parse().ok()).filter(is_child).collect()
}

fn kill(process: u32) {
    std::process::Command::new("kill").args(["-KILL", &process.to_string()]).status().unwrap();
}

fn watched_by_server(folder: &Path) -> Ragstone {
    let source = format!(
        r#"sources=[{{ name = "folder", collection = "default", every = "1s", kind = "paths", paths = ["{}"], prune = true }}]"#,
        folder.display()
    );
    Ragstone::new().with(source).with("jobs.first_wait=100ms").with("jobs.lease=3s")
}

#[test]
fn a_killed_server_and_killed_workers_lose_nothing() {
    if worker().is_none() {
        return;
    }
    let rounds = std::env::var("RAGSTONE_CRASH_ROUNDS").map_or(ROUNDS, |rounds| rounds.parse().unwrap());
    let documents = tempfile::tempdir().unwrap();
    let folder = fs::canonicalize(documents.path()).unwrap();
    let mut corpus = Corpus::new(folder.clone());
    let killed = watched_by_server(&folder);
    for _ in 0..rounds {
        let server = Server::start(&killed);
        for _ in 0..4 {
            corpus.change();
            std::thread::sleep(std::time::Duration::from_millis(corpus.moments.next(600)));
            if let Some(worker) = children(server.id()).first().filter(|_| corpus.moments.next(2) == 0) {
                kill(*worker);
            }
        }
        kill(server.id());
    }

    let mut server = Server::start(&killed);
    let undisturbed = Ragstone::new();
    undisturbed.json(&["ingest", folder.to_str().unwrap()]);
    let expected = stored(&undisturbed);
    eventually("the server has caught up", || stored(&killed) == expected);
    server.signal("TERM");
    assert!(server.wait().success());
    let last = killed.json(&["ingest", folder.to_str().unwrap(), "--prune"]);
    for outcome in ["indexed", "replaced", "removed", "failed_total", "chunks_embedded"] {
        assert_eq!(last[outcome], json!(0), "{outcome} after everything was stored: {last}");
    }
    assert_eq!(found(&killed), found(&undisturbed));
}
