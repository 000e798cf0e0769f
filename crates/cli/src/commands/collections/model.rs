//! `ragstone collections model`

mod compare;
mod prepare;
mod questions;

use anyhow::Context;
use ragstone_core::{CollectionName, Direction};
use ragstone_ingest::{ModelStatus, OtherModel};

use super::confirm;
use crate::arguments::{Global, ModelCommand};
use crate::backend::Backend;
use crate::output::{table, terminal};

pub(super) async fn run(global: &Global, name: &CollectionName, command: Option<&ModelCommand>) -> anyhow::Result<()> {
    let backend = Backend::open_existing(global).await?;
    let work = async {
        match command {
            None => show(global, &backend.model_status(name).await?),
            Some(ModelCommand::Prepare { to, yes }) => prepare::run(global, &backend, name, to, *yes).await,
            Some(ModelCommand::Compare { questions, mode }) => compare::run(global, &backend, name, questions, *mode).await,
            Some(ModelCommand::Switch) => switch(global, &backend, name, Direction::Forth).await,
            Some(ModelCommand::Back) => switch(global, &backend, name, Direction::Back).await,
            Some(ModelCommand::Drop { yes }) => drop_other(global, &backend, name, *yes).await,
        }
    };
    let outcome = work.await;
    backend.close().await?;
    outcome
}

fn show(global: &Global, status: &ModelStatus) -> anyhow::Result<()> {
    if global.json {
        return terminal::say_json(status);
    }
    let spec = &status.collection;
    let folder =
        status.folder.as_ref().map_or_else(|| "as configured (`embed.model_dir`)".to_owned(), |folder| folder.display().to_string());
    let mut rows = vec![["searched".to_owned(), spec.embedding.to_string(), String::new(), folder]];
    rows.extend(status.other.as_ref().map(row));
    table::show(["", "Model", "Chunks", "Folder"], &rows);
    if let Some(advice) = status.other.as_ref().map(|other| advice(spec.name.as_str(), other)) {
        terminal::note(advice);
    }
    Ok(())
}

fn row(other: &OtherModel) -> [String; 4] {
    let role = match other.direction {
        Direction::Forth => "prepared",
        Direction::Back => "before",
    };
    let chunks = match other.missing {
        0 => other.chunks.to_string(),
        missing => format!("{} ({missing} missing)", other.chunks),
    };
    [role.to_owned(), other.place.embedding.to_string(), chunks, other.place.folder.display().to_string()]
}

fn advice(name: &str, other: &OtherModel) -> String {
    let command = format!("`ragstone collections model {name}");
    match other.direction {
        Direction::Forth if other.missing > 0 => {
            format!("{command} prepare --to {}` computes what is missing", other.place.folder.display())
        }
        Direction::Forth => format!("{command} compare QUESTIONS` compares the two, {command} switch` changes to the prepared one"),
        Direction::Back => format!("{command} back` changes back, {command} drop` frees the vectors of the former one"),
    }
}

async fn switch(global: &Global, backend: &Backend, name: &CollectionName, direction: Direction) -> anyhow::Result<()> {
    let spec = backend.switch_model(name, direction).await?;
    if global.json {
        return terminal::say_json(&spec);
    }
    terminal::say(format!("collection `{name}` is searched with {} now", spec.embedding));
    if direction == Direction::Forth {
        terminal::note(format!("`ragstone collections model {name} back` changes back, `… drop` frees the vectors of the former model"));
    }
    Ok(())
}

async fn drop_other(global: &Global, backend: &Backend, name: &CollectionName, yes: bool) -> anyhow::Result<()> {
    if !yes {
        let other = backend.model_status(name).await?.other.with_context(|| format!("collection `{name}` has no other model"))?;
        confirm(&format!("free the {} vectors of {}?", other.chunks, other.place.embedding))?;
    }
    let place = backend.drop_model(name).await?;
    if global.json {
        return terminal::say_json(&place);
    }
    terminal::say(format!("the vectors of {} are freed", place.embedding));
    Ok(())
}
