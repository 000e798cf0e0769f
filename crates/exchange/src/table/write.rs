//! Rows to files: groups of rows of bounded size, files of bounded length.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use fs_err as fs;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::TypePtr;

use super::file::HashedFile;
use super::{Fault, Table};
use crate::error::ExchangeError;
use crate::layout::Layout;
use crate::manifest::{PartFile, TableFiles};

/// Higher levels take several times as long for a few per cent.
const COMPRESSION_LEVEL: i32 = 3;

/// Writes a table.
pub(crate) struct TableWriter<T> {
    folder: PathBuf,
    layout: Layout,
    rows: T,
    /// How many rows are in memory.
    buffered: u64,
    form: Form,
    part: Part,
    files: Vec<PartFile>,
}

/// What all files of a table have in common.
struct Form {
    schema: TypePtr,
    properties: WriterPropertiesPtr,
}

/// A file that is being written.
struct Part {
    path: PathBuf,
    writer: SerializedFileWriter<HashedFile>,
    rows: u64,
}

/// Why a row was not written.
pub(crate) enum Unwritten {
    Row(Fault),
    File(Box<ExchangeError>),
}

impl<T: Table> TableWriter<T> {
    /// Begins the table in a folder of its own in this one.
    pub(crate) fn create(folder: &Path, layout: Layout) -> Result<Self, ExchangeError> {
        let folder = folder.join(T::FOLDER);
        fs::create_dir(&folder).map_err(|source| ExchangeError::Io { action: "make", path: folder.clone(), source })?;
        let mut rows = T::default();
        let failed = |source| ExchangeError::Write { path: folder.clone(), source };
        let form = Form { schema: schema(&mut rows).map_err(failed)?, properties: properties(&mut rows).map_err(failed)? };
        let part = Part::create(&folder, 1, &form)?;
        Ok(Self { folder, layout, rows, buffered: 0, form, part, files: Vec::new() })
    }

    pub(crate) fn push(&mut self, row: &T::Row) -> Result<(), Unwritten> {
        self.rows.push(row).map_err(Unwritten::Row)?;
        self.buffered += 1;
        let bytes: usize = self.rows.columns().iter().map(|column| column.bytes()).sum();
        if self.buffered >= self.layout.rows_per_group || bytes >= self.layout.bytes_per_group {
            self.end_group().map_err(|error| Unwritten::File(Box::new(error)))?;
        }
        Ok(())
    }

    /// Writes what is left, and says which files there are.
    pub(crate) fn finish(mut self) -> Result<TableFiles, ExchangeError> {
        self.write_group()?;
        self.files.push(self.part.finish()?);
        Ok(TableFiles { rows: self.files.iter().map(|file| file.rows).sum(), files: self.files })
    }

    fn end_group(&mut self) -> Result<(), ExchangeError> {
        self.write_group()?;
        if self.part.rows >= self.layout.rows_per_file {
            let next = Part::create(&self.folder, self.files.len() + 2, &self.form)?;
            self.files.push(std::mem::replace(&mut self.part, next).finish()?);
        }
        Ok(())
    }

    fn write_group(&mut self) -> Result<(), ExchangeError> {
        if self.buffered == 0 {
            return Ok(());
        }
        self.part.write_group(&mut self.rows).map_err(|source| ExchangeError::Write { path: self.part.path.clone(), source })?;
        self.part.rows += std::mem::take(&mut self.buffered);
        Ok(())
    }
}

impl Part {
    fn create(folder: &Path, number: usize, form: &Form) -> Result<Self, ExchangeError> {
        let path = folder.join(format!("part-{number:05}.parquet"));
        let file = HashedFile::create(&path).map_err(|source| ExchangeError::Io { action: "write", path: path.clone(), source })?;
        let writer = SerializedFileWriter::new(file, Arc::clone(&form.schema), Arc::clone(&form.properties));
        let writer = writer.map_err(|source| ExchangeError::Write { path: path.clone(), source })?;
        Ok(Self { path, writer, rows: 0 })
    }

    fn write_group(&mut self, rows: &mut impl Table) -> ParquetResult<()> {
        let mut group = self.writer.next_row_group()?;
        for column in rows.columns() {
            let mut writer =
                group.next_column()?.ok_or_else(|| ParquetError::General(format!("there is no room for `{}`", column.name())))?;
            column.write(&mut writer)?;
            writer.close()?;
        }
        group.close()?;
        Ok(())
    }

    fn finish(self) -> Result<PartFile, ExchangeError> {
        let Self { path, writer, rows } = self;
        let file = writer.into_inner().map_err(|source| ExchangeError::Write { path: path.clone(), source })?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        file.finish(name, rows).map_err(|source| ExchangeError::Io { action: "write", path, source })
    }
}

fn schema<T: Table>(rows: &mut T) -> ParquetResult<TypePtr> {
    let declared: Vec<String> = rows.columns().iter().map(|column| column.declared()).collect();
    Ok(Arc::new(parse_message_type(&format!("message {} {{ {} }}", T::FOLDER, declared.join(" ")))?))
}

fn properties(rows: &mut impl Table) -> ParquetResult<WriterPropertiesPtr> {
    let properties = WriterProperties::builder()
        .set_created_by(concat!("ragstone ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(COMPRESSION_LEVEL)?))
        // Nobody looks for the smallest text or vector.
        .set_statistics_enabled(EnabledStatistics::None)
        .set_offset_index_disabled(true);
    Ok(Arc::new(rows.columns().iter().fold(properties, |properties, column| column.configure(properties)).build()))
}
