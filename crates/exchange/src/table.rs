//! Tables as Parquet files: rows in, parts of bounded size out, and back.

mod chunks;
mod column;
mod documents;
mod fields;
mod file;
mod read;
mod values;
mod write;

use column::AnyColumn;

pub(crate) use chunks::{ChunkRow, Chunks};
pub(crate) use documents::{DocumentRow, Documents};
pub(crate) use read::TableReader;
pub(crate) use write::{TableWriter, Unwritten};

use crate::problem::Problem;

/// A kind of table: its columns, in order, with room for some rows.
pub(crate) trait Table: Default + Send + 'static {
    /// What a row says.
    type Row;

    /// The folder that its files are in.
    const FOLDER: &'static str;

    /// Its columns, in order.
    fn columns(&mut self) -> Vec<&mut dyn AnyColumn>;

    /// Adds a row.
    fn push(&mut self, row: &Self::Row) -> Result<(), Fault>;

    /// Takes the next row out.
    fn take(&mut self) -> Result<Self::Row, Fault>;
}

/// A value that cannot be, and its column.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) column: &'static str,
    pub(crate) problem: Problem,
}

impl Fault {
    pub(crate) fn new(column: &'static str, problem: impl Into<Problem>) -> Self {
        Self { column, problem: problem.into() }
    }
}
