//! Sets in the layout of the BEIR benchmark.

use std::collections::HashSet;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::lines::for_each_line;
use crate::{EvalError, Judgements, read_qrels};

/// Documents, queries, and which answers which.
#[derive(Debug, Clone, PartialEq)]
pub struct BeirSet {
    /// The documents, in the order of the file.
    pub documents: Vec<BeirDocument>,
    /// The queries that were judged, in the order of the file.
    pub queries: Vec<BeirQuery>,
    /// The judgements. They may name documents that are not in the set, which then nobody can find.
    pub judgements: Judgements,
}

/// A document of a set.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BeirDocument {
    /// What the judgements call it.
    #[serde(rename = "_id")]
    pub id: String,
    /// Its title; empty in sets without titles.
    #[serde(default)]
    pub title: String,
    /// Its text.
    pub text: String,
}

/// A query of a set.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BeirQuery {
    /// What the judgements call it.
    #[serde(rename = "_id")]
    pub id: String,
    /// The question.
    pub text: String,
}

/// Reads `corpus.jsonl`, `queries.jsonl` and `qrels/test.tsv` of a folder.
///
/// As BEIR does, it leaves out queries that nobody judged. Empty lines are skipped, and so is the first line of the
/// judgements if it is a header.
pub fn read_beir(folder: &Path) -> Result<BeirSet, EvalError> {
    read_beir_judged_by(folder, &folder.join("qrels").join("test.tsv"))
}

/// The same with another file of judgements, for example those of the training part.
pub fn read_beir_judged_by(folder: &Path, judged: &Path) -> Result<BeirSet, EvalError> {
    let judgements = read_qrels(judged)?;
    let documents: Vec<BeirDocument> = read_entries(&folder.join("corpus.jsonl"), DOCUMENT, |document: &BeirDocument| &document.id)?;
    let mut queries: Vec<BeirQuery> = read_entries(&folder.join("queries.jsonl"), QUERY, |query: &BeirQuery| &query.id)?;

    let asked: HashSet<&str> = queries.iter().map(|query| query.id.as_str()).collect();
    if let Some(query) = judgements.keys().find(|query| !asked.contains(query.as_str())) {
        return Err(EvalError::UnknownQuery { path: judged.to_owned(), query: query.clone() });
    }
    queries.retain(|query| judgements.contains_key(&query.id));
    Ok(BeirSet { documents, queries, judgements })
}

const DOCUMENT: &str = r#"a document, {"_id": "…", "title": "…", "text": "…"}"#;
const QUERY: &str = r#"a query, {"_id": "…", "text": "…"}"#;

/// Reads one JSON object a line, no two with the same id.
fn read_entries<T: DeserializeOwned>(path: &Path, expected: &'static str, id_of: fn(&T) -> &String) -> Result<Vec<T>, EvalError> {
    let mut entries = Vec::new();
    let mut ids = HashSet::new();
    for_each_line(path, |line, text| {
        let entry = serde_json::from_str(text).map_err(|source| EvalError::NotJson { path: path.to_owned(), line, expected, source })?;
        let id = id_of(&entry).clone();
        if ids.contains(&id) {
            return Err(EvalError::RepeatedId { path: path.to_owned(), line, id });
        }
        ids.insert(id);
        entries.push(entry);
        Ok(())
    })?;
    if entries.is_empty() {
        return Err(EvalError::Empty { path: path.to_owned() });
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ragstone_core::{Error, ErrorKind};
    use tempfile::TempDir;

    const CORPUS: &str = "{\"_id\":\"d1\",\"title\":\"Titel\",\"text\":\"文書\",\"metadata\":{}}\n\n{\"_id\":\"d2\",\"text\":\"\"}\n";
    const QUERIES: &str =
        "{\"_id\":\"q1\",\"text\":\"one?\"}\r\n{\"_id\":\"q2\",\"text\":\"two?\"}\r\n{\"_id\":\"q3\",\"text\":\"three?\"}";
    const JUDGED: &str = "query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\td2\t0\nq3\tgone\t2\nq1\td1\t1\n";

    fn set(corpus: &[u8], queries: &str, judged: &str) -> TempDir {
        let folder = TempDir::new().unwrap();
        fs_err::create_dir(folder.path().join("qrels")).unwrap();
        fs_err::write(folder.path().join("corpus.jsonl"), corpus).unwrap();
        fs_err::write(folder.path().join("queries.jsonl"), queries).unwrap();
        fs_err::write(folder.path().join("qrels/test.tsv"), judged).unwrap();
        folder
    }

    fn check_refused(corpus: &[u8], queries: &str, judged: &str, words: &[&str]) {
        let refused = read_beir(set(corpus, queries, judged).path()).unwrap_err();
        for word in words {
            assert!(refused.to_string().contains(word), "`{refused}` does not say `{word}`");
        }
        assert_eq!(Error::from(refused).kind(), ErrorKind::InvalidInput);
    }

    #[test]
    fn reads_what_was_judged() {
        let set = read_beir(set(CORPUS.as_bytes(), QUERIES, JUDGED).path()).unwrap();
        assert_eq!(set.documents.len(), 2);
        assert_eq!(set.documents[0], BeirDocument { id: "d1".to_owned(), title: "Titel".to_owned(), text: "文書".to_owned() });
        assert_eq!(set.documents[1].title, "");
        let queries: Vec<_> = set.queries.iter().map(|query| query.id.as_str()).collect();
        assert_eq!(queries, ["q1", "q3"], "q2 was not judged");
        assert_eq!(set.judgements["q1"], [("d1".to_owned(), 1), ("d2".to_owned(), 0)].into());
        assert_eq!(set.judgements["q3"], [("gone".to_owned(), 2)].into());
    }

    #[test]
    fn a_header_and_a_byte_order_mark_may_be_there_or_not() {
        for judged in ["\u{feff}query-id\tcorpus-id\tscore\nq1\td1\t1", "q1\td1\t1\n", "\u{feff}q1\td1\t1\r\n"] {
            let set = read_beir(set(CORPUS.as_bytes(), QUERIES, judged).path()).unwrap();
            assert_eq!(set.judgements["q1"]["d1"], 1, "{judged:?}");
        }
    }

    #[test]
    fn names_the_file_and_the_line_that_is_wrong() {
        let corpus = CORPUS.as_bytes();
        check_refused(b"{\"_id\":\"d1\",\"text\":\"\"}\n{\"_id\":\"d2\"}", QUERIES, JUDGED, &["corpus.jsonl", "line 2", "a document"]);
        check_refused(b"[1]", QUERIES, JUDGED, &["corpus.jsonl", "line 1"]);
        check_refused(b"{\"_id\":\"d1\",\"text\":\"\xff\"}", QUERIES, JUDGED, &["corpus.jsonl", "line 1", "UTF-8"]);
        check_refused(&CORPUS.repeat(2).into_bytes(), QUERIES, JUDGED, &["corpus.jsonl", "line 4", "`d1`"]);
        check_refused(corpus, "{\"_id\":1,\"text\":\"\"}", JUDGED, &["queries.jsonl", "line 1", "a query"]);
        check_refused(corpus, "\n \n", JUDGED, &["queries.jsonl", "no entries"]);
        check_refused(corpus, QUERIES, "", &["test.tsv", "no entries"]);
        check_refused(corpus, QUERIES, "query-id\tcorpus-id\tscore\n", &["test.tsv", "no entries"]);
        check_refused(corpus, QUERIES, &format!("{JUDGED}q1 d1"), &["test.tsv", "line 6", "`q1 d1`", "tabs"]);
        check_refused(corpus, QUERIES, &format!("{JUDGED}q1\td1\t0.5"), &["test.tsv", "line 6"]);
        check_refused(corpus, QUERIES, &format!("{JUDGED}q1\t0\td1\t1\t9"), &["test.tsv", "line 6"]);
        check_refused(corpus, QUERIES, &format!("{JUDGED}q1\td1\t2"), &["test.tsv", "line 6", "`d1`", "`q1`"]);
        check_refused(corpus, QUERIES, "q9\td1\t1", &["test.tsv", "`q9`"]);
    }

    #[test]
    fn names_the_file_that_is_missing() {
        let folder = set(CORPUS.as_bytes(), QUERIES, JUDGED);
        fs_err::remove_file(folder.path().join("queries.jsonl")).unwrap();
        let refused = read_beir(folder.path()).unwrap_err();
        assert!(refused.to_string().contains("queries.jsonl"), "{refused}");
        assert_eq!(Error::from(refused).kind(), ErrorKind::NotFound);
    }
}
