//! Chunks are cut from their document's text, on the way out and on the way in.

use ragstone_core::{Chunk, ChunkRecord, Document, PageRange};

use crate::problem::Problem;
use crate::table::Fault;

/// A chunk, cut from its document's text.
pub(crate) fn cut(document: &Document, ordinal: usize, record: &ChunkRecord) -> Result<Chunk, Fault> {
    let text = record.span.of(&document.text).ok_or_else(|| Fault::new("start", Problem::NotInDocument))?;
    let header =
        record.table_header.map(|header| header.of(&document.text).ok_or_else(|| Fault::new("table_header_span", Problem::NotInDocument)));
    Ok(Chunk {
        id: record.id,
        ordinal: u32::try_from(ordinal).map_err(|_| Fault::new("ordinal", Problem::OutOfRange { number: ordinal as i128 }))?,
        span: record.span,
        text: text.to_owned(),
        heading_path: record.heading_path.clone(),
        pages: PageRange::of(record.span, &document.pages),
        table_header: header.transpose()?.map(str::to_owned),
    })
}
