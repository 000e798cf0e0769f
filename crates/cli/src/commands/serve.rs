//! `ragstone serve`

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::arguments::{Global, Serve};
use crate::engine::Engine;
use crate::output::terminal;
use crate::settings::Settings;

pub(crate) async fn run(global: &Global, serve: &Serve) -> anyhow::Result<()> {
    let mut settings = Settings::load(global)?;
    settings.server.bind = serve.bind.unwrap_or(settings.server.bind);
    let config = settings.server.clone();
    let listener = TcpListener::bind(config.bind)
        .await
        .with_context(|| format!("cannot listen on {}: is another server there? choose with `--bind` or `server.bind`", config.bind))?;
    let engine = Engine::open(settings).await?;
    terminal::note(format!(
        "ragstone serves on http://{} (Ctrl-C stops it; the API is described at /openapi.json)",
        listener.local_addr()?
    ));
    let stop = stop_signal()?;
    ragstone_server::serve(listener, engine.app_state(), config, stop).await?;
    engine.close().await?;
    terminal::note("stopped; everything that was accepted is done");
    Ok(())
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
