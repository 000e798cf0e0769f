//! Bounds on what a reader gives.

use ragstone_core::WarningCode;

use super::reading::Reading;

/// Cuts a text that is longer than `limit` bytes, and says so.
pub(super) fn cut_off(reading: &mut Reading, limit: usize) {
    if reading.text.len() <= limit {
        return;
    }
    let end = reading.text.floor_char_boundary(limit);
    reading.text.truncate(end);
    reading.warn(WarningCode::CutOff, format!("only the first {limit} bytes of its text were read: raise `extract.max_text_bytes`"));
}
