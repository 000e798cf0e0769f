//! What the suite stores.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::{
    Chunk, ChunkId, DocumentHead, DocumentId, EmbeddedChunk, Fields, Filter, IndexName, Language, PageRange, Revision, Scored,
    SparseVector, Thoroughness, VectorQuery, VectorStore, WhichVector,
};

/// The dimension of the suite's dense vectors.
pub(super) const DIMENSION: usize = 4;

/// The name of an index.
pub fn name(text: &str) -> IndexName {
    text.parse().unwrap()
}

/// A head for a document from `source`, with plain values.
pub fn document(source: &str) -> DocumentHead {
    DocumentHead {
        id: DocumentId::from_source(source),
        source: source.to_owned(),
        title: format!("About {source}"),
        media_type: "text/markdown".to_owned(),
        language: Language::new("english"),
        tags: Vec::new(),
        modified_at: DateTime::<Utc>::UNIX_EPOCH,
        fields: Fields::new(),
        revision: Revision::of(&[source.as_bytes()]),
    }
}

/// The `ordinal`-th chunk of a document, with these vectors.
pub fn embed(head: &DocumentHead, ordinal: u32, dense: Vec<f32>, lexical: &[(u32, f32)]) -> EmbeddedChunk {
    let text = format!("Chunk {ordinal} of {}. 第一段。", head.source);
    let chunk = Chunk {
        id: ChunkId::from_content(head.id, &text, ordinal),
        ordinal,
        span: (10..10 + text.len()).into(),
        text,
        heading_path: vec!["Guide".to_owned(), "\"Quoted\" & more".to_owned()],
        pages: Some(PageRange { first: ordinal + 1, last: ordinal + 2 }),
        table_header: Some("| Größe | 文 |".to_owned()),
    };
    let (indices, values) = lexical.iter().copied().unzip();
    EmbeddedChunk { chunk, head: Arc::new(head.clone()), dense, lexical: SparseVector { indices, values } }
}

pub(super) fn dense(vector: [f32; DIMENSION], limit: usize) -> VectorQuery {
    VectorQuery { vector: WhichVector::Dense(vector.to_vec()), filter: None, among: None, limit, thoroughness: Thoroughness::Configured }
}

pub(super) fn lexical(terms: &[u32], limit: usize) -> VectorQuery {
    let vector = SparseVector { indices: terms.to_vec(), values: vec![1.0; terms.len()] };
    VectorQuery { vector: WhichVector::Lexical(vector), filter: None, among: None, limit, thoroughness: Thoroughness::Configured }
}

pub(super) fn filtered(filter: Filter) -> VectorQuery {
    VectorQuery { filter: Some(filter), ..dense([1.0, 0.0, 0.0, 0.0], 1000) }
}

/// The one list that one query gives.
pub(super) async fn search(store: &impl VectorStore, collection: &IndexName, query: VectorQuery) -> Vec<Scored> {
    let mut lists = store.search(collection, vec![query]).await.unwrap();
    assert_eq!(lists.len(), 1, "one list for one query");
    lists.remove(0)
}

pub(super) fn ids(list: &[Scored]) -> Vec<ChunkId> {
    list.iter().map(|scored| scored.id).collect()
}
