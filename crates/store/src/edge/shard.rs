//! One index's shard: many readers, one writer, and no panic that leaves it.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use qdrant_edge::{
    Distance, EdgeConfig, EdgeOptimizersConfig, EdgeShard, EdgeSparseVectorParams, EdgeVectorParams, HnswIndexConfig, JsonPath, Modifier,
    OperationResult, UpdateOperation, WalOptions,
};
use ragstone_core::{DocumentHead, IndexName};

use super::contain::contained;
use super::index;
use super::{room, wal};
use crate::payload::{DENSE, LEXICAL};
use crate::{StoreConfig, StoreError};

/// More than this much superseded log is given back by [`Shard::optimize`], for which searches wait a moment.
const RECLAIM_FROM_BYTES: u64 = 64 * 1024 * 1024;

/// An open index.
#[derive(Debug)]
pub(super) struct Shard {
    index: IndexName,
    folder: PathBuf,
    dimension: usize,
    /// Nothing once it was closed, or could not be opened again.
    edge: RwLock<Option<EdgeShard>>,
    writer: Mutex<Writer>,
}

/// What only the one who writes may know and change.
#[derive(Debug)]
struct Writer {
    /// A write failed: what is in memory may never reach the disk.
    broken: bool,
    /// The payload keys that have an index.
    indexed: HashSet<JsonPath>,
}

impl Shard {
    /// Makes an empty shard, complete on disk or not there at all.
    pub(super) fn create(index: &IndexName, folder: &Path, dimension: usize, config: &StoreConfig) -> Result<Self, StoreError> {
        let unfinished = folder.with_extension("unfinished");
        let io = |action, source| StoreError::Io { action, path: unfinished.clone(), source };
        if fs_err::exists(&unfinished).map_err(|source| io("look for", source))? {
            fs_err::remove_dir_all(&unfinished).map_err(|source| io("remove", source))?;
        }
        fs_err::create_dir_all(&unfinished).map_err(|source| io("make the folder", source))?;
        room::ensure(&unfinished, 0)?;
        let write = || -> OperationResult<()> {
            let shard = EdgeShard::new(&unfinished, edge_config(dimension, config))?;
            for payload_index in index::standard() {
                shard.update(payload_index.operation())?;
            }
            // Dropping it flushes.
            Ok(())
        };
        contained(write).map_err(|message| StoreError::Write { action: "make a collection", folder: unfinished.clone(), message })?;
        fs_err::rename(&unfinished, folder).map_err(|source| io("rename", source))?;
        crate::marker::sync_parent(folder).map_err(|source| io("rename", source))?;
        Self::load(index, folder, config)
    }

    /// Opens a shard that is there.
    pub(super) fn load(index: &IndexName, folder: &Path, config: &StoreConfig) -> Result<Self, StoreError> {
        let read_error = |message| StoreError::Read { action: "open the collection", folder: folder.to_owned(), message };
        wal::reclaim(folder).map_err(|source| StoreError::Io { action: "shorten the log in", path: folder.to_owned(), source })?;
        let stored = contained(|| EdgeConfig::load(folder).unwrap_or_else(|| Ok(EdgeConfig::default()))).map_err(read_error)?;
        let Some(dimension) = stored.vectors.get(DENSE).map(|params| params.size) else {
            return Err(read_error("its configuration is missing".to_owned()));
        };
        let edge = contained(|| EdgeShard::load(folder, Some(edge_config(dimension, config)))).map_err(read_error)?;
        let indexed = edge.info().payload_schema.into_keys().collect();
        Ok(Self {
            index: index.clone(),
            folder: folder.to_owned(),
            dimension,
            edge: RwLock::new(Some(edge)),
            writer: Mutex::new(Writer { broken: false, indexed }),
        })
    }

    pub(super) fn index(&self) -> &IndexName {
        &self.index
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn dimension(&self) -> usize {
        self.dimension
    }

    /// Reads; any number may at once, also while another writes.
    pub(super) fn read<T>(&self, action: &'static str, call: impl FnOnce(&EdgeShard) -> OperationResult<T>) -> Result<T, StoreError> {
        let edge = self.edge.read().unwrap_or_else(PoisonError::into_inner);
        let edge = edge.as_ref().ok_or_else(|| self.gone())?;
        contained(|| call(edge)).map_err(|message| StoreError::Read { action, folder: self.folder.clone(), message })
    }

    /// Makes the indexes that filters on a document's custom fields need.
    pub(super) fn index_fields(&self, head: &DocumentHead) -> Result<(), StoreError> {
        if head.fields.is_empty() {
            return Ok(());
        }
        let mut writer = self.writer();
        for payload_index in index::missing_for(head, &writer.indexed) {
            room::ensure(&self.folder, 0)?;
            self.write_with(&mut writer, "index a field", |edge| edge.update(payload_index.operation()))?;
            writer.indexed.insert(payload_index.key);
        }
        Ok(())
    }

    /// Writes operations in order.
    pub(super) fn write(&self, operations: impl IntoIterator<Item = UpdateOperation>) -> Result<(), StoreError> {
        let mut writer = self.writer();
        room::ensure(&self.folder, 0)?;
        for operation in operations {
            self.write_with(&mut writer, "write", |edge| edge.update(operation))?;
        }
        Ok(())
    }

    /// Makes all that was written durable.
    pub(super) fn flush(&self) -> Result<(), StoreError> {
        self.flush_with(&mut self.writer())
    }

    /// Merges segments, builds graphs where they pay, and gives back the space of deleted chunks and of the log.
    pub(super) fn optimize(&self, config: &StoreConfig) -> Result<(), StoreError> {
        let mut writer = self.writer();
        self.flush_with(&mut writer)?;
        // First the log, which is mapped into memory as long as it is there: merging takes memory enough.
        self.reclaim_log(&mut writer, config)?;
        let io = |source| StoreError::Io { action: "look into", path: self.folder.clone(), source };
        // Merged segments are written beside those they replace.
        room::ensure(&self.folder, room::size_bytes(&self.folder).map_err(io)?)?;
        self.write_with(&mut writer, "optimise", |edge| edge.optimize().map(|_| ()))?;
        self.flush_with(&mut writer)
    }

    /// Flushes and closes; later calls find no collection.
    pub(super) fn close(&self) -> Result<(), StoreError> {
        let writer = self.writer();
        let outcome = self.discard().map_err(|message| StoreError::Write { action: "close", folder: self.folder.clone(), message });
        if writer.broken { Err(StoreError::Broken { index: self.index.clone() }) } else { outcome }
    }

    /// Closes, whatever was written before: the library flushes when it is dropped and panics where it cannot.
    pub(super) fn discard(&self) -> Result<(), String> {
        let edge = self.edge.write().unwrap_or_else(PoisonError::into_inner).take();
        contained(|| {
            drop(edge);
            Ok::<_, String>(())
        })
    }

    fn reclaim_log(&self, writer: &mut Writer, config: &StoreConfig) -> Result<(), StoreError> {
        let io = |source| StoreError::Io { action: "look into", path: self.folder.clone(), source };
        if wal::reclaimable_bytes(&self.folder).map_err(io)? < RECLAIM_FROM_BYTES {
            return Ok(());
        }
        self.reopen(writer, config)
    }

    /// The log's space is free only when its memory maps are gone, so the shard is closed for a moment.
    fn reopen(&self, writer: &mut Writer, config: &StoreConfig) -> Result<(), StoreError> {
        let mut place = self.edge.write().unwrap_or_else(PoisonError::into_inner);
        let edge = place.take();
        let closed = contained(|| {
            drop(edge);
            Ok::<_, String>(())
        });
        let reopened = closed
            .map_err(|message| StoreError::Write { action: "close", folder: self.folder.clone(), message })
            .and_then(|()| Self::load(&self.index, &self.folder, config));
        match reopened {
            Ok(shard) => {
                *place = shard.edge.write().unwrap_or_else(PoisonError::into_inner).take();
                Ok(())
            }
            Err(error) => {
                writer.broken = true;
                Err(error)
            }
        }
    }

    fn flush_with(&self, writer: &mut Writer) -> Result<(), StoreError> {
        self.write_with(writer, "flush", |edge| {
            edge.flush();
            Ok(())
        })
    }

    /// One failed write, and no more are taken: none after it may be acknowledged.
    fn write_with(
        &self,
        writer: &mut Writer,
        action: &'static str,
        call: impl FnOnce(&EdgeShard) -> OperationResult<()>,
    ) -> Result<(), StoreError> {
        let edge = self.edge.read().unwrap_or_else(PoisonError::into_inner);
        if writer.broken {
            return Err(StoreError::Broken { index: self.index.clone() });
        }
        let edge = edge.as_ref().ok_or_else(|| self.gone())?;
        contained(|| call(edge)).map_err(|message| {
            writer.broken = true;
            StoreError::Write { action, folder: self.folder.clone(), message }
        })
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn gone(&self) -> StoreError {
        StoreError::UnknownCollection { index: self.index.clone() }
    }
}

impl Drop for Shard {
    fn drop(&mut self) {
        if let Err(message) = self.discard() {
            tracing::error!(index = %self.index, message, "the collection could not be flushed when it was closed");
        }
    }
}

fn edge_config(dimension: usize, config: &StoreConfig) -> EdgeConfig {
    let graph_from_kilobytes = config.graph_from_kilobytes(dimension);
    let hnsw = HnswIndexConfig {
        m: config.hnsw_m,
        ef_construct: config.hnsw_ef_construct,
        full_scan_threshold: graph_from_kilobytes,
        on_disk: Some(config.vectors_on_disk),
        ..HnswIndexConfig::default()
    };
    let optimizers = EdgeOptimizersConfig {
        indexing_threshold: Some(graph_from_kilobytes),
        // A query visits every segment; two let one be rebuilt while the other rests.
        default_segment_number: Some(2),
        ..EdgeOptimizersConfig::default()
    };
    let dense = EdgeVectorParams::builder(dimension, Distance::Cosine).on_disk(config.vectors_on_disk).build();
    let lexical = EdgeSparseVectorParams::builder().modifier(Modifier::Idf).on_disk(config.vectors_on_disk).build();
    EdgeConfig::builder()
        .vector(DENSE, dense)
        .sparse_vector(LEXICAL, lexical)
        .on_disk_payload(true)
        .hnsw_config(hnsw)
        .optimizers(optimizers)
        .wal_options(WalOptions { segment_capacity: wal::WAL_SEGMENT_BYTES, ..WalOptions::default() })
        .build()
}
