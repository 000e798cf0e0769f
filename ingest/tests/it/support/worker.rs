//! A worker process that knows one kind of archive and crashes on request.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use fs_err as fs;
use ragstone_ingest::extract::{ExtractConfig, Extractor, WorkerLocation};
use tempfile::TempDir;

/// An archive is its signature and lines of name and content, where `\n` and the like are escapes. `crash N` stands for a worker that
/// crashes the first N times, `!name` for a member that is damaged, `damaged` for a damaged archive.
const SCRIPT: &str = r#"#!/bin/sh
folder=$(dirname "$0")
while IFS= read -r request; do
  bytes=$(printf '%s' "$request" | sed 's/.*"bytes":\([0-9]*\).*/\1/')
  archive="$folder/archive.$$"; member="$folder/member.$$"
  head -c "$bytes" > "$archive"
  wanted=$(sed -n 's/^crash //p' "$archive")
  if [ -n "$wanted" ]; then
    crashed=$(cat "$folder/crashed" 2>/dev/null || echo 0)
    if [ "$crashed" -lt "$wanted" ]; then echo $((crashed + 1)) > "$folder/crashed"; exit 3; fi
  fi
  if grep -q '^damaged' "$archive"; then
    printf '{"reply":"refused","reason":"damaged","detail":"no end"}\n'
    continue
  fi
  grep '	' "$archive" | grep -v '^!' | while IFS='	' read -r name content; do
    printf '%b' "$content" > "$member"
    printf '{"reply":"member","name":"%s","modified_at":null,"bytes":%d}\n' "$name" "$(wc -c < "$member")"
    cat "$member"
  done
  unreadable=$(sed -n 's/^!\([^	]*\).*/{"name":"\1","refusal":{"reason":"damaged","detail":"bad"}}/p' "$archive" | paste -sd, -)
  printf '{"reply":"end","unreadable":[%s]}\n' "$unreadable"
done
"#;

/// An extractor with such a worker; the folder is the worker's.
pub(crate) fn extractor() -> (Extractor, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("worker");
    fs::write(&program, SCRIPT).unwrap();
    fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    let config = ExtractConfig { max_archive_depth: 2, timeout: Duration::from_secs(20), ..ExtractConfig::default() };
    (Extractor::new(config, WorkerLocation { program: Some(program), pdfium: None }), folder)
}

/// An archive of these lines.
pub(crate) fn archive(lines: &[&str]) -> String {
    format!("PK\u{3}\u{4}\n{}\n", lines.join("\n"))
}
