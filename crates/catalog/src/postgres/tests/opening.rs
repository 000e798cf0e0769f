//! Connecting: the schema, and everything that can be wrong with a server.

use std::io::Write;
use std::net::TcpListener;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_database_is_filled_by_one_of_many() {
    let Some(server) = server().await else { return };
    let url = server.new_database().await.unwrap();
    let opening: Vec<_> = (0..8).map(|_| config(&url)).collect();
    let opening: Vec<_> =
        opening.into_iter().map(|config| tokio::spawn(async move { PostgresCatalog::connect(&config).await.unwrap() })).collect();
    for opened in opening {
        opened.await.unwrap().create_collection(&collection()).await.unwrap();
    }
    let migrated: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM _sqlx_migrations").fetch_one(&open(&url).await.pool).await.unwrap();
    assert_eq!(migrated, migrations::NEWEST);
}

#[tokio::test]
async fn schemas_are_read_as_far_as_they_are_known() {
    let Some(server) = server().await else { return };
    let url = server.new_database().await.unwrap();
    let catalog = open(&url).await;
    sqlx::query("INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (7, 'later', TRUE, '', 0)")
        .execute(&catalog.pool)
        .await
        .unwrap();
    refuses(&url, ErrorKind::Conflict, &format!("its schema is 7, this version knows {}", migrations::NEWEST)).await;
    sqlx::query("DELETE FROM _sqlx_migrations WHERE version = 7").execute(&catalog.pool).await.unwrap();
    sqlx::query("UPDATE _sqlx_migrations SET checksum = ''").execute(&catalog.pool).await.unwrap();
    refuses(&url, ErrorKind::Storage, "cannot be brought up to date").await;
    catalog.close().await.unwrap();
    let refused = catalog.collections().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
    assert!(refused.to_string().contains("closed"), "{refused}");
}

#[tokio::test]
async fn the_url_chooses_the_schema() {
    let Some(server) = server().await else { return };
    let url = format!("{}?options[search_path]=tenant", server.new_database().await.unwrap());
    refuses(&url, ErrorKind::Storage, "has no schema to write to").await;
    let mut connection = PgConnection::connect(&url).await.unwrap();
    connection.execute("CREATE SCHEMA tenant").await.unwrap();
    open(&url).await.create_collection(&collection()).await.unwrap();
    let found: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM tenant.collections").fetch_one(&mut connection).await.unwrap();
    assert_eq!(found, 1);
}

#[tokio::test]
async fn servers_that_cannot_be_worked_with_are_named() {
    let Some(server) = server().await else { return };
    let url = server.new_database().await.unwrap();
    refuses(&url.replace("postgres:", "nobody:"), ErrorKind::Storage, "refuses the login").await;
    refuses(&server.url("missing"), ErrorKind::Storage, "has no such database").await;
    refuses(&format!("{url}?sslmode=require"), ErrorKind::Storage, "cannot be spoken to over TLS").await;
    let port = format!(":{}/", server.port());
    refuses(&url.replace(&port, ":1/"), ErrorKind::Unavailable, "cannot be reached").await;

    server.execute(&format!("ALTER DATABASE {} SET default_transaction_read_only = on", database(&url))).await.unwrap();
    refuses(&url, ErrorKind::Storage, "is read-only").await;
    server.execute("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0").await.unwrap();
    refuses(&server.url("latin"), ErrorKind::Storage, "does not keep texts in UTF-8").await;

    server.execute("CREATE DATABASE guarded").await.unwrap();
    server.execute("CREATE ROLE guest LOGIN PASSWORD 'secret word'").await.unwrap();
    let guest = format!("postgres://guest:secret%20word@127.0.0.1:{}/guarded", server.port());
    refuses(&guest, ErrorKind::Storage, "forbids this to the user").await;
    server.execute("ALTER DATABASE guarded CONNECTION LIMIT 0").await.unwrap();
    refuses(&guest, ErrorKind::Overloaded, "accepts no more connections").await;
}

#[tokio::test]
async fn what_is_no_server_is_not_waited_for() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    refuses(&url_of(&silent), ErrorKind::Unavailable, "gave no connection in time").await;
    let web = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = url_of(&web);
    let answering = std::thread::spawn(move || {
        let (mut stream, _) = web.accept().unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
    });
    refuses(&url, ErrorKind::Storage, "does not answer as PostgreSQL does").await;
    answering.join().unwrap();
    refuses("postgres://secret word@[::/x", ErrorKind::InvalidInput, "`catalog.url` is no address").await;
}

fn url_of(listener: &TcpListener) -> String {
    format!("postgres://somebody:secret%20word@{}/docs", listener.local_addr().unwrap())
}

async fn refuses(url: &str, kind: ErrorKind, words: &str) {
    let config = CatalogConfig { connect_timeout: Duration::from_secs(2), ..config(url) };
    let refused: ragstone_core::Error = PostgresCatalog::connect(&config).await.unwrap_err().into();
    let message = refused.to_string();
    assert!(refused.kind() == kind && message.contains(words), "{:?}: {message}", refused.kind());
    let password = url.split('@').next().and_then(|login| login.rsplit(':').next()).unwrap();
    let everything = format!("{refused:?} {refused:#?} {message} {config:?}");
    assert!(!everything.contains(password) && !everything.contains("secret word"), "{everything}");
}
