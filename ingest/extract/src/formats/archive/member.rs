//! One member after the other, within the limits of the archive.

use std::io::{self, Read};

use chrono::{DateTime, Utc};
use ragstone_core::{Refusal, RefusalReason, UnreadableMember};

use super::refusal;
use crate::limits::{Bounded, read_up_to};
use crate::{Limits, Member, RawDocument, ReadError};

/// Files that programs leave in archives and nobody has written.
const NOT_WRITTEN: [&str; 4] = ["__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"];

/// An archive that is being unpacked.
pub(super) struct Unpacking<'a> {
    send: &'a mut dyn FnMut(Member) -> io::Result<()>,
    /// How many bytes the members may still have together.
    room: u64,
    members: usize,
    pub(super) unreadable: Vec<UnreadableMember>,
}

impl<'a> Unpacking<'a> {
    pub(super) fn new(document: &RawDocument, send: &'a mut dyn FnMut(Member) -> io::Result<()>) -> Self {
        Self { send, room: document.limits.text_bytes, members: 0, unreadable: Vec::new() }
    }

    /// Reads a member and sends it. One that is broken is noted; one too many ends the archive.
    pub(super) fn read(&mut self, name: &str, modified_at: Option<DateTime<Utc>>, content: &mut dyn Read) -> Result<(), ReadError> {
        let Some(name) = safe_name(name) else { return Ok(()) };
        self.members += 1;
        if self.members > Limits::MEMBERS {
            return Err(refusal(RefusalReason::TooLarge, format!("it has more than {} members", Limits::MEMBERS)).into());
        }
        match read_up_to(content, self.room) {
            Ok(Bounded::Whole(bytes)) => {
                self.room -= bytes.len() as u64;
                (self.send)(Member { name, modified_at, bytes })?;
            }
            Ok(Bounded::Cut(_)) => {
                let detail = "the archive expands to more than its limit allows: raise `extract.max_text_bytes`, or unpack it";
                self.refuse(&name, refusal(RefusalReason::TooLarge, detail));
            }
            Err(error) => self.refuse(&name, refusal(RefusalReason::Damaged, format!("it cannot be expanded: {error}"))),
        }
        Ok(())
    }

    pub(super) fn refuse(&mut self, name: &str, refusal: Refusal) {
        if self.unreadable.len() < Limits::MEMBERS {
            let name = safe_name(name).unwrap_or_else(|| "a nameless member".to_owned());
            self.unreadable.push(UnreadableMember { name, refusal });
        }
    }
}

/// A path within the archive, without anything that could lead out of it; nothing for what nobody has written.
fn safe_name(name: &str) -> Option<String> {
    let parts = name.split(['/', '\\']).map(str::trim).filter(|part| !matches!(*part, "" | "." | ".."));
    let parts: Vec<String> = parts.map(|part| part.chars().filter(|letter| !letter.is_control()).collect()).collect();
    if parts.is_empty() || parts.iter().any(|part| NOT_WRITTEN.contains(&part.as_str()) || part.starts_with("._")) {
        return None;
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_inside() {
        let check = |name: &str, expected: Option<&str>| assert_eq!(safe_name(name).as_deref(), expected, "{name}");
        check("a/b.txt", Some("a/b.txt"));
        check("../../etc/passwd", Some("etc/passwd"));
        check("/etc/passwd", Some("etc/passwd"));
        check("C:\\x\\y.txt", Some("C:/x/y.txt"));
        check("a\0b", Some("ab"));
        check("./", None);
        check("__MACOSX/a.txt", None);
        check("x/._a.txt", None);
        check("x/.DS_Store", None);
    }
}
