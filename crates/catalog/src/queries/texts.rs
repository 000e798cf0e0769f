//! Texts as they are kept: compressed, and checked when they are read.

use std::sync::Arc;

use ragstone_core::DocumentRecord;
use sqlx::Row as _;
use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::CParameter;

use super::dialect::Row;
use super::rows;

/// Higher levels make prose a few percent smaller and take several times as long.
const LEVEL: i32 = 3;

/// A text as a row has it.
#[derive(Debug)]
pub(super) enum KeptText {
    /// Written before texts were compressed.
    Plain(String),
    /// One Zstandard frame, and how long its text is.
    Packed { frame: Vec<u8>, text_bytes: usize },
}

impl KeptText {
    /// Needs the columns `text`, `packed` and `text_bytes`.
    pub(super) fn from_row(row: &Row) -> sqlx::Result<Self> {
        match row.try_get::<Option<Vec<u8>>, _>("packed")? {
            Some(frame) => Ok(Self::Packed { frame, text_bytes: rows::count(row, "text_bytes")? }),
            None => Ok(Self::Plain(row.try_get("text")?)),
        }
    }
}

/// Compresses the text of each document, in order.
pub(super) async fn pack(documents: &[Arc<DocumentRecord>]) -> sqlx::Result<Vec<Vec<u8>>> {
    let documents = documents.to_vec();
    let pack = move || {
        let mut compressor = Compressor::new(LEVEL).map_err(encoding)?;
        compressor.set_parameter(CParameter::ChecksumFlag(true)).map_err(encoding)?;
        documents.iter().map(|record| compressor.compress(record.document.text.as_bytes()).map_err(encoding)).collect()
    };
    blocking(pack).await
}

/// Gives the texts back, in order; one that is damaged is a decoding error.
pub(super) async fn unpack(kept: Vec<KeptText>) -> sqlx::Result<Vec<String>> {
    let unpack = move || {
        let mut decompressor = Decompressor::new().map_err(rows::decoding("packed"))?;
        kept.into_iter().map(|text| unpack_one(&mut decompressor, text)).collect()
    };
    blocking(unpack).await
}

fn unpack_one(decompressor: &mut Decompressor<'_>, kept: KeptText) -> sqlx::Result<String> {
    let (frame, text_bytes) = match kept {
        KeptText::Plain(text) => return Ok(text),
        KeptText::Packed { frame, text_bytes } => (frame, text_bytes),
    };
    // Makes no more room than the text needs, whatever the frame says of itself.
    let text = decompressor.decompress(&frame, text_bytes).map_err(rows::decoding("packed"))?;
    if text.len() != text_bytes {
        return Err(rows::decoding("packed")(format!("the text has {} bytes and should have {text_bytes}", text.len())));
    }
    String::from_utf8(text).map_err(rows::decoding("packed"))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> sqlx::Result<T> + Send + 'static) -> sqlx::Result<T> {
    // It only fails to end when the runtime is shutting down.
    tokio::task::spawn_blocking(work).await.map_err(|_| sqlx::Error::WorkerCrashed)?
}

fn encoding(source: std::io::Error) -> sqlx::Error {
    sqlx::Error::Encode(source.into())
}
