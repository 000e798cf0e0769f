//! ZIP and TAR archives, and compressed files: their members are documents of their own.

mod member;
mod tarball;
mod zipped;

use std::io::{self, Read};

use flate2::read::MultiGzDecoder;
use ragstone_core::{Refusal, RefusalReason, UnreadableMember};

use self::member::Unpacking;
use crate::detect::is_tar;
use crate::{Format, Member, RawDocument, ReadError};

/// A compressed file is a TAR archive if so many bytes of it begin like one.
const TAR_HEADER: u64 = 512;

/// Sends the members of an archive one after the other; gives those that could not be read.
pub(crate) fn unpack(document: &RawDocument, send: &mut dyn FnMut(Member) -> io::Result<()>) -> Result<Vec<UnreadableMember>, ReadError> {
    let unpacking = Unpacking::new(document, send);
    match document.format {
        Format::Zip => zipped::unpack(&document.bytes, unpacking),
        Format::Tar => tarball::unpack(document.bytes.as_slice(), unpacking),
        _ => unpack_gzip(document, unpacking),
    }
}

fn unpack_gzip(document: &RawDocument, mut unpacking: Unpacking<'_>) -> Result<Vec<UnreadableMember>, ReadError> {
    let mut start = Vec::new();
    let is_read = MultiGzDecoder::new(document.bytes.as_slice()).take(TAR_HEADER).read_to_end(&mut start);
    if is_read.is_err() && start.is_empty() {
        return Err(refusal(RefusalReason::Damaged, "it is compressed and cannot be expanded").into());
    }
    let mut content = MultiGzDecoder::new(document.bytes.as_slice());
    if is_tar(&start) {
        return tarball::unpack(content, unpacking);
    }
    let name = name_inside(&document.name, content.header().and_then(|header| header.filename()));
    unpacking.read(&name, None, &mut content)?;
    Ok(unpacking.unreadable)
}

/// `notes.txt` for `notes.txt.gz`; else what the header says.
fn name_inside(name: &str, header: Option<&[u8]>) -> String {
    let stem = name.rsplit_once('.').filter(|(_, extension)| extension.eq_ignore_ascii_case("gz")).map(|(stem, _)| stem);
    let said = header.and_then(|name| std::str::from_utf8(name).ok()).and_then(|name| name.rsplit(['/', '\\']).next());
    let name = stem.or(said).filter(|name| !name.is_empty() && !name.starts_with('.')).unwrap_or("content");
    name.to_owned()
}

fn refusal(reason: RefusalReason, detail: impl Into<String>) -> Refusal {
    Refusal { reason, detail: detail.into() }
}

#[cfg(test)]
mod tests;
