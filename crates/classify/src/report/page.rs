//! The report as one page of HTML that needs nothing else.

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment};
use serde::Serialize;

use super::Report;
use crate::ClassifyError;

/// Labels in the picture of confusions: more would be too small to see.
const MOST_IN_PICTURE: usize = 60;

/// The side of a square of the picture.
const SQUARE: usize = 12;

/// A square of the picture.
#[derive(Serialize)]
struct Cell {
    row: usize,
    column: usize,
    label: String,
    taken_for: String,
    examples: usize,
    /// From 0 to 1, by share of the row.
    strength: f64,
}

/// What the template reads.
#[derive(Serialize)]
struct Variables<'report> {
    name: &'report str,
    report: &'report Report,
    method: String,
    side: usize,
    cells: Vec<Cell>,
}

/// Renders a report.
pub fn page(name: &str, report: &Report) -> Result<String, ClassifyError> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_filter("fixed", |number: f64, digits: usize| format!("{number:.digits$}"));
    environment.add_template("report.html", include_str!("report.html")).map_err(|source| ClassifyError::Page { source })?;
    let template = environment.get_template("report.html").map_err(|source| ClassifyError::Page { source })?;
    let (shown, cells) = picture(report);
    let method = report.choice.method.to_string();
    let page = template.render(Serde(Variables { name, report, method, side: shown.len() * SQUARE, cells }));
    page.map_err(|source| ClassifyError::Page { source })
}

/// The labels that are confused most, and their squares.
fn picture(report: &Report) -> (Vec<String>, Vec<Cell>) {
    let mut shown: Vec<String> = Vec::new();
    let few = report.figures.labels.len() <= MOST_IN_PICTURE;
    let confused = report.figures.confusions.iter().flat_map(|confusion| [&confusion.label, &confusion.taken_for]);
    let all = report.figures.labels.iter().map(|figures| &figures.label);
    let candidates: Vec<&String> = if few { all.collect() } else { confused.collect() };
    for label in candidates {
        if shown.len() < MOST_IN_PICTURE && !shown.contains(label) {
            shown.push(label.clone());
        }
    }
    shown.sort();
    let place = |label: &String| shown.binary_search(label).ok();
    let examples_of =
        |label: &String| report.figures.labels.iter().find(|figures| &figures.label == label).map_or(0, |figures| figures.examples);
    let mut cells = Vec::new();
    for figures in &report.figures.labels {
        let Some(place) = place(&figures.label) else { continue };
        let examples = (figures.recall * figures.examples as f64).round() as usize;
        let (label, taken_for) = (figures.label.clone(), figures.label.clone());
        cells.push(Cell { row: place, column: place, label, taken_for, examples, strength: figures.recall });
    }
    for confusion in &report.figures.confusions {
        let (Some(row), Some(column)) = (place(&confusion.label), place(&confusion.taken_for)) else { continue };
        let strength = confusion.examples as f64 / examples_of(&confusion.label).max(1) as f64;
        let (label, taken_for) = (confusion.label.clone(), confusion.taken_for.clone());
        cells.push(Cell { row, column, label, taken_for, examples: confusion.examples, strength: strength.min(1.0) });
    }
    (shown, cells)
}
