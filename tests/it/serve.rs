//! The same over HTTP, and with `--url`.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::{Ragstone, Server, file_names, root};

/// The program as a client of a server.
fn client(server: &Server, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_ragstone"))
        .args(arguments)
        .args(["--url", &server.url])
        .env("NO_COLOR", "1")
        .current_dir(root())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

fn runtime() -> tokio::runtime::Runtime {
    rustls::crypto::ring::default_provider().install_default().ok();
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn the_command_line_talks_to_a_server() {
    let ragstone = Ragstone::new();
    let server = Server::start(&ragstone);
    let path = ragstone.write("bees.md", "# Bees\n\nBees make honey from nectar.\n");
    let folder = ragstone.documents();

    let (code, printed, error) = client(&server, &["ingest", folder.to_str().unwrap(), "--tag", "nature"]);
    assert_eq!((code, printed.starts_with("1 indexed")), (Some(0), true), "{printed} {error}");
    let (_, printed, _) = client(&server, &["search", "honey", "--filter", "tags = nature", "--json"]);
    assert_eq!(file_names(&serde_json::from_str(&printed).unwrap()), ["bees.md"]);
    let (_, printed, _) = client(&server, &["ask", "What do bees make honey from?"]);
    assert!(printed.contains("Bees make honey from nectar. [1]"), "{printed}");
    let (_, printed, _) = client(&server, &["documents", "list"]);
    assert!(printed.contains("bees.md"), "{printed}");
    let (code, ..) = client(&server, &["documents", "delete", path.to_str().unwrap()]);
    assert_eq!(code, Some(0));
    let (code, _, error) = client(&server, &["documents", "show", path.to_str().unwrap()]);
    assert_eq!(code, Some(2), "{error}");
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let output = Command::new(env!("CARGO_BIN_EXE_ragstone")).args(["search", "x", "--url", "http://127.0.0.1:9"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no answer from `http://127.0.0.1:9/`"), "{output:?}");
}

#[test]
fn answers_stream_as_events() {
    let ragstone = Ragstone::new();
    ragstone.write("bees.md", "# Bees\n\nBees make honey from nectar.\n");
    ragstone.ingest();
    let server = Server::start(&ragstone);
    let body = runtime().block_on(async {
        let url = format!("{}/api/collections/default/ask", server.url);
        let response = reqwest::Client::new()
            .post(url)
            .json(&json!({ "question": "What do bees make honey from?", "stream": true }))
            .send()
            .await
            .unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        response.text().await.unwrap()
    });
    let events: Vec<&str> = body.lines().filter_map(|line| line.strip_prefix("event:")).map(str::trim).collect();
    assert_eq!((events.first(), events.last()), (Some(&"passages"), Some(&"done")), "{body}");
    assert!(events[1..events.len() - 1].iter().all(|event| *event == "delta"), "{events:?}");
}

#[test]
fn what_was_accepted_is_finished_before_the_end() {
    let ragstone = Ragstone::new();
    let mut server = Server::start(&ragstone);
    let url = server.url.clone();
    let documents: Vec<Value> = (0..200)
        .map(|number| json!({ "source": format!("{number}"), "text": format!("Document {number} about bees and honey. ").repeat(20) }))
        .collect();
    let upload = std::thread::spawn(move || {
        runtime().block_on(async {
            let response = reqwest::Client::new()
                .post(format!("{url}/api/collections/default/documents"))
                .json(&json!({ "documents": documents }))
                .send()
                .await
                .unwrap();
            response.json::<Value>().await.unwrap()
        })
    });
    std::thread::sleep(std::time::Duration::from_millis(700));
    server.signal("TERM");
    let report = upload.join().unwrap();
    assert_eq!(report["indexed"], json!(200), "{report}");
    assert!(server.wait().success());
    assert_eq!(ragstone.json(&["collections", "show", "default"])["documents"], json!(200));
}

#[test]
fn errors_have_one_envelope() {
    let ragstone = Ragstone::new();
    let server = Server::start(&ragstone);
    runtime().block_on(async {
        let client = reqwest::Client::new();
        let get = |path: &str| client.get(format!("{}{path}", server.url)).send();
        for (path, status) in [("/api/collections/none", 404), ("/api/nothing", 404), ("/api/collections/a%20b", 400)] {
            let response = get(path).await.unwrap();
            assert_eq!(response.status().as_u16(), status, "{path}");
            let body: Value = response.json().await.unwrap();
            assert!(
                body["error"]["message"].is_string() && body["error"]["code"].is_string() && body["error"]["request_id"].is_string(),
                "{body}"
            );
        }
        assert_eq!(get("/healthz").await.unwrap().status().as_u16(), 200);
        assert_eq!(get("/readyz").await.unwrap().status().as_u16(), 200);
        let description: Value = get("/openapi.json").await.unwrap().json().await.unwrap();
        assert!(description["paths"]["/api/collections/{collection}/search"]["post"].is_object(), "{description}");
    });
}
