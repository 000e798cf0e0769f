//! What is read from PDFs.

use ragstone_core::{FieldValue, RefusalReason, WarningCode};

use crate::support::pdf::Pdf;
use crate::support::{page_texts, read};

#[test]
fn pages_are_spans_and_lines_become_paragraphs() {
    let pdf = Pdf::new()
        .page_of(&[
            "A paragraph goes over more than one line, and one of its words is split at the appoint-",
            "ment of a line's end, as printers do. It ends here, in the middle of the line.",
            "",
            "Another paragraph.",
        ])
        .page_of(&["# of pages: 2"]);
    let text = read("two.pdf", pdf.bytes()).unwrap();
    assert_eq!(
        page_texts(&text),
        [
            "A paragraph goes over more than one line, and one of its words is split at the appointment of a line's end, as printers do. It ends here, in the middle of the line.\n\nAnother paragraph.",
            "# of pages: 2",
        ]
    );
    assert_eq!((text.media_type.as_str(), text.structured, text.quality.engine.as_str()), ("application/pdf", false, "pdfium"));
    assert_eq!(text.quality.characters_per_page.len(), 2);
    assert!(text.quality.warnings.is_empty(), "{:?}", text.quality.warnings);
}

#[test]
fn columns_are_read_one_after_the_other() {
    let column = |left: u32, lines: [&str; 3]| {
        format!("BT /F1 10 Tf {left} 700 Td 12 TL ({}) Tj T* ({}) Tj T* ({}) Tj ET ", lines[0], lines[1], lines[2])
    };
    let left = column(
        72,
        ["The left column of the page is where", "the sentence begins that goes on in the", "other one, at the top of the right"],
    );
    let right =
        column(320, ["column, and ends there after a few", "more words that are not important, but", "long enough to look like prose."]);
    let text = read("columns.pdf", Pdf::new().page(&(left + &right)).bytes()).unwrap();
    let expected = "The left column of the page is where the sentence begins that goes on in the other one, at the top of the right \
         column, and ends there after a few more words that are not important, but long enough to look like prose.";
    assert_eq!(text.text, expected);
}

#[test]
fn turned_pages_are_read_as_they_are_shown() {
    let content = "0 1 -1 0 612 0 cm BT /F1 12 Tf 72 500 Td 14 TL (The lines of a page that lies on its side are joined to one) Tj T* (paragraph, as on any other page.) Tj ET";
    let text = read("turned.pdf", Pdf::new().page_with(content, "/Rotate 90").bytes()).unwrap();
    assert_eq!(text.text, "The lines of a page that lies on its side are joined to one paragraph, as on any other page.");
}

#[test]
fn attached_files_are_mentioned() {
    let mut pdf = Pdf::new().page_of(&["Text"]);
    let content = pdf.object("<</Type/EmbeddedFile/Length 5>>stream\nhello\nendstream");
    let file = pdf.object(format!("<</Type/Filespec/F(a.txt)/EF<</F {content} 0 R>>>>"));
    let text = read("attached.pdf", pdf.catalog(&format!("/Names<</EmbeddedFiles<</Names[(a.txt) {file} 0 R]>>>>")).bytes()).unwrap();
    let [warning] = text.quality.warnings.as_slice() else { panic!("{:?}", text.quality.warnings) };
    assert_eq!((warning.code, warning.message.as_str()), (WarningCode::AttachmentsSkipped, "1 file that is attached to it was not read"));
}

#[test]
fn ruled_tables_are_markdown() {
    let mut content = String::from("0.5 w 72 600 m 272 600 l S 72 620 m 272 620 l S 72 640 m 272 640 l S ");
    content += "72 600 m 72 640 l S 172 600 m 172 640 l S 272 600 m 272 640 l S BT /F1 10 Tf ";
    for (x, y, cell) in [(76, 626, "Name"), (76, 606, "Ada"), (176, 626, "Born | where"), (176, 606, "1815")] {
        content += &format!("1 0 0 1 {x} {y} Tm ({cell}) Tj ");
    }
    content += "1 0 0 1 72 660 Tm (# People) Tj ET";
    let text = read("table.pdf", Pdf::new().page(&content).bytes()).unwrap();
    assert!(text.text.contains("| Name | Born \\| where |\n| --- | --- |\n| Ada | 1815 |"), "{}", text.text);
    assert!(text.text.contains("\\# People"), "what is no heading must not become one: {}", text.text);
    assert_eq!((text.structured, text.quality.tables), (true, 1));
}

#[test]
fn properties_are_kept() {
    let mut pdf = Pdf::new().page_of(&["Text"]);
    let info = pdf.object("<</Title(On Numbers)/Author(Ada)/CreationDate(D:20240103120000Z)/ModDate(D:20240203120000+01'00')>>");
    let text = read("a.pdf", pdf.trailer(&format!("/Info {info} 0 R")).bytes()).unwrap();
    assert_eq!(text.title.as_deref(), Some("On Numbers"));
    assert_eq!(text.modified_at.unwrap().to_rfc3339(), "2024-02-03T11:00:00+00:00");
    assert_eq!(text.fields.get("author"), Some(&FieldValue::Text("Ada".to_owned())));
    assert_eq!(text.fields.get("created"), Some(&FieldValue::Text("2024-01-03T12:00:00+00:00".to_owned())));
}

#[test]
fn what_was_filled_into_a_form_is_read() {
    let mut pdf = Pdf::new();
    let field = pdf.object("<</Type/Annot/Subtype/Widget/FT/Tx/T(City)/V(Vienna)/Rect[72 600 200 620]/F 4>>");
    let pdf = pdf.page_with("BT /F1 12 Tf 72 700 Td (Please fill in:) Tj ET", &format!("/Annots[{field} 0 R]"));
    let text = read("form.pdf", pdf.catalog(&format!("/AcroForm<</Fields[{field} 0 R]>>")).bytes()).unwrap();
    assert_eq!(text.text, "Please fill in:\n\nCity: Vienna");
}

#[test]
fn pages_without_text_are_named() {
    let pdf = Pdf::new().page_of(&["Text"]).page("0 0 100 100 re f").page("").page_of(&["More"]);
    let text = read("some.pdf", pdf.bytes()).unwrap();
    assert_eq!(text.quality.pages_without_text, [2, 3]);
    let warning = text.quality.warnings.iter().find(|warning| warning.code == WarningCode::PagesWithoutText).unwrap();
    assert!(warning.message.starts_with("pages 2–3 have no text"), "{}", warning.message);

    let refusal = read("none.pdf", Pdf::new().page("0 0 100 100 re f").page("").bytes()).unwrap_err();
    assert_eq!((refusal.reason, refusal.detail.as_str()), (RefusalReason::Scanned, "all 2 pages are pictures"));
}

#[test]
fn a_bad_page_does_not_lose_the_others() {
    let text = read("bad.pdf", Pdf::new().page_of(&["First"]).missing_page().page_of(&["Third"]).bytes()).unwrap();
    assert_eq!(page_texts(&text), ["First", "", "Third"]);
    let warning = text.quality.warnings.iter().find(|warning| warning.code == WarningCode::PartUnreadable).unwrap();
    assert!(warning.message.starts_with("page 2 could not be read"), "{}", warning.message);
}

#[test]
fn passwords_are_asked_for() {
    let keys = format!("/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<{0}>/U<{0}>>>/ID[<{1}><{1}>]", "ab".repeat(32), "cd".repeat(16));
    let refusal = read("secret.pdf", Pdf::new().page_of(&["Secret"]).trailer(&keys).bytes()).unwrap_err();
    assert_eq!(refusal.reason, RefusalReason::Password);
}

#[test]
fn letters_that_mean_nothing_are_noticed() {
    let mut pdf = Pdf::new();
    let map = "/CIDInit /ProcSet findresource begin begincmap 1 beginbfrange <20> <7e> <E020> endbfrange endcmap end";
    let map = pdf.object(format!("<</Length {}>>stream\n{map}\nendstream", map.len()));
    let font = pdf.object(format!("<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode {map} 0 R>>"));
    let pdf = pdf.page_with("BT /F1 12 Tf 72 700 Td (Nobody can read this) Tj ET", &format!("/Resources<</Font<</F1 {font} 0 R>>>>"));
    let bytes = String::from_utf8(pdf.bytes()).unwrap().replacen("/Resources<</Font<</F1 3 0 R>>>>", &" ".repeat(32), 1).into_bytes();
    let text = read("garbled.pdf", bytes).unwrap();
    assert!(text.quality.garbled_share > 0.5, "{}", text.quality.garbled_share);
    let warning = text.quality.warnings.iter().find(|warning| warning.code == WarningCode::GarbledText).unwrap();
    assert!(warning.message.contains("page 1"), "{}", warning.message);
}

#[test]
fn text_beyond_the_limit_is_cut() {
    let mut pdf = Pdf::new();
    for number in 0..50 {
        pdf = pdf.page_of(&[&format!("Page {number} has a little text of its own.")]);
    }
    let bytes = pdf.bytes();
    let mut request = crate::support::request("long.pdf", &bytes);
    request.max_text_bytes = 200;
    let document = ragstone_extract::RawDocument::of(request, bytes).unwrap();
    let Ok(ragstone_extract::Extraction::Text(text)) = ragstone_extract::Extractor::default().read(&document, &mut |_| Ok(())) else {
        panic!("no text")
    };
    assert!(text.text.len() <= 200 && text.pages.len() < 10, "{} bytes, {} pages", text.text.len(), text.pages.len());
    assert!(text.quality.warnings.iter().any(|warning| warning.code == WarningCode::CutOff), "{:?}", text.quality.warnings);
}
