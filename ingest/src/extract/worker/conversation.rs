//! What is said over the pipes: a request, and the answers to it, each of bounded length.

use std::io;

use chrono::{DateTime, Utc};
use ragstone_core::{ExtractionReply, ExtractionRequest, Refusal};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{ChildStdin, ChildStdout};

use super::WorkerAnswer;
use super::members::SpoolWriter;
use super::process::WorkerProcess;

/// A text may grow when it is written as JSON; a line of another kind is short.
const LINE_OVERHEAD: u64 = 16 << 20;

/// The most members of an archive; their names are held in memory.
const MAX_MEMBERS: usize = 100_000;

/// Why a conversation failed.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The pipe broke, most likely because the process died.
    Pipe(io::Error),
    /// The answer is none.
    Nonsense { detail: String },
    /// The members could not be kept on the disk.
    Spool(io::Error),
}

impl WorkerProcess {
    /// Asks for one document; `Ok(Err(…))` is the worker's own refusal, after which it can be asked again.
    pub(super) async fn ask(&mut self, request: &ExtractionRequest, bytes: &[u8]) -> Result<Result<WorkerAnswer, Refusal>, Trouble> {
        self.documents += 1;
        let limit = self.max_text_bytes;
        let ask = send(&mut self.input, request, bytes);
        let answer = receive(&mut self.output, limit);
        // Both at once: a worker may answer before it has read everything, and must not wait for us while we wait for it.
        let ((), answer) = tokio::try_join!(ask, answer)?;
        Ok(answer)
    }
}

async fn send(input: &mut ChildStdin, request: &ExtractionRequest, bytes: &[u8]) -> Result<(), Trouble> {
    let mut line = serde_json::to_vec(request).map_err(|error| Trouble::Nonsense { detail: error.to_string() })?;
    line.push(b'\n');
    input.write_all(&line).await.map_err(Trouble::Pipe)?;
    input.write_all(bytes).await.map_err(Trouble::Pipe)?;
    input.flush().await.map_err(Trouble::Pipe)
}

async fn receive(output: &mut BufReader<ChildStdout>, limit: u64) -> Result<Result<WorkerAnswer, Refusal>, Trouble> {
    let mut members: Option<SpoolWriter> = None;
    let mut remaining = limit;
    loop {
        let reply = read_reply(output, limit).await?;
        let (name, modified_at, bytes) = match (reply, &members) {
            (ExtractionReply::Member { name, modified_at, bytes }, _) => (name, modified_at, bytes),
            (ExtractionReply::Refused(refusal), None) => return Ok(Err(refusal)),
            (ExtractionReply::Text(text), None) => {
                if text.text.len() as u64 > limit {
                    return Err(nonsense(format!("a text of {} bytes, where {limit} are allowed", text.text.len())));
                }
                return Ok(Ok(WorkerAnswer::Text(text)));
            }
            (ExtractionReply::End { unreadable }, _) => {
                let members = match members {
                    Some(members) => members,
                    None => SpoolWriter::new().await.map_err(Trouble::Spool)?,
                };
                return Ok(Ok(WorkerAnswer::Members(members.finish(unreadable).await.map_err(Trouble::Spool)?)));
            }
            // What came before is incomplete, and a retry gives no more.
            (ExtractionReply::Refused(refusal), Some(_)) => return Ok(Err(refusal)),
            (ExtractionReply::Text(_), Some(_)) => return Err(nonsense("a text among members".to_owned())),
        };
        remaining = remaining.checked_sub(bytes).ok_or_else(|| nonsense(format!("members of more than {limit} bytes together")))?;
        let spool = match &mut members {
            Some(members) => members,
            None => members.insert(SpoolWriter::new().await.map_err(Trouble::Spool)?),
        };
        if spool.len() >= MAX_MEMBERS {
            return Err(nonsense(format!("more than {MAX_MEMBERS} members")));
        }
        receive_member(output, spool, name, modified_at, bytes).await?;
    }
}

async fn receive_member(
    output: &mut BufReader<ChildStdout>,
    spool: &mut SpoolWriter,
    name: String,
    modified_at: Option<DateTime<Utc>>,
    bytes: u64,
) -> Result<(), Trouble> {
    if !is_safe(&name) {
        return Err(nonsense("a member whose name leaves the archive".to_owned()));
    }
    let mut buffer = vec![0; 64 << 10];
    let mut missing = bytes;
    while missing > 0 {
        let wanted = usize::try_from(missing).unwrap_or(usize::MAX).min(buffer.len());
        let piece = buffer.get_mut(..wanted).unwrap_or_default();
        output.read_exact(piece).await.map_err(Trouble::Pipe)?;
        spool.write(piece).await.map_err(Trouble::Spool)?;
        missing -= wanted as u64;
    }
    spool.end_member(name, modified_at, bytes);
    Ok(())
}

async fn read_reply(output: &mut BufReader<ChildStdout>, limit: u64) -> Result<ExtractionReply, Trouble> {
    let limit = limit.saturating_mul(2).saturating_add(LINE_OVERHEAD);
    let mut line = Vec::new();
    output.take(limit).read_until(b'\n', &mut line).await.map_err(Trouble::Pipe)?;
    if line.pop() != Some(b'\n') {
        if line.len() as u64 + 1 >= limit {
            return Err(nonsense(format!("a line of more than {limit} bytes")));
        }
        return Err(Trouble::Pipe(io::ErrorKind::UnexpectedEof.into()));
    }
    serde_json::from_slice(&line).map_err(|error| {
        let start: String = String::from_utf8_lossy(line.get(..80).unwrap_or(&line)).into_owned();
        nonsense(format!("`{}` ({error})", start.trim()))
    })
}

fn nonsense(detail: String) -> Trouble {
    Trouble::Nonsense { detail }
}

/// Relative, and never upwards.
fn is_safe(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('/') && !name.split('/').any(|part| part == "..")
}
