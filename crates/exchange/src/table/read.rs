//! Files to rows, some at a time.

use std::path::{Path, PathBuf};
use std::vec::IntoIter;

use parquet::column::reader::ColumnReader;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::reader::{FileReader, SerializedFileReader};

use super::column::Mismatch;
use super::file::SharedFile;
use super::{Fault, Table};
use crate::error::ExchangeError;
use crate::manifest::{PartFile, TableFiles};
use crate::problem::Problem;

/// About so much of a table is decoded at once.
const BATCH_BYTES: u64 = 4 << 20;

/// So many rows at most.
const BATCH_ROWS: u64 = 1_024;

/// Reads a table, from whoever wrote it.
pub(crate) struct TableReader<T> {
    folder: PathBuf,
    parts: IntoIter<PartFile>,
    rows: T,
    /// The file that is being read; none before the first.
    part: Option<Part>,
}

/// A file that is being read.
struct Part {
    path: PathBuf,
    file: SerializedFileReader<SharedFile>,
    /// Where in the file's schema our columns are.
    leaves: Vec<usize>,
    next_group: usize,
    group: Group,
    /// How many rows are decoded and not taken.
    decoded: u64,
    /// The row that is taken next.
    row: u64,
}

/// A group of rows that is being read.
#[derive(Default)]
struct Group {
    columns: Vec<ColumnReader>,
    rows_left: u64,
    batch: u64,
}

impl<T: Table> TableReader<T> {
    pub(crate) fn new(folder: &Path, files: &TableFiles) -> Self {
        Self { folder: folder.join(T::FOLDER), parts: files.files.clone().into_iter(), rows: T::default(), part: None }
    }

    /// The next row; nothing after the last.
    pub(crate) fn next(&mut self) -> Result<Option<T::Row>, ExchangeError> {
        loop {
            if let Some(part) = &mut self.part
                && part.decode(&mut self.rows)?
            {
                part.decoded -= 1;
                part.row += 1;
                return self.rows.take().map(Some).map_err(|fault| part.refused(fault));
            }
            let Some(next) = self.parts.next() else { return Ok(None) };
            self.part = Some(Part::open(self.folder.join(&next.name), &next, &mut self.rows)?);
        }
    }

    /// What is wrong with the row that was taken last.
    pub(crate) fn refused(&self, column: &'static str, problem: impl Into<Problem>) -> ExchangeError {
        let fault = Fault::new(column, problem);
        match &self.part {
            Some(part) => part.refused(fault),
            None => ExchangeError::Row { path: self.folder.clone(), row: 0, column: fault.column, problem: fault.problem },
        }
    }
}

impl Part {
    fn open(path: PathBuf, listed: &PartFile, rows: &mut impl Table) -> Result<Self, ExchangeError> {
        let file = SharedFile::open(&path).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => ExchangeError::Missing { path: path.clone() },
            _ => ExchangeError::Io { action: "read", path: path.clone(), source },
        })?;
        let file = SerializedFileReader::new(file).map_err(|source| ExchangeError::NotParquet { path: path.clone(), source })?;
        let metadata = file.metadata().file_metadata();
        let mut leaves = Vec::new();
        for column in rows.columns() {
            let name = column.name();
            leaves.push(column.find(metadata.schema_descr()).map_err(|mismatch| match mismatch {
                Mismatch::Missing => ExchangeError::NoColumn { path: path.clone(), column: name },
                Mismatch::Type { found, expected } => ExchangeError::ColumnType { path: path.clone(), column: name, found, expected },
            })?);
        }
        let found = u64::try_from(metadata.num_rows()).unwrap_or_default();
        if found != listed.rows {
            return Err(ExchangeError::Rows { path, found, expected: listed.rows });
        }
        Ok(Self { path, file, leaves, next_group: 0, group: Group::default(), decoded: 0, row: 0 })
    }

    /// Sees to it that a row can be taken; says whether there is one.
    fn decode(&mut self, rows: &mut impl Table) -> Result<bool, ExchangeError> {
        while self.decoded == 0 {
            if self.group.rows_left == 0 {
                if self.next_group >= self.file.num_row_groups() {
                    return Ok(false);
                }
                self.group = self.open_group().map_err(|source| ExchangeError::NotParquet { path: self.path.clone(), source })?;
                self.next_group += 1;
                continue;
            }
            let count = self.group.batch.min(self.group.rows_left);
            for (column, reader) in rows.columns().into_iter().zip(&mut self.group.columns) {
                let (path, name, row) = (&self.path, column.name(), self.row);
                let undecodable = |source| ExchangeError::Undecodable { path: path.clone(), column: name, row, source };
                let filled = usize::try_from(count).map_err(ParquetError::from).and_then(|count| column.fill(reader, count));
                filled.map_err(undecodable)?;
            }
            self.group.rows_left -= count;
            self.decoded = count;
        }
        Ok(true)
    }

    fn open_group(&self) -> ParquetResult<Group> {
        let group = self.file.get_row_group(self.next_group)?;
        let rows = u64::try_from(group.metadata().num_rows())?;
        let bytes = u64::try_from(group.metadata().total_byte_size())?;
        let bytes_per_row = (bytes / rows.max(1)).max(1);
        let columns = self.leaves.iter().map(|leaf| group.get_column_reader(*leaf)).collect::<ParquetResult<Vec<_>>>()?;
        Ok(Group { columns, rows_left: rows, batch: (BATCH_BYTES / bytes_per_row).clamp(1, BATCH_ROWS) })
    }

    /// What is wrong with the row that was taken last.
    fn refused(&self, fault: Fault) -> ExchangeError {
        let Fault { column, problem } = fault;
        ExchangeError::Row { path: self.path.clone(), row: self.row.saturating_sub(1), column, problem }
    }
}
