//! What a document is: by its content, and by its name only where the content does not decide.

mod binary;
mod names;
mod text;

/// How a text is written, for those who read it in this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextFormat {
    Plain,
    Markdown,
    Html,
    ReStructuredText,
    AsciiDoc,
    Org,
    Latex,
    Typst,
    Notebook,
    /// Comma-, semicolon-, tab-separated values.
    Delimited,
    Json,
    JsonLines,
    Xml,
    Subtitles,
    /// Configuration that reads well as it is: YAML, TOML, INI. With its media type.
    Settings(&'static str),
    /// Source code, with its media type.
    Code(&'static str),
}

/// A format that a worker reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WorkerFormat {
    /// What such files are called, in the plural: `PDF documents`.
    pub(super) description: &'static str,
    /// What it looks like; the worker looks closer.
    pub(super) media_type: &'static str,
}

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text(TextFormat),
    Worker(WorkerFormat),
    /// No document: an image, a program; what it is.
    NoDocument(&'static str),
}

/// Looks at the bytes alone; nothing if they may be text.
pub(super) fn of_bytes(bytes: &[u8]) -> Option<Kind> {
    binary::kind(bytes)
}

/// Looks at a decoded text, what its caller says it is, and its name. Content that leaves no doubt goes first: a page
/// of HTML called `report.txt` is a page of HTML.
pub(super) fn of_text(source: &str, media_type: Option<&str>, text: &str) -> Kind {
    if let Some(format) = media_type.and_then(names::by_media_type) {
        return Kind::Text(format);
    }
    let named = names::by_name(source);
    if matches!(named, Some(TextFormat::Code(_) | TextFormat::Settings(_))) {
        return Kind::Text(named.unwrap_or(TextFormat::Plain));
    }
    text::kind(text, named).unwrap_or(Kind::Text(named.unwrap_or(TextFormat::Plain)))
}

impl TextFormat {
    /// What reads it, for the quality report.
    pub(super) fn engine(self) -> &'static str {
        match self {
            Self::Plain | Self::Settings(_) => "text",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::ReStructuredText => "rst",
            Self::AsciiDoc => "asciidoc",
            Self::Org => "org",
            Self::Latex => "latex",
            Self::Typst => "typst",
            Self::Notebook => "notebook",
            Self::Delimited => "table",
            Self::Json | Self::JsonLines => "json",
            Self::Xml => "xml",
            Self::Subtitles => "subtitles",
            Self::Code(_) => "code",
        }
    }

    /// Its media type.
    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::Plain => "text/plain",
            Self::Markdown => "text/markdown",
            Self::Html => "text/html",
            Self::ReStructuredText => "text/x-rst",
            Self::AsciiDoc => "text/asciidoc",
            Self::Org => "text/x-org",
            Self::Latex => "text/x-tex",
            Self::Typst => "text/x-typst",
            Self::Notebook => "application/x-ipynb+json",
            Self::Delimited => "text/csv",
            Self::Json => "application/json",
            Self::JsonLines => "application/jsonl",
            Self::Xml => "application/xml",
            Self::Subtitles => "text/vtt",
            Self::Settings(media_type) | Self::Code(media_type) => media_type,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(source: &str, content: &[u8]) -> Kind {
        of_bytes(content).unwrap_or_else(|| of_text(source, None, &String::from_utf8_lossy(content)))
    }

    #[test]
    fn content_decides_before_the_name() {
        let text = |source: &str, content: &str, expected: TextFormat| {
            assert_eq!(kind(source, content.as_bytes()), Kind::Text(expected), "{source}: {content:?}");
        };
        text("/a.txt", "<!DOCTYPE html><html><body>x</body></html>", TextFormat::Html);
        text("/a.doc", "Just some text.", TextFormat::Plain);
        text("/a.txt", "{\"a\": 1}", TextFormat::Json);
        text("/a", "{\"a\": 1}\n{\"a\": 2}\n", TextFormat::JsonLines);
        text("/a.json", "{\"cells\": [], \"nbformat\": 4}", TextFormat::Notebook);
        text("/a.txt", "<?xml version=\"1.0\"?><a>x</a>", TextFormat::Xml);
        text("/a.xml", "<?xml version=\"1.0\"?>\n<!DOCTYPE html><html><p>x</html>", TextFormat::Html);
        text("/a.txt", "WEBVTT\n\n00:01.000 --> 00:02.000\nHi", TextFormat::Subtitles);
        text("/a", "1\n00:00:01,000 --> 00:00:02,000\nHi\n", TextFormat::Subtitles);
        text("/a.js", "{\"a\": 1}", TextFormat::Code("text/javascript"));
        text("/a.md", "[link](x) and {braces}", TextFormat::Markdown);
        text("/a.txt", "[1] A reference\n[2] Another", TextFormat::Plain);
        text("/a.txt", "{ not json at all }", TextFormat::Plain);
        text("/bin/tool", "#!/usr/bin/env -S python3 -u\nprint(1)", TextFormat::Code("text/x-python"));
        text("/Makefile", "all:\n\techo", TextFormat::Code("text/x-makefile"));
        text("/a.csv", "a;b\n1;2\n", TextFormat::Delimited);
        text("/a.rs", "fn main() {}", TextFormat::Code("text/x-rust"));
        text("/a.yaml", "a: 1", TextFormat::Settings("application/yaml"));
        text("git+https://x/y.git#hr/a.md", "# A", TextFormat::Markdown);
        text("git+file:///y.py#src/a.rs", "fn main() {}", TextFormat::Code("text/x-rust"));
        text("https://x/a.md?raw=1#top", "# A", TextFormat::Markdown);
    }

    #[test]
    fn what_a_worker_reads() {
        let worker = |content: &[u8], media_type: &str| match kind("/a.txt", content) {
            Kind::Worker(format) => assert_eq!(format.media_type, media_type),
            other => panic!("{other:?} for {media_type}"),
        };
        worker(b"%PDF-1.7\n...", "application/pdf");
        worker(b"\r\n\0\0junk\n%PDF-1.4\n...", "application/pdf");
        worker(b"PK\x03\x04\x14\0\0\0", "application/zip");
        worker(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0\0", "application/x-ole-storage");
        worker(b"{\\rtf1\\ansi Hi}", "application/rtf");
        worker(b"\x1F\x8B\x08\0\0\0", "application/gzip");
        worker(b"From: a@example.org\nTo: b@example.org\nSubject: Hi\n\nHello", "message/rfc822");
        worker(b"Received: by x\n\tid 1\nDate: Mon, 1 Jan 2024 00:00:00 +0000\n\nHello", "message/rfc822");
        worker(b"From alice@example.org Mon Jan  1 00:00:00 2024\nFrom: a@example.org\nSubject: x\n\nHi", "application/mbox");
        let mut tar = vec![0_u8; 1024];
        tar[257..262].copy_from_slice(b"ustar");
        worker(&tar, "application/x-tar");
    }

    #[test]
    fn what_is_no_document() {
        let check = |content: &[u8], expected: &'static str| assert_eq!(kind("/a.md", content), Kind::NoDocument(expected));
        check(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image");
        let mut program = b"\x7FELF\x02\x01\x01".to_vec();
        program.resize(64, 0);
        check(&program, "program");
        check(b"7z\xBC\xAF\x27\x1C\0\x04", "archive");
        check(b"abc\0\0def\x01\x02\0\0", "binary");
        assert_eq!(kind("/a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><path/></svg>"), Kind::NoDocument("image"));
        let text = |content: &[u8]| assert!(matches!(kind("/a.txt", content), Kind::Text(_)), "{content:?}");
        text(b"BMI is body mass over height squared.");
        text(b"A PDF begins with %PDF-1.7, they say.");
        text(b"From here on, Subject: is a word like any other.\n");
        text(b"Note: one\nDate: two\n\nThree");
    }
}
