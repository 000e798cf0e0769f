//! The pages that a page links to.

use ragstone_markup::Links;
use url::Url;

use super::address::resolve;

/// The targets of a page's links, in order, repeats included.
pub(super) fn links(url: &Url, html: &[u8]) -> Vec<Url> {
    // What is not UTF-8 is text between the links.
    let Ok(Links { base, targets }) = Links::of(&String::from_utf8_lossy(html)) else { return Vec::new() };
    let base = base.and_then(|base| url.join(&base).ok()).unwrap_or_else(|| url.clone());
    targets.iter().filter_map(|target| resolve(&base, target)).collect()
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
        assert_eq!(targets(format!("{}<a href=b>", "<div>".repeat(19_000)).as_bytes()), ["https://x.org/docs/b"]);
    }
}
