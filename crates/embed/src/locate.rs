//! Finding the model and the runtime library. The caller says where to look: nothing here reads the environment.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::path::PathBuf;

use crate::{EmbedConfig, EmbedError};

/// The model that is used where none is configured.
pub const DEFAULT_MODEL: &str = "all-MiniLM-L6-v2";

/// Where the two things are that an embedder needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// The folder of the model.
    pub model_dir: PathBuf,
    /// The ONNX Runtime library.
    pub runtime_library: PathBuf,
}

/// Finds model and library: where the configuration says, else in the first of `folders` that has it.
///
/// Such a folder holds `models/NAME/` and `onnxruntime/LIBRARY`.
pub fn locate(config: &EmbedConfig, folders: &[PathBuf]) -> Result<Located, EmbedError> {
    Ok(Located { model_dir: locate_model(config, folders)?, runtime_library: locate_library(config, folders)? })
}

/// Finds the model's folder. One that is configured is taken as it is: it is there, or that is the error.
pub fn locate_model(config: &EmbedConfig, folders: &[PathBuf]) -> Result<PathBuf, EmbedError> {
    let looked_at = match &config.model_dir {
        Some(model_dir) => vec![model_dir.clone()],
        None => folders.iter().map(|folder| folder.join("models").join(DEFAULT_MODEL)).collect(),
    };
    let found = looked_at.iter().find(|folder| folder.is_dir()).cloned();
    found.ok_or(EmbedError::ModelNotFound { looked_at })
}

/// Finds the runtime library. One that is configured is taken as it is: it is there, or that is the error.
pub fn locate_library(config: &EmbedConfig, folders: &[PathBuf]) -> Result<PathBuf, EmbedError> {
    let name = library_file_name();
    let looked_at = match &config.runtime_library {
        Some(library) if library.is_dir() => vec![library.join(&name)],
        Some(library) => vec![library.clone()],
        None => folders.iter().map(|folder| folder.join("onnxruntime").join(&name)).collect(),
    };
    let found = looked_at.iter().find(|library| library.is_file()).cloned();
    found.ok_or(EmbedError::LibraryNotFound { looked_at })
}

/// The library's file name on this system, for example `libonnxruntime.so`.
pub fn library_file_name() -> String {
    format!("{DLL_PREFIX}onnxruntime{DLL_SUFFIX}")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn fill(folder: &Path) -> Located {
        let located = Located {
            model_dir: folder.join("models").join(DEFAULT_MODEL),
            runtime_library: folder.join("onnxruntime").join(library_file_name()),
        };
        fs_err::create_dir_all(&located.model_dir).unwrap();
        fs_err::create_dir_all(folder.join("onnxruntime")).unwrap();
        fs_err::write(&located.runtime_library, "").unwrap();
        located
    }

    #[test]
    fn the_first_folder_that_has_it_wins() {
        let root = tempfile::tempdir().unwrap();
        let [empty, first, second] = ["empty", "first", "second"].map(|name| root.path().join(name));
        let expected = fill(&first);
        fill(&second);
        assert_eq!(locate(&EmbedConfig::default(), &[empty, first, second]).unwrap(), expected);
    }

    #[test]
    fn what_is_configured_is_not_replaced() {
        let root = tempfile::tempdir().unwrap();
        let folders = [root.path().to_path_buf()];
        let filled = fill(root.path());
        let missing = root.path().join("missing");
        let config = EmbedConfig { model_dir: Some(missing.clone()), runtime_library: Some(missing.clone()), ..EmbedConfig::default() };
        let error = locate_model(&config, &folders).unwrap_err();
        assert!(matches!(&error, EmbedError::ModelNotFound { looked_at } if *looked_at == [missing.clone()]), "{error}");
        assert!(locate_library(&config, &folders).is_err());

        let folder = EmbedConfig { runtime_library: Some(root.path().join("onnxruntime")), ..EmbedConfig::default() };
        assert_eq!(locate_library(&folder, &[]).unwrap(), filled.runtime_library);
    }
}
