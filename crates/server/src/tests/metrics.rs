//! Measurements: which there are, what they count, and what they leave out.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;

use axum::body::Body;
use axum::http::Method;
use ragstone_ingest::{IngestSpec, SourceSpec, UploadSource};
use serde_json::json;

use crate::testing::{BrokenCatalog, TestApp, impatient, request};
use crate::{Role, ServerConfig};

const SEARCH: &str = "/api/collections/docs/search";

/// A scrape's samples, by name and labels as they are written.
struct Scrape(String);

impl Scrape {
    async fn of(app: &TestApp) -> Self {
        let reply = app.get("/metrics").await;
        assert_eq!(reply.status.as_u16(), 200, "{}", reply.body);
        assert_eq!(reply.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
        Self(reply.body)
    }

    fn value(&self, sample: &str) -> Option<f64> {
        let line = self.0.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '))?;
        Some(line.parse().unwrap())
    }

    fn samples(&self) -> impl Iterator<Item = &str> {
        self.0.lines().filter(|line| !line.starts_with('#'))
    }

    /// Name, type and labels of all that is in it.
    fn families(&self) -> BTreeSet<String> {
        let types = self.0.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
        types.map(|(name, kind)| format!("{name} {kind} {}", self.labels_of(name).join(",")).trim_end().to_owned()).collect()
    }

    fn labels_of(&self, family: &str) -> Vec<&str> {
        let is_sample =
            |name: &str| name == family || ["_bucket", "_sum", "_count"].iter().any(|part| name.strip_suffix(part) == Some(family));
        let with_labels = self.samples().filter_map(|line| line.split_once('{')).filter(|(name, _)| is_sample(name));
        let labels = with_labels.filter_map(|(_, rest)| rest.rsplit_once('}')).flat_map(|(labels, _)| labels.split("\","));
        let names: BTreeSet<_> = labels.filter_map(|label| Some(label.split_once('=')?.0)).collect();
        names.into_iter().collect()
    }
}

/// Everything that can be measured has been.
async fn exercised() -> TestApp {
    let app = TestApp::with_documents(ServerConfig { max_concurrent_requests: 1, max_queued_requests: 0, ..impatient() }).await;
    app.post(SEARCH, json!({"query": "tea"})).await.ok();
    app.post("/api/collections/docs/ask", json!({"question": "How is tea brewed?"})).await.ok();
    app.post(SEARCH, json!({"query": ""})).await.error(400, "invalid_input");
    app.get("/nowhere").await.error(404, "not_found");
    let _held = app.state.questions.acquire().await.unwrap();
    app.post(SEARCH, json!({"query": "tea"})).await.error(429, "overloaded");
    app
}

#[tokio::test]
async fn which_there_are() {
    let families = Scrape::of(&exercised().await).await.families();
    let everywhere: Vec<_> = families.iter().filter(|family| !family.starts_with("process_resident")).map(String::as_str).collect();
    insta::assert_snapshot!(everywhere.join("\n"), @r"
    process_start_time_seconds gauge
    ragstone_ask_duration_seconds histogram le
    ragstone_build_info gauge version
    ragstone_catalog_up gauge
    ragstone_chunks gauge collection
    ragstone_chunks_embedded_total counter
    ragstone_collections gauge
    ragstone_documents gauge collection
    ragstone_http_requests_in_flight gauge
    ragstone_http_requests_refused_total counter route
    ragstone_http_requests_total counter method,route,status
    ragstone_jobs gauge state
    ragstone_queue_places gauge queue
    ragstone_queue_running gauge queue
    ragstone_queue_waiting gauge queue
    ragstone_search_duration_seconds histogram le
    ragstone_upload_duration_seconds histogram le
    ");
}

#[tokio::test]
async fn all_are_documented_and_nothing_else_is() {
    let served = Scrape::of(&exercised().await).await.families();
    let page = fs_err::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/api.md")).unwrap();
    let rows =
        page.lines().filter_map(|line| line.strip_prefix("| `")).filter(|row| row.starts_with("ragstone_") || row.starts_with("process_"));
    let documented: BTreeSet<String> = rows
        .map(|row| {
            let cells: Vec<_> = row.split(" | ").collect();
            let labels: BTreeSet<_> = cells[2].split(", ").map(|label| label.trim_matches('`')).filter(|label| *label != "–").collect();
            let labels: Vec<_> = labels.into_iter().collect();
            format!("{} {} {}", cells[0].trim_end_matches('`'), cells[1], labels.join(",")).trim_end().to_owned()
        })
        .filter(|row| cfg!(target_os = "linux") || !row.starts_with("process_resident"))
        .collect();
    let without_bounds: BTreeSet<String> = served.iter().map(|family| family.trim_end_matches(" le").to_owned()).collect();
    assert_eq!(documented, without_bounds);
}

#[tokio::test]
async fn requests_are_counted_by_route_and_not_by_path() {
    let app = exercised().await;
    let scrape = Scrape::of(&app).await;
    let answered = |method, route, status| {
        scrape.value(&format!("ragstone_http_requests_total{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}}"))
    };
    let search = "/api/collections/{collection}/search";
    assert_eq!(answered("POST", search, "2xx"), Some(1.0));
    assert_eq!(answered("POST", search, "4xx"), Some(2.0));
    assert_eq!(answered("GET", "none", "4xx"), Some(1.0));
    assert_eq!(scrape.value(&format!("ragstone_http_requests_refused_total{{route=\"{search}\"}}")), Some(1.0));
    assert_eq!(scrape.value("ragstone_search_duration_seconds_count"), Some(1.0), "what the client did wrong took no time");
    assert_eq!(scrape.value("ragstone_ask_duration_seconds_count"), Some(1.0));
    assert_eq!(scrape.value("ragstone_upload_duration_seconds_count"), Some(1.0));
    assert_eq!(scrape.value("ragstone_http_requests_in_flight"), Some(0.0));
    assert!(!scrape.0.contains("docs/") && !scrape.0.contains("/nowhere"), "{}", scrape.0);
}

#[tokio::test]
async fn a_made_up_method_makes_no_label() {
    let app = TestApp::new();
    for method in ["BREW", "WHEN"] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        app.send(request(method, "/healthz").body(Body::empty()).unwrap()).await.error(405, "method_not_allowed");
    }
    let scrape = Scrape::of(&app).await;
    assert!(!scrape.0.contains("BREW") && scrape.0.contains("method=\"other\""), "{}", scrape.0);
}

#[tokio::test]
async fn reading_them_changes_nothing() {
    let app = TestApp::new();
    app.get("/healthz").await.ok();
    let scrapes = [Scrape::of(&app).await, Scrape::of(&app).await];
    let [first, second] = scrapes.each_ref().map(|scrape| {
        let ours: BTreeSet<_> = scrape.samples().filter(|sample| !sample.starts_with("process_")).collect();
        ours
    });
    assert_eq!(first, second);
    assert!(!scrapes[1].0.contains("/metrics"), "{}", scrapes[1].0);
}

#[tokio::test]
async fn who_works_and_who_waits_is_shown() {
    let app = Arc::new(TestApp::with_documents(ServerConfig { max_concurrent_requests: 1, ..impatient() }).await);
    let searches = [0, 1].map(|_| {
        let app = Arc::clone(&app);
        tokio::spawn(async move { app.post(SEARCH, json!({"query": "wait"})).await })
    });
    app.gate.reached_by(1).await;
    let shown = async || {
        let scrape = Scrape::of(&app).await;
        ["running", "waiting", "places"].map(|what| scrape.value(&format!("ragstone_queue_{what}{{queue=\"questions\"}}")).unwrap())
    };
    while shown().await != [1.0, 1.0, 1.0] {
        tokio::task::yield_now().await;
    }
    assert_eq!(Scrape::of(&app).await.value("ragstone_http_requests_in_flight"), Some(2.0));
    app.gate.open();
    for search in searches {
        search.await.unwrap().ok();
    }
    assert_eq!(shown().await, [0.0, 0.0, 1.0]);
}

#[tokio::test]
async fn what_is_stored_is_counted() {
    let app = TestApp::with_documents(impatient()).await;
    app.put("/api/collections/empty").await.ok();
    app.state.submit(&"docs".parse().unwrap(), upload_of_nothing()).await.unwrap();
    let scrape = Scrape::of(&app).await;
    let expected = BTreeMap::from([
        ("ragstone_catalog_up", 1.0),
        ("ragstone_collections", 2.0),
        ("ragstone_documents{collection=\"docs\"}", 2.0),
        ("ragstone_documents{collection=\"empty\"}", 0.0),
        ("ragstone_chunks{collection=\"docs\"}", 2.0),
        ("ragstone_chunks_embedded_total", 2.0),
        ("ragstone_jobs{state=\"queued\"}", 1.0),
        ("ragstone_jobs{state=\"running\"}", 0.0),
    ]);
    for (sample, value) in expected {
        assert_eq!(scrape.value(sample), Some(value), "{sample}");
    }
}

fn upload_of_nothing() -> IngestSpec {
    IngestSpec::new(SourceSpec::Upload(UploadSource { folder: "nothing".into() }))
}

#[tokio::test]
async fn only_the_largest_collections_are_named() {
    let app = TestApp::new();
    app.ingest(json!([{"source": "a", "text": "green tea"}])).await;
    for number in 0..120 {
        app.put(&format!("/api/collections/empty-{number}")).await.ok();
    }
    let scrape = Scrape::of(&app).await;
    assert_eq!(scrape.value("ragstone_collections"), Some(121.0));
    assert_eq!(scrape.value("ragstone_chunks{collection=\"docs\"}"), Some(1.0));
    assert_eq!(scrape.value("ragstone_chunks{collection=\"(others)\"}"), Some(0.0));
    assert_eq!(scrape.samples().filter(|sample| sample.starts_with("ragstone_documents{")).count(), 101);
}

#[tokio::test]
async fn without_a_catalog_the_rest_is_still_shown() {
    let app = TestApp::over(impatient(), "fake", Arc::new(BrokenCatalog));
    let scrape = Scrape::of(&app).await;
    assert_eq!((scrape.value("ragstone_catalog_up"), scrape.value("ragstone_http_requests_in_flight")), (Some(0.0), Some(0.0)));
    assert!(!scrape.0.contains("ragstone_documents"), "{}", scrape.0);
}

#[tokio::test]
async fn a_worker_shows_them_too() {
    let mut app = TestApp::new();
    app.state.app.role = Role::Jobs;
    assert_eq!(Scrape::of(&app).await.value("ragstone_catalog_up"), Some(1.0));
    app.get("/api/collections").await.error(404, "not_found");
}

#[tokio::test]
async fn prometheus_reads_them() {
    let scrape = Scrape::of(&exercised().await).await;
    let promtool =
        Command::new("promtool").args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let Ok(mut promtool) = promtool else {
        #[expect(clippy::print_stderr, reason = "what is skipped is said")]
        {
            eprintln!("skipped: `promtool` is not installed (Debian's package `prometheus` has it)");
        }
        return;
    };
    promtool.stdin.take().unwrap().write_all(scrape.0.as_bytes()).unwrap();
    let output = promtool.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success() && said.trim().is_empty(), "{said}\n{}", scrape.0);
}
