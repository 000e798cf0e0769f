//! What is shown of a list that several wordings made: the same choice as of the list of one search, and as much of each passage.

use std::collections::HashMap;
use std::sync::Arc;

use ragstone_core::{ChunkId, CollectionName, Hit, LexicalEncoder, Result, ScoredChunk, Span};

use super::OfWording;
use crate::candidates::{Candidate, Read, parts};
use crate::expansion::{Shown, expand};
use crate::selection::{Selection, by_document};
use crate::{Grouping, Highlighter, RetrieveConfig, Retriever};

impl Retriever {
    /// Leaves out what repeats or is too much of one document, groups, and shows larger passages, as the settings say.
    pub(super) async fn present(
        &self,
        collection: &CollectionName,
        config: &RetrieveConfig,
        limit: usize,
        found: Vec<OfWording>,
    ) -> Result<Vec<Hit>> {
        let (encoder, settings) = (Arc::clone(&self.lexical), config.clone());
        let choosing = self.analyse(move || (choose(&found, &settings, limit, encoder.as_ref()), found));
        let (chosen, found) = choosing.await?;
        let shown = expand(self.catalog.as_ref(), collection, chosen, config.expand).await?;

        let mut found: HashMap<ChunkId, OfWording> = found.into_iter().map(|found| (found.hit.chunk.id, found)).collect();
        let encoder = Arc::clone(&self.lexical);
        let showing = self.analyse(move || {
            let mut presented = Vec::with_capacity(shown.len());
            for Shown { read, passage } in shown {
                let Some(OfWording { mut hit, text }) = found.remove(&read.candidate.id) else { continue };
                hit.rank = presented.len() + 1;
                if let Some(larger) = passage {
                    hit.found = Some(larger.replace(&mut hit.chunk));
                    hit.highlights = highlights(&text, &hit, encoder.as_ref());
                }
                presented.push(hit);
            }
            presented
        });
        showing.await
    }
}

fn choose(found: &[OfWording], config: &RetrieveConfig, limit: usize, encoder: &dyn LexicalEncoder) -> Vec<Read> {
    let mut selection = Selection::new(config, limit);
    let mut chosen = Vec::new();
    for OfWording { hit, .. } in found {
        let passage = ScoredChunk { chunk: hit.chunk.clone(), head: hit.document.clone() };
        let terms = encoder.encode_passage(&parts(&passage).collect::<Vec<_>>().join("\n"), &passage.head.language);
        if selection.take(&passage, &terms).is_ok() {
            chosen.push(Read { candidate: Candidate::unscored(hit.chunk.id), passage, terms });
        }
        if selection.is_full() {
            break;
        }
    }
    if config.group == Grouping::Document {
        by_document(&mut chosen);
    }
    chosen
}

fn highlights(query: &str, hit: &Hit, encoder: &dyn LexicalEncoder) -> Vec<Span> {
    let language = &hit.document.language;
    let terms = encoder.encode_query(query, std::slice::from_ref(language));
    Highlighter::new(encoder, language.clone(), query, &terms).highlight(&hit.chunk.text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::Library;
    use crate::{Combined, RetrieveConfig, SearchRequest, Wording, WordingKind};

    async fn library() -> Library {
        let library = Library::empty(RetrieveConfig::default()).await;
        library.add("cars", &["The car has an engine", "A car is a vehicle", "The car drives on", "No car flies"]).await;
        library.add("copy", &["the car has an engine!"]).await;
        library.add("bakery", &["The flour is wet", "Dough rises in the car", "Bread is baked"]).await;
        library
    }

    async fn search(library: &Library, wordings: &[&str], options: serde_json::Value) -> Combined {
        let request = SearchRequest { options: serde_json::from_value(options).unwrap(), ..SearchRequest::new(wordings[0]) };
        let wording = |(place, text): (usize, &&str)| Wording {
            text: (*text).to_owned(),
            kind: if place == 0 { WordingKind::Question } else { WordingKind::Part },
        };
        let wordings = wordings.iter().enumerate().map(wording).collect();
        library.retriever.search_wordings(&library.collection, &request, wordings).await.unwrap()
    }

    fn sources(found: &Combined) -> Vec<&str> {
        found.response.hits.iter().map(|hit| hit.document.source.as_str()).collect()
    }

    const BOTH: [&str; 2] = ["car engine", "flour dough"];

    #[tokio::test]
    async fn a_single_wording_is_a_search_like_any_other() {
        let library = library().await;
        let options = json!({"group": "document", "max_per_document": 2, "expand": "neighbours"});
        let request = SearchRequest { options: serde_json::from_value(options.clone()).unwrap(), ..SearchRequest::new("car engine") };
        let (plain, worded) = (library.search(&request).await, search(&library, &["car engine"], options).await);
        assert_eq!((&worded.response.hits, &worded.response.groups), (&plain.hits, &plain.groups));
        assert_eq!(worded.wordings[0].found.len(), plain.hits.len());
    }

    #[tokio::test]
    async fn the_one_list_is_chosen_from_as_a_single_one() {
        let library = library().await;
        let plain = search(&library, &BOTH, json!({})).await;
        assert_eq!(sources(&plain).iter().filter(|source| ["cars", "copy"].contains(source)).count(), 4, "{:?}", sources(&plain));

        let capped = search(&library, &BOTH, json!({"max_per_document": 1, "duplicate_overlap": 0})).await;
        let mut found = sources(&capped);
        found.sort_unstable();
        assert_eq!(found, ["bakery", "cars", "copy"]);

        let grouped = search(&library, &BOTH, json!({"group": "document", "limit": 2})).await;
        assert_eq!(grouped.response.groups.len(), 2);
        let ranks: Vec<usize> = grouped.response.groups.iter().flat_map(|group| group.hits.clone()).collect();
        assert_eq!(ranks, (1..=grouped.response.hits.len()).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn passages_grow_once() {
        let library = library().await;
        let grown = search(&library, &BOTH, json!({"expand": "section"})).await;
        let mut found = sources(&grown);
        found.sort_unstable();
        assert_eq!(found, ["bakery", "cars"]);
        for hit in &grown.response.hits {
            assert!(hit.found.is_some() && !hit.highlights.is_empty(), "{hit:?}");
            let fits = hit.highlights.iter().all(|span| span.of(&hit.chunk.text).is_some());
            assert!(fits, "{hit:?}");
        }
        let reported = grown.wordings.iter().flat_map(|wording| &wording.found).map(|found| found.chunk);
        assert!(reported.into_iter().all(|chunk| grown.response.hits.iter().any(|hit| hit.chunk.id == chunk)));
    }
}
