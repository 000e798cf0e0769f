//! What was found out about relevance, as a person reads it.

use ragstone_retrieve::{Calibration, Threshold};

use super::table;
use super::terminal::{FAINT, say};

/// Shows from where on passages are relevant, and what that is expected to do wrong.
pub(crate) fn show(calibration: &Calibration) {
    let kinds = [("meaning and words", calibration.meaning_and_words), ("words alone", calibration.words_alone)];
    let rows: Vec<[String; 6]> = kinds.into_iter().filter_map(|(kind, threshold)| Some(row(kind, &threshold?))).collect();
    say(format!("relevance was calibrated on {}, over {} chunks", calibration.made_at.format("%Y-%m-%d %H:%M UTC"), calibration.chunks));
    if rows.is_empty() {
        say("too little could be asked of it for a threshold of its own: the model's threshold holds");
        return;
    }
    table::show(["Judged by", "Evidence needed", "False answers", "False refusals", "Answerable", "Unanswerable"], &rows);
    say(format!(
        "{FAINT}At most {} of unanswerable questions should be answered (`retrieve.wanted_false_answers`).{FAINT:#}",
        percent(calibration.wanted_false_answers)
    ));
}

fn row(kind: &str, threshold: &Threshold) -> [String; 6] {
    [
        kind.to_owned(),
        format!("{:.3}", threshold.evidence),
        percent(threshold.false_answers),
        percent(threshold.false_refusals),
        threshold.answerable.to_string(),
        threshold.unanswerable.to_string(),
    ]
}

fn percent(share: f32) -> String {
    format!("{:.1} %", share * 100.0)
}
