//! How well a document could be read, from its text alone.

mod garbled;

use ragstone_core::{ExtractedText, WarningCode};

pub(crate) use garbled::garbled_share;

/// From this share on a text is not worth searching in, and its reader is told.
pub(crate) const GARBLED: f32 = 0.1;

/// Fills in what the text and its pages say about themselves; warns of text that looks garbled.
pub(crate) fn complete(extracted: &mut ExtractedText) {
    let text = &extracted.text;
    let page_texts: Vec<&str> = extracted.pages.iter().map(|page| page.span.of(text).unwrap_or_default()).collect();
    let quality = &mut extracted.quality;
    quality.characters_per_page = page_texts.iter().map(|text| characters(text)).collect();
    let numbered = extracted.pages.iter().zip(&quality.characters_per_page);
    quality.pages_without_text = numbered.filter(|(_, characters)| **characters == 0).map(|(page, _)| page.number).collect();
    quality.garbled_share = garbled_share(text);
    if quality.warnings.iter().any(|warning| warning.code == WarningCode::GarbledText) {
        return;
    }
    let garbled: Vec<u32> =
        extracted.pages.iter().zip(page_texts).filter(|(_, text)| garbled_share(text) >= GARBLED).map(|(page, _)| page.number).collect();
    let percent = (quality.garbled_share * 100.0).round();
    if !garbled.is_empty() {
        let pages = numbers(&garbled);
        quality.warn(
            WarningCode::GarbledText,
            format!("the text of {pages} looks garbled: most likely a font does not say which letters it shows"),
        );
    } else if quality.garbled_share >= GARBLED {
        quality.warn(WarningCode::GarbledText, format!("{percent} % of the text looks garbled"));
    }
}

/// Pages in words: `page 3`, `pages 1–4, 7 and 9`; the first few where there are many ranges.
pub(crate) fn numbers(pages: &[u32]) -> String {
    const RANGES: usize = 12;
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for &page in pages {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == page => *last = page,
            _ => ranges.push((page, page)),
        }
    }
    let range = |&(first, last): &(u32, u32)| if first == last { first.to_string() } else { format!("{first}–{last}") };
    let mut named: Vec<String> = ranges.iter().take(RANGES).map(range).collect();
    if ranges.len() > RANGES {
        named.push("others".to_owned());
    }
    let noun = if pages.len() == 1 { "page" } else { "pages" };
    match named.pop() {
        None => "no page".to_owned(),
        Some(only) if named.is_empty() => format!("{noun} {only}"),
        Some(last) => format!("{noun} {} and {last}", named.join(", ")),
    }
}

fn characters(text: &str) -> u32 {
    u32::try_from(text.chars().filter(|character| !character.is_whitespace()).count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use ragstone_core::{Page, Span};

    use super::*;

    #[test]
    fn pages_are_named_in_words() {
        let check = |pages: &[u32], expected: &str| assert_eq!(numbers(pages), expected);
        check(&[3], "page 3");
        check(&[1, 2, 3, 4, 7, 9], "pages 1–4, 7 and 9");
        check(&[1, 2], "pages 1–2");
        check(&[], "no page");
        let odd: Vec<u32> = (0..40).map(|number| number * 2).collect();
        assert!(numbers(&odd).ends_with(" and others"), "{}", numbers(&odd));
    }

    #[test]
    fn a_report_counts_what_is_there() {
        let text = "Two words\n\n\n\n\u{e123}\u{e124}\u{e125}\u{e126}".to_owned();
        let page = |number, start, end| Page { number, span: Span { start, end } };
        let end = text.len();
        let mut extracted =
            ExtractedText { text, pages: vec![page(1, 0, 9), page(2, 11, 11), page(3, 13, end)], ..ExtractedText::default() };
        complete(&mut extracted);
        let quality = extracted.quality;
        assert_eq!((quality.characters_per_page, quality.pages_without_text), (vec![8, 0, 4], vec![2]));
        assert!(quality.garbled_share > 0.3, "{}", quality.garbled_share);
        assert_eq!(quality.warnings.len(), 1);
        assert!(quality.warnings[0].message.contains("page 3"), "{:?}", quality.warnings);
    }
}
