//! Questions proposed from the texts themselves, for a person to edit.
//!
//! Without a model nobody can ask what a passage answers; its headings say what it is about, and its most telling sentence is what an answer would
//! quote. That is a beginning, not a test: edit the questions into what users ask.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ragstone_core::{Catalog, CollectionName, DocumentId, DocumentRecord, Result, SentenceKind, is_spaceless, split_sentences, words};

use crate::{EvalError, GoldPassage, Question};

/// So many documents are listed at once.
const PAGE: u64 = 1_000;

/// A quote is from so many letters on, and so many at most.
const SHORTEST_QUOTE: usize = 30;
const LONGEST_QUOTE: usize = 300;

/// Words of a passage that a question made of words has.
const WORDS_ASKED: usize = 5;

/// A passage to draft a question about.
#[derive(Debug, Clone, PartialEq)]
pub struct DraftPassage {
    /// The source of its document.
    pub source: String,
    /// The document's title.
    pub title: String,
    /// The headings above it.
    pub heading_path: Vec<String>,
    /// The passage.
    pub text: String,
    /// Its most telling sentence.
    pub key_sentence: String,
}

/// Chooses passages of a collection, as evenly from its documents as it can; the same seed chooses the same.
pub async fn choose_passages(catalog: &dyn Catalog, collection: &CollectionName, wanted: usize, seed: u64) -> Result<Vec<DraftPassage>> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut documents = originals(catalog, collection).await?;
    random.shuffle(&mut documents);
    let mut passages = Vec::new();
    let mut untold: Vec<(DocumentId, Vec<usize>)> = Vec::new();
    // One passage a document, then another of each, until there are enough or none is left.
    for (id, chunks) in documents {
        if passages.len() >= wanted {
            break;
        }
        let mut order: Vec<usize> = (0..chunks).collect();
        random.shuffle(&mut order);
        let (passage, left) = next_passage(catalog, collection, id, order).await?;
        passages.extend(passage);
        untold.push((id, left));
    }
    while passages.len() < wanted && untold.iter().any(|(_, left)| !left.is_empty()) {
        for (id, left) in &mut untold {
            if passages.len() < wanted && !left.is_empty() {
                let (passage, rest) = next_passage(catalog, collection, *id, std::mem::take(left)).await?;
                passages.extend(passage);
                *left = rest;
            }
        }
    }
    if passages.is_empty() {
        return Err(EvalError::NothingToDraft { collection: collection.clone() }.into());
    }
    Ok(passages)
}

/// The documents that are no duplicates, with the number of their chunks, by id.
async fn originals(catalog: &dyn Catalog, collection: &CollectionName) -> Result<Vec<(DocumentId, usize)>> {
    let mut documents = Vec::new();
    let mut offset = 0;
    loop {
        let page = catalog.documents(collection, offset, PAGE).await?;
        let originals = page.documents.iter().filter(|summary| summary.same_as.is_none() && summary.chunks > 0);
        documents.extend(originals.map(|summary| (summary.head.id, usize::try_from(summary.chunks).unwrap_or(usize::MAX))));
        offset += PAGE;
        if page.documents.is_empty() || offset >= page.total {
            documents.sort_unstable();
            return Ok(documents);
        }
    }
}

/// The first of these chunks that has a telling sentence, and the chunks after it.
async fn next_passage(
    catalog: &dyn Catalog,
    collection: &CollectionName,
    id: DocumentId,
    order: Vec<usize>,
) -> Result<(Option<DraftPassage>, Vec<usize>)> {
    let Some(record) = catalog.document(collection, id).await? else { return Ok((None, Vec::new())) };
    for (at, chunk) in order.iter().enumerate() {
        if let Some(passage) = passage(&record, *chunk) {
            return Ok((Some(passage), order.get(at + 1..).unwrap_or_default().to_vec()));
        }
    }
    Ok((None, Vec::new()))
}

fn passage(record: &DocumentRecord, chunk: usize) -> Option<DraftPassage> {
    let chunk = record.chunks.get(chunk)?;
    let text = chunk.span.of(&record.document.text)?;
    Some(DraftPassage {
        source: record.document.head.source.clone(),
        title: record.document.head.title.clone(),
        heading_path: chunk.heading_path.clone(),
        text: text.to_owned(),
        key_sentence: key_sentence(text)?,
    })
}

impl DraftPassage {
    /// A question made of the headings or, without any, of the telling words of the key sentence.
    pub fn question(&self) -> Question {
        let heading = self.heading_path.last().map(|heading| heading.trim()).filter(|heading| !heading.is_empty());
        let (question, note) = match heading {
            Some(heading) if heading.ends_with(['?', '？']) => (heading.to_owned(), "draft: the heading"),
            Some(heading) if heading != self.title => (format!("{}: {heading}", self.title), "draft: title and heading"),
            _ => (telling_words(&self.key_sentence), "draft: words of the quote"),
        };
        self.ask(question, None, note.to_owned())
    }

    /// A question that somebody wrote about the passage.
    pub fn ask(&self, question: String, answer: Option<String>, note: String) -> Question {
        let quote = Some(self.key_sentence.clone());
        let passages = vec![GoldPassage { document: self.source.clone(), span: None, quote }];
        Question { question, passages, answer, note: Some(note), ..Question::default() }
    }
}

/// Leaves out what asks the same as a question before it.
pub fn without_repeats(questions: Vec<Question>) -> Vec<Question> {
    let mut seen = BTreeSet::new();
    questions.into_iter().filter(|question| seen.insert(question.question.split_whitespace().collect::<Vec<_>>().join(" "))).collect()
}

/// The sentence that shares most with the rest of the passage.
fn key_sentence(text: &str) -> Option<String> {
    let prose = split_sentences(text).into_iter().filter(|sentence| sentence.kind == SentenceKind::Prose);
    let sentences: Vec<&str> = prose.filter_map(|sentence| sentence.span.of(text)).filter(|sentence| is_quotable(sentence)).collect();
    let mut frequency: HashMap<String, usize> = HashMap::new();
    for word in sentences.iter().flat_map(|sentence| words(sentence)) {
        *frequency.entry(word).or_default() += 1;
    }
    let weight = |sentence: &&str| {
        let own = words(sentence);
        let shared = own.iter().filter(|word| word.chars().count() > 3 && frequency.get(*word).copied().unwrap_or_default() > 1).count();
        let content = own.iter().filter(|word| word.chars().count() > 3).count();
        (shared, content)
    };
    sentences.iter().rev().copied().max_by_key(|sentence| weight(sentence)).map(str::to_owned)
}

fn is_quotable(sentence: &str) -> bool {
    let letters = sentence.chars().filter(|letter| letter.is_alphabetic()).count();
    // In scripts without spaces a letter says more.
    let said: usize = sentence.chars().map(|letter| if is_spaceless(letter) { 3 } else { 1 }).sum();
    (SHORTEST_QUOTE..=LONGEST_QUOTE).contains(&said) && 2 * letters > sentence.chars().count()
}

/// The longest different words of a sentence, in its order; of a script without spaces, its beginning.
fn telling_words(sentence: &str) -> String {
    const LETTERS: usize = 12;
    if sentence.chars().any(is_spaceless) {
        let is_border = |letter: &char| matches!(letter, '，' | '、' | '。' | '；' | '：' | ',');
        return sentence.chars().take_while(|letter| !is_border(letter)).take(LETTERS).collect();
    }
    let split = |letter: char| !(letter.is_alphanumeric() || letter == '-' || letter == '\'');
    let mut by_place: BTreeMap<usize, &str> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for (place, word) in sentence.split(split).enumerate() {
        if word.chars().count() > 2 && seen.insert(word.to_lowercase()) {
            by_place.insert(place, word);
        }
    }
    let mut longest: Vec<(usize, &str)> = by_place.into_iter().collect();
    longest.sort_by_key(|(place, word)| (std::cmp::Reverse(word.chars().count()), *place));
    longest.truncate(WORDS_ASKED);
    longest.sort_unstable();
    longest.into_iter().map(|(_, word)| word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# Leave\n\nEvery employee has thirty days of paid leave a year. Short. Paid leave must be taken before March of the next year, \
                        or the leave expires.\n\n| a | b |\n";

    fn passage(heading_path: &[&str]) -> DraftPassage {
        DraftPassage {
            source: "/docs/leave.md".to_owned(),
            title: "Leave".to_owned(),
            heading_path: heading_path.iter().map(|heading| (*heading).to_owned()).collect(),
            text: TEXT.to_owned(),
            key_sentence: key_sentence(TEXT).unwrap(),
        }
    }

    #[test]
    fn the_quote_is_a_whole_sentence_of_the_text() {
        let quote = key_sentence(TEXT).unwrap();
        assert_eq!(quote, "Paid leave must be taken before March of the next year, or the leave expires.");
        assert!(TEXT.contains(&quote));
        assert_eq!(key_sentence("# Only a heading\n\n| a table |"), None);
        assert_eq!(key_sentence("员工每年享有三十天的带薪年假。短句。").unwrap(), "员工每年享有三十天的带薪年假。");
    }

    #[test]
    fn headings_ask_and_otherwise_words_do() {
        assert_eq!(passage(&["Leave", "How long is it?"]).question().question, "How long is it?");
        assert_eq!(passage(&["Leave", "Expiry"]).question().question, "Leave: Expiry");
        let words = passage(&["Leave"]).question();
        assert_eq!(words.question, "leave taken before March expires");
        assert_eq!(words.passages[0].quote.as_deref(), Some(passage(&[]).key_sentence.as_str()));
        assert_eq!(telling_words("员工每年享有三十天，其余不论。"), "员工每年享有三十天");
    }

    #[test]
    fn what_is_asked_twice_is_left_out() {
        let questions = vec![passage(&["a", "b"]).question(), passage(&["a", "b"]).question(), passage(&["a", "c"]).question()];
        assert_eq!(without_repeats(questions).len(), 2);
    }
}
