//! What was settled in this run and is not yet committed: the catalog does not know of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ragstone_core::{ContentHash, DocumentId, DocumentRecord};

use crate::Outcome;

/// Documents between being settled and being committed.
///
/// One stage adds to it and another takes away. Who compares it with the catalog takes a [snapshot](Self::snapshot) first and asks the
/// catalog then: what is in the snapshot counts as it is there, all else as the catalog says.
///
/// A document may take off twice: a duplicate whose original changes a little later in the same run gets chunks of its own after all.
#[derive(Default)]
pub(super) struct Flights {
    flying: Mutex<Snapshot>,
    /// What the catalog was last told of each.
    begun: Mutex<HashMap<DocumentId, Begun>>,
}

pub(super) type Snapshot = HashMap<DocumentId, Arc<DocumentRecord>>;

struct Begun {
    record: Arc<DocumentRecord>,
    /// What a flight that was overtaken by this one would have counted as.
    overtaken: Option<Outcome>,
}

impl Flights {
    pub(super) fn snapshot(&self) -> Snapshot {
        lock(&self.flying).clone()
    }

    pub(super) fn start(&self, record: &Arc<DocumentRecord>) {
        lock(&self.flying).insert(record.document.head.id, Arc::clone(record));
    }

    /// The catalog hears of a document.
    pub(super) fn begin(&self, record: &Arc<DocumentRecord>) {
        let begun = Begun { record: Arc::clone(record), overtaken: None };
        lock(&self.begun).insert(record.document.head.id, begun);
    }

    /// The flight of the same document that the catalog has heard of since.
    pub(super) fn later_than(&self, record: &Arc<DocumentRecord>) -> Option<Arc<DocumentRecord>> {
        let begun = lock(&self.begun);
        let latest = &begun.get(&record.document.head.id)?.record;
        (!Arc::ptr_eq(latest, record)).then(|| Arc::clone(latest))
    }

    /// Whether the catalog has heard of a later flight of the same document by now: then completing this one would complete that. The later
    /// one counts for both.
    pub(super) fn is_overtaken(&self, record: &Arc<DocumentRecord>, outcome: Option<Outcome>) -> bool {
        match lock(&self.begun).get_mut(&record.document.head.id) {
            Some(later) if !Arc::ptr_eq(&later.record, record) => {
                later.overtaken = later.overtaken.or(outcome);
                true
            }
            _ => false,
        }
    }

    /// A document is committed, and a later flight of it goes on. Returns what an overtaken one would have counted as.
    pub(super) fn land(&self, record: &Arc<DocumentRecord>) -> Option<Outcome> {
        let id = record.document.head.id;
        let mut flying = lock(&self.flying);
        if flying.get(&id).is_some_and(|latest| Arc::ptr_eq(latest, record)) {
            flying.remove(&id);
        }
        lock(&self.begun).remove(&id)?.overtaken
    }
}

/// The document in a snapshot that keeps this content, but for `except`.
pub(super) fn keeper(flying: &Snapshot, content: &ContentHash, except: DocumentId) -> Option<DocumentId> {
    let keeps = |record: &&Arc<DocumentRecord>| record.same_as.is_none() && &record.content == content && record.document.head.id != except;
    flying.values().find(keeps).map(|record| record.document.head.id)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
