//! Running the server until it is told to stop, and stopping it without dropping anything.

use std::time::Duration;

use ragstone_core::Result;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::background;
use crate::router::router_over;
use crate::state::ServerState;
use crate::{AppState, Role, ServerConfig, ServerError};

/// Answers requests and runs jobs until `shutdown` is done. Jobs of a process that died are gone on with first.
///
/// Then `/readyz` says so, no connection is accepted any more, and what was accepted is finished, ingests of clients that
/// hung up included; running jobs go back into the queue for the next start. It returns when all is finished, or after `shutdown_grace`, with a warning in the log.
pub async fn serve(
    listener: TcpListener,
    state: AppState,
    config: ServerConfig,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let state = ServerState::new(state, config);
    background::start(&state).await?;
    answer(listener, state, shutdown).await
}

/// Runs jobs until `shutdown` is done, as [`serve`] does, without answering anything. Running jobs go back into the queue.
pub async fn work(state: AppState, config: ServerConfig, shutdown: impl Future<Output = ()> + Send + 'static) -> Result<()> {
    let state = ServerState::new(AppState { role: Role::Jobs, ..state }, config);
    background::start(&state).await?;
    shutdown.await;
    tracing::info!("shutting down: finishing what is being stored");
    state.stopping.cancel();
    state.tasks.close();
    let grace = state.config.shutdown_grace;
    if tokio::time::timeout(grace, state.tasks.wait()).await.is_err() {
        warn_of_cut_off(grace);
    }
    Ok(())
}

async fn answer(listener: TcpListener, state: ServerState, shutdown: impl Future<Output = ()> + Send + 'static) -> Result<()> {
    announce(&listener, state.app.role);
    let grace = state.config.shutdown_grace;

    let stopping = state.stopping.clone();
    let signal = {
        let stopping = stopping.clone();
        async move {
            shutdown.await;
            tracing::info!("shutting down: finishing what was accepted");
            stopping.cancel();
        }
    };
    let answering = async {
        let served = axum::serve(listener, router_over(state.clone())).with_graceful_shutdown(signal).await;
        state.tasks.close();
        state.tasks.wait().await;
        served.map_err(|source| ServerError::Accept { source })
    };
    tokio::select! {
        served = answering => Ok(served?),
        () = grace_over(&stopping, grace) => {
            warn_of_cut_off(grace);
            Ok(())
        }
    }
}

fn warn_of_cut_off(grace: Duration) {
    let grace_ms = u64::try_from(grace.as_millis()).unwrap_or(u64::MAX);
    tracing::warn!(grace_ms, "some work did not finish in time and is cut off");
}

async fn grace_over(stopping: &CancellationToken, grace: Duration) {
    stopping.cancelled().await;
    tokio::time::sleep(grace).await;
}

fn announce(listener: &TcpListener, role: Role) {
    let Ok(address) = listener.local_addr() else {
        return;
    };
    tracing::info!(%address, "listening on http://{address}");
    // A worker says only how it is.
    if !address.ip().is_loopback() && role != Role::Jobs {
        tracing::warn!(%address, "other machines can reach this server, and whoever can may read and delete everything in it");
    }
}
