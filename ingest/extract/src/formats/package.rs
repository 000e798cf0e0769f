//! Documents that are ZIP packages of parts.

use std::io::Cursor;

use ragstone_core::{Refusal, RefusalReason};
use zip::ZipArchive;
use zip::result::ZipError;

use crate::Limits;
use crate::limits::{Bounded, read_up_to};

/// No part that is read holds more: XML is read as a whole.
const XML_BYTES: u64 = if Limits::PART_BYTES < 256 << 20 { Limits::PART_BYTES } else { 256 << 20 };

/// The parts of a package, by name.
pub(super) struct Package<'a>(ZipArchive<Cursor<&'a [u8]>>);

impl<'a> Package<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, Refusal> {
        ZipArchive::new(Cursor::new(bytes)).map(Self).map_err(|error| damaged(format!("its ZIP package cannot be opened: {error}")))
    }

    /// A part's bytes; nothing if there is no such part.
    pub(super) fn part(&mut self, name: &str) -> Result<Option<Vec<u8>>, Refusal> {
        let mut part = match self.0.by_name(name) {
            Ok(part) => part,
            Err(ZipError::FileNotFound) => return Ok(None),
            Err(ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED)) => {
                return Err(Refusal { reason: RefusalReason::Password, detail: format!("its part `{name}` is encrypted") });
            }
            Err(error) => return Err(damaged(format!("its part `{name}` cannot be read: {error}"))),
        };
        match read_up_to(&mut part, XML_BYTES) {
            Ok(Bounded::Whole(bytes)) => Ok(Some(bytes)),
            Ok(Bounded::Cut(_)) => {
                let detail = format!("its part `{name}` expands to more than {XML_BYTES} bytes");
                Err(Refusal { reason: RefusalReason::TooLarge, detail })
            }
            Err(error) => Err(damaged(format!("its part `{name}` cannot be read: {error}"))),
        }
    }

    /// A part that there must be.
    pub(super) fn needed(&mut self, name: &str) -> Result<Vec<u8>, Refusal> {
        self.part(name)?.ok_or_else(|| damaged(format!("its part `{name}` is missing")))
    }
}

pub(super) fn damaged(detail: String) -> Refusal {
    Refusal { reason: RefusalReason::Damaged, detail }
}
