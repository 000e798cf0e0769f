//! HTML to Markdown, so that headings, lists and tables survive and one chunker does for both.

mod flat;
mod links;
mod table;

use std::collections::HashMap;
use std::io;
use std::rc::Rc;

use htmd::element_handler::Handlers;
use htmd::{Element, HtmlToMarkdown, Node};
use markup5ever_rcdom::NodeData;

use self::flat::Shape;
pub use self::links::Links;

/// Deeper pages are read without their structure: the converter descends by recursion.
const MAX_DEPTH: usize = 500;

/// A page of HTML.
#[derive(Debug, Default)]
pub struct Page {
    /// What it says: Markdown, or plain text if it was [`flattened`](Self::flattened).
    pub text: String,
    /// Why its structure was left out, where it was: it nests too deep, or has too many elements.
    pub flattened: Option<String>,
    /// Its `<title>`.
    pub title: Option<String>,
    /// The language that it says it is in.
    pub language: String,
    /// What its `<meta>` say, by their names in lower case; the first of each.
    named: HashMap<String, String>,
}

impl Page {
    /// Reads a page without the content of some elements. Takes time and memory in proportion to its length, however it is
    /// nested.
    pub fn read(html: &str, skipped: &[&'static str]) -> io::Result<Self> {
        let shape = Shape::of(html);
        if shape.is_too_large() {
            return Ok(Self::flat(html, skipped, format!("has {shape}")));
        }
        // Of a link only its text is kept: addresses drown the words around them.
        let link_text = |handlers: &dyn Handlers, link: Element<'_>| Some(handlers.walk_children(link.node));
        let mut converter = HtmlToMarkdown::builder().add_handler(vec!["a"], link_text).add_handler(vec!["table"], table::write);
        if !skipped.is_empty() {
            converter = converter.skip_tags(skipped.to_vec());
        }
        let converter = converter.build();
        let tree = converter.html_to_tree(html)?;
        let mut page = Self::default();
        if !page.learn(&tree) {
            return Ok(Self::flat(html, skipped, format!("has elements more than {MAX_DEPTH} deep in each other")));
        }
        page.text = converter.tree_to_markdown(&tree);
        Ok(page)
    }

    /// What the first of these `<meta>` says that says something; nothing if none does.
    pub fn named(&self, names: &[&str]) -> &str {
        names.iter().find_map(|name| self.named.get(*name)).map_or("", String::as_str)
    }

    fn flat(html: &str, skipped: &[&str], why: String) -> Self {
        Self { text: flat::text(html, skipped), flattened: Some(why), ..Self::default() }
    }

    /// Takes what it says about itself; false for a page that is too deep.
    fn learn(&mut self, tree: &Rc<Node>) -> bool {
        let mut open = vec![(Rc::clone(tree), 1)];
        while let Some((node, depth)) = open.pop() {
            if depth > MAX_DEPTH {
                return false;
            }
            self.take(&node);
            open.extend(node.children.borrow().iter().rev().map(|child| (Rc::clone(child), depth + 1)));
        }
        true
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
}

fn text(node: &Rc<Node>) -> Option<String> {
    match &node.data {
        NodeData::Text { contents } => Some(contents.borrow().to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deep_and_wide_pages_keep_their_words() {
        for depth in [3_000, 200_000] {
            let page = Page::read(&format!("<html>{}deep &amp; down", "<div>".repeat(depth)), &[]).unwrap();
            assert_eq!(page.text, "deep & down");
            assert!(page.flattened.is_some_and(|why| why.contains("deep in each other")));
        }
        let left_open: String = (0..450).map(|number| format!("<b class={number}>")).collect();
        let page = Page::read(&format!("<p>{left_open}one</p>{}", "<p>x".repeat(5_000)), &[]).unwrap();
        assert!(page.flattened.is_some_and(|why| why.contains(" elements, ")));
    }
}
