//! Remembers across restarts whether all that was written was also made durable.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use fs_err::File;

use crate::StoreError;

/// The file `unclean`: there from before the first write until everything was flushed and closed.
#[derive(Debug)]
pub(crate) struct UncleanMarker {
    path: PathBuf,
    raised: Mutex<bool>,
}

impl UncleanMarker {
    /// Finds out whether the last owner of the folder left it unclean.
    pub(crate) fn find(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join("unclean");
        let raised = fs_err::exists(&path).map_err(|source| StoreError::Io { action: "look for", path: path.clone(), source })?;
        Ok(Self { path, raised: Mutex::new(raised) })
    }

    pub(crate) fn is_raised(&self) -> bool {
        *self.raised.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Durably says that writing has begun. Free after the first time.
    pub(crate) fn raise(&self) -> Result<(), StoreError> {
        let mut raised = self.raised.lock().unwrap_or_else(PoisonError::into_inner);
        if *raised {
            return Ok(());
        }
        let write = || {
            File::create(&self.path)?.sync_all()?;
            sync_parent(&self.path)
        };
        write().map_err(|source| StoreError::Io { action: "write", path: self.path.clone(), source })?;
        *raised = true;
        Ok(())
    }

    /// Durably says that nothing is left to be flushed.
    pub(crate) fn clear(&self) -> Result<(), StoreError> {
        let mut raised = self.raised.lock().unwrap_or_else(PoisonError::into_inner);
        if !*raised {
            return Ok(());
        }
        let remove = || {
            fs_err::remove_file(&self.path)?;
            sync_parent(&self.path)
        };
        remove().map_err(|source| StoreError::Io { action: "remove", path: self.path.clone(), source })?;
        *raised = false;
        Ok(())
    }
}

/// Makes a file's coming or going durable. Windows has no such call and needs none.
pub(crate) fn sync_parent(path: &Path) -> std::io::Result<()> {
    match path.parent() {
        Some(parent) if cfg!(unix) => File::open(parent)?.sync_all(),
        _ => Ok(()),
    }
}
