//! The server goes away and comes back.

use std::net::Ipv4Addr;

use ragstone_core::{CollectionLocks, Locked, Sharing};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_acknowledged_outlives_a_kill() {
    let Some(mut server) = PrivateServer::start(Durability::Durable).await.unwrap() else { return };
    let catalog = filled(&server).await;
    let writing = catalog.clone();
    let writer = tokio::spawn(async move {
        let mut acknowledged = Vec::new();
        for number in 0.. {
            let record = document(&format!("/{number}.md"), 5);
            let id = record.document.head.id;
            let written = async {
                writing.begin(&name(), &[record]).await?;
                writing.complete(&name(), &[id], minutes(1)).await
            };
            if let Err(refused) = written.await {
                return (acknowledged, refused);
            }
            acknowledged.push(id);
        }
        unreachable!()
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    server.kill().unwrap();
    let (acknowledged, refused) = writer.await.unwrap();
    assert_eq!(refused.kind(), ErrorKind::Unavailable, "{refused}");
    assert!(refused.to_string().contains(&server.port().to_string()), "{refused} must name the server");
    let refused = catalog.collections().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unavailable, "{refused}");

    server.start_again().await.unwrap();
    tokio::time::sleep(TRUSTED_FOR).await;
    assert!(!acknowledged.is_empty());
    let states = catalog.states(&name(), &acknowledged).await.unwrap();
    assert_eq!(states.len(), acknowledged.len());
    assert!(states.values().all(|state| state.indexed_at.is_some()), "all that was acknowledged is there");
    assert!(catalog.pending(&name()).await.unwrap().len() <= 1, "besides it, at most what was being written");
    catalog.begin(&name(), &[document("/after.md", 1)]).await.unwrap();
}

#[tokio::test]
async fn a_restart_is_survived() {
    let Some(mut server) = PrivateServer::start(Durability::Fast).await.unwrap() else { return };
    let catalog = filled(&server).await;
    catalog.wait_for_job(Duration::from_secs(3600)).await;
    let held = catalog.lock(&name(), Locked::Documents, Sharing::Shared).await.unwrap();
    catalog.begin(&name(), &[document("/before.md", 1)]).await.unwrap();
    server.stop().unwrap();
    let refused = catalog.lock(&name(), Locked::Documents, Sharing::Alone).await.unwrap_err();
    assert!(refused.kind() == ErrorKind::Unavailable && refused.to_string().contains("cannot be reached"), "{refused}");
    server.start_again().await.unwrap();
    tokio::time::sleep(TRUSTED_FOR).await;

    // The lock is lost and taken again, for nobody had it since.
    catalog.begin(&name(), &[document("/regained.md", 1)]).await.unwrap();
    assert!(catalog.try_lock(&name(), Locked::Documents, Sharing::Alone).await.unwrap().is_none(), "it is held again");

    // Somebody was alone in between: the holder learns of it before he writes, until he gives the lock back.
    server.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'").await.unwrap();
    drop(catalog.lock(&name(), Locked::Documents, Sharing::Alone).await.unwrap());
    let refused = catalog.begin(&name(), &[document("/disturbed.md", 1)]).await.unwrap_err();
    assert!(refused.kind() == ErrorKind::Unavailable && refused.to_string().contains("was lost"), "{refused}");
    assert_eq!(catalog.pending(&name()).await.unwrap().len(), 2);
    drop(held);
    catalog.begin(&name(), &[document("/after.md", 1)]).await.unwrap();

    // Who is alone is disturbed by those who share, too.
    let alone = catalog.lock(&name(), Locked::OtherModel, Sharing::Alone).await.unwrap();
    server.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'").await.unwrap();
    let _shared = catalog.lock(&name(), Locked::OtherModel, Sharing::Shared).await.unwrap();
    let refused = catalog.restart_collection(&name(), &collection().embedding).await.unwrap_err();
    assert!(refused.to_string().contains("was lost"), "{refused}");
    drop(alone);

    // The listening connection is back too, and says so.
    let long = Duration::from_secs(3600);
    tokio::time::timeout(Duration::from_secs(10), catalog.wait_for_job(long)).await.unwrap();
    let job = job(minutes(0));
    let heard = tokio::time::timeout(Duration::from_secs(10), catalog.wait_for_job(long));
    let (heard, added) = tokio::join!(heard, catalog.add_job(&job));
    heard.unwrap();
    added.unwrap();
}

#[tokio::test]
async fn a_way_that_broke_unseen_by_the_server_does_not_keep_a_lock_from_its_holder() {
    let Some(server) = server().await else { return };
    let url = server.new_database().await.unwrap();
    let (cut, _) = watch::channel(());
    let port = forward_until_cut(server.port(), cut.clone()).await;
    let catalog = open(&url.replace(&format!(":{}/", server.port()), &format!(":{port}/"))).await;
    catalog.create_collection(&collection()).await.unwrap();
    let held = catalog.lock(&name(), Locked::Documents, Sharing::Alone).await.unwrap();
    catalog.begin(&name(), &[document("/before.md", 1)]).await.unwrap();
    cut.send(()).unwrap();
    tokio::time::sleep(TRUSTED_FOR).await;

    catalog.begin(&name(), &[document("/after.md", 1)]).await.unwrap();
    let other = open(&url).await;
    assert!(other.try_lock(&name(), Locked::Documents, Sharing::Shared).await.unwrap().is_none(), "it is held again");
    drop(held);
}

/// Forwards connections to a port. When they are cut, those that are open are closed towards the client and stay open towards the server.
async fn forward_until_cut(to: u16, cut: watch::Sender<()>) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            let mut is_cut = cut.subscribe();
            tokio::spawn(async move {
                let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, to)).await.unwrap();
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
                    _ = is_cut.changed() => {
                        drop(client);
                        std::future::pending::<()>().await;
                    }
                }
            });
        }
    });
    port
}
