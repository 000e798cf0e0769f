//! `ragstone-extract`: turns documents into text. See the library for what it says to whom.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use anyhow::Context;
use clap::Parser;
use ragstone_core::{ExtractionReply, ExtractionRequest};
use ragstone_extract::{Extractor, answer, serve};

/// Enough for documents that nest their parts deeply.
const STACK_BYTES: usize = 64 << 20;

/// A year: no document takes longer, and clocks can count to its end.
const LONGEST_TIMEOUT: u64 = 366 * 24 * 3600;

/// What a file read by hand may expand to.
const TEXT_BYTES: u64 = 1 << 30;

/// Turns documents into text: PDF, Office, OpenDocument, RTF, EPUB, e-mails and archives.
///
/// Without files it is a worker: it answers requests on its input (see `ragstone_core::extraction`) until that ends.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Files to read by hand; their text is printed
    files: Vec<PathBuf>,
    /// Print the replies of the protocol instead of the text
    #[arg(long, requires = "files")]
    json: bool,
    /// Recognise pages without text with tesseract, in these of its languages
    #[arg(long, value_name = "LANGUAGES", requires = "files")]
    recognise: Option<String>,
    /// The PDFium library [default: in .runtime/pdfium above the program]
    #[arg(long, value_name = "PATH")]
    pdfium: Option<PathBuf>,
    /// End when the process needs more memory than this (address space; not enforced by macOS)
    #[arg(long, value_name = "BYTES")]
    memory_limit: Option<u64>,
    /// End when one document takes longer than this
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    timeout: Option<u64>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = limit_memory(arguments.memory_limit).and_then(|()| {
        let worker = thread::Builder::new().name("extract".to_owned()).stack_size(STACK_BYTES).spawn(|| run(arguments))?;
        worker.join().unwrap_or_else(|_| anyhow::bail!("the thread that reads documents stopped"))
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "ragstone-extract: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    let extractor = Extractor { pdfium: arguments.pdfium };
    if arguments.files.is_empty() {
        let timeout = arguments.timeout.map(|seconds| Duration::from_secs(seconds.min(LONGEST_TIMEOUT)));
        return Ok(serve(&extractor, io::stdin(), &mut io::stdout().lock(), timeout)?);
    }
    for file in &arguments.files {
        let bytes = fs_err::read(file)?;
        let request = ExtractionRequest {
            name: file.file_name().map(OsStr::to_string_lossy).unwrap_or_default().into_owned(),
            media_type: String::new(),
            bytes: bytes.len() as u64,
            max_text_bytes: TEXT_BYTES,
            recognise: arguments.recognise.clone(),
        };
        let mut output = io::stdout().lock();
        if arguments.json {
            answer(&extractor, request, bytes, &mut output)?;
        } else {
            print(&extractor, request, bytes, &mut output)?;
        }
    }
    Ok(())
}

/// Prints the text, and to the error stream what there is to say about it.
fn print(extractor: &Extractor, request: ExtractionRequest, bytes: Vec<u8>, output: &mut impl Write) -> anyhow::Result<()> {
    let name = request.name.clone();
    let mut frames = Vec::new();
    answer(extractor, request, bytes, &mut frames)?;
    let mut frames = frames.as_slice();
    let mut errors = io::stderr();
    while !frames.is_empty() {
        let end = frames.iter().position(|byte| *byte == b'\n').context("a reply is a line")?;
        let (line, rest) = frames.split_at(end + 1);
        frames = rest;
        match serde_json::from_slice(line)? {
            ExtractionReply::Text(text) => {
                writeln!(output, "{}", text.text)?;
                for warning in &text.quality.warnings {
                    writeln!(errors, "{name}: {}", warning.message)?;
                }
            }
            ExtractionReply::Member { name: member, bytes, .. } => {
                writeln!(output, "{member} ({bytes} bytes)")?;
                frames = frames.get(usize::try_from(bytes)?..).context("a member is as long as its reply says")?;
            }
            ExtractionReply::End { unreadable } => {
                for member in unreadable {
                    writeln!(errors, "{name}: {} {}", member.name, member.refusal)?;
                }
            }
            ExtractionReply::Refused(refusal) => writeln!(errors, "{name} {refusal}")?,
        }
    }
    Ok(())
}

#[cfg(unix)]
fn limit_memory(bytes: Option<u64>) -> anyhow::Result<()> {
    let Some(bytes) = bytes else { return Ok(()) };
    rlimit::setrlimit(rlimit::Resource::AS, bytes, bytes).context("the memory limit cannot be set")
}

#[cfg(not(unix))]
fn limit_memory(bytes: Option<u64>) -> anyhow::Result<()> {
    anyhow::ensure!(bytes.is_none(), "this system has no memory limits: leave `--memory-limit` out");
    Ok(())
}
