//! What people see.

use ragstone_classify::{Abstention, Discovered, Evaluation, Figures, Kept, Mistake, Report, Trained};

use crate::output::table;
use crate::output::terminal::{FAINT, STRONG, say};

/// A terminal is for a glance; the page and `--json` have everything.
const MOST_SHOWN: usize = 5;

pub(super) fn trained(trained: &Trained) {
    match &trained.report {
        Some(found) => report(found),
        None => say("made of descriptions: without examples nothing can be said of how good it is"),
    }
    let learned = if trained.corrections > 0 { format!(", {} corrections learned", trained.corrections) } else { String::new() };
    say(format!("\n`{}` is at version {}{learned}; `ragstone classify predict {}` uses it", trained.name, trained.version, trained.name));
}

pub(super) fn kept(kept: &Kept) {
    let head = &kept.head;
    let all: Vec<String> = kept.versions.iter().map(u32::to_string).collect();
    say(format!("{STRONG}{}{STRONG:#}  version {} of {}", kept.name, kept.version, all.join(", ")));
    say(format!("{} labels, {} examples, {}, trained {}", head.labels.len(), head.examples, head.method, head.created_at.format("%F %R")));
    say(format!("{FAINT}reads vectors of {}{FAINT:#}", head.embedding));
    if kept.open_corrections > 0 {
        say(format!("{} corrections wait for `ragstone classify retrain {}`", kept.open_corrections, kept.name));
    }
}

pub(super) fn report(report: &Report) {
    say(format!("{STRONG}{}{STRONG:#}: {}", report.choice.method, report.choice.reason));
    let tried: Vec<[String; 2]> =
        report.tried.iter().map(|tried| [tried.method.to_string(), format!("{:.1} %", tried.accuracy * 100.0)]).collect();
    if tried.len() > 1 {
        table::show(["Tried", "Right"], &tried);
    }
    figures(&report.figures, report.calibration.ece);
    abstention(&report.abstention);
    say(format!("More examples? {}", report.learning_curve.verdict));
    let data = &report.data;
    if !data.small_labels.is_empty() {
        let names: Vec<String> =
            data.small_labels.iter().take(MOST_SHOWN).map(|small| format!("{} ({})", small.label, small.examples)).collect();
        say(format!("{} labels have too few examples: {}", data.small_labels.len(), names.join(", ")));
    }
    if !data.conflicts.is_empty() {
        let first: Vec<String> =
            data.conflicts.iter().take(MOST_SHOWN).map(|pair| format!("{} and {}", pair.origin, pair.other_origin)).collect();
        say(format!("{} texts have different labels: {}", data.conflicts.len(), first.join("; ")));
    }
    if !data.left_out.is_empty() {
        say(format!("{} entries were left out", data.left_out.len()));
    }
    mistakes("Labels that are probably wrong", &report.label_errors);
    mistakes("Surest mistakes", &report.mistakes);
    let seconds = &report.seconds;
    say(format!(
        "{FAINT}{:.1} s embedding, {:.1} s choosing, {:.1} s fitting, {:.1} s looking at the examples{FAINT:#}",
        seconds.embedding, seconds.choosing, seconds.fitting, seconds.inspecting
    ));
}

pub(super) fn evaluation(evaluation: &Evaluation) {
    figures(&evaluation.figures, evaluation.calibration.ece);
    abstention(&evaluation.abstention);
    for (label, examples) in &evaluation.unknown_labels {
        say(format!("label `{label}` ({examples} examples) is not known to the classifier: they count as wrong"));
    }
    if !evaluation.left_out.is_empty() {
        say(format!("{} entries were left out", evaluation.left_out.len()));
    }
    mistakes("Surest mistakes", &evaluation.mistakes);
}

pub(super) fn discovered(discovered: &Discovered) {
    for group in &discovered.groups {
        say(format!("{STRONG}{}{STRONG:#}  {} texts  {FAINT}{}{FAINT:#}", group.name, group.size, group.words.join(", ")));
        for example in group.examples.iter().take(3) {
            say(format!("  {}", one_line(example)));
        }
    }
    say(format!("{} groups, clarity {:.2}", discovered.groups.len(), discovered.clarity));
}

fn figures(figures: &Figures, ece: f64) {
    say(format!(
        "{} held-out examples: {:.1} % right, macro F1 {:.3}, micro F1 {:.3}, calibration error {ece:.3}",
        figures.examples,
        figures.accuracy * 100.0,
        figures.macro_f1,
        figures.micro_f1
    ));
    for confusion in figures.confusions.iter().take(MOST_SHOWN) {
        say(format!("  {} times {} was taken for {}", confusion.examples, confusion.label, confusion.taken_for));
    }
}

fn abstention(abstention: &Abstention) {
    if abstention.threshold <= 0.0 {
        return;
    }
    let strangers = abstention.out_of_scope_recall.map(|recall| format!("; of texts out of scope {:.1} % are refused", recall * 100.0));
    say(format!(
        "Below {:.2} it is none of these: {:.1} % are answered, {:.1} % of the answers right{}",
        abstention.threshold,
        abstention.coverage * 100.0,
        abstention.precision * 100.0,
        strangers.unwrap_or_default()
    ));
}

fn mistakes(title: &str, mistakes: &[Mistake]) {
    if mistakes.is_empty() {
        return;
    }
    say(format!("{STRONG}{title}{STRONG:#}"));
    for mistake in mistakes.iter().take(MOST_SHOWN) {
        say(format!("  {} → {} ({:.2})  {}", mistake.label, mistake.taken_for, mistake.confidence, one_line(&mistake.text)));
        say(format!("  {FAINT}{}{FAINT:#}", mistake.origin));
    }
}

fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(120) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}
