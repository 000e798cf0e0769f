//! The source is read on a thread of its own, as far ahead as there is room for.

use std::sync::Arc;

use ragstone_core::{ContentHash, DocumentId};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::budget::{ByteBudget, Weight};
use super::run::Run;
use crate::extract::ExtractConfig;
use crate::{Outcome, RawDocument, SourceItem};

/// A document that was read, with its fingerprint and its share of the memory.
pub(super) struct Incoming {
    pub(super) raw: RawDocument,
    pub(super) content: ContentHash,
    pub(super) weight: Weight,
}

/// Reads one source.
pub(super) struct Reader {
    pub(super) items: Box<dyn Iterator<Item = SourceItem> + Send>,
    pub(super) read: mpsc::Sender<Incoming>,
    pub(super) budget: ByteBudget,
    pub(super) readers: Readers,
    pub(super) run: Arc<Run>,
    pub(super) handle: Handle,
}

/// What turns bytes into text: by other settings, or by another version, the same bytes are another content.
#[derive(Clone)]
pub(crate) struct Readers {
    fingerprint: Arc<str>,
}

impl Reader {
    /// Reads until the source ends, nobody listens any more, or the run is cancelled. What is no document ends here. Blocking.
    pub(super) fn read_all(self) {
        for item in self.items {
            if self.run.cancel.is_cancelled() {
                return;
            }
            let raw = match item {
                SourceItem::Document(raw) => raw,
                SourceItem::Unchanged { source } => {
                    self.run.unchanged_at_its_source(source);
                    continue;
                }
                SourceItem::Failed(failed) => {
                    self.run.fail(failed);
                    continue;
                }
                SourceItem::Skipped(skipped) => {
                    self.run.skip(skipped);
                    continue;
                }
            };
            let content = self.readers.content(&raw);
            let Some(weight) = self.handle.block_on(self.budget.weigh(raw.bytes.len())) else { return };
            if self.read.blocking_send(Incoming { raw, content, weight }).is_err() {
                return;
            }
        }
    }
}

impl Readers {
    pub(super) fn new(config: &ExtractConfig) -> Self {
        let fingerprint = ContentHash::of(&[config.fingerprint().as_bytes()]);
        Self { fingerprint: fingerprint.as_str().chars().take(8).collect::<String>().into() }
    }

    pub(crate) fn content(&self, raw: &RawDocument) -> ContentHash {
        ContentHash::of(&[raw.content().as_str().as_bytes(), self.fingerprint.as_bytes()])
    }

    /// A validator as it is kept: with other readers, what its source calls unchanged must be read again.
    pub(super) fn sign(&self, validator: &str) -> String {
        format!("{} {validator}", self.fingerprint)
    }

    /// The validator of something that these readers have read.
    pub(super) fn verify(&self, signed: &str) -> Option<String> {
        signed.strip_prefix(&*self.fingerprint)?.strip_prefix(' ').map(str::to_owned)
    }
}

impl Run {
    fn unchanged_at_its_source(&self, source: String) {
        let id = DocumentId::from_source(&source);
        if self.first_sight(id) {
            self.done(id, source, Outcome::Unchanged);
        }
    }
}

#[cfg(test)]
mod tests {
    use bytesize::ByteSize;

    use super::*;

    #[test]
    fn other_readers_read_again() {
        let config = ExtractConfig::default();
        let (before, after) = (Readers::new(&config), Readers::new(&ExtractConfig { max_text_bytes: ByteSize::kib(9), ..config }));
        let raw = RawDocument::new("/a", "text");
        assert_ne!(before.content(&raw), after.content(&raw));
        assert_eq!(before.verify(&before.sign("\"1\" x")), Some("\"1\" x".to_owned()));
        assert_eq!(after.verify(&before.sign("\"1\"")), None);
    }
}
