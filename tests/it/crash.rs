//! `kill -9` at any moment loses nothing and leaves nothing half done.

use std::time::Duration;

use serde_json::Value;

use crate::support::Ragstone;

const KILLS: u32 = 50;

/// A pseudo-random number that is the same in every run: xorshift, after Marsaglia.
pub(crate) struct Moments(pub(crate) u64);

impl Moments {
    pub(crate) fn next(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }
}

fn write_documents(ragstone: &Ragstone) {
    let mut words = Moments(42);
    let vocabulary = ["stone", "river", "engine", "ledger", "harbour", "violin", "comet", "orchard", "glacier", "lantern"];
    for number in 0..60 {
        let mut paragraph = || (0..80).map(|_| vocabulary[usize::try_from(words.next(10)).unwrap()]).collect::<Vec<_>>().join(" ");
        let (first, second) = (paragraph(), paragraph());
        ragstone.write(&format!("{number}.md"), format!("# Document {number}\n\n{first}.\n\n## More\n\n{second}.\n"));
    }
}

/// Everything a search can see of every document.
fn contents(ragstone: &Ragstone) -> Vec<(String, String, u64)> {
    let mut found = Vec::new();
    for query in ["stone river engine", "ledger harbour violin", "comet orchard glacier lantern"] {
        let response = ragstone.json(&["search", query, "--limit", "1000"]);
        for hit in response["hits"].as_array().unwrap() {
            let title = hit["document"]["title"].as_str().unwrap().to_owned();
            found.push((title, hit["chunk"]["text"].as_str().unwrap().to_owned(), hit["chunk"]["ordinal"].as_u64().unwrap()));
        }
    }
    found.sort();
    found
}

fn collection(ragstone: &Ragstone) -> (Value, Value) {
    let summary = ragstone.json(&["collections", "show", "default"]);
    (summary["documents"].clone(), summary["chunks"].clone())
}

#[test]
fn killed_fifty_times_equals_undisturbed() {
    let undisturbed = Ragstone::new();
    write_documents(&undisturbed);
    undisturbed.ingest();

    let killed = Ragstone::new();
    write_documents(&killed);
    let path = killed.documents();
    let mut moments = Moments(7);
    for round in 0..KILLS {
        // Something changes in each round, so that there is always work to be interrupted.
        if round % 5 == 4 {
            killed.write("0.md", format!("# Document 0\n\nround {round}\n"));
        }
        let mut ingest = killed.start(&["ingest", path.to_str().unwrap()]);
        std::thread::sleep(Duration::from_millis(100 + moments.next(2_500)));
        ingest.kill().unwrap();
        ingest.wait().unwrap();
    }
    write_documents(&killed);
    let last = killed.ingest();
    assert_eq!(last["failed"], serde_json::json!([]));
    assert_eq!(collection(&killed), collection(&undisturbed));
    assert_eq!(contents(&killed), contents(&undisturbed));
}

#[test]
fn an_acknowledged_document_survives_the_kill_of_a_later_ingest() {
    let ragstone = Ragstone::new();
    let path = ragstone.documents();
    ragstone.write("honey.md", "# Honey\n\nBees make honey.\n");
    ragstone.ingest();
    write_documents(&ragstone);
    let mut ingest = ragstone.start(&["ingest", path.to_str().unwrap()]);
    std::thread::sleep(Duration::from_millis(1_500));
    ingest.kill().unwrap();
    ingest.wait().unwrap();
    assert_eq!(ragstone.json(&["search", "honey"])["hits"][0]["document"]["title"], serde_json::json!("Honey"));
}

#[test]
fn interrupted_by_the_user_it_stops_cleanly_and_goes_on_later() {
    let ragstone = Ragstone::new();
    write_documents(&ragstone);
    let path = ragstone.documents();
    let ingest = ragstone.command(&["ingest", path.to_str().unwrap(), "--json"]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(900));
    std::process::Command::new("kill").args(["-INT", &ingest.id().to_string()]).status().unwrap();
    let output = ingest.wait_with_output().unwrap();
    // Either it was caught half way and says so, or it was quicker than the signal.
    let interrupted = output.status.code() == Some(1);
    assert!(interrupted || output.status.success(), "{output:?}");
    if interrupted {
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["interrupted"], serde_json::json!(true));
    }
    let report = ragstone.ingest();
    assert_eq!(report["indexed"].as_u64().unwrap() + report["unchanged"].as_u64().unwrap() + report["replaced"].as_u64().unwrap(), 60);
}
