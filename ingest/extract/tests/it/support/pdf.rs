//! Small PDFs.

use std::fmt::Write;

/// A PDF that is being put together. Objects 1 to 3 are its catalog, its page tree and a font.
pub(crate) struct Pdf {
    objects: Vec<Vec<u8>>,
    pages: Vec<String>,
    catalog: String,
    trailer: String,
}

impl Pdf {
    pub(crate) fn new() -> Self {
        let font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>".to_vec();
        Self { objects: vec![Vec::new(), Vec::new(), font], pages: Vec::new(), catalog: String::new(), trailer: String::new() }
    }

    /// A page that shows these lines from the top, in letters of 12 points.
    pub(crate) fn page_of(self, lines: &[&str]) -> Self {
        let mut content = "BT /F1 12 Tf 72 750 Td 14 TL".to_owned();
        for line in lines {
            let escaped = line.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)");
            write!(content, " ({escaped}) Tj T*").unwrap();
        }
        self.page(&(content + " ET"))
    }

    /// A page with this content.
    pub(crate) fn page(self, content: &str) -> Self {
        self.page_with(content, "")
    }

    /// A page with this content and these entries in its dictionary.
    pub(crate) fn page_with(mut self, content: &str, entries: &str) -> Self {
        let stream = self.object(format!("<</Length {}>>stream\n{content}\nendstream", content.len()));
        let page = self.object(format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 3 0 R>>>>/Contents {stream} 0 R{entries}>>"
        ));
        self.pages.push(format!("{page} 0 R"));
        self
    }

    /// A page that is not there.
    pub(crate) fn missing_page(mut self) -> Self {
        self.pages.push("9999 0 R".to_owned());
        self
    }

    /// Entries of the catalog.
    pub(crate) fn catalog(mut self, entries: &str) -> Self {
        self.catalog.push_str(entries);
        self
    }

    /// Entries of the trailer.
    pub(crate) fn trailer(mut self, entries: &str) -> Self {
        self.trailer.push_str(entries);
        self
    }

    /// Adds an object and says its number.
    pub(crate) fn object(&mut self, content: impl Into<Vec<u8>>) -> usize {
        self.objects.push(content.into());
        self.objects.len()
    }

    pub(crate) fn bytes(mut self) -> Vec<u8> {
        self.objects[0] = format!("<</Type/Catalog/Pages 2 0 R{}>>", self.catalog).into_bytes();
        self.objects[1] = format!("<</Type/Pages/Kids[{}]/Count {}>>", self.pages.join(" "), self.pages.len()).into_bytes();
        let mut bytes = b"%PDF-1.4\n".to_vec();
        let mut table = String::from("0000000000 65535 f \n");
        for (number, object) in self.objects.iter().enumerate() {
            writeln!(table, "{:010} 00000 n ", bytes.len()).unwrap();
            bytes.extend(format!("{} 0 obj\n", number + 1).bytes());
            bytes.extend(object);
            bytes.extend(b"\nendobj\n");
        }
        let (start, size) = (bytes.len(), self.objects.len() + 1);
        bytes.extend(
            format!("xref\n0 {size}\n{table}trailer<</Size {size}/Root 1 0 R{}>>\nstartxref\n{start}\n%%EOF", self.trailer).bytes(),
        );
        bytes
    }
}
