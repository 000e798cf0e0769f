//! How an export is divided.

/// How the tables of an export are divided: what of them is in memory at once, and how long a file may become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// So many rows of a table are gathered before they are written, at most.
    pub rows_per_group: u64,
    /// Or so many bytes, whichever is reached first; a row that is larger is a group of its own.
    pub bytes_per_group: usize,
    /// A file with so many rows gets no more groups.
    pub rows_per_file: u64,
}

/// Groups of 4,096 rows or 32 MiB; files of 262,144 rows, which are some hundred megabytes of chunks.
impl Default for Layout {
    fn default() -> Self {
        Self { rows_per_group: 4_096, bytes_per_group: 32 << 20, rows_per_file: 262_144 }
    }
}
