//! What people and programs read of an evaluation: JSON, Markdown, or one HTML page that needs nothing else.

mod plot;
mod tables;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Assessment, Difference, EvalError, Resampling, Unresolved};

pub use tables::{MEASURES, ordered_measures};

const MARKDOWN: &str = include_str!("report/report.md.j2");
const HTML: &str = include_str!("report/report.html.j2");

/// An evaluation of one configuration, or of several on the same questions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Report {
    /// What was evaluated, in a line.
    pub title: String,
    /// When.
    pub at: DateTime<Utc>,
    /// How many questions were measured.
    pub questions: usize,
    /// What must be known to read the figures.
    pub remarks: Vec<String>,
    /// The configurations; the others are compared with the first.
    pub subjects: Vec<ReportedSubject>,
    /// What the questions name and the collection does not have.
    pub unresolved: Vec<Unresolved>,
}

/// One configuration and its figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReportedSubject {
    /// What it is called.
    pub name: String,
    /// What is set in it, where that is not the default.
    pub settings: BTreeMap<String, String>,
    /// Its figures.
    #[serde(flatten)]
    pub assessment: Assessment,
    /// How it differs from the first; `null` for the first.
    pub compared: Option<Comparison>,
}

/// How a configuration differs from the first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Comparison {
    /// By measure.
    pub differences: BTreeMap<String, Difference>,
    /// The measure by which questions are won and lost.
    pub decided_by: String,
    /// Questions on which it is better, by how much.
    pub won: Vec<ChangedQuestion>,
    /// Questions on which it is worse.
    pub lost: Vec<ChangedQuestion>,
}

/// A question on which two configurations differ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChangedQuestion {
    /// What the file calls it.
    pub id: String,
    /// The question.
    pub question: String,
    /// The figure of the first configuration.
    pub before: f64,
    /// The figure of this one.
    pub after: f64,
}

impl Comparison {
    /// Compares an assessment with a baseline.
    pub fn of(new: &Assessment, baseline: &Assessment, decided_by: &str, resampling: &Resampling) -> Self {
        let before: BTreeMap<&str, f64> =
            baseline.questions.iter().filter_map(|question| Some((question.id.as_str(), *question.scores.get(decided_by)?))).collect();
        let mut changed = Vec::new();
        for question in &new.questions {
            if let (Some(before), Some(after)) = (before.get(question.id.as_str()), question.scores.get(decided_by)) {
                let (id, question) = (question.id.clone(), question.question.clone());
                changed.push(ChangedQuestion { id, question, before: *before, after: *after });
            }
        }
        changed.sort_by(|left, right| right.change().abs().total_cmp(&left.change().abs()));
        let (won, lost): (Vec<_>, Vec<_>) =
            changed.into_iter().filter(|question| question.change().abs() > 1e-12).partition(|question| question.change() > 0.0);
        Self { differences: new.differences(baseline, resampling), decided_by: decided_by.to_owned(), won, lost }
    }
}

impl ChangedQuestion {
    fn change(&self) -> f64 {
        self.after - self.before
    }
}

impl Report {
    /// As Markdown.
    pub fn to_markdown(&self) -> Result<String, EvalError> {
        self.render("report.md", MARKDOWN)
    }

    /// As one HTML page, with a plot where several configurations are compared.
    pub fn to_html(&self) -> Result<String, EvalError> {
        self.render("report.html", HTML)
    }

    /// Quality against latency, a point a configuration, as an SVG picture; `None` if no measure is common to them.
    pub fn plot(&self) -> Result<Option<String>, EvalError> {
        plot::quality_against_latency(self)
    }

    fn render(&self, name: &'static str, template: &'static str) -> Result<String, EvalError> {
        let failed = |source| EvalError::Report { name, source };
        let mut environment = Environment::new();
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        environment.set_syntax(syntax.map_err(failed)?);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.add_template(name, template).map_err(failed)?;
        let variables = tables::Variables::of(self)?;
        environment.get_template(name).and_then(|template| template.render(Serde(&variables))).map_err(failed)
    }
}

#[cfg(test)]
mod tests;
