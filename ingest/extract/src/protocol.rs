//! Requests and answers over two pipes.
//!
//! A thread of its own reads the requests, so that the end of the input is noticed whatever the reading of a document is
//! doing: then nobody waits for the answer, and the process ends.

mod frames;
mod watchdog;

use std::any::Any;
use std::io::{BufReader, Read, Write};
use std::panic::{self, AssertUnwindSafe};
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use ragstone_core::{ExtractionReply, ExtractionRequest, Refusal, RefusalReason, UnreadableMember};

pub use frames::ProtocolError;
use frames::{read_request, write_reply};
use watchdog::Watchdog;

use crate::{Extraction, Extractor, Member, RawDocument, ReadError};

/// Answers requests until the input ends. Ends the whole process when it does in the middle of a document, and when a
/// document takes longer than `timeout`: whatever reads it cannot be stopped otherwise.
pub fn serve(
    extractor: &Extractor,
    input: impl Read + Send + 'static,
    output: &mut dyn Write,
    timeout: Option<Duration>,
) -> Result<(), ProtocolError> {
    let requests = Requests::of(input)?;
    let watchdog = timeout.map(Watchdog::start).transpose().map_err(ProtocolError::Thread)?;
    while let Some(request) = requests.next() {
        let (request, bytes) = request?;
        let _watched = watchdog.as_ref().map(|watchdog| watchdog.watch(&request.name));
        answer(extractor, request, bytes, output)?;
        requests.answered();
    }
    Ok(())
}

/// Answers one request.
pub fn answer(extractor: &Extractor, request: ExtractionRequest, bytes: Vec<u8>, output: &mut dyn Write) -> Result<(), ProtocolError> {
    let name = request.name.clone();
    let mut sent = 0_usize;
    let mut send = |member: Member| {
        sent += 1;
        let bytes = member.bytes.len() as u64;
        write_reply(output, &ExtractionReply::Member { name: member.name, modified_at: member.modified_at, bytes }, &member.bytes)
    };
    let read = panic::catch_unwind(AssertUnwindSafe(|| {
        let document = RawDocument::of(request, bytes)?;
        extractor.read(&document, &mut send)
    }));
    let reply = match read.unwrap_or_else(|payload| Err(panicked(payload.as_ref()).into())) {
        Ok(Extraction::Text(text)) => ExtractionReply::Text(text),
        Ok(Extraction::Members { unreadable }) => ExtractionReply::End { unreadable },
        Err(ReadError::Refused(refusal)) if sent > 0 => ExtractionReply::End { unreadable: vec![UnreadableMember { name, refusal }] },
        Err(ReadError::Refused(refusal)) => ExtractionReply::Refused(refusal),
        Err(ReadError::Output(error)) => return Err(ProtocolError::Output(error)),
    };
    write_reply(output, &reply, &[]).map_err(ProtocolError::Output)
}

type Incoming = Result<(ExtractionRequest, Vec<u8>), ProtocolError>;

/// The requests as they come in, and how many of them are not answered yet.
struct Requests {
    incoming: Receiver<Incoming>,
    pending: Arc<AtomicUsize>,
}

impl Requests {
    fn of(input: impl Read + Send + 'static) -> Result<Self, ProtocolError> {
        let (sender, incoming) = mpsc::sync_channel(0);
        let pending = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&pending);
        let reader = move || {
            let mut input = BufReader::new(input);
            while let Some(request) = read_request(&mut input).transpose() {
                counter.fetch_add(1, Ordering::SeqCst);
                let is_last = request.is_err();
                if sender.send(request).is_err() || is_last {
                    return;
                }
            }
            if counter.load(Ordering::SeqCst) > 0 {
                process::exit(0);
            }
        };
        thread::Builder::new().name("requests".to_owned()).spawn(reader).map_err(ProtocolError::Thread)?;
        Ok(Self { incoming, pending })
    }

    fn next(&self) -> Option<Incoming> {
        self.incoming.recv().ok()
    }

    fn answered(&self) {
        self.pending.fetch_sub(1, Ordering::SeqCst);
    }
}

fn panicked(payload: &(dyn Any + Send)) -> Refusal {
    let message = payload.downcast_ref::<String>().map(String::as_str).or_else(|| payload.downcast_ref::<&str>().copied());
    let detail = format!("its reader stopped with an error of its own ({})", message.unwrap_or("unknown"));
    Refusal { reason: RefusalReason::Damaged, detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_answer() {
        let payload = panic::catch_unwind(|| panic!("index {} is out of range", 7)).unwrap_err();
        let refusal = panicked(payload.as_ref());
        assert_eq!(
            (refusal.reason, refusal.detail.as_str()),
            (RefusalReason::Damaged, "its reader stopped with an error of its own (index 7 is out of range)")
        );
    }

    #[test]
    fn an_answer_is_one_frame() {
        let request =
            ExtractionRequest { name: "a.bin".to_owned(), media_type: String::new(), bytes: 2, max_text_bytes: 10, recognise: None };
        let mut output = Vec::new();
        answer(&Extractor::default(), request, vec![0, 1], &mut output).unwrap();
        assert!(matches!(serde_json::from_slice(&output).unwrap(), ExtractionReply::Refused(_)));
        assert_eq!(output.iter().filter(|byte| **byte == b'\n').count(), 1);
    }
}
