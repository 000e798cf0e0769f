use super::*;

fn check(text: &str, expected: &str) {
    assert_eq!(read(text).text, expected, "{text:?}");
}

#[test]
fn headers_and_sections() {
    let text = "= The Guide\nAnn Ode <ann@example.org>; Bo Lin\nv1.2, 2024-05-06\n:keywords: a, b\n:product: Ragstone\n\nUses {product}, not {unknown}.\n\n== One\n\nText +\nmore.\n\n=== Deep\n// a comment\n\nx\n";
    let reading = read(text);
    assert_eq!(reading.text, "# The Guide\n\nUses Ragstone, not {unknown}.\n\n## One\n\nText\nmore.\n\n### Deep\n\nx");
    assert_eq!(reading.title.as_deref(), Some("The Guide"));
    assert_eq!(reading.tags, ["a", "b"]);
    assert_eq!(reading.date.unwrap().to_rfc3339(), "2024-05-06T00:00:00+00:00");
    assert_eq!(reading.fields.get("author"), Some(&ragstone_core::FieldValue::Text("Ann Ode, Bo Lin".to_owned())));
}

#[test]
fn what_stands_in_a_line() {
    check("See https://x.org[the site], <<sec,there>>, <<_a_b>>, link:a.html[], `a_b`.", "See the site, there, a b, a.html, `a_b`.");
    check("A note.footnote:[Really.] Press kbd:[F1]. image:x.png[Alt] [[anchor]]End [sic].", "A note. (Really.) Press F1.  End [sic].");
    check("An {open, <<open, `open and link:x[open", "An {open, <<open, `open and link:x[open");
}

#[test]
fn blocks() {
    check("[source,rust]\n----\nfn main() {}\n----\n", "```rust\nfn main() {}\n```");
    check(".Listing\n....\na\n....\n", "Listing\n\n```\na\n```");
    check("NOTE: Mind it.\n\n[TIP]\n====\nInner.\n====\n", "**NOTE:** Mind it.\n\n**TIP:**\n\nInner.");
    check("////\nhidden\n////\nshown", "shown");
    check("----\nnot closed", "```\nnot closed\n```");
    check(
        "* one\n** two\n  goes on\n. first\n. second\nterm:: what it is\n",
        "- one\n   - two goes on\n1. first\n1. second\n- **term:** what it is",
    );
}

#[test]
fn tables() {
    let rows = "| a | b |\n| --- | --- |\n| 1 | 2 |";
    check("|===\n|a |b\n\n|1 |2\n|===\n", rows);
    check("|===\n|a |b\n\n|1\n|2\n|===\n", rows);
    check("[cols=\"1,2\"]\n|===\n|a\n|b\n|1\n|2\n|===\n", rows);
    check("[cols=2*]\n|===\n|a|b 2+|1|2", "| a | b |\n| --- | --- |\n| 1 | 2 |");
    check(",===\na,b\n1,2\n,===\n", rows);
}

#[test]
fn nesting_has_an_end() {
    let deep: String = (4..3_000).map(|length| format!("{}\n", "=".repeat(length))).collect();
    assert!(read(&format!("{deep}text")).text.contains("text"));
}
