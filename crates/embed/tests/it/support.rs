//! Where the runtime is, and an embedder on it.

use std::path::{Path, PathBuf};

use ragstone_embed::{EmbedConfig, LocalEmbedder, Located, locate, locate_library};

/// What `make setup` has filled.
pub(crate) fn runtime_folder() -> PathBuf {
    let configured = std::env::var_os("RAGSTONE_RUNTIME_DIR").map(PathBuf::from);
    let folder = configured.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.runtime"));
    assert!(folder.is_dir(), "`{}` is missing: run `make setup`, or set RAGSTONE_RUNTIME_DIR", folder.display());
    folder
}

pub(crate) fn located() -> Located {
    locate(&EmbedConfig::default(), &[runtime_folder()]).unwrap()
}

pub(crate) fn default_model(config: &EmbedConfig) -> LocalEmbedder {
    LocalEmbedder::open(config, &located()).unwrap()
}

/// A model in another folder, on the same runtime.
pub(crate) fn located_at(model_dir: &Path) -> Located {
    let runtime_library = locate_library(&EmbedConfig::default(), &[runtime_folder()]).unwrap();
    Located { model_dir: model_dir.to_path_buf(), runtime_library }
}

pub(crate) fn similarity(first: &[f32], second: &[f32]) -> f32 {
    first.iter().zip(second).map(|(first, second)| first * second).sum()
}

#[track_caller]
pub(crate) fn assert_close(found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len());
    let furthest = found.iter().zip(expected).map(|(found, expected)| (found - expected).abs()).fold(0.0, f32::max);
    assert!(furthest <= tolerance, "differs by {furthest}");
}
