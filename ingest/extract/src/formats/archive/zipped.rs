//! ZIP archives.

use std::borrow::Cow;
use std::io::Cursor;

use chrono::{DateTime, NaiveDate, Utc};
use ragstone_core::{RefusalReason, UnreadableMember};
use zip::ZipArchive;
use zip::read::ZipFile;
use zip::result::ZipError;

use super::member::Unpacking;
use super::refusal;
use crate::ReadError;

pub(super) fn unpack(bytes: &[u8], mut unpacking: Unpacking<'_>) -> Result<Vec<UnreadableMember>, ReadError> {
    let damaged = |error: ZipError| refusal(RefusalReason::Damaged, format!("its list of members cannot be read: {error}"));
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    for index in 0..archive.len() {
        let name = archive.name_for_index(index).and_then(Result::ok).map(Cow::into_owned).unwrap_or_default();
        match archive.by_index(index) {
            Ok(member) if member.is_dir() || member.is_symlink() => {}
            Ok(mut member) => {
                let modified_at = modified_at(&member);
                unpacking.read(&name, modified_at, &mut member)?;
            }
            Err(ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED)) => {
                unpacking.refuse(&name, refusal(RefusalReason::Password, "it is encrypted in the archive"));
            }
            Err(error) => unpacking.refuse(&name, refusal(RefusalReason::Damaged, format!("it cannot be expanded: {error}"))),
        }
    }
    Ok(unpacking.unreadable)
}

/// In the archive's own local time, of which nobody knows where it was.
fn modified_at(member: &ZipFile<'_, Cursor<&[u8]>>) -> Option<DateTime<Utc>> {
    let time = member.last_modified()?;
    let date = NaiveDate::from_ymd_opt(time.year().into(), time.month().into(), time.day().into())?;
    date.and_hms_opt(time.hour().into(), time.minute().into(), time.second().into()).map(|local| local.and_utc())
}
