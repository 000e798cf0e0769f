mod conformance;
mod crashes;
mod opening;
mod queue;
mod writing;

use ragstone_core::{Catalog, DocumentId, ErrorKind, JobId, Jobs};
use secrecy::SecretString;

use super::*;
use crate::sample::{claim_all, collection, document, job, minutes, name};
use crate::testing::{self, Durability, PrivateServer};

async fn server() -> Option<&'static PrivateServer> {
    testing::shared_server().await.unwrap()
}

/// A catalog in a database of its own, with one collection.
async fn filled(server: &PrivateServer) -> PostgresCatalog {
    let catalog = open(&server.new_database().await.unwrap()).await;
    catalog.create_collection(&collection()).await.unwrap();
    catalog
}

async fn open(url: &str) -> PostgresCatalog {
    PostgresCatalog::connect(&config(url)).await.unwrap()
}

fn config(url: &str) -> CatalogConfig {
    CatalogConfig { url: Some(SecretString::from(url)), ..CatalogConfig::default() }
}

fn database(url: &str) -> &str {
    url.rsplit('/').next().unwrap()
}
