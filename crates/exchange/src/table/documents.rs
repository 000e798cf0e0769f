//! The table of documents: all that the catalog has of them, in the order of their ids, copies after their originals.

use chrono::{DateTime, Utc};
use parquet::data_type::{ByteArrayType, Int32Type, Int64Type};
use ragstone_core::{
    ChunkId, ChunkRecord, ContentHash, Document, DocumentHead, DocumentId, DocumentRecord, Fields, Language, Markup, Revision, Span,
};
use serde::{Deserialize, Serialize};

use super::column::{AnyColumn, Column, Declaration, Kind, Packing, Shape};
use super::{Fault, Table, fields};
use crate::problem::Problem;

/// How much of a time is in its own column, to the microsecond; the rest is in a second one.
const NANOSECONDS_PER_MICROSECOND: u32 = 1_000;

/// A document, as it is in the table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DocumentRow {
    /// The record; its chunks are here only if it is a copy, which has none in the table of chunks.
    pub(crate) record: DocumentRecord,
    /// How many chunks it has in the table of chunks.
    pub(crate) chunks: u64,
}

/// A chunk that is not in the table of chunks.
#[derive(Serialize, Deserialize)]
struct UnstoredChunk {
    id: ChunkId,
    start: usize,
    end: usize,
    heading_path: Vec<String>,
    table_header: Option<Span>,
}

/// Some rows of the table.
pub(crate) struct Documents {
    id: Column<ByteArrayType>,
    source: Column<ByteArrayType>,
    title: Column<ByteArrayType>,
    media_type: Column<ByteArrayType>,
    language: Column<ByteArrayType>,
    tags: Column<ByteArrayType>,
    fields: Column<ByteArrayType>,
    modified_at: Column<Int64Type>,
    modified_at_nanoseconds: Column<Int32Type>,
    revision: Column<ByteArrayType>,
    content: Column<ByteArrayType>,
    markup: Column<ByteArrayType>,
    text: Column<ByteArrayType>,
    pages: Column<ByteArrayType>,
    quality: Column<ByteArrayType>,
    validator: Column<ByteArrayType>,
    same_as: Column<ByteArrayType>,
    indexed_at: Column<Int64Type>,
    chunks: Column<Int64Type>,
    unstored_chunks: Column<ByteArrayType>,
}

impl Default for Documents {
    fn default() -> Self {
        use Kind::{Text, Time, Unsigned32, Unsigned64};
        use Packing::{Dictionary, Plain};
        use Shape::{List, One, Optional};
        let declare = |name, kind, shape, packing| Declaration { name, kind, shape, packing };
        Self {
            id: Column::new(declare("id", Text, One, Plain)),
            source: Column::new(declare("source", Text, One, Plain)),
            title: Column::new(declare("title", Text, One, Plain)),
            media_type: Column::new(declare("media_type", Text, One, Dictionary)),
            language: Column::new(declare("language", Text, One, Dictionary)),
            tags: Column::new(declare("tags", Text, List, Dictionary)),
            fields: Column::new(declare("fields", Text, One, Dictionary)),
            modified_at: Column::new(declare("modified_at", Time, One, Plain)),
            modified_at_nanoseconds: Column::new(declare("modified_at_nanoseconds", Unsigned32, One, Dictionary)),
            revision: Column::new(declare("revision", Text, One, Plain)),
            content: Column::new(declare("content", Text, One, Plain)),
            markup: Column::new(declare("markup", Text, One, Dictionary)),
            text: Column::new(declare("text", Text, One, Plain)),
            pages: Column::new(declare("pages", Text, One, Dictionary)),
            quality: Column::new(declare("quality", Text, One, Dictionary)),
            validator: Column::new(declare("validator", Text, Optional, Plain)),
            same_as: Column::new(declare("same_as", Text, Optional, Plain)),
            indexed_at: Column::new(declare("indexed_at", Time, Optional, Plain)),
            chunks: Column::new(declare("chunks", Unsigned64, One, Dictionary)),
            unstored_chunks: Column::new(declare("unstored_chunks", Text, Optional, Plain)),
        }
    }
}

impl Table for Documents {
    type Row = DocumentRow;

    const FOLDER: &'static str = "documents";

    fn columns(&mut self) -> Vec<&mut dyn AnyColumn> {
        vec![
            &mut self.id,
            &mut self.source,
            &mut self.title,
            &mut self.media_type,
            &mut self.language,
            &mut self.tags,
            &mut self.fields,
            &mut self.modified_at,
            &mut self.modified_at_nanoseconds,
            &mut self.revision,
            &mut self.content,
            &mut self.markup,
            &mut self.text,
            &mut self.pages,
            &mut self.quality,
            &mut self.validator,
            &mut self.same_as,
            &mut self.indexed_at,
            &mut self.chunks,
            &mut self.unstored_chunks,
        ]
    }

    fn push(&mut self, row: &DocumentRow) -> Result<(), Fault> {
        let DocumentRecord { document, chunks, content, same_as, validator, indexed_at } = &row.record;
        let Document { head, text, markup, pages, quality } = document;
        self.id.push_text(&head.id.to_string());
        self.source.push_text(&head.source);
        self.title.push_text(&head.title);
        self.media_type.push_text(&head.media_type);
        self.language.push_text(head.language.as_str());
        self.tags.push_texts(&head.tags);
        self.fields.push_json(&head.fields)?;
        let (microseconds, nanoseconds) = split(head.modified_at);
        self.modified_at.push(microseconds);
        self.modified_at_nanoseconds.push_number(nanoseconds);
        self.revision.push_text(head.revision.as_str());
        self.content.push_text(content.as_str());
        self.markup.push_text(word(*markup));
        self.text.push_text(text);
        self.pages.push_json(pages)?;
        self.quality.push_json(quality)?;
        self.validator.push_optional_text(validator.as_deref());
        self.same_as.push_optional_text(same_as.map(|original| original.to_string()).as_deref());
        self.indexed_at.push_optional(indexed_at.map(|time| time.timestamp_micros()));
        self.chunks.push_number(usize::try_from(row.chunks).map_err(|_| self.chunks.out_of_range(row.chunks.into()))?)?;
        let unstored: Vec<_> = chunks.iter().map(UnstoredChunk::from).collect();
        self.unstored_chunks.push_optional_json((!unstored.is_empty()).then_some(&unstored))
    }

    fn take(&mut self) -> Result<DocumentRow, Fault> {
        let head = DocumentHead {
            id: self.id.take_id()?,
            source: self.source.take_text()?,
            title: self.title.take_text()?,
            media_type: self.media_type.take_text()?,
            language: Language::new(self.language.take_text()?),
            tags: self.tags.take_texts()?,
            fields: self.take_fields()?,
            modified_at: self.take_modified_at()?,
            revision: Revision::from_stored(self.revision.take_text()?),
        };
        let content = ContentHash::from_stored(self.content.take_text()?);
        let markup = self.markup.take_text()?;
        let markup = markup_of(&markup).ok_or_else(|| self.markup.fault(Problem::UnknownWord { text: markup, known: MARKUPS }))?;
        let text = self.text.take_text()?;
        let document = Document { head, text, markup, pages: self.pages.take_json()?, quality: self.quality.take_json()? };
        let validator = self.validator.take_optional_text()?;
        let same_as = self.same_as.take_optional_id::<DocumentId>()?;
        let indexed_at = self.indexed_at.take_optional()?.and_then(DateTime::from_timestamp_micros);
        let chunks: usize = self.chunks.take_number()?;
        let unstored: Option<Vec<UnstoredChunk>> = self.unstored_chunks.take_optional_json()?;
        let unstored = unstored.unwrap_or_default().into_iter().map(ChunkRecord::from).collect();
        let record = DocumentRecord { document, chunks: unstored, content, same_as, validator, indexed_at };
        Ok(DocumentRow { record, chunks: chunks as u64 })
    }
}

impl Documents {
    fn take_fields(&mut self) -> Result<Fields, Fault> {
        let json = self.fields.take_text()?;
        fields::parse(&json).map_err(|error| self.fields.fault(error))
    }

    fn take_modified_at(&mut self) -> Result<DateTime<Utc>, Fault> {
        let (microseconds, nanoseconds) = (self.modified_at.take()?, self.modified_at_nanoseconds.take_number()?);
        joined(microseconds, nanoseconds).ok_or_else(|| self.modified_at.out_of_range(microseconds.into()))
    }
}

/// A time as microseconds and the rest of nanoseconds. A leap second is all in the rest.
fn split(time: DateTime<Utc>) -> (i64, u32) {
    let within = time.timestamp_subsec_nanos();
    let microseconds = (within / NANOSECONDS_PER_MICROSECOND).min(999_999);
    (time.timestamp() * 1_000_000 + i64::from(microseconds), within - microseconds * NANOSECONDS_PER_MICROSECOND)
}

fn joined(microseconds: i64, rest: u32) -> Option<DateTime<Utc>> {
    let within = u32::try_from(microseconds.rem_euclid(1_000_000)).ok()?;
    DateTime::from_timestamp(microseconds.div_euclid(1_000_000), (within * NANOSECONDS_PER_MICROSECOND).checked_add(rest)?)
}

const MARKUPS: &str = "`plain`, `markdown`, `code`";

fn word(markup: Markup) -> &'static str {
    match markup {
        Markup::Plain => "plain",
        Markup::Markdown => "markdown",
        Markup::Code => "code",
    }
}

fn markup_of(text: &str) -> Option<Markup> {
    [Markup::Plain, Markup::Markdown, Markup::Code].into_iter().find(|markup| word(*markup) == text)
}

impl From<&ChunkRecord> for UnstoredChunk {
    fn from(record: &ChunkRecord) -> Self {
        let ChunkRecord { id, span, heading_path, table_header } = record;
        Self { id: *id, start: span.start, end: span.end, heading_path: heading_path.clone(), table_header: *table_header }
    }
}

impl From<UnstoredChunk> for ChunkRecord {
    fn from(chunk: UnstoredChunk) -> Self {
        let UnstoredChunk { id, start, end, heading_path, table_header } = chunk;
        Self { id, span: Span { start, end }, heading_path, table_header }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_exact() {
        for text in [
            "1970-01-01T00:00:00Z",
            "2026-11-28T09:00:00.123456789Z",
            "1815-12-10T23:59:59.999999999Z",
            "0001-01-01T00:00:00.000000001Z",
            "2016-12-31T23:59:60.5Z",
        ] {
            let time: DateTime<Utc> = text.parse().unwrap();
            let (microseconds, rest) = split(time);
            assert_eq!(joined(microseconds, rest), Some(time), "{text}");
        }
        assert_eq!(split("2026-11-28T09:00:00.123456789Z".parse().unwrap()).1, 789);
        assert_eq!(joined(i64::MAX, 0), None);
        assert_eq!(joined(0, u32::MAX), None);
    }
}
