//! Files as the Parquet library reads and writes them.

use std::io::{BufReader, Read, Write};
use std::path::Path;
use std::sync::Arc;

use fs_err as fs;
use fs_err::os::unix::fs::FileExt;
use parquet::errors::Result as ParquetResult;
use parquet::file::reader::{ChunkReader, Length};

use crate::manifest::PartFile;

/// A page's header is some ten bytes long; its content is not read through this.
const HEADER_BYTES: usize = 512;

/// A file that is fingerprinted while it is written.
pub(super) struct HashedFile {
    file: fs::File,
    hasher: blake3::Hasher,
    bytes: u64,
}

impl HashedFile {
    pub(super) fn create(path: &Path) -> std::io::Result<Self> {
        Ok(Self { file: fs::File::create(path)?, hasher: blake3::Hasher::new(), bytes: 0 })
    }

    /// Makes all that was written durable, and says what it was.
    pub(super) fn finish(self, name: String, rows: u64) -> std::io::Result<PartFile> {
        self.file.sync_all()?;
        Ok(PartFile { name, rows, bytes: Some(self.bytes), blake3: Some(self.hasher.finalize().to_hex().to_string()) })
    }
}

impl Write for HashedFile {
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        let written = self.file.write(buffer)?;
        self.hasher.update(buffer.get(..written).unwrap_or_default());
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// A file of which several columns are read by turns.
#[derive(Clone)]
pub(super) struct SharedFile {
    file: Arc<fs::File>,
    bytes: u64,
}

impl SharedFile {
    pub(super) fn open(path: &Path) -> std::io::Result<Self> {
        let file = fs::File::open(path)?;
        let bytes = file.metadata()?.len();
        Ok(Self { file: Arc::new(file), bytes })
    }
}

impl Length for SharedFile {
    fn len(&self) -> u64 {
        self.bytes
    }
}

impl ChunkReader for SharedFile {
    type T = BufReader<ReadFrom>;

    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        Ok(BufReader::with_capacity(HEADER_BYTES, ReadFrom { file: self.clone(), position: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<bytes::Bytes> {
        if start.checked_add(length as u64).is_none_or(|end| end > self.bytes) {
            return Err(parquet::errors::ParquetError::EOF(format!(
                "{length} bytes from {start} are wanted, the file ends at {}",
                self.bytes
            )));
        }
        let mut buffer = vec![0; length];
        self.file.read_exact_at(&mut buffer, start)?;
        Ok(buffer.into())
    }
}

/// A file from some place on.
pub(super) struct ReadFrom {
    file: SharedFile,
    position: u64,
}

impl Read for ReadFrom {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.file.file.read_at(buffer, self.position)?;
        self.position += count as u64;
        Ok(count)
    }
}
