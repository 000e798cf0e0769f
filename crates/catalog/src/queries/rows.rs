//! Between columns and the vocabulary. What cannot be read back is a decoding error: the file is damaged.

use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, Utc};
use ragstone_core::{
    BoxError, ChunkId, ChunkRecord, CollectionName, CollectionSpec, ContentHash, Document, DocumentHead, DocumentId, DocumentRecord,
    DocumentSummary, Language, Markup, Page, Revision, Span,
};
use serde::Serialize;
use serde::de::value::{self, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};
use sqlx::Row as _;

use super::dialect::Row;

pub(super) fn collection(row: &Row) -> sqlx::Result<CollectionSpec> {
    Ok(CollectionSpec {
        name: parsed::<CollectionName>(row, "name")?,
        embedding: json(row, "embedding")?,
        generation: count(row, "generation")?,
        created_at: parsed(row, "created_at")?,
    })
}

pub(super) fn head(row: &Row) -> sqlx::Result<DocumentHead> {
    Ok(DocumentHead {
        id: parsed(row, "id")?,
        source: row.try_get("source")?,
        title: row.try_get("title")?,
        media_type: row.try_get("media_type")?,
        language: Language::new(row.try_get::<String, _>("language")?),
        tags: json(row, "tags")?,
        modified_at: parsed(row, "modified_at")?,
        fields: json(row, "fields")?,
        revision: revision(row)?,
    })
}

pub(super) fn summary(row: &Row) -> sqlx::Result<DocumentSummary> {
    Ok(DocumentSummary {
        head: head(row)?,
        text_bytes: count(row, "text_bytes")?,
        chunks: count(row, "chunk_count")?,
        pages: count(row, "page_count")?,
        warnings: count(row, "warning_count")?,
        same_as: optional(row, "same_as")?,
        indexed_at: indexed_at(row)?,
    })
}

pub(super) fn chunk(row: &Row) -> sqlx::Result<ChunkRecord> {
    let span = Span { start: count(row, "span_start")?, end: count(row, "span_end")? };
    let header: (Option<i64>, Option<i64>) = (row.try_get("table_header_start")?, row.try_get("table_header_end")?);
    let table_header = match header {
        (Some(_), Some(_)) => Some(Span { start: count(row, "table_header_start")?, end: count(row, "table_header_end")? }),
        _ => None,
    };
    Ok(ChunkRecord { id: parsed::<ChunkId>(row, "id")?, span, heading_path: json(row, "heading_path")?, table_header })
}

/// A document with its chunks, which are read apart, and its text, which is unpacked apart.
pub(super) fn record(row: &Row, text: String, chunks: Vec<ChunkRecord>) -> sqlx::Result<DocumentRecord> {
    let document = Document { head: head(row)?, text, markup: named(row, "markup")?, pages: pages(row)?, quality: json(row, "quality")? };
    Ok(DocumentRecord {
        document,
        chunks,
        content: content(row)?,
        same_as: optional(row, "same_as")?,
        validator: row.try_get("validator")?,
        indexed_at: indexed_at(row)?,
    })
}

/// As serde names it, and [`named`] reads it.
pub(super) fn markup_name(markup: Markup) -> &'static str {
    match markup {
        Markup::Plain => "plain",
        Markup::Markdown => "markdown",
        Markup::Code => "code",
    }
}

/// Three numbers each, for documents may have thousands.
pub(super) fn pages_to_json(pages: &[Page]) -> sqlx::Result<String> {
    let flat: Vec<u64> = pages.iter().flat_map(|page| [page.number.into(), page.span.start as u64, page.span.end as u64]).collect();
    to_json(&flat)
}

fn pages(row: &Row) -> sqlx::Result<Vec<Page>> {
    let flat: Vec<usize> = json(row, "pages")?;
    let (pages, rest) = flat.as_chunks::<3>();
    if !rest.is_empty() {
        return Err(decoding("pages")(format!("{} numbers are no pages of three each", flat.len())));
    }
    let page = |&[number, start, end]: &[usize; 3]| {
        let number = number.try_into().map_err(decoding("pages"))?;
        Ok(Page { number, span: Span { start, end } })
    };
    pages.iter().map(page).collect()
}

pub(super) fn content(row: &Row) -> sqlx::Result<ContentHash> {
    Ok(ContentHash::from_stored(row.try_get("content")?))
}

pub(super) fn document_id(row: &Row, column: &str) -> sqlx::Result<DocumentId> {
    parsed(row, column)
}

pub(super) fn chunk_id(row: &Row) -> sqlx::Result<ChunkId> {
    parsed(row, "id")
}

pub(super) fn revision(row: &Row) -> sqlx::Result<Revision> {
    Ok(Revision::from_stored(row.try_get("revision")?))
}

pub(super) fn indexed_at(row: &Row) -> sqlx::Result<Option<DateTime<Utc>>> {
    optional(row, "indexed_at")
}

/// A count or an offset; SQL has no unsigned numbers.
pub(super) fn count<T: TryFrom<i64, Error: Into<BoxError>>>(row: &Row, column: &str) -> sqlx::Result<T> {
    row.try_get::<i64, _>(column)?.try_into().map_err(decoding(column))
}

/// The other way: nothing that fits in memory is longer than this can say.
pub(super) fn signed(value: impl TryInto<i64>) -> i64 {
    value.try_into().unwrap_or(i64::MAX)
}

/// A time as it is written: of fixed width, so that it sorts as text.
pub(in super::super) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Nanos, true)
}

/// A list or a map as it is written.
pub(super) fn to_json(value: &impl Serialize) -> sqlx::Result<String> {
    serde_json::to_string(value).map_err(|source| sqlx::Error::Encode(source.into()))
}

pub(super) fn json<T: DeserializeOwned>(row: &Row, column: &str) -> sqlx::Result<T> {
    serde_json::from_str(row.try_get(column)?).map_err(decoding(column))
}

/// One of an enum's names.
pub(super) fn named<T: DeserializeOwned>(row: &Row, column: &str) -> sqlx::Result<T> {
    let name: StrDeserializer<'_, value::Error> = row.try_get::<&str, _>(column)?.into_deserializer();
    T::deserialize(name).map_err(decoding(column))
}

pub(super) fn parsed<T: FromStr<Err: Into<BoxError>>>(row: &Row, column: &str) -> sqlx::Result<T> {
    row.try_get::<&str, _>(column)?.parse().map_err(decoding(column))
}

pub(super) fn optional<T: FromStr<Err: Into<BoxError>>>(row: &Row, column: &str) -> sqlx::Result<Option<T>> {
    row.try_get::<Option<&str>, _>(column)?.map(|text| text.parse().map_err(decoding(column))).transpose()
}

pub(super) fn decoding<E: Into<BoxError>>(column: &str) -> impl FnOnce(E) -> sqlx::Error {
    move |source| sqlx::Error::ColumnDecode { index: column.to_owned(), source: source.into() }
}
