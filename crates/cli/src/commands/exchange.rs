//! `ragstone export` and `ragstone import`

use anyhow::ensure;
use bytesize::ByteSize;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use ragstone_core::{Locked, Sharing};
use ragstone_exchange::{ExchangeEvent, ExportReport, ExportRequest, ImportReport, ImportRequest, Layout, Observer, Phase};
use serde_json::json;

use crate::arguments::{Export, Global, Import};
use crate::engine::Engine;
use crate::output::terminal;
use crate::settings::Settings;
use crate::storage;

pub(crate) async fn export(global: &Global, export: &Export) -> anyhow::Result<()> {
    let settings = settings(global)?;
    storage::ensure_data(&settings)?;
    let engine = Engine::open(settings).await?;
    let collection = export.target.collection.clone();
    let locked = engine.storage.locks.lock(&collection, Locked::Documents, Sharing::Alone).await?;
    let request = ExportRequest { collection, folder: export.folder.clone(), layout: Layout::default() };
    let progress = Progress::new()?;
    let exported = ragstone_exchange::export(&engine.storage.place(), &request, &progress).await;
    progress.0.finish_and_clear();
    drop(locked);
    engine.close().await?;
    let ExportReport { collection, documents, copies, chunks, unfinished, bytes } = exported?;
    if global.json {
        return terminal::say_json(&json!({
            "collection": collection, "documents": documents, "copies": copies, "chunks": chunks, "unfinished": unfinished, "bytes": bytes,
        }));
    }
    let folder = export.folder.display();
    terminal::say(format!("{collection}: {documents} documents and {chunks} chunks are in {folder} ({})", ByteSize(bytes)));
    if unfinished > 0 {
        terminal::note(format!("{unfinished} documents that are not completely stored were left out"));
    }
    Ok(())
}

pub(crate) async fn import(global: &Global, import: &Import) -> anyhow::Result<()> {
    let settings = settings(global)?;
    let collection = match &import.collection {
        Some(collection) => collection.clone(),
        None => ragstone_exchange::collection_in(&import.folder).await?,
    };
    let engine = Engine::open(settings).await?;
    let locked = engine.storage.locks.lock(&collection, Locked::Documents, Sharing::Alone).await?;
    let request = ImportRequest { folder: import.folder.clone(), collection: Some(collection) };
    let progress = Progress::new()?;
    let imported = ragstone_exchange::import(&request, &engine.storage.place(), &progress).await;
    progress.0.finish_and_clear();
    drop(locked);
    engine.close().await?;
    let ImportReport { collection, documents, chunks, present, settings } = imported?;
    if global.json {
        return terminal::say_json(&json!({
            "collection": collection, "documents": documents, "chunks": chunks, "present": present, "settings": settings,
        }));
    }
    terminal::say(format!("{collection}: {documents} documents and {chunks} chunks are imported, {present} documents were there"));
    Ok(())
}

fn settings(global: &Global) -> anyhow::Result<Settings> {
    ensure!(global.url.is_none(), "exports and imports work on the store and the catalog themselves: leave `--url` out");
    Settings::load(global)
}

/// A bar of documents on a terminal.
struct Progress(ProgressBar);

impl Progress {
    fn new() -> anyhow::Result<Self> {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        bar.set_style(ProgressStyle::with_template("{spinner} {msg} {wide_bar} {human_pos} of {human_len} documents, {eta} left")?);
        Ok(Self(bar))
    }
}

impl Observer for Progress {
    fn on(&self, event: &ExchangeEvent) {
        match event {
            ExchangeEvent::Began { phase, documents } => {
                self.0.set_message(match phase {
                    Phase::Exporting => "writing",
                    Phase::Verifying => "comparing fingerprints",
                    Phase::Checking => "checking",
                    Phase::Importing => "storing",
                });
                self.0.set_length(*documents);
                self.0.set_position(0);
            }
            ExchangeEvent::Moved { documents, .. } => self.0.inc(*documents),
        }
    }
}
