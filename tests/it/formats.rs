//! Documents that are no text, through the worker: read, or refused by name.

use serde_json::{Value, json};

use crate::support::{Ragstone, file_names, worker};

const MAIL: &str = "From: Ann <ann@example.org>\nTo: bob@example.org\nSubject: The boiler room\nDate: Mon, 5 Jan 2026 10:00:00 +0000\n\
                    MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\nThe boiler is inspected every spring by the city.\n";

/// A PDF of one page that says this.
fn pdf(text: &str) -> Vec<u8> {
    let content = format!("BT /F1 24 Tf 72 700 Td ({text}) Tj ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut file = "%PDF-1.4\n".to_owned();
    let mut places = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        places.push(file.len());
        file.push_str(&format!("{} 0 obj\n{object}\nendobj\n", index + 1));
    }
    let table = file.len();
    file.push_str(&format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1));
    places.iter().for_each(|place| file.push_str(&format!("{place:010} 00000 n \n")));
    file.push_str(&format!("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n", objects.len() + 1));
    file.into_bytes()
}

fn show(ragstone: &Ragstone, name: &str) -> Value {
    ragstone.json(&["documents", "show", ragstone.documents().join(name).to_str().unwrap()])
}

#[test]
fn mails_and_pdfs_are_read_with_what_they_say_of_themselves() {
    if worker().is_none() {
        return;
    }
    let ragstone = Ragstone::new();
    ragstone.write("boiler.eml", MAIL);
    ragstone.write("lift.pdf", pdf("The lift is repaired on Tuesdays"));
    let report = ragstone.ingest();
    assert_eq!((&report["indexed"], &report["failed"]), (&json!(2), &json!([])), "{report}");
    assert_eq!(report["pages"], json!(1));
    assert_eq!(file_names(&ragstone.json(&["search", "when is the lift repaired"]))[0], "lift.pdf");
    let mail = show(&ragstone, "boiler.eml");
    assert_eq!((&mail["title"], &mail["fields"]["from"]), (&json!("The boiler room"), &json!("Ann <ann@example.org>")));
    let lift = show(&ragstone, "lift.pdf");
    assert_eq!(lift["pages"][0]["number"], json!(1));
    assert_eq!(lift["quality"]["warnings"], json!([]), "{lift}");
    let shown = ragstone.ok(&["documents", "show", ragstone.documents().join("lift.pdf").to_str().unwrap()]);
    assert!(shown.contains("0 without text") && shown.contains("page 1"), "{shown}");
}

#[test]
fn members_of_a_mailbox_are_documents_of_their_own() {
    if worker().is_none() {
        return;
    }
    let ragstone = Ragstone::new();
    let message = |id: &str, text: &str| {
        format!("From a@b.c Mon Jan  5 10:00:00 2026\nFrom: a@b.c\nTo: d@e.f\nMessage-ID: <{id}@b.c>\nSubject: {id}\n\n{text}\n\n")
    };
    ragstone.write("all.mbox", message("one", "The garden is watered at dawn.") + &message("two", "The cellar floods in April."));
    let first = ragstone.ingest();
    assert_eq!(first["failed"], json!([]), "{first}");
    let hits = ragstone.json(&["search", "when does the cellar flood"]);
    let source = hits["hits"][0]["document"]["source"].as_str().unwrap();
    assert!(source.ends_with("all.mbox/two@b.c.eml"), "{source}");
    assert_eq!(ragstone.ingest()["chunks_embedded"], json!(0));

    // A message that is gone from the mailbox goes as a file would.
    ragstone.write("all.mbox", message("two", "The cellar floods in April."));
    let pruned = ragstone.json(&["ingest", ragstone.documents().to_str().unwrap(), "--prune"]);
    assert_eq!((&pruned["removed"], &pruned["chunks_embedded"]), (&json!(1), &json!(0)), "{pruned}");
    let sources = ragstone.json(&["documents", "list"])["documents"].to_string();
    assert!(sources.contains("two@b.c.eml") && !sources.contains("one@b.c.eml"), "{sources}");
}

#[test]
fn what_is_broken_is_named_and_the_rest_is_read() {
    if worker().is_none() {
        return;
    }
    let ragstone = Ragstone::new();
    ragstone.write("good.eml", MAIL);
    ragstone.write("half.pdf", &pdf("never seen")[..40]);
    ragstone.write("broken.docx", b"PK\x03\x04 and nothing that follows");
    ragstone.write("named.wrong.docx", "Only text, whatever its name says.");
    let outcome = ragstone.run(&["ingest", ragstone.documents().to_str().unwrap()]);
    assert_eq!(outcome.code, Some(1), "{outcome:#?}");
    assert!(outcome.stderr.contains("half.pdf: ") && outcome.stderr.contains("broken.docx: "), "{}", outcome.stderr);
    assert!(outcome.stdout.contains("2 indexed") && outcome.stdout.contains("2 failed"), "{}", outcome.stdout);
    let failed = ragstone.json(&["jobs", "failed"]);
    assert_eq!(failed.as_array().unwrap().len(), 2, "{failed}");

    // Mended, it drops off the list.
    ragstone.write("half.pdf", pdf("now seen"));
    ragstone.run(&["ingest", ragstone.documents().to_str().unwrap()]);
    assert_eq!(ragstone.json(&["jobs", "failed"]).as_array().unwrap().len(), 1);
}
