//! Opening what is on disk, whatever state it is in.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use fs_err::File;
use ragstone_core::IndexName;

use super::shard::Shard;
use crate::{StoreConfig, StoreError};

/// Room that a disk must have for a failed opening to be the collection's fault.
const PROBE_BYTES: usize = 8 * 1024 * 1024;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Opened {
    pub(super) shards: HashMap<IndexName, Arc<Shard>>,
    pub(super) damaged: Vec<IndexName>,
}

pub(super) fn open_collections(folder: &Path, config: &StoreConfig) -> Result<Opened, StoreError> {
    let io = |action, source| StoreError::Io { action, path: folder.to_owned(), source };
    fs_err::create_dir_all(folder).map_err(|source| io("make the folder", source))?;
    let mut opened = Opened::default();
    for entry in fs_err::read_dir(folder).map_err(|source| io("list", source))? {
        let path = entry.map_err(|source| io("list", source))?.path();
        // Names with a dot are no indexes: unfinished, removed or damaged ones.
        if path.extension().is_some_and(|extension| extension == "unfinished" || extension == "removed") {
            fs_err::remove_dir_all(&path).map_err(|source| StoreError::Io { action: "remove", path: path.clone(), source })?;
            continue;
        }
        let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse::<IndexName>().ok());
        let Some(name) = name else { continue };
        match Shard::load(&name, &path, config) {
            Ok(shard) => {
                opened.shards.insert(name, Arc::new(shard));
            }
            Err(error) => {
                set_aside(&path, error)?;
                opened.damaged.push(name);
            }
        }
    }
    opened.damaged.sort();
    Ok(opened)
}

/// A collection that cannot be opened is damaged, unless the disk is to blame; then nothing is touched.
fn set_aside(path: &Path, error: StoreError) -> Result<(), StoreError> {
    probe(path)?;
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let aside = path.with_extension(format!("damaged-{seconds}"));
    fs_err::rename(path, &aside).map_err(|source| StoreError::Io { action: "move aside", path: path.to_owned(), source })?;
    tracing::warn!(%error, moved_to = %aside.display(), "a damaged collection was moved aside; it is built anew from the catalog");
    Ok(())
}

/// Refuses when the folder cannot be written to or its disk is full.
fn probe(folder: &Path) -> Result<(), StoreError> {
    let path = folder.join("probe");
    let write = || {
        let mut file = File::create(&path)?;
        file.write_all(&vec![0; PROBE_BYTES])?;
        file.sync_all()?;
        fs_err::remove_file(&path)
    };
    write().map_err(|source| StoreError::Io { action: "write to", path: folder.to_owned(), source })
}
