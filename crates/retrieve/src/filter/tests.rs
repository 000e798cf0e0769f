//! The grammar as data: what is written, and what it says.

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use ragstone_core::{Comparison, FieldValue, Filter, FilterField};

use super::*;

const ID: &str = "0123abcd-0000-4000-8000-000000000000";

fn now() -> DateTime<Utc> {
    time("2026-11-24T12:00:00Z")
}

fn time(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

fn check(text: &str, expected: Filter) {
    match parse_filter_at(text, now()) {
        Ok(filter) => assert_eq!(filter, expected, "{text}"),
        Err(error) => panic!("{error}"),
    }
}

/// `wrong` is the part of the text that the carets are under.
fn check_error(text: &str, wrong: &str, message: &str) {
    let error = parse_filter_at(text, now()).expect_err(text);
    assert_eq!(error.problem().to_string(), message, "{text}");
    assert_eq!(error.span().of(text), Some(wrong), "{text}");
    assert_eq!(error.offset(), error.span().start);
}

fn one_of(field: FilterField, values: Vec<FieldValue>) -> Filter {
    Filter::OneOf { field, values }
}

fn text(value: &str) -> FieldValue {
    FieldValue::Text(value.to_owned())
}

fn custom(name: &str) -> FilterField {
    FilterField::Custom(name.to_owned())
}

fn tag(value: &str) -> Filter {
    one_of(FilterField::Tags, vec![text(value)])
}

fn not(filter: Filter) -> Filter {
    Filter::Not(Box::new(filter))
}

fn at(comparison: Comparison, value: &str) -> Filter {
    Filter::Time { comparison, value: time(value) }
}

#[test]
fn conditions_on_texts() {
    check("tags = guide", tag("guide"));
    check("tag=2024", tag("2024"));
    check("TAGS == guide", tag("guide"));
    check("title = 'Getting Started'", one_of(FilterField::Title, vec![text("Getting Started")]));
    check(r#"title = "say \"hi\"\n\\""#, one_of(FilterField::Title, vec![text("say \"hi\"\n\\")]));
    check("title != ''", not(one_of(FilterField::Title, vec![text("")])));
    check("media_type = Text/Markdown", one_of(FilterField::MediaType, vec![text("text/markdown")]));
    check("language in (English, chinese)", one_of(FilterField::Language, vec![text("english"), text("chinese")]));
    check("tags not in (a)", not(tag("a")));
    check("source ~ 'user guide'", Filter::Contains { field: FilterField::Source, words: "user guide".to_owned() });
    check("title ~ 知识库", Filter::Contains { field: FilterField::Title, words: "知识库".to_owned() });
    check(&format!("id = {}", ID.to_uppercase()), one_of(FilterField::Id, vec![text(ID)]));
    check("source = file:///a/b.md?x#y", one_of(FilterField::Source, vec![text("file:///a/b.md?x#y")]));
    check("exists title", Filter::Exists(FilterField::Title));
    check("title exists", Filter::Exists(FilterField::Title));
    check("title not exists", not(Filter::Exists(FilterField::Title)));
}

#[test]
fn conditions_on_custom_fields() {
    let number = |comparison, value| Filter::Number { field: custom("year"), comparison, value };
    check("fields.year >= 2020", number(Comparison::GreaterOrEqual, 2020.0));
    check("fields.year < -1.5e3", number(Comparison::Less, -1500.0));
    check("fields.year = 2020", one_of(custom("year"), vec![FieldValue::Number(2020.0)]));
    check("fields.year = '2020'", one_of(custom("year"), vec![text("2020")]));
    check("fields.done in (true, inf, false)", {
        one_of(custom("done"), vec![FieldValue::Boolean(true), text("inf"), FieldValue::Boolean(false)])
    });
    check("fields.\"review state\" = 'true'", one_of(custom("review state"), vec![text("true")]));
    check("fields.Größe = groß", one_of(custom("Größe"), vec![text("groß")]));
    check("exists fields.owner", Filter::Exists(custom("owner")));
}

#[test]
fn conditions_on_times() {
    check("modified > 2026-11-23T10:30:00+02:00", at(Comparison::Greater, "2026-11-23T08:30:00Z"));
    check("modified_at <= '2026-11-23 10:30'", at(Comparison::LessOrEqual, "2026-11-23T10:30:00Z"));
    check("modified > 2026-11-24", at(Comparison::GreaterOrEqual, "2026-11-25T00:00:00Z"));
    check("modified >= 2026-11", at(Comparison::GreaterOrEqual, "2026-11-01T00:00:00Z"));
    check("modified < 2026", at(Comparison::Less, "2026-01-01T00:00:00Z"));
    check("modified <= 2026-12", at(Comparison::Less, "2027-01-01T00:00:00Z"));
    check("modified >= -7d", at(Comparison::GreaterOrEqual, "2026-11-17T12:00:00Z"));
    check("modified < -90min", at(Comparison::Less, "2026-11-24T10:30:00Z"));
    let day = || Filter::And(vec![at(Comparison::GreaterOrEqual, "2024-02-29T00:00:00Z"), at(Comparison::Less, "2024-03-01T00:00:00Z")]);
    check("modified = 2024-02-29", day());
    check("modified in (2024-02-29)", day());
    check("modified not in (2024-02-29, 2024-02-29)", not(Filter::Or(vec![day(), day()])));
}

#[test]
fn conditions_are_joined() {
    check("tag=a and tag=b or tag=c", Filter::Or(vec![Filter::And(vec![tag("a"), tag("b")]), tag("c")]));
    check("tag=a AND (tag=b Or tag=c)", Filter::And(vec![tag("a"), Filter::Or(vec![tag("b"), tag("c")])]));
    check("not tag=a and tag=b", Filter::And(vec![not(tag("a")), tag("b")]));
    check("not (not tag=a)", not(not(tag("a"))));
    check("((((tag=a))))\n", tag("a"));
    check("tag=a and tag=b and tag=c", Filter::And(vec![tag("a"), tag("b"), tag("c")]));
}

#[test]
fn errors_say_what_was_expected_and_where() {
    check_error("", "", "the filter is empty: write a condition such as `tags = guide`");
    check_error(" \n", "", "the filter is empty: write a condition such as `tags = guide`");
    check_error("tags = ", "", "expected a value, found the end");
    check_error("tags", "", "expected an operator (`=`, `!=`, `<`, `<=`, `>`, `>=`, `~`, `in` or `not in`), found the end");
    check_error("tags = a and", "", "expected a condition such as `tags = guide`, found the end");
    check_error("tags = 'a", "'", "the quote is never closed");
    check_error("tags = 'a\\", "'", "the quote is never closed");
    check_error("!tags = a", "!", "unexpected `!`: write `not` before a condition, or `!=`");
    check_error("(tags = a", "", "expected `and`, `or` or `)`, found the end");
    check_error("tags = a)", ")", "expected `and`, `or` or the end, found `)`: no parenthesis is open");
    check_error("title = Getting Started", "Started", "expected `and`, `or` or the end, found `Started`: a value with spaces needs quotes");
    check_error("tags = a && tags = b", "&&", "expected `and`, found `&&`");
    check_error("tags = and", "and", "expected a value, found `and`, which is a keyword: put it in quotes");
    check_error("tags in a", "a", "expected `(` and a list of values, found `a`");
    check_error("tags in ()", ")", "expected a value, found `)`");
    check_error("tags in (a b)", "b", "expected `,` or `)`, found `b`");
    check_error("tags not = a", "=", "expected `in`, found `=`: `not` stands before the field, or write `!=`");
    let operator = "expected an operator (`=`, `!=`, `<`, `<=`, `>`, `>=`, `~`, `in` or `not in`), found";
    check_error("title contains a", "contains", &format!("{operator} `contains`: words are looked for with `~`"));
    check_error(
        "标签 = 知识",
        "标签",
        "unknown field `标签`: the fields are id, source, title, media_type, language, tags, modified, and custom ones are written `fields.标签`",
    );
    check_error(
        "title = '知识' and 标题 = 1",
        "标题",
        "unknown field `标题`: the fields are id, source, title, media_type, language, tags, modified, and custom ones are written `fields.标题`",
    );
    check_error("tags is a", "is", &format!("{operator} `is`: write `=`, or `exists FIELD` for whether there is any"));
    check_error("tags:guide", "tags:guide", "unknown field `tags:guide`: write `tags = guide`");
    check_error("tags: guide", "tags:", "unknown field `tags:`: write `tags = VALUE`");
    check_error("fields.year between 1 and 2", "between", &format!("{operator} `between`: write `FIELD >= A and FIELD <= B`"));
    check_error("'tags' = a", "'tags'", "expected a condition such as `tags = guide`, found a text in quotes");
}

#[test]
fn errors_know_the_fields() {
    check_error("titel = x", "titel", "unknown field `titel`: did you mean `title`?");
    check_error("tags = a or Langauge = b", "Langauge", "unknown field `Langauge`: did you mean `language`?");
    let all = "the fields are id, source, title, media_type, language, tags, modified, and custom ones are written";
    check_error("year > 3", "year", &format!("unknown field `year`: {all} `fields.year`"));
    check_error("fields = 3", "fields", &format!("unknown field `fields`: {all} `fields.NAME`"));
    check_error("fields. = 3", "fields.", "unknown field `fields.`: write the custom field's name after the dot");
    check_error("title < 3", "title <", "`title` is a text and cannot be compared with `<`: use `=`, `!=`, `~` or `in`");
    check_error("id ~ x", "id ~", "`id` is an id and cannot be compared with `~`: use `=`, `!=` or `in`");
    check_error(
        "modified ~ x",
        "modified ~",
        "`modified` is a time and cannot be compared with `~`: use `=`, `!=`, `<`, `<=`, `>`, `>=` or `in`",
    );
    check_error("modified > soon", "soon", "`soon` is not a time: write 2026-11-24, 2026-11-24T10:30:00Z or -7d");
    for never in ["2026-02-30", "2026-13", "26-1-1", "2026-11-24-1", "-7", "-7y", "-99999999999d", "-4000000000w", "+1", "--1d", ""] {
        let expected = format!("`{never}` is not a time: write 2026-11-24, 2026-11-24T10:30:00Z or -7d");
        check_error(&format!("modified = '{never}'"), &format!("'{never}'"), &expected);
    }
    check_error("fields.x < y", "y", "`y` is not a number: custom fields are compared by `<` and `>` as numbers");
    check_error("fields.x < '3'", "'3'", "`3` is not a number: custom fields are compared by `<` and `>` as numbers");
    check_error("title ~ '…'", "'…'", "`…` is not a word");
    check_error("id = 7", "7", "`7` is not a document's id: an id looks like 00000000-0000-0000-0000-000000000000");
}

#[test]
fn errors_point_at_the_place() {
    let shown = |text: &str| parse_filter_at(text, now()).unwrap_err().to_string();
    assert_eq!(
        shown("tags = a or titel = b"),
        "unknown field `titel`: did you mean `title`?\n  tags = a or titel = b\n              ^^^^^"
    );
    // Letters of double width, and a line break, are counted as the terminal shows them.
    assert_eq!(shown("title = 知识\nyea"), {
        "expected `and`, `or` or the end, found `yea`: a value with spaces needs quotes\n  title = 知识 yea\n               ^^^"
    });
    assert!(shown("tags =").ends_with("\n  tags =\n        ^"), "{}", shown("tags ="));
    let far = format!("{} = b", "tags = a or ".repeat(50));
    assert!(shown(&far).lines().all(|line| line.chars().count() < 140), "{}", shown(&far));
    assert_eq!(shown(""), "the filter is empty: write a condition such as `tags = guide`");
}

#[test]
fn fields_are_read_alone() {
    let named = |name: &str, field| NamedField { name: name.to_owned(), field };
    assert_eq!(parse_fields("tag"), Ok(vec![named("tag", FilterField::Tags)]));
    let several = vec![named("fields.\"a, b\"", custom("a, b")), named("language", FilterField::Language)];
    assert_eq!(parse_fields(" fields.\"a, b\", language "), Ok(several));
    let wrong = |text: &str| parse_fields(text).unwrap_err().problem().to_string();
    assert_eq!(wrong("titel"), "unknown field `titel`: did you mean `title`?");
    assert_eq!(wrong("tags = a"), "expected `,` or the end, found `=`");
    assert_eq!(wrong(""), "expected a field such as `tags` or `fields.team`, found the end");
    assert!(matches!(parse_fields(&"x".repeat(70_000)).unwrap_err().problem(), FilterProblem::TooLong { .. }));
}

#[test]
fn depth_and_length_are_bounded() {
    let nested = |depth: usize| format!("{}tags = a{}", "(".repeat(depth), ")".repeat(depth));
    check(&nested(64), tag("a"));
    check_error(&nested(10_000), "(", "the filter is nested more than 64 deep");
    check_error(&"not ".repeat(10_000), "not", "the filter is nested more than 64 deep");
    let long = format!("tags in ({}a)", "a, ".repeat(100_000));
    assert!(matches!(parse_filter(&long).unwrap_err().problem(), FilterProblem::TooLong { bytes: 300_011, limit: 65_536 }));
    assert!(matches!(parse_filter(&"tags = a and ".repeat(4_000)).unwrap_err().problem(), FilterProblem::Unexpected { .. }));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in ".{0,80}") {
        if let Err(error) = parse_filter(&text) {
            prop_assert!(error.span().of(&text).is_some());
            prop_assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn any_tokens_are_read_or_refused(
        tokens in prop::collection::vec(
            prop::sample::select(vec![
                "tags", "fields.x", "fields.", "modified", "id", "(", ")", ",", "=", "!=", "<", "~", "in", "not", "and", "or", "exists",
                "a", "-7d", "2026-11", "3", "'q'", "\"", "!", "知", "\\",
            ]),
            0..12,
        ),
        separator in prop::sample::select(vec!["", " ", "\n"]),
    ) {
        let text = tokens.join(separator);
        if let Err(error) = parse_filter(&text) {
            prop_assert!(error.span().of(&text).is_some());
        }
    }

    #[test]
    fn any_value_can_be_quoted(value in ".{0,40}") {
        let quoted = format!("title = \"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""));
        prop_assert_eq!(parse_filter(&quoted), Ok(one_of(FilterField::Title, vec![text(&value)])));
    }
}
