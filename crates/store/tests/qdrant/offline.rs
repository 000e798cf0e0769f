//! What is no Qdrant server: every mistake is named, and none of them hangs.

use std::time::{Duration, Instant};

use ragstone_core::{Error, ErrorKind, Stage};
use ragstone_store::{QdrantConfig, QdrantStore, StoreConfig, StoreError};
use secrecy::SecretString;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const READ_TIMEOUT: Duration = Duration::from_millis(400);
/// A busy machine may take longer than the deadline, not much longer.
const SLACK: Duration = Duration::from_secs(3);

fn config(url: &str) -> StoreConfig {
    let qdrant = QdrantConfig { read_timeout: READ_TIMEOUT, first_wait: Duration::from_millis(20), ..QdrantConfig::default() };
    StoreConfig { url: Some(url.to_owned()), qdrant, ..StoreConfig::default() }
}

async fn connect(config: &StoreConfig) -> StoreError {
    let begun = Instant::now();
    let error = QdrantStore::connect(config, None).await.unwrap_err();
    assert!(begun.elapsed() < READ_TIMEOUT + SLACK, "{:?}", begun.elapsed());
    error
}

fn check(error: StoreError, kind: ErrorKind, parts: &[&str]) {
    let error = Error::from(error);
    let message = error.to_string();
    assert_eq!(error.kind(), kind, "{message}");
    assert!(parts.iter().all(|part| message.contains(part)), "{message}");
}

#[tokio::test]
async fn a_closed_port_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    check(connect(&config(&url)).await, ErrorKind::Unavailable, &[&url, "cannot be reached", "refused", "store.url", "6334"]);
}

#[tokio::test]
async fn a_host_that_is_not_there_is_unreachable() {
    let url = "http://no-such-host.invalid:6334";
    let error = connect(&config(url)).await;
    check(error, ErrorKind::Unavailable, &[url]);
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up_in_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let error = connect(&config(&url)).await;
    check(error, ErrorKind::Unavailable, &[&url, "did not answer within", "store.qdrant.timeout"]);
    drop(listener);
}

#[tokio::test]
async fn another_protocol_is_unreachable() {
    for greeting in ["HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", "\u{0}\u{1}\u{2} nonsense ", ""] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let answering = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut buffer = [0; 1024];
                let _question = stream.read(&mut buffer).await;
                let _sent = stream.write_all(greeting.as_bytes()).await;
            }
        });
        // The second speaks TLS to it.
        for url in [format!("http://{address}"), format!("https://{address}")] {
            check(connect(&config(&url)).await, ErrorKind::Unavailable, &[&url, "cannot be reached", "store.url"]);
        }
        answering.abort();
    }
}

#[tokio::test]
async fn wrong_settings_are_all_named() {
    let mut wrong = config("grpc://qdrant:6334");
    wrong.hnsw_m = 1;
    wrong.qdrant.prefix = "a/b".to_owned();
    wrong.qdrant.attempts = 0;
    let parts = ["`store.url`", "http://", "`store.hnsw_m`", "`store.qdrant.prefix`", "`store.qdrant.attempts`"];
    check(connect(&wrong).await, ErrorKind::InvalidInput, &parts);
    check(connect(&StoreConfig::default()).await, ErrorKind::InvalidInput, &["`store.url` is missing"]);
}

#[tokio::test]
async fn a_key_is_neither_sent_in_the_open_nor_shown() {
    let key = || Some(SecretString::from("top\nsecret"));
    let open = QdrantStore::connect(&config("http://qdrant.example:6334"), key()).await.unwrap_err();
    check(open, ErrorKind::InvalidInput, &["http://qdrant.example:6334", "https://", "store.qdrant.plain_text_key"]);

    let mut allowed = config("http://qdrant.example:6334");
    allowed.qdrant.plain_text_key = true;
    for config in [allowed, config("http://127.0.0.1:1"), config("https://qdrant.example")] {
        let error = QdrantStore::connect(&config, key()).await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
        let error = Error::from(error);
        assert_eq!((error.kind(), error.stage()), (ErrorKind::InvalidInput, Stage::Configuration));
        assert!(error.to_string().contains("RAGSTONE_QDRANT_API_KEY"), "{error}");
    }
}

#[tokio::test]
async fn certificates_that_cannot_be_read_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let mut config = config("https://127.0.0.1:1");
    config.qdrant.ca_certificate = Some(file.clone());
    check(connect(&config).await, ErrorKind::InvalidInput, &["store.qdrant.ca_certificate", file.to_str().unwrap()]);
    for nothing in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n"] {
        fs_err::write(&file, nothing).unwrap();
        check(connect(&config).await, ErrorKind::InvalidInput, &["store.qdrant.ca_certificate", file.to_str().unwrap(), "PEM"]);
    }
}
