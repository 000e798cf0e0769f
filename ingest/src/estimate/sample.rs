//! A few chunks that stand for all.

use std::collections::BTreeMap;
use std::time::Instant;

use ragstone_core::{ChunkId, Embedder, Language, LexicalEncoder, Result};

/// So many chunks are embedded to measure the model's speed.
const CHUNKS: usize = 64;

/// So many before, which are not timed: the first ones of a process take longer.
const WARM_UP: usize = 4;

/// The chunks with the lowest ids. Ids are hashes, so that any chunk is as likely as any other, and no two runs differ.
#[derive(Default)]
pub(crate) struct Sample(BTreeMap<ChunkId, Candidate>);

struct Candidate {
    text: String,
    language: Language,
}

impl Sample {
    /// Takes a chunk, if its id is among the lowest.
    pub(crate) fn offer(&mut self, id: ChunkId, text: String, language: &Language) {
        if self.0.len() >= CHUNKS && self.0.last_key_value().is_some_and(|(highest, _)| *highest <= id) {
            return;
        }
        self.0.insert(id, Candidate { text, language: language.clone() });
        if self.0.len() > CHUNKS {
            self.0.pop_last();
        }
    }

    /// Takes the chunks of another sample.
    pub(super) fn merge(&mut self, other: Self) {
        for (id, candidate) in other.0 {
            self.offer(id, candidate.text, &candidate.language);
        }
    }

    /// How many different words a chunk has.
    pub(crate) fn mean_words(&self, encoder: &dyn LexicalEncoder) -> f64 {
        let words = self.0.values().map(|candidate| encoder.encode_passage(&candidate.text, &candidate.language).indices.len());
        words.sum::<usize>() as f64 / self.0.len().max(1) as f64
    }

    /// How fast the model embeds them; nothing without chunks.
    pub(crate) async fn tokens_per_second(self, embedder: &dyn Embedder) -> Result<Option<f64>> {
        let texts: Vec<String> = self.0.into_values().map(|candidate| candidate.text).collect();
        let tokens: usize = texts.iter().map(|text| embedder.count_tokens(text)).sum();
        if tokens == 0 {
            return Ok(None);
        }
        embedder.embed_passages(texts.iter().take(WARM_UP).cloned().collect()).await?;
        let started = Instant::now();
        embedder.embed_passages(texts).await?;
        Ok(Some(tokens as f64 / started.elapsed().as_secs_f64().max(f64::EPSILON)))
    }
}

#[cfg(test)]
mod tests {
    use ragstone_core::DocumentId;

    use super::*;

    #[test]
    fn a_sample_is_the_same_in_any_order() {
        let document = DocumentId::from_source("/a");
        let ids: Vec<ChunkId> = (0..500).map(|number| ChunkId::from_content(document, "text", number)).collect();
        let (mut forwards, mut first, mut second) = (Sample::default(), Sample::default(), Sample::default());
        for (number, id) in ids.iter().enumerate() {
            forwards.offer(*id, "text".to_owned(), &Language::unknown());
            let half = if number % 2 == 0 { &mut first } else { &mut second };
            half.offer(*id, "text".to_owned(), &Language::unknown());
        }
        second.merge(first);
        assert_eq!(forwards.0.len(), CHUNKS);
        assert!(forwards.0.keys().eq(second.0.keys()));
    }
}
