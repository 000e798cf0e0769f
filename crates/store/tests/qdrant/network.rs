//! A double of the network: it stands between the store and the real server, and does what networks do.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{broadcast, watch};

/// What the network does to what passes through it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    None,
    /// Everything comes later.
    Delay(Duration),
    /// Nothing passes, and nobody is told.
    Silence,
    /// Questions pass, answers do not.
    HoldAnswers,
    /// New connections are closed at once.
    Refuse,
}

/// A way to the server that can be disturbed.
pub(crate) struct Network {
    pub(crate) url: String,
    fault: watch::Sender<Fault>,
    cuts: broadcast::Sender<()>,
    connections: Arc<AtomicUsize>,
}

impl Network {
    /// A network, undisturbed, in front of the server at `url`.
    pub(crate) async fn before(url: &str) -> Self {
        let server = url.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (fault, cuts) = (watch::Sender::new(Fault::None), broadcast::Sender::new(16));
        let connections = Arc::new(AtomicUsize::new(0));
        let (faults, cutter, counter) = (fault.subscribe(), cuts.clone(), Arc::clone(&connections));
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                if *faults.borrow() == Fault::Refuse {
                    continue;
                }
                counter.fetch_add(1, Ordering::Relaxed);
                let (faults, cut) = (faults.clone(), cutter.subscribe());
                let server = server.clone();
                tokio::spawn(async move { carry(client, &server, faults, cut).await });
            }
        });
        Self { url, fault, cuts, connections }
    }

    pub(crate) fn set(&self, fault: Fault) {
        self.fault.send_replace(fault);
    }

    /// Cuts all connections.
    pub(crate) fn cut(&self) {
        // Nobody listens while there is no connection.
        let _listeners = self.cuts.send(());
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

async fn carry(client: TcpStream, server: &str, faults: watch::Receiver<Fault>, mut cut: broadcast::Receiver<()>) {
    let Ok(server) = TcpStream::connect(server).await else { return };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        () = pump(from_client, to_server, faults.clone(), false) => {}
        () = pump(from_server, to_client, faults, true) => {}
        _ = cut.recv() => {}
    }
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut faults: watch::Receiver<Fault>, are_answers: bool) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = match from.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(count) => count,
        };
        loop {
            let fault = *faults.borrow_and_update();
            match fault {
                Fault::Silence => {}
                Fault::HoldAnswers if are_answers => {}
                Fault::Delay(delay) => {
                    tokio::time::sleep(delay).await;
                    break;
                }
                Fault::None | Fault::HoldAnswers | Fault::Refuse => break,
            }
            if faults.changed().await.is_err() {
                return;
            }
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
