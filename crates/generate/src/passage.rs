//! A passage that an answer may rest on.

use std::ops::Range;

use ragstone_core::{Chunk, DocumentHead, Hit, Span};

use crate::Citation;

/// A relevant hit under the number that answers cite it by.
#[derive(Debug, Clone)]
pub(crate) struct Passage {
    /// From 1.
    pub(crate) number: usize,
    /// Its document.
    pub(crate) document: DocumentHead,
    /// What was found; `text` may have been cut at its end to fit the prompt.
    pub(crate) chunk: Chunk,
}

impl Passage {
    /// Cites a range of the passage's text.
    pub(crate) fn cite(&self, range: Range<usize>) -> Citation {
        let start = self.chunk.span.start;
        Citation {
            number: self.number,
            chunk: self.chunk.id,
            document: self.document.id,
            source: self.document.source.clone(),
            title: self.document.title.clone(),
            heading_path: self.chunk.heading_path.clone(),
            pages: self.chunk.pages,
            quote: self.chunk.text.get(range.clone()).unwrap_or_default().to_owned(),
            span: Span { start: start + range.start, end: start + range.end },
        }
    }

    /// Cites the whole passage.
    pub(crate) fn cite_whole(&self) -> Citation {
        self.cite(0..self.chunk.text.len())
    }
}

/// The first `limit` hits that the retriever judged relevant, numbered.
pub(crate) fn relevant_passages(hits: Vec<Hit>, limit: usize) -> Vec<Passage> {
    let relevant = hits.into_iter().filter(|hit| hit.relevance.relevant).take(limit);
    relevant.zip(1..).map(|(hit, number)| Passage { number, document: hit.document, chunk: hit.chunk }).collect()
}
