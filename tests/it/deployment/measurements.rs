//! What dashboard, alerts and autoscaler ask for must be measured. `docs/api.md` lists what is, and a test of the server holds it to that.

use std::collections::BTreeSet;

use fs_err as fs;
use serde_json::Value;

use super::{items, text, yaml};
use crate::support::root;

fn measured() -> BTreeSet<String> {
    let page = fs::read_to_string(root().join("docs/api.md")).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let rows = rows.filter(|(_, rest)| ["counter", "gauge", "histogram"].iter().any(|kind| rest.starts_with(kind)));
    rows.map(|(name, _)| name.to_owned()).collect()
}

/// Our own measurements in a query, without what a histogram adds to its name.
fn asked_for(query: &str) -> impl Iterator<Item = &str> {
    let words = query.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let ours = words.filter(|word| word.starts_with("ragstone_") || word.starts_with("process_"));
    ours.map(|word| ["_bucket", "_sum", "_count"].iter().find_map(|ending| word.strip_suffix(ending)).unwrap_or(word))
}

#[track_caller]
fn check(queries: &[String]) {
    let measured = measured();
    assert!(measured.len() > 10 && !queries.is_empty(), "{measured:?} {queries:?}");
    for query in queries {
        for name in asked_for(query) {
            assert!(measured.contains(name), "`{name}` is not measured: {query}");
        }
    }
}

#[test]
fn the_dashboard_shows_what_is_measured() {
    let dashboard: Value =
        serde_json::from_str(&fs::read_to_string(root().join("deploy/grafana/dashboards/ragstone.json")).unwrap()).unwrap();
    let targets = items(&dashboard["panels"]).flat_map(|panel| items(&panel["targets"]));
    check(&targets.map(|target| text(&target["expr"]).to_owned()).collect::<Vec<_>>());

    let sources = yaml("deploy/grafana/provisioning/datasources/prometheus.yml").remove(0);
    let provided = text(&sources["datasources"][0]["uid"]);
    let named = items(&dashboard["panels"]).filter_map(|panel| panel["datasource"]["uid"].as_str());
    assert_eq!(named.collect::<BTreeSet<_>>(), BTreeSet::from([provided]));
}

#[test]
fn alerts_ask_for_what_is_measured_and_are_explained() {
    let rules = yaml("deploy/prometheus/rules.yml").remove(0);
    let rules: Vec<&Value> = items(&rules["groups"]).flat_map(|group| items(&group["rules"])).collect();
    check(&rules.iter().map(|rule| text(&rule["expr"]).to_owned()).collect::<Vec<_>>());
    let page = fs::read_to_string(root().join("docs/scaling.md")).unwrap();
    for rule in rules {
        let alert = text(&rule["alert"]);
        assert!(page.contains(&format!("`{alert}`")), "docs/scaling.md does not say what to do about {alert}");
    }
}

#[test]
fn workers_are_scaled_by_what_is_measured() {
    let scaled = yaml("deploy/kubernetes/components/keda/worker-scaling.yaml").remove(0);
    let triggers = items(&scaled["spec"]["triggers"]);
    check(&triggers.map(|trigger| text(&trigger["metadata"]["query"]).to_owned()).collect::<Vec<_>>());
}

#[test]
fn every_server_worker_and_node_of_the_compose_file_is_watched() {
    let (watched, compose) = (yaml("deploy/prometheus/prometheus.yml").remove(0), yaml("docker-compose.yml").remove(0));
    let targets = items(&watched["scrape_configs"]).flat_map(|job| items(&job["static_configs"])).flat_map(|some| items(&some["targets"]));
    let hosts: BTreeSet<&str> = targets.map(|target| text(target).split(':').next().unwrap()).collect();
    let services = compose["services"].as_object().unwrap().keys().map(String::as_str);
    let expected: BTreeSet<&str> = services
        .filter(|name| name.rsplit_once('-').is_some_and(|(_, number)| number.parse::<u8>().is_ok()))
        .chain(["localhost"])
        .collect();
    assert_eq!(hosts, expected);
}
