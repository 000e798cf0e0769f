//! Sources are read by themselves, when they are due and never twice at once.

use std::time::Duration;

use fs_err as fs;
use ragstone_core::JobId;
use serde_json::{Value, json};

use crate::ScheduledSource;
use crate::testing::TestApp;

/// A source of the folder `docs` beside the test's data.
fn source(app: &TestApp, every: &str) -> ScheduledSource {
    let folder = app.folder.path().join("docs");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("a.md"), "# A").unwrap();
    let entry = json!({"name": "handbook", "collection": "docs", "every": every, "prune": true, "kind": "paths", "paths": [folder]});
    serde_json::from_value(entry).unwrap()
}

async fn shown(app: &TestApp) -> Value {
    app.get("/api/sources").await.ok()["sources"][0].clone()
}

async fn jobs(app: &TestApp) -> usize {
    app.get("/api/jobs").await.ok()["jobs"].as_array().unwrap().len()
}

async fn ended(app: &TestApp) -> Value {
    for _ in 0..1_000 {
        let source = shown(app).await;
        if source["last_job"]["state"] == "done" && source["next_run_at"].is_string() {
            return source;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it is never read: {}", shown(app).await);
}

#[tokio::test]
async fn a_new_source_is_read_at_once_and_then_when_it_is_due() {
    let app = TestApp::new();
    let hourly = source(&app, "1h");
    let app = app.restarted([hourly.clone()]);
    let before = shown(&app).await;
    assert_eq!((&before["name"], &before["last_job"], &before["every_seconds"]), (&json!("handbook"), &Value::Null, &json!(3600)));
    app.start().await;
    let first = ended(&app).await;
    assert_eq!(first["last_job"]["progress"]["indexed"], json!(1), "{first}");
    app.stop().await;

    let app = app.restarted([hourly.clone()]);
    app.start().await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(jobs(&app).await, 1, "a restart is no reason to read it before its time");
    assert_eq!(shown(&app).await["next_run_at"], first["next_run_at"]);
    app.stop().await;

    let due = ScheduledSource { every: Duration::ZERO, ..hourly };
    let app = app.restarted([due]);
    app.start().await;
    for _ in 0..1_000 {
        if jobs(&app).await == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(ended(&app).await["last_job"]["progress"]["unchanged"], json!(1));
    app.stop().await;
}

#[tokio::test]
async fn a_last_run_that_was_forgotten_meanwhile_is_none() {
    let app = TestApp::new();
    let hourly = source(&app, "1h");
    let app = app.restarted([hourly.clone()]);
    app.state.runs.remember(&hourly, JobId::random());
    assert_eq!(shown(&app).await["last_job"], Value::Null);
    app.start().await;
    ended(&app).await;
    app.stop().await;
}

#[tokio::test]
async fn a_run_that_has_not_ended_is_waited_for() {
    let app = TestApp::new();
    let always = source(&app, "0s");
    fs::write(app.folder.path().join("docs/a.md"), "wait").unwrap();
    let app = app.restarted([always.clone()]);
    app.start().await;
    app.gate.reached_by(1).await;
    app.stop().await;

    // It is in the queue, and another process finds it there.
    let app = app.restarted([always]);
    app.start().await;
    app.gate.reached_by(2).await;
    let source = shown(&app).await;
    assert_eq!((&source["last_job"]["state"], &source["next_run_at"]), (&json!("running"), &Value::Null));
    assert_eq!(jobs(&app).await, 1);
    app.gate.open();
    ended(&app).await;
    app.stop().await;
}

#[tokio::test]
async fn a_source_that_cannot_be_read_does_not_keep_the_others_from_it() {
    let app = TestApp::new();
    let good = source(&app, "1h");
    let gone = json!({"name": "gone", "collection": "docs", "every": "1h", "kind": "paths", "paths": ["/nowhere/at/all"]});
    let app = app.restarted([good, serde_json::from_value(gone).unwrap()]);
    app.start().await;
    ended(&app).await;
    let failed = app.get("/api/sources").await.ok()["sources"][1]["last_job"]["id"].as_str().unwrap().to_owned();
    let failed = app.job_in(&failed, "failed").await;
    assert!(failed["error"].as_str().unwrap().contains("`/nowhere/at/all` does not exist"), "{failed}");
    app.stop().await;
}
