//! A collection to Parquet files and back.

use serde_json::Value;

use crate::support::{Ragstone, file_names};

const QUERY: &str = "what burns in the lamp";

fn with_documents() -> Ragstone {
    let ragstone = Ragstone::new();
    ragstone.write("lighthouse.md", "---\ntags: [coast]\n---\n# Lighthouses\n\nThe lamp of the lighthouse burns oil.");
    ragstone.write("copy.md", "# Ships\n\nA ship of the line has three masts.");
    ragstone.write("same.md", "# Ships\n\nA ship of the line has three masts.");
    ragstone.write("中文.md", "# 灯塔\n\n灯塔的灯烧油。");
    ragstone.ingest();
    ragstone
}

/// Chunks and scores of a search.
fn hits(ragstone: &Ragstone, collection: &str) -> Vec<(String, f64)> {
    let found: Value = ragstone.json(&["search", QUERY, "--collection", collection]);
    let hits = found["hits"].as_array().unwrap();
    hits.iter().map(|hit| (hit["chunk"]["text"].as_str().unwrap().to_owned(), hit["score"].as_f64().unwrap())).collect()
}

#[test]
fn an_export_is_searched_elsewhere_as_here() {
    let here = with_documents();
    let folder = here.data_dir().with_file_name("exported");
    let exported = here.json(&["export", folder.to_str().unwrap()]);
    assert_eq!((&exported["documents"], &exported["copies"], &exported["unfinished"]), (&4.into(), &1.into(), &0.into()));

    let there = Ragstone::new();
    let imported = there.json(&["import", folder.to_str().unwrap()]);
    assert_eq!((&imported["documents"], &imported["present"]), (&4.into(), &0.into()));
    assert_eq!(hits(&there, "default"), hits(&here, "default"));
    assert_eq!(file_names(&there.json(&["search", QUERY]))[0], "lighthouse.md");
    let shown = there.json(&["documents", "list"]);
    assert_eq!(shown["total"], 4);

    let again = there.json(&["import", folder.to_str().unwrap()]);
    assert_eq!((&again["documents"], &again["present"]), (&0.into(), &4.into()), "what is there stays");
    there.ok(&["import", folder.to_str().unwrap(), "--collection", "second"]);
    assert_eq!(hits(&there, "second"), hits(&here, "default"));
    // The files themselves are gone on with: nothing has to be embedded again.
    assert_eq!(there.json(&["ingest", here.documents().to_str().unwrap()])["unchanged"], 4);
}

#[test]
fn folders_that_do_not_fit_are_refused() {
    let here = with_documents();
    let folder = here.data_dir().with_file_name("exported");
    let path = folder.to_str().unwrap();
    here.run(&["export", path, "--collection", "other"]).refused(&["`other`", "does not exist"]);
    here.ok(&["export", path]);
    here.run(&["export", path]).refused(&["exported"]);
    here.run(&["import", here.documents().to_str().unwrap()]).refused(&["collection.json"]);
    here.run(&["import", "/no/such/folder"]).refused(&["/no/such/folder"]);
    here.run(&["export", path, "--url", "http://127.0.0.1:1"]).refused(&["leave `--url` out"]);

    let part = folder.join("chunks/part-00001.parquet");
    let mut bytes = fs_err::read(&part).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    fs_err::write(&part, bytes).unwrap();
    let there = Ragstone::new();
    there.run(&["import", path]).refused(&["part-00001.parquet"]);
    assert_eq!(there.json(&["collections"])["collections"], serde_json::json!([]), "nothing of it is there");
}
