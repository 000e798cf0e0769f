//! URLs as identities, and which of them belong to a site.

use url::Url;

use crate::{IngestError, SourceError};

/// Longer ones are made by mistake, or as a trap.
const LONGEST_URL: usize = 2048;

/// A URL that a user gives.
pub(super) fn parse(text: &str) -> Result<Url, IngestError> {
    let url = Url::parse(text.trim()).map_err(|source| SourceError::InvalidUrl { url: text.to_owned(), source })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(SourceError::Scheme { url: text.to_owned(), scheme: url.scheme().to_owned() }.into());
    }
    if !url.username().is_empty() || url.password().is_some() {
        let mut bare = url;
        // Neither fails for http.
        let _ = bare.set_username("").and_then(|()| bare.set_password(None));
        return Err(SourceError::CredentialsInUrl { url: bare.to_string() }.into());
    }
    Ok(canonical(url))
}

/// The target of a link or redirect; nothing if it is no page.
pub(super) fn resolve(base: &Url, target: &str) -> Option<Url> {
    let url = base.join(target.trim()).ok()?;
    let is_page = matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none();
    (is_page && url.as_str().len() <= LONGEST_URL).then(|| canonical(url))
}

/// Two addresses of one page shall be equal: no fragment, no empty query, no dot after the host. The parser has already
/// dropped default ports and made scheme and host lower case.
fn canonical(mut url: Url) -> Url {
    url.set_fragment(None);
    if url.query() == Some("") {
        url.set_query(None);
    }
    if let Some(host) = url.host_str().and_then(|host| host.strip_suffix('.')).map(str::to_owned) {
        // Fails only for a host that is nothing but a dot.
        let _ = url.set_host(Some(&host));
    }
    url
}

/// Which URLs are read.
#[derive(Debug, Clone)]
pub(in crate::source) struct Scope {
    prefix: String,
    /// Whether all that begins with the prefix is meant.
    is_whole: bool,
}

impl Scope {
    /// One page.
    pub(super) fn page(url: &Url) -> Self {
        Self { prefix: url.to_string(), is_whole: url.query().is_some() || last_part(url).contains('.') }
    }

    /// The whole host.
    pub(super) fn host(url: &Url) -> Self {
        Self { prefix: format!("{}/", url.origin().ascii_serialization()), is_whole: true }
    }

    /// The folder that a page is in. What has no ending is a folder itself: `/docs` is `/docs` and all below.
    pub(super) fn folder(url: &Url) -> Self {
        let path = url.path();
        let (folder, last) = path.rsplit_once('/').unwrap_or(("", path));
        let path = if last.contains('.') || last.is_empty() { format!("{folder}/") } else { path.to_owned() };
        Self { prefix: format!("{}{path}", url.origin().ascii_serialization()), is_whole: true }
    }

    /// With what the URL of every page begins.
    pub(in crate::source) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Where what is not found any more is gone. Below a single page there may be others, of other sources: nothing is
    /// removed there, unless the page has an ending and so nothing below it.
    pub(super) fn prunable_root(&self) -> Option<String> {
        self.is_whole.then(|| self.prefix.clone())
    }

    pub(super) fn contains(&self, url: &Url) -> bool {
        let below = url.as_str().strip_prefix(&self.prefix);
        below.is_some_and(|rest| rest.is_empty() || self.prefix.ends_with('/') || rest.starts_with(['/', '?']))
    }
}

fn last_part(url: &Url) -> &str {
    url.path().rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_page_are_equal() {
        let check = |text: &str, expected: &str| assert_eq!(parse(text).unwrap().as_str(), expected);
        check("HTTPS://Example.COM:443/Docs?#top", "https://example.com/Docs");
        check(" http://example.com.:80 ", "http://example.com/");
        check("https://example.com/a/../b/./c", "https://example.com/b/c");
        check("https://bücher.example/größe", "https://xn--bcher-kva.example/gr%C3%B6%C3%9Fe");
        check("http://2130706433/", "http://127.0.0.1/");
    }

    #[test]
    fn what_is_no_page_is_named() {
        let check = |text: &str, expected: &str| {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check("example.com", "`example.com` is not a URL: write it with its scheme");
        check("file:///etc/passwd", "has the scheme `file`");
        check("https://user:secret@example.com/", "`https://example.com/` contains a user name or password");
        let base = parse("https://example.com/docs/").unwrap();
        for link in ["mailto:a@b.c", "javascript:x()", "https://u:p@example.com/", "http://[", &"x".repeat(3000)] {
            assert!(resolve(&base, link).is_none(), "{link}");
        }
    }

    #[test]
    fn nothing_is_removed_below_a_page() {
        let root = |text: &str| Scope::page(&parse(text).unwrap()).prunable_root();
        assert_eq!([root("https://x.org/"), root("https://x.org/docs")], [None, None]);
        assert_eq!(root("https://x.org/a.html").as_deref(), Some("https://x.org/a.html"));
    }

    #[test]
    fn scopes_end_at_folders() {
        let scope = |text: &str| Scope::folder(&parse(text).unwrap());
        let check = |text: &str, prefix: &str| assert_eq!(scope(text).prefix(), prefix);
        check("https://x.org", "https://x.org/");
        check("https://x.org/docs/intro.html?page=2", "https://x.org/docs/");
        check("https://x.org/docs/", "https://x.org/docs/");
        check("https://x.org/docs", "https://x.org/docs");
        for (url, inside) in
            [("https://x.org/docs/a", true), ("https://x.org/docs?a", true), ("https://x.org/docs2", false), ("http://x.org/docs", false)]
        {
            assert_eq!(scope("https://x.org/docs").contains(&parse(url).unwrap()), inside, "{url}");
        }
    }
}
