//! What filters mean, on every store.

use std::collections::BTreeSet;

use super::samples::{DIMENSION, document, embed, filtered, name, search};
use crate::{Comparison, DocumentHead, FieldValue, Filter, FilterField, Language, VectorStore};

/// Applies each filter and compares with both what is written here and the definition in the fake.
pub(super) async fn every_filter_means_what_it_says(store: &impl VectorStore) {
    let docs = name("docs");
    store.create(&docs, DIMENSION).await.unwrap();
    let heads = samples();
    let chunks = heads.iter().map(|head| embed(head, 0, vec![1.0, 0.0, 0.0, 0.0], &[]));
    store.upsert(&docs, chunks.collect()).await.unwrap();
    for (filter, expected) in cases() {
        let found = search(store, &docs, filtered(filter.clone())).await;
        let found: Vec<_> = found.iter().map(|scored| scored.id).collect();
        let fetched = store.fetch(&docs, &found).await.unwrap();
        let sources: BTreeSet<&str> = fetched.iter().map(|found| found.head.source.as_str()).collect();
        let expected: BTreeSet<&str> = expected.iter().copied().collect();
        let defined: BTreeSet<&str> = heads.iter().filter(|head| filter.holds(head)).map(|head| head.source.as_str()).collect();
        assert_eq!(defined, expected, "the definition of {filter:?}");
        assert_eq!(sources, expected, "{filter:?}");
    }
}

pub(super) async fn filters_follow_new_payloads(store: &impl VectorStore) {
    let docs = name("docs");
    store.create(&docs, DIMENSION).await.unwrap();
    let mut head = document("/a");
    head.fields.insert("state".to_owned(), text("draft"));
    let chunk = embed(&head, 0, vec![1.0, 0.0, 0.0, 0.0], &[]);
    store.upsert(&docs, vec![chunk.clone()]).await.unwrap();
    head.fields.insert("state".to_owned(), text("final"));
    head.fields.insert("fresh".to_owned(), FieldValue::Number(1.0));
    store.set_payloads(&docs, vec![chunk.chunk], &head).await.unwrap();

    assert!(search(store, &docs, filtered(is(custom("state"), "draft"))).await.is_empty());
    assert_eq!(search(store, &docs, filtered(is(custom("state"), "final"))).await.len(), 1);
    assert_eq!(search(store, &docs, filtered(number("fresh", Comparison::GreaterOrEqual, 1.0))).await.len(), 1);
}

fn samples() -> Vec<DocumentHead> {
    let mut guide = document("/docs/user guide.md");
    guide.title = "The User's Guide 2024".to_owned();
    guide.tags = vec!["manual".to_owned(), "v2".to_owned()];
    guide.modified_at = "2024-05-01T10:00:00.000001Z".parse().unwrap();
    guide.fields = [
        ("year".to_owned(), FieldValue::Number(2024.0)),
        ("draft".to_owned(), FieldValue::Boolean(false)),
        ("owner".to_owned(), text("Ann Lee")),
        ("mixed".to_owned(), text("7")),
        ("a.b \"c\"\\".to_owned(), text("odd")),
    ]
    .into();
    let mut chinese = document("/docs/手册.html");
    chinese.title = "知识库使用手册".to_owned();
    chinese.media_type = "text/html".to_owned();
    chinese.language = Language::new("chinese");
    chinese.modified_at = "2023-01-01T00:00:00Z".parse().unwrap();
    chinese.fields = [
        ("year".to_owned(), FieldValue::Number(2023.5)),
        ("draft".to_owned(), FieldValue::Boolean(true)),
        ("owner".to_owned(), FieldValue::List(vec!["Ann Lee".to_owned(), "李雷".to_owned()])),
        ("mixed".to_owned(), FieldValue::Number(7.0)),
        ("empty".to_owned(), FieldValue::List(Vec::new())),
    ]
    .into();
    vec![guide, chinese, document("/plain")]
}

/// Every variant with the sources it holds for: `G`uide, `C`hinese, `P`lain.
fn cases() -> Vec<(Filter, Vec<&'static str>)> {
    const G: &str = "/docs/user guide.md";
    const C: &str = "/docs/手册.html";
    const P: &str = "/plain";
    let guide = samples().remove(0);
    let id = guide.id.to_string();
    vec![
        (Filter::And(vec![]), vec![G, C, P]),
        (Filter::Or(vec![]), vec![]),
        (Filter::And(vec![is(custom("owner"), "Ann Lee"), number("year", Comparison::Less, 2024.0)]), vec![C]),
        (Filter::Or(vec![is(FilterField::Tags, "v2"), is(FilterField::Language, "chinese")]), vec![G, C]),
        (not(is(FilterField::MediaType, "text/html")), vec![G, P]),
        (not(not(is(FilterField::MediaType, "text/html"))), vec![C]),
        (not(Filter::And(vec![])), vec![]),
        (not(Filter::Or(vec![])), vec![G, C, P]),
        (not(number("year", Comparison::Greater, 0.0)), vec![P]),
        (is(FilterField::Id, &id), vec![G]),
        (is(FilterField::Id, &id.to_uppercase()), vec![G]),
        (is(FilterField::Id, "not an id"), vec![]),
        (is(FilterField::Source, C), vec![C]),
        (is(FilterField::Source, "/docs"), vec![]),
        (is(FilterField::Title, "The User's Guide 2024"), vec![G]),
        (is(FilterField::Title, "the user's guide 2024"), vec![]),
        (is(FilterField::Tags, "manual"), vec![G]),
        (is(FilterField::ModifiedAt, "2023-01-01T00:00:00Z"), vec![]),
        (one_of(FilterField::Tags, vec![]), vec![]),
        (one_of(FilterField::Tags, vec![text("none"), text("v2")]), vec![G]),
        (one_of(FilterField::Tags, vec![FieldValue::Number(2.0), FieldValue::Boolean(true)]), vec![]),
        (one_of(custom("mixed"), vec![text("7")]), vec![G]),
        (one_of(custom("mixed"), vec![FieldValue::Number(7.0)]), vec![C]),
        (one_of(custom("mixed"), vec![FieldValue::Number(7.0), FieldValue::Boolean(true), text("7")]), vec![G, C]),
        (one_of(custom("draft"), vec![FieldValue::Boolean(true)]), vec![C]),
        (one_of(custom("draft"), vec![FieldValue::Boolean(true), FieldValue::Boolean(false)]), vec![G, C]),
        (one_of(custom("draft"), vec![text("true")]), vec![]),
        (one_of(custom("year"), vec![FieldValue::Number(2023.5)]), vec![C]),
        (one_of(custom("owner"), vec![FieldValue::List(vec!["nobody".to_owned(), "李雷".to_owned()])]), vec![C]),
        (is(custom("owner"), "Ann Lee"), vec![G, C]),
        (is(custom("a.b \"c\"\\"), "odd"), vec![G]),
        (is(custom("absent"), "x"), vec![]),
        (contains(FilterField::Title, "guide USER"), vec![G]),
        (contains(FilterField::Title, "2024"), vec![G]),
        (contains(FilterField::Title, "guide missing"), vec![]),
        (contains(FilterField::Title, "gui"), vec![]),
        (contains(FilterField::Title, "手册"), vec![C]),
        (contains(FilterField::Title, "知识 使用"), vec![C]),
        (contains(FilterField::Title, "库"), vec![C]),
        (contains(FilterField::Title, "册手"), vec![]),
        (contains(FilterField::Source, "docs"), vec![G, C]),
        (contains(FilterField::MediaType, "html"), vec![C]),
        (contains(FilterField::Language, "Chinese"), vec![C]),
        (contains(FilterField::Tags, "v2 manual"), vec![G]),
        (contains(custom("owner"), "lee"), vec![G, C]),
        (contains(custom("year"), "2024"), vec![]),
        (contains(FilterField::Id, &id), vec![]),
        (contains(FilterField::Title, " … "), vec![G, C, P]),
        (number("year", Comparison::Less, 2024.0), vec![C]),
        (number("year", Comparison::LessOrEqual, 2024.0), vec![G, C]),
        (number("year", Comparison::Greater, 2023.5), vec![G]),
        (number("year", Comparison::GreaterOrEqual, 2023.5), vec![G, C]),
        (number("owner", Comparison::Greater, 0.0), vec![]),
        (Filter::Number { field: FilterField::Title, comparison: Comparison::Greater, value: 0.0 }, vec![]),
        (time(Comparison::Less, "2023-01-01T00:00:00Z"), vec![P]),
        (time(Comparison::LessOrEqual, "2023-01-01T00:00:00Z"), vec![C, P]),
        (time(Comparison::Greater, "2024-05-01T10:00:00Z"), vec![G]),
        (time(Comparison::Greater, "2024-05-01T10:00:00.000001Z"), vec![]),
        (time(Comparison::GreaterOrEqual, "2023-01-01T00:00:00Z"), vec![G, C]),
        (Filter::Exists(FilterField::Id), vec![G, C, P]),
        (Filter::Exists(FilterField::ModifiedAt), vec![G, C, P]),
        (Filter::Exists(FilterField::Tags), vec![G]),
        (Filter::Exists(custom("draft")), vec![G, C]),
        (Filter::Exists(custom("empty")), vec![]),
        (not(Filter::Exists(custom("year"))), vec![P]),
    ]
}

fn text(text: &str) -> FieldValue {
    FieldValue::Text(text.to_owned())
}

fn custom(name: &str) -> FilterField {
    FilterField::Custom(name.to_owned())
}

fn one_of(field: FilterField, values: Vec<FieldValue>) -> Filter {
    Filter::OneOf { field, values }
}

fn is(field: FilterField, value: &str) -> Filter {
    one_of(field, vec![text(value)])
}

fn not(filter: Filter) -> Filter {
    Filter::Not(Box::new(filter))
}

fn contains(field: FilterField, words: &str) -> Filter {
    Filter::Contains { field, words: words.to_owned() }
}

fn number(name: &str, comparison: Comparison, value: f64) -> Filter {
    Filter::Number { field: custom(name), comparison, value }
}

fn time(comparison: Comparison, value: &str) -> Filter {
    Filter::Time { comparison, value: value.parse().unwrap() }
}
