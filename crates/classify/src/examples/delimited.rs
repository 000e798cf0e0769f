//! CSV and TSV with a header.

use std::io::Read;
use std::path::{Path, PathBuf};

use csv::{ReaderBuilder, StringRecord};

use super::quotes::CheckedQuotes;
use super::{Columns, Example, Examples, Origin};
use crate::ClassifyError;

/// Other names that a column of labels goes by.
const LABEL_NAMES: [&str; 5] = ["label", "labels", "category", "intent", "class"];

/// A file whose quotes are in order, and its header.
pub(crate) struct Table<R> {
    path: PathBuf,
    header: StringRecord,
    reader: csv::Reader<CheckedQuotes<R>>,
}

pub(super) fn examples(path: &Path, text: &str, separator: u8, columns: &Columns) -> Result<Examples, ClassifyError> {
    let table = Table::open(path, text.as_bytes(), separator)?;
    let text_column = table.column(&[columns.text.as_str()])?;
    let named = columns.label.as_str();
    let label_column = table.column(&if named == "label" { LABEL_NAMES.to_vec() } else { vec![named] })?;
    let mut examples = Examples::default();
    for row in table.into_rows() {
        let (origin, record) = row?;
        let labels = split(record.get(label_column).unwrap_or_default(), columns.separator.as_deref());
        examples.push(Example { text: record.get(text_column).unwrap_or_default().to_owned(), labels, origin });
    }
    Ok(examples)
}

/// The labels in a cell.
pub(super) fn split(cell: &str, separator: Option<&str>) -> Vec<String> {
    match separator {
        Some(separator) => cell.split(separator).map(str::to_owned).collect(),
        None => vec![cell.to_owned()],
    }
}

impl<R: Read> Table<R> {
    pub(crate) fn open(path: &Path, stream: R, separator: u8) -> Result<Self, ClassifyError> {
        let checked = CheckedQuotes::new(path, stream, separator);
        let mut reader = ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(checked);
        let header = reader.headers().map_err(|source| broken(path, source))?.clone();
        Ok(Self { path: path.to_owned(), header, reader })
    }

    /// The first column of one of these names, whatever the case of its letters.
    pub(crate) fn column(&self, names: &[&str]) -> Result<usize, ClassifyError> {
        let found = names.iter().find_map(|name| self.header.iter().position(|column| column.trim().eq_ignore_ascii_case(name)));
        found.ok_or_else(|| ClassifyError::NoColumn {
            path: self.path.clone(),
            column: names.first().copied().unwrap_or_default().to_owned(),
            found: self.header.iter().map(str::to_owned).collect(),
        })
    }

    /// The records, each of as many columns as the header has.
    pub(crate) fn into_rows(self) -> impl Iterator<Item = Result<(Origin, StringRecord), ClassifyError>> {
        let Self { path, header, reader } = self;
        reader.into_records().map(move |record| {
            let record = record.map_err(|source| broken(&path, source))?;
            let origin = origin(&path, record.position().map_or(0, csv::Position::line));
            let (expected, found) = (header.len() as u64, record.len() as u64);
            if found == expected { Ok((origin, record)) } else { Err(ClassifyError::ColumnCount { origin, expected, found }) }
        })
    }
}

fn broken(path: &Path, source: csv::Error) -> ClassifyError {
    let (line, problem) = (source.position().map_or(1, csv::Position::line), source.to_string());
    match source.into_kind() {
        // What is wrong with quotes comes as an error of the stream.
        csv::ErrorKind::Io(source) => {
            source.downcast().unwrap_or_else(|source| ClassifyError::Unreadable { path: path.to_owned(), source })
        }
        _ => ClassifyError::Csv { origin: origin(path, line), problem },
    }
}

fn origin(path: &Path, line: u64) -> Origin {
    Origin { file: path.display().to_string(), line }
}
