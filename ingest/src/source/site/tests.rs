use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytesize::ByteSize;
use futures::stream;

use super::*;
use crate::{IngestSpec, RawDocument, SourceItem, SourceSpec};

/// A site on this machine, and what it was asked for.
struct Site {
    url: String,
    requests: Arc<Mutex<Vec<(String, HeaderMap)>>>,
}

impl Site {
    async fn of(pages: impl Fn(&str, &HeaderMap) -> Response + Clone + Send + Sync + 'static) -> Self {
        let requests = Arc::<Mutex<Vec<_>>>::default();
        let log = Arc::clone(&requests);
        let answer = move |request: Request| {
            let path = request.uri().path_and_query().unwrap().to_string();
            log.lock().unwrap().push((path.clone(), request.headers().clone()));
            let response = pages(&path, request.headers());
            async move { response }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
        Self { url, requests }
    }

    fn asked(&self) -> Vec<String> {
        self.requests.lock().unwrap().iter().map(|(path, _)| path.clone()).collect()
    }

    async fn read(&self, path: &str, follow: Follow) -> Vec<String> {
        let source = SiteSource { follow, ..SiteSource::page(format!("{}{path}", self.url)) };
        self.shown(&items(spec(source), config(), KnownVersions::new()).await)
    }

    /// Items as `path`, `unchanged path`, `skipped path: kind` or `failed path: reason`.
    fn shown(&self, items: &[SourceItem]) -> Vec<String> {
        let shown = items.iter().map(|item| match item {
            SourceItem::Document(document) => document.source.clone(),
            SourceItem::Unchanged { source } => format!("unchanged {source}"),
            SourceItem::Skipped(skipped) => format!("skipped {}: {}", skipped.source, skipped.kind),
            SourceItem::Failed(failed) => format!("failed {}: {}", failed.source, failed.reason),
        });
        shown.map(|shown| shown.replace(&self.url, "")).collect()
    }
}

fn config() -> SourceConfig {
    SourceConfig { allow_private_hosts: true, requests_per_second: 1000.0, ..SourceConfig::default() }
}

fn spec(source: SiteSource) -> IngestSpec {
    IngestSpec { prune: true, ..IngestSpec::new(SourceSpec::Site(source)) }
}

async fn items(spec: IngestSpec, config: SourceConfig, known: KnownVersions) -> Vec<SourceItem> {
    tokio::task::spawn_blocking(move || spec.open(&config, known).unwrap().items.collect()).await.unwrap()
}

fn html(body: &str) -> Response {
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], format!("<html><body>{body}</body></html>")).into_response()
}

fn redirect(to: &str) -> Response {
    (StatusCode::FOUND, [(header::LOCATION, to.to_owned())]).into_response()
}

fn missing() -> Response {
    StatusCode::NOT_FOUND.into_response()
}

#[tokio::test]
async fn follows_links_below_its_folder() {
    let site = Site::of(|path, _| match path {
        "/docs/" => html("<a href=a.html>a</a> <a href='/docs/b#x'>b</a> <a href=/other>no</a> <a href=secret/x>no</a> <a href=pic>p</a> <a href=old>o</a> <a href=gone>g</a> <a href=style>s</a>"),
        "/docs/a.html" => html("<a href=./>up</a> <a href=deep/c>c</a>"),
        "/docs/b" | "/docs/deep/c" => html("<a href=/docs/b?page=2>next</a>"),
        "/docs/b?page=2" => ([(header::CONTENT_TYPE, "text/plain")], "plain").into_response(),
        "/docs/old" => redirect("a.html"),
        "/docs/pic" => b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec().into_response(),
        "/docs/style" => ([(header::CONTENT_TYPE, "text/css")], "p{}").into_response(),
        "/robots.txt" => "User-agent: *\nDisallow: /docs/secret/\n".into_response(),
        _ => missing(),
    })
    .await;
    let mut read = site.read("/docs/", Follow::Links).await;
    read.sort();
    assert_eq!(
        read,
        [
            "/docs/",
            "/docs/a.html",
            "/docs/b",
            "/docs/b?page=2",
            "/docs/deep/c",
            "skipped /docs/gone: missing page",
            "skipped /docs/pic: image",
            "skipped /docs/secret/x: page forbidden by robots.txt",
            "skipped /docs/style: style sheet",
        ]
    );
    let asked = site.asked();
    assert_eq!(asked.iter().filter(|path| *path == "/robots.txt").count(), 1);
    assert!(!asked.iter().any(|path| path == "/other" || path.contains("secret")), "{asked:?}");
    let agent = site.requests.lock().unwrap()[0].1[header::USER_AGENT].clone();
    assert_eq!(agent, concat!("ragstone/", env!("CARGO_PKG_VERSION"), " (+https://github.com/ragstone/ragstone)"));
}

#[tokio::test]
async fn reads_sitemaps_and_asks_only_for_what_is_new() {
    let site = Site::of(|path, headers| match path {
        "/robots.txt" => format!("Sitemap: http://{}/index.xml", headers[header::HOST].to_str().unwrap()).into_response(),
        "/index.xml" => "<sitemapindex><sitemap><loc>/pages.xml</loc></sitemap><sitemap><loc>/missing.xml</loc></sitemap></sitemapindex>"
            .into_response(),
        "/pages.xml" => "<urlset><url><loc>/docs/a</loc></url><url><loc>/docs/b.pdf</loc></url><url><loc>/elsewhere</loc></url></urlset>"
            .into_response(),
        "/docs/a" if headers.get(header::IF_NONE_MATCH).is_some_and(|tag| tag == "W/\"1\"") => StatusCode::NOT_MODIFIED.into_response(),
        "/docs/a" => ([(header::ETAG, "W/\"1\"")], html("a")).into_response(),
        "/docs/b.pdf" if headers.contains_key(header::IF_MODIFIED_SINCE) => StatusCode::NOT_MODIFIED.into_response(),
        "/docs/b.pdf" => {
            ([(header::LAST_MODIFIED, "Sat, 31 Jan 2026 08:00:00 GMT"), (header::CONTENT_TYPE, "application/pdf")], "%PDF-1.7")
                .into_response()
        }
        _ => missing(),
    })
    .await;
    let source = SiteSource { follow: Follow::Sitemap, ..SiteSource::page(format!("{}/docs/", site.url)) };
    let first = items(spec(source.clone()), config(), KnownVersions::new()).await;
    let failed = "failed /missing.xml: answered 404 Not Found";
    let incomplete = "failed /docs/: was read in part only (a sitemap could not be read): nothing that is missing from it is removed";
    assert_eq!(site.shown(&first), ["/docs/a", "/docs/b.pdf", failed, incomplete]);
    let documents: Vec<&RawDocument> =
        first.iter().filter_map(|item| if let SourceItem::Document(document) = item { Some(document) } else { None }).collect();
    assert_eq!(documents[0].media_type.as_deref(), Some("text/html; charset=utf-8"));
    assert_eq!(documents[1].modified_at.unwrap().to_rfc3339(), "2026-01-31T08:00:00+00:00");
    let known: KnownVersions = documents.iter().map(|document| (document.source.clone(), document.validator.clone().unwrap())).collect();
    let again = items(spec(source.clone()), config(), known.clone()).await;
    assert_eq!(site.shown(&again)[..2], ["unchanged /docs/a", "unchanged /docs/b.pdf"]);
    let tagged = IngestSpec { tags: vec!["x".to_owned()], ..spec(source.clone()) };
    assert_eq!(site.shown(&items(tagged, config(), known.clone()).await)[..2], ["/docs/a", "/docs/b.pdf"], "other labels, another version");
    // Where links are followed, a page is read for its links; what has none is asked for conditionally still.
    let links = SiteSource { follow: Follow::Links, ..source };
    for (path, expected) in [("/docs/a", "/docs/a"), ("/docs/b.pdf", "unchanged /docs/b.pdf")] {
        let url = format!("{}{path}", site.url);
        assert_eq!(site.shown(&items(spec(SiteSource { url, ..links.clone() }), config(), known.clone()).await), [expected]);
    }
}

#[tokio::test]
async fn one_page_and_where_it_has_gone() {
    let site = Site::of(|path, _| match path {
        "/moved" => redirect("/new#part"),
        "/new" => html("new"),
        "/busy" => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        "/circle" => redirect("/circle/2"),
        "/circle/2" => redirect("/circle"),
        "/nowhere" => redirect("ftp://x"),
        path if path.starts_with("/chain/") => redirect(&format!("{path}x")),
        _ => missing(),
    })
    .await;
    assert_eq!(site.read("/moved", Follow::Page).await, ["/new"]);
    assert_eq!(site.read("/gone.html", Follow::Page).await, ["skipped /gone.html: missing page"]);
    assert_eq!(site.read("/busy", Follow::Page).await, ["failed /busy: answered 503 Service Unavailable, try again later"]);
    assert_eq!(site.read("/circle", Follow::Page).await, ["failed /circle/2: redirects in a circle: `/circle` comes twice"]);
    assert_eq!(site.read("/nowhere", Follow::Page).await, ["failed /nowhere: redirects to `ftp://x`, which is not a URL"]);
    let chain = site.read("/chain/", Follow::Page).await;
    assert!(chain[0].contains("redirects more than 10 times"), "{chain:?}");
    let typo = IngestSpec::new(SourceSpec::Site(SiteSource::page(format!("{}/gone", site.url))));
    assert_eq!(site.shown(&items(typo, config(), KnownVersions::new()).await), ["failed /gone: answered 404 Not Found"]);
    let no_sitemap = site.read("/docs/", Follow::Sitemap).await;
    assert!(no_sitemap[0].starts_with("failed /docs/: no sitemap was found") && no_sitemap.len() == 2, "{no_sitemap:?}");
}

#[tokio::test]
async fn what_never_ends_is_cut_off() {
    let site = Site::of(|path, _| match path {
        "/endless" => Body::from_stream(stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from_static(&[b'x'; 1024])))).into_response(),
        "/large" => {
            ([(header::CONTENT_LENGTH, "1000000000")], Body::from_stream(stream::pending::<std::io::Result<Bytes>>())).into_response()
        }
        "/silent" => Body::from_stream(stream::pending::<std::io::Result<Bytes>>()).into_response(),
        path if path.starts_with("/trap/") => html(&format!("<a href='{path}a'>a</a> <a href='{path}b'>b</a>")),
        _ => missing(),
    })
    .await;
    let small = SourceConfig { max_file_bytes: ByteSize::kib(8), request_timeout: Duration::from_secs(1), ..config() };
    for (path, expected) in
        [("/endless", "is 9.0 KiB, the limit is 8.0 KiB"), ("/large", "is 953.7 MiB"), ("/silent", "did not answer within 1s")]
    {
        let shown = site.shown(&items(spec(SiteSource::page(format!("{}{path}", site.url))), small.clone(), KnownVersions::new()).await);
        assert!(shown[0].contains(expected), "{shown:?}");
    }
    let trap = SiteSource { follow: Follow::Links, max_pages: 20, ..SiteSource::page(format!("{}/trap/", site.url)) };
    let shown = site.shown(&items(spec(trap), config(), KnownVersions::new()).await);
    assert_eq!(shown.len(), 21);
    assert!(shown[20].starts_with("failed /trap/: was read in part only (there are more pages than `max_pages`)"), "{shown:?}");
}

#[tokio::test]
async fn a_host_that_fails_is_left_alone_and_nothing_of_it_is_taken_for_gone() {
    let site = Site::of(|path, _| match path {
        "/robots.txt" => missing(),
        "/sitemap.xml" => (0..100).map(|page| format!("http://host/{page}\n")).collect::<String>().into_response(),
        "/docs/" => html(&(0..100).map(|page| format!("<a href={page}>x</a>")).collect::<String>()),
        _ => StatusCode::BAD_GATEWAY.into_response(),
    })
    .await;
    let read = site.read("/docs/", Follow::Links).await;
    assert_eq!(read.len(), 1 + 10 + 1, "{read:?}");
    assert!(read[11].starts_with("failed /docs/: was read in part only (the host has stopped answering)"), "{read:?}");
    let denied = Site::of(|path, _| if path == "/robots.txt" { StatusCode::BAD_GATEWAY.into_response() } else { html("x") }).await;
    let read = denied.read("/", Follow::Page).await;
    assert!(read[0].contains("robots.txt cannot be read, so nothing of that host is: answered 502"), "{read:?}");
    assert_eq!(denied.asked(), ["/robots.txt"]);
    let forbidden = Site::of(|_, _| "User-agent: ragstone\nDisallow: /".into_response()).await;
    assert_eq!(forbidden.read("/", Follow::Page).await, ["failed /: its host's robots.txt does not allow it"]);
}

#[tokio::test]
async fn busy_hosts_are_asked_again_and_slow_ones_are_given_time() {
    let asked_before = Arc::new(Mutex::new(false));
    let site = Site::of(move |path, _| match path {
        "/robots.txt" => "User-agent: *\nCrawl-delay: 0.2\n".into_response(),
        _ if std::mem::replace(&mut *asked_before.lock().unwrap(), true) => html("now"),
        _ => (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "0")]).into_response(),
    })
    .await;
    let started = std::time::Instant::now();
    assert_eq!(site.read("/", Follow::Page).await, ["/"]);
    assert!(started.elapsed() >= Duration::from_millis(200), "the second request waits");
}

#[tokio::test]
async fn private_hosts_are_reached_only_where_that_is_allowed() {
    let site = Site::of(|path, _| if path == "/robots.txt" { missing() } else { html("inside") }).await;
    let careful = SourceConfig { allow_private_hosts: false, ..config() };
    let port = site.url.rsplit(':').next().unwrap().to_owned();
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "localhost."] {
        let source = SiteSource::page(format!("http://{host}:{port}/"));
        let shown = site.shown(&items(spec(source), careful.clone(), KnownVersions::new()).await);
        assert!(shown[0].contains("private network: `source.allow_private_hosts = true` allows that"), "{host}: {shown:?}");
    }
    assert!(site.asked().is_empty());
}

#[test]
fn needs_a_runtime_and_a_url() {
    let open = |url: &str| spec(SiteSource::page(url)).open(&config(), KnownVersions::new()).err().unwrap().to_string();
    assert!(open("https://example.com/").contains("asynchronous runtime"));
    assert!(open("example.com").contains("write it with its scheme"));
}
