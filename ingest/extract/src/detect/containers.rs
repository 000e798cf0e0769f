//! What lies in a ZIP or an OLE container.

use std::io::{Cursor, Read};

use ragstone_core::{Refusal, RefusalReason};
use zip::ZipArchive;

use super::{Format, refusal};

/// What a ZIP file is: a document format made of parts, or an archive of documents.
pub(super) fn zip(name: &str, bytes: &[u8]) -> Format {
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else { return broken_zip(name, bytes) };
    let media_type = archive.by_name("mimetype").ok().map(|member| {
        let mut text = String::new();
        let _ = member.take(200).read_to_string(&mut text);
        text
    });
    if let Some(format) = media_type.as_deref().and_then(by_media_type) {
        return format;
    }
    let has = |name: &str| archive.index_for_name(name).is_some();
    let in_folder = |folder: &str| archive.file_names().flatten().any(|name| name.starts_with(folder));
    if has("META-INF/container.xml") && archive.file_names().flatten().any(|name| name.ends_with(".opf")) {
        return Format::Epub;
    }
    if has("content.xml") && has("META-INF/manifest.xml") {
        return by_extension(name).unwrap_or(Format::Odt);
    }
    let office = [("word/", Format::Docx), ("xl/", Format::Xlsx), ("ppt/", Format::Pptx)];
    if has("[Content_Types].xml")
        && let Some((_, format)) = office.into_iter().find(|(folder, _)| in_folder(folder))
    {
        return format;
    }
    Format::Zip
}

/// What an OLE file is: an older office document, an e-mail, or a newer document behind a password.
pub(super) fn ole(bytes: &[u8]) -> Result<Format, Refusal> {
    let container = cfb::CompoundFile::open(Cursor::new(bytes))
        .map_err(|error| refusal(RefusalReason::Damaged, format!("its container cannot be opened ({error})")))?;
    let formats = [
        ("/WordDocument", Format::Doc),
        ("/Workbook", Format::Xls),
        ("/Book", Format::Xls),
        ("/PowerPoint Document", Format::Ppt),
        ("/__properties_version1.0", Format::Msg),
    ];
    if container.exists("/EncryptedPackage") {
        return Err(refusal(RefusalReason::Password, "an encrypted Office document"));
    }
    let found = formats.into_iter().find(|(stream, _)| container.is_stream(stream));
    found
        .map(|(_, format)| format)
        .ok_or_else(|| refusal(RefusalReason::Unsupported, "an OLE file that is no Word, Excel or PowerPoint document and no e-mail"))
}

fn by_media_type(media_type: &str) -> Option<Format> {
    let media_type = media_type.trim();
    if media_type == Format::Epub.media_type() {
        return Some(Format::Epub);
    }
    // Templates have a suffix.
    let open_document = [Format::Odt, Format::Ods, Format::Odp];
    open_document.into_iter().find(|format| media_type.starts_with(format.media_type()))
}

/// A ZIP file without its directory, which is at its end: what the names in what is left say. Its reader will say that
/// it is damaged.
fn broken_zip(name: &str, bytes: &[u8]) -> Format {
    const LOOKED_AT: usize = 1 << 20;
    let start = bytes.get(..LOOKED_AT).unwrap_or(bytes);
    let parts: [(&[u8], Format); 4] = [
        (b"word/document.xml", Format::Docx),
        (b"xl/workbook.xml", Format::Xlsx),
        (b"ppt/presentation.xml", Format::Pptx),
        (b"application/epub+zip", Format::Epub),
    ];
    let found = parts.into_iter().find(|(part, _)| start.windows(part.len()).any(|window| window == *part));
    found.map(|(_, format)| format).or_else(|| by_extension(name)).unwrap_or(Format::Zip)
}

fn by_extension(name: &str) -> Option<Format> {
    let (_, extension) = name.rsplit_once('.')?;
    match extension.to_ascii_lowercase().as_str() {
        "docx" => Some(Format::Docx),
        "xlsx" => Some(Format::Xlsx),
        "pptx" => Some(Format::Pptx),
        "odt" => Some(Format::Odt),
        "ods" => Some(Format::Ods),
        "odp" => Some(Format::Odp),
        "epub" => Some(Format::Epub),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn zip_of(members: &[(&str, &str)]) -> Vec<u8> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in members {
            archive.start_file(*name, SimpleFileOptions::default()).unwrap();
            archive.write_all(content.as_bytes()).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    #[test]
    fn members_say_what_a_zip_is() {
        let check = |name: &str, members: &[(&str, &str)], expected| assert_eq!(zip(name, &zip_of(members)), expected, "{members:?}");
        check("a", &[("[Content_Types].xml", ""), ("word/document.xml", "")], Format::Docx);
        check("a", &[("[Content_Types].xml", ""), ("xl/workbook.xml", "")], Format::Xlsx);
        check("a", &[("[Content_Types].xml", ""), ("ppt/presentation.xml", "")], Format::Pptx);
        check("a", &[("mimetype", "application/epub+zip")], Format::Epub);
        check("a", &[("mimetype", "application/vnd.oasis.opendocument.spreadsheet-template")], Format::Ods);
        check("a.odp", &[("content.xml", ""), ("META-INF/manifest.xml", "")], Format::Odp);
        check("a.docx", &[("letter.docx", ""), ("word/notes.txt", "")], Format::Zip);
        check("a", &[], Format::Zip);
    }

    #[test]
    fn a_zip_without_its_end_keeps_its_kind() {
        let whole = zip_of(&[("[Content_Types].xml", "x"), ("word/document.xml", "text")]);
        let cut = &whole[..whole.len() / 2];
        assert_eq!(zip("letter", cut), Format::Docx);
        assert_eq!(zip("sheet.ods", b"PK\x03\x04"), Format::Ods);
        assert_eq!(zip("unknown", b"PK\x03\x04"), Format::Zip);
    }

    #[test]
    fn streams_say_what_an_ole_file_is() {
        let ole_of = |stream: &str| {
            let mut container = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
            container.create_stream(stream).unwrap();
            container.into_inner().into_inner()
        };
        let check = |stream: &str, expected: Result<Format, RefusalReason>| {
            assert_eq!(ole(&ole_of(stream)).map_err(|refusal| refusal.reason), expected, "{stream}");
        };
        check("/WordDocument", Ok(Format::Doc));
        check("/Workbook", Ok(Format::Xls));
        check("/PowerPoint Document", Ok(Format::Ppt));
        check("/__properties_version1.0", Ok(Format::Msg));
        check("/EncryptedPackage", Err(RefusalReason::Password));
        check("/Other", Err(RefusalReason::Unsupported));
        let cut = &ole_of("/WordDocument")[..600];
        assert_eq!(ole(cut).unwrap_err().reason, RefusalReason::Damaged);
    }
}
