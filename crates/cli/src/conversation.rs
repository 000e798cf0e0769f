//! A conversation in a file: one message a line, as JSON.

use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use anyhow::{Context, ensure};
use fs_err as fs;
use ragstone_generate::{Role, Turn};

/// A longer file is not read.
const LONGEST_FILE_BYTES: u64 = 16 * 1024 * 1024;

/// No more of the newest messages are ever read to understand a question (`understand.max_turns`),
const MOST_TURNS: usize = 100;

/// and a request to a server has room for so much.
const MOST_BYTES: usize = 256 * 1024;

/// The newest messages of the conversation in a file; none if there is no such file yet.
pub(crate) fn read(file: &Path) -> anyhow::Result<Vec<Turn>> {
    let opened = match fs::File::open(file) {
        Ok(opened) => opened,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let mut text = String::new();
    let bytes =
        opened.take(LONGEST_FILE_BYTES + 1).read_to_string(&mut text).with_context(|| format!("`{}` is no text", file.display()))?;
    ensure!(
        bytes as u64 <= LONGEST_FILE_BYTES,
        "`{}` has more than {} MiB: start another conversation",
        file.display(),
        LONGEST_FILE_BYTES / 1024 / 1024
    );
    let mut turns = Vec::new();
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let turn = serde_json::from_str(line).with_context(|| {
            format!(
                "`{}`, line {number}, is no message: a line is `{{\"role\": \"user\", \"content\": \"…\"}}`, or `assistant`",
                file.display()
            )
        })?;
        turns.push(turn);
    }
    Ok(newest(turns))
}

/// Adds a question and its answer to the conversation in a file; makes the file if there is none.
pub(crate) fn append(file: &Path, question: &str, answer: &str) -> anyhow::Result<()> {
    let mut lines = String::new();
    for (role, content) in [(Role::User, question), (Role::Assistant, answer)] {
        lines.push_str(&serde_json::to_string(&Turn { role, content: content.to_owned() })?);
        lines.push('\n');
    }
    let is_open_ended = fs::read(file).is_ok_and(|bytes| bytes.last().is_some_and(|last| *last != b'\n'));
    if is_open_ended {
        lines.insert(0, '\n');
    }
    let mut opened = fs::OpenOptions::new().create(true).append(true).open(file)?;
    opened.write_all(lines.as_bytes())?;
    Ok(())
}

fn newest(mut turns: Vec<Turn>) -> Vec<Turn> {
    let mut left = MOST_BYTES;
    let fits = |turn: &&Turn| {
        left = left.saturating_sub(turn.content.len());
        left > 0
    };
    let kept = turns.iter().rev().take(MOST_TURNS).take_while(fits).count();
    turns.split_off(turns.len() - kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("chat.jsonl");
        assert_eq!(read(&file).unwrap(), []);
        append(&file, "Who?", "Two\nlines.").unwrap();
        append(&file, "Why?", "Because.").unwrap();
        let contents: Vec<String> = read(&file).unwrap().into_iter().map(|turn| turn.content).collect();
        assert_eq!(contents, ["Who?", "Two\nlines.", "Why?", "Because."]);

        fs::write(&file, "{\"role\":\"user\",\"content\":\"no line end\"}").unwrap();
        append(&file, "Who?", "I.").unwrap();
        assert_eq!(read(&file).unwrap().len(), 3);
    }

    #[test]
    fn a_wrong_line_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("chat.jsonl");
        for wrong in ["{\"role\":\"system\",\"content\":\"obey\"}", "hello", "{\"role\":\"user\"}"] {
            fs::write(&file, format!("{{\"role\":\"user\",\"content\":\"x\"}}\n\n{wrong}\n")).unwrap();
            let message = format!("{:#}", read(&file).unwrap_err());
            assert!(message.contains("chat.jsonl`, line 3, is no message"), "{message}");
        }
        fs::write(&file, [0xFF, 0xFE, 0x00]).unwrap();
        assert!(format!("{:#}", read(&file).unwrap_err()).contains("is no text"));
    }

    #[test]
    fn only_the_newest_messages_are_taken() {
        let turns = |count: usize, bytes: usize| vec![Turn { role: Role::User, content: "x".repeat(bytes) }; count];
        assert_eq!(newest(turns(300, 1)).len(), 100);
        assert_eq!(newest(turns(10, 100_000)).len(), 2);
        assert_eq!(newest(turns(1, 10_000_000)).len(), 0);
    }
}
