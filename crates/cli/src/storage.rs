//! Where vectors, documents and jobs are kept: in the data folder, or on servers that several processes share.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ragstone_catalog::SqliteCatalog;
use ragstone_core::{Catalog, CollectionLocks, IndexName, Jobs, VectorStore};
use ragstone_ingest::ProcessLocks;
use ragstone_retrieve::RetrieveSettings;
use ragstone_store::EdgeStore;

use crate::settings::Settings;

/// The catalog's file in the data folder.
const CATALOG_FILE: &str = "catalog.db";

/// The ports that keep things, opened for writing.
pub(crate) struct Storage {
    pub(crate) store: Arc<dyn VectorStore>,
    pub(crate) database: Database,
    pub(crate) locks: Arc<dyn CollectionLocks>,
    vectors: Vectors,
}

/// The catalog and its jobs.
#[derive(Clone)]
pub(crate) enum Database {
    /// A file in the data folder.
    Sqlite(Arc<SqliteCatalog>),
}

/// What holds the vectors.
enum Vectors {
    /// This process.
    Edge(Arc<EdgeStore>),
}

impl Storage {
    /// Opens vectors and catalog as the settings say.
    pub(crate) async fn open(settings: &Settings) -> anyhow::Result<Self> {
        let vectors = Vectors::open(settings).await?;
        let database = Database::open(settings).await?;
        Ok(Self { store: vectors.store(), locks: database.locks(), database, vectors })
    }

    /// The indexes that may lack what the catalog has: all of them after an unclean stop.
    pub(crate) fn is_in_doubt(&self, index: &IndexName) -> bool {
        match &self.vectors {
            Vectors::Edge(edge) => edge.opened_after_unclean_stop() || self.is_damaged(index),
        }
    }

    /// Whether an index was put aside because it could not be opened.
    pub(crate) fn is_damaged(&self, index: &IndexName) -> bool {
        match &self.vectors {
            Vectors::Edge(edge) => edge.damaged_indexes().contains(index),
        }
    }

    /// Makes all durable and lets go of it.
    pub(crate) async fn close(&self) -> anyhow::Result<()> {
        match &self.vectors {
            Vectors::Edge(edge) => edge.close().await?,
        }
        self.database.close().await
    }
}

impl Vectors {
    async fn open(settings: &Settings) -> anyhow::Result<Self> {
        let (data_dir, config) = (settings.data_dir()?, settings.store.clone());
        let edge = tokio::task::spawn_blocking(move || EdgeStore::open(&data_dir, config)).await??;
        Ok(Self::Edge(Arc::new(edge)))
    }

    fn store(&self) -> Arc<dyn VectorStore> {
        match self {
            Self::Edge(edge) => Arc::clone(edge) as _,
        }
    }
}

impl Database {
    /// Opens the catalog alone: this works beside a running server too.
    pub(crate) async fn open(settings: &Settings) -> anyhow::Result<Self> {
        let catalog = SqliteCatalog::open(&catalog_file(&settings.data_dir()?)).await?;
        Ok(Self::Sqlite(Arc::new(catalog)))
    }

    /// Collections and documents.
    pub(crate) fn catalog(&self) -> Arc<dyn Catalog> {
        match self {
            Self::Sqlite(sqlite) => Arc::clone(sqlite) as _,
        }
    }

    /// Ingest jobs.
    pub(crate) fn jobs(&self) -> Arc<dyn Jobs> {
        match self {
            Self::Sqlite(sqlite) => Arc::clone(sqlite) as _,
        }
    }

    fn locks(&self) -> Arc<dyn CollectionLocks> {
        match self {
            Self::Sqlite(_) => Arc::new(ProcessLocks::default()),
        }
    }

    async fn close(&self) -> anyhow::Result<()> {
        match self {
            Self::Sqlite(sqlite) => Ok(sqlite.close().await?),
        }
    }
}

/// The catalog alone, for listings.
pub(crate) struct CatalogReader {
    pub(crate) catalog: Arc<dyn Catalog>,
    pub(crate) jobs: Arc<dyn Jobs>,
    /// How collections are searched.
    pub(crate) searches: RetrieveSettings,
}

impl CatalogReader {
    /// Opens the catalog of a data folder that exists.
    pub(crate) async fn open(settings: &Settings) -> anyhow::Result<Self> {
        ensure_data(settings)?;
        let database = Database::open(settings).await?;
        Ok(Self { catalog: database.catalog(), jobs: database.jobs(), searches: settings.searches() })
    }
}

/// Refuses a data folder in which nothing was ever ingested.
pub(crate) fn ensure_data(settings: &Settings) -> anyhow::Result<()> {
    let data_dir = settings.data_dir()?;
    let there = catalog_file(&data_dir).is_file();
    anyhow::ensure!(
        there,
        "there is no data in `{}` yet: `ragstone ingest PATH` makes some, `--data-dir` names another folder",
        data_dir.display()
    );
    Ok(())
}

/// Where the catalog of a data folder is.
pub(crate) fn catalog_file(data_dir: &Path) -> PathBuf {
    data_dir.join(CATALOG_FILE)
}
