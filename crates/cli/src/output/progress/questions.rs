//! The progress of an evaluation: a bar of questions.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar with questions, questions a second and the time left.
pub(crate) struct QuestionProgress {
    bar: ProgressBar,
}

impl QuestionProgress {
    /// A bar on standard error; invisible where that is no terminal, or where programs read.
    pub(crate) fn new(questions: usize, quiet: bool) -> Self {
        let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(questions as u64), target);
        let style = ProgressStyle::with_template("{spinner} {pos}/{len} questions {wide_bar} {per_sec}, {eta} left");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bar }
    }

    /// Another question is done.
    pub(crate) fn one_more(&self) {
        self.bar.inc(1);
    }

    /// So many are done.
    pub(crate) fn set(&self, done: usize) {
        self.bar.set_position(done as u64);
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
