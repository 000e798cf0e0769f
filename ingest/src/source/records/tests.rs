use bytesize::ByteSize;

use super::*;

struct World(tempfile::TempDir);

impl World {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn read(&self, name: &str, content: impl AsRef<[u8]>, map: &str) -> Vec<String> {
        let path = self.0.path().join(name);
        fs::write(&path, content).unwrap();
        let map = if map.is_empty() { RecordMap::default() } else { map.parse().unwrap() };
        let config = SourceConfig { max_file_bytes: ByteSize(400), ..SourceConfig::default() };
        match (RecordsSource { paths: vec![path], map }).open(&config, true) {
            Ok(opened) => opened.items.map(shown).collect(),
            Err(error) => vec![error.to_string()],
        }
    }
}

/// `name#id|title|tags|fields|date|text`, or the failure.
fn shown(item: SourceItem) -> String {
    let name = |source: &str| source.rsplit('/').next().unwrap().to_owned();
    match item {
        SourceItem::Document(document) => [
            name(&document.source),
            document.title.unwrap_or_default(),
            document.tags.join("+"),
            serde_json::to_string(&document.fields).unwrap(),
            document.date.map(|date| date.date_naive().to_string()).unwrap_or_default(),
            String::from_utf8(document.bytes).unwrap(),
        ]
        .join("|"),
        SourceItem::Failed(failed) => format!("failed {}: {}", name(&failed.source), failed.reason),
        other => format!("{other:?}"),
    }
}

const INCOMPLETE: &str =
    ": was read in part only (records could not be read, and nobody knows which they were): nothing that is missing from it is removed";

#[test]
fn lines_of_json() {
    let world = World::new();
    let lines = "\u{feff}{\"id\":7,\"text\":\"One\",\"title\":\"T\",\"tags\":[\"a\",\"b\"],\"date\":\"2026-01-31\",\"year\":2026,\"nested\":{\"x\":1}}\r\n\n{\"text\":\"Two\"}";
    assert_eq!(world.read("a.jsonl", lines, ""), [r#"a.jsonl#7|T|a+b|{"year":2026.0}|2026-01-31|One"#, "a.jsonl#3|||{}||Two"]);
    let mapped = r#"{"_id":"x","body":"Text","name":"N","when":"2026-02-01T10:00:00Z","author":"Ann","pages":3}"#;
    assert_eq!(
        world.read("b.ndjson", mapped, "id=_id,text=body,title=name,date=when,fields=author"),
        [r#"b.ndjson#x|N||{"author":"Ann"}|2026-02-01|Text"#]
    );
}

#[test]
fn bad_lines_fail_alone() {
    let world = World::new();
    let long = format!("{{\"id\":\"long\",\"text\":\"{}\"}}", "x".repeat(1000));
    let lines = [r#"{"id":1,"text":"ok"}"#, "{", "[1]", r#"{"id":2}"#, &long, r#"{"id":3,"text":"ok"}"#].join("\n");
    let read = world.read("a.jsonl", lines.replace("[1]", "[1]\n\u{fffd}"), "");
    assert_eq!(read[0], "a.jsonl#1|||{}||ok");
    assert!(read[1].starts_with("failed a.jsonl#2: line 2: is not a JSON object: EOF"), "{read:?}");
    assert_eq!(read[2], "failed a.jsonl#3: line 3: is not a JSON object");
    assert!(read[3].starts_with("failed a.jsonl#4: line 4"), "{read:?}");
    assert_eq!(read[4], "failed a.jsonl#2: line 5: has no `text`");
    assert_eq!(read[5], "failed a.jsonl#6: line 6: is longer than 400 B (`source.max_file_bytes`)");
    assert_eq!(read[6], "a.jsonl#3|||{}||ok");
    assert_eq!(read[7], format!("failed a.jsonl#{INCOMPLETE}"));
    assert_eq!(
        world.read("b.jsonl", r#"{"text":"x","on":"soon"}"#, "date=on"),
        ["failed b.jsonl#1: line 1: `soon` in `on` is not a date: write 2026-01-31"]
    );
}

#[test]
fn tables() {
    let world = World::new();
    let table = "id,text,title,tags,year,code,open\n1,\"Two\nlines, quoted\",T,\"a, b\",2026,007,true\n2,only two\n3,ok,,,,,\n";
    let read = world.read("a.csv", table, "");
    assert_eq!(read[0], "a.csv#1|T|a+b|{\"code\":\"007\",\"open\":true,\"year\":2026.0}||Two\nlines, quoted");
    assert!(read[1].starts_with("failed a.csv#4: line 4: is not a row of this table"), "{read:?}");
    assert_eq!(read[2], "a.csv#3|||{}||ok");
    assert_eq!(read[3], format!("failed a.csv#{INCOMPLETE}"));
    assert_eq!(world.read("a.tsv", "text\tx\nA\t1\n", ""), [r#"a.tsv#2|||{"x":1.0}||A"#]);
}

#[test]
fn an_open_quote_does_not_swallow_the_file() {
    let world = World::new();
    let table = format!("id,text\n1,ok\n2,\"open\n{}", "x,y\n".repeat(100_000));
    let read = world.read("a.csv", table, "");
    assert_eq!(read[0], "a.csv#1|||{}||ok");
    assert!(read[1].contains("is longer than 400 B"), "{read:?}");
    assert_eq!(read.len(), 3);
    let latin = world.read("b.csv", b"id,text\n1,Stra\xdfe\n2,ok\n", "");
    assert!(latin[0].starts_with("failed b.csv#2: line 2") && latin[1] == "b.csv#2|||{}||ok", "{latin:?}");
}

#[test]
fn what_stands_between_values_is_found() {
    let world = World::new();
    let german = "id;text;when\n1;\"Ja; nein, vielleicht\";2026\n2;Zwei;2027\n";
    assert_eq!(
        world.read("a.csv", german, ""),
        [r#"a.csv#1|||{"when":2026.0}||Ja; nein, vielleicht"#, r#"a.csv#2|||{"when":2027.0}||Zwei"#]
    );
}

#[test]
fn wrong_requests_are_named() {
    let world = World::new();
    assert_eq!(world.read("a.csv", "id,body\n1,x\n", ""), ["`text` is mapped, and the table has no such column; it has id, body"]);
    assert!(world.read("a.xlsx", "x", "")[0].ends_with("a.xlsx` is no table of records: `.jsonl`, `.ndjson`, `.csv` and `.tsv` are"));
    let missing = RecordsSource { paths: vec!["/no/such.csv".into()], map: RecordMap::default() };
    assert!(missing.open(&SourceConfig::default(), false).is_err());
    for map in ["text", "body=text", "text=", ""] {
        assert!(map.parse::<RecordMap>().unwrap_err().to_string().contains("maps nothing"), "{map}");
    }
}
