//! Who owns a data folder.

use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use fs_err::{File, OpenOptions};

use crate::StoreError;

/// Ownership of a data folder, for as long as this lives: of the store, the catalog and all else in it.
///
/// The operating system holds the lock and releases it when the process ends, however it ends. The file `lock` also says
/// the owner's process id, for the message that another process gets.
#[derive(Debug)]
pub struct DataDirLock {
    folder: PathBuf,
    _file: File,
}

impl DataDirLock {
    /// Takes the folder, which is made if it is not there; refused while another process, or another part of this one, has it.
    pub fn acquire(folder: &Path) -> Result<Self, StoreError> {
        fs_err::create_dir_all(folder).map_err(|source| io_error("make the folder", folder, source))?;
        let path = folder.join("lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|source| io_error("open the lock file", &path, source))?;
        match file.file().try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                return Err(StoreError::Owned { folder: folder.to_owned(), owner: read_owner(&mut file) });
            }
            Err(std::fs::TryLockError::Error(source)) => return Err(io_error("lock", &path, source)),
        }
        write_owner(&mut file).map_err(|source| io_error("write the lock file", &path, source))?;
        Ok(Self { folder: folder.to_owned(), _file: file })
    }

    /// The folder that is owned.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

fn write_owner(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    write!(file, "{}", std::process::id())
}

/// The owner writes its id just after it got the lock; until then the file is empty.
fn read_owner(file: &mut File) -> String {
    let mut owner = String::new();
    match file.read_to_string(&mut owner) {
        Ok(_) if !owner.trim().is_empty() => owner.trim().to_owned(),
        _ => "(id unknown)".to_owned(),
    }
}

fn io_error(action: &'static str, path: &Path, source: std::io::Error) -> StoreError {
    StoreError::Io { action, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_owner_is_told_who_the_first_is() {
        let folder = tempfile::tempdir().unwrap();
        let first = DataDirLock::acquire(folder.path()).unwrap();
        let message = DataDirLock::acquire(folder.path()).unwrap_err().to_string();
        assert!(message.contains(&std::process::id().to_string()), "{message}");
        assert!(message.contains(&folder.path().display().to_string()) && message.contains("--url"), "{message}");

        drop(first);
        DataDirLock::acquire(folder.path()).unwrap();
    }
}
