//! `ragstone doctor`: what is found, what is wrong, and what to do.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use bytesize::ByteSize;
use ragstone_core::Embedder;
use ragstone_embed::{EmbedConfig, LocalEmbedder, RemoteConfig};
use ragstone_generate::Answerer;
use ragstone_store::DataDirLock;
use serde::Serialize;

use crate::arguments::Global;
use crate::engine;
use crate::models;
use crate::output::terminal::{self, FAINT, FINE, WRONG};
use crate::places;
use crate::settings::{self, Settings};
use crate::storage::{self, CatalogReader};

/// Less than this, and an ingest may fail half way.
const LITTLE_SPACE: ByteSize = ByteSize::mib(500);

/// Something is wrong.
const UNWELL: u8 = 1;

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    what: &'static str,
    well: bool,
    found: String,
}

impl Finding {
    fn new(what: &'static str, found: Result<String, String>) -> Self {
        match found {
            Ok(found) => Self { what, well: true, found },
            Err(found) => Self { what, well: false, found },
        }
    }
}

pub(crate) async fn run(global: &Global) -> anyhow::Result<ExitCode> {
    let findings = match Settings::load(global) {
        Ok(settings) => examine(&settings).await,
        Err(error) => vec![Finding::new("settings", Err(format!("{error:#}")))],
    };
    let well = findings.iter().all(|finding| finding.well);
    if global.json {
        terminal::say_json(&findings)?;
    } else {
        findings.iter().for_each(show);
    }
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::from(UNWELL) })
}

async fn examine(settings: &Settings) -> Vec<Finding> {
    let mut findings = vec![Finding::new("settings", Ok(settings_source()))];
    let embedder = open_embedder(settings).await;
    findings.push(Finding::new("model", embedder.as_ref().map(|(_, found)| found.clone()).map_err(String::clone)));
    if settings.store.url.is_some() {
        findings.push(Finding::new("store", vectors(settings).await));
    }
    findings.push(Finding::new("documents", worker(settings)));
    findings.push(Finding::new("git", Ok(helper("git", "repositories can be ingested", "not installed: repositories cannot be ingested"))));
    findings.push(Finding::new("tesseract", recognition(settings)));
    match settings.data_dir() {
        Ok(data_dir) => {
            findings.push(Finding::new("data folder", data_folder(&data_dir)));
            findings.push(Finding::new("free space", free_space(&data_dir)));
            findings.push(Finding::new("catalog", catalog(settings, &data_dir).await));
        }
        Err(error) => findings.push(Finding::new("data folder", Err(format!("{error:#}")))),
    }
    if let Ok((embedder, _)) = embedder {
        findings.push(Finding::new("language model", language_model(settings, embedder).await));
    }
    findings
}

fn settings_source() -> String {
    match settings::user_file().filter(|file| file.is_file()) {
        Some(file) => format!("valid, with {}", file.display()),
        None => "valid".to_owned(),
    }
}

async fn open_embedder(settings: &Settings) -> Result<(Arc<dyn Embedder>, String), String> {
    if let Some(remote) = &settings.embed.remote {
        return remote_embedder(settings, remote).await.map_err(|error| format!("{error:#}"));
    }
    let files = models::locate_runtime(settings).map_err(|error| format!("{error:#}"))?;
    let embedder = LocalEmbedder::open(&settings.embed, &files).map_err(|error| error.to_string())?;
    let found = format!("{} in {}, on {}", embedder.spec(), files.model_dir.display(), files.runtime_library.display());
    Ok((Arc::new(embedder), found))
}

/// A server's model; one that is said to be a folder's is compared with what the folder's computes here.
async fn remote_embedder(settings: &Settings, remote: &RemoteConfig) -> anyhow::Result<(Arc<dyn Embedder>, String)> {
    let embedder = models::connect(settings).await?;
    let mut found = format!("{} at {}", embedder.spec(), remote.url);
    if let Some(folder) = &remote.same_as {
        let here = EmbedConfig { model_dir: Some(folder.clone()), remote: None, ..settings.embed.clone() };
        let local = models::open_configured(&Settings { embed: here, ..settings.clone() }).await?;
        embedder.check_against(&**local.configured()).await?;
        found = format!("{found}, the same as in {}", folder.display());
    }
    Ok((Arc::new(embedder), found))
}

async fn vectors(settings: &Settings) -> Result<String, String> {
    let store = storage::connect(settings).await.map_err(|error| format!("{error:#}"))?;
    Ok(format!("Qdrant {} at {}", store.server_version(), store.server()))
}

/// What reads PDF, office documents, e-mail and archives. Text formats need nothing.
fn worker(settings: &Settings) -> Result<String, String> {
    let location = engine::worker(settings);
    let Some(program) = location.program else {
        return Ok("text, Markdown, HTML and source code; for the rest run `cargo build --package ragstone-extract`".to_owned());
    };
    if !program.is_file() {
        return Err(format!("{} does not exist: correct `extract.worker`", program.display()));
    }
    match location.pdfium {
        Some(library) => Ok(format!("{}, PDF by {}", program.display(), library.display())),
        None => Err(format!("{}, and no PDFium for PDF: run `make setup`", program.display())),
    }
}

fn recognition(settings: &Settings) -> Result<String, String> {
    let there = find_program("tesseract");
    match (&settings.extract.recognise, there) {
        (Some(languages), Some(program)) => Ok(format!("{}, for pages without text ({languages})", program.display())),
        (Some(_), None) => Err("not installed, and `extract.recognise` asks for it: install it, or leave the setting out".to_owned()),
        (None, Some(_)) => Ok("installed; pages without text are named, and recognised with `extract.recognise`".to_owned()),
        (None, None) => Ok("not installed: pages without text are named and left out".to_owned()),
    }
}

fn helper(program: &str, there: &str, missing: &str) -> String {
    find_program(program).map_or_else(|| missing.to_owned(), |path| format!("{}: {there}", path.display()))
}

fn find_program(name: &str) -> Option<PathBuf> {
    places::program_folders().into_iter().map(|folder| folder.join(name)).find(|program| program.is_file())
}

fn data_folder(data_dir: &Path) -> Result<String, String> {
    let shown = data_dir.display();
    if data_dir.is_dir() {
        return DataDirLock::acquire(data_dir).map(|_| shown.to_string()).map_err(|error| error.to_string());
    }
    if data_dir.try_exists().is_ok_and(|there| there) {
        return Err(format!("{shown} is not a folder: choose another with `--data-dir`"));
    }
    let above = data_dir.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("."));
    match tempfile::tempfile_in(above) {
        Ok(_) => Ok(format!("{shown} (does not exist yet; the first ingest makes it)")),
        Err(error) => {
            let above = above.display();
            Err(format!("{shown} cannot be made, as {above} cannot be written to ({error}): choose another with `--data-dir`"))
        }
    }
}

fn free_space(data_dir: &Path) -> Result<String, String> {
    let existing = data_dir.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("/"));
    let free = fs4::available_space(existing).map_err(|error| format!("{}: {error}", existing.display()))?;
    let shown = format!("{} free in {}", ByteSize(free), existing.display());
    if free < LITTLE_SPACE.as_u64() { Err(format!("{shown}: make room, or choose another folder with `--data-dir`")) } else { Ok(shown) }
}

async fn catalog(settings: &Settings, data_dir: &Path) -> Result<String, String> {
    if settings.catalog.url.is_none() && !storage::catalog_file(data_dir).is_file() {
        return Ok("empty: `ragstone ingest PATH` fills it".to_owned());
    }
    let reader = CatalogReader::open(settings).await.map_err(|error| format!("{error:#}"))?;
    let collections = reader.catalog.collections().await.map_err(|error| error.to_string())?;
    let shown =
        collections.iter().map(|summary| format!("{} ({} documents, {} chunks)", summary.spec.name, summary.documents, summary.chunks));
    let shown: Vec<String> = shown.collect();
    Ok(if shown.is_empty() { "no collections yet".to_owned() } else { shown.join(", ") })
}

async fn language_model(settings: &Settings, embedder: Arc<dyn Embedder>) -> Result<String, String> {
    let answerer = Answerer::new(settings.generate.clone(), settings.prompt.clone(), embedder).map_err(|error| error.to_string())?;
    let Some(model) = answerer.model() else {
        return Ok("none set: answers quote sentences (set `generate.base_url` and `generate.model` for written ones)".to_owned());
    };
    let base_url = settings.generate.base_url.as_deref().unwrap_or_default();
    match answerer.probe().await.map_err(|error| error.to_string())? {
        Some(report) if report.has_model == Some(false) => {
            Err(format!("{base_url} answers and does not list `{model}`: set `generate.model` to one it has"))
        }
        _ => Ok(format!("`{model}` at {base_url}")),
    }
}

fn show(finding: &Finding) {
    let Finding { what, well, found } = finding;
    if *well {
        terminal::say(format!("{FINE}✓{FINE:#} {what:<14} {FAINT}{found}{FAINT:#}"));
    } else {
        terminal::say(format!("{WRONG}✗{WRONG:#} {what:<14} {found}"));
    }
}
