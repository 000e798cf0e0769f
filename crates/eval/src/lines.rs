//! Files that say one thing a line.

use std::io::{BufRead, BufReader};
use std::path::Path;

use crate::EvalError;

/// Hands over every line that has something in it, with its number from 1.
pub(crate) fn for_each_line(path: &Path, mut take: impl FnMut(usize, &str) -> Result<(), EvalError>) -> Result<(), EvalError> {
    let unreadable = |source| EvalError::Unreadable { path: path.to_owned(), source };
    let file = fs_err::File::open(path).map_err(unreadable)?;
    for (index, bytes) in BufReader::new(file).split(b'\n').enumerate() {
        let bytes = bytes.map_err(unreadable)?;
        let line = index + 1;
        let text = str::from_utf8(&bytes).map_err(|source| EvalError::NotUtf8 { path: path.to_owned(), line, source })?;
        let text = text.trim_start_matches('\u{feff}').trim_end_matches('\r');
        if !text.trim().is_empty() {
            take(line, text)?;
        }
    }
    Ok(())
}
