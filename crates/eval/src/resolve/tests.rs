use std::sync::Arc;

use chrono::{DateTime, Utc};
use ragstone_core::testing::MemoryCatalog;
use ragstone_core::{
    CollectionSpec, ContentHash, Document, DocumentHead, EmbeddingSpec, Fields, Language, Markup, Pooling, QualityReport, Revision,
};

use super::*;
use crate::GoldPassage;

fn record(source: &str, text: &str, same_as: Option<&str>) -> Arc<DocumentRecord> {
    let head = DocumentHead {
        id: DocumentId::from_source(source),
        source: source.to_owned(),
        title: source.to_owned(),
        media_type: "text/plain".to_owned(),
        language: Language::unknown(),
        tags: Vec::new(),
        modified_at: DateTime::<Utc>::UNIX_EPOCH,
        fields: Fields::new(),
        revision: Revision::of(&[text.as_bytes()]),
    };
    let quality = QualityReport::by("text");
    let document = Document { head, text: text.to_owned(), markup: Markup::Plain, pages: Vec::new(), quality };
    let same_as = same_as.map(DocumentId::from_source);
    Arc::new(DocumentRecord {
        document,
        chunks: Vec::new(),
        content: ContentHash::of(&[text.as_bytes()]),
        same_as,
        validator: None,
        indexed_at: None,
    })
}

async fn collection() -> (MemoryCatalog, CollectionName) {
    let (catalog, name): (_, CollectionName) = (MemoryCatalog::default(), "docs".parse().unwrap());
    let embedding = EmbeddingSpec {
        model: "m".to_owned(),
        revision: "1".to_owned(),
        dimension: 1,
        pooling: Pooling::Mean,
        query_prefix: String::new(),
        passage_prefix: String::new(),
        max_tokens: 1,
    };
    catalog.create_collection(&CollectionSpec { name: name.clone(), embedding, generation: 0, created_at: Utc::now() }).await.unwrap();
    let records = [
        record("/home/ada/docs/leave.md", "Leave is thirty\ndays. Sick leave is longer.", None),
        record("/home/ada/docs/pay.md", "Pay comes monthly. Leave is thirty days.", None),
        record("/home/ada/old/pay.md", "Pay came weekly.", None),
        record("/home/ada/docs/copy.md", "Leave is thirty\ndays. Sick leave is longer.", Some("/home/ada/docs/leave.md")),
    ];
    catalog.begin(&name, &records).await.unwrap();
    (catalog, name)
}

fn about_documents(names: &[&str]) -> Question {
    let documents = names.iter().map(|name| (*name).to_owned()).collect();
    Question { id: Some("q".to_owned()), question: "?".to_owned(), documents, ..Question::default() }
}

async fn resolved(question: Question) -> Resolved {
    let (catalog, name) = collection().await;
    let other = Question { id: Some("other".to_owned()), question: "!".to_owned(), answerable: Some(false), ..Question::default() };
    resolve(&catalog, &name, vec![question, other]).await.unwrap()
}

#[tokio::test]
async fn documents_are_named_by_id_by_source_and_by_its_end() {
    let id = DocumentId::from_source("/home/ada/docs/leave.md").to_string();
    for name in ["/home/ada/docs/leave.md", "docs/leave.md", "leave.md", "/home/ada/docs/copy.md", "copy.md", id.as_str()] {
        let resolved = resolved(about_documents(&[name])).await;
        assert_eq!(resolved.unresolved, [], "{name}");
        assert_eq!(resolved.questions[0].relevant, [("/home/ada/docs/leave.md".to_owned(), 1)].into(), "{name}");
    }
}

#[tokio::test]
async fn what_is_missing_is_told_and_a_lost_question_left_out() {
    let found = resolved(about_documents(&["gone.md", "pay.md"])).await;
    let problems: Vec<_> = found.unresolved.iter().map(|unresolved| unresolved.problem.as_str()).collect();
    assert_eq!(problems[0], "document `gone.md` is not in the collection");
    assert!(problems[1].contains("several documents end in `pay.md`"), "{problems:?}");
    let ids: Vec<_> = found.questions.iter().map(|question| question.id.as_str()).collect();
    assert_eq!(ids, ["other"]);
    let partly = resolved(about_documents(&["gone.md", "leave.md"])).await;
    assert_eq!((partly.questions.len(), partly.unresolved.len()), (2, 1));
}

#[tokio::test]
async fn quotes_are_found_wherever_they_are_but_in_duplicates() {
    let question = Question { quotes: vec!["Leave is thirty days.".to_owned(), "nowhere".to_owned()], ..about_documents(&[]) };
    let resolved = resolved(question).await;
    let asked = &resolved.questions[0];
    let sources: Vec<_> = asked.relevant.keys().collect();
    assert_eq!(sources, ["/home/ada/docs/leave.md", "/home/ada/docs/pay.md"]);
    assert_eq!((asked.gold.len(), asked.gold[0].len()), (1, 2));
    assert_eq!(resolved.unresolved[0].problem, "no document has the words `nowhere`");
}

#[tokio::test]
async fn passages_are_places_or_words_of_one_document() {
    let passage = |span, quote: Option<&str>| GoldPassage { document: "leave.md".to_owned(), span, quote: quote.map(str::to_owned) };
    let spans = [Some((0..5).into()), Some((0..5_000).into()), None, None];
    let quotes = [None, None, Some("Sick leave"), Some("monthly")];
    let passages = spans.into_iter().zip(quotes).map(|(span, quote)| passage(span, quote)).collect();
    let resolved = resolved(Question { passages, ..about_documents(&[]) }).await;
    let spans: Vec<_> = resolved.questions[0].gold.iter().map(|gold| (gold[0].span.start, gold[0].span.end)).collect();
    assert_eq!(spans, [(0, 5), (22, 32)]);
    assert_eq!(resolved.unresolved.len(), 2);
    assert!(resolved.unresolved[0].problem.contains("does not fit"), "{:?}", resolved.unresolved);
    assert!(resolved.unresolved[1].problem.contains("`monthly`"), "{:?}", resolved.unresolved);
}

#[tokio::test]
async fn nothing_left_is_an_error_that_says_why() {
    let (catalog, name) = collection().await;
    let refused = resolve(&catalog, &name, vec![about_documents(&["gone.md"])]).await.unwrap_err().to_string();
    assert!(refused.contains("none of the 1 questions") && refused.contains("`gone.md`"), "{refused}");
}
