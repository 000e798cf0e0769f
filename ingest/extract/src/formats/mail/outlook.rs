//! E-mails as Outlook saves them (`.msg`): properties in the streams of an OLE container, after [MS-OXMSG].
//!
//! A stream's name is `__substg1.0_`, the property's number and its type: `001F` is UTF-16, `001E` is text in the
//! sender's code page, `0102` are bytes.

use std::io::{Cursor, Read};

use cfb::CompoundFile;
use chrono::{DateTime, Utc};
use ragstone_core::Refusal;

use super::letter::{Letter, Part};
use crate::Limits;
use crate::formats::package::damaged;
use crate::limits::{Bounded, read_up_to};

const SUBJECT: &str = "0037";
const SENDER_NAME: &str = "0C1A";
const SENDER_ADDRESS: &str = "5D01";
const DISPLAY_TO: &str = "0E04";
const DISPLAY_CC: &str = "0E03";
const BODY: &str = "1000";
const HTML: &str = "1013";
const ATTACHMENT_LONG_NAME: &str = "3707";
const ATTACHMENT_NAME: &str = "3704";

/// Properties of a fixed size of the message: a header of 32 bytes, then 16 bytes each.
const FIXED_PROPERTIES: &str = "/__properties_version1.0";
const FIXED_PROPERTIES_HEADER: usize = 32;

/// When it was handed to the server, and when it arrived: windows file times.
const DATES: [[u8; 4]; 2] = [[0x40, 0, 0x39, 0], [0x40, 0, 0x06, 0x0e]];

/// Seconds from 1601, where file times begin, to 1970.
const FILE_TIME_EPOCH: i64 = 11_644_473_600;

/// Reads an e-mail.
pub(super) fn read(bytes: &[u8]) -> Result<Letter, Refusal> {
    let file = CompoundFile::open(Cursor::new(bytes)).map_err(|error| damaged(format!("its OLE container cannot be opened: {error}")))?;
    let mut properties = Properties(file);
    let mut letter = Letter {
        subject: properties.text("", SUBJECT),
        from: properties.sender().into_iter().collect(),
        to: people(properties.text("", DISPLAY_TO)),
        cc: people(properties.text("", DISPLAY_CC)),
        date: properties.date(),
        ..Letter::default()
    };
    let plain = properties.text("", BODY).map(Part::Plain);
    letter.parts.extend(plain.or_else(|| properties.html().map(Part::Html)));
    for folder in properties.attachments() {
        let name = properties.text(&folder, ATTACHMENT_LONG_NAME).or_else(|| properties.text(&folder, ATTACHMENT_NAME));
        letter.attachments.push(name.unwrap_or_else(|| "a nameless part".to_owned()));
    }
    Ok(letter)
}

struct Properties<'a>(CompoundFile<Cursor<&'a [u8]>>);

impl Properties<'_> {
    /// A text of the message, or of the part in `folder`; nothing if it is not there or empty.
    fn text(&mut self, folder: &str, property: &str) -> Option<String> {
        let wide = self.bytes(&format!("{folder}/__substg1.0_{property}001F"));
        let text = match wide {
            Some(bytes) => encoding_rs::UTF_16LE.decode_without_bom_handling(&bytes).0.into_owned(),
            None => in_code_page(&self.bytes(&format!("{folder}/__substg1.0_{property}001E"))?),
        };
        let text = text.trim_end_matches('\0').replace("\r\n", "\n");
        Some(text).filter(|text| !text.trim().is_empty())
    }

    fn html(&mut self) -> Option<String> {
        self.text("", HTML).or_else(|| self.bytes(&format!("/__substg1.0_{HTML}0102")).map(|bytes| in_code_page(&bytes)))
    }

    fn sender(&mut self) -> Option<String> {
        match (self.text("", SENDER_NAME), self.text("", SENDER_ADDRESS)) {
            (Some(name), Some(address)) if name != address => Some(format!("{name} <{address}>")),
            (name, address) => address.or(name),
        }
    }

    fn date(&mut self) -> Option<DateTime<Utc>> {
        let bytes = self.bytes(FIXED_PROPERTIES)?;
        let entries = bytes.get(FIXED_PROPERTIES_HEADER..)?.as_chunks::<16>().0;
        let value = DATES.iter().find_map(|date| {
            let entry = entries.iter().find(|entry| entry.starts_with(date))?;
            Some(i64::from_le_bytes(*entry.last_chunk::<8>()?))
        })?;
        DateTime::from_timestamp(value / 10_000_000 - FILE_TIME_EPOCH, 0)
    }

    fn attachments(&self) -> Vec<String> {
        let entries = self.0.read_root_storage().filter(|entry| entry.is_storage() && entry.name().starts_with("__attach_version1.0_"));
        entries.take(Limits::MEMBERS).map(|entry| format!("/{}", entry.name())).collect()
    }

    fn bytes(&mut self, path: &str) -> Option<Vec<u8>> {
        let mut stream = self.0.open_stream(path).ok()?;
        match read_up_to(&mut stream as &mut dyn Read, Limits::PART_BYTES).ok()? {
            Bounded::Whole(bytes) | Bounded::Cut(bytes) => Some(bytes),
        }
    }
}

/// UTF-8 if it is, else what its bytes look like.
fn in_code_page(bytes: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    detector.guess(None, chardetng::Utf8Detection::Allow).decode(bytes).0.into_owned()
}

fn people(list: Option<String>) -> Vec<String> {
    let list = list.unwrap_or_default();
    list.split(';').map(str::trim).filter(|person| !person.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn message(streams: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let mut file = CompoundFile::create(Cursor::new(Vec::new())).unwrap();
        for (path, bytes) in streams {
            if let Some((folder, _)) = path.rsplit_once('/').filter(|(folder, _)| !folder.is_empty()) {
                file.create_storage_all(folder).unwrap();
            }
            file.create_stream(path).unwrap().write_all(bytes).unwrap();
        }
        file.flush().unwrap();
        file.into_inner().into_inner()
    }

    fn wide(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn properties_make_a_letter() {
        let mut fixed = vec![0; 32];
        fixed.extend([0x40, 0, 0x39, 0, 6, 0, 0, 0]);
        fixed.extend(((FILE_TIME_EPOCH + 1_700_000_000) * 10_000_000).to_le_bytes());
        let bytes = message(&[
            ("/__substg1.0_0037001F", wide("Größe")),
            ("/__substg1.0_0C1A001E", b"Ann".to_vec()),
            ("/__substg1.0_5D01001F", wide("ann@x.org")),
            ("/__substg1.0_0E04001F", wide("Bob; Cy")),
            ("/__substg1.0_1000001F", wide("It rains.\r\nStill.")),
            ("/__properties_version1.0", fixed),
            ("/__attach_version1.0_#00000000/__substg1.0_3707001F", wide("menu.pdf")),
        ]);
        let letter = read(&bytes).unwrap();
        assert_eq!(letter.subject.as_deref(), Some("Größe"));
        assert_eq!((letter.from, letter.to), (vec!["Ann <ann@x.org>".to_owned()], vec!["Bob".to_owned(), "Cy".to_owned()]));
        assert_eq!(letter.date.unwrap().timestamp(), 1_700_000_000);
        assert_eq!(letter.attachments, ["menu.pdf"]);
        assert!(matches!(letter.parts.as_slice(), [Part::Plain(text)] if text == "It rains.\nStill."));
    }

    #[test]
    fn without_plain_text_the_html_is_taken() {
        let bytes = message(&[("/__substg1.0_10130102", b"<p>Caf\xe9 ol\xe9</p>".to_vec())]);
        let text = read(&bytes).unwrap().into_text();
        assert_eq!(text.text.trim(), "Café olé");
    }

    #[test]
    fn broken_containers_are_refused() {
        let whole = message(&[("/__substg1.0_1000001F", wide("x"))]);
        assert!(read(&whole[..600]).is_err());
        assert!(read(b"").is_err());
    }
}
