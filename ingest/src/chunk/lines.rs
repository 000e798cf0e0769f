//! Where a text may be cut, line by line.

use ragstone_core::{Markup, Span};

use super::border::{Border, Cut};
use super::layout::Layout;
use super::prose;
use crate::markdown::{Heading, Outline, Region, RegionKind};

/// Lines of a paragraph that was wrapped by hand have so many letters.
const WRAPPED_LINE: std::ops::RangeInclusive<usize> = 40..=100;

/// Blocks inside a block of code count as indented by so much more.
const VERBATIM_INDENT: usize = 8;

/// The cuts of a text, in order; the first is where its first line with text starts.
pub(crate) struct LineCuts<'text> {
    text: &'text str,
    at: usize,
    markup: Markup,
    /// Those not yet passed.
    regions: &'text [Region],
    headings: &'text [Heading],
    outline: &'text Outline,
    previous: Option<Line>,
    ready: std::vec::IntoIter<Cut>,
}

/// What matters of a line for the one below it.
#[derive(Clone, Copy)]
struct Line {
    indent: usize,
    letters: usize,
    ends_sentence: bool,
    /// It closes a block of a program.
    closes: bool,
    /// It is a heading, or the line of dashes below one.
    is_heading: bool,
    /// It is a comment or an attribute of what follows.
    belongs_to_next: bool,
    /// An empty line follows.
    before_blank: bool,
}

impl<'text> LineCuts<'text> {
    pub(crate) fn of(text: &'text str, layout: &'text Layout) -> Self {
        Self {
            text,
            at: layout.body_start,
            markup: layout.markup,
            regions: &layout.regions,
            // What encloses a line of a program is no reason to cut there.
            headings: if layout.markup == Markup::Code { &[] } else { layout.outline.headings() },
            outline: &layout.outline,
            previous: None,
            ready: Vec::new().into_iter(),
        }
    }

    fn next_line(&mut self) -> Option<Span> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let length = rest.find('\n').map_or(rest.len(), |newline| newline + 1);
        let line = Span { start: self.at, end: self.at + length };
        self.at = line.end;
        Some(line)
    }

    fn cuts_of(&mut self, span: Span) -> Vec<Cut> {
        let text = span.of(self.text).unwrap_or_default();
        let content = text.trim();
        if content.is_empty() {
            if let Some(previous) = &mut self.previous {
                previous.before_blank = true;
            }
            return Vec::new();
        }
        let heading = self.heading_at(span.start);
        let follows_heading = self.previous.is_some_and(|previous| previous.is_heading);
        let line = Line { is_heading: heading.is_some() || (follows_heading && is_underline(content)), ..Line::of(text, content) };
        let region = self.region_at(span.start);
        let previous = self.previous.replace(line);
        let border = match (previous, heading, region) {
            (None, ..) => Some(Border::section(0)),
            // What follows a heading belongs to it, be it another heading.
            (Some(previous), ..) if previous.is_heading => Some(Border::Clause),
            (_, Some(level), _) => Some(Border::section(level)),
            (Some(previous), None, Some(region)) => region_border(region, span.start, &previous, &line, content),
            (Some(previous), None, None) if self.markup == Markup::Code => {
                program_border(&previous, &line, content).map(|border| self.within_function(border, span.start, line.indent))
            }
            (Some(previous), None, None) => Some(prose_border(&previous, &line, content)),
        };
        let mut cuts: Vec<Cut> = border.map(|border| Cut { at: span.start, border }).into_iter().collect();
        if region.is_none() && heading.is_none() && self.markup != Markup::Code {
            cuts.extend(prose::cuts(text, span.start));
        }
        cuts
    }

    /// Inside a function nothing is a good place, be it at the left margin as `#ifdef` is.
    fn within_function(&self, border: Border, line_start: usize, indent: usize) -> Border {
        let is_torn = border > Border::Line && self.outline.encloses_no_other(line_start);
        if is_torn { Border::statement(indent) } else { border }
    }

    /// The level of the heading that starts here.
    fn heading_at(&mut self, line_start: usize) -> Option<u8> {
        let passed = self.headings.iter().take_while(|heading| heading.start < line_start).count();
        self.headings = self.headings.get(passed..).unwrap_or_default();
        self.headings.first().filter(|heading| heading.start == line_start).map(|heading| heading.level)
    }

    fn region_at(&mut self, line_start: usize) -> Option<Region> {
        let passed = self.regions.iter().take_while(|region| region.span.end <= line_start).count();
        self.regions = self.regions.get(passed..).unwrap_or_default();
        self.regions.first().filter(|region| region.span.start <= line_start).copied()
    }
}

impl Iterator for LineCuts<'_> {
    type Item = Cut;

    fn next(&mut self) -> Option<Cut> {
        loop {
            if let Some(cut) = self.ready.next() {
                return Some(cut);
            }
            let line = self.next_line()?;
            self.ready = self.cuts_of(line).into_iter();
        }
    }
}

impl Line {
    fn of(text: &str, content: &str) -> Self {
        let before = text.chars().take_while(|letter| letter.is_whitespace());
        Self {
            indent: before.map(|letter| if letter == '\t' { 4 } else { 1 }).sum(),
            letters: content.chars().take(WRAPPED_LINE.end() + 1).count(),
            ends_sentence: prose::ends_sentence(content),
            closes: content.starts_with(['}', ')', ']']) || content == "end" || content == "end;",
            is_heading: false,
            belongs_to_next: ["//", "/*", "* ", "#", "--", "@", ";;", "%"].iter().any(|mark| content.starts_with(mark)),
            before_blank: false,
        }
    }
}

fn prose_border(previous: &Line, line: &Line, content: &str) -> Border {
    if previous.before_blank {
        return Border::block(line.indent);
    }
    let is_item = content.starts_with(|first: char| first.is_numeric() || "-*+>|#•–=".contains(first));
    let continues = content.starts_with(char::is_lowercase) || WRAPPED_LINE.contains(&previous.letters);
    match (is_item || !continues, previous.ends_sentence) {
        (true, _) => Border::Line,
        (false, true) => Border::Sentence,
        (false, false) => Border::Clause,
    }
}

/// Nothing where the line cannot be told from the one above it.
fn region_border(region: Region, line_start: usize, previous: &Line, line: &Line, content: &str) -> Option<Border> {
    if line_start == region.span.start {
        return Some(if previous.before_blank { Border::block(line.indent) } else { Border::Line });
    }
    match region.kind {
        RegionKind::Table { header } if line_start < header.end => None,
        RegionKind::Table { header } if line_start == header.end => Some(Border::Clause),
        RegionKind::Table { .. } => Some(Border::Line),
        RegionKind::Verbatim if content.starts_with("```") || content.starts_with("~~~") => None,
        RegionKind::Verbatim => program_border(previous, line, content).map(|border| match border {
            Border::Section(_) => Border::block(VERBATIM_INDENT),
            Border::Block(indent) => Border::block(usize::from(indent.0) + VERBATIM_INDENT),
            weaker => weaker,
        }),
    }
}

/// Programs are told apart by their form: items start at the left, after an empty line or the end of another.
fn program_border(previous: &Line, line: &Line, content: &str) -> Option<Border> {
    let goes_on = line.closes || content.starts_with('{') || starts_with_continuation(content);
    if goes_on || (previous.belongs_to_next && !previous.before_blank) {
        return Some(Border::Clause);
    }
    let follows_block = previous.closes && previous.indent == line.indent;
    let leaves_block = line.indent < previous.indent && !content.starts_with('#');
    if !(previous.before_blank || follows_block || leaves_block) {
        return Some(Border::Line);
    }
    let is_item = line.indent == 0;
    Some(if is_item { Border::section(0) } else { Border::block(line.indent + usize::from(!previous.before_blank)) })
}

fn is_underline(content: &str) -> bool {
    content.chars().all(|letter| letter == '=') || content.chars().all(|letter| letter == '-')
}

fn starts_with_continuation(content: &str) -> bool {
    let word = content.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default();
    matches!(word, "else" | "elif" | "elsif" | "except" | "finally" | "catch" | "rescue" | "ensure" | "then" | "do")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text with a letter for each cut: the first of its name, in capitals where a section starts.
    fn marked(markup: Markup, text: &str) -> String {
        let layout = Layout::of(text, markup, "text/plain");
        let mut marked = text.to_owned();
        for cut in LineCuts::of(text, &layout).collect::<Vec<_>>().into_iter().rev() {
            let mark = match cut.border {
                Border::Letter | Border::Word => "?",
                Border::Clause => "‹c›",
                Border::Sentence => "‹s›",
                Border::Line => "‹l›",
                Border::Statement(_) => "‹t›",
                Border::Block(_) => "‹B›",
                Border::Section(_) => "‹S›",
            };
            marked.insert_str(cut.at, mark);
        }
        marked
    }

    #[test]
    fn a_wrapped_paragraph_is_one_and_a_list_is_not() {
        let text = "Never fill the kettle above the upper mark, or it will\nspill. Let it cool before you touch the\nplate.\n\nBring:\n- water\n- tea\n";
        insta::assert_snapshot!(marked(Markup::Plain, text), @r"
        ‹S›Never fill the kettle above the upper mark, ‹c›or it will
        ‹c›spill. ‹s›Let it cool before you touch the
        ‹c›plate.

        ‹B›Bring:
        ‹l›- water
        ‹l›- tea
        ");
    }

    #[test]
    fn a_program_is_cut_between_its_items() {
        let text = "use a;\n\n/// One.\n#[x]\nfn one() {\n    a();\n\n    if b {\n        c();\n    } else {\n        d();\n    }\n    e();\n}\nfn two() {}\n";
        insta::assert_snapshot!(marked(Markup::Code, text), @r"
        ‹S›use a;

        ‹S›/// One.
        ‹c›#[x]
        ‹c›fn one() {
        ‹l›    a();

        ‹t›    if b {
        ‹l›        c();
        ‹c›    } else {
        ‹l›        d();
        ‹c›    }
        ‹t›    e();
        ‹c›}
        ‹S›fn two() {}
        ");
    }

    #[test]
    fn a_table_is_cut_between_its_rows_and_a_code_block_between_its_lines() {
        let text = "# A\n\nOne. Two.\n\n| a | b |\n|---|---|\n| x. y | 2 |\n| z | 3 |\n\n```\nlet x = 1;\n\nlet y;\n```\n";
        insta::assert_snapshot!(marked(Markup::Markdown, text), @r"
        ‹S›# A

        ‹c›One. ‹s›Two.

        ‹B›| a | b |
        |---|---|
        ‹c›| x. y | 2 |
        ‹l›| z | 3 |

        ‹B›```
        ‹l›let x = 1;

        ‹B›let y;
        ```
        ");
    }
}
