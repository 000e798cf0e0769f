//! The pool of worker processes that read what is dangerous to read.
//!
//! A worker reads one document at a time. It is started when first needed, used again, and ended when it took too long,
//! answered nonsense, or has read [`DOCUMENTS_PER_WORKER`] documents. A process belongs to the future that talks to
//! it: dropping the future ends the process, so that nobody ever reads the rest of another's answer.

mod conversation;
mod members;
mod process;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Mutex;

use ragstone_core::{ExtractedText, ExtractionRequest};
use tokio::sync::Semaphore;

use self::process::WorkerProcess;
use super::config::{ExtractConfig, WorkerLocation};
use crate::IngestError;

pub use members::MemberStream;
pub(super) use members::Spool;

/// What libraries leak ends with the process.
const DOCUMENTS_PER_WORKER: u32 = 500;

/// What a worker made of a document.
pub(super) enum WorkerAnswer {
    Text(Box<ExtractedText>),
    Members(Spool),
}

/// The worker processes.
pub(super) struct WorkerPool {
    config: ExtractConfig,
    program: Option<PathBuf>,
    pdfium: Option<PathBuf>,
    permits: Semaphore,
    idle: Mutex<Vec<WorkerProcess>>,
}

impl WorkerPool {
    pub(super) fn new(config: ExtractConfig, location: WorkerLocation) -> Self {
        Self {
            program: config.worker.clone().filter(|named| !named.as_os_str().is_empty()).or(location.program),
            pdfium: location.pdfium,
            permits: Semaphore::new(config.worker_limit()),
            idle: Mutex::default(),
            config,
        }
    }

    /// Has a worker read a document; waits until one is free. `description` says what the document looks like.
    pub(super) async fn read(
        &self,
        request: &ExtractionRequest,
        bytes: &[u8],
        description: &'static str,
    ) -> Result<WorkerAnswer, IngestError> {
        // Nobody closes the semaphore; were it closed, no worker could run.
        let _permit = self.permits.acquire().await.map_err(|_| self.missing(description))?;
        let mut worker = match self.take_idle() {
            Some(worker) => worker,
            None => self.start(description)?,
        };
        let talk = worker.ask(request, bytes);
        let answer = match tokio::time::timeout(self.config.timeout, talk).await {
            Err(_) => return Err(IngestError::WorkerTimeout { timeout: self.config.timeout }),
            Ok(Err(trouble)) => return Err(worker.explain(trouble, self.config.worker_memory).await),
            Ok(Ok(answer)) => answer,
        };
        if worker.documents() < DOCUMENTS_PER_WORKER {
            self.idle().push(worker);
        }
        answer.map_err(|refusal| IngestError::Refused { refusal })
    }

    fn take_idle(&self) -> Option<WorkerProcess> {
        let mut idle = self.idle();
        while let Some(mut worker) = idle.pop() {
            if worker.is_alive() {
                return Some(worker);
            }
        }
        None
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<WorkerProcess>> {
        self.idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn start(&self, description: &'static str) -> Result<WorkerProcess, IngestError> {
        let program = self.program.as_deref().ok_or_else(|| self.missing(description))?;
        WorkerProcess::start(program, self.pdfium.as_deref(), &self.config).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => self.missing(description),
            _ => IngestError::WorkerNotStarted { program: program.to_owned(), source },
        })
    }

    fn missing(&self, description: &'static str) -> IngestError {
        match &self.program {
            Some(program) => IngestError::WorkerNotFound { description, program: program.clone() },
            None => IngestError::WorkerMissing { description },
        }
    }
}
