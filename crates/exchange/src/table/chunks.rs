//! The table of chunks: what the store has, both vectors included, in the order of the documents.

use parquet::data_type::{ByteArrayType, FloatType, Int32Type, Int64Type};
use ragstone_core::{Chunk, ChunkId, DocumentId, PageRange, Span, SparseVector};

use super::column::{AnyColumn, Column, Declaration, Kind, Packing, Shape};
use super::{Fault, Table};
use crate::problem::Problem;

/// A chunk, as it is in the table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ChunkRow {
    pub(crate) document: DocumentId,
    pub(crate) chunk: Chunk,
    pub(crate) table_header: Option<Span>,
    pub(crate) dense: Vec<f32>,
    pub(crate) lexical: SparseVector,
}

/// Some rows of the table.
pub(crate) struct Chunks {
    id: Column<ByteArrayType>,
    document: Column<ByteArrayType>,
    ordinal: Column<Int32Type>,
    start: Column<Int64Type>,
    end: Column<Int64Type>,
    text: Column<ByteArrayType>,
    heading_path: Column<ByteArrayType>,
    pages: Column<Int32Type>,
    table_header: Column<ByteArrayType>,
    table_header_span: Column<Int64Type>,
    dense: Column<FloatType>,
    lexical_indices: Column<Int32Type>,
    lexical_values: Column<FloatType>,
}

impl Default for Chunks {
    fn default() -> Self {
        use Kind::{Float, Text, Unsigned32, Unsigned64};
        use Packing::{Dictionary, Plain, Split};
        use Shape::{List, One, Optional};
        let declare = |name, kind, shape, packing| Declaration { name, kind, shape, packing };
        Self {
            id: Column::new(declare("id", Text, One, Plain)),
            document: Column::new(declare("document", Text, One, Dictionary)),
            ordinal: Column::new(declare("ordinal", Unsigned32, One, Dictionary)),
            start: Column::new(declare("start", Unsigned64, One, Plain)),
            end: Column::new(declare("end", Unsigned64, One, Plain)),
            text: Column::new(declare("text", Text, One, Plain)),
            heading_path: Column::new(declare("heading_path", Text, List, Dictionary)),
            pages: Column::new(declare("pages", Unsigned32, List, Dictionary)),
            table_header: Column::new(declare("table_header", Text, Optional, Dictionary)),
            table_header_span: Column::new(declare("table_header_span", Unsigned64, List, Dictionary)),
            dense: Column::new(declare("dense", Float, List, Split)),
            lexical_indices: Column::new(declare("lexical_indices", Unsigned32, List, Dictionary)),
            lexical_values: Column::new(declare("lexical_values", Float, List, Dictionary)),
        }
    }
}

impl Table for Chunks {
    type Row = ChunkRow;

    const FOLDER: &'static str = "chunks";

    fn columns(&mut self) -> Vec<&mut dyn AnyColumn> {
        vec![
            &mut self.id,
            &mut self.document,
            &mut self.ordinal,
            &mut self.start,
            &mut self.end,
            &mut self.text,
            &mut self.heading_path,
            &mut self.pages,
            &mut self.table_header,
            &mut self.table_header_span,
            &mut self.dense,
            &mut self.lexical_indices,
            &mut self.lexical_values,
        ]
    }

    fn push(&mut self, row: &ChunkRow) -> Result<(), Fault> {
        let ChunkRow { document, chunk, table_header, dense, lexical } = row;
        check_finite("dense", dense)?;
        check_sparse(lexical)?;
        let pages = chunk.pages.map(|pages| [pages.first, pages.last]);
        let header = table_header.map(|span| [span.start, span.end]);
        self.id.push_text(&chunk.id.to_string());
        self.document.push_text(&document.to_string());
        self.ordinal.push_number(chunk.ordinal);
        self.start.push_number(chunk.span.start)?;
        self.end.push_number(chunk.span.end)?;
        self.text.push_text(&chunk.text);
        self.heading_path.push_texts(&chunk.heading_path);
        self.pages.push_numbers(pages.as_ref().map_or(&[], |pages| pages.as_slice()));
        self.table_header.push_optional_text(chunk.table_header.as_deref());
        self.table_header_span.push_numbers(header.as_ref().map_or(&[], |header| header.as_slice()))?;
        self.dense.push_list(dense.iter().copied());
        self.lexical_indices.push_numbers(&lexical.indices);
        self.lexical_values.push_list(lexical.values.iter().copied());
        Ok(())
    }

    fn take(&mut self) -> Result<ChunkRow, Fault> {
        let id = self.id.take_id::<ChunkId>()?;
        let document = self.document.take_id::<DocumentId>()?;
        let ordinal = self.ordinal.take_number()?;
        let span = Span { start: self.start.take_number()?, end: self.end.take_number()? };
        let text = self.text.take_text()?;
        let heading_path = self.heading_path.take_texts()?;
        let pages = pair("pages", &self.pages.take_numbers()?)?.map(|(first, last)| PageRange { first, last });
        let header = self.table_header.take_optional_text()?;
        let table_header = pair("table_header_span", &self.table_header_span.take_numbers()?)?.map(|(start, end)| Span { start, end });
        let dense = self.dense.take_list()?;
        check_finite("dense", &dense)?;
        let lexical = SparseVector { indices: self.lexical_indices.take_numbers()?, values: self.lexical_values.take_list()? };
        check_sparse(&lexical)?;
        let chunk = Chunk { id, ordinal, span, text, heading_path, pages, table_header: header };
        Ok(ChunkRow { document, chunk, table_header, dense, lexical })
    }
}

fn pair<N: Copy>(column: &'static str, list: &[N]) -> Result<Option<(N, N)>, Fault> {
    match list {
        [] => Ok(None),
        [first, second] => Ok(Some((*first, *second))),
        _ => Err(Fault::new(column, Problem::Length { found: list.len(), expected: 2 })),
    }
}

fn check_finite(column: &'static str, values: &[f32]) -> Result<(), Fault> {
    match values.iter().enumerate().find(|(_, value)| !value.is_finite()) {
        Some((position, value)) => Err(Fault::new(column, Problem::NotFinite { position, value: *value })),
        None => Ok(()),
    }
}

fn check_sparse(vector: &SparseVector) -> Result<(), Fault> {
    let SparseVector { indices, values } = vector;
    check_finite("lexical_values", values)?;
    if indices.len() != values.len() {
        return Err(Fault::new("lexical_values", Problem::Length { found: values.len(), expected: indices.len() }));
    }
    let mut sorted = indices.clone();
    sorted.sort_unstable();
    match sorted.iter().zip(sorted.iter().skip(1)).find(|(one, next)| one == next) {
        Some((index, _)) => Err(Fault::new("lexical_indices", Problem::Repeated { index: *index })),
        None => Ok(()),
    }
}
