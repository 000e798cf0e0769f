//! Elements and texts, one after the other, as Markdown.

use super::role::Role;
use crate::extract::reading::Reading;
use crate::markdown::parse_date;
use ragstone_markup::{Blocks, one_line};

/// Takes elements and texts in, and writes blocks.
#[derive(Default)]
pub(super) struct Writer {
    blocks: Blocks,
    head: Reading,
    open: Vec<Element>,
    /// The text of the block that is being read.
    words: String,
    rows: Vec<Vec<String>>,
    authors: Vec<String>,
    /// The person or the date that is being read, by its parts.
    parts: Vec<(String, String)>,
}

struct Element {
    name: String,
    role: Role,
    has_elements: bool,
    /// Values of a record, by their names, that are not written yet.
    values: Vec<(String, String)>,
}

impl Writer {
    pub(super) fn is_in(&self, role: Role) -> bool {
        self.open.iter().any(|element| element.role == role)
    }

    /// Whether the innermost element, or the one around it, has one of these names.
    pub(super) fn is_inside(&self, names: &str) -> bool {
        let mut around = self.open.iter().rev().take(2);
        around.any(|element| names.split(' ').any(|name| element.name.eq_ignore_ascii_case(name)))
    }

    /// Whether an element of this name is open.
    pub(super) fn is_under(&self, name: &str) -> bool {
        self.open.iter().any(|element| element.name == name)
    }

    /// Whether what comes is part of a block of text.
    pub(super) fn is_in_text(&self) -> bool {
        let is_text = |element: &Element| {
            matches!(element.role, Role::Title | Role::Paragraph | Role::Code | Role::Cell | Role::Item | Role::Keyword)
        };
        self.open.iter().any(is_text)
    }

    fn is_set_aside(&self) -> bool {
        self.open.iter().any(|element| matches!(element.role, Role::Silent | Role::Person | Role::Date))
    }

    pub(super) fn start(&mut self, name: String, role: Role) {
        let is_set_aside = self.is_set_aside();
        let is_inline = role == Role::Inline;
        if !is_set_aside && !is_inline && !self.is_in(Role::Cell) {
            self.end_words();
        }
        if let Some(around) = self.open.last_mut() {
            around.has_elements |= !is_inline;
        }
        // What is around a record of its own is written before it.
        if let Some(before) = self.open.len().checked_sub(2) {
            self.write_values(before);
        }
        if !is_inline && role != Role::Other && !is_set_aside {
            self.write_values(self.open.len().saturating_sub(1));
        }
        if is_inline && matches!(name.as_str(), "br" | "break" | "lb") {
            self.words.push('\n');
        }
        match role {
            Role::Person | Role::Date if !is_set_aside => self.parts.clear(),
            Role::Row => self.rows.push(Vec::new()),
            _ => {}
        }
        self.open.push(Element { name, role, has_elements: false, values: Vec::new() });
    }

    pub(super) fn attribute(&mut self, name: &str, value: &str) {
        if let Some(element) = self.open.last_mut().filter(|_| !value.trim().is_empty()) {
            element.values.push((name.to_owned(), one_line(value)));
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        if !self.is_set_aside() {
            self.words.push_str(text);
        } else if !self.is_in(Role::Silent)
            && let Some(element) = self.open.last()
        {
            match self.parts.last_mut().filter(|(name, _)| *name == element.name) {
                Some((_, part)) => part.push_str(text),
                None => self.parts.push((element.name.clone(), text.to_owned())),
            }
        }
    }

    pub(super) fn end(&mut self) {
        self.write_values(self.open.len().saturating_sub(1));
        let Some(element) = self.open.pop() else { return };
        if self.is_set_aside() {
            return;
        }
        match element.role {
            Role::Inline | Role::Row | Role::Silent => {
                // In a reference, each part is a word of its own.
                if element.role == Role::Inline && self.open.iter().any(|around| around.name == "ref") {
                    self.words.push(' ');
                }
            }
            Role::Cell => {
                let cell = one_line(&std::mem::take(&mut self.words));
                self.rows.last_mut().into_iter().for_each(|row| row.push(cell.clone()));
            }
            Role::Table => {
                self.words.clear();
                let rows = std::mem::take(&mut self.rows);
                self.blocks.table(&rows);
            }
            Role::Person => self.person(),
            Role::Date => self.date(),
            Role::Other if !element.has_elements => {
                let value = one_line(&std::mem::take(&mut self.words));
                match self.open.last_mut().filter(|_| !value.is_empty()) {
                    Some(around) => around.values.push((element.name, value)),
                    None => self.blocks.paragraph(&value),
                }
            }
            role => self.end_block(role),
        }
    }

    /// Ends what was said outside of any block, or in one before something else began in it.
    fn end_words(&mut self) {
        let role = self.open.last().map_or(Role::Other, |element| element.role);
        self.end_block(role);
    }

    fn end_block(&mut self, role: Role) {
        let words = std::mem::take(&mut self.words);
        if self.is_in(Role::Cell) {
            self.words = words + " ";
            return;
        }
        if words.trim().is_empty() {
            return;
        }
        match role {
            Role::Title => self.heading(&words),
            Role::Code => self.blocks.code("", &words),
            Role::Keyword => self.head.tags.push(one_line(&words)),
            _ if self.is_in(Role::Item) || role == Role::Item => {
                let depth = self.open.iter().filter(|element| element.role == Role::Item).count() + usize::from(role == Role::Item);
                self.blocks.item(depth.saturating_sub(2).min(8), "-", &words);
            }
            _ => self.blocks.paragraph(&one_line(&words)),
        }
    }

    fn heading(&mut self, title: &str) {
        let sections = self.open.iter().filter(|element| element.role == Role::Section).count();
        if self.head.title.is_none() && sections == 0 {
            self.head.title = Some(one_line(title));
        }
        self.blocks.heading(sections + 1, title);
    }

    /// Writes the values of a record: with their names where these tell them apart.
    fn write_values(&mut self, index: usize) {
        let Some(values) = self.open.get_mut(index).map(|element| std::mem::take(&mut element.values)).filter(|values| !values.is_empty())
        else {
            return;
        };
        if self.is_set_aside() {
            return;
        }
        let is_one_kind = values.iter().all(|(name, _)| values.first().is_some_and(|(first, _)| first == name));
        if is_one_kind {
            values.iter().for_each(|(_, value)| self.blocks.paragraph(value));
            return;
        }
        let lines: Vec<String> = values.iter().map(|(name, value)| format!("{}: {value}", name.replace('_', " "))).collect();
        self.blocks.paragraph(&lines.join("\n"));
    }

    fn person(&mut self) {
        let is_name = |name: &str| {
            ["given-names", "firstname", "forename", "surname", "lastname", "personname", "name", "string-name", "collab", "author"]
                .contains(&name)
        };
        let mut parts: Vec<(&str, String)> = self
            .parts
            .iter()
            .filter(|(name, part)| is_name(name) && !part.trim().is_empty())
            .map(|(name, part)| (name.as_str(), one_line(part)))
            .collect();
        // `Ann Author`, however it is written.
        parts.sort_by_key(|(name, _)| matches!(*name, "surname" | "lastname"));
        let person: Vec<String> = parts.into_iter().map(|(_, part)| part).collect();
        if !person.is_empty() {
            self.authors.push(person.join(" "));
            self.authors.dedup();
        }
    }

    fn date(&mut self) {
        let number =
            |wanted: &str| self.parts.iter().find(|(name, _)| name == wanted).and_then(|(_, part)| part.trim().parse::<u32>().ok());
        let date = match number("year") {
            Some(year) => parse_date(&format!("{year:04}-{:02}-{:02}", number("month").unwrap_or(1), number("day").unwrap_or(1))),
            None => self.parts.iter().find_map(|(_, part)| parse_date(part.trim())),
        };
        self.head.date = self.head.date.or(date);
    }

    pub(super) fn finish(mut self) -> Reading {
        while !self.open.is_empty() {
            self.end();
        }
        self.end_block(Role::Paragraph);
        self.head.property("author", &self.authors.join(", "));
        Reading { text: self.blocks.into_text(), ..self.head }
    }
}
