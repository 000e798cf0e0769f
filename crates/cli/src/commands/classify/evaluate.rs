//! `ragstone classify evaluate`

use super::{ensure_here, examples, open, show, texts};
use crate::arguments::{EvaluateClassifier, Global};
use crate::output::terminal;
use crate::settings::Settings;

pub(super) async fn run(global: &Global, evaluate: &EvaluateClassifier) -> anyhow::Result<()> {
    ensure_here(global, "evaluate")?;
    let settings = Settings::load(global)?;
    let examples = examples(&evaluate.examples, &evaluate.columns).await?;
    let out_of_scope = texts(evaluate.out_of_scope.as_ref(), &evaluate.columns.text_column).await?;
    let evaluation = open(&settings).await?.evaluate(&evaluate.name, examples, out_of_scope).await?;
    if global.json {
        return terminal::say_json(&evaluation);
    }
    show::evaluation(&evaluation);
    Ok(())
}
