//! Finding and loading PDFium. It is loaded once and stays.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use pdfium_render::prelude::Pdfium;
use ragstone_core::{Refusal, RefusalReason};

/// The folder that `make setup` fills, and the part of it with PDFium.
const PROVISIONED: &str = ".runtime/pdfium";

static PDFIUM: OnceLock<Result<Pdfium, Refusal>> = OnceLock::new();

/// The library, from this path or where it usually is. The first call decides.
pub(super) fn pdfium(path: Option<&Path>) -> Result<&'static Pdfium, Refusal> {
    let loaded = PDFIUM.get_or_init(|| {
        let path = find(path)?;
        let library = Pdfium::bind_to_library(&path).map_err(|error| {
            missing(format!(
                "reading PDF needs PDFium, and {} cannot be loaded ({error}): `make setup` brings the one that fits",
                path.display()
            ))
        })?;
        Ok(Pdfium::new(library))
    });
    loaded.as_ref().map_err(Clone::clone)
}

/// The path that was given; else the library beside the program, or in what was provisioned above it or above the sources
/// that it was built from. Never the current folder: a library in somebody else's folder must not be loaded for being there.
fn find(path: Option<&Path>) -> Result<PathBuf, Refusal> {
    let name = Pdfium::pdfium_platform_library_name();
    let looked_at: Vec<PathBuf> = match path {
        Some(path) if path.is_dir() => vec![path.join(&name)],
        Some(path) => vec![path.to_owned()],
        None => {
            let program = env::current_exe().ok();
            let above_program = program.as_deref().into_iter().flat_map(Path::ancestors).skip(1);
            let beside = above_program.clone().take(1).map(Path::to_owned);
            let above = above_program.chain(Path::new(env!("CARGO_MANIFEST_DIR")).ancestors()).map(|folder| folder.join(PROVISIONED));
            beside.chain(above).map(|folder| folder.join(&name)).collect()
        }
    };
    let found = looked_at.iter().find(|library| library.is_file()).cloned();
    found.ok_or_else(|| {
        let place = looked_at
            .first()
            .filter(|_| path.is_some())
            .map_or_else(|| format!("{PROVISIONED} above the program"), |place| place.display().to_string());
        missing(format!("reading PDF needs the library PDFium, which is not at {place}: `make setup` brings it"))
    })
}

fn missing(detail: String) -> Refusal {
    Refusal { reason: RefusalReason::Unsupported, detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_that_is_not_there_is_named() {
        let refusal = find(Some(Path::new("/nowhere/libpdfium.so"))).unwrap_err();
        assert_eq!(refusal.detail, "reading PDF needs the library PDFium, which is not at /nowhere/libpdfium.so: `make setup` brings it");
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join(Pdfium::pdfium_platform_library_name());
        fs_err::write(&library, "").unwrap();
        assert_eq!(find(Some(folder.path())), Ok(library));
    }
}
