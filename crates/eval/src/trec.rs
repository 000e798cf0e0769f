//! Judgements and runs in the formats of TREC, which every tool of the field reads.
//!
//! An id in these files has no white space. What has some, such as the path of a file, is written with `%20` for a space.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::path::Path;

use crate::lines::for_each_line;
use crate::{EvalError, RankedDocument, Run};

/// How relevant which document is to which query: query id → document id → relevance; 0 and less is not relevant.
pub type Judgements = BTreeMap<String, BTreeMap<String, i64>>;

/// Reads judgements: `query 0 document relevance` (TREC) or `query document relevance` (BEIR), separated by tabs or spaces.
///
/// Where tabs separate, ids may have spaces. The first line is skipped if it is a header. A document that is judged twice for one
/// query must have the same relevance both times.
pub fn read_qrels(path: &Path) -> Result<Judgements, EvalError> {
    let mut judgements = Judgements::new();
    for_each_line(path, |line, text| {
        let Some((query, document, relevance)) = judgement(text) else {
            let is_header = line == 1;
            return if is_header { Ok(()) } else { Err(EvalError::NotAJudgement { path: path.to_owned(), line, found: text.to_owned() }) };
        };
        let judged = judgements.entry(query.to_owned()).or_default();
        let earlier = judged.insert(document.to_owned(), relevance);
        if earlier.is_some_and(|earlier| earlier != relevance) {
            let (query, document) = (query.to_owned(), document.to_owned());
            return Err(EvalError::Contradiction { path: path.to_owned(), line, query, document });
        }
        Ok(())
    })?;
    if judgements.is_empty() {
        return Err(EvalError::Empty { path: path.to_owned() });
    }
    Ok(judgements)
}

/// Reads a run: `query Q0 document rank score name`, separated by tabs or spaces. As in `trec_eval`, the rank is not looked at.
pub fn read_run(path: &Path) -> Result<Run, EvalError> {
    let mut rankings: BTreeMap<String, Vec<RankedDocument>> = BTreeMap::new();
    let mut seen: HashSet<(String, String)> = HashSet::new();
    for_each_line(path, |line, text| {
        let Some((query, document, score)) = ranked(text) else {
            return Err(EvalError::NotARankedDocument { path: path.to_owned(), line, found: text.to_owned() });
        };
        if !seen.insert((query.to_owned(), document.to_owned())) {
            return Err(EvalError::ListedTwice { path: path.to_owned(), line, query: query.to_owned(), document: document.to_owned() });
        }
        rankings.entry(query.to_owned()).or_default().push(RankedDocument { id: document.to_owned(), score });
        Ok(())
    })?;
    if rankings.is_empty() {
        return Err(EvalError::Empty { path: path.to_owned() });
    }
    let mut run = Run::default();
    for (query, documents) in rankings {
        run.insert(&query, documents)?;
    }
    Ok(run)
}

/// Judgements as [`read_qrels`] reads them, in TREC's form.
pub fn qrels_to_text(judgements: &Judgements) -> String {
    let mut text = String::new();
    for (query, documents) in judgements {
        for (document, relevance) in documents {
            // Writing to a string cannot fail.
            writeln!(text, "{} 0 {} {relevance}", without_space(query), without_space(document)).ok();
        }
    }
    text
}

/// A run as [`read_run`] reads it, best first.
pub fn run_to_text(run: &Run, name: &str) -> String {
    let mut text = String::new();
    for (query, documents) in run.rankings() {
        for (place, document) in documents.iter().enumerate() {
            let (id, rank, score) = (without_space(&document.id), place + 1, document.score);
            writeln!(text, "{} Q0 {id} {rank} {score} {}", without_space(query), without_space(name)).ok();
        }
    }
    text
}

fn judgement(line: &str) -> Option<(&str, &str, i64)> {
    let by_tab: Vec<&str> = line.split('\t').map(str::trim).collect();
    let by_space: Vec<&str> = line.split_whitespace().collect();
    let (query, document, relevance) = match (by_tab.as_slice(), by_space.as_slice()) {
        ([query, document, relevance] | [query, _, document, relevance], _) => (query, document, relevance),
        ([_], [query, document, relevance] | [query, _, document, relevance]) => (query, document, relevance),
        _ => return None,
    };
    if query.is_empty() || document.is_empty() {
        return None;
    }
    Some((query, document, relevance.parse().ok()?))
}

fn ranked(line: &str) -> Option<(&str, &str, f32)> {
    let by_tab: Vec<&str> = line.split('\t').map(str::trim).collect();
    let by_space: Vec<&str> = line.split_whitespace().collect();
    let (query, document, score) = match (by_tab.as_slice(), by_space.as_slice()) {
        ([query, _, document, _, score, _], _) | (_, [query, _, document, _, score, _]) => (query, document, score),
        _ => return None,
    };
    let score: f32 = score.parse().ok()?;
    let is_ordered = !score.is_nan() && !query.is_empty() && !document.is_empty();
    is_ordered.then_some((query, document, score))
}

fn without_space(id: &str) -> String {
    id.chars().flat_map(|letter| if letter.is_whitespace() { "%20".chars().collect() } else { vec![letter] }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(content: impl AsRef<[u8]>) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs_err::write(file.path(), content).unwrap();
        file
    }

    #[track_caller]
    fn refused<T: std::fmt::Debug>(read: fn(&Path) -> Result<T, EvalError>, content: impl AsRef<[u8]>, words: &[&str]) {
        let error = read(file(content).path()).unwrap_err().to_string();
        for word in words {
            assert!(error.contains(word), "`{error}` does not say `{word}`");
        }
    }

    #[test]
    fn reads_judgements_with_tabs_and_with_spaces() {
        for content in ["1 0 a 2\n1 0 b 0\n2 0 a -1\n", "1\t0\ta\t2\r\n1\t0\tb\t0\r\n2\t0\ta\t-1", "q d s\n1 a 2\n1 b 0\n2 a -1"] {
            let judgements = read_qrels(file(content).path()).unwrap();
            assert_eq!(judgements["1"], [("a".to_owned(), 2), ("b".to_owned(), 0)].into(), "{content:?}");
            assert_eq!(judgements["2"]["a"], -1);
        }
        assert_eq!(read_qrels(file("1\tmy file.md\t1").path()).unwrap()["1"]["my file.md"], 1, "a tab allows spaces");
    }

    #[test]
    fn names_the_line_of_a_wrong_judgement() {
        refused(read_qrels, "1 0 a 1\n1 0 b", &["line 2", "`1 0 b`"]);
        refused(read_qrels, "1 0 a 1\n1 0 b 0.5", &["line 2"]);
        refused(read_qrels, "1 0 a 1\n1 0 a 2", &["line 2", "`a`", "`1`"]);
        refused(read_qrels, b"1 0 a 1\n1 0 \xff 1", &["line 2", "UTF-8"]);
        refused(read_qrels, "\n\n", &["no entries"]);
    }

    #[test]
    fn reads_runs() {
        let run = read_run(file("1 Q0 a 1 0.5 x\n1 Q0 b 2 0.75 x\n2\tQ0\ta b\t1\t-1e3\tx\n").path()).unwrap();
        let ids: Vec<_> = run.ranking("1").iter().map(|document| document.id.as_str()).collect();
        assert_eq!(ids, ["b", "a"], "the score counts, not the rank");
        assert_eq!(run.ranking("2"), [RankedDocument { id: "a b".to_owned(), score: -1000.0 }]);
    }

    #[test]
    fn names_the_line_of_a_wrong_ranking() {
        refused(read_run, "1 Q0 a 1 0.5 x\n1 Q0 b 2 0.75", &["line 2", "six columns"]);
        refused(read_run, "1 Q0 a 1 NaN x", &["line 1", "six columns", "number"]);
        refused(read_run, "1 Q0 a 1 high x", &["line 1"]);
        refused(read_run, "1 Q0 a 1 1 x\n1 Q0 a 2 0.5 x", &["line 2", "`a`", "twice"]);
        refused(read_run, "", &["no entries"]);
        let missing = read_run(Path::new("no/such/run.trec")).unwrap_err();
        assert!(missing.to_string().contains("no/such/run.trec"), "{missing}");
    }

    #[test]
    fn what_is_written_can_be_read() {
        let content = "1 Q0 a 1 0.5 x\n1 Q0 b 2 0.33333334 x\n";
        let run = read_run(file(content).path()).unwrap();
        assert_eq!(run_to_text(&run, "x"), content);
        let judgements = read_qrels(file("1\tmy file.md\t1\n2\tb\t0").path()).unwrap();
        assert_eq!(qrels_to_text(&judgements), "1 0 my%20file.md 1\n2 0 b 0\n");
        assert_eq!(read_qrels(file(qrels_to_text(&judgements)).path()).unwrap()["2"]["b"], 0);
    }
}
