//! The suites that every catalog passes.

use ragstone_core::testing::{catalog, jobs, locks};

use super::*;

#[tokio::test]
async fn conforms() {
    let Some(server) = server().await else { return };
    catalog::conforms(|| async { open(&server.new_database().await.unwrap()).await }).await;
    jobs::conforms(|| async { open(&server.new_database().await.unwrap()).await }).await;
}

#[tokio::test]
async fn survives_reopening() {
    let Some(server) = server().await else { return };
    let url = server.new_database().await.unwrap();
    catalog::survives_reopening(|| open(&url)).await;
    let url = server.new_database().await.unwrap();
    jobs::survives_reopening(|| open(&url)).await;
}

#[tokio::test]
async fn locks_conform() {
    let Some(server) = server().await else { return };
    let url = server.new_database().await.unwrap();
    // What the server's owner allows to queries does not end a lock.
    let database = database(&url);
    for setting in ["lock_timeout = '50ms'", "statement_timeout = '2s'", "idle_session_timeout = '1s'"] {
        server.execute(&format!("ALTER DATABASE {database} SET {setting}")).await.unwrap();
    }
    let (one, other) = (open(&url).await, open(&url).await);
    locks::conforms(&one, &other, || tokio::time::sleep(Duration::from_millis(200))).await;
}
