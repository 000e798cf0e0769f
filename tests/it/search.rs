//! Filters, languages, explanations.

use serde_json::json;

use crate::support::{Ragstone, file_names};

fn handbook() -> Ragstone {
    let ragstone = Ragstone::new();
    ragstone.write(
        "leave.md",
        "---\ntags: [hr, leave]\ndays: 30\ndate: 2024-05-01\n---\n# Leave\n\nEmployees have thirty days of paid holiday a year.\n",
    );
    ragstone.write("travel.md", "---\ntags: [travel]\ndays: 14\n---\n# Travel\n\nReceipts are sent to accounting within fourteen days.\n");
    ragstone.write(
        "安全.md",
        "# 办公室安全\n\n发生火灾时，请立即走楼梯离开大楼，不要使用电梯。集合地点在停车场。\n\n新员工在入职第一周参加安全培训。\n",
    );
    ragstone.write("猫.md", "# 猫\n\n吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。\n");
    ragstone.ingest();
    ragstone
}

#[test]
fn meaning_and_words_both_find() {
    let ragstone = handbook();
    assert_eq!(file_names(&ragstone.json(&["search", "how much vacation do I get"]))[0], "leave.md");
    assert_eq!(file_names(&ragstone.json(&["search", "accounting"]))[0], "travel.md");
}

#[test]
fn scripts_without_spaces_work_from_the_start() {
    let ragstone = handbook();
    assert_eq!(file_names(&ragstone.json(&["search", "着火了应该怎么办？可以坐电梯吗"]))[0], "安全.md");
    assert_eq!(file_names(&ragstone.json(&["search", "猫の名前は何ですか"]))[0], "猫.md");
    let explained = ragstone.json(&["search", "火灾时怎么离开大楼"]);
    assert_eq!(explained["legs"]["dense"]["weight"], json!(0.0), "a model that reads English must not drown BM25");
    assert!(!explained["hits"][0]["highlights"].as_array().unwrap().is_empty());
}

#[test]
fn filters_select_documents() {
    let ragstone = handbook();
    let found = |filter: &str| {
        let mut names = file_names(&ragstone.json(&["search", "days", "--mode", "dense", "--filter", filter]));
        names.sort();
        names
    };
    assert_eq!(found("tags = hr"), ["leave.md"]);
    assert_eq!(found("tags in (hr, travel)"), ["leave.md", "travel.md"]);
    assert_eq!(found("fields.days > 20"), ["leave.md"]);
    assert_eq!(found("not exists tags"), ["安全.md", "猫.md"]);
    assert_eq!(found("title ~ travel or title ~ 猫"), ["travel.md", "猫.md"]);
    assert_eq!(found("language = chinese"), ["安全.md"]);
    assert_eq!(found("modified >= 2099-01-01"), Vec::<String>::new());
}

#[test]
fn a_wrong_filter_points_at_the_character() {
    let ragstone = handbook();
    let outcome = ragstone.run(&["search", "days", "--filter", "tagz = hr"]);
    outcome.refused(&["tagz = hr", "^", "tags"]);
}

#[test]
fn an_identifier_that_occurs_nowhere_is_no_answer() {
    let ragstone = handbook();
    assert_eq!(ragstone.json(&["ask", "What does holiday error E0382 mean?"])["answer"]["mode"], json!("not_found"));
    assert!(ragstone.ok(&["search", "What does holiday error E0382 mean?"]).contains("no passage has `E0382`"));
}

#[test]
fn explanations_name_both_legs() {
    let ragstone = handbook();
    let printed = ragstone.ok(&["search", "paid holiday", "--explain"]);
    for expected in ["dense #1", "lexical #1", "relevant", "dense: weight", "lexical: weight", "ms:"] {
        assert!(printed.contains(expected), "{printed:?} should contain {expected:?}");
    }
}

#[test]
fn limits_are_kept() {
    let ragstone = handbook();
    assert_eq!(file_names(&ragstone.json(&["search", "days", "--limit", "1"])).len(), 1);
    ragstone.run(&["search", "days", "--limit", "0"]).refused(&["limit"]);
    ragstone.run(&["search", "  "]).refused(&["empty"]);
}
