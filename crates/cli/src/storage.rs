//! Where vectors, documents and jobs are kept: in the data folder, or on servers that several processes share.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ragstone_catalog::{PostgresCatalog, SqliteCatalog};
use ragstone_core::{Catalog, CollectionLocks, IndexName, Jobs, Place, VectorStore};
use ragstone_ingest::ProcessLocks;
use ragstone_retrieve::RetrieveSettings;
use ragstone_store::{DataDirLock, EdgeStore, QdrantStore};

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
    /// A server (`catalog.url`).
    Postgres(Arc<PostgresCatalog>),
}

/// What holds the vectors.
enum Vectors {
    /// This process.
    Edge(Arc<EdgeStore>),
    /// A server (`store.url`). The data folder is ours where the catalog is in it.
    Qdrant { store: Arc<QdrantStore>, _owned: Option<DataDirLock> },
}

impl Storage {
    /// Opens vectors and catalog as the settings say.
    pub(crate) async fn open(settings: &Settings) -> anyhow::Result<Self> {
        let vectors = Vectors::open(settings).await?;
        let database = Database::open(settings).await?;
        Ok(Self { store: vectors.store(), locks: database.locks(), database, vectors })
    }

    /// Whether an index may lack what the catalog has: any may after an unclean stop.
    pub(crate) fn is_in_doubt(&self, index: &IndexName) -> bool {
        match &self.vectors {
            Vectors::Edge(edge) => edge.opened_after_unclean_stop() || self.is_damaged(index),
            Vectors::Qdrant { .. } => false,
        }
    }

    /// Whether the last owner of the data folder has left its index as a crash does.
    pub(crate) fn was_left_unclean(&self) -> bool {
        matches!(&self.vectors, Vectors::Edge(edge) if edge.opened_after_unclean_stop())
    }

    /// Whether an index was put aside because it could not be opened.
    pub(crate) fn is_damaged(&self, index: &IndexName) -> bool {
        match &self.vectors {
            Vectors::Edge(edge) => edge.damaged_indexes().contains(index),
            Vectors::Qdrant { .. } => false,
        }
    }

    /// Catalog and store together.
    pub(crate) fn place(&self) -> Place {
        Place { catalog: self.database.catalog(), store: Arc::clone(&self.store) }
    }

    /// Makes all durable and lets go of it.
    pub(crate) async fn close(&self) -> anyhow::Result<()> {
        if let Vectors::Edge(edge) = &self.vectors {
            edge.close().await?;
        }
        self.database.close().await
    }

    /// Lets go of it as a crash does: whoever opens the data folder next compares its index with the catalog.
    pub(crate) async fn leave_unclean(&self) -> anyhow::Result<()> {
        self.database.close().await
    }
}

impl Vectors {
    async fn open(settings: &Settings) -> anyhow::Result<Self> {
        let data_dir = settings.data_dir()?;
        if settings.store.url.is_some() {
            let _owned = if settings.catalog.url.is_none() {
                Some(tokio::task::spawn_blocking(move || DataDirLock::acquire(&data_dir)).await??)
            } else {
                None
            };
            return Ok(Self::Qdrant { store: Arc::new(connect(settings).await?), _owned });
        }
        let config = settings.store.clone();
        let edge = tokio::task::spawn_blocking(move || EdgeStore::open(&data_dir, config)).await??;
        Ok(Self::Edge(Arc::new(edge)))
    }

    fn store(&self) -> Arc<dyn VectorStore> {
        match self {
            Self::Edge(edge) => Arc::clone(edge) as _,
            Self::Qdrant { store, .. } => Arc::clone(store) as _,
        }
    }
}

/// The store on the server that the settings name.
pub(crate) async fn connect(settings: &Settings) -> anyhow::Result<QdrantStore> {
    Ok(QdrantStore::connect(&settings.store, settings.store_key.clone()).await?)
}

impl Database {
    /// Opens the catalog alone: this works beside a running server too.
    pub(crate) async fn open(settings: &Settings) -> anyhow::Result<Self> {
        if settings.catalog.url.is_some() {
            return Ok(Self::Postgres(Arc::new(PostgresCatalog::connect(&settings.catalog).await?)));
        }
        let catalog = SqliteCatalog::open(&catalog_file(&settings.data_dir()?)).await?;
        Ok(Self::Sqlite(Arc::new(catalog)))
    }

    /// Collections and documents.
    pub(crate) fn catalog(&self) -> Arc<dyn Catalog> {
        match self {
            Self::Sqlite(sqlite) => Arc::clone(sqlite) as _,
            Self::Postgres(postgres) => Arc::clone(postgres) as _,
        }
    }

    /// Ingest jobs.
    pub(crate) fn jobs(&self) -> Arc<dyn Jobs> {
        match self {
            Self::Sqlite(sqlite) => Arc::clone(sqlite) as _,
            Self::Postgres(postgres) => Arc::clone(postgres) as _,
        }
    }

    /// Who may write into a collection.
    pub(crate) fn locks(&self) -> Arc<dyn CollectionLocks> {
        match self {
            Self::Sqlite(_) => Arc::new(ProcessLocks::default()),
            Self::Postgres(postgres) => Arc::clone(postgres) as _,
        }
    }

    /// Lets go of it.
    pub(crate) async fn close(&self) -> anyhow::Result<()> {
        match self {
            Self::Sqlite(sqlite) => Ok(sqlite.close().await?),
            Self::Postgres(postgres) => Ok(postgres.close().await?),
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

/// Refuses a data folder in which nothing was ever ingested. A catalog on a server is there, or says itself that it is not.
pub(crate) fn ensure_data(settings: &Settings) -> anyhow::Result<()> {
    let data_dir = settings.data_dir()?;
    let there = settings.catalog.url.is_some() || catalog_file(&data_dir).is_file();
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
