//! Two models beside each other: the default one, and another that has the first half of its layers.

use std::path::{Path, PathBuf};

use fs_err as fs;
use serde_json::json;

use super::root;

/// How many of the default model's six layers it has.
const LAYERS: u32 = 3;

/// Puts the default model and another into a folder: the other's vectors are real, computed twice as fast, and mean something else.
/// Gives the folders of both.
pub(crate) fn two_models(folder: &Path) -> [PathBuf; 2] {
    let default = root().join(".runtime/models/all-MiniLM-L6-v2");
    let [deep, shallow] = ["all-MiniLM-L6-v2", "shallow-MiniLM"].map(|name| folder.join(name));
    copy(&default, &deep);
    copy(&default, &shallow);
    let file = shallow.join("config.json");
    let mut config: serde_json::Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    config["num_hidden_layers"] = json!(LAYERS);
    // Not in place: it may be a link to the default model's own.
    fs::remove_file(&file).unwrap();
    fs::write(&file, config.to_string()).unwrap();
    [deep, shallow]
}

/// Copies a folder; the weights are linked where that is possible.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else if fs::hard_link(entry.path(), &target).is_err() {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}
