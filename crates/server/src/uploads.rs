//! Uploads that are answered before they are ingested: kept in the data folder until their job has ended.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fs_err as fs;
use ragstone_core::{Error, Job, JobId, Jobs, Result};
use ragstone_ingest::{IngestSpec, RawDocument, SourceSpec, UploadFolder, UploadSource};

use crate::ServerError;

/// So many jobs are looked at when the server starts.
const MOST_JOBS: u64 = 10_000;

/// The folders of uploads, one each. Clones share them.
#[derive(Debug, Clone)]
pub(crate) struct Uploads {
    folder: Arc<Path>,
    /// So many may be there at once.
    most: usize,
    kept: Arc<Mutex<HashMap<JobId, PathBuf>>>,
}

impl Uploads {
    pub(crate) fn new(folder: Arc<Path>, most: usize) -> Self {
        Self { folder, most: most.max(1), kept: Arc::default() }
    }

    /// Makes documents durable, as a source that can be read as often as needed.
    pub(crate) async fn keep(&self, documents: Vec<RawDocument>) -> Result<UploadSource> {
        if self.kept().len() >= self.most {
            return Err(ServerError::TooManyUploads { most: self.most }.into());
        }
        // Any name that no other upload has.
        let folder = self.folder.join(JobId::random().to_string());
        blocking(move || write(&folder, &documents)).await
    }

    /// From now on an upload's files belong to this job.
    pub(crate) fn belongs_to(&self, job: JobId, upload: &UploadSource) {
        self.kept().insert(job, upload.folder.clone());
    }

    /// Deletes the files of an upload that nobody is going to read.
    pub(crate) async fn discard(&self, upload: UploadSource) {
        let removed = blocking(move || remove(&upload.folder)).await;
        if let Err(error) = removed {
            tracing::warn!(%error, "the files of an upload cannot be deleted; the next start tries again");
        }
    }

    /// Looks what a former process has left: files whose job goes on are kept, all others deleted but those younger than `spared`.
    pub(crate) async fn take_over(&self, jobs: &dyn Jobs, spared: Duration) -> Result<()> {
        let unfinished = jobs.jobs(None, MOST_JOBS).await?.into_iter().filter(|job| !job.state.is_final());
        let needed: HashMap<JobId, PathBuf> = unfinished.filter_map(|job| Some((job.id, folder_of(&job)?))).collect();
        // By name: the data folder may have been called otherwise then.
        let keep = needed.values().filter_map(|folder| Some(folder.file_name()?.to_owned())).collect();
        let folder = Arc::clone(&self.folder);
        blocking(move || remove_all_but(&folder, &keep, spared)).await?;
        self.kept().extend(needed);
        Ok(())
    }

    /// Deletes the files of the jobs that have ended.
    pub(crate) async fn sweep(&self, jobs: &dyn Jobs) -> Result<()> {
        let kept: Vec<(JobId, PathBuf)> = self.kept().iter().map(|(id, folder)| (*id, folder.clone())).collect();
        for (id, folder) in kept {
            if jobs.job(id).await?.is_some_and(|job| !job.state.is_final()) {
                continue;
            }
            blocking(move || remove(&folder)).await?;
            self.kept().remove(&id);
        }
        Ok(())
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<JobId, PathBuf>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a job ingests an upload.
pub(crate) fn is_upload(job: &Job) -> bool {
    folder_of(job).is_some()
}

/// Where the files of a job are that is an upload.
fn folder_of(job: &Job) -> Option<PathBuf> {
    let spec: IngestSpec = serde_json::from_value(job.request.clone()).ok()?;
    match spec.source {
        SourceSpec::Upload(upload) => Some(upload.folder),
        _ => None,
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|source| ServerError::TaskFailed { source })?
}

/// All of the documents, or nothing.
fn write(folder: &Path, documents: &[RawDocument]) -> Result<UploadSource> {
    let written = try_to_write(folder, documents);
    if written.is_err() {
        // The disk may be full: what cannot be deleted either is deleted by the next start.
        let _gone = fs::remove_dir_all(folder);
    }
    written
}

fn try_to_write(folder: &Path, documents: &[RawDocument]) -> Result<UploadSource> {
    // The job is to find it wherever the next process is started.
    let folder = std::path::absolute(folder).map_err(|source| not_kept(folder, source))?;
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent).map_err(|source| not_kept(parent, source))?;
    }
    let mut upload = UploadFolder::create(folder)?;
    for document in documents {
        upload.add(document)?;
    }
    Ok(upload.finish()?)
}

fn remove_all_but(folder: &Path, keep: &HashSet<OsString>, spared: Duration) -> Result<()> {
    let Ok(found) = fs::read_dir(folder) else {
        // Nothing was ever uploaded.
        return Ok(());
    };
    for entry in found {
        let entry = entry.map_err(|source| not_kept(folder, source))?;
        let name = entry.file_name();
        let is_upload = name.to_str().is_some_and(|name| name.parse::<JobId>().is_ok());
        if is_upload && !keep.contains(&name) && age(&entry.path()) >= spared {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

/// None at all for what is gone, or comes from a clock that is ahead.
fn age(path: &Path) -> Duration {
    let modified = fs::metadata(path).and_then(|found| found.modified());
    modified.ok().and_then(|modified| modified.elapsed().ok()).unwrap_or_default()
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => Err(not_kept(folder, source)),
        _ => Ok(()),
    }
}

fn not_kept(path: &Path, source: std::io::Error) -> Error {
    ServerError::UploadNotKept { path: path.to_owned(), source }.into()
}
