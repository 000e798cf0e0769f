//! What an evaluation prints, writes and exits with.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use ragstone_eval::{Difference, Estimate, Report, ReportedSubject, ordered_measures};

use crate::arguments::{EvalOutput, Floor};
use crate::output::table;
use crate::output::terminal::{self, FAINT, STRONG, WRONG};

/// A figure is lower than `--fail-under` allows.
const UNDER_FLOOR: u8 = 3;

/// Whether the reports and the other files can be written: found out before anything is measured.
pub(super) fn check<'path>(output: &'path EvalOutput, others: impl IntoIterator<Item = &'path PathBuf>) -> anyhow::Result<()> {
    for path in &output.reports {
        Format::of(path)?;
    }
    for path in output.reports.iter().chain(others) {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
            bail!("the folder `{}` for `{}` does not exist", folder.display(), path.display());
        }
    }
    output.fail_under.iter().try_for_each(|floor| check_measure(&floor.measure))
}

/// Whether a measure may be there at all: a misspelt one is refused before anything is measured.
pub(super) fn check_measure(measure: &str) -> anyhow::Result<()> {
    let (name, _) = measure.split_once('@').unwrap_or((measure, ""));
    let known = ragstone_eval::MEASURES.iter().any(|known| known.split_once('@').map_or(*known, |(known, _)| known) == name);
    anyhow::ensure!(known, "`{measure}` is no measure; there is {}", ragstone_eval::MEASURES.join(", "));
    Ok(())
}

#[derive(Debug, Clone, Copy)]
enum Format {
    Html,
    Markdown,
    Json,
}

impl Format {
    fn of(path: &Path) -> anyhow::Result<Self> {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("html" | "htm") => Ok(Self::Html),
            Some("md" | "markdown") => Ok(Self::Markdown),
            Some("json") => Ok(Self::Json),
            _ => bail!("`--report {}`: the name of a report ends in .html, .md or .json", path.display()),
        }
    }
}

/// Writes the reports that were asked for.
pub(super) fn write_reports(report: &Report, output: &EvalOutput) -> anyhow::Result<()> {
    for path in &output.reports {
        let text = match Format::of(path)? {
            Format::Html => report.to_html()?,
            Format::Markdown => report.to_markdown()?,
            Format::Json => serde_json::to_string_pretty(report)?,
        };
        fs_err::write(path, text)?;
        terminal::note(format!("wrote {}", path.display()));
    }
    Ok(())
}

/// Compares the figures with what was asked of them; every subject must reach it.
pub(super) fn exit(report: &Report, floors: &[Floor]) -> anyhow::Result<ExitCode> {
    let mut is_under = false;
    for Floor { measure, figure } in floors {
        for subject in &report.subjects {
            let found = subject.assessment.measures.get(measure);
            let found = found.with_context(|| unknown_measure(measure, subject))?;
            if found.mean < *figure {
                is_under = true;
                terminal::note(format!("{WRONG}{measure} is {:.4}{WRONG:#}, wanted: {figure} ({})", found.mean, subject.name));
            }
        }
    }
    Ok(if is_under { ExitCode::from(UNDER_FLOOR) } else { ExitCode::SUCCESS })
}

/// What is said of a measure that was not measured.
pub(super) fn unknown_measure(measure: &str, subject: &ReportedSubject) -> String {
    format!("`{measure}` was not measured; there is {}", ordered_measures(subject).join(", "))
}

/// The figures of one subject.
pub(super) fn show_estimates(subject: &ReportedSubject) {
    let measures = &subject.assessment.measures;
    let row = |name: &str, estimate: &Estimate| {
        [
            name.to_owned(),
            format!("{:.4}", estimate.mean),
            format!("{:.4} – {:.4}", estimate.low, estimate.high),
            estimate.queries.to_string(),
        ]
    };
    let rows: Vec<_> = ordered_measures(subject).into_iter().filter_map(|name| Some(row(name, measures.get(name)?))).collect();
    table::show(["Measure", "Mean", "95 % interval", "Questions"], &rows);
}

/// How one subject differs from the first.
pub(super) fn show_differences(subject: &ReportedSubject, first: &ReportedSubject) {
    let Some(compared) = &subject.compared else { return };
    terminal::say(format!("\n{STRONG}{} against {}{STRONG:#}", subject.name, first.name));
    let row = |name: &str, difference: &Difference| {
        [
            name.to_owned(),
            subject.assessment.measures.get(name).map(|estimate| format!("{:.4}", estimate.mean)).unwrap_or_default(),
            format!("{:+.4}", difference.mean),
            format!("{:+.4} to {:+.4}", difference.low, difference.high),
            format!("{:.4}{}", difference.p_value, if difference.p_value < 0.05 { " *" } else { "" }),
            format!("{} / {}", difference.won, difference.lost),
        ]
    };
    let differences = &compared.differences;
    let rows: Vec<_> = ordered_measures(subject).into_iter().filter_map(|name| Some(row(name, differences.get(name)?))).collect();
    table::show(["Measure", "Mean", "Difference", "95 % interval", "p", "Won / lost"], &rows);
    terminal::say(format!("{FAINT}p: paired randomisation test, * under 0.05; intervals: paired bootstrap{FAINT:#}"));
}

/// What could not be measured, a line each.
pub(super) fn show_problems(report: &Report) {
    const SHOWN: usize = 10;
    for unresolved in report.unresolved.iter().take(SHOWN) {
        terminal::note(format!("{WRONG}!{WRONG:#} {}: {}", unresolved.id, unresolved.problem));
    }
    if report.unresolved.len() > SHOWN {
        terminal::note(format!("and {} more; a report has them all", report.unresolved.len() - SHOWN));
    }
    for subject in &report.subjects {
        for (id, reason) in subject.assessment.failures().take(SHOWN) {
            terminal::note(format!("{WRONG}failed{WRONG:#} {id} ({}): {reason}", subject.name));
        }
    }
}

/// What is evaluated on, in a line.
pub(super) fn title(data: Option<&Path>) -> String {
    format!("Evaluation on {}", data.map(|data| data.display().to_string()).unwrap_or_default())
}
