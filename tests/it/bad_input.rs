//! Files, paths, settings and folders that are wrong: each gives a clear error and loses nothing.

use std::os::unix::fs::PermissionsExt;

use fs_err as fs;
use serde_json::json;

use crate::support::{Ragstone, Server};

#[test]
fn without_arguments_the_first_three_commands_are_shown() {
    let outcome = Ragstone::new().run(&[]);
    assert_eq!(outcome.code, Some(0));
    for command in ["ragstone ingest", "ragstone ask", "ragstone search"] {
        assert!(outcome.stdout.contains(command), "{}", outcome.stdout);
    }
}

#[test]
fn bad_files_are_reported_and_the_others_go_on() {
    let ragstone = Ragstone::new();
    ragstone.write("good.md", "# Good\n\nA fine document about bees.\n");
    ragstone.write("empty.md", "");
    ragstone.write("blank.txt", " \n\n\t");
    ragstone.write("report.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n");
    ragstone.write("data.bin", b"\0\x01\x02\0\0binary");
    ragstone.write("big.txt", "x ".repeat(600_000));
    let ragstone = ragstone.with("source.max_file_bytes=1MiB").with("extract.worker=/nowhere/ragstone-extract");
    let outcome = ragstone.run(&["ingest", ragstone.documents().to_str().unwrap()]);
    assert_eq!(outcome.code, Some(1), "{outcome:#?}");
    for expected in [
        "empty.md: is empty",
        "blank.txt: has no text",
        "report.pdf: PDF documents are read by `/nowhere/ragstone-extract`, which does not exist: correct `extract.worker`",
        "big.txt: is 1.1 MiB, the limit is 1.0 MiB: raise `source.max_file_bytes`",
    ] {
        assert!(outcome.stderr.contains(expected), "{:?} should contain {expected:?}", outcome.stderr);
    }
    assert!(
        outcome.stdout.contains("1 indexed") && outcome.stdout.contains("4 failed") && outcome.stdout.contains("1 binary"),
        "{}",
        outcome.stdout
    );
}

#[test]
fn a_file_that_became_bad_keeps_its_former_version() {
    let ragstone = Ragstone::new();
    ragstone.write("bees.md", "# Bees\n\nBees make honey.\n");
    ragstone.ingest();
    ragstone.write("bees.md", "");
    assert_eq!(ragstone.run(&["ingest", ragstone.documents().to_str().unwrap(), "--prune"]).code, Some(1));
    assert_eq!(ragstone.json(&["search", "honey"])["hits"][0]["chunk"]["text"], json!("# Bees\n\nBees make honey."));
}

#[test]
fn a_long_line_without_spaces_is_split() {
    let ragstone = Ragstone::new();
    ragstone.write("blob.txt", "QUJD".repeat(200_000));
    let report = ragstone.ingest();
    assert_eq!(report["indexed"], json!(1));
    assert!(report["chunks_embedded"].as_u64().unwrap() > 100, "{report}");
}

#[test]
fn paths_that_are_not_there_stop_before_anything_is_done() {
    let ragstone = Ragstone::new();
    ragstone.run(&["search", "x"]).refused(&["there is no data in", "--data-dir"]);
    assert!(!ragstone.data_dir().is_dir(), "a misspelt folder must not be made");
    ragstone.run(&["ingest", "/does/not/exist"]).refused(&["`/does/not/exist` does not exist"]);
    ragstone.run(&["ingest", ragstone.documents().to_str().unwrap()]).refused(&["no files in"]);
    ragstone.write("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
    ragstone.run(&["ingest", ragstone.documents().to_str().unwrap()]).refused(&["no documents in"]);
    ragstone.run(&["ingest", "a", "--collection", "../x"]).refused(&["is not a collection name"]);
    ragstone.write("a.md", "# A\n\nText.\n");
    ragstone.ingest();
    ragstone.run(&["search", "x", "--collection", "nothing"]).refused(&["collection `nothing` does not exist"]);
}

#[test]
fn what_would_be_misunderstood_is_refused() {
    let ragstone = Ragstone::new();
    let file = ragstone.write("bees.md", "# Bees\n\nBees make honey.\n");
    let (folder, pattern) = (ragstone.documents(), ragstone.documents().join("*.md"));
    let (file, folder, pattern) = (file.to_str().unwrap(), folder.to_str().unwrap(), pattern.to_str().unwrap());
    let check = |arguments: &[&str], expected: &str| ragstone.run(arguments).refused(&[expected]);
    check(&["--url", "http://127.0.0.1:1", "ingest", file, "--queue"], "leave `--url` out");
    check(&["serve", "--url", "http://127.0.0.1:1"], "leave `--url` out");
    check(&["ingest", pattern, "--prune"], "give the folder instead");
    check(&["serve", "--bind", "localhost:9000"], "give an IP address and a port, such as 127.0.0.1:9000");
    check(&["search", "bees", "--set", "retrieve.limit=many"], "(from `--set`)");
    check(&["ingest", "htps://example.com/x"], "`htps://example.com/x` is no source");
    assert!(!ragstone.data_dir().try_exists().unwrap(), "nothing was done");
    check(&["ingest", &format!("git+{folder}")], "is not a repository");
}

#[test]
fn wrong_arguments_are_told_as_json_where_errors_are() {
    let ragstone = Ragstone::new();
    let outcome = ragstone.run(&["search", "bees", "--json", "--wrong"]);
    outcome.refused(&[]);
    let told: serde_json::Value = serde_json::from_str(&outcome.stderr).unwrap();
    assert!(told["error"]["message"].as_str().unwrap().starts_with("unexpected argument '--wrong'"), "{told}");
}

#[test]
fn a_data_folder_that_cannot_be_one_is_noticed() {
    let ragstone = Ragstone::new();
    fs::write(ragstone.data_dir(), "a file").unwrap();
    let outcome = ragstone.run(&["doctor"]);
    assert!(outcome.code == Some(1) && outcome.stdout.contains("is not a folder"), "{outcome:#?}");
}

#[test]
fn unreadable_files_are_named() {
    let ragstone = Ragstone::new();
    ragstone.write("good.md", "# Good\n\nBees.\n");
    let secret = ragstone.write("secret.md", "# Secret\n");
    fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&secret).is_ok() {
        eprintln!("skipped: this user may read every file");
        return;
    }
    let outcome = ragstone.run(&["ingest", ragstone.documents().to_str().unwrap()]);
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stderr.contains("secret.md") && outcome.stderr.contains("ermission denied"), "{}", outcome.stderr);
}

#[test]
fn wrong_settings_are_named_all_at_once() {
    let ragstone = Ragstone::new().with("chunk.max_token=5").with("retrive.limit=3");
    ragstone.run(&["search", "x"]).refused(&["`chunk.max_token`", "did you mean `max_tokens`?", "`retrive`"]);
    Ragstone::new()
        .with("chunk.max_tokens=1")
        .with("server.max_body=0")
        .run(&["search", "x"])
        .refused(&["chunk.max_tokens", "server.max_body"]);
    Ragstone::new().run(&["search", "x", "--config", "/no/such.toml"]).refused(&["`/no/such.toml` does not exist"]);
    let outcome = Ragstone::new().command(&["search", "x"]).env("RAGSTONE__CHUNK__SIZE", "5").output().unwrap();
    assert!(String::from_utf8_lossy(&outcome.stderr).contains("`chunk.size`"), "{outcome:?}");
}

#[test]
fn shipped_configurations_are_valid() {
    for file in ["config/default.toml", "config/production.toml"] {
        let path = crate::support::root().join(file);
        Ragstone::new().ok(&["config", "show", "--config", path.to_str().unwrap()]);
    }
}

#[test]
fn a_wrong_model_folder_is_named() {
    let ragstone = Ragstone::new();
    let folder = ragstone.documents();
    let document = ragstone.write("a.md", "# A\n");
    let ragstone = ragstone.with(format!("embed.model_dir={}", folder.display()));
    ragstone.run(&["ingest", document.to_str().unwrap()]).refused(&[folder.to_str().unwrap(), "config.json"]);
    let library =
        ragstone.command(&["ingest", document.to_str().unwrap()]).env("ORT_DYLIB_PATH", "/no/libonnxruntime.so").output().unwrap();
    assert!(String::from_utf8_lossy(&library.stderr).contains("/no/libonnxruntime.so"), "{library:?}");
}

#[test]
fn a_data_folder_of_another_process_is_named_with_its_owner() {
    let ragstone = Ragstone::new();
    ragstone.write("a.md", "# A\n\nText.\n");
    ragstone.ingest();
    let server = Server::start(&ragstone);
    ragstone.run(&["search", "x"]).refused(&[ragstone.data_dir().to_str().unwrap(), "--url"]);
    drop(server);
    ragstone.ok(&["search", "x"]);
}

#[test]
fn another_model_is_refused_with_both_names() {
    let ragstone = Ragstone::new();
    ragstone.write("a.md", "# A\n\nText.\n");
    ragstone.ingest();
    // The same weights cut at another length are another model.
    let ragstone = ragstone.with("embed.max_tokens=128");
    ragstone.run(&["search", "text"]).refused(&["256 tokens", "128 tokens", "collection `default`"]);
}

#[test]
fn a_full_disk_is_an_error_and_loses_nothing() {
    // /dev/full answers every write with "no space left"; a data folder cannot be put there, so the limit on file
    // sizes of the process stands in for the disk: writes beyond it fail in the same calls.
    let ragstone = Ragstone::new();
    ragstone.write("first.md", "# First\n\nBees make honey.\n");
    ragstone.ingest();
    for number in 0..40 {
        ragstone.write(&format!("more/{number}.md"), format!("# {number}\n\n{}", "Many words about nothing at all. ".repeat(400)));
    }
    let program = ragstone.command(&["ingest", ragstone.documents().to_str().unwrap()]);
    let mut limited = std::process::Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 1024; exec \"$0\" \"$@\""]).arg(program.get_program()).args(program.get_args());
    let output = limited.current_dir(crate::support::root()).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_ne!(output.status.code(), Some(0), "{stderr}");
    assert!(stderr.contains("error:"), "{stderr}");
    assert_eq!(ragstone.json(&["search", "honey"])["hits"][0]["document"]["title"], json!("First"));
    assert_eq!(ragstone.ingest()["failed"], json!([]), "with room again, all is done");
}
