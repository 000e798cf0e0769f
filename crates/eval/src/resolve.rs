//! From what a question file says to documents and places of one collection.

use std::collections::{BTreeMap, HashMap};

use ragstone_core::{Catalog, CollectionName, DocumentId, DocumentRecord, Result};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::quotes::QuoteFinder;
use crate::{EvalError, Gold, Place, Question};

/// So many documents are listed at once.
const PAGE: u64 = 1_000;

/// A quote that stands in so many places says nothing of where an answer is.
const MOST_PLACES: usize = 1_000;

/// So many problems are told when nothing is left.
const PROBLEMS_TOLD: usize = 3;

/// A question with what answers it, as one collection has it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AskedQuestion {
    /// What reports call it.
    pub id: String,
    /// The question.
    pub question: String,
    /// How relevant which document is, by source.
    pub relevant: BTreeMap<String, i64>,
    /// The passages that answer it, where they are known.
    pub gold: Vec<Gold>,
    /// The answer that is wanted.
    pub answer: Option<String>,
    /// Whether it should be answered; unknown where the judgements are of documents alone.
    pub is_answerable: Option<bool>,
}

/// What a question names and the collection does not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Unresolved {
    /// The question.
    pub id: String,
    /// What is missing.
    pub problem: String,
}

/// Questions that can be measured, and what cannot.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Resolved {
    /// Those of which at least something is there.
    pub questions: Vec<AskedQuestion>,
    /// What is not there. A question of which nothing is there is left out.
    pub unresolved: Vec<Unresolved>,
}

/// Finds the documents and quotes of checked questions in a collection.
pub async fn resolve(catalog: &dyn Catalog, collection: &CollectionName, questions: Vec<Question>) -> Result<Resolved> {
    let mut named = Names::collect(&questions);
    named.look_up_ids(catalog, collection).await?;
    if named.is_searching() || questions.iter().any(|question| !question.quotes.is_empty()) {
        walk(catalog, collection, &mut named).await?;
    }
    named.follow_duplicates(catalog, collection).await?;

    let count = questions.len();
    let mut resolved = Resolved::default();
    for question in questions {
        let mut missing = Vec::new();
        let asked = named.resolve(&question, &mut missing);
        let expects_gold = !(question.documents.is_empty() && question.passages.is_empty() && question.quotes.is_empty());
        let is_lost = expects_gold && asked.relevant.is_empty();
        resolved.unresolved.extend(missing.into_iter().map(|problem| Unresolved { id: asked.id.clone(), problem }));
        if !is_lost {
            resolved.questions.push(asked);
        }
    }
    if resolved.questions.is_empty() {
        let told = resolved.unresolved.iter().take(PROBLEMS_TOLD).map(|unresolved| format!("{}: {}", unresolved.id, unresolved.problem));
        return Err(EvalError::NothingResolved { questions: count, problems: told.collect() }.into());
    }
    Ok(resolved)
}

/// Looks through the collection for documents that are named by the end of their source, and for quotes.
async fn walk(catalog: &dyn Catalog, collection: &CollectionName, named: &mut Names) -> Result<()> {
    let finder = QuoteFinder::new(&named.quotes);
    let finder = finder.filter(|_| !named.quotes.is_empty());
    let mut offset = 0;
    loop {
        let page = catalog.documents(collection, offset, PAGE).await?;
        for summary in &page.documents {
            named.note_source(&summary.head.source, summary.head.id);
            let is_original = summary.same_as.is_none();
            if let Some(finder) = finder.as_ref().filter(|_| is_original)
                && let Some(record) = catalog.document(collection, summary.head.id).await?
            {
                finder.find(&record.document.text, |quote, span| {
                    named.note_quote(quote, Place { document: summary.head.id, span }, &summary.head.source);
                });
            }
        }
        offset += PAGE;
        if page.documents.is_empty() || offset >= page.total {
            return Ok(());
        }
    }
}

/// Where the end of a source was found.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Match {
    Nowhere,
    Once(DocumentId),
    Ambiguous,
}

/// Everything that the questions name.
struct Names {
    documents: HashMap<String, Match>,
    quotes: Vec<String>,
    quote_numbers: HashMap<String, usize>,
    /// By the quote's number.
    places: Vec<Gold>,
    sources: HashMap<DocumentId, String>,
    /// By the id that was named: the document whose chunks are stored.
    stored: HashMap<DocumentId, DocumentRecord>,
}

impl Names {
    fn collect(questions: &[Question]) -> Self {
        let passages = || questions.iter().flat_map(|question| &question.passages);
        let documents = questions.iter().flat_map(|question| &question.documents).chain(passages().map(|passage| &passage.document));
        let mut quotes: Vec<String> = questions.iter().flat_map(|question| question.quotes.clone()).collect();
        quotes.sort_unstable();
        quotes.dedup();
        Self {
            documents: documents.map(|name| (name.clone(), Match::Nowhere)).collect(),
            quote_numbers: quotes.iter().cloned().zip(0..).collect(),
            places: vec![Gold::new(); quotes.len()],
            quotes,
            sources: HashMap::new(),
            stored: HashMap::new(),
        }
    }

    /// Finds those named by id or by whole source.
    async fn look_up_ids(&mut self, catalog: &dyn Catalog, collection: &CollectionName) -> Result<()> {
        let ids = |name: &String| [name.parse().ok(), Some(DocumentId::from_source(name))].into_iter().flatten();
        let candidates: Vec<DocumentId> = self.documents.keys().flat_map(ids).collect();
        let states = catalog.states(collection, &candidates).await?;
        for (name, found) in &mut self.documents {
            if let Some(id) = ids(name).find(|id| states.contains_key(id)) {
                *found = Match::Once(id);
            }
        }
        Ok(())
    }

    fn is_searching(&self) -> bool {
        self.documents.values().any(|found| *found == Match::Nowhere)
    }

    fn note_source(&mut self, source: &str, id: DocumentId) {
        let ends = source.match_indices('/').filter_map(|(slash, _)| source.get(slash + 1..));
        for end in ends {
            let Some(found) = self.documents.get_mut(end) else { continue };
            *found = match *found {
                Match::Nowhere => Match::Once(id),
                Match::Once(earlier) if earlier == id || earlier == DocumentId::from_source(end) => continue,
                Match::Once(_) | Match::Ambiguous => Match::Ambiguous,
            };
        }
    }

    fn note_quote(&mut self, quote: usize, place: Place, source: &str) {
        if let Some(places) = self.places.get_mut(quote).filter(|places| places.len() < MOST_PLACES) {
            places.push(place);
            self.sources.entry(place.document).or_insert_with(|| source.to_owned());
        }
    }

    /// Reads the documents that were named; for a duplicate, the one whose chunks stand for its own.
    async fn follow_duplicates(&mut self, catalog: &dyn Catalog, collection: &CollectionName) -> Result<()> {
        for found in self.documents.values() {
            let Match::Once(id) = *found else { continue };
            let Some(record) = catalog.document(collection, id).await? else { continue };
            let original = match record.same_as {
                Some(original) => catalog.document(collection, original).await?,
                None => Some(record),
            };
            if let Some(record) = original {
                self.sources.insert(record.document.head.id, record.document.head.source.clone());
                self.stored.insert(id, record);
            }
        }
        Ok(())
    }

    fn resolve(&self, question: &Question, missing: &mut Vec<String>) -> AskedQuestion {
        let mut asked = AskedQuestion {
            id: question.name().to_owned(),
            question: question.question.clone(),
            answer: question.answer.clone(),
            is_answerable: Some(question.is_answerable()),
            ..AskedQuestion::default()
        };
        for name in &question.documents {
            if let Some(record) = self.document(name, missing) {
                asked.relevant.insert(record.document.head.source.clone(), 1);
            }
        }
        for passage in &question.passages {
            let Some(record) = self.document(&passage.document, missing) else { continue };
            let text = &record.document.text;
            let spans = match (&passage.span, &passage.quote) {
                (Some(span), _) => Vec::from_iter(span.of(text).map(|_| *span)),
                (None, Some(quote)) => find_in(text, quote),
                (None, None) => Vec::new(),
            };
            if spans.is_empty() {
                missing.push(match &passage.quote {
                    Some(quote) => format!("document `{}` does not have the words `{}`", passage.document, shortened(quote)),
                    None => format!("the span does not fit the text of document `{}`, which has {} bytes", passage.document, text.len()),
                });
                continue;
            }
            asked.relevant.insert(record.document.head.source.clone(), 1);
            asked.gold.push(spans.into_iter().map(|span| Place { document: record.document.head.id, span }).collect());
        }
        for quote in &question.quotes {
            let places = self.quote_numbers.get(quote).and_then(|number| self.places.get(*number)).cloned().unwrap_or_default();
            if places.is_empty() {
                missing.push(format!("no document has the words `{}`", shortened(quote)));
                continue;
            }
            if places.len() >= MOST_PLACES {
                missing.push(format!("the words `{}` stand in {MOST_PLACES} places or more: give a longer quote", shortened(quote)));
                continue;
            }
            let sources = places.iter().filter_map(|place| self.sources.get(&place.document));
            asked.relevant.extend(sources.map(|source| (source.clone(), 1)));
            asked.gold.push(places);
        }
        asked
    }

    fn document(&self, name: &str, missing: &mut Vec<String>) -> Option<&DocumentRecord> {
        let found = self.documents.get(name).copied().unwrap_or(Match::Nowhere);
        let record = match found {
            Match::Once(id) => self.stored.get(&id),
            Match::Nowhere | Match::Ambiguous => None,
        };
        if record.is_none() {
            missing.push(match found {
                Match::Ambiguous => format!("several documents end in `{name}`: give the whole source or the id"),
                Match::Nowhere | Match::Once(_) => format!("document `{name}` is not in the collection"),
            });
        }
        record
    }
}

fn find_in(text: &str, quote: &str) -> Vec<ragstone_core::Span> {
    let mut spans = Vec::new();
    if let Some(finder) = QuoteFinder::new(&[quote.to_owned()]) {
        finder.find(text, |_, span| {
            if spans.len() < MOST_PLACES {
                spans.push(span);
            }
        });
    }
    spans
}

fn shortened(quote: &str) -> String {
    const SHOWN: usize = 60;
    let mut letters = quote.chars();
    let shown: String = letters.by_ref().take(SHOWN).collect();
    if letters.next().is_some() { format!("{shown}…") } else { shown }
}

#[cfg(test)]
mod tests;
