//! The text formats that are read in this process.

#[path = "html.rs"]
mod html;

use ragstone_core::Markup;

use super::detect::TextFormat;
use super::reading::Reading;
use crate::IngestError;
use crate::markdown::{FrontMatter, Outline};

/// Reads a decoded text.
pub(super) fn read(format: TextFormat, text: String) -> Result<Reading, IngestError> {
    match format {
        TextFormat::Html => {
            let page = html::to_markdown(&text)?;
            Ok(Reading { title: page.title, ..Reading::markdown(page.markdown) })
        }
        TextFormat::Markdown => Ok(markdown(text)),
        TextFormat::Code(_) => Ok(Reading { markup: Markup::Code, ..Reading::plain(text) }),
        _ => Ok(Reading::plain(text)),
    }
}

fn markdown(text: String) -> Reading {
    let FrontMatter { title, tags, date, fields, end } = FrontMatter::parse(&text);
    let heading = Outline::of(&text, end).first().map(str::to_owned);
    Reading { title: title.or(heading), tags, date, fields, body_start: end, ..Reading::markdown(text) }
}
