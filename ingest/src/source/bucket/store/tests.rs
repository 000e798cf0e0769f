use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use secrecy::SecretString;

use super::*;
use crate::{BucketConfig, BucketCredentials, IngestSpec, SourceSpec};

/// A store on this machine: `moto_server` of the Python package `moto[s3,server]`.
struct Store {
    process: Child,
    url: String,
    http: reqwest::Client,
}

impl Drop for Store {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Store {
    async fn start() -> Option<Self> {
        crate::source::site::install_crypto_provider();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new("moto_server");
        let started = command.args(["-H", "127.0.0.1", "-p", &port.to_string()]).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let Ok(process) = started else {
            #[expect(clippy::print_stderr, reason = "what is skipped says so")]
            {
                eprintln!("skipped: there is no `moto_server`; install the Python package `moto[s3,server]`");
            }
            return None;
        };
        let http = reqwest::Client::builder().tls_certs_only([]).no_proxy().build().unwrap();
        let store = Self { process, url: format!("http://127.0.0.1:{port}"), http };
        for _ in 0..300 {
            if store.http.get(&store.url).send().await.is_ok() {
                return Some(store);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("moto_server does not answer");
    }

    async fn make_bucket(&self, name: &str) {
        let answer = self.http.put(format!("{}/{name}", self.url)).send().await.unwrap();
        assert!(answer.status().is_success(), "{name}: {}", answer.status());
    }

    async fn put(&self, key: &str, content: impl Into<object_store::PutPayload>) {
        let bucket = BucketSource { bucket: "docs".to_owned(), prefix: String::new() };
        let path = object_store::path::Path::parse(key).unwrap();
        connect(&bucket, &self.config()).unwrap().put(&path, content.into()).await.unwrap();
    }

    fn config(&self) -> SourceConfig {
        let credentials =
            BucketCredentials { access_key_id: "key".to_owned(), secret_access_key: SecretString::from("secret"), session_token: None };
        let bucket =
            BucketConfig { endpoint: Some(self.url.clone()), region: Some("us-east-1".to_owned()), credentials: Some(credentials) };
        SourceConfig { bucket, max_file_bytes: ByteSize::kib(10), ..SourceConfig::default() }
    }
}

async fn read(source: BucketSource, config: SourceConfig, known: KnownVersions) -> Vec<SourceItem> {
    let spec = IngestSpec::new(SourceSpec::Bucket(source));
    tokio::task::spawn_blocking(move || spec.open(&config, known).unwrap().items.collect()).await.unwrap()
}

fn shown(items: &[SourceItem]) -> Vec<String> {
    let shown = items.iter().map(|item| match item {
        SourceItem::Document(document) => document.source.clone(),
        SourceItem::Unchanged { source } => format!("unchanged {source}"),
        SourceItem::Skipped(skipped) => format!("skipped {}: {}", skipped.source, skipped.kind),
        SourceItem::Failed(failed) => format!("failed {}: {}", failed.source, failed.reason),
    });
    shown.collect()
}

#[tokio::test]
async fn a_folder_of_a_bucket() {
    let Some(store) = Store::start().await else { return };
    store.make_bucket("docs").await;
    store.put("hr/a.md", "# A").await;
    store.put("hr/größe b.md", "b").await;
    store.put("hr/large.md", vec![b'x'; 20_000]).await;
    store.put("hr/picture", &b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..]).await;
    store.put("hr2/c.md", "not below hr").await;
    let source = BucketSource { bucket: "docs".to_owned(), prefix: "hr".to_owned() };
    let first = read(source.clone(), store.config(), KnownVersions::new()).await;
    let large = "failed s3://docs/hr/large.md: is 19.5 KiB, the limit is 10.0 KiB: raise `source.max_file_bytes`, or split it";
    let expected = ["s3://docs/hr/a.md", "s3://docs/hr/größe b.md", large, "skipped s3://docs/hr/picture: image"];
    assert_eq!(shown(&first), expected);
    let documents = first.iter().filter_map(|item| if let SourceItem::Document(document) = item { Some(document) } else { None });
    let known: KnownVersions = documents.map(|document| (document.source.clone(), document.validator.clone().unwrap())).collect();
    store.put("hr/a.md", "# Another A").await;
    let second = read(source, store.config(), known).await;
    assert_eq!(shown(&second)[..2], ["s3://docs/hr/a.md", "unchanged s3://docs/hr/größe b.md"]);
    let missing = read(BucketSource { bucket: "none".to_owned(), prefix: String::new() }, store.config(), KnownVersions::new()).await;
    assert!(shown(&missing)[0].starts_with("failed s3://none/: the bucket `none` cannot be read"), "{missing:?}");
}

#[test]
fn scopes_end_at_folders() {
    let scope = |prefix: &str| BucketSource { bucket: "b".to_owned(), prefix: prefix.to_owned() }.scope();
    assert_eq!([scope(""), scope("/hr"), scope("hr/x/")], ["s3://b/", "s3://b/hr/", "s3://b/hr/x/"]);
}
