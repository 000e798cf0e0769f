//! CSV and TSV with a header.

use std::path::Path;

use csv::{ByteRecord, ReaderBuilder, StringRecord};

use super::{Columns, Example, Examples, Origin, check_quotes};
use crate::ClassifyError;

/// Other names that a column of labels goes by.
const LABEL_NAMES: [&str; 5] = ["label", "labels", "category", "intent", "class"];

/// A file whose quotes are in order, and its header.
struct Table<'text> {
    path: &'text Path,
    header: StringRecord,
    reader: csv::Reader<&'text [u8]>,
}

pub(super) fn examples(path: &Path, text: &str, separator: u8, columns: &Columns) -> Result<Examples, ClassifyError> {
    let mut table = Table::open(path, text, separator)?;
    let text_column = table.column(&[columns.text.as_str()])?;
    let named = columns.label.as_str();
    let label_column = table.column(&if named == "label" { LABEL_NAMES.to_vec() } else { vec![named] })?;
    let mut examples = Examples::default();
    table.each(|origin, record| {
        let labels = split(record.get(label_column).unwrap_or_default(), columns.separator.as_deref());
        examples.push(Example { text: record.get(text_column).unwrap_or_default().to_owned(), labels, origin });
    })?;
    Ok(examples)
}

pub(super) fn texts(path: &Path, text: &str, separator: u8, columns: &Columns) -> Result<Vec<String>, ClassifyError> {
    let mut table = Table::open(path, text, separator)?;
    let text_column = table.column(&[columns.text.as_str()])?;
    let mut texts = Vec::new();
    table.each(|_, record| texts.push(record.get(text_column).unwrap_or_default().to_owned()))?;
    Ok(texts)
}

/// The labels in a cell.
pub(super) fn split(cell: &str, separator: Option<&str>) -> Vec<String> {
    match separator {
        Some(separator) => cell.split(separator).map(str::to_owned).collect(),
        None => vec![cell.to_owned()],
    }
}

impl<'text> Table<'text> {
    fn open(path: &'text Path, text: &'text str, separator: u8) -> Result<Self, ClassifyError> {
        check_quotes(path, text, separator)?;
        let mut reader = ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(text.as_bytes());
        let header = reader.headers().map_err(|source| ClassifyError::Csv { origin: origin(path, 1), source })?.clone();
        Ok(Self { path, header, reader })
    }

    /// The first column of one of these names, whatever the case of its letters.
    fn column(&self, names: &[&str]) -> Result<usize, ClassifyError> {
        let found = names.iter().find_map(|name| self.header.iter().position(|column| column.trim().eq_ignore_ascii_case(name)));
        found.ok_or_else(|| ClassifyError::NoColumn {
            path: self.path.to_owned(),
            column: names.first().copied().unwrap_or_default().to_owned(),
            found: self.header.iter().map(str::to_owned).collect(),
        })
    }

    fn each(&mut self, mut take: impl FnMut(Origin, &StringRecord)) -> Result<(), ClassifyError> {
        let expected = self.header.len() as u64;
        let mut bytes = ByteRecord::new();
        loop {
            let more = self.reader.read_byte_record(&mut bytes);
            let line = bytes.position().map_or(0, csv::Position::line);
            let at = origin(self.path, line);
            match more {
                Err(source) => return Err(ClassifyError::Csv { origin: at, source }),
                Ok(false) => return Ok(()),
                Ok(true) => {}
            }
            if bytes.len() as u64 != expected {
                return Err(ClassifyError::ColumnCount { origin: at, expected, found: bytes.len() as u64 });
            }
            take(at, &StringRecord::from_byte_record_lossy(bytes.clone()));
        }
    }
}

fn origin(path: &Path, line: u64) -> Origin {
    Origin { file: path.display().to_string(), line }
}
