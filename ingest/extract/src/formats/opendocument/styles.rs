//! The styles that say what a paragraph or a list is.

use std::collections::{HashMap, HashSet};

use super::super::xml::{Token, Xml};

/// Styles that inherit from each other in a longer chain do so in a circle.
const ANCESTORS: usize = 20;

#[derive(Default)]
pub(super) struct Styles {
    parents: HashMap<String, String>,
    levels: HashMap<String, u8>,
    numbered: HashSet<(String, u32)>,
}

impl Styles {
    /// Takes the styles from a part, up to its body.
    pub(super) fn learn(&mut self, part: &str) {
        let mut xml = Xml::new(part);
        let mut list = String::new();
        while let Some(token) = xml.next() {
            let Token::Start(tag) = token else { continue };
            match tag.name() {
                "office:body" => return,
                "style:style" => {
                    let Some(name) = tag.attribute("style:name") else { continue };
                    if let Some(level) = tag.number("style:default-outline-level").and_then(|level| u8::try_from(level).ok()) {
                        self.levels.insert(name.clone(), level);
                    }
                    if let Some(parent) = tag.attribute("style:parent-style-name") {
                        self.parents.insert(name, parent);
                    }
                }
                "text:list-style" => list = tag.attribute("style:name").unwrap_or_default(),
                "text:list-level-style-number" => {
                    self.numbered.insert((list.clone(), tag.number("text:level").unwrap_or(1)));
                }
                _ => {}
            }
        }
    }

    /// The level of the heading that paragraphs in this style are, if they are one.
    pub(super) fn heading_level(&self, style: &str) -> Option<u8> {
        let mut name = style;
        for _ in 0..ANCESTORS {
            if name == "Title" {
                return Some(1);
            }
            if let Some(level) = self.levels.get(name).filter(|level| **level > 0) {
                return Some(*level);
            }
            name = self.parents.get(name)?;
        }
        None
    }

    /// Whether a list in this style is numbered at a level, from 1.
    pub(super) fn is_numbered(&self, list: &str, level: u32) -> bool {
        self.numbered.contains(&(list.to_owned(), level))
    }
}
