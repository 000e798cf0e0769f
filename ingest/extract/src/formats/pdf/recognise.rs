//! Reading a page's picture with `tesseract`, where a person has asked for it.

use std::env;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use pdfium_render::prelude::{PdfPage, PdfRenderConfig, PdfiumError};

/// The program.
const PROGRAM: &str = "tesseract";

/// What scanners use, and tesseract was trained for.
const DOTS_PER_INCH: f32 = 300.0;

/// Larger pages are shrunk to this.
const MOST_PIXELS: f32 = 5_000.0;

/// No page takes this long; the document has a time limit of its own.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Text beyond this is no page.
const MOST_TEXT: u64 = 4 << 20;

/// Why a page was not recognised.
#[derive(Debug, thiserror::Error)]
pub(super) enum RecogniseError {
    #[error("`{PROGRAM}` is not installed: install your system's package for it")]
    NotInstalled,
    #[error("`{PROGRAM}` cannot be run ({0})")]
    Run(#[from] io::Error),
    #[error("`{PROGRAM}` took longer than {} s for a page", TIMEOUT.as_secs())]
    Timeout,
    #[error("`{PROGRAM}` failed: {0}")]
    Failed(String),
    #[error("the page cannot be drawn ({0})")]
    Render(#[from] PdfiumError),
}

/// The text in the picture of the page, in paragraphs; `languages` as tesseract names them, such as `eng+deu`.
pub(super) fn recognise(page: &PdfPage<'_>, languages: &str) -> Result<Vec<String>, RecogniseError> {
    let program = program().ok_or(RecogniseError::NotInstalled)?;
    let picture = picture(page)?;
    let languages = if languages.is_empty() { "eng" } else { languages };
    let mut command = Command::new(program);
    command.args(["stdin", "stdout", "-l", languages]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let text = run(command.spawn()?, picture)?;
    let paragraphs = text.split("\n\n").map(|paragraph| paragraph.trim().replace('\n', " "));
    Ok(paragraphs.filter(|paragraph| !paragraph.is_empty()).collect())
}

/// The program on the search path; never one in the current folder.
fn program() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).filter(|folder| folder.is_absolute()).map(|folder| folder.join(PROGRAM)).find(|program| program.is_file())
}

/// The page in shades of grey, as PGM.
fn picture(page: &PdfPage<'_>) -> Result<Vec<u8>, RecogniseError> {
    let longest = page.width().value.max(page.height().value).max(1.0);
    let scale = (DOTS_PER_INCH / 72.0).min(MOST_PIXELS / longest);
    let width = (page.width().value * scale).round().max(1.0) as i32;
    let bitmap = page.render_with_config(&PdfRenderConfig::new().set_target_width(width).use_grayscale_rendering(true))?;
    let mut picture = format!("P5\n{} {}\n255\n", bitmap.width(), bitmap.height()).into_bytes();
    picture.extend(bitmap.as_rgba_bytes().as_chunks::<4>().0.iter().map(|[red, ..]| *red));
    Ok(picture)
}

/// Gives the child the picture and takes its text; ends it when it takes too long.
fn run(mut child: Child, picture: Vec<u8>) -> Result<String, RecogniseError> {
    let input = child.stdin.take();
    let feeder = thread::spawn(move || input.map(|mut input| input.write_all(&picture)));
    let outputs = [child.stdout.take().map(reader), child.stderr.take().map(reader)];
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if started.elapsed() > TIMEOUT {
            child.kill()?;
            child.wait()?;
            return Err(RecogniseError::Timeout);
        }
        thread::sleep(Duration::from_millis(10));
    };
    // A child that does not want all of the picture says so by its status.
    let _ = feeder.join();
    let [text, complaints] = outputs.map(|output| output.and_then(|output| output.join().ok()).unwrap_or_default());
    if !status.success() {
        let first = complaints.lines().next().unwrap_or("it does not say why").to_owned();
        return Err(RecogniseError::Failed(first));
    }
    Ok(text)
}

fn reader(source: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = source.take(MOST_TEXT).read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
