//! HTML parts of books and mails as Markdown.

use std::rc::Rc;

use htmd::element_handler::Handlers;
use htmd::{Element, HtmlToMarkdown, Node};

/// Deeper parts are not converted: the converter descends by recursion.
const MAX_DEPTH: usize = 500;

/// Not part of what a page says.
const SKIPPED: [&str; 11] = ["button", "canvas", "head", "iframe", "img", "nav", "noscript", "script", "style", "svg", "template"];

/// Elements that have no content and no end tag.
const VOID: [&str; 14] = ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];

/// Converts a page; the error says what is wrong with it.
pub(super) fn to_markdown(html: &str) -> Result<String, String> {
    // Of a link only its text is kept: addresses drown the words around them.
    let link_text = |handlers: &dyn Handlers, link: Element<'_>| Some(handlers.walk_children(link.node));
    let converter = HtmlToMarkdown::builder().skip_tags(SKIPPED.to_vec()).add_handler(vec!["a"], link_text).build();
    let tree = converter.html_to_tree(html).map_err(|error| error.to_string())?;
    let depth = depth(&tree);
    if depth > MAX_DEPTH {
        return Err(format!("its elements are nested {depth} deep, the limit is {MAX_DEPTH}"));
    }
    Ok(converter.tree_to_markdown(&tree))
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

/// XHTML as HTML: `<title/>` and the like get an end tag, without which they would swallow what follows.
pub(super) fn from_xhtml(xhtml: &str) -> String {
    let mut html = String::with_capacity(xhtml.len());
    let mut rest = xhtml;
    while let Some((before, after)) = rest.split_once("/>") {
        let (text, tag) = before.rsplit_once('<').unwrap_or((before, ""));
        let name: String = tag.chars().take_while(|letter| !letter.is_whitespace()).collect();
        let is_tag = before.len() > text.len() && !tag.contains('>') && name.starts_with(|letter: char| letter.is_ascii_alphabetic());
        html.push_str(before);
        if is_tag && !VOID.contains(&name.to_ascii_lowercase().as_str()) {
            html.push_str(&format!("></{name}>"));
        } else {
            html.push_str("/>");
        }
        rest = after;
    }
    html.push_str(rest);
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xhtml() {
        let check = |xhtml: &str, expected: &str| assert_eq!(from_xhtml(xhtml), expected);
        check("<title/><p>a<br/>b<a id=\"x\" />c</p>", "<title></title><p>a<br/>b<a id=\"x\" ></a>c</p>");
        check("a /> b <", "a /> b <");
        assert_eq!(to_markdown(&from_xhtml("<html><head><title/></head><body><h1>A</h1><p>b</p></body></html>")).unwrap(), "# A\n\nb");
    }

    #[test]
    fn deep_pages_are_refused() {
        assert!(to_markdown(&"<div>".repeat(3000)).unwrap_err().contains("nested"));
    }
}
