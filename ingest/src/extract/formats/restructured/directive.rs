//! What begins with two dots: directives, targets, footnotes, comments.

use super::inline::inline;
use super::{Reader, field};
use crate::extract::formats::lines::{Lines, dedented, indent};

/// Directives whose text is not for reading, or is in another file.
const SILENT: [&str; 20] = [
    "contents",
    "toctree",
    "include",
    "raw",
    "meta",
    "highlight",
    "index",
    "image",
    "default-role",
    "role",
    "sectnum",
    "target-notes",
    "currentmodule",
    "module",
    "automodule",
    "autoclass",
    "autofunction",
    "literalinclude",
    "tabularcolumns",
    "only-html",
];

impl Reader {
    pub(super) fn explicit(&mut self, lines: &mut Lines<'_, '_>, depth: usize) {
        let Some(first) = lines.next().map(|line| line.trim_start_matches('.').trim()) else { return };
        let more = lines.indented();
        if let Some((label, text)) = first.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            self.blocks.paragraph(&inline(&format!("[{label}] {} {}", text.trim(), more.join(" "))));
            return;
        }
        let is_target = first.starts_with(['_', '|']);
        let Some((name, argument)) = first.split_once("::").filter(|(name, _)| !is_target && is_name(name)) else { return };
        let name = name.rsplit(':').next().unwrap_or(name);
        let mut body = more;
        // The argument may go on in the next lines, up to the options or an empty line.
        let argument =
            if matches!(name, "code-block" | "code" | "sourcecode" | "note" | "warning" | "tip") { argument.trim() } else { argument };
        let options = take_options(&mut body);
        self.directive(name, argument.trim(), &options, &body, depth);
    }

    fn directive(&mut self, name: &str, argument: &str, options: &[(String, String)], body: &[&str], depth: usize) {
        let option = |wanted: &str| options.iter().find(|(name, _)| name == wanted).map_or("", |(_, value)| value.as_str());
        match name {
            "code-block" | "code" | "sourcecode" | "prompt" | "ipython" | "parsed-literal" | "productionlist" | "doctest" | "testcode"
            | "highlights" => {
                self.blocks.paragraph(&inline(option("caption")));
                self.blocks.code(argument, &body.join("\n"));
            }
            "math" => self.blocks.markdown(&format!("$$\n{}\n$$", [&[argument], body].concat().join("\n").trim())),
            "figure" => {
                self.blocks.paragraph(&inline(option("alt")));
                self.inner(body, depth);
            }
            "csv-table" => {
                self.blocks.paragraph(&inline(argument));
                self.blocks.table(&comma_separated(option("header"), body));
            }
            "list-table" => {
                self.blocks.paragraph(&inline(argument));
                self.blocks.table(&listed(body));
            }
            "title" => self.head.title = Some(argument.to_owned()),
            silent if SILENT.contains(&silent) => {}
            "note" | "warning" | "tip" | "hint" | "important" | "caution" | "danger" | "attention" | "error" | "seealso" => {
                let label = if name == "seealso" { "See also".to_owned() } else { capitalised(name) };
                self.blocks.paragraph(&format!("**{label}:** {}", inline(argument)));
                self.inner(body, depth);
            }
            "deprecated" | "versionadded" | "versionchanged" => {
                self.blocks.paragraph(&format!("{}: {}", capitalised(name), inline(argument)));
                self.inner(body, depth);
            }
            "function" | "class" | "method" | "attribute" | "data" | "exception" | "option" | "envvar" | "macro" | "type" => {
                self.blocks.paragraph(&format!("`{}`", argument.replace('`', "")));
                self.inner(body, depth);
            }
            _ => {
                self.blocks.paragraph(&inline(argument));
                self.inner(body, depth);
            }
        }
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|letter| letter.is_alphanumeric() || "-_.+:".contains(letter))
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The fields at the start of a directive's body.
fn take_options(body: &mut Vec<&str>) -> Vec<(String, String)> {
    let count = body.iter().take_while(|line| field(line).is_some()).count();
    let rest = body.split_off(count);
    let options = body.iter().filter_map(|line| field(line)).map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    *body = dedented(&rest);
    options
}

fn comma_separated(header: &str, body: &[&str]) -> Vec<Vec<String>> {
    let text = std::iter::once(header).chain(body.iter().copied()).filter(|line| !line.trim().is_empty()).collect::<Vec<_>>().join("\n");
    // The quote that opens a value may stand behind a space here.
    let text = text.replace(", \"", ",\"");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    reader.records().flatten().map(|record| record.iter().map(inline).collect()).collect()
}

/// A table as a list of lists: `* - cell`.
fn listed(body: &[&str]) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for line in body {
        let cell = match line.strip_prefix(['*', '-']).map(str::trim_start) {
            Some(row) if indent(line) == 0 => {
                rows.push(Vec::new());
                row
            }
            _ => line.trim_start(),
        };
        let Some(row) = rows.last_mut() else { continue };
        match (cell.strip_prefix(['-', '*']), row.last_mut()) {
            (Some(cell), _) => row.push(inline(cell.trim())),
            (None, Some(last)) => last.push_str(&format!(" {}", inline(cell))),
            (None, None) => row.push(inline(cell)),
        }
    }
    rows
}
