//! Why a search does not show a document.

use serde_json::{Value, json};

use crate::support::{Ragstone, Server};

fn handbook() -> Ragstone {
    let ragstone = Ragstone::new();
    ragstone.write("leave.md", "---\ntags: [hr]\n---\n# Leave\n\nEmployees have thirty days of paid holiday a year.\n");
    ragstone.write("copied.md", "---\ntags: [old]\n---\n# Leave\n\nEmployees have thirty days of paid holiday a year!\n");
    ragstone.write("travel.md", "# Travel\n\nReceipts are sent to accounting within fourteen days.\n");
    ragstone.write("same.md", "# Travel\n\nReceipts are sent to accounting within fourteen days.\n");
    ragstone.write("tea.md", "# Tea\n\nGreen tea is brewed at eighty degrees.\n");
    ragstone.ingest();
    ragstone
}

fn why_not(ragstone: &Ragstone, document: &str, arguments: &[&str]) -> Value {
    let path = ragstone.documents().join(document);
    ragstone.json(&[&["explain", "--why-not", path.to_str().unwrap()], arguments].concat())
}

#[test]
fn every_step_that_loses_a_document_is_named() {
    let ragstone = handbook();
    let step = |document: &str, arguments: &[&str]| why_not(&ragstone, document, arguments)["outcome"]["step"].as_str().unwrap().to_owned();
    assert_eq!(step("tea.md", &["green tea"]), "found");
    assert_eq!(step("coffee.md", &["green tea"]), "not_in_collection");
    assert_eq!(step("tea.md", &["paid holiday", "--limit", "1"]), "beyond_limit");
    assert_eq!(step("tea.md", &["paid holiday", "--limit", "1", "--candidates", "1"]), "no_candidate");
    assert_eq!(step("tea.md", &["green tea", "--filter", "tags = hr"]), "filtered_out");
    let lost = [step("leave.md", &["paid holiday", "--limit", "4"]), step("copied.md", &["paid holiday", "--limit", "4"])];
    assert!(lost.contains(&"found".to_owned()) && lost.contains(&"dropped".to_owned()), "{lost:?}");
    let twins = [step("travel.md", &["receipts"]), step("same.md", &["receipts"])];
    assert!(twins.contains(&"found".to_owned()) && twins.contains(&"same_content".to_owned()), "{twins:?}");
}

#[test]
fn the_reasons_have_numbers_and_remedies() {
    let ragstone = handbook();
    let path = ragstone.documents().join("tea.md");
    let say = |arguments: &[&str]| ragstone.ok(&[&["explain", "--why-not", path.to_str().unwrap()], arguments].concat());
    let printed = say(&["paid holiday -green", "--limit", "4"]);
    assert!(printed.contains("the word `green`, which the query excludes"), "{printed}");
    let printed = say(&["tea \"at eighty\" \"black tea\""]);
    assert!(printed.contains("no passage of it has \"black tea\" as it stands"), "{printed}");
    let printed = say(&["paid holiday", "--candidates", "1", "--limit", "1"]);
    for expected in ["no leg has it among its first 1", "dense: #", "no candidate", "lexical: has no word of the query"] {
        assert!(printed.contains(expected), "{printed:?} should contain {expected:?}");
    }
    let filtered = why_not(&ragstone, "tea.md", &["tea", "--filter", "media_type = \"text/markdown\" and tags = hr and title ~ tea"]);
    assert_eq!(filtered["outcome"]["conditions"], json!(["tags = hr"]), "{filtered}");
    ragstone.run(&["explain", "tea"]).refused(&["--why-not"]);
    ragstone.run(&["explain", "--why-not", "", "tea"]).refused(&["--why-not"]);
    ragstone.run(&["explain", "--why-not", "tea.md", " "]).refused(&["the query is empty"]);
}

#[test]
fn a_server_explains_the_same() {
    let ragstone = handbook();
    let path = ragstone.documents().join("tea.md");
    let arguments = ["explain", "--why-not", path.to_str().unwrap(), "paid holiday", "--limit", "1"];
    let here = ragstone.json(&arguments);
    let server = Server::start(&ragstone);
    assert_eq!(ragstone.json(&[&arguments[..], &["--url", &server.url]].concat()), here);
}
