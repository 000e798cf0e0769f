//! A worker process.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use ragstone_core::{ExtractionReply, ExtractionRequest};

/// Far more than anything here takes: whatever lasts longer hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// A worker, ended with this value.
pub(crate) struct Worker {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Worker {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_with_path(arguments, None)
    }

    /// A worker that looks for programs in this folder only.
    pub(crate) fn start_with_path(arguments: &[&str], path: Option<&OsStr>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ragstone-extract"));
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if let Some(path) = path {
            command.env("PATH", path);
        }
        let mut child = command.spawn().unwrap();
        let (input, output) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, input, output }
    }

    /// Sends a request and its document.
    pub(crate) fn send(&mut self, request: &ExtractionRequest, bytes: &[u8]) -> io::Result<()> {
        let mut line = serde_json::to_vec(request)?;
        line.push(b'\n');
        self.send_raw(&line)?;
        self.send_raw(bytes)
    }

    pub(crate) fn send_raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        let input = self.input.as_mut().unwrap();
        input.write_all(bytes)?;
        input.flush()
    }

    /// The next reply; nothing when the worker has ended.
    pub(crate) fn receive(&mut self) -> Option<ExtractionReply> {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        (!line.is_empty()).then(|| serde_json::from_str(&line).unwrap())
    }

    /// Asks and waits for the first reply; nothing when the worker ends over it.
    pub(crate) fn ask(&mut self, request: &ExtractionRequest, bytes: &[u8]) -> Option<ExtractionReply> {
        self.send(request, bytes).ok()?;
        self.receive()
    }

    pub(crate) fn close_input(&mut self) {
        self.input = None;
    }

    /// Waits for the end, and says how it was and what was complained of.
    pub(crate) fn end(mut self) -> (ExitStatus, String) {
        let started = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(started.elapsed() < PATIENCE, "the worker does not end");
            thread::sleep(Duration::from_millis(5));
        };
        let mut complaints = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut complaints).unwrap();
        (status, complaints)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
