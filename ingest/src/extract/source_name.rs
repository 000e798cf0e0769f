//! What a document's source says about it.

use std::path::Path;

/// The file's name, without the folder.
pub(super) fn file_name(source: &str) -> String {
    let path = Path::new(source.trim_end_matches('/'));
    path.file_name().map_or_else(|| source.to_owned(), |name| name.to_string_lossy().into_owned())
}

/// The file's name without folder and extension, as a title of last resort.
pub(super) fn file_title(source: &str) -> String {
    let path = Path::new(source.trim_end_matches('/'));
    path.file_stem().map_or_else(|| source.to_owned(), |stem| stem.to_string_lossy().replace(['_', '-'], " "))
}
