//! Ingests as jobs: listed, stopped, gone on with, what failed.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Ragstone, eventually};

/// More than a second of work.
fn write_much(ragstone: &Ragstone) {
    for number in 0..150 {
        let text = format!("Paragraph {number} is about nothing in particular. ").repeat(40);
        ragstone.write(&format!("{number}.txt"), text);
    }
}

fn newest(ragstone: &Ragstone) -> Value {
    ragstone.json(&["jobs"])[0].clone()
}

fn id(job: &Value) -> String {
    job["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_job_says_what_it_did() {
    let ragstone = Ragstone::new();
    ragstone.write("a.md", "# Bees\n\nBees make honey.\n");
    ragstone.write("empty.md", "");
    ragstone.run(&["ingest", ragstone.documents().to_str().unwrap()]);
    let job = newest(&ragstone);
    assert_eq!((&job["state"], &job["progress"]["indexed"], &job["progress"]["failed"]), (&json!("done"), &json!(1), &json!(1)));
    let shown = ragstone.ok(&["jobs", "show", &id(&job)]);
    for expected in ["2 of 2, 1 failed", "1 indexed", "stored", "is empty"] {
        assert!(shown.contains(expected), "{expected} is not in {shown}");
    }
    assert!(ragstone.ok(&["jobs", "failed"]).contains("empty.md"));
}

#[test]
fn a_killed_job_is_gone_on_with_by_the_same_command_or_by_its_id() {
    let ragstone = Ragstone::new();
    write_much(&ragstone);
    let path = ragstone.documents();
    let kill_half_way = || {
        let mut ingest = ragstone.start(&["ingest", path.to_str().unwrap()]);
        eventually("the job runs", || ragstone.data_dir().join("catalog.db").is_file() && newest(&ragstone)["state"] == "running");
        std::thread::sleep(Duration::from_millis(300));
        ingest.kill().unwrap();
        ingest.wait().unwrap();
        newest(&ragstone)
    };
    let cut_off = kill_half_way();
    let report = ragstone.ingest();
    assert_eq!(report["failed"], json!([]));
    let job = newest(&ragstone);
    assert_eq!((id(&job), &job["state"]), (id(&cut_off), &json!("done")), "the same command goes on with the same job");

    ragstone.write("0.txt", "changed. ".repeat(4_000));
    let cut_off = kill_half_way();
    ragstone.ok(&["jobs", "resume", &id(&cut_off)]);
    let job = newest(&ragstone);
    assert_eq!((id(&job), &job["state"]), (id(&cut_off), &json!("done")));
    assert_eq!(ragstone.ingest()["unchanged"], json!(150));
}

#[test]
fn a_running_job_is_cancelled_from_beside() {
    let ragstone = Ragstone::new();
    write_much(&ragstone);
    let path = ragstone.documents();
    let mut ingest = ragstone.start(&["ingest", path.to_str().unwrap()]);
    eventually("the job runs", || ragstone.data_dir().join("catalog.db").is_file() && newest(&ragstone)["state"] == "running");
    ragstone.ok(&["jobs", "cancel", &id(&newest(&ragstone))]);
    let code = ingest.wait().unwrap().code();
    let job = newest(&ragstone);
    // Either it was stopped, or it was quicker.
    assert!((code, job["state"].as_str()) == (Some(1), Some("cancelled")) || code == Some(0), "{code:?} {job}");
    ragstone.run(&["jobs", "cancel", &id(&job)]).refused(&["already"]);
    ragstone.ok(&["jobs", "resume", &id(&job)]);
    assert_eq!(ragstone.ingest()["unchanged"], json!(150));
}

#[test]
fn jobs_that_do_not_exist_are_refused() {
    let ragstone = Ragstone::new();
    ragstone.run(&["jobs"]).refused(&["there is no data", "ragstone ingest"]);
    ragstone.write("a.md", "# A\n\nText.\n");
    ragstone.ingest();
    let nobody = "00000000-0000-0000-0000-000000000000";
    for command in ["show", "cancel", "resume"] {
        ragstone.run(&["jobs", command, nobody]).refused(&["does not exist", "`ragstone jobs`"]);
    }
    ragstone.run(&["jobs", "show", "x"]).refused(&["x"]);
    ragstone.run(&["jobs", "--url", "http://127.0.0.1:1"]).refused(&["/api/jobs"]);
}
