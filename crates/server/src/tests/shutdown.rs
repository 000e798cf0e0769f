//! A server that is told to stop finishes what it has accepted. Through a real socket.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ragstone_core::testing::MemoryCatalog;
use ragstone_core::{JobState, Jobs};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::testing::{Gate, app_state, impatient};
use crate::{ServerConfig, serve};

struct Running {
    address: SocketAddr,
    gate: Gate,
    stop: oneshot::Sender<()>,
    server: JoinHandle<ragstone_core::Result<()>>,
    jobs: Arc<dyn Jobs>,
    folder: TempDir,
}

async fn start(config: ServerConfig) -> Running {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let (address, gate) = (listener.local_addr().unwrap(), Gate::default());
    let folder = tempfile::tempdir().unwrap();
    let state = app_state(&gate, "fake", Arc::new(MemoryCatalog::default()), folder.path());
    let jobs = state.jobs.clone();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(serve(listener, state, config, async move { stopped.await.unwrap_or_default() }));
    Running { address, gate, stop, server, jobs, folder }
}

/// Sends a request and leaves the connection open.
async fn send(address: SocketAddr, method: &str, path: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let head = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body.as_bytes()).await.unwrap();
    stream
}

async fn read_to_end(mut stream: TcpStream) -> String {
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    response
}

const SLOW_INGEST: &str = r#"{"documents": [{"source": "slow", "text": "wait for it"}]}"#;

#[tokio::test]
async fn accepted_requests_are_finished() {
    let Running { address, gate, stop, server, .. } = start(impatient()).await;
    let accepted = send(address, "POST", "/api/collections/docs/documents", SLOW_INGEST).await;
    gate.reached_by(1).await;
    stop.send(()).unwrap();

    let gone = Instant::now();
    while TcpStream::connect(address).await.is_ok() {
        assert!(gone.elapsed() < Duration::from_secs(5), "new connections are still accepted");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(!server.is_finished());
    gate.open();
    let response = read_to_end(accepted).await;
    assert!(response.starts_with("HTTP/1.1 200") && response.contains("\"indexed\":1"), "{response}");
    server.await.unwrap().unwrap();
}

#[tokio::test]
async fn an_ingest_whose_client_hung_up_is_waited_for() {
    let Running { address, gate, stop, server, .. } = start(impatient()).await;
    drop(send(address, "POST", "/api/collections/docs/documents", SLOW_INGEST).await);
    gate.reached_by(1).await;
    stop.send(()).unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!server.is_finished());
    gate.open();
    server.await.unwrap().unwrap();
}

#[tokio::test]
async fn waits_no_longer_than_the_grace() {
    let grace = Duration::from_millis(200);
    let Running { address, gate, stop, server, .. } = start(ServerConfig { shutdown_grace: grace, ..impatient() }).await;
    let _accepted = send(address, "POST", "/api/collections/docs/documents", SLOW_INGEST).await;
    gate.reached_by(1).await;
    let told = Instant::now();
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
    assert!((grace..Duration::from_secs(5)).contains(&told.elapsed()), "{:?}", told.elapsed());
}

#[tokio::test]
async fn idle_connections_do_not_hold_it_up() {
    let Running { address, stop, server, .. } = start(impatient()).await;
    let mut idle = send(address, "GET", "/healthz", "").await;
    let mut first = [0; 15];
    idle.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200 OK");
    let _never_spoke = TcpStream::connect(address).await.unwrap();
    stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(5), server).await.expect("it stops at once").unwrap().unwrap();
}

#[tokio::test]
async fn a_running_job_goes_back_into_the_queue_with_its_files() {
    let Running { address, gate, stop, server, jobs, folder } = start(impatient()).await;
    let path = "/api/collections/docs/documents?wait=false";
    let mut accepted = send(address, "POST", path, SLOW_INGEST).await;
    let mut first = [0; 12];
    accepted.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 202");
    drop(accepted);
    gate.reached_by(1).await;
    stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(5), server).await.expect("it does not wait for the job").unwrap().unwrap();

    let left = jobs.jobs(None, 10).await.unwrap();
    assert_eq!((left.len(), left[0].state), (1, JobState::Queued));
    assert_eq!(fs_err::read_dir(folder.path().join("uploads")).unwrap().count(), 1);
}
