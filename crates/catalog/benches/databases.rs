//! The catalogs that are measured: a file of SQLite, and a PostgreSQL server of the benchmark's own where one can be had.

use std::io;

use ragstone_catalog::testing::{Durability, PrivateServer};
use ragstone_catalog::{CatalogConfig, PostgresCatalog, SqliteCatalog};
use ragstone_core::{Catalog, Jobs};
use tempfile::TempDir;

/// Both, with their data until they are dropped.
pub(crate) struct Databases {
    sqlite: SqliteCatalog,
    pub(crate) postgres: Option<PostgresCatalog>,
    _folder: TempDir,
    _server: Option<PrivateServer>,
}

/// What is measured of a catalog.
pub(crate) trait Measured: Catalog + Jobs {}

impl<Anything: Catalog + Jobs> Measured for Anything {}

impl Databases {
    pub(crate) async fn open() -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let sqlite = SqliteCatalog::open(&folder.path().join("catalog.sqlite")).await.map_err(io::Error::other)?;
        let server = PrivateServer::start(Durability::Durable).await?;
        let postgres = match &server {
            Some(server) => {
                let config = CatalogConfig { url: Some(server.new_database().await?.into()), ..CatalogConfig::default() };
                Some(PostgresCatalog::connect(&config).await.map_err(io::Error::other)?)
            }
            None => None,
        };
        Ok(Self { sqlite, postgres, _folder: folder, _server: server })
    }

    pub(crate) fn catalogs(&self) -> Vec<(&'static str, &dyn Measured)> {
        let mut catalogs: Vec<(&'static str, &dyn Measured)> = vec![("SQLite", &self.sqlite)];
        if let Some(postgres) = &self.postgres {
            catalogs.push(("PostgreSQL", postgres));
        }
        catalogs
    }
}
