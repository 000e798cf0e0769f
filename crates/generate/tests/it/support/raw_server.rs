//! Servers that do not keep to HTTP, or to time.

use std::future::Future;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The head of a response whose body is a stream of events in chunks.
pub(crate) const EVENT_STREAM: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

/// Serves every connection with `serve`, after its request was read. Gives the base URL.
pub(crate) async fn start<Serve, Served>(serve: Serve) -> String
where
    Serve: Fn(TcpStream) -> Served + Send + Sync + Clone + 'static,
    Served: Future<Output = ()> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let serve = serve.clone();
            tokio::spawn(async move {
                let mut request = [0; 16 * 1024];
                let _read = connection.read(&mut request).await;
                serve(connection).await;
            });
        }
    });
    format!("http://{address}/v1")
}

/// Sends bytes and closes the connection.
pub(crate) async fn start_with(bytes: impl Into<Vec<u8>>) -> String {
    let bytes = bytes.into();
    start(move |mut connection| {
        let bytes = bytes.clone();
        async move { write(&mut connection, &bytes).await }
    })
    .await
}

pub(crate) async fn write(connection: &mut TcpStream, bytes: &[u8]) {
    // The client may have gone, which is what some tests want.
    let _written = connection.write_all(bytes).await;
    let _flushed = connection.flush().await;
}

/// A chunk with one event that carries a text.
pub(crate) fn text_chunk(text: &str) -> String {
    chunk(&format!("data: {}\n\n", serde_json::json!({ "choices": [{ "index": 0, "delta": { "content": text } }] })))
}

/// A chunk of a body.
pub(crate) fn chunk(body: &str) -> String {
    format!("{:x}\r\n{body}\r\n", body.len())
}

/// An address at which nobody listens.
pub(crate) async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    format!("http://{}/v1", listener.local_addr().expect("an address"))
}
