use ragstone_core::{Chunk, DocumentHead, Fields, Language, Revision, Span};

use super::*;
use crate::Operators;
use crate::candidates::Candidate;

fn passage(source: &str, text: &str) -> ScoredChunk {
    let document = DocumentId::from_source(source);
    ScoredChunk {
        chunk: Chunk {
            id: ChunkId::from_content(document, text, 0),
            ordinal: 0,
            span: Span { start: 0, end: text.len() },
            text: text.to_owned(),
            heading_path: Vec::new(),
            pages: None,
            table_header: None,
        },
        head: DocumentHead {
            id: document,
            source: source.to_owned(),
            title: "Guide".to_owned(),
            media_type: "text/plain".to_owned(),
            language: Language::new("english"),
            tags: Vec::new(),
            modified_at: chrono::DateTime::UNIX_EPOCH,
            fields: Fields::new(),
            revision: Revision::of(&[text.as_bytes()]),
        },
    }
}

fn terms(indices: &[u32]) -> SparseVector {
    SparseVector { indices: indices.to_vec(), values: vec![1.0; indices.len()] }
}

fn check(query: &str, passage: &ScoredChunk) -> Result<(), Dropped> {
    check_conditions(&Query::parse(query, Operators::Auto), passage)
}

#[test]
fn repetitions_are_left_out_and_say_of_what() {
    let mut selection = Selection::new(&RetrieveConfig::default(), 10);
    let mut take = |source: &str, text: &str, indices: &[u32]| selection.take(&passage(source, text), &terms(indices));
    assert_eq!(take("/a", "first", &[1, 2]), Ok(()));
    assert_eq!(take("/b", "second", &[3, 4]), Ok(()));
    let Err(Dropped::Repeats { source, .. }) = take("/c", "third", &[4, 3]) else { panic!("it repeats the second") };
    assert_eq!(source, "/b");
}

#[test]
fn what_is_not_shown_is_not_repeated() {
    for (max_per_document, group) in [(1, Grouping::None), (1, Grouping::Document)] {
        let config = RetrieveConfig { max_per_document, group, ..RetrieveConfig::default() };
        let mut selection = Selection::new(&config, 10);
        let mut take = |source: &str, text: &str, indices: &[u32]| selection.take(&passage(source, text), &terms(indices));
        assert_eq!(take("/a", "first", &[1, 2]), Ok(()));
        assert_eq!(take("/a", "second", &[3, 4]), Err(Dropped::DocumentFull { limit: 1 }));
        assert_eq!(take("/b", "second", &[3, 4]), Ok(()), "its twin is not shown");
        assert!(matches!(take("/c", "second", &[3, 4]), Err(Dropped::Repeats { source, .. }) if source == "/b"));
    }
}

#[test]
fn conditions_of_the_query_are_kept() {
    let check = |text: &str| check("\"cold start\" -windows", &passage("/a", text));
    assert_eq!(check("A cold start on Linux"), Ok(()));
    assert_eq!(check("A cold start on Windows"), Err(Dropped::Excluded { word: "windows".to_owned() }));
    assert_eq!(check("A start in the cold"), Err(Dropped::WithoutPhrase { phrase: "cold start".to_owned() }));
}

#[test]
fn phrases_do_not_go_on_from_title_to_text() {
    let passage = passage("/a", "for beginners");
    assert!(check("\"guide for beginners\"", &passage).is_err());
    assert_eq!(check("guide \"for beginners\" \"guide\"", &passage), Ok(()));
}

fn shares(limit: usize, max_per_document: usize, group: Grouping) -> Shares {
    Shares::new(&RetrieveConfig { max_per_document, group, ..RetrieveConfig::default() }, limit)
}

#[test]
fn documents_have_their_share() {
    let (one, other, third) = (DocumentId::from_source("/a"), DocumentId::from_source("/b"), DocumentId::from_source("/c"));
    let mut capped = shares(3, 2, Grouping::None);
    assert_eq!([capped.take(one), capped.take(one)], [Ok(()), Ok(())]);
    assert_eq!(capped.take(one), Err(Dropped::DocumentFull { limit: 2 }));
    assert_eq!(capped.take(other), Ok(()));
    assert!(capped.is_full());
    assert_eq!(capped.take(third), Err(Dropped::BeyondLimit { limit: 3 }));

    let mut grouped = shares(2, 0, Grouping::Document);
    assert_eq!([grouped.take(one), grouped.take(other)], [Ok(()), Ok(())]);
    assert_eq!(grouped.take(third), Err(Dropped::BeyondLimit { limit: 2 }));
    assert!(!grouped.is_full(), "two documents, and more of their passages are welcome");
    for document in [one, one, other, other] {
        assert_eq!(grouped.take(document), Ok(()));
    }
    assert!(grouped.is_full());
}

#[test]
fn hits_of_a_document_come_together_and_keep_their_order() {
    let read = |source: &str, text: &str| {
        let passage = passage(source, text);
        let candidate = Candidate::unscored(passage.chunk.id);
        Read { candidate, passage, terms: terms(&[]) }
    };
    let mut hits = vec![read("/b", "1"), read("/a", "2"), read("/b", "3"), read("/a", "4"), read("/c", "5")];
    by_document(&mut hits);
    assert_eq!(hits.iter().map(|hit| hit.passage.chunk.text.as_str()).collect::<Vec<_>>(), ["1", "3", "2", "4", "5"]);
}
