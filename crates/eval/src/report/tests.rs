use std::time::Duration;

use super::*;
use crate::{AskedQuestion, Examination, Examined, FoundPassage, Place};

fn assessment(places: &[usize]) -> Assessment {
    let asked: Vec<_> = (0..places.len())
        .map(|at| AskedQuestion {
            id: format!("q{at}"),
            question: format!("What is <b>{at}</b>?"),
            relevant: [("right".to_owned(), 1)].into(),
            ..AskedQuestion::default()
        })
        .collect();
    let passage = |place: usize, at: usize| {
        let source = if at == place { "right".to_owned() } else { format!("wrong {at}") };
        let document = ragstone_core::DocumentId::from_source(&source);
        FoundPassage { place: Place { document, span: (0..9).into() }, source, score: 1.0 / (at + 1) as f32 }
    };
    let examined: Vec<_> = places
        .iter()
        .map(|place| Examined {
            found: (0..10).map(|at| passage(*place, at)).collect(),
            answer: None,
            search_time: Duration::from_millis(5),
            failure: None,
        })
        .collect();
    Examination { asked: &asked, examined: &examined, elapsed: Duration::from_secs(1) }
        .assess(&Resampling { resamples: 100, seed: 1 })
        .unwrap()
}

fn report() -> Report {
    let (first, second) = (assessment(&[0, 1, 2, 3]), assessment(&[0, 0, 5, 3]));
    let compared = Comparison::of(&second, &first, "mrr@10", &Resampling::default());
    Report {
        title: "handbook <questions>".to_owned(),
        at: DateTime::<Utc>::UNIX_EPOCH,
        questions: 4,
        remarks: vec!["Each document is one chunk.".to_owned()],
        subjects: vec![
            ReportedSubject { name: "defaults".to_owned(), settings: BTreeMap::new(), assessment: first, compared: None },
            ReportedSubject {
                name: "b.toml".to_owned(),
                settings: [("retrieve.fusion".to_owned(), "rrf".to_owned())].into(),
                assessment: second,
                compared: Some(compared),
            },
        ],
        unresolved: vec![Unresolved { id: "q9".to_owned(), problem: "document `x` is not in the collection".to_owned() }],
    }
}

#[test]
fn questions_won_and_lost_are_told_apart() {
    let report = report();
    let compared = report.subjects[1].compared.as_ref().unwrap();
    let ids = |questions: &[ChangedQuestion]| questions.iter().map(|question| question.id.clone()).collect::<Vec<_>>();
    assert_eq!((ids(&compared.won), ids(&compared.lost)), (vec!["q1".to_owned()], vec!["q2".to_owned()]));
    assert_eq!((compared.won[0].before, compared.won[0].after), (0.5, 1.0));
}

#[test]
fn markdown_has_all_of_it() {
    let markdown = report().to_markdown().unwrap();
    for part in [
        "# handbook <questions>",
        "| measure | defaults | b.toml |",
        "| ndcg@10 | 0.",
        "## b.toml against defaults",
        "`retrieve.fusion = rrf`",
        "Questions won by mrr@10 (1):",
        "- `q1` 0.500 → 1.000: What is <b>1</b>?",
        "- `q9`: document `x` is not in the collection",
    ] {
        assert!(markdown.contains(part), "{part:?} is not in:\n{markdown}");
    }
}

#[test]
fn html_is_one_page_that_needs_nothing_and_escapes_what_it_quotes() {
    let html = report().to_html().unwrap();
    assert!(html.contains("What is &lt;b&gt;1&lt;") && !html.contains("<b>1</b>"), "{html}");
    assert!(html.contains("<svg") && html.contains("</svg>"), "{html}");
    for reference in ["src=", "href=", "@import", "url("] {
        assert!(!html.contains(reference), "{reference} leads out of the page");
    }
}

#[test]
fn json_can_be_read_back() {
    let report = report();
    let read: Report = serde_json::from_str(&serde_json::to_string(&report).unwrap()).unwrap();
    assert_eq!(read, report);
}
