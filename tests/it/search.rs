//! Filters, languages, phrases, what is shown and how much of it, settings of a collection.

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

/// The texts of hits, best first.
fn texts(response: &serde_json::Value) -> Vec<&str> {
    response["hits"].as_array().unwrap().iter().map(|hit| hit["chunk"]["text"].as_str().unwrap()).collect()
}

#[test]
fn phrases_stand_as_they_are_and_excluded_words_stay_away() {
    let ragstone = handbook();
    ragstone.write("unpaid.md", "# Unpaid\n\nA year of holiday is never paid, paid leave is.\n");
    ragstone.ingest();
    assert_eq!(file_names(&ragstone.json(&["search", "\"paid holiday\""])), ["leave.md"]);
    assert_eq!(file_names(&ragstone.json(&["search", "\"离开大楼\""])), ["安全.md"]);
    assert!(!file_names(&ragstone.json(&["search", "paid holiday -thirty"])).contains(&"leave.md".to_owned()));
    let printed = ragstone.ok(&["search", "\"holiday paid\""]);
    assert!(printed.contains("no passage has \"holiday paid\" as it stands"), "{printed}");
    assert_eq!(file_names(&ragstone.json(&["search", "Who says \"holiday paid\"?"])).len(), 5, "a sentence has no operators");
}

#[test]
fn a_phrase_is_found_below_all_candidates() {
    let ragstone = Ragstone::new();
    for number in 0..60 {
        ragstone.write(&format!("{number}.md"), format!("# Pump {number}\n\nThe pump number {number} is repaired with a wrench.\n"));
    }
    ragstone.write("deep.md", "# Kitchen\n\nTea is served at four; the wrench is repaired elsewhere.\n");
    ragstone.ingest();
    let search = |query: &str| file_names(&ragstone.json(&["search", query, "--candidates", "5", "--limit", "1"]));
    assert_eq!(search("how is a pump repaired \"wrench is repaired\""), ["deep.md"]);
    assert_eq!(search("pump wrench -number"), ["deep.md"]);
}

#[test]
fn repeated_documents_are_shown_once() {
    let ragstone = handbook();
    ragstone.write("copy.md", "---\ntags: [copy]\n---\n# Leave\n\nEmployees have thirty days of paid holiday a year!\n");
    ragstone.write("next-year.md", "# Leave\n\nEmployees have 30 days of paid holiday a year.\n");
    ragstone.ingest();
    let mut found = file_names(&ragstone.json(&["search", "paid holiday", "--limit", "2"]));
    found.retain(|name| name != "next-year.md");
    assert_eq!(found.len(), 1, "of two that say the same one is shown: {found:?}");
    assert_eq!(
        ragstone.json(&["search", "paid holiday", "--limit", "9", "--option", "duplicate_overlap=0"])["hits"].as_array().unwrap().len(),
        6
    );
}

#[test]
fn sections_are_shown_whole_and_documents_together() {
    let ragstone = Ragstone::new().with("chunk.max_tokens=32").with("chunk.min_tokens=8");
    let line = "The compressor is checked every morning, and its filter is cleaned with warm water before it starts again.";
    let path = ragstone.write("pump.md", format!("# Pump\n\n## Care\n\n{line}\n\nOil is filled up to the red mark, never above, and wiped off the floor.\n\n{}\n\n## History\n\nThe first pump was sold a long time ago by two brothers.\n", "A worn belt is replaced at once by the shift that sees it, and written down."));
    ragstone.write("other.md", "# Garden\n\nOil lamps stand in the garden, and the filter of the pond is green.\n");
    ragstone.ingest();
    let text = fs_err::read_to_string(path).unwrap();

    let plain = ragstone.json(&["search", "when is the compressor checked", "--limit", "1"]);
    let section = ragstone.json(&["search", "when is the compressor checked", "--limit", "1", "--expand", "section"]);
    assert!(texts(&section)[0].len() > texts(&plain)[0].len(), "{section}");
    assert!(texts(&section)[0].contains("worn belt") && !texts(&section)[0].contains("two brothers"), "{section}");
    let span = |hit: &serde_json::Value| (hit["span"]["start"].as_u64().unwrap() as usize)..(hit["span"]["end"].as_u64().unwrap() as usize);
    assert_eq!(&text[span(&section["hits"][0]["chunk"])], texts(&section)[0]);
    assert_eq!(&text[span(&section["hits"][0]["found"])], texts(&plain)[0]);

    let grouped = ragstone.json(&["search", "oil filter", "--group", "document", "--limit", "2"]);
    assert_eq!(grouped["groups"].as_array().unwrap().len(), 2);
    let names = file_names(&grouped);
    assert_eq!(names.iter().filter(|name| *name == "pump.md").count(), 3, "{names:?}");
    let capped = file_names(&ragstone.json(&["search", "oil filter", "--max-per-document", "1"]));
    assert_eq!(capped.len(), 2);
    let diverse = ragstone.json(&["search", "oil filter", "--diversity", "0.5", "--exact", "--limit", "2"]);
    assert!(diverse["hits"][1]["steps"].as_array().unwrap().iter().any(|step| step["step"] == "diversity"), "{diverse}");
}

#[test]
fn settings_belong_to_a_collection() {
    let ragstone = handbook();
    let count = || file_names(&ragstone.json(&["search", "days"])).len();
    assert_eq!(count(), 4);
    let kept = ragstone.json(&["collections", "settings", "default", "limit=2", "retrieve.expand=section"]);
    assert_eq!(kept["retrieve"]["kept"], json!({"limit": 2, "expand": "section"}));
    assert_eq!(count(), 2);
    assert!(ragstone.ok(&["collections", "settings", "default"]).contains("kept for this collection"));
    ragstone.run(&["collections", "settings", "default", "limit=0"]).refused(&["limit is 0, it must be from 1 to 1000"]);
    ragstone.run(&["collections", "settings", "default", "limt=3"]).refused(&["limt is no setting of a search", "limit"]);
    ragstone.run(&["collections", "settings", "default", "limit"]).refused(&["KEY=VALUE"]);
    ragstone.run(&["collections", "settings", "default", "--unset", "fusion"]).refused(&["`fusion` is not kept"]);
    ragstone.run(&["collections", "settings", "nowhere"]).refused(&["collection `nowhere` does not exist"]);
    ragstone.ok(&["collections", "settings", "default", "--unset", "limit"]);
    assert_eq!(count(), 4);

    let own = handbook().with("collections.default.retrieve.limit=3");
    assert_eq!(file_names(&own.json(&["search", "days"])).len(), 3, "the configuration knows collections too");
    own.ok(&["collections", "settings", "default", "limit=1"]);
    assert_eq!(file_names(&own.json(&["search", "days"])).len(), 1, "what is kept wins over the configuration");
    assert_eq!(file_names(&own.json(&["search", "days", "--limit", "2"])).len(), 2, "and the request over both");
    own.with("collections.default.retrieve.limit=0").run(&["search", "days"]).refused(&["collections.default.retrieve.limit is 0"]);
}

#[test]
fn wrong_options_are_named() {
    let ragstone = handbook();
    let check = |flags: &[&str], expected: &[&str]| ragstone.run(&[&["search", "days"], flags].concat()).refused(expected);
    check(&["--expand", "sideways"], &["sideways", "neighbours"]);
    check(&["--group", "author"], &["author", "document"]);
    check(&["--diversity", "1.5"], &["diversity is 1.5, it must be from 0 to 1"]);
    check(&["--diversity", "much"], &["much"]);
    check(&["--max-per-document", "5000"], &["max_per_document is 5000"]);
    check(&["--candidates", "0"], &["candidates is 0, it must be from 1 to 10000"]);
    check(&["--option", "hnsw_ef=0"], &["hnsw_ef is 0"]);
    check(&["--option", "duplicate_overlap=x"], &["duplicate_overlap cannot be \"x\""]);
    check(&["--option", "operators=maybe"], &["operators cannot be \"maybe\"", "always"]);
    check(&["--option", "telepathy=1"], &["telepathy is no setting of a search"]);
}
