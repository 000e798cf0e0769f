//! Headings, and which of them are above which.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

/// A longer heading is none: it is a paragraph with a line of dashes below it.
const HEADING_BYTES: usize = 300;

/// The headings of a text, in order, and which of them are above which.
#[derive(Debug, Default)]
pub(crate) struct Outline(Vec<Heading>);

/// A heading and its place.
#[derive(Debug)]
pub(crate) struct Heading {
    /// From 0, the outermost.
    pub(crate) level: u8,
    pub(crate) text: String,
    /// The start of its line, and one past its last byte.
    pub(crate) start: usize,
    end: usize,
    /// The heading above it.
    pub(crate) parent: Option<usize>,
    /// The last of the headings that follow it with nothing between; itself where text follows.
    innermost: usize,
}

/// What encloses a part of a program, from `start` to the next scope of this level or an outer one. One without a text is
/// what lies outside.
#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) level: u8,
    pub(crate) text: String,
    pub(crate) start: usize,
}

impl Outline {
    /// The headings of `text` after `from`.
    pub(crate) fn of(text: &str, from: usize) -> Self {
        let mut headings = headings(text, from);
        find_parents(&mut headings);
        let mut next: Option<(usize, usize)> = None;
        for (index, heading) in headings.iter_mut().enumerate().rev() {
            let follows = |(start, _): &(usize, usize)| text.get(heading.end..*start).is_some_and(|gap| gap.trim().is_empty());
            heading.innermost = next.filter(follows).map_or(index, |(_, innermost)| innermost);
            next = Some((heading.start, heading.innermost));
        }
        Self(headings)
    }

    /// What encloses the parts of a program, in order.
    pub(crate) fn of_scopes(scopes: Vec<Scope>) -> Self {
        let headings = scopes.into_iter().enumerate();
        let heading = |(index, Scope { level, text, start })| Heading { level, text, start, end: start, parent: None, innermost: index };
        let mut headings: Vec<Heading> = headings.map(heading).collect();
        find_parents(&mut headings);
        Self(headings)
    }

    /// All headings, in order.
    pub(crate) fn headings(&self) -> &[Heading] {
        &self.0
    }

    /// The first heading.
    pub(crate) fn first(&self) -> Option<&str> {
        self.0.first().map(|heading| heading.text.as_str())
    }

    /// The headings above a position, outermost first.
    ///
    /// A heading that stands at the position itself is one of them, and so are those that follow it directly.
    pub(crate) fn path_at(&self, position: usize) -> Vec<String> {
        self.innermost_at(position).map_or_else(Vec::new, |index| self.path(index))
    }

    /// Which heading is the last in the path at a position.
    pub(crate) fn innermost_at(&self, position: usize) -> Option<usize> {
        let begun = self.0.partition_point(|heading| heading.start <= position);
        let index = begun.checked_sub(1)?;
        let heading = self.0.get(index)?;
        Some(if heading.end > position { heading.innermost } else { index })
    }

    /// Whether a position of a program lies in a definition that has no others in it: in a function, as a rule.
    pub(crate) fn encloses_no_other(&self, position: usize) -> bool {
        self.innermost_at(position).is_some_and(|index| {
            let is_named = self.0.get(index).is_some_and(|scope| !scope.text.is_empty());
            is_named && self.0.get(index + 1).is_none_or(|next| next.parent != Some(index) || next.text.is_empty())
        })
    }

    /// At most six steps up, as there are six levels.
    fn path(&self, index: usize) -> Vec<String> {
        let upwards = std::iter::successors(self.0.get(index), |heading| self.0.get(heading.parent?));
        let mut path: Vec<String> = upwards.map(|heading| heading.text.clone()).filter(|text| !text.is_empty()).collect();
        path.reverse();
        path
    }
}

fn find_parents(headings: &mut [Heading]) {
    let mut above: Vec<(usize, u8)> = Vec::new();
    for (index, heading) in headings.iter_mut().enumerate() {
        while above.pop_if(|(_, level)| *level >= heading.level).is_some() {}
        heading.parent = above.last().map(|(index, _)| *index);
        above.push((index, heading.level));
    }
}

fn headings(text: &str, from: usize) -> Vec<Heading> {
    let body = text.get(from..).unwrap_or_default();
    let mut headings: Vec<Heading> = Vec::new();
    let mut open: Option<Heading> = None;
    for (event, range) in Parser::new(body).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                let line_start = body.get(..range.start).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
                let (start, end) = (from + line_start, from + range.end);
                open = Some(Heading { level: level as u8 - 1, text: String::new(), start, end, parent: None, innermost: 0 });
            }
            Event::Text(piece) | Event::Code(piece) => {
                if let Some(heading) = &mut open {
                    heading.text.push_str(&piece);
                }
            }
            Event::SoftBreak | Event::HardBreak => {
                if let Some(heading) = &mut open {
                    heading.text.push(' ');
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                let Some(heading) = open.take() else { continue };
                let text = heading.text.trim().to_owned();
                if !text.is_empty() && text.len() <= HEADING_BYTES {
                    headings.push(Heading { text, ..heading });
                }
            }
            _ => {}
        }
    }
    headings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_follow_levels() {
        let text = "# A\n\none\n\n## B\n\n### C\n\ntwo\n\n## D `x`\n\nthree\n";
        let outline = Outline::of(text, 0);
        let path = |needle: &str| outline.path_at(text.find(needle).unwrap());
        assert_eq!(path("one"), ["A"]);
        assert_eq!(path("two"), ["A", "B", "C"]);
        assert_eq!(path("## B"), ["A", "B", "C"], "a chunk that starts with two headings is about the inner one");
        assert_eq!(path("three"), ["A", "D x"]);
    }

    #[test]
    fn a_heading_starts_where_its_line_does() {
        let text = "# A\n\none\n\n> ## Quoted\n> two\n";
        assert_eq!(Outline::of(text, 0).path_at(text.find('>').unwrap()), ["A", "Quoted"]);
        assert!(Outline::of("before\n\n# A\n", 0).path_at(0).is_empty());
    }

    #[test]
    fn a_paragraph_above_a_line_of_dashes_is_no_heading() {
        let text = format!("{}\n===\n\ntext\n\n# A\n", "All of this is said in one breath. ".repeat(10));
        assert_eq!(Outline::of(&text, 0).first(), Some("A"));
    }
}
