//! Real files: each must give what its manifest line says.

use std::env;
use std::path::{Path, PathBuf};

use ragstone_core::RefusalReason;
use serde_json::Value;

use crate::support::read;

fn folder() -> PathBuf {
    let shared = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    env::var_os("RAGSTONE_TEST_DATA").map_or_else(shared, PathBuf::from).join("documents")
}

#[test]
fn pdfs_give_what_is_expected() {
    let folder = folder();
    let Ok(manifest) = fs_err::read_to_string(folder.join("manifest.jsonl")) else {
        eprintln!("skipped: there is no {}; set RAGSTONE_TEST_DATA to a folder with `documents` in it", folder.display());
        return;
    };
    for line in manifest.lines() {
        let entry: Value = serde_json::from_str(line).unwrap();
        let file = entry["file"].as_str().unwrap();
        if !file.ends_with(".pdf") {
            continue;
        }
        let outcome = read(file, fs_err::read(folder.join(file)).unwrap()).map_err(|refusal| refusal.reason);
        match entry["expect"].as_str().unwrap() {
            "password" => assert_eq!(outcome, Err(RefusalReason::Password), "{file}"),
            "no_text_layer" => assert_eq!(outcome, Err(RefusalReason::Scanned), "{file}"),
            "error" => assert_eq!(outcome, Err(RefusalReason::Damaged), "{file}"),
            _ => {
                let text = outcome.unwrap_or_else(|reason| panic!("{file}: {reason:?}"));
                assert_eq!(entry["pages"].as_u64(), Some(text.pages.len() as u64), "{file}");
                assert!(text.pages.iter().all(|page| page.span.of(&text.text).is_some()), "{file}");
            }
        }
    }
}
