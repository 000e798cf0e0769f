//! Whether quotes are closed. A reader of CSV takes an open quote for a text that goes on to the end of the file, and
//! thousands of examples would silently become one.

use std::path::Path;

use super::Origin;
use crate::ClassifyError;

enum Place {
    FieldStart,
    Unquoted,
    Quoted,
    /// After a quote inside a quoted field: its end, or the first half of a doubled quote.
    AfterQuote,
}

/// Refuses a quote that is never closed, and text after a closing quote.
pub(crate) fn check_quotes(path: &Path, text: &str, separator: u8) -> Result<(), ClassifyError> {
    let origin = |line| Origin { file: path.display().to_string(), line };
    let (mut place, mut line, mut opened_on) = (Place::FieldStart, 1, 1);
    for byte in text.bytes() {
        let ends_field = byte == separator || byte == b'\n' || byte == b'\r';
        place = match place {
            Place::FieldStart if byte == b'"' => {
                opened_on = line;
                Place::Quoted
            }
            Place::Quoted if byte == b'"' => Place::AfterQuote,
            Place::Quoted => Place::Quoted,
            Place::AfterQuote if byte == b'"' => Place::Quoted,
            Place::FieldStart | Place::Unquoted | Place::AfterQuote if ends_field => Place::FieldStart,
            Place::AfterQuote => return Err(ClassifyError::StrayQuote { origin: origin(line) }),
            Place::FieldStart | Place::Unquoted => Place::Unquoted,
        };
        line += u64::from(byte == b'\n');
    }
    match place {
        Place::Quoted => Err(ClassifyError::UnclosedQuote { origin: origin(opened_on) }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        let refused = check_quotes(Path::new("a.csv"), text, b',').err().map(|error| error.to_string());
        match (expected, &refused) {
            (None, None) => {}
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
    }
}
