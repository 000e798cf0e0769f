//! Whatever is wrong with a request, the envelope says so and names it.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::Method;
use bytesize::ByteSize;
use futures::{StreamExt, stream};
use serde_json::json;

use crate::ServerConfig;
use crate::testing::{TestApp, impatient, request};

const SEARCH: &str = "/api/collections/docs/search";
const DOCUMENTS: &str = "/api/collections/docs/documents";

#[tokio::test]
async fn wrong_json_names_the_field() {
    let app = TestApp::with_documents(impatient()).await;
    let check = async |path: &str, body: &str, mention: &str| {
        let message = app.post_as(path, "application/json", body.to_owned()).await.error(400, "invalid_input");
        assert!(message.contains(mention), "{body}: {message}");
    };
    check(SEARCH, "", "EOF").await;
    check(SEARCH, "{\"query\": \"x\"", "EOF").await;
    check(SEARCH, "{}", "missing field `query`").await;
    check(SEARCH, "{\"query\": 7}", "query: invalid type").await;
    check(SEARCH, "{\"query\": \"x\", \"limit\": -1}", "limit: invalid value").await;
    check(SEARCH, "{\"query\": \"x\", \"mode\": \"magic\"}", "mode: unknown variant `magic`").await;
    check(SEARCH, "{\"query\": \"x\", \"filtr\": \"y\"}", "filtr is no setting of a search: there are").await;
    check(SEARCH, "{\"query\": \"x\", \"expand\": \"sideways\"}", "expand cannot be \"sideways\"").await;
    check(SEARCH, "{\"query\": \"x\", \"diversity\": 2}", "diversity is 2, it must be from 0 to 1").await;
    check(SEARCH, "{\"query\": \"x\", \"explain\": \"yes\"}", "explain: invalid type").await;
    check("/api/collections/docs/explain", "{\"query\": \"x\"}", "missing field `document`").await;
    check(SEARCH, "{\"query\": \"x\"} {}", "trailing").await;
    check("/api/collections/docs/ask", "{\"query\": \"x\"}", "missing field `question`").await;
    check(DOCUMENTS, "{\"documents\": []}", "`documents` is empty").await;
    check(DOCUMENTS, "{\"documents\": [{\"source\": \" \", \"text\": \"x\"}]}", "`source` is empty").await;
    check(DOCUMENTS, "{\"documents\": [{\"source\": \"a\", \"text\": \"x\"}, {\"source\": \"b\"}]}", "documents[1]: missing field `text`")
        .await;
    check(DOCUMENTS, "{\"documents\": [{\"source\": \"a\", \"text\": \"x\", \"modified_at\": \"soon\"}]}", "documents[0].modified_at")
        .await;
}

#[tokio::test]
async fn bodies_must_be_utf8() {
    let app = TestApp::new();
    let body = Body::from(&b"{\"query\": \"caf\xe9\"}"[..]);
    let message = app.post_as(SEARCH, "application/json", body).await.error(400, "invalid_input");
    assert_eq!(message, "the body is not UTF-8 from byte 14 on");
}

#[tokio::test]
async fn content_types_are_checked() {
    let app = TestApp::new();
    for (path, content_type) in
        [(SEARCH, "text/plain"), (DOCUMENTS, "text/plain"), (SEARCH, "application/x-www-form-urlencoded"), (SEARCH, "json")]
    {
        let message = app.post_as(path, content_type, "{}").await.error(415, "unsupported_media_type");
        assert!(message.contains(&format!("`{content_type}`")) && message.contains("`application/json`"), "{message}");
    }
    let message = app.send(request(Method::POST, SEARCH).body(Body::from("{}")).unwrap()).await.error(415, "unsupported_media_type");
    assert!(message.contains("missing"), "{message}");
    let json = app.post_as(SEARCH, "Application/JSON; charset=utf-8", "{}").await;
    json.error(400, "invalid_input");
}

#[tokio::test]
async fn paths_are_checked() {
    let app = TestApp::with_documents(impatient()).await;
    for (path, mention) in [
        ("/api/collections/-x", "`-x` is not a collection name"),
        ("/api/collections/a%20b", "`a b` is not a collection name"),
        ("/api/collections/%2e%2e%2fetc", "`../etc` is not a collection name"),
        ("/api/collections/%ff", "collection"),
        ("/api/collections/docs/documents/7", "`7` is not an id"),
    ] {
        let message = app.get(path).await.error(400, "invalid_input");
        assert!(message.contains(mention), "{path}: {message}");
    }
}

#[tokio::test]
async fn unknown_routes_and_methods() {
    let app = TestApp::new();
    for path in ["/", "/api", "/api/collections/docs/nothing", "/index.php"] {
        let message = app.get(path).await.error(404, "not_found");
        assert!(message.contains(path) && message.contains("/openapi.json"), "{message}");
    }
    let reply = app.delete("/api/collections").await;
    reply.error(405, "method_not_allowed");
    assert!(reply.header("allow").contains("GET"), "{:?}", reply.headers);
    let reply = app.get(SEARCH).await;
    reply.error(405, "method_not_allowed");
    assert_eq!(reply.header("allow"), "POST");
    let reply = app.put(DOCUMENTS).await;
    reply.error(405, "method_not_allowed");
    assert!(["GET", "POST"].iter().all(|method| reply.header("allow").contains(method)), "{:?}", reply.headers);
}

#[tokio::test]
async fn large_bodies_are_refused_announced_or_not() {
    let app = TestApp::with(ServerConfig { max_body: ByteSize::kib(1), ..impatient() });
    let large = json!({"documents": [{"source": "a", "text": "x".repeat(2000)}]}).to_string();
    let announced = request(Method::POST, DOCUMENTS).header("content-type", "application/json").header("content-length", large.len());
    // It would never come: the announcement is enough.
    let never = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
    let pieces = stream::iter(large.into_bytes().chunks(100).map(Bytes::copy_from_slice).collect::<Vec<_>>()).map(Ok::<_, Infallible>);
    for reply in [
        app.send(announced.body(never).unwrap()).await,
        app.post_as(DOCUMENTS, "application/json", Body::from_stream(pieces)).await,
        app.post_as(SEARCH, "application/json", "x".repeat(1025)).await,
    ] {
        let message = reply.error(413, "too_large");
        assert!(message.contains("1.0 KiB"), "{message}");
    }
    let fits = TestApp::new().post_as(SEARCH, "application/json", format!("{{\"query\": \"{}\"}}", "x".repeat(1 << 20))).await;
    assert!(fits.error(413, "too_large").contains("1.0 MiB"), "a question has a limit of its own");
}

#[tokio::test]
async fn slow_and_broken_bodies_end() {
    let app = TestApp::with(ServerConfig { request_timeout: Duration::from_millis(50), ..impatient() });
    for path in [SEARCH, DOCUMENTS] {
        let drip = stream::repeat(()).then(|()| async {
            tokio::time::sleep(Duration::from_millis(10)).await;
            Ok::<_, Infallible>(Bytes::from_static(b" "))
        });
        let message = app.post_as(path, "application/json", Body::from_stream(drip)).await.error(504, "timeout");
        assert!(message.contains("within 50 ms"), "{message}");
        let broken = stream::iter([Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("connection reset"))]);
        let message = app.post_as(path, "application/json", Body::from_stream(broken)).await.error(400, "invalid_input");
        assert!(message.contains("broke off") && message.contains("connection reset"), "{message}");
    }
    assert!(app.state.ingests.acquire().await.is_ok(), "the permits are back");
}

#[tokio::test]
async fn foreign_pages_are_refused() {
    let app = TestApp::new();
    let from_page = request(Method::POST, DOCUMENTS).header("host", "localhost:7575").header("origin", "https://evil.example");
    let message = app.send(from_page.body(Body::empty()).unwrap()).await.error(403, "foreign_origin");
    assert!(message.contains("https://evil.example") && message.contains("server.allowed_origins"), "{message}");
    let rebound = request(Method::GET, "/api/collections").header("host", "evil.example:7575");
    app.send(rebound.body(Body::empty()).unwrap()).await.error(403, "foreign_origin");
}
