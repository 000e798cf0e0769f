//! Rows, one by one, however long the table is.

use std::io::{BufRead, BufReader, Read, Seek};
use std::path::Path;

use bytesize::ByteSize;
use csv::StringRecord;
use fs_err as fs;
use serde_json::{Map, Value};

use crate::{IngestError, SourceError, extract};

/// What a reader may have read ahead of the row it is at.
const READ_AHEAD: u64 = 64 * 1024;

/// A row, or why it is none.
pub(super) struct Row {
    /// Where it begins, counted from 1.
    pub(super) line: u64,
    pub(super) values: Result<Map<String, Value>, SourceError>,
}

/// A file of rows.
pub(super) struct Table {
    rows: Rows,
    limit: ByteSize,
    ended: bool,
}

enum Rows {
    Lines { input: BufReader<fs::File>, line: u64 },
    Delimited { reader: Box<csv::Reader<Allowance<fs::File>>>, columns: Vec<String> },
}

/// A reader that stops when more is read than one row may have: an open quote would otherwise swallow the file.
struct Allowance<Inner> {
    inner: Inner,
    left: u64,
}

impl<Inner: Read> Read for Allowance<Inner> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.left == 0 {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        let size = self.inner.read(buffer)?;
        self.left = self.left.saturating_sub(size as u64);
        Ok(size)
    }
}

impl Table {
    /// Opens a table; what it is follows from its name.
    pub(super) fn open(path: &Path, limit: ByteSize) -> Result<Self, IngestError> {
        let unreadable = |source| IngestError::Unreadable { path: path.to_owned(), source };
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
        if !fs::metadata(path).map_err(unreadable)?.is_file() {
            return Err(IngestError::NotAFile);
        }
        let file = fs::File::open(path).map_err(unreadable)?;
        let rows = match ending.as_str() {
            "jsonl" | "ndjson" => Rows::Lines { input: BufReader::new(file), line: 0 },
            "csv" => {
                let (delimiter, file) = delimiter_of(file).map_err(unreadable)?;
                Rows::delimited(file, delimiter, limit)?
            }
            "tsv" => Rows::delimited(file, b'\t', limit)?,
            _ => return Err(SourceError::NotRecords { path: path.to_owned() }.into()),
        };
        Ok(Self { rows, limit, ended: false })
    }

    /// The names of its columns, where they are the same in all rows.
    pub(super) fn columns(&self) -> Option<&[String]> {
        match &self.rows {
            Rows::Lines { .. } => None,
            Rows::Delimited { columns, .. } => Some(columns),
        }
    }
}

impl Iterator for Table {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        if self.ended {
            return None;
        }
        let row = match &mut self.rows {
            Rows::Lines { input, line } => next_line(input, line, self.limit),
            Rows::Delimited { reader, columns } => next_record(reader, columns, self.limit),
        };
        match row {
            Some(Ok(row)) => Some(row),
            // Where the next row begins is not known any more.
            Some(Err(row)) => {
                self.ended = true;
                Some(row)
            }
            None => None,
        }
    }
}

impl Rows {
    fn delimited(file: fs::File, delimiter: u8, limit: ByteSize) -> Result<Self, SourceError> {
        let input = Allowance { inner: file, left: limit.as_u64() + READ_AHEAD };
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(input);
        let headers = reader.headers().map_err(|source| SourceError::Row { line: 1, source })?;
        let columns = headers.iter().map(|column| column.trim().to_owned()).collect();
        Ok(Self::Delimited { reader: Box::new(reader), columns })
    }
}

/// What stands between the values of a file, by its beginning.
fn delimiter_of(mut file: fs::File) -> std::io::Result<(u8, fs::File)> {
    let mut beginning = Vec::new();
    file.by_ref().take(READ_AHEAD).read_to_end(&mut beginning)?;
    file.rewind()?;
    // The last line may be cut off.
    let whole = beginning.iter().rposition(|byte| *byte == b'\n').map_or(beginning.len(), |end| end + 1);
    let lines = String::from_utf8_lossy(beginning.get(..whole).unwrap_or_default());
    Ok((extract::delimiter(&lines), file))
}

/// The next line that is not empty; `Err` holds a row after which nothing can be read.
fn next_line(input: &mut BufReader<fs::File>, line: &mut u64, limit: ByteSize) -> Option<Result<Row, Row>> {
    loop {
        let mut bytes = Vec::new();
        let read = input.by_ref().take(limit.as_u64() + 1).read_until(b'\n', &mut bytes);
        *line += 1;
        let row = |values| Row { line: *line, values };
        match read {
            Ok(0) => return None,
            Err(source) => return Some(Err(row(Err(SourceError::Row { line: *line, source: source.into() })))),
            Ok(_) if bytes.len() as u64 > limit.as_u64() && bytes.last() != Some(&b'\n') => {
                let too_long = row(Err(SourceError::LongRecord { line: *line, limit }));
                return Some(if skip_line(input) { Ok(too_long) } else { Err(too_long) });
            }
            Ok(_) => {}
        }
        let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes).trim_ascii();
        if text.is_empty() {
            continue;
        }
        let values = match serde_json::from_slice::<Value>(text) {
            Ok(Value::Object(values)) => Ok(values),
            Ok(_) => Err(SourceError::NotAnObject { line: *line, source: None }),
            Err(source) => Err(SourceError::NotAnObject { line: *line, source: Some(source) }),
        };
        return Some(Ok(row(values)));
    }
}

/// Reads past the rest of a line, without keeping it.
fn skip_line(input: &mut BufReader<fs::File>) -> bool {
    input.skip_until(b'\n').is_ok()
}

fn next_record(reader: &mut csv::Reader<Allowance<fs::File>>, columns: &[String], limit: ByteSize) -> Option<Result<Row, Row>> {
    reader.get_mut().left = limit.as_u64() + READ_AHEAD;
    let mut record = StringRecord::new();
    let read = reader.read_record(&mut record);
    let line = record.position().map_or_else(|| reader.position().line(), csv::Position::line);
    match read {
        Ok(false) => None,
        Ok(true) => {
            let values = columns.iter().zip(&record).map(|(column, value)| (column.clone(), typed(value)));
            Some(Ok(Row { line, values: Ok(values.collect()) }))
        }
        Err(_) if reader.get_ref().left == 0 => Some(Err(Row { line, values: Err(SourceError::LongRecord { line, limit }) })),
        Err(source) => {
            let is_over = source.is_io_error();
            let row = Row { line, values: Err(SourceError::Row { line, source }) };
            Some(if is_over { Err(row) } else { Ok(row) })
        }
    }
}

/// Numbers and truth values can be compared as such; all else is text.
fn typed(text: &str) -> Value {
    match serde_json::from_str(text.trim()) {
        Ok(value @ (Value::Number(_) | Value::Bool(_))) => value,
        _ => Value::String(text.to_owned()),
    }
}
