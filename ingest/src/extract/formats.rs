//! The text formats that are read in this process. Each becomes Markdown where its structure is known.
//!
//! What is not written as its format wants is read as far as it can be, as plain text if need be, and the quality report
//! says so; the text is never thrown away for that.

mod asciidoc;
mod delimited;
mod html;
mod json;
mod latex;
mod lines;
mod notebook;
mod org;
mod restructured;
mod scan;
mod subtitles;
#[cfg(test)]
mod tests;
mod typst;
mod xml;

use ragstone_core::Markup;

pub(crate) use delimited::delimiter;

use super::detect::TextFormat;
use super::reading::Reading;
use crate::IngestError;
use crate::markdown::{FrontMatter, Outline, RegionKind, regions};

/// Reads a decoded text.
pub(super) fn read(format: TextFormat, text: String) -> Result<Reading, IngestError> {
    let reading = match format {
        TextFormat::Plain | TextFormat::Settings(_) => Reading::plain(text),
        TextFormat::Code(_) => Reading { markup: Markup::Code, ..Reading::plain(text) },
        TextFormat::Markdown => markdown(text),
        TextFormat::Html => html::read(&text)?,
        TextFormat::ReStructuredText => structured(text, restructured::read),
        TextFormat::AsciiDoc => structured(text, asciidoc::read),
        TextFormat::Org => structured(text, org::read),
        TextFormat::Latex => structured(text, latex::read),
        TextFormat::Typst => structured(text, typst::read),
        TextFormat::Xml => structured(text, xml::read),
        TextFormat::Notebook => notebook::read(text),
        TextFormat::Delimited => delimited::read(text),
        TextFormat::Json => json::read(text),
        TextFormat::JsonLines => json::read_lines(&text),
        TextFormat::Subtitles => subtitles::read(&text),
    };
    let tables = if reading.markup == Markup::Markdown { count_tables(&reading) } else { 0 };
    Ok(Reading { tables, ..reading })
}

fn markdown(text: String) -> Reading {
    let FrontMatter { title, tags, date, fields, end } = FrontMatter::parse(&text);
    let heading = Outline::of(&text, end).first().map(str::to_owned);
    Reading { title: title.or(heading), tags, date, fields, body_start: end, ..Reading::markdown(text) }
}

fn structured(text: String, read: fn(&str) -> Reading) -> Reading {
    Reading { markup: Markup::Markdown, ..read(&text) }
}

fn count_tables(reading: &Reading) -> u32 {
    let regions = regions(&reading.text, reading.body_start);
    let tables = regions.iter().filter(|region| matches!(region.kind, RegionKind::Table { .. })).count();
    u32::try_from(tables).unwrap_or(u32::MAX)
}
