//! TAR archives.

use std::io::Read;

use chrono::DateTime;
use ragstone_core::{RefusalReason, UnreadableMember};
use tar::Archive;

use super::member::Unpacking;
use super::refusal;
use crate::ReadError;

pub(super) fn unpack(content: impl Read, mut unpacking: Unpacking<'_>) -> Result<Vec<UnreadableMember>, ReadError> {
    let damaged = |error: std::io::Error| refusal(RefusalReason::Damaged, format!("it cannot be read: {error}"));
    let mut archive = Archive::new(content);
    let mut is_first = true;
    for entry in archive.entries().map_err(damaged)? {
        let mut entry = match entry {
            Ok(entry) => entry,
            Err(error) if is_first => return Err(damaged(error).into()),
            // Where the next member begins is not known any more.
            Err(error) => {
                unpacking.refuse("the rest", damaged(error));
                break;
            }
        };
        is_first = false;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let modified_at = entry.header().mtime().ok().and_then(|seconds| DateTime::from_timestamp(i64::try_from(seconds).ok()?, 0));
        unpacking.read(&name, modified_at, &mut entry)?;
    }
    Ok(unpacking.unreadable)
}
