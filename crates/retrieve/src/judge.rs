//! What was selected becomes hits: relevance, by what was found, and highlights, in what is shown.

use std::collections::HashMap;
use std::sync::Arc;

use ragstone_core::{Hit, Language, LexicalEncoder, ScoredChunk, SparseVector};

use crate::Highlighter;
use crate::candidates::Read;
use crate::expansion::Shown;
use crate::relevance::{RelevanceBounds, TermRarity};

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
    /// Makes hits of passages, in their order.
    ///
    /// Analyses every word of every passage: for a blocking thread.
    pub(crate) fn hits(&self, passages: Vec<Shown>) -> Vec<Hit> {
        let mut languages = HashMap::new();
        let mut hits = Vec::with_capacity(passages.len());
        for passage in passages {
            let language = passage.read.passage.head.language.clone();
            let query = languages.entry(language).or_insert_with_key(|language| self.in_language(language));
            hits.push(self.hit(hits.len() + 1, passage, query));
        }
        hits
    }

    fn hit(&self, rank: usize, shown: Shown, query: &mut InLanguage<'_>) -> Hit {
        let Shown { read: Read { candidate, passage: ScoredChunk { mut chunk, head }, terms }, passage: larger } = shown;
        let similarity = candidate.similarity.filter(|_| self.is_readable);
        let coverage = self.rarity.coverage(&query.terms, &terms);
        let found = larger.map(|larger| larger.replace(&mut chunk));
        Hit {
            rank,
            score: candidate.score,
            dense: candidate.dense,
            lexical: candidate.lexical,
            steps: candidate.steps,
            found,
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
