//! Candidates become hits: payload, relevance, highlights.

use std::collections::HashMap;
use std::sync::Arc;

use ragstone_core::{ChunkId, Hit, Language, LexicalEncoder, ScoredChunk, SparseVector};

use crate::relevance::{RelevanceBounds, TermRarity};
use crate::{Fused, Highlighter};

/// Knows a query well enough to say which passages have its words.
pub(crate) struct Judge {
    pub(crate) encoder: Arc<dyn LexicalEncoder>,
    pub(crate) query: String,
    pub(crate) rarity: TermRarity,
    pub(crate) bounds: RelevanceBounds,
    /// Whether the embedding model reads the query, so that a similarity with it means something.
    pub(crate) is_readable: bool,
}

/// A query as passages of one language would have written it.
struct InLanguage<'encoder> {
    terms: SparseVector,
    highlighter: Highlighter<'encoder>,
}

impl Judge {
    /// Makes hits of chunks, in the order of `fused`; a chunk that is no longer stored is left out.
    ///
    /// Analyses every word of every chunk: for a blocking thread.
    pub(crate) fn hits(&self, fused: &[Fused], chunks: Vec<ScoredChunk>) -> Vec<Hit> {
        let mut chunks: HashMap<ChunkId, ScoredChunk> = chunks.into_iter().map(|chunk| (chunk.chunk.id, chunk)).collect();
        let mut languages = HashMap::new();
        let mut hits = Vec::with_capacity(fused.len());
        for candidate in fused {
            let Some(chunk) = chunks.remove(&candidate.id) else { continue };
            let language = chunk.head.language.clone();
            let query = languages.entry(language).or_insert_with_key(|language| self.in_language(language));
            hits.push(self.hit(hits.len() + 1, candidate, chunk, query));
        }
        hits
    }

    fn hit(&self, rank: usize, candidate: &Fused, found: ScoredChunk, query: &mut InLanguage<'_>) -> Hit {
        let ScoredChunk { chunk, head } = found;
        let similarity = candidate.dense.map(|dense| dense.score).filter(|_| self.is_readable);
        let passage = self.encoder.encode_passage(&with_headings(&chunk.text, &chunk.heading_path, &head.title), &head.language);
        let coverage = self.rarity.coverage(&query.terms, &passage);
        Hit {
            rank,
            score: candidate.score,
            dense: candidate.dense,
            lexical: candidate.lexical,
            relevance: self.bounds.judge(similarity, coverage),
            highlights: query.highlighter.highlight(&chunk.text),
            chunk,
            document: head,
        }
    }

    fn in_language(&self, language: &Language) -> InLanguage<'_> {
        let terms = self.encoder.encode_query(&self.query, std::slice::from_ref(language));
        let highlighter = Highlighter::new(self.encoder.as_ref(), language.clone(), &self.query, &terms);
        InLanguage { terms, highlighter }
    }
}

fn with_headings(text: &str, headings: &[String], title: &str) -> String {
    let above = std::iter::once(title).chain(headings.iter().map(String::as_str));
    above.chain(std::iter::once(text)).collect::<Vec<_>>().join("\n")
}
