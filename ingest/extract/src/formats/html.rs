//! HTML parts of books and mails as Markdown.

use ragstone_markup::Page;

use crate::markup;

/// Not part of what a page says.
const SKIPPED: [&str; 11] = ["button", "canvas", "head", "iframe", "img", "nav", "noscript", "script", "style", "svg", "template"];

/// Elements that have no content and no end tag.
const VOID: [&str; 14] = ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];

/// A part as Markdown.
pub(super) struct Converted {
    pub(super) markdown: String,
    /// What is wrong with it, where its structure was left out.
    pub(super) fault: Option<String>,
}

/// Converts a page; the error says what is wrong with it.
pub(super) fn to_markdown(html: &str) -> Result<Converted, String> {
    let page = Page::read(html, &SKIPPED).map_err(|error| error.to_string())?;
    let markdown = if page.flattened.is_some() { markup::paragraph(&page.text).into_owned() } else { page.text };
    Ok(Converted { markdown, fault: page.flattened.map(|why| format!("it {why}, and was read as plain text")) })
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
        assert_eq!(
            to_markdown(&from_xhtml("<html><head><title/></head><body><h1>A</h1><p>b</p></body></html>")).unwrap().markdown,
            "# A\n\nb"
        );
    }

    #[test]
    fn deep_pages_keep_their_words() {
        let deep = to_markdown(&format!("{}# words", "<div>".repeat(200_000))).unwrap();
        assert_eq!(deep.markdown, "\\# words");
        assert!(deep.fault.unwrap().contains("deep in each other"));
    }
}
