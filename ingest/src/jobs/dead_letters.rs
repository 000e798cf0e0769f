//! What is known of a job's documents before it begins, and the dead letters that are none any more when it has ended.

use std::collections::HashSet;

use ragstone_core::{DocumentProgress, Job, Result};

use super::JobRunner;
use super::journal::Journal;
use crate::pipeline::is_under;

/// So many entries are read at once.
const PAGE: u64 = 1_000;

impl JobRunner {
    /// Tells the journal which documents failed in former jobs, and which this one had begun before it was cut off.
    pub(super) async fn recall(&self, job: &Job, journal: &Journal) -> Result<()> {
        let mut dead = HashSet::new();
        loop {
            let page = self.jobs.dead_letters(&job.collection, dead.len() as u64, PAGE).await?;
            let is_last = (page.len() as u64) < PAGE;
            dead.extend(page.into_iter().map(|letter| letter.document.source));
            if is_last {
                break;
            }
        }
        let mut begun = HashSet::new();
        for state in [DocumentProgress::Queued, DocumentProgress::Extracting, DocumentProgress::Embedding] {
            let mut offset = 0;
            loop {
                let page = self.jobs.job_documents(job.id, Some(state), offset, PAGE).await?.documents;
                offset += page.len() as u64;
                let is_last = (page.len() as u64) < PAGE;
                begun.extend(page.into_iter().map(|document| document.source));
                if is_last {
                    break;
                }
            }
        }
        journal.remember(dead, begun);
        Ok(())
    }

    /// Takes off the list what was stored, or found as it is stored; and, where the whole of `searched` was looked through, what is gone.
    pub(super) async fn resolve(&self, job: &Job, journal: &Journal, searched: &[String]) -> Result<()> {
        let (mut resolved, unseen) = journal.take_dead_letters();
        resolved.extend(unseen.into_iter().filter(|source| searched.iter().any(|root| is_under(source, root))));
        if resolved.is_empty() {
            return Ok(());
        }
        self.jobs.resolve_dead_letters(&job.collection, &resolved).await
    }
}
