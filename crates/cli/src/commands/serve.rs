//! `ragstone serve` and `ragstone worker`

use std::net::SocketAddr;

use anyhow::Context;
use ragstone_server::{AppState, Role};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::arguments::{Global, Serve, Worker};
use crate::engine::Engine;
use crate::output::terminal;
use crate::settings::Settings;

pub(crate) async fn run(global: &Global, serve: &Serve) -> anyhow::Result<()> {
    anyhow::ensure!(global.url.is_none(), "`ragstone serve` opens the store and the catalog themselves: leave `--url` out");
    let mut settings = Settings::load(global)?;
    settings.server.bind = serve.bind.unwrap_or(settings.server.bind);
    let config = settings.server.clone();
    let listener = listen(config.bind, "choose with `--bind` or `server.bind`").await?;
    let engine = Engine::open(settings).await?;
    terminal::note(format!(
        "ragstone serves on http://{} (Ctrl-C stops it; the API is described at /openapi.json)",
        listener.local_addr()?
    ));
    let stop = stop_signal()?;
    let role = if serve.no_worker { Role::Queries } else { Role::Everything };
    ragstone_server::serve(listener, AppState { role, ..engine.app_state() }, config, stop).await?;
    engine.close().await?;
    terminal::note("stopped; everything that was accepted is done");
    Ok(())
}

pub(crate) async fn work(global: &Global, worker: &Worker) -> anyhow::Result<()> {
    anyhow::ensure!(global.url.is_none(), "`ragstone worker` works on the store and the catalog themselves: leave `--url` out");
    let mut settings = Settings::load(global)?;
    // What it listens on decides by which names it may be asked.
    settings.server.bind = worker.bind.unwrap_or(settings.server.bind);
    let config = settings.server.clone();
    let listener = match worker.bind {
        Some(address) => Some(listen(address, "choose with `--bind`").await?),
        None => None,
    };
    let engine = Engine::open(settings).await?;
    let state = AppState { role: Role::Jobs, ..engine.app_state() };
    terminal::note("ragstone waits for ingest jobs and runs them (Ctrl-C stops it; what is unfinished goes back into the queue)");
    let stop = stop_signal()?;
    match listener {
        Some(listener) => ragstone_server::serve(listener, state, config, stop).await?,
        None => ragstone_server::work(state, config, stop).await?,
    }
    engine.close().await?;
    terminal::note("stopped; what is unfinished is in the queue");
    Ok(())
}

async fn listen(address: SocketAddr, remedy: &str) -> anyhow::Result<TcpListener> {
    let bound = TcpListener::bind(address).await;
    bound.with_context(|| format!("cannot listen on {address}: is another server there? {remedy}"))
}

/// Completes at the first SIGINT or SIGTERM. The second one ends the process at once.
pub(crate) fn stop_signal() -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tokio::spawn(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            std::process::exit(130);
        });
    })
}
