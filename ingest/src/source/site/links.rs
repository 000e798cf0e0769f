//! The pages that a page links to.

use std::rc::Rc;

use htmd::{HtmlToMarkdown, Node};
use markup5ever_rcdom::NodeData;
use url::Url;

use super::address::resolve;

/// The targets of a page's links, in order, repeats included.
pub(super) fn links(url: &Url, html: &[u8]) -> Vec<Url> {
    // What is not UTF-8 is text between the links.
    let Ok(tree) = HtmlToMarkdown::new().html_to_tree(&String::from_utf8_lossy(html)) else { return Vec::new() };
    let mut base = url.clone();
    let mut targets = Vec::new();
    // The root is held until the end: a tree that is dropped takes its branches apart.
    let mut open = vec![Rc::clone(&tree)];
    while let Some(node) = open.pop() {
        match attribute(&node) {
            Some(("base", target)) => base = url.join(&target).unwrap_or(base),
            Some((_, target)) => targets.push(target),
            None => {}
        }
        open.extend(node.children.borrow().iter().rev().map(Rc::clone));
    }
    targets.iter().filter_map(|target| resolve(&base, target)).collect()
}

/// The address in an element that leads to a page.
fn attribute(node: &Rc<Node>) -> Option<(&'static str, String)> {
    let NodeData::Element { name, attrs, .. } = &node.data else { return None };
    let (element, wanted) = match &*name.local {
        "a" => ("a", "href"),
        "area" => ("area", "href"),
        "base" => ("base", "href"),
        "frame" => ("frame", "src"),
        _ => return None,
    };
    let attributes = attrs.borrow();
    let value = attributes.iter().find(|attribute| &*attribute.name.local == wanted)?.value.to_string();
    Some((element, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_resolved() {
        let url = Url::parse("https://x.org/docs/a.html").unwrap();
        let targets = |html: &[u8]| links(&url, html).iter().map(Url::to_string).collect::<Vec<_>>();
        assert_eq!(
            targets(
                b"<p><a href='b.html#x'>b</a> <A HREF=\"/c?d=1&amp;e=2\">\xff</a> <a name=x> <a href='mailto:x'>m</a> <area href=../z>"
            ),
            ["https://x.org/docs/b.html", "https://x.org/c?d=1&e=2", "https://x.org/z"]
        );
        assert_eq!(targets(b"<head><base href='/other/'></head><a href=b>"), ["https://x.org/other/b"]);
        assert_eq!(targets(format!("{}<a href=b>", "<div>".repeat(20_000)).as_bytes()), ["https://x.org/docs/b"]);
    }
}
