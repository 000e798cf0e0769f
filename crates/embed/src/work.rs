//! The batches of one call, computed by as many workers as there are sessions.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::spawn_blocking;

use crate::EmbedError;
use crate::batch::{Budget, plan};
use crate::pool::{Pool, Turn};
use crate::tokens::Fitted;

/// What a call still has to compute. Dropping it leaves the workers nothing to do: an abandoned call ends with its batch.
pub(crate) struct Work {
    shared: Arc<Shared>,
}

struct Shared {
    texts: Vec<Fitted>,
    batches: Mutex<VecDeque<Vec<usize>>>,
}

/// The vectors of a batch.
pub(crate) struct Computed {
    /// Positions among the call's texts.
    pub(crate) batch: Vec<usize>,
    /// One for each.
    pub(crate) embedded: Vec<Vec<f32>>,
}

impl Work {
    pub(crate) fn new(texts: Vec<Fitted>, batch_tokens: usize) -> Self {
        let lengths: Vec<usize> = texts.iter().map(|text| text.tokens).collect();
        let batches = Mutex::new(plan(&lengths, Budget { tokens: batch_tokens, texts: usize::MAX }).into());
        Self { shared: Arc::new(Shared { texts, batches }) }
    }

    pub(crate) fn batches_left(&self) -> usize {
        self.shared.batches().len()
    }

    /// Computes batches until none is left.
    ///
    /// On its thread it goes from batch to batch while nobody else waits for a session: handing over between threads
    /// costs a tenth on a machine that has other things to do.
    pub(crate) fn worker(&self, pool: &Arc<Pool>) -> impl Future<Output = Result<Vec<Computed>, EmbedError>> + Send + use<> {
        let (shared, pool) = (Arc::clone(&self.shared), Arc::clone(pool));
        async move {
            let mut computed = Vec::new();
            while !shared.batches().is_empty() {
                let turn = pool.turn().await;
                let shared = Arc::clone(&shared);
                let part = spawn_blocking(move || shared.compute(turn)).await;
                computed.extend(part.map_err(|source| pool.failed(source))??);
            }
            Ok(computed)
        }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.shared.batches().clear();
    }
}

impl Shared {
    fn compute(&self, turn: Turn) -> Result<Vec<Computed>, EmbedError> {
        let mut computed = Vec::new();
        let mut turn = Some(turn);
        while let Some(held) = turn.take() {
            let Some(batch) = self.batches().pop_front() else {
                break;
            };
            let texts = batch.iter().filter_map(|position| self.texts.get(*position)).map(|text| text.text.as_str());
            let embedded = held.embed(&texts.collect::<Vec<_>>())?;
            computed.push(Computed { batch, embedded });
            turn = held.again();
        }
        Ok(computed)
    }

    fn batches(&self) -> std::sync::MutexGuard<'_, VecDeque<Vec<usize>>> {
        self.batches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
