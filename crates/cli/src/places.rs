//! Where things are on this machine. Only this module, `settings` and the logging in `output` read the environment.

use std::env;
use std::path::{Path, PathBuf};

use ragstone_ingest::BucketCredentials;

/// The folder that `make setup` fills, inside the project.
const PROVISIONED: &str = ".runtime";

/// The user's data folder for Ragstone.
pub(crate) fn user_data() -> Option<PathBuf> {
    let base = if cfg!(target_os = "macos") { home().map(|home| home.join("Library/Application Support")) } else { data_home() };
    base.map(|base| base.join("ragstone"))
}

/// The user's configuration file.
pub(crate) fn user_configuration() -> Option<PathBuf> {
    let base = absolute("XDG_CONFIG_HOME").or_else(|| home().map(|home| home.join(".config")));
    base.map(|base| base.join("ragstone/config.toml"))
}

/// Folders in which ONNX Runtime and models may be, best first: provisioned ones above the program itself and in the
/// checkout it was built from, then the user's data folder.
///
/// Never the current folder: a library that lies in somebody else's folder must not be loaded for standing there.
pub(crate) fn runtime_folders() -> Vec<PathBuf> {
    let program = env::current_exe().ok();
    let above_program = program.iter().flat_map(|program| program.ancestors());
    let above_sources = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let provisioned = above_program.chain(above_sources).map(|folder| folder.join(PROVISIONED)).filter(|folder| folder.is_dir());
    let mut folders: Vec<PathBuf> = provisioned.collect();
    folders.dedup();
    folders.extend(user_data());
    folders
}

/// The ONNX Runtime library that `ORT_DYLIB_PATH` names.
pub(crate) fn named_runtime_library() -> Option<PathBuf> {
    env::var_os("ORT_DYLIB_PATH").filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// The program that reads what is not text, beside this one.
pub(crate) fn worker() -> Option<PathBuf> {
    let beside = env::current_exe().ok()?.with_file_name("ragstone-extract");
    beside.is_file().then_some(beside)
}

/// PDFium's library, in the runtime folders.
pub(crate) fn pdfium() -> Option<PathBuf> {
    let name = if cfg!(target_os = "macos") { "libpdfium.dylib" } else { "libpdfium.so" };
    runtime_folders().into_iter().map(|folder| folder.join("pdfium").join(name)).find(|library| library.is_file())
}

/// Where programs are looked for.
pub(crate) fn program_folders() -> Vec<PathBuf> {
    env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default()
}

/// The access key of an S3-compatible store, under the names that all such programs use.
pub(crate) fn bucket_credentials() -> Option<BucketCredentials> {
    let secret = |name| env::var(name).ok().filter(|value| !value.is_empty());
    Some(BucketCredentials {
        access_key_id: secret("AWS_ACCESS_KEY_ID")?,
        secret_access_key: secret("AWS_SECRET_ACCESS_KEY")?.into(),
        session_token: secret("AWS_SESSION_TOKEN").map(Into::into),
    })
}

/// A path as a person here would write it: relative to the current folder where that is shorter.
pub(crate) fn displayed(source: &str) -> String {
    let here = env::current_dir().ok();
    let relative = here.as_deref().and_then(|here| Path::new(source).strip_prefix(here).ok());
    relative.map_or_else(|| source.to_owned(), |path| path.to_string_lossy().into_owned())
}

fn data_home() -> Option<PathBuf> {
    absolute("XDG_DATA_HOME").or_else(|| home().map(|home| home.join(".local/share")))
}

fn home() -> Option<PathBuf> {
    absolute("HOME")
}

/// Relative values are to be ignored, says the XDG base directory specification.
fn absolute(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute())
}
