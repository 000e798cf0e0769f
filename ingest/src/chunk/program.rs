//! What encloses each line of a program: its classes, modules and functions.
//!
//! They are told by their form, as the cuts are: a line that is followed by a deeper one and begins like a definition, or
//! stands at the left margin and opens a block. So every language has them, those without a grammar too, and a program
//! that does not compile.

use crate::markdown::{Outline, Scope};

/// What lies deeper says how a thing is done rather than what it is.
const MAX_DEPTH: usize = 3;

/// The rest of a longer signature says little about what it encloses.
const SIGNATURE_LETTERS: usize = 96;

/// Words with which definitions begin, their modifiers included.
const DEFINITIONS: [&str; 37] = [
    "abstract",
    "actor",
    "async",
    "class",
    "constexpr",
    "constructor",
    "def",
    "defmodule",
    "defp",
    "enum",
    "export",
    "extension",
    "final",
    "fn",
    "fun",
    "func",
    "function",
    "impl",
    "interface",
    "internal",
    "mod",
    "module",
    "namespace",
    "override",
    "package",
    "private",
    "proc",
    "protected",
    "protocol",
    "pub",
    "public",
    "sealed",
    "static",
    "struct",
    "sub",
    "trait",
    "virtual",
];

/// Words with which blocks begin that have no name.
const NAMELESS: [&str; 32] = [
    "begin", "case", "catch", "default", "defer", "do", "elif", "else", "elsif", "ensure", "except", "finally", "for", "foreach", "go",
    "guard", "if", "lock", "loop", "match", "repeat", "rescue", "return", "select", "switch", "then", "try", "unless", "until", "using",
    "when", "while",
];

/// The definitions of a program, as headings above what they enclose. A definition's first line is not below itself.
pub(crate) fn outline(text: &str) -> Outline {
    let mut reader = Reader::default();
    let mut lines = lines(text).peekable();
    while let Some(line) = lines.next() {
        reader.read(&line, lines.peek());
    }
    Outline::of_scopes(reader.scopes)
}

#[derive(Default)]
struct Reader {
    scopes: Vec<Scope>,
    open: Vec<Open>,
    /// Where the comments directly above begin: they belong to what follows.
    comments_start: Option<usize>,
}

/// A definition whose end has not come yet.
struct Open {
    indent: usize,
    /// As in Python: it ends where a line is indented no deeper. Others end with a line that closes them.
    ends_by_indent: bool,
}

struct Line<'text> {
    start: usize,
    end: usize,
    indent: usize,
    content: &'text str,
}

impl Reader {
    fn read(&mut self, line: &Line<'_>, next: Option<&Line<'_>>) {
        if is_comment(line.content) {
            self.comments_start.get_or_insert(line.start);
            return;
        }
        let start = self.comments_start.take().unwrap_or(line.start);
        let closes = line.content.starts_with(['}', ')', ']']) || matches!(line.content, "end" | "end;" | "end." | "end,");
        let goes_on = line.content.ends_with(['{', '(', '[', ':', ',']);
        let signature = next.and_then(|next| signature(line, next));
        let is_over = |open: &Open| line.indent <= open.indent && !closes && (open.ends_by_indent || signature.is_some());
        if let Some(depth) = self.open.iter().position(is_over) {
            self.close(depth, start);
        }
        if let Some(signature) = signature.filter(|_| self.open.len() < MAX_DEPTH) {
            self.scopes.push(Scope { level: level(self.open.len()), text: signature, start: line.start + 1 });
            self.open.push(Open { indent: line.indent, ends_by_indent: line.content.ends_with(':') });
            return;
        }
        if let Some(depth) = self.open.iter().position(|open| closes && line.indent <= open.indent) {
            match self.open.get_mut(depth) {
                // The end of a list of parameters that has a line to itself.
                Some(open) if goes_on => open.ends_by_indent = line.content.ends_with(':'),
                _ => self.close(depth, line.end),
            }
        }
    }

    /// Closes a definition and all that it encloses.
    fn close(&mut self, depth: usize, start: usize) {
        self.open.truncate(depth);
        self.scopes.push(Scope { level: level(depth), text: String::new(), start });
    }
}

fn level(depth: usize) -> u8 {
    u8::try_from(depth).unwrap_or(u8::MAX)
}

/// What a definition is called, if the line begins one: its line without what opens the block.
fn signature(line: &Line<'_>, next: &Line<'_>) -> Option<String> {
    let opens_below = next.content.starts_with('{') && next.indent == line.indent;
    if line.content.ends_with([';', ',']) {
        return None;
    }
    let word = line.content.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap_or_default();
    // `public:` is a label, `class: {` a key.
    let is_key = line.content.strip_prefix(word).is_some_and(|rest| rest.starts_with([':', '=', '.']));
    let is_definition = DEFINITIONS.contains(&word) && !is_key;
    // `public:` below `class A {` is not indented.
    let opens = opens_below || line.content.ends_with('{');
    let is_deeper = opens_below || next.indent > line.indent;
    let is_item = line.indent == 0 && is_deeper && (opens || line.content.ends_with('(')) && !word.is_empty() && !NAMELESS.contains(&word);
    if !(is_item || (is_definition && (opens || is_deeper))) {
        return None;
    }
    let bare = line.content.trim_end_matches(|letter: char| letter.is_whitespace() || "{([:=".contains(letter));
    let words = bare.split_whitespace().collect::<Vec<_>>().join(" ");
    let name: String = words.chars().take(SIGNATURE_LETTERS).collect();
    (!name.is_empty()).then_some(name)
}

/// Comments, and what is written above a definition or for the compiler only.
fn is_comment(content: &str) -> bool {
    ["//", "/*", "*", "#", "--", ";;", "@"].iter().any(|mark| content.starts_with(mark))
}

/// The lines that are not empty.
fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut end = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let start = end;
        end += line.len();
        let content = line.trim();
        let indent = line.chars().take_while(|letter| letter.is_whitespace()).map(|letter| if letter == '\t' { 4 } else { 1 }).sum();
        (!content.is_empty()).then_some(Line { start, end, indent, content })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The path above each line that has a `?` in it.
    fn check(text: &str, expected: &[&str]) {
        let outline = outline(text);
        let asked = lines(text).filter(|line| line.content.contains('?'));
        let paths: Vec<String> = asked.map(|line| outline.path_at(line.start).join(" / ")).collect();
        assert_eq!(paths, expected, "{text}");
    }

    #[test]
    fn rust() {
        check(
            "use a?;\n\nimpl<T> Kettle for Pot<T> {\n    /// Boils?\n    pub fn boil(\n        &self,\n        degrees: u8?,\n    ) -> u8 {\n        if hot {\n            a?;\n        }\n    }\n\n    fn cool(&self) { b? }\n}\n\n/// Doc?\n#[test]\nfn free() {\n    let x = || {\n        c?\n    };\n}\n",
            &[
                "",
                "impl<T> Kettle for Pot<T>",
                "impl<T> Kettle for Pot<T> / pub fn boil",
                "impl<T> Kettle for Pot<T> / pub fn boil",
                "impl<T> Kettle for Pot<T>",
                "",
                "fn free()",
            ],
        );
    }

    #[test]
    fn python() {
        check(
            "import x\n\nclass Kettle(Pot):\n    \"\"\"It boils?\"\"\"\n\n    @property\n    def hot(self) -> bool:\n        while a:\n            b?\n# c?\n        d?\n\n    def cool(\n        self,\n    ) -> None:\n        e?\n\n# about?\n@retry\ndef free():\n    f?\n\nif __name__ == '__main__':\n    g?\n",
            &[
                "class Kettle(Pot)",
                "class Kettle(Pot) / def hot(self) -> bool",
                "class Kettle(Pot) / def hot(self) -> bool",
                "class Kettle(Pot) / def hot(self) -> bool",
                "class Kettle(Pot) / def cool",
                "",
                "def free()",
                "",
            ],
        );
    }

    #[test]
    fn c_and_its_kin() {
        check(
            "#include <a>\n\nstatic int boil(int degrees)\n{\n#ifdef HOT\n    a?;\n#endif\n    return 0;\n}\n\nint b?;\n",
            &["static int boil(int degrees)", ""],
        );
        check(
            "class Kettle : public Pot {\npublic:\n  void boil() {\n    a?;\n  }\nprivate:\n  int b?;\n};\nint c?;\n",
            &["class Kettle : public Pot", "class Kettle : public Pot", ""],
        );
        check(
            "package a;\n\npublic final class Kettle {\n    private int x;\n    public void boil(int d) throws E {\n        for (;;) {\n            a?;\n        }\n    }\n}\n",
            &["public final class Kettle / public void boil(int d) throws E"],
        );
        check("func (k *Kettle) Boil() error {\n\tif a {\n\t\treturn b?\n\t}\n}\n", &["func (k *Kettle) Boil() error"]);
        check(
            "export const routes = {\n  home: a?,\n};\n\nitems.forEach((x) => {\n  b?\n});\nfor (const y of z) {\n  c?\n}\n",
            &["export const routes", "items.forEach((x) =>", ""],
        );
    }

    #[test]
    fn those_that_end_with_end() {
        check(
            "module Tea\n  class Kettle\n    def boil\n      a?\n    end\n\n    LIMIT = 1?\n  end\nend\nb?\n",
            &["module Tea / class Kettle / def boil", "module Tea / class Kettle", ""],
        );
    }

    #[test]
    fn what_is_no_program() {
        check("no definition?\n    at all?\n", &["", ""]);
        check("{\n{\n}\n?\n", &[""]);
        check("", &[]);
    }
}
