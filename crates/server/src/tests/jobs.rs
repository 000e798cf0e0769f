//! Jobs are asked for, watched, cancelled and run again.

use axum::Router;
use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use chrono::Utc;
use ragstone_core::{Job, JobId, JobProgress, JobState};
use serde_json::{Value, json};

use crate::testing::{TestApp, impatient, request};

const JOBS: &str = "/api/collections/docs/jobs";
const LATER: &str = "/api/collections/docs/documents?wait=false";

/// A site of two pages, on a port of its own.
async fn site() -> String {
    async fn answer(uri: Uri) -> Response {
        let page = |text: &'static str| ([(CONTENT_TYPE, "text/html")], text).into_response();
        match uri.path() {
            "/" => page("<html><body><h1>Tea</h1><p>Brewed at eighty degrees.</p><a href=\"leave\">more</a></body></html>"),
            "/leave" => page("<html><body><h1>Leave</h1><p>Thirty days.</p></body></html>"),
            _ => StatusCode::NOT_FOUND.into_response(),
        }
    }
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    format!("http://{address}/")
}

fn document(source: &str, text: &str) -> Value {
    json!({"documents": [{"source": source, "text": text}]})
}

fn path_of(job: &Value) -> String {
    format!("/api/jobs/{}", id_of(job))
}

fn id_of(job: &Value) -> &str {
    job["id"].as_str().unwrap()
}

#[tokio::test]
async fn a_site_is_read_as_a_job_and_again() {
    let app = TestApp::new().reading_this_machine();
    app.start().await;
    let body = json!({"source": {"kind": "site", "url": site().await, "follow": "links"}, "tags": ["web"]});
    let job = app.post(JOBS, body).await.accepted();
    assert_eq!((&job["state"], &job["rate"], &job["collection"]), (&json!("queued"), &Value::Null, &json!("docs")));

    let done = app.job_in(id_of(&job), "done").await;
    assert_eq!((&done["progress"]["indexed"], &done["progress"]["failed"]), (&json!(2), &json!(0)), "{done}");
    assert!(done["rate"]["documents_per_second"].as_f64().unwrap() > 0.0, "{done}");
    let documents = app.get(&format!("{}/documents?state=stored&limit=1", path_of(&job))).await.ok();
    assert_eq!((&documents["total"], documents["documents"].as_array().unwrap().len()), (&json!(2), 1));
    let stored = app.get("/api/collections/docs/documents").await.ok();
    assert_eq!((&stored["total"], &stored["documents"][0]["tags"]), (&json!(2), &json!(["web"])));

    let again = app.post(&format!("{}/retry", path_of(&job)), json!({})).await.accepted();
    assert_eq!(again["id"], job["id"]);
    let done = app.job_in(id_of(&job), "done").await;
    assert_eq!(done["progress"]["unchanged"], json!(2), "{done}");
    let listed = app.get("/api/jobs?collection=docs").await.ok();
    assert_eq!((listed["jobs"].as_array().unwrap().len(), &listed["jobs"][0]["id"]), (1, &job["id"]));
    assert_eq!(app.get("/api/jobs?collection=others").await.ok(), json!({"jobs": []}));
    app.stop().await;
}

#[tokio::test]
async fn nobody_can_ask_for_files_of_the_servers_machine() {
    let app = TestApp::new();
    for (source, mention) in [
        (json!({"kind": "paths", "paths": ["/etc/passwd"]}), "upload them to `/documents`"),
        (json!({"kind": "records", "paths": ["/etc/passwd"]}), "`[[sources]]`"),
        (json!({"kind": "upload", "folder": "/var/uploads"}), "`/documents?wait=false`"),
        (json!({"kind": "git", "repository": "/srv/repository"}), "`[[sources]]`"),
        (json!({"kind": "git", "repository": "file:///srv/repository"}), "not on another machine"),
        (json!({"kind": "git", "repository": "."}), "not on another machine"),
        (json!({"kind": "git", "repository": "ssh://git@example.com/a"}), "reached by https"),
        (json!({"kind": "git", "repository": "ext::sh -c touch% x"}), "not on another machine"),
        (json!({"kind": "git", "repository": "https://me:secret@example.com/a"}), "user name or password"),
        (json!({"kind": "git", "repository": "https://example.com/a", "revision": "--upload-pack=x"}), "--upload-pack=x"),
        (json!({"kind": "site", "url": "file:///etc/passwd"}), "only http and https"),
        (json!({"kind": "site", "url": "docs"}), "`docs` is not a URL"),
        (json!({"kind": "site"}), "missing field `url`"),
        (json!({"kind": "site", "url": "https://example.com/", "depth": 2}), "unknown field `depth`"),
        (json!({"kind": "gopher"}), "unknown variant `gopher`"),
        (json!({"url": "https://example.com/"}), "missing field `kind`"),
    ] {
        let message = app.post(JOBS, json!({"source": source})).await.error(400, "invalid_input");
        assert!(message.contains(mention) && !message.contains("secret"), "{source}: {message}");
    }
    let site = json!({"kind": "site", "url": "https://example.com/"});
    for (body, mention) in [
        (json!({"source": site, "tag": ["x"]}), "unknown field `tag`"),
        (json!({"source": site, "metadata": [{"pattern": "[z-a]"}]}), "`[z-a]`"),
        (json!({}), "missing field `source`"),
    ] {
        let message = app.post(JOBS, body).await.error(400, "invalid_input");
        assert!(message.contains(mention), "{message}");
    }
    assert_eq!(app.get("/api/jobs").await.ok(), json!({"jobs": []}));
    app.get("/api/collections/docs").await.error(404, "not_found");
}

#[tokio::test]
async fn hosts_in_the_private_network_are_refused_by_name() {
    let app = TestApp::new();
    app.start().await;
    let job = app.post(JOBS, json!({"source": {"kind": "site", "url": site().await}})).await.accepted();
    let done = app.job_in(id_of(&job), "done").await;
    assert_eq!((&done["progress"]["indexed"], &done["progress"]["failed"]), (&json!(0), &json!(1)));
    let dead = app.get("/api/collections/docs/dead-letters").await.ok();
    assert!(dead["dead_letters"][0]["reason"].as_str().unwrap().contains("source.allow_private_hosts"), "{dead}");
    app.stop().await;
}

#[tokio::test]
async fn jobs_are_cancelled_while_they_wait_and_while_they_run() {
    let app = TestApp::new();
    let waiting = app.post(LATER, document("a", "text")).await.accepted();
    let cancelled = app.post(&format!("{}/cancel", path_of(&waiting)), json!({})).await.ok();
    assert_eq!(cancelled["state"], "cancelled");

    app.start().await;
    let running = app.post(LATER, document("b", "wait")).await.accepted();
    app.gate.reached_by(1).await;
    let message = app.post(&format!("{}/retry", path_of(&running)), json!({})).await.error(409, "conflict");
    assert!(message.contains("is running") && message.contains("/cancel"), "{message}");
    app.post(&format!("{}/cancel", path_of(&running)), json!({})).await.ok();
    let job = app.job_in(id_of(&running), "cancelled").await;
    assert_eq!((&job["cancel_requested"], &job["progress"]["indexed"]), (&json!(true), &json!(0)));

    let message = app.post(&format!("{}/cancel", path_of(&running)), json!({})).await.error(409, "conflict");
    assert!(message.contains("is cancelled already"), "{message}");
    app.stop().await;
}

#[tokio::test]
async fn progress_is_live() {
    let app = TestApp::new();
    app.start().await;
    let body = json!({"documents": [{"source": "a", "text": "wait"}, {"source": "b", "text": ""}]});
    let job = app.post(LATER, body).await.accepted();
    app.gate.reached_by(1).await;
    let mut progress = Value::Null;
    for _ in 0..1_000 {
        let running = app.get(&path_of(&job)).await.ok();
        progress = running["progress"].clone();
        if progress["failed"] == 1 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!((&progress["documents_total"], &progress["documents_done"], &progress["failed"]), (&json!(2), &json!(1), &json!(1)));
    app.gate.open();
    app.job_in(id_of(&job), "done").await;
    app.stop().await;
}

#[tokio::test]
async fn a_job_is_followed_to_its_end() {
    let app = TestApp::new();
    app.start().await;
    let job = app.post(LATER, document("a", "wait")).await.accepted();
    app.gate.reached_by(1).await;
    let events = request(Method::GET, &format!("{}/events", path_of(&job))).body(Body::empty()).unwrap();
    let response = app.answer(events).await;
    app.gate.open();
    let bytes = axum::body::to_bytes(response.into_body(), 1_000_000).await.unwrap();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let names: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("event: ")).collect();
    assert!(matches!(names.as_slice(), [before @ .., "ended"] if before.iter().all(|name| *name == "progress")), "{text}");
    assert!(text.contains("\"state\":\"done\""), "{text}");
    app.get(&format!("/api/jobs/{}/events", JobId::random())).await.error(404, "not_found");
    app.stop().await;
}

#[tokio::test]
async fn dead_letters_stay_until_they_are_stored() {
    let app = TestApp::new();
    app.start().await;
    let job = app.post(LATER, document("a", "")).await.accepted();
    app.job_in(id_of(&job), "done").await;
    let dead = app.get("/api/collections/docs/dead-letters").await.ok();
    let letter = &dead["dead_letters"][0];
    assert_eq!((&letter["source"], &letter["job"], &letter["stage"]), (&json!("a"), &job["id"], &json!("extract")));
    let job = app.post(LATER, document("a", "text")).await.accepted();
    app.job_in(id_of(&job), "done").await;
    assert_eq!(app.get("/api/collections/docs/dead-letters").await.ok()["dead_letters"], json!([]));
    app.get("/api/collections/none/dead-letters").await.error(404, "not_found");
    app.stop().await;
}

#[tokio::test]
async fn what_is_not_there_and_what_is_misspelt() {
    let app = TestApp::new();
    let none = JobId::random();
    for path in [format!("/api/jobs/{none}"), format!("/api/jobs/{none}/documents")] {
        let message = app.get(&path).await.error(404, "not_found");
        assert!(message.contains(&none.to_string()) && message.contains("GET /api/jobs"), "{message}");
    }
    for action in ["cancel", "retry"] {
        app.post(&format!("/api/jobs/{none}/{action}"), json!({})).await.error(404, "not_found");
    }
    for (path, mention) in [
        ("/api/jobs/7", "`7` is not the id of a job"),
        ("/api/jobs?limit=0", "`limit` is 0"),
        ("/api/jobs?limit=1001", "1000"),
        ("/api/jobs?collection=-x", "`-x` is not a collection name"),
        ("/api/jobs?state=done", "state"),
        ("/api/jobs/00000000-0000-0000-0000-000000000000/documents?state=lost", "lost"),
        ("/api/collections/docs/dead-letters?limit=0", "`limit` is 0"),
    ] {
        let message = app.get(path).await.error(400, "invalid_input");
        assert!(message.contains(mention), "{path}: {message}");
    }
    app.delete("/api/jobs").await.error(405, "method_not_allowed");
}

#[tokio::test]
async fn the_queue_has_an_end() {
    let app = TestApp::with(impatient());
    for _ in 0..500 {
        let job = Job {
            id: JobId::random(),
            collection: "docs".parse().unwrap(),
            title: "much".to_owned(),
            request: json!({}),
            state: JobState::Queued,
            cancel_requested: false,
            progress: JobProgress::default(),
            error: None,
            created_at: Utc::now(),
            started_at: None,
            finished_at: None,
        };
        app.state.app.jobs.add_job(&job).await.unwrap();
    }
    let body = json!({"source": {"kind": "site", "url": "https://example.com/"}});
    let reply = app.post(JOBS, body).await;
    let message = reply.error(429, "overloaded");
    assert!(message.contains("500 jobs are waiting"), "{message}");
    assert_eq!(reply.header("retry-after"), "1");
    app.post(LATER, document("a", "text")).await.error(429, "overloaded");
    assert_eq!(fs_err::read_dir(app.folder.path().join("uploads")).unwrap().count(), 0, "nothing is kept of what was refused");
}

#[tokio::test]
async fn a_deleted_collection_is_not_brought_back_by_its_jobs() {
    let app = TestApp::new();
    app.start().await;
    let running = app.post(LATER, document("a", "wait")).await.accepted();
    app.gate.reached_by(1).await;
    let waiting = app.post(LATER, document("b", "text")).await.accepted();
    app.delete("/api/collections/docs").await.ok();
    for job in [running, waiting] {
        app.job_in(id_of(&job), "cancelled").await;
    }
    app.get("/api/collections/docs").await.error(404, "not_found");
    app.stop().await;
}
