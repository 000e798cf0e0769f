//! Gives back the disk space of the library's write-ahead log.
//!
//! The library appends every write to its log and, in this version, neither reads the log again nor ever shortens
//! it; it only goes on counting operations from the log's end. So all but the newest closed segment can go while the shard is
//! not open: the newest one, with the open one after it, keeps the count.

use std::path::{Path, PathBuf};

/// Small collections should be small on disk: the library reserves a segment of this size at once (its default is 32 MiB).
pub(super) const WAL_SEGMENT_BYTES: usize = 4 * 1024 * 1024;

/// How much of the log may be given back, in bytes.
pub(super) fn reclaimable_bytes(shard_folder: &Path) -> std::io::Result<u64> {
    let mut bytes = 0;
    for (_, path) in superseded_segments(shard_folder)? {
        bytes += fs_err::metadata(path)?.len();
    }
    Ok(bytes)
}

/// Deletes what nothing needs. The shard must not be open: its memory maps would keep the space.
pub(super) fn reclaim(shard_folder: &Path) -> std::io::Result<()> {
    // Oldest first: the library accepts a log that begins late, not one with a hole.
    for (_, path) in superseded_segments(shard_folder)? {
        fs_err::remove_file(path)?;
    }
    Ok(())
}

/// All closed segments but the newest, oldest first, with the operation each begins with.
fn superseded_segments(shard_folder: &Path) -> std::io::Result<Vec<(u64, PathBuf)>> {
    let folder = shard_folder.join("wal");
    if !fs_err::exists(&folder)? {
        return Ok(Vec::new());
    }
    let mut closed = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let start = name.to_str().and_then(|name| name.strip_prefix("closed-")).and_then(|start| start.parse().ok());
        if let Some(start) = start {
            closed.push((start, entry.path()));
        }
    }
    closed.sort();
    closed.pop();
    Ok(closed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_newest_closed_segment_and_the_open_one() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(reclaimable_bytes(folder.path()).unwrap(), 0);
        let wal = folder.path().join("wal");
        fs_err::create_dir(&wal).unwrap();
        for name in ["closed-0", "closed-9", "closed-10", "open-4", "first-index"] {
            fs_err::write(wal.join(name), "12345").unwrap();
        }
        assert_eq!(reclaimable_bytes(folder.path()).unwrap(), 10);
        reclaim(folder.path()).unwrap();
        let mut left: Vec<_> = fs_err::read_dir(&wal).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["closed-10", "first-index", "open-4"]);
    }
}
