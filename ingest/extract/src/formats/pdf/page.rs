//! One page: its letters become blocks.

use pdfium_render::prelude::{PdfPage, PdfiumError};

use super::forms::filled_fields;
use super::glyphs::{Glyph, glyphs};
use super::lines::{Line, lines};
use super::paragraphs::{Compounds, paragraphs};
use super::rules::Drawings;
use super::tables::{Part, Rows, RuledTable, ruled_tables, with_tables};

/// A part of a page, in reading order.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Block {
    /// A paragraph, or a group of lines.
    Text(String),
    /// A table.
    Table(Rows),
}

/// What was read from a page.
#[derive(Debug, Default)]
pub(super) struct PageContent {
    pub(super) blocks: Vec<Block>,
    /// Whether the page draws text that PDFium gave no letters for.
    pub(super) lacks_text: bool,
}

impl PageContent {
    /// Paragraphs that another engine has read.
    pub(super) fn of(paragraphs: Vec<String>) -> Self {
        Self { blocks: paragraphs.into_iter().map(Block::Text).collect(), lacks_text: false }
    }

    /// All that is written on it, without the tables' rules.
    pub(super) fn plain(&self) -> String {
        let texts = self.blocks.iter().flat_map(|block| match block {
            Block::Text(text) => vec![text.as_str()],
            Block::Table(rows) => rows.iter().flatten().map(String::as_str).collect(),
        });
        texts.collect::<Vec<_>>().join("\n")
    }

    /// How many letters, digits and signs are on it.
    pub(super) fn characters(&self) -> usize {
        self.plain().chars().filter(|character| !character.is_whitespace()).count()
    }
}

/// Reads a page; at most `limit` letters of it.
pub(super) fn read_page(page: &PdfPage<'_>, compounds: &mut Compounds, limit: usize) -> Result<PageContent, PdfiumError> {
    let text = page.text()?;
    let glyphs = glyphs(page, &text, limit);
    let drawings = Drawings::of(page);
    let ruled = ruled_tables(&drawings.rules, &glyphs);
    let mut blocks = Vec::new();
    for stretch in stretches(&glyphs, &ruled) {
        match stretch {
            Stretch::Table(table) => blocks.push(Block::Table(table.rows.clone())),
            Stretch::Lines(lines) => {
                compounds.learn(&lines);
                for part in with_tables(lines) {
                    match part {
                        Part::Table(rows) => blocks.push(Block::Table(rows)),
                        Part::Text(lines) => blocks.extend(paragraphs(&lines, compounds).into_iter().map(Block::Text)),
                    }
                }
            }
        }
    }
    let written = blocks
        .iter()
        .filter_map(|block| if let Block::Text(text) = block { Some(text.as_str()) } else { None })
        .collect::<Vec<_>>()
        .join("\n");
    let fields: Vec<String> = filled_fields(page).into_iter().filter(|field| !written.contains(field.as_str())).collect();
    blocks.extend((!fields.is_empty()).then(|| Block::Text(fields.join("\n"))));
    Ok(PageContent { blocks, lacks_text: drawings.have_unread_text() })
}

/// The lines between the tables, and the tables.
enum Stretch<'a> {
    Lines(Vec<Line>),
    Table(&'a RuledTable),
}

/// A table stands where the first of its letters is read.
fn stretches<'a>(glyphs: &[Glyph], tables: &'a [RuledTable]) -> Vec<Stretch<'a>> {
    let table_of = |glyph: &Glyph| match glyph {
        Glyph::Drawn { bounds, .. } => Some(tables.iter().position(|table| table.bounds.has_point(bounds.middle()))),
        _ => None,
    };
    let mut stretches = Vec::new();
    let mut placed = vec![false; tables.len()];
    let mut outside: Vec<&Glyph> = Vec::new();
    let mut current = None;
    for glyph in glyphs {
        // What stands between letters belongs to those before it.
        current = table_of(glyph).unwrap_or(current);
        let Some((number, is_placed)) = current.and_then(|number| Some((number, placed.get_mut(number)?))) else {
            outside.push(glyph);
            continue;
        };
        if !std::mem::replace(is_placed, true) {
            stretches.push(Stretch::Lines(lines(outside.drain(..))));
            stretches.extend(tables.get(number).map(Stretch::Table));
        }
    }
    stretches.push(Stretch::Lines(lines(outside)));
    stretches
}
