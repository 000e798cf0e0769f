//! `docker-compose.yml`: what an operator would check in it.

use std::collections::BTreeSet;

use fs_err as fs;
use serde_json::Value;

use super::{check_command, check_pinned, check_setting, items, members, settings, text, yaml};
use crate::support::root;

fn file() -> Value {
    yaml("docker-compose.yml").remove(0)
}

fn is_ours(service: &Value) -> bool {
    text(&service["image"]).starts_with("ragstone:")
}

#[test]
fn every_profile_has_what_it_promises() {
    let file = file();
    let of = |profile: &str| -> BTreeSet<&str> {
        let services = members(&file["services"]).filter(|(_, service)| items(&service["profiles"]).any(|name| name == profile));
        services.map(|(name, _)| name).collect()
    };
    assert_eq!(of("single"), BTreeSet::from(["ragstone"]));
    let cluster = "balancer grafana postgres prometheus qdrant-1 qdrant-2 qdrant-3 server-1 server-2 worker-1 worker-2";
    assert_eq!(of("cluster"), cluster.split(' ').collect());
    assert_eq!(of("llm"), BTreeSet::from(["llm", "llm-model"]));
    let without = members(&file["services"]).filter(|(_, service)| items(&service["profiles"]).count() != 1);
    assert_eq!(without.count(), 0, "a service without a profile would be started with any");
}

#[test]
fn every_service_is_pinned_bounded_and_watched() {
    for (name, service) in members(&file()["services"]) {
        check_pinned(text(&service["image"]));
        for limit in ["mem_limit", "cpus", "pids_limit"] {
            assert!(!service[limit].is_null(), "`{name}` has no {limit}");
        }
        let check = &service["healthcheck"];
        assert!(items(&check["test"]).count() > 1 && check["interval"].is_string() && check["timeout"].is_string(), "`{name}`: {check}");
        assert!(["unless-stopped", "on-failure"].contains(&text(&service["restart"])), "`{name}` is not restarted");
    }
}

#[test]
fn every_service_can_do_little() {
    for (name, service) in members(&file()["services"]) {
        assert_eq!(service["read_only"], true, "the root of `{name}` can be written to");
        assert_eq!(service["cap_drop"], serde_json::json!(["ALL"]), "`{name}` keeps capabilities");
        assert!(items(&service["security_opt"]).any(|option| option == "no-new-privileges:true"), "`{name}` may gain privileges");
        assert!(service["privileged"].is_null() && service["network_mode"].is_null(), "`{name}` is not kept apart");
    }
}

#[test]
fn only_this_machine_reaches_it() {
    for (name, service) in members(&file()["services"]) {
        for port in items(&service["ports"]).map(text) {
            assert!(port.starts_with("127.0.0.1:"), "`{name}` publishes {port} to other machines");
        }
    }
}

#[test]
fn no_password_is_written_down() {
    let example = fs::read_to_string(root().join(".env.example")).unwrap();
    let asked: Vec<&str> = example.lines().filter_map(|line| line.trim_start_matches("# ").strip_suffix('=')).collect();
    for (name, service) in members(&file()["services"]) {
        for (variable, value) in members(&service["environment"]) {
            let is_secret = ["PASSWORD", "API_KEY", "TOKEN", "SECRET"].iter().any(|word| variable.ends_with(word));
            let Some(value) = value.as_str().filter(|value| is_secret || value.contains("://ragstone:")) else { continue };
            let given = value.split_once("${").and_then(|(_, rest)| rest.split_once(":-}")).map(|(given, _)| given);
            assert!(
                given.is_some_and(|given| asked.contains(&given)),
                "`{name}`: {variable} is {value}, which .env.example does not ask for"
            );
        }
    }
    assert!(fs::read_to_string(root().join(".gitignore")).unwrap().lines().any(|line| line == "/.env"));
}

#[test]
fn settings_and_commands_are_the_programs() {
    let settings = settings();
    for (name, service) in members(&file()["services"]).filter(|(_, service)| is_ours(service)) {
        for (variable, _) in members(&service["environment"]) {
            check_setting(variable, &settings);
        }
        if !service["command"].is_null() {
            check_command(&service["command"]);
        }
        assert_eq!(service["build"], ".", "`{name}`");
    }
}

#[test]
fn what_is_named_is_there() {
    let file = file();
    let services = file["services"].as_object().unwrap();
    let aliases =
        |service: &Value| items(&service["networks"]["default"]["aliases"]).map(|alias| text(alias).to_owned()).collect::<Vec<_>>();
    let hosts: BTreeSet<String> = services.keys().cloned().chain(services.values().flat_map(aliases)).collect();
    for (name, service) in services {
        for (dependency, _) in members(&service["depends_on"]) {
            assert!(services.contains_key(dependency), "`{name}` waits for `{dependency}`, which is not there");
        }
        for mount in items(&service["volumes"]).map(text) {
            let (source, _) = mount.split_once(':').unwrap();
            let is_there =
                if source.starts_with("./") { root().join(source).try_exists().unwrap() } else { file["volumes"].get(source).is_some() };
            assert!(is_there, "`{name}` mounts {source}, which is not there");
        }
        for (variable, value) in members(&service["environment"]) {
            let Some((_, rest)) = value.as_str().and_then(|value| value.split_once("://")) else { continue };
            let host = rest.rsplit('@').next().and_then(|host| host.split([':', '/']).next()).unwrap();
            assert!(hosts.contains(host), "`{name}`: {variable} leads to `{host}`, which is not there");
        }
    }
}
