//! Texts one after the other, from files of any size: what is read ahead is bounded, and the order stays.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use serde_json::Value;

use crate::examples::{Format, LONGEST_LINE, Table, format};
use crate::{ClassifyError, Columns, Origin};

/// A text and its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextLine {
    /// The text; may be empty.
    pub text: String,
    /// Its line, from 1.
    pub line: u64,
}

/// The texts of a stream, in order. Every line, or every record, is one; empty ones too.
pub struct TextStream {
    texts: Box<dyn Iterator<Item = Result<TextLine, ClassifyError>> + Send>,
}

impl TextStream {
    /// Reads a stream called `name`, whose extension says how it is written; one text a line if there is none.
    pub fn new(name: &Path, stream: impl Read + Send + 'static, columns: &Columns) -> Result<Self, ClassifyError> {
        let file = name.display().to_string();
        let texts: Box<dyn Iterator<Item = _> + Send> = match format(name) {
            Some(Format::Delimited(separator)) => records(Table::open(name, stream, separator)?, &columns.text)?,
            Some(Format::JsonLines) => {
                let key = columns.text.clone();
                Box::new(Lines::new(file, stream).map(move |line| line.and_then(|(origin, line)| json_text(&key, origin, &line))))
            }
            Some(Format::Lines) | None => {
                Box::new(Lines::new(file, stream).map(|line| line.map(|(origin, text)| TextLine { text, line: origin.line })))
            }
        };
        Ok(Self { texts })
    }
}

impl Iterator for TextStream {
    type Item = Result<TextLine, ClassifyError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.texts.next()
    }
}

/// Lines of UTF-8, none longer than is sensible.
struct Lines<R> {
    file: String,
    reader: BufReader<R>,
    line: u64,
}

impl<R: Read> Lines<R> {
    fn new(file: String, stream: R) -> Self {
        Self { file, reader: BufReader::with_capacity(1 << 16, stream), line: 0 }
    }

    fn read(&mut self) -> Result<Option<(Origin, String)>, ClassifyError> {
        self.line += 1;
        let origin = Origin { file: self.file.clone(), line: self.line };
        let mut bytes = Vec::new();
        let read = self.reader.by_ref().take(LONGEST_LINE as u64 + 1).read_until(b'\n', &mut bytes);
        let read = read.map_err(|source| ClassifyError::Unreadable { path: self.file.clone().into(), source })?;
        if read == 0 {
            return Ok(None);
        }
        if read > LONGEST_LINE {
            return Err(ClassifyError::LineTooLong { origin, limit: LONGEST_LINE });
        }
        while bytes.last().is_some_and(|last| matches!(last, b'\n' | b'\r')) {
            bytes.pop();
        }
        if self.line == 1 && bytes.starts_with(b"\xef\xbb\xbf") {
            bytes.drain(..3);
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            let position = error.utf8_error().valid_up_to();
            let byte = error.as_bytes().get(position).copied().unwrap_or_default();
            ClassifyError::NotUtf8 { origin: origin.clone(), byte, position: position + 1 }
        })?;
        Ok(Some((origin, text)))
    }
}

impl<R: Read> Iterator for Lines<R> {
    type Item = Result<(Origin, String), ClassifyError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

fn json_text(key: &str, origin: Origin, line: &str) -> Result<TextLine, ClassifyError> {
    let number = origin.line;
    if line.trim().is_empty() {
        return Ok(TextLine { text: String::new(), line: number });
    }
    let value: Value = serde_json::from_str(line).map_err(|source| ClassifyError::NotJson { origin: origin.clone(), source })?;
    match value.get(key) {
        Some(Value::String(text)) => Ok(TextLine { text: text.clone(), line: number }),
        _ => Err(ClassifyError::Shape { origin, problem: "there is no text of this name: name its key with `--text-column`" }),
    }
}

/// The texts of a table, one a record.
fn records(
    table: Table<impl Read + Send + 'static>,
    column: &str,
) -> Result<Box<dyn Iterator<Item = Result<TextLine, ClassifyError>> + Send>, ClassifyError> {
    let column = table.column(&[column])?;
    let text = move |(origin, record): (Origin, csv::StringRecord)| TextLine {
        text: record.get(column).unwrap_or_default().to_owned(),
        line: origin.line,
    };
    Ok(Box::new(table.into_rows().map(move |row| row.map(text))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(name: &str, content: &'static str) -> Vec<(u64, String)> {
        let stream = TextStream::new(Path::new(name), content.as_bytes(), &Columns::default()).unwrap();
        stream.map(|text| text.map(|text| (text.line, text.text)).unwrap()).collect()
    }

    fn check(name: &str, content: &'static str, expected: &[(u64, &str)]) {
        let expected: Vec<(u64, String)> = expected.iter().map(|(line, text)| (*line, (*text).to_owned())).collect();
        assert_eq!(texts(name, content), expected, "{name}");
    }

    #[test]
    fn every_line_is_a_text_and_keeps_its_place() {
        check("-", "one\r\n\ntwo", &[(1, "one"), (2, ""), (3, "two")]);
        check("a.jsonl", "{\"text\": \"one\"}\n{\"text\": \"two\", \"id\": 3}\n", &[(1, "one"), (2, "two")]);
        check("a.csv", "id,Text\n1,\"one\nmore\"\n2,two\n", &[(2, "one\nmore"), (4, "two")]);
    }

    #[test]
    fn a_wrong_line_is_named() {
        let columns = Columns::default();
        let refused = |name: &str, content: &'static [u8]| {
            let stream = TextStream::new(Path::new(name), content, &columns);
            stream.and_then(|stream| stream.collect::<Result<Vec<_>, _>>()).unwrap_err().to_string()
        };
        assert!(refused("-", b"one\ntw\xe9\n").contains("line 2: not UTF-8 (byte 0xe9"));
        assert!(refused("a.jsonl", b"{\"text\": \"one\"}\n{\"txt\": 1}\n").contains("line 2"));
        assert!(refused("a.csv", b"id,body\n1,a\n").contains("`id`, `body`"));
        assert!(refused("a.csv", b"id,text\n1,a\n2,b,c\n").contains("line 3"));
        assert!(refused("a.csv", b"id,text\n1,\"a\n2,b\n").contains("line 2: a quote is opened here"));
        let mut before = TextStream::new(Path::new("a.csv"), &b"text\none\n\"two\nthree\n"[..], &columns).unwrap();
        assert_eq!(before.next().map(|text| text.unwrap().text).as_deref(), Some("one"), "what comes before is read");
        assert!(before.next().unwrap().is_err());
    }
}
