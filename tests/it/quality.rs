//! Retrieval stays as good as it was: floors on a small set of our own, and on public sets where they are there.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Ragstone, root};

fn ndcg(set: &Path, mode: &str) -> f64 {
    let measured: Value = Ragstone::new().json(&["eval", set.to_str().unwrap(), "--mode", mode]);
    measured["metrics"]["ndcg@10"].as_f64().unwrap()
}

#[test]
fn our_own_questions_find_their_documents() {
    let set = root().join("tests/fixtures/handbook");
    for (mode, floor) in [("dense", 0.70), ("lexical", 0.65), ("hybrid", 0.85)] {
        let found = ndcg(&set, mode);
        assert!(found >= floor, "{mode}: ndcg@10 is {found}, it was at least {floor}");
    }
}

/// The folder with public sets, if someone has put it there: `RAGSTONE_TEST_DATA`, or `../shared/data`.
fn public_set(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("RAGSTONE_TEST_DATA").map_or_else(|| root().join("../shared/data"), PathBuf::from).join(name);
    if !folder.is_dir() {
        eprintln!("skipped: there is no {}; set RAGSTONE_TEST_DATA to a folder that has `{name}` in BEIR layout", folder.display());
        return None;
    }
    Some(folder)
}

#[test]
fn chinese_is_not_drowned_by_a_model_that_reads_english() {
    let Some(set) = public_set("xquad/zh") else { return };
    let found = ndcg(&set, "hybrid");
    assert!(found >= 0.96, "ndcg@10 is {found}");
}
