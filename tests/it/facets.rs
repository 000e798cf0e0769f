//! Facets: documents counted by the values of their fields, here and with `--url`.

use serde_json::{Value, json};

use crate::support::{Ragstone, Server};

fn handbook() -> Ragstone {
    let ragstone = Ragstone::new();
    ragstone.write(
        "leave.md",
        "---\ntags: [hr, leave]\nteam: people\nyear: 2024\n---\n# Leave\n\nEmployees have thirty days of paid holiday a year.\n",
    );
    ragstone.write(
        "travel.md",
        "---\ntags: [hr, travel]\nteam: \"Money & Co\"\nyear: 2025\n---\n# Travel\n\nReceipts are sent to accounting.\n",
    );
    ragstone.write("safety.md", "---\ntags: [office]\nyear: 2025\n---\n# Safety\n\nIn case of fire, leave the building by the stairs.\n");
    // The same content under another name is found once, and counts once.
    ragstone.write(
        "copies/leave.md",
        "---\ntags: [hr, leave]\nteam: people\nyear: 2024\n---\n# Leave\n\nEmployees have thirty days of paid holiday a year.\n",
    );
    ragstone.ingest();
    ragstone
}

#[test]
fn documents_are_counted_by_value() {
    let ragstone = handbook();
    let counted = ragstone.json(&["documents", "facets", "tags", "fields.year"]);
    assert_eq!(
        counted["facets"][0]["values"],
        json!([{"value": "hr", "documents": 2}, {"value": "leave", "documents": 1}, {"value": "office", "documents": 1}, {"value": "travel", "documents": 1}])
    );
    assert_eq!(counted["facets"][1]["values"], json!([{"value": 2025.0, "documents": 2}, {"value": 2024.0, "documents": 1}]));

    let filtered = ragstone.json(&["documents", "facets", "tags", "--filter", "fields.year = 2025", "--values", "1"]);
    assert_eq!((&filtered["facets"][0]["distinct"], &filtered["facets"][0]["documents"]), (&json!(3), &json!(2)));
    let shown = ragstone.ok(&["documents", "facets", "fields.team"]);
    assert!(shown.contains("\"Money & Co\"") && shown.contains("people"), "{shown}");

    let searched = ragstone.json(&["search", "holiday", "--facet", "tags", "--facet", "fields.team", "--filter", "tags = leave"]);
    assert_eq!(searched["facets"][1]["values"], json!([{"value": "people", "documents": 1}]));
}

#[test]
fn a_server_counts_the_same() {
    let ragstone = handbook();
    let here = ragstone.json(&["documents", "facets", "tags,language", "--filter", "exists fields.team"]);
    let server = Server::start(&ragstone);
    let there: Value = ragstone.json(&["documents", "facets", "tags,language", "--filter", "exists fields.team", "--url", &server.url]);
    assert_eq!(here, there);
}

#[test]
fn a_wrong_facet_points_at_the_character() {
    let ragstone = handbook();
    let outcome = ragstone.run(&["documents", "facets", "tags", "langauge"]);
    assert!(outcome.stderr.contains("did you mean `language`?") && outcome.stderr.contains("^^^^^^^^"), "{}", outcome.stderr);
    let outcome = ragstone.run(&["search", "holiday", "--facet", "id"]);
    assert!(outcome.stderr.contains("`id` is no facet"), "{}", outcome.stderr);
}
