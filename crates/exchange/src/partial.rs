//! The folder that an export is written in before it has its name.

use std::path::{Path, PathBuf};

use fs_err as fs;

use crate::error::ExchangeError;

/// Held as long as somebody writes in the folder.
const LOCK: &str = "being-written";

/// A folder beside the one that is wanted. It is renamed when all is in it, and removed when that fails; what a killed process
/// has left is used again.
pub(crate) struct PartialFolder {
    path: PathBuf,
    wanted: PathBuf,
    lock: fs::File,
    is_kept: bool,
}

impl PartialFolder {
    /// Begins an export to a folder that is not there yet, or is empty.
    pub(crate) fn create(wanted: &Path) -> Result<Self, ExchangeError> {
        refuse_if_taken(wanted)?;
        let exists = || ExchangeError::Exists { folder: wanted.to_owned() };
        let mut name = wanted.file_name().ok_or_else(exists)?.to_owned();
        name.push(".partial");
        let path = wanted.with_file_name(name);
        fs::create_dir_all(&path).map_err(|source| io("make", &path, source))?;
        let lock_path = path.join(LOCK);
        let lock = fs::File::create(&lock_path).map_err(|source| io("write", &lock_path, source))?;
        if lock.file().try_lock().is_err() {
            return Err(ExchangeError::Busy { folder: wanted.to_owned() });
        }
        let partial = Self { path, wanted: wanted.to_owned(), lock, is_kept: false };
        partial.empty()?;
        Ok(partial)
    }

    /// Where to write.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the folder its name: all that is in it is on the disk.
    pub(crate) fn finish(mut self) -> Result<(), ExchangeError> {
        refuse_if_taken(&self.wanted)?;
        let lock = self.path.join(LOCK);
        fs::remove_file(&lock).map_err(|source| io("remove", &lock, source))?;
        for folder in self.folders()? {
            sync(&folder)?;
        }
        sync(&self.path)?;
        fs::rename(&self.path, &self.wanted).map_err(|source| io("rename", &self.path, source))?;
        self.is_kept = true;
        match self.wanted.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            Some(parent) => sync(parent),
            None => sync(Path::new(".")),
        }
    }

    /// Removes what another export has left.
    fn empty(&self) -> Result<(), ExchangeError> {
        for folder in self.folders()? {
            fs::remove_dir_all(&folder).map_err(|source| io("remove", &folder, source))?;
        }
        Ok(())
    }

    fn folders(&self) -> Result<Vec<PathBuf>, ExchangeError> {
        let read = |source| io("read", &self.path, source);
        let mut folders = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(read)? {
            let path = entry.map_err(read)?.path();
            if path.is_dir() {
                folders.push(path);
            }
        }
        Ok(folders)
    }
}

impl Drop for PartialFolder {
    fn drop(&mut self) {
        if !self.is_kept {
            // What cannot be removed now is removed by the next export to this folder.
            let _ = fs::remove_dir_all(&self.path);
        }
        let _ = self.lock.file().unlock();
    }
}

fn refuse_if_taken(wanted: &Path) -> Result<(), ExchangeError> {
    match fs::read_dir(wanted) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(ExchangeError::Exists { folder: wanted.to_owned() }),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => Err(ExchangeError::Exists { folder: wanted.to_owned() }),
        Err(source) => Err(io("read", wanted, source)),
    }
}

fn sync(folder: &Path) -> Result<(), ExchangeError> {
    fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(|source| io("write", folder, source))
}

fn io(action: &'static str, path: &Path, source: std::io::Error) -> ExchangeError {
    ExchangeError::Io { action, path: path.to_owned(), source }
}
