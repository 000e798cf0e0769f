//! Whether quotes are closed. A reader of CSV takes an open quote for a text that goes on to the end of the file, and
//! thousands of texts would silently become one.

use std::io::{self, Read};
use std::path::Path;

use super::{LONGEST_LINE, Origin};
use crate::ClassifyError;

#[derive(Debug, Clone, Copy)]
enum Place {
    FieldStart,
    Unquoted,
    Quoted,
    /// After a quote inside a quoted field: its end, or the first half of a doubled quote.
    AfterQuote,
}

/// Reads on until a quote is wrong: one that is never closed, text after a closing one, or a record without end.
pub(super) struct CheckedQuotes<R> {
    stream: R,
    file: String,
    separator: u8,
    place: Place,
    line: u64,
    /// Where the last quote was opened.
    opened_on: u64,
    record: Record,
    /// What is told when everything before it was read.
    wrong: Option<ClassifyError>,
}

/// The record that is being read.
struct Record {
    starts_on: u64,
    bytes: usize,
}

impl<R: Read> CheckedQuotes<R> {
    pub(super) fn new(path: &Path, stream: R, separator: u8) -> Self {
        let record = Record { starts_on: 1, bytes: 0 };
        Self { stream, file: path.display().to_string(), separator, place: Place::FieldStart, line: 1, opened_on: 1, record, wrong: None }
    }

    fn take(&mut self, byte: u8) -> Result<(), ClassifyError> {
        let ends_field = byte == self.separator || byte == b'\n' || byte == b'\r';
        self.place = match self.place {
            Place::FieldStart if byte == b'"' => {
                self.opened_on = self.line;
                Place::Quoted
            }
            Place::Quoted if byte == b'"' => Place::AfterQuote,
            Place::Quoted => Place::Quoted,
            Place::AfterQuote if byte == b'"' => Place::Quoted,
            Place::FieldStart | Place::Unquoted | Place::AfterQuote if ends_field => Place::FieldStart,
            Place::AfterQuote => return Err(ClassifyError::StrayQuote { origin: self.origin(self.line) }),
            Place::FieldStart | Place::Unquoted => Place::Unquoted,
        };
        self.line += u64::from(byte == b'\n');
        self.record.bytes += 1;
        if byte == b'\n' && matches!(self.place, Place::FieldStart) {
            self.record = Record { starts_on: self.line, bytes: 0 };
        }
        if self.record.bytes > LONGEST_LINE {
            return Err(ClassifyError::LineTooLong { origin: self.origin(self.record.starts_on), limit: LONGEST_LINE });
        }
        Ok(())
    }

    fn origin(&self, line: u64) -> Origin {
        Origin { file: self.file.clone(), line }
    }
}

impl<R: Read> Read for CheckedQuotes<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(wrong) = self.wrong.take() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, wrong));
        }
        let read = self.stream.read(buffer)?;
        if read == 0 && !buffer.is_empty() && matches!(self.place, Place::Quoted) {
            let unclosed = ClassifyError::UnclosedQuote { origin: self.origin(self.opened_on) };
            return Err(io::Error::new(io::ErrorKind::InvalidData, unclosed));
        }
        for (sound, byte) in buffer.iter().take(read).enumerate() {
            if let Err(wrong) = self.take(*byte) {
                self.wrong = Some(wrong);
                // Nothing at all would be the end of the file.
                return if sound > 0 { Ok(sound) } else { self.read(&mut []) };
            }
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        let mut read = Vec::new();
        let outcome = CheckedQuotes::new(Path::new("a.csv"), text.as_bytes(), b',').read_to_end(&mut read);
        let refused = outcome.err().map(|error| error.to_string());
        match (expected, &refused) {
            (None, None) => assert_eq!(read, text.as_bytes()),
            (Some(part), Some(message)) => assert!(message.contains(part), "{message} should say {part}"),
            _ => panic!("{text:?}: {refused:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn quotes_are_closed_or_named() {
        check("a,b\n\"x, y\",c\n", None);
        check("\"two\nlines\",c\n", None);
        check("\"a \"\"quoted\"\" word\",c", None);
        check("5\" disk,c", None);
        check("a,b\n\"never closed,c\nd,e\n", Some("`a.csv`, line 2: a quote is opened here"));
        check("a,b\n\"closed\" here,c\n", Some("line 2: text follows a closing quote"));
        check(&format!("a,b\n\"{}", "x\n".repeat(LONGEST_LINE)), Some("line 2: a line of more than"));
    }
}
