//! New, unchanged, changed and removed files.

use serde_json::json;

use crate::support::{Ragstone, file_names};

const LEAVE: &str = "---\ntitle: Leave policy\ntags: [hr]\ndays: 30\n---\n# Leave\n\nEmployees have thirty days of paid leave a year.\n";
const TRAVEL: &str =
    "# Travel\n\nTrains are booked through the portal.\n\n## Refunds\n\nReceipts are sent to accounting within two weeks.\n";

#[test]
fn again_changes_nothing_and_a_change_replaces_only_what_changed() {
    let ragstone = Ragstone::new();
    ragstone.write("leave.md", LEAVE);
    // Two sections that do not fit one chunk.
    let long = |ending: &str| {
        format!("# One\n\n{}\n\n# Two\n\n{}{ending}\n", "alpha beta gamma delta. ".repeat(60), "epsilon zeta eta theta. ".repeat(60))
    };
    ragstone.write("long.md", long(""));

    let first = ragstone.ingest();
    assert_eq!((&first["indexed"], &first["failed"]), (&json!(2), &json!([])));
    let again = ragstone.ingest();
    assert_eq!((&again["unchanged"], &again["chunks_embedded"]), (&json!(2), &json!(0)));

    ragstone.write("long.md", long(" The end."));
    let changed = ragstone.ingest();
    assert_eq!((&changed["replaced"], &changed["unchanged"]), (&json!(1), &json!(1)));
    let (embedded, kept) = (changed["chunks_embedded"].as_u64().unwrap(), changed["chunks_kept"].as_u64().unwrap());
    assert!(embedded >= 1 && kept > embedded, "only the end changed: {embedded} embedded, {kept} kept");
    let collection = ragstone.json(&["collections", "show", "default"]);
    assert_eq!(collection["chunks"].as_u64().unwrap(), 1 + embedded + kept, "nothing of the former version is left");
}

#[test]
fn removed_files_go_with_prune_only() {
    let ragstone = Ragstone::new();
    let travel = ragstone.write("travel.md", TRAVEL);
    ragstone.write("leave.md", LEAVE);
    ragstone.ingest();
    fs_err::remove_file(travel).unwrap();

    assert_eq!(ragstone.ingest()["removed"], json!(0));
    assert_eq!(file_names(&ragstone.json(&["search", "accounting receipts"]))[0], "travel.md");
    let pruned = ragstone.json(&["ingest", ragstone.documents().to_str().unwrap(), "--prune"]);
    assert_eq!((&pruned["removed"], &pruned["unchanged"]), (&json!(1), &json!(1)));
    assert!(!file_names(&ragstone.json(&["search", "accounting receipts"])).contains(&"travel.md".to_owned()));
}

#[test]
fn chunks_are_spans_of_the_text_and_keep_their_headings() {
    let ragstone = Ragstone::new();
    let path = ragstone.write("travel.md", TRAVEL);
    ragstone.ingest();
    let hits = ragstone.json(&["search", "where do receipts go"]);
    let chunk = &hits["hits"][0]["chunk"];
    let document = ragstone.json(&["documents", "show", path.to_str().unwrap()]);
    let text = document["text"].as_str().unwrap();
    let span = |name: &str| usize::try_from(chunk["span"][name].as_u64().unwrap()).unwrap();
    assert_eq!(&text[span("start")..span("end")], chunk["text"].as_str().unwrap());
    assert_eq!(text, TRAVEL);
    assert_eq!(chunk["heading_path"][0], json!("Travel"));
}

#[test]
fn html_and_plain_text_and_other_encodings() {
    let ragstone = Ragstone::new();
    ragstone.write(
        "page.html",
        "<html><head><title>Office hours</title></head><body><script>var x=1</script><p>We open at nine.</p></body></html>",
    );
    ragstone.write("notes.txt", "The parking garage closes at midnight.");
    // "Die Küche" in Windows-1252.
    ragstone.write("kitchen.txt", b"Die K\xfcche ist f\xfcr alle ge\xf6ffnet, und die Sp\xfclmaschine l\xe4uft t\xe4glich um f\xfcnf Uhr.");
    assert_eq!(ragstone.ingest()["indexed"], json!(3));
    assert_eq!(file_names(&ragstone.json(&["search", "when do you open"]))[0], "page.html");
    assert_eq!(file_names(&ragstone.json(&["search", "Küche Spülmaschine"]))[0], "kitchen.txt");
    assert!(ragstone.json(&["search", "var x"])["hits"].to_string().find("var x=1").is_none(), "scripts are no text");
}

#[test]
fn a_summary_for_people() {
    let ragstone = Ragstone::new();
    ragstone.write("leave.md", LEAVE);
    ragstone.write("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
    let printed = ragstone.ok(&["ingest", ragstone.documents().to_str().unwrap()]);
    assert!(printed.starts_with("1 indexed, 0 replaced, 0 unchanged, 0 removed, 0 failed"), "{printed}");
    assert!(printed.contains("1 image"), "{printed}");
    ragstone.run(&["documents", "show", "elsewhere.md"]).refused(&["`elsewhere.md` cannot be shown", "ragstone documents list"]);
}
