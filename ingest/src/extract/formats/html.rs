//! Pages of HTML.

use ragstone_core::{Markup, WarningCode};
use ragstone_markup::Page;

use crate::IngestError;
use crate::extract::reading::Reading;
use crate::markdown::parse_date;

/// Not part of what a page says.
const SKIPPED: [&str; 14] =
    ["aside", "button", "canvas", "footer", "form", "head", "iframe", "img", "nav", "noscript", "script", "style", "svg", "template"];

/// What is said about a page, by the names of its `<meta>`, the best first.
const AUTHORS: [&str; 4] = ["author", "article:author", "dc.creator", "citation_author"];
const DATES: [&str; 7] = [
    "article:modified_time",
    "article:published_time",
    "date",
    "dc.date",
    "dcterms.modified",
    "last-modified",
    "citation_publication_date",
];
const DESCRIPTIONS: [&str; 2] = ["description", "og:description"];

/// Reads a page; what stands around its text is left out.
pub(super) fn read(html: &str) -> Result<Reading, IngestError> {
    let page = Page::read(html, &SKIPPED).map_err(|source| IngestError::Html { source })?;
    if let Some(why) = page.flattened {
        let mut reading = Reading::plain(page.text);
        reading.warn(WarningCode::Damaged, format!("{why}: read as plain text"));
        return Ok(reading);
    }
    let title = page.title.as_deref().filter(|title| !title.trim().is_empty()).unwrap_or(page.named(&["og:title"])).to_owned();
    let mut reading = Reading { title: Some(title).filter(|title| !title.is_empty()), markup: Markup::Markdown, ..Reading::default() };
    reading.property("author", page.named(&AUTHORS));
    reading.property("description", page.named(&DESCRIPTIONS));
    reading.property("language", &page.language);
    reading.date = DATES.iter().find_map(|name| parse_date(page.named(&[name])));
    reading.tags = page.named(&["keywords"]).split(',').map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect();
    reading.text = page.text;
    Ok(reading)
}
