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
    /// Connections up to this number carry nothing any more, and stay open.
    dead: Arc<AtomicUsize>,
}

impl Network {
    /// A network, undisturbed, in front of the server at `url`.
    pub(crate) async fn before(url: &str) -> Self {
        let server = url.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (fault, cuts) = (watch::Sender::new(Fault::None), broadcast::Sender::new(16));
        let (connections, dead) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let (faults, cutter, counter, death) = (fault.subscribe(), cuts.clone(), Arc::clone(&connections), Arc::clone(&dead));
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                if *faults.borrow() == Fault::Refuse {
                    continue;
                }
                let number = counter.fetch_add(1, Ordering::Relaxed) + 1;
                let way = Way { number, dead: Arc::clone(&death), faults: faults.clone() };
                let (server, cut) = (server.clone(), cutter.subscribe());
                tokio::spawn(async move { carry(client, &server, way, cut).await });
            }
        });
        Self { url, fault, cuts, connections, dead }
    }

    pub(crate) fn set(&self, fault: Fault) {
        self.fault.send_replace(fault);
    }

    /// Cuts all connections.
    pub(crate) fn cut(&self) {
        // Nobody listens while there is no connection.
        let _listeners = self.cuts.send(());
    }

    /// Lets the present connections die without a word, as when a machine loses its power.
    pub(crate) fn kill_silently(&self) {
        self.dead.store(self.connections(), Ordering::Relaxed);
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

/// What one connection goes through.
#[derive(Clone)]
struct Way {
    number: usize,
    dead: Arc<AtomicUsize>,
    faults: watch::Receiver<Fault>,
}

async fn carry(client: TcpStream, server: &str, way: Way, mut cut: broadcast::Receiver<()>) {
    let Ok(server) = TcpStream::connect(server).await else { return };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        () = pump(from_client, to_server, way.clone(), false) => {}
        () = pump(from_server, to_client, way, true) => {}
        _ = cut.recv() => {}
    }
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut way: Way, are_answers: bool) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = match from.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(count) => count,
        };
        if way.number <= way.dead.load(Ordering::Relaxed) {
            continue;
        }
        loop {
            let fault = *way.faults.borrow_and_update();
            match fault {
                Fault::Silence => {}
                Fault::HoldAnswers if are_answers => {}
                Fault::Delay(delay) => {
                    tokio::time::sleep(delay).await;
                    break;
                }
                Fault::None | Fault::HoldAnswers | Fault::Refuse => break,
            }
            if way.faults.changed().await.is_err() {
                return;
            }
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
