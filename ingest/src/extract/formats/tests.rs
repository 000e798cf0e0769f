//! What is common to all formats: what they say about themselves, and files that are not as their format wants.

use ragstone_core::{FieldValue, WarningCode};

use super::*;
use crate::extract::detect::TextFormat as F;

const ALL: [F; 16] = [
    F::Plain,
    F::Markdown,
    F::Html,
    F::ReStructuredText,
    F::AsciiDoc,
    F::Org,
    F::Latex,
    F::Typst,
    F::Notebook,
    F::Delimited,
    F::Json,
    F::JsonLines,
    F::Xml,
    F::Subtitles,
    F::Settings("application/yaml"),
    F::Code("text/x-rust"),
];

fn read_as(format: F, text: &str) -> Reading {
    read(format, text.to_owned()).unwrap()
}

#[test]
fn tables_are_counted_whatever_they_were() {
    for (format, text) in [
        (F::Markdown, "| a |\n|---|\n| 1 |\n"),
        (F::Html, "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>"),
        (F::ReStructuredText, "== ==\na  b\n== ==\n1  2\n== ==\n"),
        (F::AsciiDoc, "|===\n|a |b\n\n|1 |2\n|===\n"),
        (F::Org, "| a | b |\n|---+---|\n| 1 | 2 |\n"),
        (F::Latex, "\\begin{tabular}{ll}a & b\\\\1 & 2\\end{tabular}"),
        (F::Typst, "#table(columns: 2, [a], [b], [1], [2])"),
        (F::Delimited, "a,b\n1,2\n"),
        (F::Json, "[{\"a\": 1, \"b\": 2}, {\"a\": 3, \"b\": 4}]"),
        (F::Xml, "<x><table><tr><td>a</td><td>b</td></tr></table></x>"),
    ] {
        let reading = read_as(format, text);
        assert_eq!((reading.tables, reading.markup), (1, Markup::Markdown), "{format:?}: {}", reading.text);
    }
    assert_eq!(read_as(F::Plain, "| a |\n|---|\n").tables, 0);
}

#[test]
fn subtitles_become_running_text() {
    let text = "WEBVTT\n\n1\n00:01.000 --> 00:02.000\n<v Ann>Hello there.\n\n2\n00:02.500 --> 00:03.000\nHow are you?\n\n3\n00:10.000 --> 00:11.000\n<v Bob>Fine.\n";
    assert_eq!(read_as(F::Subtitles, text).text, "Ann: Hello there. How are you?\n\nBob: Fine.");
    let text = "1\r\n00:00:01,000 --> 00:00:02,000\r\n<i>One</i>\r\ntwo\r\n\r\n2\r\n00:00:02,000 --> 00:00:03,000\r\nthree\r\n";
    assert_eq!(read_as(F::Subtitles, text).text, "One two three");
}

#[test]
fn pages_say_who_wrote_them_and_when() {
    let text = "<html lang=en><head><title>Guide</title><meta name=author content='Ann'><meta property='article:published_time' content='2026-03-01T10:00:00Z'>\
                <meta name=keywords content='hr, new'></head><body><nav>Home</nav><h1>Guide</h1><p>Text.</p><footer>Imprint</footer><script>x()</script></body></html>";
    let reading = read_as(F::Html, text);
    let text_of = |name: &str| match reading.fields.get(name) {
        Some(FieldValue::Text(text)) => text.as_str(),
        _ => "",
    };
    assert_eq!((reading.title.as_deref(), text_of("author"), text_of("language")), (Some("Guide"), "Ann", "en"));
    assert_eq!((reading.tags.as_slice(), reading.text.trim()), (&["hr".to_owned(), "new".to_owned()][..], "# Guide\n\nText."));
    assert_eq!(reading.date.unwrap().to_rfc3339(), "2026-03-01T10:00:00+00:00");
}

#[test]
fn pages_that_are_too_deep_keep_their_words() {
    for depth in [3_000, 200_000] {
        let reading = read_as(F::Html, &format!("<html>{}deep &amp; down", "<div>".repeat(depth)));
        assert_eq!((reading.text.as_str(), reading.warnings[0].code), ("deep & down", WarningCode::Damaged));
    }
}

#[test]
fn no_format_minds_what_it_is_given() {
    let bits = [
        "",
        " ",
        "\n",
        "\0",
        "\u{feff}",
        "é",
        "`",
        "``",
        "```",
        "[[",
        "]]",
        "<<",
        "<",
        ">",
        "{",
        "}",
        "\\",
        "|",
        "|===",
        "..",
        ".. x::",
        "$",
        "#",
        "#(",
        "=",
        "= x",
        "==",
        "- ",
        "1. ",
        "::",
        ":a:",
        "\"",
        "'",
        "&",
        "&#0;",
        "<!--",
        "<![CDATA[",
        "WEBVTT",
        "-->",
        "00:00 --> 1",
        "\\begin{",
        "\\end{x}",
        "#+begin_src",
        "---\n",
        "+-+",
        "\u{202e}",
        "\t",
        "\r",
        "\r\n",
        "\u{10ffff}",
    ];
    for format in ALL {
        for first in bits {
            for second in bits {
                read_as(format, &format!("{first}{second}"));
                read_as(format, &format!("{first}\n{second}\nx"));
            }
        }
    }
}

#[test]
fn what_only_opens_takes_no_longer_than_its_length() {
    for format in ALL {
        for opened in [
            "[", "[[", "{", "(", "<a>", "<!--", "`", "``", "$", "\\(", "\\x{", "#f(", "#f[", "_", "a:", ":a:`", "=", "* ", "> ", "|", "+-",
            "\"", "\n ", "{x", "- \n",
        ] {
            read_as(format, &opened.repeat(30_000));
        }
    }
}
