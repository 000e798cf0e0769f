//! One worker process: its pipes, what it said when it died, and why it did.

use std::collections::VecDeque;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytesize::ByteSize;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::task::JoinHandle;

use super::conversation::Trouble;
use crate::IngestError;
use crate::extract::ExtractConfig;

/// How much of what a worker wrote to its standard error is kept.
const LAST_LINES: usize = 8;
const LINE_BYTES: u64 = 400;

/// How long a worker that closed its pipes has to end, and its last words to arrive.
const PARTING: Duration = Duration::from_secs(2);

pub(super) struct WorkerProcess {
    child: Child,
    pub(super) input: ChildStdin,
    pub(super) output: BufReader<ChildStdout>,
    last_words: Arc<Mutex<VecDeque<String>>>,
    listener: JoinHandle<()>,
    pub(super) documents: u32,
    pub(super) max_text_bytes: u64,
}

impl WorkerProcess {
    pub(super) fn start(program: &Path, pdfium: Option<&Path>, config: &ExtractConfig) -> std::io::Result<Self> {
        let mut command = Command::new(program);
        command.arg("--memory-limit").arg(config.worker_memory.as_u64().to_string());
        command.arg("--timeout").arg(config.timeout.as_secs().max(1).to_string());
        if let Some(pdfium) = pdfium {
            command.arg("--pdfium").arg(pdfium);
        }
        command.env_clear();
        // To find `tesseract` and its data, and a place for its pictures; nothing else, least of all keys.
        for name in ["PATH", "TESSDATA_PREFIX", "TMPDIR"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn()?;
        let missing_pipe = || std::io::Error::other("a pipe to the worker is missing");
        let input = child.stdin.take().ok_or_else(missing_pipe)?;
        let output = child.stdout.take().ok_or_else(missing_pipe)?;
        let errors = child.stderr.take().ok_or_else(missing_pipe)?;
        let last_words = Arc::default();
        let listener = tokio::spawn(listen(errors, Arc::clone(&last_words)));
        let max_text_bytes = config.max_text_bytes.as_u64();
        Ok(Self { child, input, output: BufReader::new(output), last_words, listener, documents: 0, max_text_bytes })
    }

    /// How many documents it was asked to read.
    pub(super) fn documents(&self) -> u32 {
        self.documents
    }

    /// Whether it still runs and has nothing to say unasked.
    pub(super) fn is_alive(&mut self) -> bool {
        self.output.buffer().is_empty() && matches!(self.child.try_wait(), Ok(None))
    }

    /// What was behind a failed conversation: most often, that the process died. Ends it.
    pub(super) async fn explain(mut self, trouble: Trouble, memory: ByteSize) -> IngestError {
        let source = match trouble {
            Trouble::Nonsense { detail } => return IngestError::WorkerNonsense { detail },
            Trouble::Spool(source) => return IngestError::Spool { source },
            Trouble::Pipe(source) => source,
        };
        let Ok(Ok(status)) = tokio::time::timeout(PARTING, self.child.wait()).await else {
            return IngestError::WorkerPipe { source };
        };
        let _ = tokio::time::timeout(PARTING, &mut self.listener).await;
        let said = self.last_words.lock().unwrap_or_else(PoisonError::into_inner).make_contiguous().join(" / ");
        if ran_out_of_memory(status, &said) {
            return IngestError::WorkerOutOfMemory { limit: memory };
        }
        IngestError::WorkerCrashed { how: describe(status), said: if said.is_empty() { said } else { format!(": {said}") } }
    }
}

/// The last lines, so that a crash can be explained. A line without end is cut into pieces.
async fn listen(errors: ChildStderr, last_words: Arc<Mutex<VecDeque<String>>>) {
    let mut errors = BufReader::new(errors);
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut errors).take(LINE_BYTES).read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let text = String::from_utf8_lossy(&line).trim().to_owned();
        let mut last_words = last_words.lock().unwrap_or_else(PoisonError::into_inner);
        if !text.is_empty() {
            last_words.push_back(text);
        }
        if last_words.len() > LAST_LINES {
            last_words.pop_front();
        }
    }
}

/// Rust says so before it aborts; the system's own killer says nothing.
fn ran_out_of_memory(status: ExitStatus, said: &str) -> bool {
    let words = ["memory allocation of", "out of memory", "Out of memory", "cannot allocate memory", "Cannot allocate memory", "bad_alloc"];
    status.signal() == Some(9) || (!status.success() && words.iter().any(|word| said.contains(word)))
}

fn describe(status: ExitStatus) -> String {
    match (status.signal(), status.code()) {
        (Some(signal), _) => format!("crashed (signal {signal})"),
        (None, Some(0)) => "ended before it had answered".to_owned(),
        (None, code) => format!("ended with status {}", code.unwrap_or_default()),
    }
}
