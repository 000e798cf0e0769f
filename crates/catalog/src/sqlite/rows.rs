//! Between columns and the vocabulary. What cannot be read back is a decoding error: the file is damaged.

use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, Utc};
use ragstone_core::{
    BoxError, ChunkId, ChunkRecord, CollectionName, CollectionSpec, DocumentHead, DocumentId, DocumentSummary, Language, Revision, Span,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

pub(super) fn collection(row: &SqliteRow) -> sqlx::Result<CollectionSpec> {
    Ok(CollectionSpec {
        name: parsed::<CollectionName>(row, "name")?,
        embedding: json(row, "embedding")?,
        created_at: parsed(row, "created_at")?,
    })
}

pub(super) fn head(row: &SqliteRow) -> sqlx::Result<DocumentHead> {
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

pub(super) fn summary(row: &SqliteRow) -> sqlx::Result<DocumentSummary> {
    Ok(DocumentSummary {
        head: head(row)?,
        text_bytes: count(row, "text_bytes")?,
        chunks: count(row, "chunk_count")?,
        indexed_at: indexed_at(row)?,
    })
}

pub(super) fn chunk(row: &SqliteRow) -> sqlx::Result<ChunkRecord> {
    let span = Span { start: count(row, "span_start")?, end: count(row, "span_end")? };
    Ok(ChunkRecord { id: parsed::<ChunkId>(row, "id")?, span, heading_path: json(row, "heading_path")? })
}

pub(super) fn document_id(row: &SqliteRow, column: &str) -> sqlx::Result<DocumentId> {
    parsed(row, column)
}

pub(super) fn chunk_id(row: &SqliteRow) -> sqlx::Result<ChunkId> {
    parsed(row, "id")
}

pub(super) fn revision(row: &SqliteRow) -> sqlx::Result<Revision> {
    Ok(Revision::from_stored(row.try_get("revision")?))
}

pub(super) fn indexed_at(row: &SqliteRow) -> sqlx::Result<Option<DateTime<Utc>>> {
    let text: Option<String> = row.try_get("indexed_at")?;
    text.map(|text| text.parse().map_err(decoding("indexed_at"))).transpose()
}

/// A count or an offset; SQL has no unsigned numbers.
pub(super) fn count<T: TryFrom<i64, Error: Into<BoxError>>>(row: &SqliteRow, column: &str) -> sqlx::Result<T> {
    row.try_get::<i64, _>(column)?.try_into().map_err(decoding(column))
}

/// The other way: nothing that fits in memory is longer than this can say.
pub(super) fn signed(value: impl TryInto<i64>) -> i64 {
    value.try_into().unwrap_or(i64::MAX)
}

/// A time as it is written: of fixed width, so that it sorts as text.
pub(super) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Nanos, true)
}

/// A list or a map as it is written.
pub(super) fn to_json(value: &impl Serialize) -> sqlx::Result<String> {
    serde_json::to_string(value).map_err(|source| sqlx::Error::Encode(source.into()))
}

fn json<T: DeserializeOwned>(row: &SqliteRow, column: &str) -> sqlx::Result<T> {
    serde_json::from_str(row.try_get(column)?).map_err(decoding(column))
}

fn parsed<T: FromStr<Err: Into<BoxError>>>(row: &SqliteRow, column: &str) -> sqlx::Result<T> {
    row.try_get::<&str, _>(column)?.parse().map_err(decoding(column))
}

fn decoding<E: Into<BoxError>>(column: &str) -> impl FnOnce(E) -> sqlx::Error {
    move |source| sqlx::Error::ColumnDecode { index: column.to_owned(), source: source.into() }
}
