//! (to be written)

use std::io;

use ragstone_core::{Refusal, RefusalReason, UnreadableMember};

use crate::{Member, RawDocument, ReadError};

pub(crate) fn unpack(_document: &RawDocument, _send: &mut dyn FnMut(Member) -> io::Result<()>) -> Result<Vec<UnreadableMember>, ReadError> {
    Err(Refusal { reason: RefusalReason::Unsupported, detail: "not written yet".to_owned() }.into())
}
