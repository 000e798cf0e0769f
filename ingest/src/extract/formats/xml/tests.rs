use super::*;

fn check(text: &str, expected: &str) {
    let reading = read(text);
    assert_eq!(reading.text, expected, "{text:?}");
    assert!(reading.warnings.is_empty(), "{:?}", reading.warnings);
}

#[test]
fn articles_of_journals() {
    let text = "<article><front><journal-meta><journal-title>never</journal-title></journal-meta><article-meta><article-id>never</article-id>\
        <title-group><article-title>Bees &amp; <italic>honey</italic></article-title></title-group>\
        <contrib-group><contrib><name><surname>Author</surname><given-names>Ann</given-names></name><xref>1</xref></contrib><contrib><collab>Hive</collab></contrib></contrib-group>\
        <pub-date><day>5</day><month>3</month><year>2026</year></pub-date><abstract><p>Brief.</p></abstract><kwd-group><kwd>bees</kwd></kwd-group></article-meta></front>\
        <body><sec><title>Start</title><p>Bees make<sub>2</sub> honey&#xa0;<xref>[1]</xref>.</p><sec><title>Deep</title><list><list-item><p>one</p></list-item><list-item><p>two</p></list-item></list></sec>\
        <table-wrap><label>Table 1.</label><caption><p>Days</p></caption><table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td><p>1</p></td><td>2</td></tr></tbody></table></table-wrap></sec></body>\
        <back><ref-list><title>References</title><ref><element-citation><name><surname>Lin</surname><given-names>B</given-names></name><year>2020</year></element-citation></ref></ref-list></back></article>";
    let reading = read(text);
    assert_eq!(
        reading.text,
        "# Bees & honey\n\nBrief.\n\n## Start\n\nBees make2 honey [1].\n\n### Deep\n\n- one\n- two\n\nTable 1.\n\nDays\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\n## References\n\n- Lin B 2020"
    );
    assert_eq!((reading.title.as_deref(), reading.tags.as_slice()), (Some("Bees & honey"), &["bees".to_owned()][..]));
    assert_eq!(reading.fields.get("author"), Some(&ragstone_core::FieldValue::Text("Ann Author, Hive".to_owned())));
    assert_eq!(reading.date.unwrap().to_rfc3339(), "2026-03-05T00:00:00+00:00");
}

#[test]
fn books() {
    let text = "<?xml version='1.0'?><book xmlns='http://docbook.org/ns/docbook'><info><title>Guide</title><author><personname><firstname>Ann</firstname><surname>Ode</surname></personname></author><pubdate>2024-05-06</pubdate></info>\
        <chapter><title>One</title><para>Use <command>make</command>.</para><programlisting>a\n  b</programlisting><itemizedlist><listitem><para>x</para></listitem></itemizedlist>\
        <table><title>T</title><tgroup><tbody><row><entry>a</entry><entry>b</entry></row></tbody></tgroup></table></chapter></book>";
    let reading = read(text);
    assert_eq!(reading.text, "# Guide\n\n## One\n\nUse make.\n\n```\na\n  b\n```\n\n- x\n\nT\n\n| a | b |\n| --- | --- |");
    assert_eq!(reading.fields.get("author"), Some(&ragstone_core::FieldValue::Text("Ann Ode".to_owned())));
}

#[test]
fn records() {
    check(
        "<all><c><name>France</name><capital>Paris</capital></c><c><name>Peru</name><capital>Lima</capital></c></all>",
        "name: France\ncapital: Paris\n\nname: Peru\ncapital: Lima",
    );
    check("<all><p1><content>One.</content></p1><p1><content>Two.</content></p1></all>", "One.\n\nTwo.");
    check("<list><a x='1' title='T'/>loose<b><![CDATA[<raw>]]></b></list>", "T\n\nloose\n\n<raw>");
    check(
        "<rss><channel><title>News</title><item><title>A</title><description>One &lt;b&gt;two.</description><link>https://x.org</link></item></channel></rss>",
        "# News\n\n## A\n\ndescription: One <b>two.\nlink: https://x.org",
    );
}

#[test]
fn broken_documents_keep_their_text() {
    for (text, kept, said) in [
        ("<a><b>kept</b><c attribute=>also", "also", "ends inside"),
        ("<a>one</b>two</a>", "two", ""),
        ("<a>one <!-- two", "one", "broken at byte"),
        ("<a>one <b", "one", "broken at byte"),
        ("<a>&lol9;x</a>", "x", ""),
        ("no xml at all", "no xml at all", ""),
        ("<a>\0</a>", "\0", ""),
    ] {
        let reading = read(text);
        assert!(reading.text.contains(kept), "{text:?}: {:?}", reading.text);
        let warnings = format!("{:?}", reading.warnings);
        assert!(warnings.contains(said) && (reading.warnings.is_empty() == said.is_empty()), "{text:?}: {warnings}");
    }
    assert_eq!(read("").text, "");
}

#[test]
fn depth_is_bounded() {
    let deep = format!("{}text{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    let reading = read(&deep);
    assert_eq!(reading.text, "text");
    assert!(reading.warnings[0].message.contains("100000 deep"), "{:?}", reading.warnings);
}
