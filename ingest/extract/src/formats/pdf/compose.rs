//! Pages become one text, which knows where each of them is.

use ragstone_core::{ExtractedText, Page, Span};

use super::page::{Block, PageContent};
use super::page_number;
use crate::markup;

/// The text of the pages. It is Markdown if there is a table in it.
pub(super) fn compose(pages: Vec<PageContent>) -> ExtractedText {
    let blocks = pages.iter().flat_map(|page| &page.blocks);
    let tables = blocks.filter(|block| matches!(block, Block::Table(_))).count();
    let structured = tables > 0;
    let mut extracted = ExtractedText { structured, ..ExtractedText::default() };
    extracted.quality.tables = u32::try_from(tables).unwrap_or(u32::MAX);
    let text = &mut extracted.text;
    for (number, page) in pages.iter().enumerate() {
        let written: Vec<String> = page.blocks.iter().map(|block| written(block, structured)).filter(|block| !block.is_empty()).collect();
        if !text.is_empty() && !written.is_empty() {
            text.push_str("\n\n");
        }
        let start = text.len();
        text.push_str(&written.join("\n\n"));
        extracted.pages.push(Page { number: page_number(number), span: Span { start, end: text.len() } });
    }
    extracted
}

fn written(block: &Block, structured: bool) -> String {
    match block {
        Block::Text(text) if structured => markup::paragraph(text.trim()).into_owned(),
        Block::Text(text) => text.trim().to_owned(),
        Block::Table(rows) => markup::table(rows),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_spans_of_the_text() {
        let page = |texts: &[&str]| PageContent::of(texts.iter().map(|text| (*text).to_owned()).collect());
        let extracted = compose(vec![page(&[]), page(&["One", "# two"]), page(&[]), page(&["Three"])]);
        let pages: Vec<&str> = extracted.pages.iter().map(|page| page.span.of(&extracted.text).unwrap()).collect();
        assert_eq!(pages, ["", "One\n\n# two", "", "Three"]);
        assert_eq!((extracted.text.as_str(), extracted.structured), ("One\n\n# two\n\nThree", false));
    }

    #[test]
    fn with_a_table_the_text_is_markdown() {
        let mut page = PageContent::of(vec!["# of people".to_owned()]);
        page.blocks.push(Block::Table(vec![vec!["a".to_owned(), "b".to_owned()], vec!["1".to_owned(), "2".to_owned()]]));
        let extracted = compose(vec![page]);
        assert_eq!(extracted.text, "\\# of people\n\n| a | b |\n| --- | --- |\n| 1 | 2 |");
        assert!(extracted.structured);
        assert_eq!(extracted.quality.tables, 1);
    }
}
