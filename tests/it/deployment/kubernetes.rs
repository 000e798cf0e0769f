//! `deploy/kubernetes`: what an operator would check in it.

use std::collections::BTreeSet;

use fs_err as fs;
use serde_json::Value;

use super::{check_command, check_pinned, check_setting, items, members, settings, text, yaml};
use crate::support::root;

const FOLDER: &str = "deploy/kubernetes";

/// All objects, of the components too.
fn objects() -> Vec<Value> {
    let folders = ["", "/components/postgres", "/components/keda"].map(|below| format!("{FOLDER}{below}"));
    let listed = folders.iter().flat_map(|folder| {
        let kustomization = yaml(&format!("{folder}/kustomization.yaml")).remove(0);
        let names: Vec<String> = items(&kustomization["resources"]).map(|name| text(name).to_owned()).collect();
        names.into_iter().map(move |name| format!("{folder}/{name}"))
    });
    listed.flat_map(|path| yaml(&path)).collect()
}

fn of_kind<'a>(objects: &'a [Value], kinds: &'a [&str]) -> impl Iterator<Item = &'a Value> {
    objects.iter().filter(|object| kinds.contains(&text(&object["kind"])))
}

fn workloads(objects: &[Value]) -> impl Iterator<Item = &Value> {
    of_kind(objects, &["Deployment", "StatefulSet"])
}

fn containers(objects: &[Value]) -> impl Iterator<Item = &Value> {
    workloads(objects).flat_map(|workload| items(&workload["spec"]["template"]["spec"]["containers"]))
}

fn name(object: &Value) -> String {
    format!("{} `{}`", text(&object["kind"]), text(&object["metadata"]["name"]))
}

/// Whether all that is asked for is there.
fn holds(wanted: &Value, labels: &Value) -> bool {
    members(wanted).all(|(key, value)| labels.get(key) == Some(value))
}

#[test]
fn every_file_is_listed_and_every_listed_file_is_there() {
    let kustomization = yaml(&format!("{FOLDER}/kustomization.yaml")).remove(0);
    let mut listed: BTreeSet<String> = items(&kustomization["resources"]).map(|name| text(name).to_owned()).collect();
    listed.extend(["kustomization.yaml", "secret.example.yaml"].map(str::to_owned));
    let there = fs::read_dir(root().join(FOLDER)).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(listed, there.filter(|name| name.ends_with(".yaml")).collect());
}

#[test]
fn selectors_find_what_they_are_for() {
    let objects = objects();
    let pods: Vec<&Value> = workloads(&objects).map(|workload| &workload["spec"]["template"]["metadata"]["labels"]).collect();
    for workload in workloads(&objects) {
        let labels = &workload["spec"]["template"]["metadata"]["labels"];
        assert!(holds(&workload["spec"]["selector"]["matchLabels"], labels), "{}", name(workload));
        let others = workloads(&objects)
            .filter(|other| holds(&workload["spec"]["selector"]["matchLabels"], &other["spec"]["template"]["metadata"]["labels"]));
        assert_eq!(others.count(), 1, "{} takes the pods of another", name(workload));
    }
    for object in of_kind(&objects, &["Service", "PodDisruptionBudget", "NetworkPolicy"]) {
        let spec = &object["spec"];
        let wanted = [&spec["selector"]["matchLabels"], &spec["podSelector"]["matchLabels"], &spec["selector"]]
            .into_iter()
            .find(|wanted| wanted.is_object());
        let Some(wanted) = wanted else { continue };
        assert!(pods.iter().any(|labels| holds(wanted, labels)), "{} finds no pods", name(object));
    }
    for object in of_kind(&objects, &["HorizontalPodAutoscaler", "ScaledObject"]) {
        let target = text(&object["spec"]["scaleTargetRef"]["name"]);
        assert!(
            workloads(&objects).any(|workload| workload["metadata"]["name"] == target),
            "{} scales `{target}`, which is not there",
            name(object)
        );
    }
}

#[test]
fn services_lead_to_ports_that_are_open() {
    let objects = objects();
    for service in of_kind(&objects, &["Service"]) {
        let behind =
            workloads(&objects).filter(|workload| holds(&service["spec"]["selector"], &workload["spec"]["template"]["metadata"]["labels"]));
        let open: BTreeSet<&str> = behind
            .flat_map(|workload| items(&workload["spec"]["template"]["spec"]["containers"]))
            .flat_map(|container| items(&container["ports"]))
            .map(|port| text(&port["name"]))
            .collect();
        for port in items(&service["spec"]["ports"]) {
            assert!(open.contains(text(&port["targetPort"])), "{}: {port}", name(service));
        }
    }
    for set in of_kind(&objects, &["StatefulSet"]) {
        let is_there = of_kind(&objects, &["Service"]).any(|service| service["metadata"]["name"] == set["spec"]["serviceName"]);
        assert!(is_there, "{} has no service", name(set));
    }
}

#[test]
fn containers_are_pinned_bounded_and_can_do_little() {
    let objects = objects();
    for workload in workloads(&objects) {
        let pod = &workload["spec"]["template"]["spec"];
        assert_eq!(pod["securityContext"]["runAsNonRoot"], true, "{}", name(workload));
        assert_eq!(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault", "{}", name(workload));
        assert_eq!(pod["automountServiceAccountToken"], false, "{}", name(workload));
    }
    for container in containers(&objects) {
        check_pinned(text(&container["image"]));
        let security = &container["securityContext"];
        assert_eq!(security["allowPrivilegeEscalation"], false, "{container}");
        assert_eq!(security["readOnlyRootFilesystem"], true, "{container}");
        assert_eq!(security["capabilities"]["drop"], serde_json::json!(["ALL"]), "{container}");
        for bound in ["/resources/requests/cpu", "/resources/requests/memory", "/resources/limits/memory"] {
            assert!(container.pointer(bound).is_some(), "{} has no {bound}", container["name"]);
        }
    }
}

#[test]
fn probes_ask_for_what_is_served() {
    let openapi = serde_json::to_value(ragstone_server::openapi()).unwrap();
    let ours: BTreeSet<&str> = members(&openapi["paths"]).map(|(path, _)| path).collect();
    // https://github.com/qdrant/qdrant/blob/v1.18.3/src/actix/api/service_api.rs
    let qdrants = BTreeSet::from(["/healthz", "/livez", "/readyz"]);
    for container in containers(&objects()) {
        let open: BTreeSet<&str> = items(&container["ports"]).map(|port| text(&port["name"])).collect();
        let served = if text(&container["image"]).starts_with("qdrant/") { &qdrants } else { &ours };
        let probes = ["startupProbe", "livenessProbe", "readinessProbe"].map(|probe| &container[probe]);
        assert!(open.is_empty() || probes.iter().all(|probe| probe.is_object()), "{} is not watched", container["name"]);
        for asked in probes.iter().map(|probe| &probe["httpGet"]).filter(|asked| asked.is_object()) {
            assert!(served.contains(text(&asked["path"])) && open.contains(text(&asked["port"])), "{}: {asked}", container["name"]);
        }
    }
}

#[test]
fn settings_secrets_and_commands_are_the_programs() {
    let (objects, settings) = (objects(), settings());
    let example = yaml(&format!("{FOLDER}/secret.example.yaml")).remove(0);
    for (variable, _) in of_kind(&objects, &["ConfigMap"]).flat_map(|object| members(&object["data"])) {
        check_setting(variable, &settings);
    }
    for container in containers(&objects) {
        for variable in items(&container["env"]) {
            check_setting(text(&variable["name"]), &settings);
            let secret = &variable["valueFrom"]["secretKeyRef"];
            if secret.is_object() {
                assert_eq!(secret["name"], example["metadata"]["name"], "{variable}");
                assert!(example["stringData"].get(text(&secret["key"])).is_some(), "{variable} is not in secret.example.yaml");
            }
        }
        if text(&container["image"]).starts_with("ragstone:") {
            check_command(&container["args"]);
        }
    }
    assert!(members(&example["stringData"]).all(|(_, value)| value == ""), "a secret is written down");
}

#[test]
fn what_is_mounted_is_there() {
    let objects = objects();
    let claims: BTreeSet<&str> = of_kind(&objects, &["PersistentVolumeClaim"]).map(|claim| text(&claim["metadata"]["name"])).collect();
    for workload in workloads(&objects) {
        let (spec, pod) = (&workload["spec"], &workload["spec"]["template"]["spec"]);
        let templates = items(&spec["volumeClaimTemplates"]).map(|claim| text(&claim["metadata"]["name"]));
        let volumes: BTreeSet<&str> = items(&pod["volumes"]).map(|volume| text(&volume["name"])).chain(templates).collect();
        for mount in items(&pod["containers"]).flat_map(|container| items(&container["volumeMounts"])) {
            assert!(volumes.contains(text(&mount["name"])), "{}: {mount}", name(workload));
        }
        for claim in items(&pod["volumes"]).filter_map(|volume| volume.pointer("/persistentVolumeClaim/claimName")) {
            assert!(claims.contains(text(claim)), "{}: {claim}", name(workload));
        }
    }
}
