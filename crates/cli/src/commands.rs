//! What each command does.

mod ask;
mod classify;
mod collections;
mod doctor;
mod documents;
mod eval;
mod exchange;
mod explain;
mod ingest;
mod jobs;
mod migrate;
mod search;
mod serve;

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use clap::CommandFactory;

use crate::arguments::{Arguments, Collections, Command, Config, JobCommand, Target};
use crate::engine::Engine;
use crate::output::terminal;
use crate::settings::{self, Settings};

/// Carries out a command; says how the program should exit.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let global = &arguments.global;
    let Some(command) = &arguments.command else { return Ok(ExitCode::SUCCESS) };
    match command {
        Command::Ingest(ingest) => return ingest::run(global, ingest).await,
        Command::Search(search) => search::run(global, search).await?,
        Command::Explain(explain) => explain::run(global, explain).await?,
        Command::Ask(ask) => ask::run(global, ask).await?,
        Command::Classify(command) => classify::run(global, command).await?,
        Command::Serve(serve) => serve::run(global, serve).await?,
        Command::Worker(worker) => serve::work(global, worker).await?,
        Command::Collections { command } => collections::run(global, command.as_ref().unwrap_or(&Collections::List)).await?,
        Command::Documents { command: Some(command) } => documents::run(global, command).await?,
        Command::Documents { command: None } => documents::list_default(global).await?,
        Command::Jobs { command } => return jobs::run(global, command.as_ref().unwrap_or(&JobCommand::List { limit: 20 })).await,
        Command::Eval(eval) => return eval::run(global, eval).await,
        Command::Export(export) => exchange::export(global, export).await?,
        Command::Import(import) => exchange::import(global, import).await?,
        Command::Migrate(migrate) => migrate::run(global, migrate).await?,
        Command::Reindex(_) if global.url.is_some() => {
            anyhow::bail!("`ragstone reindex` works on the data folder: stop the server and leave `--url` out")
        }
        Command::Reindex(target) => reindex(Engine::open(Settings::load(global)?).await?, target, global.json).await?,
        Command::Doctor if global.url.is_some() => anyhow::bail!("`ragstone doctor` looks at this machine: leave `--url` out"),
        Command::Doctor => return doctor::run(global).await,
        Command::Config(Config::Show) if global.json => terminal::say_json(&Settings::load(global)?)?,
        Command::Config(Config::Show) => terminal::write(&settings::show(&Settings::load(global)?)?),
        Command::Config(Config::Default) => terminal::write(settings::DEFAULT),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Arguments::command(), "ragstone", &mut script);
            terminal::write(&String::from_utf8_lossy(&script));
        }
        Command::Man => manual()?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn reindex(engine: Engine, target: &Target, json: bool) -> anyhow::Result<()> {
    let stop = ingest::stopped_by_signal(|| terminal::note("stopping: the same command goes on (Ctrl-C again to stop at once)"))?;
    let done = engine.ingestor.reindex(&target.collection, Arc::new(()), stop).await?;
    engine.close().await?;
    for failed in &done.failed {
        terminal::note(format!("{}: {}", failed.source, failed.reason));
    }
    anyhow::ensure!(!done.interrupted, "stopped after {} documents: `ragstone reindex` goes on", done.repaired);
    if json {
        return terminal::say_json(&serde_json::json!({ "repaired": done.repaired, "failed": done.failed }));
    }
    terminal::say(format!("{} documents of collection `{}` are split and computed anew", done.repaired, target.collection));
    Ok(())
}

/// The manual: the program's page, and one section a command.
fn manual() -> anyhow::Result<()> {
    let mut roff = Vec::new();
    let command = Arguments::command();
    clap_mangen::Man::new(command.clone()).render(&mut roff)?;
    for subcommand in command.get_subcommands() {
        let page = clap_mangen::Man::new(subcommand.clone());
        writeln!(roff, ".SH \"RAGSTONE {}\"", subcommand.get_name().to_uppercase())?;
        page.render_description_section(&mut roff)?;
        page.render_options_section(&mut roff)?;
    }
    terminal::write(&String::from_utf8_lossy(&roff));
    Ok(())
}
