//! Documents that are ZIP packages, made on the spot.

use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A package of parts, each its text so many times.
pub(crate) fn package(parts: &[(&str, &str, usize)]) -> Vec<u8> {
    let mut package = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text, times) in parts {
        package.start_file(*name, SimpleFileOptions::default().large_file(true)).unwrap();
        (0..*times).for_each(|_| package.write_all(text.as_bytes()).unwrap());
    }
    package.finish().unwrap().into_inner()
}

/// A Word document with this body.
pub(crate) fn docx(body: &str) -> Vec<u8> {
    let open = r#"<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>"#;
    docx_of(&format!("{open}{body}</w:body></w:document>"), 1)
}

/// A Word document whose main part is this so many times.
pub(crate) fn docx_of(part: &str, times: usize) -> Vec<u8> {
    package(&[
        (
            "[Content_Types].xml",
            r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"#,
            1,
        ),
        (
            "_rels/.rels",
            r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"#,
            1,
        ),
        ("word/document.xml", part, times),
    ])
}

/// An OpenDocument text with this body.
pub(crate) fn odt(body: &str) -> Vec<u8> {
    let open = r#"<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:text>"#;
    let content = format!("{open}{body}</office:text></office:body></office:document-content>");
    package(&[("mimetype", "application/vnd.oasis.opendocument.text", 1), ("content.xml", &content, 1)])
}

/// A book whose spine names these chapters; `chapter.xhtml` is the only one there is.
pub(crate) fn epub(spine: &[&str], chapter: &str) -> Vec<u8> {
    let listed: String = spine.iter().map(|id| format!(r#"<itemref idref="{id}"/>"#)).collect();
    let table = format!(
        r#"<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>Tides</dc:title><dc:creator>Ann</dc:creator></metadata><manifest><item id="one" href="chapter.xhtml"/><item id="lost" href="lost.xhtml"/></manifest><spine>{listed}</spine></package>"#
    );
    package(&[
        ("mimetype", "application/epub+zip", 1),
        ("META-INF/container.xml", r#"<container><rootfiles><rootfile full-path="book.opf"/></rootfiles></container>"#, 1),
        ("book.opf", &table, 1),
        ("chapter.xhtml", chapter, 1),
    ])
}
