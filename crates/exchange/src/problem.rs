//! What can be wrong with one value of a table.

use ragstone_core::{ChunkId, DocumentId};

/// What is wrong with a value.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// Nothing is there.
    #[error("there is no value")]
    Null,
    /// Bytes are no text.
    #[error("is not valid UTF-8")]
    NotText,
    /// A text is no id.
    #[error("`{text}` is not an id")]
    NotAnId {
        /// The text.
        text: String,
    },
    /// A text is none of the words that may stand there.
    #[error("`{text}` is not one of {known}")]
    UnknownWord {
        /// The text.
        text: String,
        /// The words.
        known: &'static str,
    },
    /// A text is not the JSON that should stand there.
    #[error("is not the JSON that should be here: {0}")]
    Json(#[from] serde_json::Error),
    /// A number is out of the range of what it counts.
    #[error("{number} is out of range")]
    OutOfRange {
        /// The number.
        number: i128,
    },
    /// A list has a wrong length.
    #[error("has {found} values, wanted are {expected}")]
    Length {
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// A number is infinite or none.
    #[error("value {position} is {value}, which is no finite number")]
    NotFinite {
        /// Its place in the list.
        position: usize,
        /// What is there.
        value: f32,
    },
    /// A sparse vector names a dimension twice.
    #[error("{index} is there twice")]
    Repeated {
        /// The dimension.
        index: u32,
    },
    /// A document's id does not belong to its source.
    #[error("{found} is not the id of `{source_name}`, which is {expected}")]
    ForeignId {
        /// The id that is there.
        found: DocumentId,
        /// The source.
        source_name: String,
        /// Its id.
        expected: DocumentId,
    },
    /// A row is not where the order of the table wants it.
    #[error("{id} is out of order: documents are in the order of their ids, each followed by its copies in theirs")]
    OutOfOrder {
        /// The document.
        id: DocumentId,
    },
    /// A copy does not follow what it is a copy of.
    #[error("{original} is not the document before it that is no copy")]
    NotItsCopy {
        /// What it says it is a copy of.
        original: DocumentId,
    },
    /// A copy has chunks of its own.
    #[error("is a copy and has {chunks} chunks of its own: a copy has none")]
    CopyWithChunks {
        /// How many.
        chunks: u64,
    },
    /// A document that is no copy has chunks that are not in the table of chunks.
    #[error("only a copy has chunks that are not in the table of chunks")]
    NotACopy,
    /// A chunk belongs to another document than the one whose turn it is.
    #[error(
        "the chunk belongs to {found}, next should be those of {expected}: chunks are in the order of their documents, none is missing"
    )]
    ForeignChunk {
        /// Whose it says it is.
        found: DocumentId,
        /// Whose it should be.
        expected: DocumentId,
    },
    /// Chunks are left when all documents have theirs.
    #[error("the chunk belongs to {found}, which is not among the documents or has all of its chunks")]
    LeftOver {
        /// Whose it says it is.
        found: DocumentId,
    },
    /// A document has more chunks than there are.
    #[error("{chunks} chunks belong to the document, the table of chunks ends before")]
    TooFewChunks {
        /// How many.
        chunks: u64,
    },
    /// A chunk is there twice.
    #[error("{id} is there twice")]
    RepeatedChunk {
        /// The chunk.
        id: ChunkId,
    },
    /// A chunk has the wrong place among its document's chunks.
    #[error("is {found}, the document's next chunk is {expected}")]
    Ordinal {
        /// What is there.
        found: u32,
        /// What should be.
        expected: u32,
    },
    /// A text is not what its document has in that place.
    #[error("is not what the document's text has there")]
    NotInDocument,
}
