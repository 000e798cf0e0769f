//! What a Markdown file says about itself: front matter and headings.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use pulldown_cmark::{Event, HeadingLevel, Parser, Tag, TagEnd};
use ragstone_core::{FieldValue, Fields};
use yaml_serde::Value;

/// The YAML between `---` lines at the start of a file. What is not YAML is left as text.
#[derive(Debug, Default)]
pub(crate) struct FrontMatter {
    pub(crate) title: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) date: Option<DateTime<Utc>>,
    pub(crate) fields: Fields,
    /// Where the text after it starts.
    pub(crate) end: usize,
}

impl FrontMatter {
    pub(crate) fn parse(text: &str) -> Self {
        let Some((yaml, end)) = split(text) else { return Self::default() };
        let Ok(Value::Mapping(entries)) = yaml_serde::from_str::<Value>(yaml) else { return Self::default() };
        let mut front_matter = Self { end, ..Self::default() };
        for (key, value) in entries {
            let Value::String(key) = key else { continue };
            front_matter.take(&key, &value);
        }
        front_matter
    }

    fn take(&mut self, key: &str, value: &Value) {
        match (key, value) {
            ("title", Value::String(title)) => self.title = Some(title.clone()),
            ("tags" | "keywords" | "categories", value) => self.tags.extend(texts(value)),
            ("date" | "updated" | "modified", Value::String(date)) => self.date = self.date.or_else(|| parse_date(date)),
            (key, value) => {
                if let Some(value) = field(value) {
                    self.fields.insert(key.to_owned(), value);
                }
            }
        }
    }
}

/// The YAML and where the text after it starts.
fn split(text: &str) -> Option<(&str, usize)> {
    let start = text.strip_prefix("---\n").or_else(|| text.strip_prefix("---\r\n"))?;
    let offset = text.len() - start.len();
    let mut position = offset;
    for line in start.split_inclusive('\n') {
        if matches!(line.trim_end(), "---" | "...") {
            return Some((text.get(offset..position)?, position + line.len()));
        }
        position += line.len();
    }
    None
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(list) => list.split(',').map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect(),
        Value::Sequence(values) => values.iter().flat_map(texts).collect(),
        Value::Number(number) => vec![number.to_string()],
        _ => Vec::new(),
    }
}

fn field(value: &Value) -> Option<FieldValue> {
    match value {
        Value::Bool(value) => Some(FieldValue::Boolean(*value)),
        // Infinities cannot be kept or compared as numbers.
        Value::Number(number) => Some(match number.as_f64().filter(|value| value.is_finite()) {
            Some(value) => FieldValue::Number(value),
            None => FieldValue::Text(number.to_string()),
        }),
        Value::String(text) => Some(FieldValue::Text(text.clone())),
        Value::Sequence(_) => Some(FieldValue::List(texts(value))),
        _ => None,
    }
}

fn parse_date(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.with_timezone(&Utc));
    }
    let date = NaiveDate::parse_from_str(text.get(..10)?, "%Y-%m-%d").ok()?;
    Some(date.and_time(NaiveTime::MIN).and_utc())
}

/// The headings of a Markdown text, in order, and which of them are above which.
#[derive(Debug, Default)]
pub(crate) struct Outline(Vec<Heading>);

#[derive(Debug)]
struct Heading {
    level: HeadingLevel,
    text: String,
    /// The start of its line, and one past its last byte.
    start: usize,
    end: usize,
    /// The heading above it.
    parent: Option<usize>,
    /// The last of the headings that follow it with nothing between; itself where text follows.
    innermost: usize,
}

impl Outline {
    /// The headings of `text` after `from`.
    pub(crate) fn of(text: &str, from: usize) -> Self {
        let mut headings = headings(text, from);
        let mut above: Vec<(usize, HeadingLevel)> = Vec::new();
        for (index, heading) in headings.iter_mut().enumerate() {
            while above.pop_if(|(_, level)| *level >= heading.level).is_some() {}
            heading.parent = above.last().map(|(index, _)| *index);
            above.push((index, heading.level));
        }
        let mut next: Option<(usize, usize)> = None;
        for (index, heading) in headings.iter_mut().enumerate().rev() {
            let follows = |(start, _): &(usize, usize)| text.get(heading.end..*start).is_some_and(|gap| gap.trim().is_empty());
            heading.innermost = next.filter(follows).map_or(index, |(_, innermost)| innermost);
            next = Some((heading.start, heading.innermost));
        }
        Self(headings)
    }

    /// The first heading.
    pub(crate) fn first(&self) -> Option<&str> {
        self.0.first().map(|heading| heading.text.as_str())
    }

    /// Where each heading starts, in order.
    pub(crate) fn starts(&self) -> impl Iterator<Item = usize> {
        self.0.iter().map(|heading| heading.start)
    }

    /// The path of every heading, its own text last.
    pub(crate) fn paths(&self) -> impl Iterator<Item = Vec<String>> {
        (0..self.0.len()).map(|index| self.path(index))
    }

    /// The headings above a position, outermost first.
    ///
    /// A heading that stands at the position itself is one of them, and so are those that follow it directly.
    pub(crate) fn path_at(&self, position: usize) -> Vec<String> {
        let begun = self.0.partition_point(|heading| heading.start <= position);
        let Some((index, heading)) = begun.checked_sub(1).and_then(|last| Some((last, self.0.get(last)?))) else {
            return Vec::new();
        };
        self.path(if heading.end > position { heading.innermost } else { index })
    }

    /// At most six steps up, as there are six levels.
    fn path(&self, index: usize) -> Vec<String> {
        let upwards = std::iter::successors(self.0.get(index), |heading| self.0.get(heading.parent?));
        let mut path: Vec<String> = upwards.map(|heading| heading.text.clone()).collect();
        path.reverse();
        path
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
                open = Some(Heading { level, text: String::new(), start, end, parent: None, innermost: 0 });
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
                if !text.is_empty() {
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
    fn front_matter_that_is_none_is_text() {
        for text in ["---\nnot closed", "--- \nx", "---\n: : :\n\t- [\n---\n", "# A\n---\ntitle: x\n---\n", "---\n- a\n- b\n---\n"] {
            assert_eq!(FrontMatter::parse(text).end, 0, "{text:?}");
        }
    }

    #[test]
    fn paths_follow_levels() {
        let text = "# A\n\none\n\n## B\n\n### C\n\ntwo\n\n## D `x`\n\nthree\n";
        let outline = Outline::of(text, 0);
        let path = |needle: &str| outline.path_at(text.find(needle).unwrap());
        assert_eq!(path("one"), ["A"]);
        assert_eq!(path("two"), ["A", "B", "C"]);
        assert_eq!(path("## B"), ["A", "B", "C"], "a chunk that starts with two headings is about the inner one");
        assert_eq!(path("three"), ["A", "D x"]);
        assert_eq!(outline.paths().last().unwrap(), ["A", "D x"]);
    }

    #[test]
    fn a_heading_starts_where_its_line_does() {
        let text = "# A\n\none\n\n> ## Quoted\n> two\n";
        assert_eq!(Outline::of(text, 0).path_at(text.find('>').unwrap()), ["A", "Quoted"]);
        assert!(Outline::of("before\n\n# A\n", 0).path_at(0).is_empty());
    }

    #[test]
    fn numbers_without_a_value_are_texts() {
        let front_matter = FrontMatter::parse("---\nbudget: .inf\nshare: .nan\n---\n");
        assert_eq!(front_matter.fields.get("budget"), Some(&FieldValue::Text(".inf".to_owned())));
        assert_eq!(front_matter.fields.get("share"), Some(&FieldValue::Text(".nan".to_owned())));
    }
}
