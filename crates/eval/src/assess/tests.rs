use ragstone_core::{DocumentId, Span};

use super::*;
use crate::{CitedPassage, FoundPassage, Place};

const QUICK: Resampling = Resampling { resamples: 200, seed: 1 };

fn place(source: &str, start: usize, end: usize) -> Place {
    Place { document: DocumentId::from_source(source), span: Span { start, end } }
}

fn asked(id: &str, relevant: &[&str]) -> AskedQuestion {
    let relevant = relevant.iter().map(|source| ((*source).to_owned(), 1)).collect();
    AskedQuestion { id: id.to_owned(), question: format!("{id}?"), relevant, is_answerable: Some(true), ..AskedQuestion::default() }
}

fn examined(found: &[(&str, usize, usize, f32)]) -> Examined {
    let found = found.iter().map(|(source, start, end, score)| FoundPassage {
        place: place(source, *start, *end),
        source: (*source).to_owned(),
        score: *score,
    });
    Examined { found: found.collect(), answer: None, search_time: Duration::from_millis(10), failure: None }
}

fn assess(asked: &[AskedQuestion], examined: &[Examined]) -> Assessment {
    Examination { asked, examined, elapsed: Duration::from_secs(1) }.assess(&QUICK).unwrap()
}

fn cited(source: &str, start: usize, end: usize) -> CitedPassage {
    CitedPassage { place: place(source, start, end), source: source.to_owned() }
}

#[track_caller]
fn check(scores: &BTreeMap<String, f64>, expected: &[(&str, f64)]) {
    for (name, figure) in expected {
        assert_eq!(scores.get(*name), Some(figure), "{name} in {scores:?}");
    }
}

#[test]
fn documents_are_judged_by_their_best_passage() {
    let assessment =
        assess(&[asked("q", &["b"])], &[examined(&[("a", 0, 9, 0.9), ("b", 0, 9, 0.8), ("a", 9, 19, 0.7), ("b", 9, 19, 0.6)])]);
    check(&assessment.questions[0].scores, &[("mrr@10", 0.5), ("hit_rate@1", 0.0), ("recall@5", 1.0)]);
    assert!(!assessment.measures.contains_key("token_recall@5"), "no passage was given");
}

#[test]
fn passages_are_judged_by_their_letters() {
    let mut question = asked("q", &["a"]);
    question.gold = vec![vec![place("a", 10, 20)]];
    let assessment = assess(&[question], &[examined(&[("a", 0, 20, 0.9)])]);
    check(&assessment.questions[0].scores, &[("token_recall@5", 1.0), ("token_precision@5", 0.5), ("token_iou@5", 0.5)]);
}

#[test]
fn answers_are_judged_by_what_they_say_and_cite() {
    let mut question = asked("q", &["a"]);
    question.gold = vec![vec![place("a", 10, 20)], vec![place("a", 100, 120)]];
    question.answer = Some("ten days".to_owned());
    let mut result = examined(&[("a", 0, 30, 0.9)]);
    let cited = vec![cited("a", 0, 30), cited("b", 0, 30)];
    let answer = GivenAnswer { text: "Ten days [1].".to_owned(), cited, faithfulness: Some(1.0), ..GivenAnswer::default() };
    result.answer = Some(answer.clone());
    let assessment = assess(&[question.clone()], &[result.clone()]);
    check(
        &assessment.questions[0].scores,
        &[("answered", 1.0), ("exact_match", 1.0), ("token_f1", 1.0), ("citation_precision", 0.5), ("citation_recall", 0.5)],
    );

    result.answer = Some(GivenAnswer { abstained: true, cited: Vec::new(), ..answer });
    let refused = assess(&[question], &[result]);
    check(&refused.questions[0].scores, &[("answered", 0.0), ("exact_match", 0.0), ("token_f1", 0.0), ("citation_recall", 0.0)]);
    assert!(!refused.questions[0].scores.contains_key("citation_precision"), "nothing was cited, so nothing was cited wrongly");
}

#[test]
fn what_cannot_be_answered_should_be_refused() {
    let question = AskedQuestion { is_answerable: Some(false), ..asked("q", &[]) };
    for (abstained, figure) in [(true, 1.0), (false, 0.0)] {
        let answer = Some(GivenAnswer { abstained, ..GivenAnswer::default() });
        let result = Examined { answer, ..examined(&[]) };
        let assessment = assess(std::slice::from_ref(&question), &[result]);
        assert_eq!(assessment.questions[0].scores, [("abstained".to_owned(), figure)].into());
    }
}

#[test]
fn a_failure_counts_as_nothing_found_and_is_told() {
    let failed = Examined { failure: Some("the query is too long".to_owned()), ..examined(&[]) };
    let assessment = assess(&[asked("a", &["d"]), asked("b", &["d"])], &[examined(&[("d", 0, 1, 1.0)]), failed]);
    assert_eq!(assessment.measures["recall@10"].mean, 0.5);
    assert_eq!(assessment.failures().collect::<Vec<_>>(), [("b", "the query is too long")]);
}

#[test]
fn a_score_that_is_no_number_is_refused() {
    let refused = Examination { asked: &[asked("q", &["a"])], examined: &[examined(&[("a", 0, 1, f32::NAN)])], elapsed: Duration::ZERO };
    assert!(refused.assess(&QUICK).unwrap_err().to_string().contains("not a number"));
}

#[test]
fn differences_are_of_the_same_questions() {
    let questions = [asked("a", &["d"]), asked("b", &["d"]), asked("c", &["d"])];
    let (hit, miss) = (examined(&[("d", 0, 1, 1.0)]), examined(&[]));
    let before = assess(&questions, &[hit.clone(), miss.clone(), miss.clone()]);
    let after = assess(&questions[..2], &[hit.clone(), hit]);
    let difference = after.differences(&before, &QUICK)["recall@10"];
    assert_eq!((difference.mean, difference.won, difference.lost, difference.queries), (0.5, 1, 0, 2));
}

#[test]
fn what_failed_counts_as_no_answer() {
    let answered = GivenAnswer { text: "so".to_owned(), ..GivenAnswer::default() };
    let with = |answer: Option<GivenAnswer>| Examined { answer, ..examined(&[]) };
    let mut unanswerable = asked("u", &[]);
    unanswerable.is_answerable = Some(false);
    let questions = [AskedQuestion { answer: Some("so".to_owned()), ..asked("a", &["d"]) }, asked("b", &["d"]), unanswerable];
    let assessment = assess(&questions, &[with(Some(answered)), with(None), with(None)]);
    assert_eq!((assessment.measures["answered"].mean, assessment.measures["answered"].queries), (0.5, 2));
    assert_eq!(assessment.measures["abstained"].mean, 0.0, "a failure is no refusal");
    let none = assess(&questions, &[with(None), with(None), with(None)]);
    assert!(!none.measures.contains_key("answered"), "answers were not asked for");
}

#[test]
fn the_order_counts_where_it_is_not_that_of_the_scores() {
    let assessment = assess(&[asked("q", &["c"])], &[examined(&[("a", 0, 9, 0.9), ("c", 0, 9, 0.2), ("b", 0, 9, 0.8)])]);
    check(&assessment.questions[0].scores, &[("mrr@10", 0.5)]);
}
