//! Keeps away from a full disk.
//!
//! The library writes through memory maps. When the disk cannot take a page of one, the operating system kills the process:
//! there is no error to be caught. So room is checked before, and enough is left for what a flush adds.

use std::path::Path;

use crate::StoreError;

/// Left free whatever is written: what one write and its flush may take, many times over.
const RESERVE_BYTES: u64 = 64 * 1024 * 1024;

/// Refuses to write `bytes` into a folder whose disk would be almost full afterwards.
pub(super) fn ensure(folder: &Path, bytes: u64) -> Result<(), StoreError> {
    let free_bytes = fs4::available_space(folder).map_err(|source| StoreError::Io {
        action: "find out how much room there is for",
        path: folder.to_owned(),
        source,
    })?;
    check(folder, free_bytes, bytes.saturating_add(RESERVE_BYTES))
}

/// How much is in a folder, for work that writes all of it anew.
pub(super) fn size_bytes(folder: &Path) -> std::io::Result<u64> {
    let mut bytes = 0;
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        bytes += if metadata.is_dir() { size_bytes(&entry.path())? } else { metadata.len() };
    }
    Ok(bytes)
}

fn check(folder: &Path, free_bytes: u64, needed_bytes: u64) -> Result<(), StoreError> {
    if free_bytes >= needed_bytes {
        return Ok(());
    }
    Err(StoreError::NoRoom { folder: folder.to_owned(), free_bytes, needed_bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_almost_full_disk_is_refused_with_numbers() {
        let folder = Path::new("/data/docs");
        check(folder, 100, 100).unwrap();
        let message = check(folder, 5_000_000, 67_108_864).unwrap_err().to_string();
        assert!(["/data/docs", "5 MB", "67 MB"].iter().all(|part| message.contains(part)), "{message}");
    }

    #[test]
    fn all_that_is_inside_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        fs_err::create_dir(folder.path().join("inner")).unwrap();
        fs_err::write(folder.path().join("inner/file"), [0; 300]).unwrap();
        fs_err::write(folder.path().join("file"), [0; 20]).unwrap();
        assert_eq!(size_bytes(folder.path()).unwrap(), 320);
        assert!(ensure(folder.path(), u64::MAX).is_err());
    }
}
