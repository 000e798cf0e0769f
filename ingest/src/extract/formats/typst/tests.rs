use super::*;

fn check(text: &str, expected: &str) {
    assert_eq!(read(text).text, expected, "{text:?}");
}

#[test]
fn documents() {
    let text = "#set document(title: \"Guide\", author: (\"Ann Ode\"))\n#import \"@preview/x:1.0\": *\n#set page(\n  margin: 1cm,\n)\n#show heading: it => [\n  never\n]\n#let date = \"2024-05-06\"\n\n= Start <start>\nText // a comment\nat https://x.org of #date.\n== Deep\n/* never */ More.\n";
    let reading = read(text);
    assert_eq!(reading.text, "# Start\n\nText\nat https://x.org of 2024-05-06.\n\n## Deep\n\nMore.");
    assert_eq!(reading.title.as_deref(), Some("Guide"));
    assert_eq!(reading.fields.get("author"), Some(&ragstone_core::FieldValue::Text("Ann Ode".to_owned())));
}

#[test]
fn what_stands_in_a_line() {
    check(
        "#link(\"https://x.org\")[The site], #link(\"https://y.org\"), *bold*, `a_b`, $x^2$, \\#1, #emph[so [it] is].",
        "The site, https://y.org, **bold**, `a_b`, $x^2$, #1, so [it] is.",
    );
    check("#text(size: 10pt, fill: red)[Red], #upper(\"up\") [sic]", "Red, up [sic]");
    check("- one\n  goes on\n  - deep\n+ first\n/ Term: what it is\n", "- one goes on\n   - deep\n1. first\n- Term: what it is");
    check("#if x [Yes] else [No]\nAfter", "YesNoAfter");
}

#[test]
fn blocks() {
    check("```rust\nfn main() {}\n```\nAfter", "```rust\nfn main() {}\n```\n\nAfter");
    check("#figure(table(columns: 2, table.header([a], [b]), [1], `2`), caption: [Days])", "| a | b |\n| --- | --- |\n| 1 | `2` |\n\nDays");
    check("#table(columns: (1fr, auto), [a], [b], [1],\n [2],)", "| a | b |\n| --- | --- |\n| 1 | 2 |");
}

#[test]
fn what_is_not_closed() {
    check("#set page(\n  margin: 1cm\n\n= Title\ntext", "# Title\n\ntext");
    check("```\ncode", "```\ncode\n```");
    check("#emph[open", "open");
    check("text ] more", "text  more");
    for opened in ["#f(", "#f[", "[", "$", "`", "#(", "#let x = ", "#set x(", "/*", "<", "\"", "#{", "#f(\""] {
        read(&opened.repeat(20_000));
    }
}
