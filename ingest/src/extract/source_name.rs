//! What a document's source says about it.

use std::path::Path;

/// The path that a source ends in: of a file in a repository, below the repository (`git+URL#path`); of a page, without what
/// its address may have after its name; of standard input, the name it was given.
pub(super) fn path_of(source: &str) -> &str {
    if let Some(repository) = source.strip_prefix("git+") {
        return repository.split_once('#').map_or(repository, |(_, path)| path);
    }
    if source.contains("://") {
        return source.split(['?', '#']).next().unwrap_or_default();
    }
    source.strip_prefix("stdin:").unwrap_or(source)
}

/// The file's name, without the folder.
pub(super) fn file_name(source: &str) -> String {
    let path = Path::new(path_of(source).trim_end_matches('/'));
    path.file_name().map_or_else(|| source.to_owned(), |name| name.to_string_lossy().into_owned())
}

/// The file's name without folder and extension, as a title of last resort.
pub(super) fn file_title(source: &str) -> String {
    let path = Path::new(path_of(source).trim_end_matches('/'));
    path.file_stem().map_or_else(|| source.to_owned(), |stem| stem.to_string_lossy().replace(['_', '-'], " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_titles() {
        let check = |source: &str, name: &str, title: &str| {
            assert_eq!((file_name(source).as_str(), file_title(source).as_str()), (name, title), "{source}");
        };
        check("/docs/how_to-brew.md", "how_to-brew.md", "how to brew");
        check("git+https://example.com/handbook.git#hr/leave.md", "leave.md", "leave");
        check("https://example.com/guide/brew.html?lang=en", "brew.html", "brew");
        check("https://example.com/", "example.com", "example");
        check("stdin:talk.txt", "talk.txt", "talk");
    }
}
