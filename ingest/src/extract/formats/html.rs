//! HTML to Markdown, so that headings, lists and tables survive and one chunker does for both.

use std::rc::Rc;

use htmd::element_handler::Handlers;
use htmd::{Element, HtmlToMarkdown, Node};

use crate::IngestError;

/// Deeper pages are refused: the converter descends by recursion.
const MAX_DEPTH: usize = 500;

/// Not part of what a page says.
const SKIPPED: [&str; 14] =
    ["aside", "button", "canvas", "footer", "form", "head", "iframe", "img", "nav", "noscript", "script", "style", "svg", "template"];

pub(super) struct Page {
    pub(super) title: Option<String>,
    pub(super) markdown: String,
}

pub(super) fn to_markdown(html: &str) -> Result<Page, IngestError> {
    // Of a link only its text is kept: addresses drown the words around them.
    let link_text = |handlers: &dyn Handlers, link: Element<'_>| Some(handlers.walk_children(link.node));
    let converter = HtmlToMarkdown::builder().skip_tags(SKIPPED.to_vec()).add_handler(vec!["a"], link_text).build();
    let tree = converter.html_to_tree(html).map_err(|source| IngestError::Html { source })?;
    let depth = depth(&tree);
    if depth > MAX_DEPTH {
        return Err(IngestError::HtmlTooDeep { depth, limit: MAX_DEPTH });
    }
    Ok(Page { title: title(&tree), markdown: converter.tree_to_markdown(&tree) })
}

fn depth(tree: &Rc<Node>) -> usize {
    let mut deepest = 0;
    let mut open = vec![(Rc::clone(tree), 1)];
    while let Some((node, depth)) = open.pop() {
        deepest = deepest.max(depth);
        open.extend(node.children.borrow().iter().map(|child| (Rc::clone(child), depth + 1)));
    }
    deepest
}

/// The text of the first `<title>`.
fn title(tree: &Rc<Node>) -> Option<String> {
    let mut open = vec![Rc::clone(tree)];
    while let Some(node) = open.pop() {
        if is_title(&node) {
            let text: String = node.children.borrow().iter().filter_map(text).collect();
            return Some(text.split_whitespace().collect::<Vec<_>>().join(" "));
        }
        open.extend(node.children.borrow().iter().rev().map(Rc::clone));
    }
    None
}

fn is_title(node: &Rc<Node>) -> bool {
    matches!(&node.data, markup5ever_rcdom::NodeData::Element { name, .. } if &*name.local == "title")
}

fn text(node: &Rc<Node>) -> Option<String> {
    match &node.data {
        markup5ever_rcdom::NodeData::Text { contents } => Some(contents.borrow().to_string()),
        _ => None,
    }
}
