//! What is deployed, as far as that can be checked without Docker or a cluster: `docker-compose.yml` and `deploy/`.

mod compose;
mod kubernetes;
mod measurements;

use std::collections::BTreeSet;
use std::process::Command;

use fs_err as fs;
use serde_json::Value;
use yaml_serde::Deserializer;

use crate::support::root;

/// All documents of a YAML file of the project, with what is merged into a mapping (`<<`) in its place.
fn yaml(path: &str) -> Vec<Value> {
    let text = fs::read_to_string(root().join(path)).unwrap();
    let documents = Deserializer::from_str(&text).map(|document| {
        let mut document: yaml_serde::Value = serde::Deserialize::deserialize(document).unwrap_or_else(|error| panic!("{path}: {error}"));
        // What is merged may itself have something to merge, as deep as here.
        for _ in 0..4 {
            document.apply_merge().unwrap();
        }
        serde_json::to_value(document).unwrap()
    });
    documents.filter(|document| !document.is_null()).collect()
}

/// The members of an object, or none.
fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(key, value)| (key.as_str(), value))
}

/// The items of a list, or none.
fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

/// Whether an image is one version, today and tomorrow.
#[track_caller]
fn check_pinned(image: &str) {
    let tag = image.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).map(|(_, tag)| tag);
    let is_version =
        tag.is_some_and(|tag| tag.contains('.') && tag.trim_start_matches('v').starts_with(|letter: char| letter.is_ascii_digit()));
    assert!(is_version, "`{image}` is not pinned to a version");
}

/// Every setting that there is, as `RAGSTONE__SECTION__KEY`: the defaults mention all of them.
fn settings() -> BTreeSet<String> {
    let mut section = String::new();
    let mut settings = BTreeSet::new();
    for line in fs::read_to_string(root().join("config/default.toml")).unwrap().lines() {
        let line = line.trim_start_matches("# ");
        if let Some((name, _)) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            section = format!("{}__", name.trim_start_matches('[').replace('.', "__"));
        } else if let Some((key, _)) = line.split_once(" = ").filter(|(key, _)| !key.contains(' ')) {
            settings.insert(format!("RAGSTONE__{section}{key}").to_uppercase());
        }
    }
    settings
}

/// What would stop the program at its start: a setting that does not exist.
#[track_caller]
fn check_setting(name: &str, settings: &BTreeSet<String>) {
    let is_setting = !name.starts_with("RAGSTONE__") || settings.contains(name);
    assert!(is_setting, "`{name}` is no setting: config/default.toml does not mention it");
}

/// Programs that read what is deployed: how each is asked whether it is there, and what it thinks of it.
const READERS: [(&str, &str, &str); 6] = [
    ("docker", "compose version", "compose --profile single --profile cluster --profile llm config --quiet"),
    ("promtool", "--version", "check config deploy/prometheus/prometheus.yml"),
    ("promtool", "--version", "test rules deploy/prometheus/rules.test.yml"),
    ("caddy", "version", "validate --config deploy/caddy/Caddyfile --adapter caddyfile"),
    ("kubectl", "version --client", "kustomize deploy/kubernetes"),
    ("kubectl", "version --client", "kustomize deploy/kubernetes/components/keda"),
];

#[test]
fn the_programs_that_read_it_accept_it() {
    let run = |program: &str, arguments: &str| Command::new(program).args(arguments.split(' ')).current_dir(root()).output();
    for (program, are_you_there, arguments) in READERS {
        if !run(program, are_you_there).is_ok_and(|output| output.status.success()) {
            eprintln!("skipped: `{program} {arguments}`, since `{program} {are_you_there}` does not work here");
            continue;
        }
        let output = run(program, arguments).unwrap();
        assert!(output.status.success(), "`{program} {arguments}`: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// Whether the program has such a command with such options.
#[track_caller]
fn check_command(arguments: &Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ragstone"));
    let output = command.args(items(arguments).map(text)).arg("--help").output().unwrap();
    assert!(output.status.success(), "`ragstone {arguments}`: {}", String::from_utf8_lossy(&output.stderr));
}
