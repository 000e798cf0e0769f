//! What a page links to.

use std::io;
use std::rc::Rc;

use htmd::{HtmlToMarkdown, Node};
use markup5ever_rcdom::NodeData;

use super::flat::Shape;

/// The links of a page, as they are written in it.
#[derive(Debug, Default)]
pub struct Links {
    /// What they are relative to, if the page says so.
    pub base: Option<String>,
    /// In order, repeats included.
    pub targets: Vec<String>,
}

impl Links {
    /// Reads the links of a page; of one that would take too much as a tree of elements, none.
    pub fn of(html: &str) -> io::Result<Self> {
        let mut links = Self::default();
        if Shape::of(html).is_too_large() {
            return Ok(links);
        }
        let tree = HtmlToMarkdown::new().html_to_tree(html)?;
        // The root is held until the end: a tree that is dropped takes its branches apart.
        let mut open = vec![Rc::clone(&tree)];
        while let Some(node) = open.pop() {
            links.take(&node);
            open.extend(node.children.borrow().iter().rev().map(Rc::clone));
        }
        Ok(links)
    }

    fn take(&mut self, node: &Rc<Node>) {
        let NodeData::Element { name, attrs, .. } = &node.data else { return };
        let element = &*name.local;
        let wanted = match element {
            "a" | "area" | "base" => "href",
            "frame" => "src",
            _ => return,
        };
        let attributes = attrs.borrow();
        let Some(found) = attributes.iter().find(|attribute| &*attribute.name.local == wanted) else { return };
        if element == "base" {
            self.base = Some(found.value.to_string());
        } else {
            self.targets.push(found.value.to_string());
        }
    }
}
