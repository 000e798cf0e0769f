//! Ragstone: ask questions over your documents, search them by meaning, serve both over HTTP.
//!
//! **Where in the flow:** around all of it. This crate reads configuration and environment, wires the adapters to the
//! ports ([`engine`]), and turns commands into calls of the same functions that the server calls ([`backend`]).

mod arguments;
mod backend;
mod commands;
mod conversation;
mod engine;
mod models;
mod output;
mod places;
mod remote;
mod settings;
mod storage;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::{Arguments, Command};
use crate::output::terminal;

/// The command could not run at all, as opposed to ran and found something wrong (1).
const COULD_NOT_RUN: u8 = 2;

fn main() -> ExitCode {
    let arguments = Arguments::try_parse().unwrap_or_else(|error| refuse(&error));
    let Some(command) = &arguments.command else {
        terminal::say(arguments::FIRST_STEPS);
        return ExitCode::SUCCESS;
    };
    output::start_logging(arguments.global.verbose, matches!(command, Command::Serve(_) | Command::Worker(_)));
    match run(&arguments) {
        Ok(exit) => exit,
        Err(error) => {
            terminal::report_error(&error, arguments.global.json);
            ExitCode::from(COULD_NOT_RUN)
        }
    }
}

/// Shows help, the version, or what is wrong with the arguments.
fn refuse(error: &clap::Error) -> ! {
    // They could not be read, and still say how errors are wanted.
    if error.use_stderr() && std::env::args_os().any(|argument| argument == "--json") {
        terminal::report_error(&anyhow::anyhow!("{}", error.to_string().trim().trim_start_matches("error: ")), true);
        std::process::exit(COULD_NOT_RUN.into());
    }
    error.exit()
}

fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    // One provider of cryptography for every client; a second installation would only repeat the first.
    rustls::crypto::ring::default_provider().install_default().ok();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let exit = runtime.block_on(commands::run(arguments));
    // Blocking work that was given up (an embedding after Ctrl-C) must not hold the process.
    runtime.shutdown_timeout(std::time::Duration::from_millis(500));
    exit
}
