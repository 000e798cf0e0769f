//! ONNX Runtime, loaded once in a process.

use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ort::environment::Environment;
use ort::logging::LogLevel;

use crate::EmbedError;

/// The library that is in use; kept until the process ends, because it cannot be loaded twice.
static LOADED: Mutex<Option<Loaded>> = Mutex::new(None);

struct Loaded {
    library: PathBuf,
    environment: Environment,
}

/// Loads the library, or gives what is loaded. A second, different library in one process is an error.
///
/// Its messages go to `tracing`, its telemetry is off.
pub(crate) fn load(library: &Path) -> Result<Environment, EmbedError> {
    let library = fs_err::canonicalize(library).map_err(|source| EmbedError::Read { file: library.to_path_buf(), source })?;
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(loaded) = loaded.as_ref() {
        if loaded.library != library {
            return Err(EmbedError::LibraryConflict { loaded: loaded.library.clone(), wanted: library });
        }
        return Ok(loaded.environment.clone());
    }
    let environment = start(&library)?;
    *loaded = Some(Loaded { library, environment: environment.clone() });
    Ok(environment)
}

/// `ort` asserts a few things of a library that answers to the right name; such a panic is an error here.
fn start(library: &Path) -> Result<Environment, EmbedError> {
    let unusable = |source| EmbedError::Library { library: library.to_path_buf(), source };
    let started = catch_unwind(|| -> Result<Environment, ragstone_core::BoxError> {
        let builder = ort::init_from(library)?;
        Ok(builder.with_name("ragstone").with_telemetry(false).with_logger(Arc::new(log)).build()?)
    });
    let environment = started.unwrap_or_else(|_| Err("it does not behave like ONNX Runtime".into())).map_err(unusable)?;
    environment.set_log_level(LogLevel::Warning);
    Ok(environment)
}

fn log(level: LogLevel, category: &str, _session: &str, _place: &str, message: &str) {
    match level {
        LogLevel::Error | LogLevel::Fatal => tracing::warn!(category, "ONNX Runtime: {message}"),
        LogLevel::Warning => tracing::debug!(category, "ONNX Runtime: {message}"),
        LogLevel::Info | LogLevel::Verbose => tracing::trace!(category, "ONNX Runtime: {message}"),
    }
}
