//! Listing, versions, corrections.

use std::path::Path;

use anyhow::{Context, bail};
use ragstone_classify::{ClassifierName, Correction, Kept, page};
use ragstone_core::Error;
use ragstone_server::api::{ClassifierDetail, ClassifierList, ClassifierSummary};
use serde_json::json;

use super::{ensure_here, open, show, store};
use crate::arguments::Global;
use crate::output::{table, terminal};
use crate::settings::Settings;

pub(super) async fn list(global: &Global) -> anyhow::Result<()> {
    ensure_here(global, "list")?;
    let store = store(&Settings::load(global)?)?;
    let mut kept = Vec::new();
    for name in store.names().map_err(Error::from)? {
        kept.push(store.show(&name).map_err(Error::from)?);
    }
    if global.json {
        return terminal::say_json(&ClassifierList { classifiers: kept.into_iter().map(ClassifierSummary::from).collect() });
    }
    if kept.is_empty() {
        terminal::say("there is no classifier yet: `ragstone classify train NAME EXAMPLES` makes one");
        return Ok(());
    }
    let row = |kept: &Kept| {
        let head = &kept.head;
        [kept.name.to_string(), kept.version.to_string(), head.labels.len().to_string(), head.examples.to_string(), head.method.to_string()]
    };
    let rows: Vec<[String; 5]> = kept.iter().map(row).collect();
    table::show(["Classifier", "Version", "Labels", "Examples", "Method"], &rows);
    Ok(())
}

pub(super) async fn show(global: &Global, name: &ClassifierName, file: Option<&Path>) -> anyhow::Result<()> {
    ensure_here(global, "show")?;
    let store = store(&Settings::load(global)?)?;
    let kept = store.show(name).map_err(Error::from)?;
    let report = store.report(name).map_err(Error::from)?;
    if let Some(path) = file {
        let report = report.as_ref().with_context(|| format!("classifier `{name}` was made without examples: there is no report"))?;
        fs_err::write(path, page(name.as_str(), report).map_err(Error::from)?)?;
        terminal::note(format!("the report is in `{}`", path.display()));
    }
    if global.json {
        return terminal::say_json(&ClassifierDetail { summary: kept.into(), report });
    }
    show::kept(&kept);
    if let Some(report) = &report {
        show::report(report);
    }
    Ok(())
}

pub(super) async fn delete(global: &Global, name: &ClassifierName, yes: bool) -> anyhow::Result<()> {
    ensure_here(global, "delete")?;
    let store = store(&Settings::load(global)?)?;
    if !yes {
        bail!("this deletes `{name}` with all its versions, examples and corrections: say `--yes` if that is meant");
    }
    if !store.delete(name).map_err(Error::from)? {
        bail!("classifier `{name}` does not exist; `ragstone classify list` shows those that do");
    }
    say(global, &json!({ "deleted": name }), &format!("`{name}` is deleted"))
}

pub(super) async fn roll_back(global: &Global, name: &ClassifierName, version: Option<u32>) -> anyhow::Result<()> {
    ensure_here(global, "rollback")?;
    let store = store(&Settings::load(global)?)?;
    let version = store.roll_back(name, version).map_err(Error::from)?;
    say(global, &json!({ "name": name, "version": version }), &format!("`{name}` is at version {version}"))
}

pub(super) async fn correct(global: &Global, name: &ClassifierName, text: &str, labels: &[String]) -> anyhow::Result<()> {
    ensure_here(global, "correct")?;
    let store = store(&Settings::load(global)?)?;
    anyhow::ensure!(!text.trim().is_empty(), "the text is empty");
    let correction = Correction { text: text.to_owned(), labels: labels.to_vec(), at: chrono::Utc::now() };
    store.correct(name, &[correction]).map_err(Error::from)?;
    let kept = store.show(name).map_err(Error::from)?;
    let open = kept.open_corrections;
    let told = format!("kept; `ragstone classify retrain {name}` learns from it ({open} waiting)");
    say(global, &json!({ "name": name, "open_corrections": open }), &told)
}

pub(super) async fn retrain(global: &Global, name: &ClassifierName) -> anyhow::Result<()> {
    ensure_here(global, "retrain")?;
    let trained = open(&Settings::load(global)?).await?.retrain(name).await?;
    if global.json {
        return terminal::say_json(&trained);
    }
    show::trained(&trained);
    Ok(())
}

fn say(global: &Global, json: &serde_json::Value, words: &str) -> anyhow::Result<()> {
    if global.json {
        return terminal::say_json(json);
    }
    terminal::say(words);
    Ok(())
}
