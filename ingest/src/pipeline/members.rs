//! Archives: their members are documents of their own, planned in the archive's place.

use std::sync::Arc;

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use ragstone_core::{DocumentId, Result, Stage};
use tokio::sync::mpsc;

use super::budget::ByteBudget;
use super::plan::{Planned, Planner};
use super::read::Incoming;
use crate::extract::MemberStream;
use crate::{FailedDocument, IngestEvent};

/// So many members are compared with the catalog together, if they are there.
const TOGETHER: usize = 64;

/// A document that turned out to hold others.
pub(super) struct Archive {
    pub(super) source: String,
    pub(super) members: MemberStream,
}

impl Planner {
    /// Plans an archive's members; one that cannot be read fails alone. Boxed, as a member may be an archive again.
    pub(super) fn plan_members<'a>(
        self: &'a Arc<Self>,
        archive: Archive,
        planned: &'a mpsc::Sender<Planned>,
        depth: usize,
    ) -> BoxFuture<'a, Result<()>> {
        async move {
            let Archive { source, members } = archive;
            let limit = self.ingestor.extractor.config().max_archive_depth;
            if depth >= limit {
                let reason = format!("is an archive inside {depth} others, the limit is {limit}: raise `extract.max_archive_depth`");
                self.run.fail(FailedDocument::at(source, Stage::Extract, reason));
                return Ok(());
            }
            self.run.take_back_sight(DocumentId::from_source(&source));
            self.run.observer.on(&IngestEvent::Unpacked { source });
            let budget = ByteBudget::of_an_archive();
            let planner = Arc::clone(self);
            let members = futures::stream::unfold((planner, members, budget), async |(planner, mut members, budget)| {
                let incoming = planner.next_member(&mut members, &budget).await?;
                Some((incoming, (planner, members, budget)))
            });
            self.plan_stream(members.ready_chunks(TOGETHER).boxed(), planned, depth + 1).await
        }
        .boxed()
    }

    /// The next member that can be read.
    async fn next_member(&self, members: &mut MemberStream, budget: &ByteBudget) -> Option<Incoming> {
        loop {
            let member = members.next().await?;
            self.run.observer.on(&IngestEvent::Member);
            match member {
                Ok(raw) => {
                    let weight = budget.weigh(raw.bytes.len()).await?;
                    return Some(Incoming { content: self.ingestor.readers.content(&raw), raw, weight });
                }
                Err(failed) => self.run.fail(failed),
            }
        }
    }
}
