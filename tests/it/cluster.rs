//! Several processes on one Qdrant server and one PostgreSQL database; moving there and back.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::Child;
use std::time::Duration;

use serde_json::Value;

use crate::crash::Moments;
use crate::support::{Ragstone, eventually, file_names};

/// Folders of documents, a job each.
const FOLDERS: usize = 24;
const IN_EACH: usize = 5;

/// The program on servers, with documents.
struct Cluster {
    ragstone: Ragstone,
}

impl Cluster {
    /// None where a server is missing, which is said.
    fn new() -> Option<Self> {
        let Ok(qdrant) = std::env::var("RAGSTONE_TEST_QDRANT_URL") else {
            eprintln!("skipped: RAGSTONE_TEST_QDRANT_URL names no Qdrant server");
            return None;
        };
        let postgres = tokio::runtime::Runtime::new().unwrap().block_on(async {
            let server = ragstone_catalog::testing::shared_server().await.unwrap()?;
            Some(server.new_database().await.unwrap())
        })?;
        let prefix = format!("it_{}_", ragstone_core::JobId::random());
        let ragstone = Ragstone::new()
            .with(format!("store.url={qdrant}"))
            .with(format!("store.qdrant.prefix={prefix}"))
            .with(format!("catalog.url={postgres}"))
            .with("jobs.lease=3s");
        Some(Self { ragstone })
    }

    fn queue_folders(&self) {
        for folder in 0..FOLDERS {
            for number in 0..IN_EACH {
                self.ragstone.write(&format!("{folder}/{number}.md"), document(folder, number));
            }
            let path = self.ragstone.documents().join(folder.to_string());
            self.ragstone.ok(&["ingest", "--queue", path.to_str().unwrap()]);
        }
    }

    fn start_worker(&self) -> Child {
        self.ragstone.start(&["worker"])
    }

    fn jobs(&self) -> Vec<Value> {
        self.ragstone.json(&["jobs", "list", "--limit", "1000"]).as_array().unwrap().clone()
    }

    fn are_done(&self) -> bool {
        let jobs = self.jobs();
        assert!(jobs.iter().all(|job| job["state"] != "failed"), "{jobs:#?}");
        jobs.iter().all(|job| job["state"] == "done")
    }

    /// Checks by a move into a data folder, which compares every chunk, that nothing is missing and nothing doubled.
    fn assert_complete(&self) {
        let undisturbed = Ragstone::new();
        for folder in 0..FOLDERS {
            for number in 0..IN_EACH {
                undisturbed.write(&format!("{folder}/{number}.md"), document(folder, number));
            }
        }
        undisturbed.ingest();
        let moved = self.ragstone.json(&["migrate", "--from", "qdrant", "--to", "edge"]);
        let expected = undisturbed.json(&["collections", "show", "default"]);
        assert_eq!(moved[0]["documents"], expected["documents"]);
        assert_eq!(moved[0]["copied"], expected["chunks"]);
        let shown = self.ragstone.json(&["collections", "show", "default"]);
        assert_eq!((&shown["documents"], &shown["chunks"]), (&expected["documents"], &expected["chunks"]));
        for query in ["harbour 3 of 17", "which violin belongs to folder 11"] {
            assert_eq!(file_names(&self.ragstone.json(&["search", query])), file_names(&undisturbed.json(&["search", query])), "{query}");
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.ragstone.run(&["collections", "delete", "default", "--yes"]);
    }
}

fn document(folder: usize, number: usize) -> String {
    let word = ["harbour", "violin", "comet", "orchard", "glacier"][number];
    let text = format!("The {word} number {number} belongs to folder {folder}. ").repeat(12);
    format!("# The {word} {number} of {folder}\n\n{text}\n\n## More\n\nNothing else is known of {word} {folder}-{number}.\n")
}

fn stop(mut worker: Child) {
    worker.kill().unwrap();
    worker.wait().unwrap();
}

#[test]
fn three_workers_share_a_queue_and_read_every_document_once() {
    let Some(cluster) = Cluster::new() else { return };
    cluster.queue_folders();
    let workers = [cluster.start_worker(), cluster.start_worker(), cluster.start_worker()];
    eventually("all jobs are done", || cluster.are_done());
    for job in cluster.jobs() {
        assert_eq!(job["progress"]["indexed"], IN_EACH, "{job}");
        assert_eq!(job["progress"]["unchanged"], 0, "{job}");
    }
    workers.into_iter().for_each(stop);
    cluster.assert_complete();
}

#[test]
fn workers_that_are_killed_lose_nothing_and_double_nothing() {
    let Some(cluster) = Cluster::new() else { return };
    cluster.queue_folders();
    let mut workers: Vec<Child> = (0..3).map(|_| cluster.start_worker()).collect();
    let mut moments = Moments(11);
    for _ in 0..12 {
        std::thread::sleep(Duration::from_millis(300 + moments.next(1_200)));
        let victim = usize::try_from(moments.next(3)).unwrap();
        stop(std::mem::replace(&mut workers[victim], cluster.start_worker()));
    }
    eventually("all jobs are done", || cluster.are_done());
    workers.into_iter().for_each(stop);
    cluster.assert_complete();
}

#[test]
fn both_stores_answer_alike_before_and_after_a_move() {
    let Some(cluster) = Cluster::new() else { return };
    let ragstone = &cluster.ragstone;
    let docs = crate::support::root().join("docs");
    let folder = Ragstone::new();
    folder.ok(&["ingest", docs.to_str().unwrap()]);
    let servers: Vec<String> = ragstone.settings().iter().flat_map(|setting| ["--set".to_owned(), setting.clone()]).collect();
    let on_servers = |arguments: &[&str]| -> Value {
        let servers: Vec<&str> = servers.iter().map(String::as_str).collect();
        folder.json(&[arguments, &servers].concat())
    };
    let there = on_servers(&["migrate", "--from", "edge", "--to", "qdrant"]);
    assert_eq!(there[0]["verification"]["dense_overlap"], 1.0, "{there}");
    for query in ["What happens if the power fails during an ingest?", "fusion", "how do I change the embedding model"] {
        let (here, there) = (folder.json(&["search", query, "--exact"]), on_servers(&["search", query, "--exact"]));
        let ids = |found: &Value| -> Vec<String> {
            found["hits"].as_array().unwrap().iter().map(|hit| hit["chunk"]["id"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(ids(&here), ids(&there), "{query}");
    }
    let back = on_servers(&["migrate", "--from", "qdrant", "--to", "edge"]);
    assert_eq!(back[0]["copied"], 0, "all of it is still here: {back}");

    let other = Ragstone::new();
    other.write("a.md", "# Another machine\n\nIt has a collection of the same name.");
    other.ingest();
    let servers: Vec<&str> = servers.iter().map(String::as_str).collect();
    other.run(&[&["migrate", "--from", "edge", "--to", "qdrant"], servers.as_slice()].concat()).refused(&[
        "`default`",
        "ragstone documents delete",
        "ragstone import --collection",
    ]);
    let shown =
        |machine: &Ragstone, more: &[&str]| machine.json(&[&["collections", "show", "default"], more].concat())["documents"].clone();
    assert_eq!(shown(&folder, &servers), shown(&folder, &[]), "nothing is gone");
}

#[test]
fn a_data_folder_whose_vectors_are_on_a_server_is_not_mended_by_a_move() {
    let Ok(qdrant) = std::env::var("RAGSTONE_TEST_QDRANT_URL") else {
        eprintln!("skipped: RAGSTONE_TEST_QDRANT_URL names no Qdrant server");
        return;
    };
    let folder = Ragstone::new();
    let (url, prefix) = (format!("store.url={qdrant}"), format!("store.qdrant.prefix=it_{}_", ragstone_core::JobId::random()));
    let on_server = |arguments: &[&str]| folder.run(&[arguments, &["--set", &url, "--set", &prefix, "--json"]].concat());
    let back = ["migrate", "--from", "qdrant", "--to", "edge"];
    for number in 0..IN_EACH {
        folder.write(&format!("{number}.md"), document(1, number));
    }
    assert_eq!(on_server(&["ingest", folder.documents().to_str().unwrap()]).code, Some(0));
    let chunks = folder.json(&["collections"])["collections"][0]["chunks"].clone();
    let unclean = folder.data_dir().join("unclean");

    fs_err::write(&unclean, "").unwrap();
    let moved = on_server(&back);
    let moved: Value = serde_json::from_str(&moved.stdout).unwrap_or_else(|error| panic!("{error}: {moved:?}"));
    assert_eq!((&moved[0]["copied"], &moved[0]["kept"]), (&chunks, &0.into()), "nothing was embedded again: {moved}");
    assert!(unclean.is_file(), "whoever opens the folder compares it");
    on_server(&["migrate", "--from", "edge", "--to", "qdrant"]).refused(&["not closed properly", "`store.url` left out"]);
    assert!(unclean.is_file());
    assert_eq!(file_names(&folder.json(&["search", "harbour number 0"])).first().map(String::as_str), Some("0.md"));
    assert!(!unclean.is_file());

    fs_err::remove_dir_all(folder.data_dir().join("collections")).unwrap();
    on_server(&[back.as_slice(), &["-c", "default", "-c", "nowhere"]].concat()).refused(&["`nowhere`"]);
    assert!(!unclean.is_file(), "a failure closes the folder too");
    let again = on_server(&back);
    let again: Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!((&again[0]["copied"], &again[0]["kept"]), (&0.into(), &chunks), "{again}");
    assert_eq!(on_server(&["collections", "delete", "default", "--yes"]).code, Some(0));
}

#[test]
fn servers_that_are_not_there_or_do_not_fit_are_named() {
    let ragstone = Ragstone::new();
    let path = ragstone.write("a.md", "# A\n\nText.");
    let ingest = |settings: &[&str]| {
        let settings = settings.iter().flat_map(|setting| ["--set", setting]);
        ragstone.run(&["ingest", path.to_str().unwrap()].into_iter().chain(settings).collect::<Vec<_>>())
    };
    ingest(&["catalog.url=postgres://127.0.0.1:1/ragstone"]).refused(&["`catalog.url` is set and `store.url` is not"]);
    ingest(&["store.url=ftp://127.0.0.1"]).refused(&["store.url"]);
    ingest(&["store.url=http://127.0.0.1:1"]).refused(&["127.0.0.1:1"]);
    ingest(&["store.url=http://127.0.0.1:1", "catalog.url=mysql://127.0.0.1/x"]).refused(&["catalog.url", "mysql"]);
    ragstone.run(&["migrate", "--from", "edge", "--to", "qdrant"]).refused(&["store.url"]);
    ragstone.run(&["migrate", "--from", "edge", "--to", "edge"]).refused(&["the same store"]);
    ragstone.run(&["worker", "--url", "http://127.0.0.1:1"]).refused(&["leave `--url` out"]);
    ragstone.run(&["ingest", "--queue", "--watch", path.to_str().unwrap()]).refused(&["--queue", "--watch"]);
    ragstone.run_with_input(&["ingest", "--queue", "-", "--name", "a.md"], "text").refused(&["cannot be queued"]);
}

#[test]
fn what_is_queued_is_run_by_the_next_worker() {
    let ragstone = Ragstone::new();
    ragstone.write("a.md", "# Lighthouses\n\nThe lamp of the lighthouse burns oil.");
    let queued = ragstone.json(&["ingest", "--queue", ragstone.documents().to_str().unwrap()]);
    assert_eq!(queued[0]["state"], "queued");
    let elsewhere = ragstone.run(&["ingest", "--queue", "--collection", "other", "/not/on/this/machine"]);
    assert!(
        elsewhere.code == Some(0) && elsewhere.stderr.contains("`/not/on/this/machine` does not exist on this machine"),
        "{elsewhere:?}"
    );
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let worker = ragstone.start(&["worker", "--bind", &format!("0.0.0.0:{port}")]);
    let id = queued[0]["id"].as_str().unwrap();
    eventually("the job is done", || ragstone.json(&["jobs", "show", id])["job"]["state"] == "done");
    let mut request = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    request.write_all(format!("GET /metrics HTTP/1.1\r\nHost: worker-1:{port}\r\nConnection: close\r\n\r\n").as_bytes()).unwrap();
    let mut answer = String::new();
    request.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "it is asked by its name where it listens to others: {answer}");
    stop(worker);
    assert_eq!(file_names(&ragstone.json(&["search", "lighthouse oil"])), ["a.md"]);
}
