//! `ragstone migrate`

use std::sync::Arc;

use anyhow::{bail, ensure};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use ragstone_core::{CollectionName, LockGuard, Locked, Place, Sharing};
use ragstone_ingest::{Migration, MigrationReport, Verification};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::ingest::stopped_by_signal;
use crate::arguments::{Global, Migrate, Side};
use crate::engine::Engine;
use crate::output::terminal;
use crate::settings::Settings;
use crate::storage::{self, Database, Storage};

/// What was moved of one collection, for programs.
#[derive(Serialize)]
struct Moved {
    collection: CollectionName,
    #[serde(flatten)]
    report: MigrationReport,
}

pub(crate) async fn run(global: &Global, migrate: &Migrate) -> anyhow::Result<()> {
    ensure!(global.url.is_none(), "`ragstone migrate` works on both stores themselves: leave `--url` out, and stop servers that write");
    ensure!(migrate.from != migrate.to, "`--from` and `--to` name the same store");
    let settings = Settings::load(global)?;
    ensure!(settings.store.url.is_some(), "there is no server to migrate from or to: name one in `store.url`");
    let folder = Folder::open(&settings, migrate.from).await?;
    let stop = stopped_by_signal(|| terminal::note("stopping: the same command goes on (Ctrl-C again to stop at once)"))?;
    let moved = move_all(global, migrate, &settings, &folder, &stop).await;
    // After a failure too: what was copied until then is whole, and nothing has to be mended for it.
    let closed = folder.close().await;
    let moved = moved?;
    closed?;
    if global.json {
        terminal::say_json(&moved)?;
    }
    ensure!(!stop.is_cancelled(), "stopped: `ragstone migrate` goes on where it was");
    Ok(())
}

async fn move_all(
    global: &Global,
    migrate: &Migrate,
    settings: &Settings,
    folder: &Folder,
    stop: &CancellationToken,
) -> anyhow::Result<Vec<Moved>> {
    let remote = Remote::open(settings, folder).await?;
    let (from, to) = match migrate.from {
        Side::Edge => (folder.storage.place(), remote.place.clone()),
        Side::Qdrant => (remote.place.clone(), folder.storage.place()),
    };
    let moving = async {
        let mut moved = Vec::new();
        for collection in collections(&from, migrate).await? {
            let _alone = remote.lock(&collection).await?;
            let report = copy(&from, &to, &collection, stop.clone()).await?;
            let is_stopped = report.verification.is_none();
            if !global.json {
                show(&collection, &report);
            }
            moved.push(Moved { collection, report });
            if is_stopped {
                break;
            }
        }
        anyhow::Ok(moved)
    };
    let moved = moving.await;
    let closed = remote.close().await;
    let moved = moved?;
    closed?;
    Ok(moved)
}

async fn collections(from: &Place, migrate: &Migrate) -> anyhow::Result<Vec<CollectionName>> {
    if !migrate.collections.is_empty() {
        return Ok(migrate.collections.clone());
    }
    let all: Vec<CollectionName> = from.catalog.collections().await?.into_iter().map(|summary| summary.spec.name).collect();
    ensure!(!all.is_empty(), "there is no collection to migrate");
    Ok(all)
}

async fn copy(from: &Place, to: &Place, collection: &CollectionName, cancel: CancellationToken) -> anyhow::Result<MigrationReport> {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    bar.set_style(ProgressStyle::with_template("{spinner} {msg} {wide_bar} {human_pos} of {human_len} chunks, {eta} left")?);
    bar.set_message(collection.to_string());
    let progress = {
        let bar = bar.clone();
        Arc::new(move |done, all| {
            bar.set_length(all);
            bar.set_position(done);
        })
    };
    let copied = Migration { from: from.clone(), to: to.clone(), progress, cancel }.copy(collection).await;
    bar.finish_and_clear();
    Ok(copied?)
}

fn show(collection: &CollectionName, report: &MigrationReport) {
    let MigrationReport { documents, copied, kept, removed, verification, seconds } = report;
    terminal::say(format!(
        "{collection}: {documents} documents, {copied} chunks copied, {kept} were there, {removed} strays deleted ({seconds:.1} s)"
    ));
    let Some(Verification { vectors, queries, dense_overlap, lexical_overlap, unanswered }) = verification else { return };
    terminal::say(format!("  verified: all chunks are there, and {vectors} sampled ones have the same vectors"));
    if let (Some(by_meaning), Some(by_words)) = (dense_overlap, lexical_overlap) {
        terminal::say(format!(
            "  of {queries} searches, the first ten agree to {:.1} % by meaning, {:.1} % by words",
            by_meaning * 100.0,
            by_words * 100.0
        ));
    }
    if let Some(reason) = unanswered {
        terminal::say(format!("  copied; the rest of the searches was not compared: {reason}"));
    }
}

/// The side in the data folder.
struct Folder {
    storage: Storage,
    /// Whether it is still to be mended, which cannot be done here.
    is_in_doubt: bool,
}

impl Folder {
    /// With a catalog of its own, what the last stop has left undone in it is mended first. Where one catalog serves both
    /// stores, that would compute everything here that is on the server.
    async fn open(settings: &Settings, from: Side) -> anyhow::Result<Self> {
        let own = settings.of_data_folder();
        if from == Side::Edge {
            storage::ensure_data(&own)?;
        }
        if settings.catalog.url.is_some() {
            return Ok(Self { storage: Engine::open(own).await?.storage, is_in_doubt: false });
        }
        let storage = Storage::open(&own).await?;
        let folder = Self { is_in_doubt: storage.was_left_unclean(), storage };
        if folder.is_in_doubt && from == Side::Edge {
            folder.close().await?;
            bail!(
                "the index in the data folder was not closed properly: any `ragstone search` with `store.url` left out mends it, then migrate"
            );
        }
        Ok(folder)
    }

    async fn close(&self) -> anyhow::Result<()> {
        if self.is_in_doubt { self.storage.leave_unclean().await } else { self.storage.close().await }
    }
}

/// The side on servers.
struct Remote {
    place: Place,
    /// Its own catalog, if that is not the data folder's.
    database: Option<Database>,
}

impl Remote {
    async fn open(settings: &Settings, folder: &Folder) -> anyhow::Result<Self> {
        let store = Arc::new(storage::connect(settings).await?);
        if settings.catalog.url.is_none() {
            return Ok(Self { place: Place { catalog: folder.storage.database.catalog(), store }, database: None });
        }
        let database = Database::open(settings).await?;
        Ok(Self { place: Place { catalog: database.catalog(), store }, database: Some(database) })
    }

    /// Keeps writers of a shared catalog out.
    async fn lock(&self, collection: &CollectionName) -> anyhow::Result<Option<LockGuard>> {
        match &self.database {
            Some(database) => Ok(Some(database.locks().lock(collection, Locked::Documents, Sharing::Alone).await?)),
            None => Ok(None),
        }
    }

    async fn close(&self) -> anyhow::Result<()> {
        match &self.database {
            Some(database) => database.close().await,
            None => Ok(()),
        }
    }
}
