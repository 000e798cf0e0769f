//! `ragstone collections`

use std::io::{IsTerminal, Write};

use anyhow::{bail, ensure};
use ragstone_core::CollectionName;
use ragstone_server::api::CollectionList;

use crate::arguments::{Collections, Global};
use crate::backend::{Backend, Listing};
use crate::output::{table, terminal};

pub(crate) async fn run(global: &Global, command: &Collections) -> anyhow::Result<()> {
    match command {
        Collections::List => list(global).await,
        Collections::Show { name } => show(global, name).await,
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
    let summary = Listing::open(global).await?.collection(name).await?;
    if global.json {
        return terminal::say_json(&summary);
    }
    terminal::say(format!("{name}: {} documents, {} chunks", summary.documents, summary.chunks));
    terminal::say(format!("embedded by {}", summary.spec.embedding));
    terminal::say(format!("made {}", summary.spec.created_at.format("%Y-%m-%d %H:%M UTC")));
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
    ensure!(existed, "collection `{name}` does not exist");
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
    ensure!(matches!(answer.trim(), "y" | "Y" | "yes"), "nothing was deleted");
    Ok(())
}
