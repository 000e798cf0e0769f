//! Environments: lists, code, tables, formulas.

use super::Reader;
use crate::extract::formats::scan::split_before;

impl Reader {
    /// Reads what follows `\begin`; gives what follows it, or the whole environment.
    pub(super) fn begin<'a>(&mut self, text: &'a str) -> &'a str {
        let Some((name, rest)) = self.group(text) else { return text };
        let kind = name.trim_end_matches('*');
        self.end_block();
        let end = format!("\\end{{{name}}}");
        // What is not closed ends with the text.
        let inside = || rest.split_once(&end).unwrap_or((rest, ""));
        match kind {
            "verbatim" | "lstlisting" | "minted" | "Verbatim" | "alltt" => {
                let (code, rest) = inside();
                let (first, code) = code.split_once('\n').unwrap_or((code, ""));
                let is_option = first.trim().is_empty() || first.starts_with(['[', '{']);
                let language =
                    first.rsplit_once('{').filter(|_| kind == "minted").map_or("", |(_, language)| language.trim_end_matches(['}', ' ']));
                let language =
                    first.split_once("language=").map_or(language, |(_, rest)| split_before(rest, |letter| ",] ".contains(letter)).0);
                let whole = if is_option { code.to_owned() } else { format!("{first}\n{code}") };
                self.block(|blocks| blocks.code(&language.to_lowercase(), &whole), &whole);
                rest
            }
            "comment" | "filecontents" | "tikzpicture" | "pgfpicture" => inside().1,
            "tabular" | "tabularx" | "tabulary" | "longtable" | "tabu" => {
                let (table, rest) = inside();
                let table = if kind == "tabularx" || kind == "tabulary" || name == "tabular*" {
                    self.group(table).map_or(table, |(_, rest)| rest)
                } else {
                    table
                };
                let table = self.option(table).map_or(table, |(_, rest)| rest);
                let table = self.group(table).map_or(table, |(_, rest)| rest);
                let rows = self.rows(table);
                let flat = rows.concat().join(" ");
                self.block(|blocks| blocks.table(&rows), &flat);
                rest
            }
            "equation" | "align" | "gather" | "multline" | "eqnarray" | "displaymath" | "math" | "flalign" | "alignat" => {
                let (formula, rest) = inside();
                self.block(|blocks| blocks.markdown(&format!("$$\n{}\n$$", without_empty_lines(formula))), formula);
                rest
            }
            "itemize" | "description" | "thebibliography" | "enumerate" | "compactitem" => {
                if kind == "thebibliography" {
                    self.block(|blocks| blocks.heading(2, "References"), "References");
                }
                self.lists.push((kind == "enumerate").then_some(0));
                self.without_first_arguments(rest, usize::from(kind == "thebibliography"))
            }
            "abstract" => {
                self.block(|blocks| blocks.heading(2, "Abstract"), "Abstract");
                rest
            }
            "minipage" | "multicols" | "wrapfigure" | "adjustbox" | "subfigure" | "column" => {
                self.without_first_arguments(rest, if kind == "wrapfigure" { 2 } else { 1 })
            }
            _ => self.without_first_arguments(rest, 0),
        }
    }

    pub(super) fn end<'a>(&mut self, text: &'a str) -> &'a str {
        let Some((name, rest)) = self.group(text) else { return text };
        self.end_block();
        if matches!(name, "itemize" | "enumerate" | "description" | "thebibliography" | "compactitem") {
            self.lists.pop();
        }
        rest
    }

    /// Writes a block, or in an argument of a command only its words.
    fn block(&mut self, write: impl FnOnce(&mut super::Blocks), words: &str) {
        if self.depth == 0 { write(&mut self.blocks) } else { self.words.push_str(words) }
    }

    fn without_first_arguments<'a>(&mut self, text: &'a str, groups: usize) -> &'a str {
        let mut rest = text;
        while let Some((_, after)) = self.option(rest) {
            rest = after;
        }
        for _ in 0..groups {
            rest = self.group(rest).map_or(rest, |(_, after)| after);
        }
        rest
    }

    /// Cells stand between `&`, rows end with `\\`.
    fn rows(&self, table: &str) -> Vec<Vec<String>> {
        let mut rows: Vec<Vec<String>> = vec![Vec::new()];
        let mut cell = String::new();
        let mut letters = table.chars().peekable();
        while let Some(letter) = letters.next() {
            match (letter, letters.peek()) {
                ('\\', Some('\\')) => {
                    letters.next();
                    rows.last_mut().into_iter().for_each(|row| row.push(self.inner(&std::mem::take(&mut cell))));
                    rows.push(Vec::new());
                }
                ('\\', Some(_)) => {
                    cell.push(letter);
                    cell.extend(letters.next());
                }
                ('&', _) => rows.last_mut().into_iter().for_each(|row| row.push(self.inner(&std::mem::take(&mut cell)))),
                _ => cell.push(letter),
            }
        }
        rows.last_mut().into_iter().for_each(|row| row.push(self.inner(&std::mem::take(&mut cell))));
        rows.retain(|row| row.iter().any(|cell| !cell.is_empty()));
        rows
    }
}

/// An empty line would end the formula in Markdown.
fn without_empty_lines(text: &str) -> String {
    text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty()).collect::<Vec<_>>().join("\n")
}
