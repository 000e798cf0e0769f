//! HTML to Markdown, so that headings, lists and tables survive and one chunker does for both.

mod flat;
mod table;

use std::collections::HashMap;
use std::rc::Rc;

use htmd::element_handler::Handlers;
use htmd::{Element, HtmlToMarkdown, Node};
use markup5ever_rcdom::NodeData;
use ragstone_core::WarningCode;

use self::flat::Shape;
use crate::IngestError;
use crate::extract::reading::Reading;
use crate::markdown::parse_date;

/// Deeper pages are read without their structure: the converter descends by recursion.
const MAX_DEPTH: usize = 500;

/// So are pages that are deeper before they are parsed: the parser looks through all that is open for each element.
const MAX_OPEN: usize = 20_000;

/// And pages of more elements: each takes some 400 bytes.
const MAX_ELEMENTS: usize = 1_000_000;

const TOO_DEEP: &str = "has elements more than 500 deep in each other";

/// Not part of what a page says.
const SKIPPED: [&str; 14] =
    ["aside", "button", "canvas", "footer", "form", "head", "iframe", "img", "nav", "noscript", "script", "style", "svg", "template"];

/// What is said about a page, by the names of its `<meta>`, the best first.
const AUTHORS: [&str; 4] = ["author", "article:author", "dc.creator", "citation_author"];
const DATES: [&str; 7] = [
    "article:modified_time",
    "article:published_time",
    "date",
    "dc.date",
    "dcterms.modified",
    "last-modified",
    "citation_publication_date",
];
const DESCRIPTIONS: [&str; 2] = ["description", "og:description"];

/// Reads a page; what stands around its text is left out.
pub(super) fn read(html: &str) -> Result<Reading, IngestError> {
    let Shape { elements, depth } = Shape::of(html);
    if elements > MAX_ELEMENTS {
        return Ok(without_structure(html, &format!("has {elements} elements, more than {MAX_ELEMENTS}")));
    }
    if depth > MAX_OPEN {
        return Ok(without_structure(html, TOO_DEEP));
    }
    // Of a link only its text is kept: addresses drown the words around them.
    let link_text = |handlers: &dyn Handlers, link: Element<'_>| Some(handlers.walk_children(link.node));
    let converter = HtmlToMarkdown::builder()
        .skip_tags(SKIPPED.to_vec())
        .add_handler(vec!["a"], link_text)
        .add_handler(vec!["table"], table::write)
        .build();
    let tree = converter.html_to_tree(html).map_err(|source| IngestError::Html { source })?;
    let Some(properties) = Properties::of(&tree) else { return Ok(without_structure(html, TOO_DEEP)) };
    let mut reading = Reading { title: properties.title(), ..Reading::markdown(converter.tree_to_markdown(&tree)) };
    reading.property("author", properties.first(&AUTHORS));
    reading.property("description", properties.first(&DESCRIPTIONS));
    reading.property("language", &properties.language);
    reading.date = DATES.iter().find_map(|name| parse_date(properties.first(&[name])));
    reading.tags = properties.first(&["keywords"]).split(',').map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect();
    Ok(reading)
}

fn without_structure(html: &str, why: &str) -> Reading {
    let mut reading = Reading::plain(flat::text(html, &SKIPPED));
    reading.warn(WarningCode::Damaged, format!("{why}: read as plain text"));
    reading
}

/// What a page says about itself.
#[derive(Default)]
struct Properties {
    title: Option<String>,
    language: String,
    /// By the names of its `<meta>`, in lower case; the first of each.
    named: HashMap<String, String>,
}

impl Properties {
    /// Nothing for a page that is too deep.
    fn of(tree: &Rc<Node>) -> Option<Self> {
        let mut properties = Self::default();
        let mut open = vec![(Rc::clone(tree), 1)];
        while let Some((node, depth)) = open.pop() {
            if depth > MAX_DEPTH {
                return None;
            }
            properties.take(&node);
            open.extend(node.children.borrow().iter().rev().map(|child| (Rc::clone(child), depth + 1)));
        }
        Some(properties)
    }

    fn take(&mut self, node: &Rc<Node>) {
        let NodeData::Element { name, attrs, .. } = &node.data else { return };
        let attributes = attrs.borrow();
        let attribute = |wanted: &[&str]| {
            attributes.iter().find(|attribute| wanted.contains(&&*attribute.name.local)).map(|found| found.value.to_string())
        };
        match &*name.local {
            // A picture may have a title too, but it is not the first.
            "title" if self.title.is_none() => self.title = Some(node.children.borrow().iter().filter_map(text).collect()),
            "html" => self.language = attribute(&["lang"]).unwrap_or_default(),
            "meta" => {
                if let (Some(name), Some(content)) = (attribute(&["name", "property", "http-equiv"]), attribute(&["content"])) {
                    self.named.entry(name.to_ascii_lowercase()).or_insert(content);
                }
            }
            _ => {}
        }
    }

    fn first(&self, names: &[&str]) -> &str {
        names.iter().find_map(|name| self.named.get(*name)).map_or("", String::as_str)
    }

    fn title(&self) -> Option<String> {
        let title = self.title.as_deref().filter(|title| !title.trim().is_empty()).unwrap_or(self.first(&["og:title"]));
        Some(title.to_owned()).filter(|title| !title.is_empty())
    }
}

fn text(node: &Rc<Node>) -> Option<String> {
    match &node.data {
        NodeData::Text { contents } => Some(contents.borrow().to_string()),
        _ => None,
    }
}
