//! Workbooks: a section with a table for each sheet.

use office_oxide::ir::Metadata;
use office_oxide::xls::{Sheet, XlsDocument};
use office_oxide::xlsx::{Worksheet, XlsxDocument};
use ragstone_core::{QualityReport, WarningCode};

use super::super::blocks::Blocks;
use super::super::grid::Grid;

/// Writes a workbook since 2007 and says what it says about itself. Not through the library's general document, which
/// ends at 10,000 rows.
pub(super) fn write_xlsx(book: &XlsxDocument, blocks: &mut Blocks, quality: &mut QualityReport) -> Metadata {
    let date_styles = book.date_style_indices();
    for sheet in &book.worksheets {
        let texts = sheet.chart_text.iter().map(|text| text.to_string());
        let shapes = sheet.text_shapes.iter().map(|shape| shape.text.clone());
        let comments = sheet.comments.iter().map(|comment| {
            let author = comment.author.as_deref().map(|author| format!(" by {author}")).unwrap_or_default();
            format!("Comment on {}{author}: {}", comment.cell_ref, comment.text)
        });
        let grid = xlsx_grid(book, sheet, &date_styles, blocks.room());
        write_sheet(&sheet.name, grid, texts.chain(shapes).chain(comments), blocks);
        if let Some(damage) = &sheet.damage {
            quality.warn(WarningCode::PartUnreadable, format!("sheet `{}`: {damage}", sheet.name));
        }
    }
    for chart in &book.chart_text {
        blocks.paragraph(chart);
    }
    for (sheet, error) in &book.unreadable_sheets {
        quality.warn(WarningCode::PartUnreadable, format!("sheet `{sheet}` cannot be read: {error}"));
    }
    book.sheets_ir().metadata()
}

fn xlsx_grid(book: &XlsxDocument, sheet: &Worksheet, date_styles: &std::collections::HashSet<u32>, room: usize) -> Grid {
    let mut grid = Grid::default();
    for row in &sheet.rows {
        if grid.bytes() > room {
            break;
        }
        grid.row();
        for cell in &row.cells {
            let mut text = String::new();
            book.write_cell_value_fast(cell, &mut text, date_styles);
            grid.put(cell.reference.col, text);
        }
    }
    grid
}

/// Writes a workbook of Excel 97 to 2003.
pub(super) fn write_xls(book: &XlsDocument, blocks: &mut Blocks, quality: &mut QualityReport) -> Metadata {
    for sheet in &book.sheets {
        let grid = xls_grid(sheet, blocks.room());
        let comments = sheet.comments.iter().map(|comment| {
            let author = comment.author.as_deref().map(|author| format!(" by {author}")).unwrap_or_default();
            format!("Comment on row {}{author}: {}", u32::from(comment.row) + 1, comment.text)
        });
        write_sheet(&sheet.name, grid, sheet.chart_text.iter().cloned().chain(comments), blocks);
    }
    for chart in book.chart_text() {
        blocks.paragraph(chart);
    }
    for notice in book.notices() {
        quality.warn(WarningCode::PartUnreadable, notice.trim_matches(['[', ']']));
    }
    let mut metadata = Metadata { warnings: book.warnings().to_vec(), ..Metadata::default() };
    if let Some(summary) = book.summary_properties() {
        metadata.title = summary.title.clone();
        metadata.author = summary.author.clone();
        metadata.subject = summary.subject.clone();
        metadata.created = summary.created.clone();
        metadata.modified = summary.modified.clone();
        metadata.last_modified_by = summary.last_author.clone();
        metadata.category = summary.category.clone();
        metadata.company = summary.company.clone();
    }
    metadata
}

fn xls_grid(sheet: &Sheet, room: usize) -> Grid {
    let mut grid = Grid::default();
    for (row_number, row) in sheet.rows.iter().enumerate() {
        if grid.bytes() > room {
            break;
        }
        grid.row();
        for (column, column_number) in (0..row.len()).zip(0_u32..) {
            let text = sheet.display_text(row_number, column).unwrap_or_default();
            grid.put(column_number, text.into_owned());
        }
    }
    grid
}

/// A sheet on which nothing is written is not mentioned.
fn write_sheet(name: &str, grid: Grid, texts: impl Iterator<Item = String>, blocks: &mut Blocks) {
    let texts: Vec<String> = texts.filter(|text| !text.trim().is_empty()).collect();
    if grid.bytes() == 0 && texts.is_empty() {
        return;
    }
    blocks.heading(2, name);
    blocks.table(grid);
    for text in texts {
        blocks.paragraph(&text);
    }
}
