//! `ragstone collections`

mod model;

use std::io::{IsTerminal, Write};

use anyhow::{bail, ensure};
use ragstone_core::CollectionName;
use ragstone_retrieve::CollectionRetrieval;
use ragstone_server::api::{CollectionDetail, CollectionList};

use crate::arguments::{Assignment, Collections, Global};
use crate::backend::{Backend, Listing};
use crate::output::terminal::{self, WRONG};
use crate::output::{calibrations, table};

pub(crate) async fn run(global: &Global, command: &Collections) -> anyhow::Result<()> {
    match command {
        Collections::List => list(global).await,
        Collections::Show { name } => show(global, name).await,
        Collections::Model { name, command } => model::run(global, name, command.as_ref()).await,
        Collections::Settings { name, assignments, unset } => settings(global, name, assignments, unset).await,
        Collections::Calibrate { name } => calibrate(global, name).await,
        Collections::Delete { name, yes } => delete(global, name, *yes).await,
    }
}

async fn list(global: &Global) -> anyhow::Result<()> {
    let collections = Listing::open(global).await?.collections().await?;
    if global.json {
        return terminal::say_json(&CollectionList { collections });
    }
    let rows: Vec<[String; 4]> = collections
        .into_iter()
        .map(|summary| {
            [summary.spec.name.to_string(), summary.documents.to_string(), summary.chunks.to_string(), summary.spec.embedding.model]
        })
        .collect();
    table::show(["Collection", "Documents", "Chunks", "Model"], &rows);
    Ok(())
}

async fn show(global: &Global, name: &CollectionName) -> anyhow::Result<()> {
    let detail = Listing::open(global).await?.collection_detail(name).await?;
    if global.json {
        return terminal::say_json(&detail);
    }
    let CollectionDetail { summary, relevance } = detail;
    terminal::say(format!("{name}: {} documents, {} chunks", summary.documents, summary.chunks));
    terminal::say(format!("embedded by {}", summary.spec.embedding));
    terminal::say(format!("made {}", summary.spec.created_at.format("%Y-%m-%d %H:%M UTC")));
    match relevance {
        Some(calibration) => calibrations::show(&calibration),
        None => {
            terminal::say(format!("not calibrated: `ragstone collections calibrate {name}` finds out from where on passages are relevant"))
        }
    }
    Ok(())
}

async fn calibrate(global: &Global, name: &CollectionName) -> anyhow::Result<()> {
    let backend = Backend::open_existing(global).await?;
    let calibration = backend.calibrate(name).await?;
    backend.close().await?;
    if global.json {
        return terminal::say_json(&calibration);
    }
    calibrations::show(&calibration);
    Ok(())
}

async fn settings(global: &Global, name: &CollectionName, assignments: &[Assignment], unset: &[String]) -> anyhow::Result<()> {
    let listing = Listing::open(global).await?;
    let mut settings = listing.settings(name).await?;
    if !(assignments.is_empty() && unset.is_empty()) {
        let mut kept = settings.retrieve.kept;
        for Assignment { key, value } in assignments {
            kept.set(key, value.clone());
        }
        for key in unset {
            let was_kept = kept.unset(key.trim_start_matches("retrieve."));
            ensure!(was_kept, "`{key}` is not kept for collection `{name}`: `ragstone collections settings {name}` shows what is");
        }
        settings = listing.keep_settings(name, kept).await?;
    }
    if global.json {
        return terminal::say_json(&settings);
    }
    show_settings(&settings.retrieve)
}

/// Every setting in force, those that are kept for the collection marked.
fn show_settings(settings: &CollectionRetrieval) -> anyhow::Result<()> {
    // As the configuration file would have it, a setting a line.
    let in_force: toml::Table = toml::from_str(&toml::to_string(&settings.in_force)?)?;
    let is_kept = |key: &str| settings.kept.iter().any(|(kept, _)| kept == key);
    let row = |(key, value): (&String, &toml::Value)| {
        let from = if is_kept(key) { "kept for this collection" } else { "" };
        [key.clone(), value.to_string(), from.to_owned()]
    };
    let rows: Vec<[String; 3]> = in_force.iter().map(row).collect();
    table::show(["Setting", "Value", ""], &rows);
    for problem in &settings.problems {
        terminal::say(format!("{WRONG}!{WRONG:#} {problem}"));
    }
    Ok(())
}

async fn delete(global: &Global, name: &CollectionName, yes: bool) -> anyhow::Result<()> {
    if !yes {
        let summary = Listing::open(global).await?.collection(name).await?;
        confirm(&format!("delete collection `{name}` with {} documents?", summary.documents))?;
    }
    let backend = Backend::open_existing(global).await?;
    let existed = backend.delete_collection(name).await?;
    backend.close().await?;
    ensure!(existed, "collection `{name}` does not exist: `ragstone collections` lists those that do");
    if global.json {
        return terminal::say_json(&serde_json::json!({ "deleted": name }));
    }
    terminal::say(format!("collection `{name}` is deleted"));
    Ok(())
}

fn confirm(question: &str) -> anyhow::Result<()> {
    if !std::io::stdin().is_terminal() {
        bail!("nobody is there to be asked: give `--yes`");
    }
    terminal::write(&format!("{question} [y/N] "));
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    ensure!(matches!(answer.trim(), "y" | "Y" | "yes"), "nothing was done");
    Ok(())
}
