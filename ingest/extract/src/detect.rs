//! What a file is, by its content. Its name decides only where the content does not.

mod containers;
mod mails;

use ragstone_core::{Refusal, RefusalReason};

/// The formats that are read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// PDF.
    Pdf,
    /// Word, since 2007.
    Docx,
    /// Excel, since 2007.
    Xlsx,
    /// PowerPoint, since 2007.
    Pptx,
    /// Word, 97 to 2003.
    Doc,
    /// Excel, 97 to 2003.
    Xls,
    /// PowerPoint, 97 to 2003.
    Ppt,
    /// OpenDocument text.
    Odt,
    /// OpenDocument spreadsheet.
    Ods,
    /// OpenDocument presentation.
    Odp,
    /// Rich Text Format.
    Rtf,
    /// An electronic book.
    Epub,
    /// An e-mail.
    Eml,
    /// An e-mail saved by Outlook.
    Msg,
    /// A mailbox: e-mails in one file.
    Mbox,
    /// A ZIP archive of documents.
    Zip,
    /// A TAR archive.
    Tar,
    /// One compressed file, which may be a TAR archive.
    Gzip,
}

impl Format {
    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Pptx => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            Self::Doc => "application/msword",
            Self::Xls => "application/vnd.ms-excel",
            Self::Ppt => "application/vnd.ms-powerpoint",
            Self::Odt => "application/vnd.oasis.opendocument.text",
            Self::Ods => "application/vnd.oasis.opendocument.spreadsheet",
            Self::Odp => "application/vnd.oasis.opendocument.presentation",
            Self::Rtf => "application/rtf",
            Self::Epub => "application/epub+zip",
            Self::Eml => "message/rfc822",
            Self::Msg => "application/vnd.ms-outlook",
            Self::Mbox => "application/mbox",
            Self::Zip => "application/zip",
            Self::Tar => "application/x-tar",
            Self::Gzip => "application/gzip",
        }
    }
}

/// What a file is, or why it is nothing that is read here: it is encrypted as a whole, empty, or in another format.
pub fn detect(name: &str, bytes: &[u8]) -> Result<Format, Refusal> {
    if bytes.is_empty() {
        return Err(refusal(RefusalReason::NoText, "it is empty"));
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return Ok(containers::zip(name, bytes));
    }
    if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]) {
        return containers::ole(bytes);
    }
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(Format::Gzip);
    }
    if is_tar(bytes) {
        return Ok(Format::Tar);
    }
    let start = bytes.get(..START).unwrap_or(bytes);
    let text = start.trim_ascii_start();
    // A fragment without the header that a whole document has is still named for what it is.
    if text.starts_with(b"{\\rtf") || (text.starts_with(b"{\\") && name.to_ascii_lowercase().ends_with(".rtf")) {
        return Ok(Format::Rtf);
    }
    // Readers of PDF accept what stands before its header, if it is not much.
    if start.windows(5).any(|window| window == b"%PDF-") {
        return Ok(Format::Pdf);
    }
    mails::detect(name, bytes).ok_or_else(|| refusal(RefusalReason::Unsupported, unsupported(name, bytes)))
}

/// How far into a file its header may begin.
const START: usize = 1024;

pub(crate) fn is_tar(bytes: &[u8]) -> bool {
    if bytes.get(257..262) == Some(b"ustar") {
        return true;
    }
    let (Some(header), Some(written)) = (bytes.get(..512), bytes.get(148..156)) else { return false };
    let digits = written.trim_ascii().strip_suffix(b"\0").unwrap_or(written).trim_ascii();
    let checksum = std::str::from_utf8(digits).ok().and_then(|digits| u64::from_str_radix(digits.trim_end_matches('\0').trim(), 8).ok());
    let counted: u64 = header.iter().enumerate().map(|(at, byte)| if (148..156).contains(&at) { 32 } else { u64::from(*byte) }).sum();
    header.first().is_some_and(|first| *first != 0) && checksum == Some(counted)
}

/// In words, what a file is that is not read here.
fn unsupported(name: &str, bytes: &[u8]) -> String {
    const OTHERS: [(&[u8], &str); 16] = [
        (b"\x89PNG", "a picture (PNG)"),
        (b"\xff\xd8\xff", "a picture (JPEG)"),
        (b"GIF8", "a picture (GIF)"),
        (b"II*\0", "a picture (TIFF)"),
        (b"MM\0*", "a picture (TIFF)"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
        (b"Rar!", "a RAR archive"),
        (b"BZh", "compressed with bzip2"),
        (b"\xfd7zXZ", "compressed with xz"),
        (b"\x28\xb5\x2f\xfd", "compressed with zstd"),
        (b"\x7fELF", "a program"),
        (b"MZ", "a program"),
        (b"SQLite format 3", "an SQLite database"),
        (b"%!PS", "PostScript"),
        (b"ID3", "a sound"),
        (b"RIFF", "a sound, a film or a picture (RIFF)"),
    ];
    let known = OTHERS.iter().find(|(magic, _)| bytes.starts_with(magic));
    known.map_or_else(|| format!("the content of `{name}` is none of the document formats"), |(_, what)| format!("it is {what}"))
}

fn refusal(reason: RefusalReason, detail: impl Into<String>) -> Refusal {
    Refusal { reason, detail: detail.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides() {
        let check = |bytes: &[u8], expected: Format| assert_eq!(detect("name.bin", bytes), Ok(expected), "{:?}", bytes.get(..20));
        check(b"%PDF-1.7\n", Format::Pdf);
        check(b"\n\njunk %PDF-1.4", Format::Pdf);
        check(b"{\\rtf1\\ansi hello}", Format::Rtf);
        check(b"\x1f\x8b\x08\0\0\0\0\0", Format::Gzip);
        let mut header = [0_u8; 512];
        header[..5].copy_from_slice(b"a.txt");
        header[257..262].copy_from_slice(b"ustar");
        check(&header, Format::Tar);
    }

    #[test]
    fn the_rest_is_named() {
        let check = |bytes: &[u8], reason, detail: &str| {
            let refusal = detect("odd.bin", bytes).unwrap_err();
            assert_eq!((refusal.reason, refusal.detail.as_str()), (reason, detail));
        };
        check(b"", RefusalReason::NoText, "it is empty");
        check(b"\x89PNG\r\n", RefusalReason::Unsupported, "it is a picture (PNG)");
        check(b"just text", RefusalReason::Unsupported, "the content of `odd.bin` is none of the document formats");
    }
}
