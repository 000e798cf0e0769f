//! The actors of the tests: a [`Ragstone`] with a data folder of its own, a [`Server`], a [`ModelServer`].

mod load;
mod model_server;
mod server;
mod two_models;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use fs_err as fs;
use serde_json::Value;
use tempfile::TempDir;

pub(crate) use load::{Answer, Load, search};
pub(crate) use model_server::{ModelServer, Script};
pub(crate) use server::Server;
pub(crate) use two_models::two_models;

/// The root of the project.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

/// The program that reads what is not text, if it was built (`make worker`); says so where it was not.
pub(crate) fn worker() -> Option<PathBuf> {
    let named = std::env::var_os("RAGSTONE__EXTRACT__WORKER").map(PathBuf::from);
    let worker = named.unwrap_or_else(|| Path::new(env!("CARGO_BIN_EXE_ragstone")).with_file_name("ragstone-extract"));
    if worker.is_file() {
        return Some(worker);
    }
    eprintln!("skipped: `ragstone-extract` is not built; `make worker` builds it");
    None
}

/// Tries until it is so, for at most a minute.
pub(crate) fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_secs(60), "waited a minute for this: {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The program with a data folder and a folder of documents.
pub(crate) struct Ragstone {
    folder: TempDir,
    settings: Vec<String>,
}

/// What a run of the program came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ragstone {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), settings: Vec::new() }
    }

    /// Adds a setting, such as `chunk.max_tokens=64`.
    pub(crate) fn with(mut self, setting: impl Into<String>) -> Self {
        self.settings.push(setting.into());
        self
    }

    /// What was added by [`with`](Self::with).
    pub(crate) fn settings(&self) -> &[String] {
        &self.settings
    }

    /// Writes a document; gives its path.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.documents().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// The folder of documents.
    pub(crate) fn documents(&self) -> PathBuf {
        let folder = self.folder.path().join("documents");
        fs::create_dir_all(&folder).unwrap();
        fs::canonicalize(folder).unwrap()
    }

    /// The data folder.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The program with arguments, not yet started.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ragstone"));
        command.args(arguments).arg("--data-dir").arg(self.data_dir()).current_dir(root());
        command.env("XDG_CONFIG_HOME", self.folder.path()).env("NO_COLOR", "1").stdin(Stdio::null());
        for setting in &self.settings {
            command.args(["--set", setting]);
        }
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        Outcome::from(self.command(arguments).output().unwrap())
    }

    /// Runs the program, which must succeed, and gives what it printed.
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let outcome = self.run(arguments);
        assert_eq!(outcome.code, Some(0), "{arguments:?}: {outcome:#?}");
        outcome.stdout
    }

    /// Runs the program with `--json`, which must succeed.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let printed = self.ok(&[arguments, &["--json"]].concat());
        serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{error}: {printed}"))
    }

    /// Ingests the folder of documents; gives the report.
    pub(crate) fn ingest(&self) -> Value {
        self.json(&["ingest", self.documents().to_str().unwrap()])
    }

    /// Runs the program with something on its standard input.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Outcome {
        let mut child = self.command(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        Outcome::from(child.wait_with_output().unwrap())
    }

    /// Starts the program without waiting for it; it prints nowhere.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Outcome {
    /// The program could not run, and said so in these words.
    pub(crate) fn refused(&self, words: &[&str]) {
        assert_eq!(self.code, Some(2), "{self:#?}");
        for expected in words {
            assert!(self.stderr.contains(expected), "{:?} should contain {expected:?}", self.stderr);
        }
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
    }
}

/// The sources of hits, by file name, best first.
pub(crate) fn file_names(response: &Value) -> Vec<String> {
    let hits = response["hits"].as_array().unwrap();
    hits.iter()
        .map(|hit| Path::new(hit["document"]["source"].as_str().unwrap()).file_name().unwrap().to_string_lossy().into_owned())
        .collect()
}
