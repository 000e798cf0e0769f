//! Which crate may depend on which, how long a file may be, and words that do not belong here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;

use cargo_metadata::{DependencyKind, MetadataCommand};
use fs_err as fs;

use crate::support::root;

/// A longer file must be split.
const LONGEST_FILE: usize = 600;

/// Crate by crate, what of ours it may depend on. Another edge is a change of the design: see ARCHITECTURE.md.
fn allowed() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let on_core = BTreeSet::from(["ragstone-core"]);
    let mut allowed = BTreeMap::from([("ragstone-core", BTreeSet::new())]);
    for leaf in ["catalog", "classify", "embed", "eval", "exchange", "generate", "retrieve", "store"] {
        let name: &'static str = Box::leak(format!("ragstone-{leaf}").into_boxed_str());
        allowed.insert(name, on_core.clone());
    }
    allowed.insert("ragstone-markup", BTreeSet::new());
    for reader in ["ragstone-extract", "ragstone-ingest"] {
        allowed.insert(reader, BTreeSet::from(["ragstone-core", "ragstone-markup"]));
    }
    // The server examines a collection as the command line does: it searches and answers, `eval` asks and measures.
    let flow = ["ragstone-classify", "ragstone-core", "ragstone-eval", "ragstone-generate", "ragstone-ingest", "ragstone-retrieve"];
    allowed.insert("ragstone-server", BTreeSet::from(flow));
    // The worker is a program of its own, which nothing is linked with.
    let everything = allowed.keys().copied().filter(|name| *name != "ragstone-extract").collect();
    allowed.insert("ragstone", everything);
    allowed
}

/// Heavy dependencies, and the one crate that may name each.
const NAMED_ONLY_BY: [(&str, &str); 17] = [
    ("qdrant-edge", "ragstone-store"),
    ("qdrant-client", "ragstone-store"),
    ("fastembed", "ragstone-embed"),
    ("ort", "ragstone-embed"),
    ("sqlx", "ragstone-catalog"),
    ("argmin", "ragstone-classify"),
    ("ndarray", "ragstone-classify"),
    ("async-openai", "ragstone-generate"),
    ("text-splitter", "ragstone-ingest"),
    ("object_store", "ragstone-ingest"),
    ("pdfium-render", "ragstone-extract"),
    ("pdf_oxide", "ragstone-extract"),
    ("office_oxide", "ragstone-extract"),
    ("mail-parser", "ragstone-extract"),
    ("cfb", "ragstone-extract"),
    ("zip", "ragstone-extract"),
    ("parquet", "ragstone-exchange"),
];

#[test]
fn crates_depend_only_as_designed() {
    let metadata = MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec().unwrap();
    let allowed = allowed();
    for package in &metadata.packages {
        let name = package.name.as_str();
        let permitted = allowed.get(name).unwrap_or_else(|| panic!("{name} is new: say in architecture.rs what it may depend on"));
        for dependency in package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal) {
            let on = dependency.name.as_str();
            assert!(!on.starts_with("ragstone") || permitted.contains(on), "{name} must not depend on {on}");
            if let Some((_, owner)) = NAMED_ONLY_BY.iter().find(|(heavy, _)| *heavy == on) {
                assert_eq!(name, *owner, "only {owner} names {on}");
            }
        }
    }
}

/// The files that git has or would add, so that build folders and local data do not count.
fn files() -> Vec<PathBuf> {
    let listed = Command::new("git").args(["ls-files", "--cached", "--others", "--exclude-standard"]).current_dir(root()).output();
    let listed = listed.ok().filter(|output| output.status.success()).map(|output| String::from_utf8(output.stdout).unwrap());
    let Some(listed) = listed else {
        eprintln!("skipped: this is no git checkout");
        return Vec::new();
    };
    listed.lines().map(|path| root().join(path)).filter(|path| path.is_file()).collect()
}

#[test]
fn files_are_short_and_named_for_what_they_hold() {
    for path in files().iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs")) {
        let lines = fs::read_to_string(path).unwrap().lines().count();
        assert!(lines <= LONGEST_FILE, "{} has {lines} lines: split it", path.display());
        let name = path.file_stem().unwrap().to_string_lossy();
        assert!(!["mod", "utils", "util", "helpers", "common", "misc"].contains(&name.as_ref()), "{}", path.display());
    }
}

#[test]
fn nothing_unfinished_and_no_machine_is_named() {
    // Written in pieces, so that this file does not find itself.
    let forbidden = [["to", "do!("].concat(), ["FIX", "ME"].concat(), ["#[all", "ow("].concat(), ["/ro", "ot/"].concat()];
    for path in files() {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        for word in &forbidden {
            assert!(!text.contains(word.as_str()), "{} contains {word:?}", path.display());
        }
    }
}

#[test]
fn every_member_takes_the_workspace_lints() {
    for path in files().iter().filter(|path| path.file_name().is_some_and(|name| name == "Cargo.toml")) {
        let manifest: toml::Table = fs::read_to_string(path).unwrap().parse().unwrap();
        if manifest.contains_key("package") {
            assert_eq!(manifest["lints"]["workspace"].as_bool(), Some(true), "{}", path.display());
        }
    }
}
