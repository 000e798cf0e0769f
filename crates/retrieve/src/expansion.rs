//! A small chunk is found best, a larger passage is read best: hits are shown with what stands around them.
//!
//! A hit's chunk keeps its id; its span, its text and its pages become those of the larger passage, of which it still holds that
//! `document.text[chunk.span] == chunk.text`.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use ragstone_core::{Catalog, Chunk, ChunkId, ChunkRecord, CollectionName, DocumentId, DocumentRecord, FoundPart, PageRange, Result, Span};
use serde::{Deserialize, Serialize};

use crate::candidates::Read;

/// A passage grows no longer, in bytes of text: a section may be a whole book.
const MAX_BYTES: usize = 6_000;

/// How much is shown around what was found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Expansion {
    /// The chunk that was found, nothing else.
    #[default]
    None,
    /// The chunk before it and the chunk after it, too.
    Neighbours,
    /// All that stands under the same headings, up to 6,000 bytes.
    Section,
}

/// A hit as it is shown.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    /// What was found.
    pub(crate) read: Read,
    /// What is shown of it, if that is more.
    pub(crate) passage: Option<LargerPassage>,
}

/// A stretch of a document around what was found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LargerPassage {
    pub(crate) span: Span,
    pub(crate) text: String,
    pub(crate) pages: Option<PageRange>,
    pub(crate) found: FoundPart,
}

/// Grows hits; one that then touches a better hit becomes a part of it.
pub(crate) async fn expand(
    catalog: &dyn Catalog,
    collection: &CollectionName,
    hits: Vec<Read>,
    expansion: Expansion,
) -> Result<Vec<Shown>> {
    if expansion == Expansion::None {
        return Ok(hits.into_iter().map(|read| Shown { read, passage: None }).collect());
    }
    let mut documents: HashMap<DocumentId, Option<DocumentRecord>> = HashMap::new();
    let mut shown: Vec<Shown> = Vec::with_capacity(hits.len());
    for read in hits {
        let id = read.passage.head.id;
        if let Entry::Vacant(vacant) = documents.entry(id) {
            vacant.insert(catalog.document(collection, id).await?);
        }
        let document = documents.get(&id).and_then(Option::as_ref);
        // A document that was replaced meanwhile has other chunks: the hit stays as it was found.
        let grown = document.and_then(|document| Some((document, around(&document.chunks, read.candidate.id, expansion)?)));
        let Some((document, span)) = grown else {
            shown.push(Shown { read, passage: None });
            continue;
        };
        let span = shown.iter().fold(span, |span, better| better.cut_off(id, span, read.passage.chunk.span));
        match shown.iter_mut().find(|better| better.takes_in(id, span, &document.document.text)) {
            Some(better) => better.merge(read.candidate.id, span, document),
            None => {
                let found = FoundPart { span: read.passage.chunk.span, merged: Vec::new() };
                let is_larger = span != found.span;
                let passage = if is_larger { LargerPassage::cut(document, span, found) } else { None };
                shown.push(Shown { read, passage });
            }
        }
    }
    Ok(shown)
}

impl Shown {
    fn span(&self) -> Span {
        self.passage.as_ref().map_or(self.read.passage.chunk.span, |passage| passage.span)
    }

    /// Whether a stretch of a document overlaps with this passage or goes on where it ends, without making it too long. One that lies in
    /// the passage makes it no longer.
    fn takes_in(&self, document: DocumentId, span: Span, text: &str) -> bool {
        let own = self.span();
        if self.read.passage.head.id != document || !self.has_room_for(span) {
            return false;
        }
        let gap = Span { start: own.end.min(span.end), end: own.start.max(span.start) };
        let is_adjacent = gap.of(text).is_some_and(|between| between.trim().is_empty());
        overlap(own, span) || is_adjacent
    }

    /// A stretch around what was found, without what this passage shows of it, unless all of it can become a part of this passage.
    fn cut_off(&self, document: DocumentId, span: Span, found: Span) -> Span {
        let own = self.span();
        if self.read.passage.head.id != document || !overlap(own, span) || self.has_room_for(span) {
            span
        } else if overlap(own, found) {
            found
        } else if own.end <= found.start {
            Span { start: own.end, ..span }
        } else {
            Span { end: own.start, ..span }
        }
    }

    fn has_room_for(&self, span: Span) -> bool {
        union(self.span(), span).len() <= MAX_BYTES.max(self.span().len())
    }

    fn merge(&mut self, merged: ChunkId, span: Span, document: &DocumentRecord) {
        let found = self.passage.as_ref().map(|passage| passage.found.clone());
        let mut found = found.unwrap_or_else(|| FoundPart { span: self.read.passage.chunk.span, merged: Vec::new() });
        found.merged.push(merged);
        if let Some(passage) = LargerPassage::cut(document, union(self.span(), span), found) {
            self.passage = Some(passage);
        }
    }
}

impl LargerPassage {
    /// Nothing where the span does not fit the text.
    fn cut(document: &DocumentRecord, span: Span, found: FoundPart) -> Option<Self> {
        let text = span.of(&document.document.text)?.to_owned();
        Some(Self { span, text, pages: PageRange::of(span, &document.document.pages), found })
    }

    /// Makes a chunk this passage; gives what was found.
    pub(crate) fn replace(self, chunk: &mut Chunk) -> FoundPart {
        if self.span.start != chunk.span.start {
            // It begins before the rows whose header this was.
            chunk.table_header = None;
        }
        chunk.span = self.span;
        chunk.text = self.text;
        chunk.pages = self.pages.or(chunk.pages);
        self.found
    }
}

/// The span of a chunk with those around it that belong to it, the nearest first.
fn around(chunks: &[ChunkRecord], found: ChunkId, expansion: Expansion) -> Option<Span> {
    let place = chunks.iter().position(|chunk| chunk.id == found)?;
    let chunk = chunks.get(place)?;
    let belongs = |other: &ChunkRecord, distance: usize| match expansion {
        Expansion::None => false,
        Expansion::Neighbours => distance == 1,
        Expansion::Section => other.heading_path == chunk.heading_path,
    };
    let mut span = chunk.span;
    let (mut before, mut after) = (place.checked_sub(1), Some(place + 1));
    let grown = |span: Span, at: Option<usize>| {
        let at = at?;
        let other = chunks.get(at).filter(|other| belongs(other, at.abs_diff(place)))?;
        Some(union(span, other.span)).filter(|wider| wider.len() <= MAX_BYTES)
    };
    while before.is_some() || after.is_some() {
        // One step to each side in turn, so that what was found stays in the middle.
        match grown(span, before) {
            Some(wider) => (span, before) = (wider, before.and_then(|at| at.checked_sub(1))),
            None => before = None,
        }
        match grown(span, after) {
            Some(wider) => (span, after) = (wider, after.map(|at| at + 1)),
            None => after = None,
        }
    }
    Some(span)
}

fn union(left: Span, right: Span) -> Span {
    Span { start: left.start.min(right.start), end: left.end.max(right.end) }
}

fn overlap(left: Span, right: Span) -> bool {
    left.start < right.end && right.start < left.end
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn records(headings: &[&str], length: usize) -> Vec<ChunkRecord> {
        let record = |(place, heading): (usize, &&str)| ChunkRecord {
            id: ChunkId::from_content(DocumentId::from_source("/a"), "text", place as u32),
            span: Span { start: place * length, end: (place + 1) * length },
            heading_path: vec![(*heading).to_owned()],
            table_header: None,
        };
        headings.iter().enumerate().map(record).collect()
    }

    fn check(headings: &[&str], length: usize, found: usize, expansion: Expansion, expected: (usize, usize)) {
        let chunks = records(headings, length);
        let span = around(&chunks, chunks[found].id, expansion).unwrap();
        assert_eq!((span.start / length, span.end / length), expected, "{headings:?} {expansion:?}");
    }

    #[test]
    fn passages_grow_as_far_as_they_should() {
        let headings = ["a", "b", "b", "b", "c"];
        check(&headings, 100, 2, Expansion::None, (2, 3));
        check(&headings, 100, 2, Expansion::Neighbours, (1, 4));
        check(&headings, 100, 0, Expansion::Neighbours, (0, 2));
        check(&headings, 100, 1, Expansion::Section, (1, 4));
        check(&headings, 100, 4, Expansion::Section, (4, 5));
        check(&["a"; 10], MAX_BYTES / 3, 5, Expansion::Section, (4, 7));
        check(&["a"; 10], MAX_BYTES + 1, 5, Expansion::Section, (5, 6));
        assert_eq!(around(&records(&["a"], 9), ChunkId::from_content(DocumentId::from_source("/b"), "", 0), Expansion::Section), None);
    }

    proptest! {
        #[test]
        fn what_was_found_is_in_what_is_shown(count in 1_usize..30, found in 0_usize..30, length in 1_usize..3_000) {
            let chunks = records(&vec!["a"; count], length);
            let chunk = &chunks[found % count];
            for expansion in [Expansion::None, Expansion::Neighbours, Expansion::Section] {
                let span = around(&chunks, chunk.id, expansion).unwrap();
                prop_assert!(span.start <= chunk.span.start && chunk.span.end <= span.end);
                prop_assert!(span.len() <= MAX_BYTES.max(chunk.span.len()));
            }
        }
    }
}
