//! A folder of folders: the name of each is the label of the files in it.

use std::path::{Path, PathBuf};

use super::{Example, Examples, Origin, read::read_text};
use crate::ClassifyError;

pub(super) fn read(folder: &Path) -> Result<Examples, ClassifyError> {
    let mut examples = Examples::default();
    for label_folder in entries(folder)?.into_iter().filter(|path| path.is_dir()) {
        let label = label_folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        for file in entries(&label_folder)?.into_iter().filter(|path| path.is_file()) {
            let origin = Origin { file: file.display().to_string(), line: 0 };
            examples.push(Example { text: read_text(&file)?, labels: vec![label.clone()], origin });
        }
    }
    if examples.examples.is_empty() && examples.left_out.is_empty() {
        return Err(ClassifyError::UnknownFormat { path: folder.to_owned() });
    }
    Ok(examples)
}

/// What is in a folder and not hidden, by name.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, ClassifyError> {
    let unreadable = |source| ClassifyError::Unreadable { path: folder.to_owned(), source };
    let mut paths = Vec::new();
    for entry in fs_err::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}
