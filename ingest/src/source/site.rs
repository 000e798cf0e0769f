//! A page, or the pages of a site.

mod address;
mod crawl;
mod fetch;
mod links;
mod network;
mod pace;
mod response;
mod sitemap;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;

use self::address::{Scope, parse};
use self::crawl::{Crawl, usable};
use self::fetch::Fetcher;
use super::{KnownVersions, OpenedSource, SourceConfig};
use crate::{IngestError, SourceError};

#[cfg(feature = "s3")]
pub(super) use network::install_crypto_provider;
pub(super) use network::public_address;

/// A page or a site. `robots.txt` is respected; a page's source is its URL after all redirects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SiteSource {
    /// Where to begin, with its scheme.
    pub url: String,
    /// Which other pages are read.
    #[serde(default)]
    pub follow: Follow,
    /// No more pages than this are asked for.
    #[serde(default = "default_max_pages")]
    pub max_pages: usize,
}

/// Which pages of a site are read. All are below the folder of its URL: for `https://x/docs/intro.html` below `https://x/docs/`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Follow {
    /// Only the page itself.
    #[default]
    Page,
    /// Those in the site's sitemap, which `robots.txt` names, or which is `/sitemap.xml`. If the URL is that of a
    /// sitemap (it ends in `.xml` or `.gz`), those that it lists, wherever on the host they are.
    Sitemap,
    /// Those that the page links to, and so on. Every HTML page is read each time, as its links may lead to something new.
    Links,
}

fn default_max_pages() -> usize {
    10_000
}

impl SiteSource {
    /// Only this page.
    pub fn page(url: impl Into<String>) -> Self {
        Self { url: url.into(), follow: Follow::Page, max_pages: default_max_pages() }
    }

    pub(super) fn scope(&self) -> Result<Scope, IngestError> {
        let url = parse(&self.url)?;
        Ok(match self.follow {
            Follow::Page => Scope::page(&url),
            Follow::Sitemap if sitemap::is_sitemap(&url) => Scope::host(&url),
            Follow::Sitemap | Follow::Links => Scope::folder(&url),
        })
    }

    pub(super) fn open(&self, config: &SourceConfig, known: KnownVersions, prune: bool) -> Result<OpenedSource, IngestError> {
        let scope = self.scope()?;
        let start = parse(&self.url)?;
        let runtime = Handle::try_current().map_err(|_| SourceError::NoRuntime)?;
        let fetcher = Fetcher::new(config, usable(known, self.follow))?;
        let prunable_roots: Vec<String> = scope.prunable_root().into_iter().collect();
        let total = (self.follow == Follow::Page).then_some(1);
        let crawl = Crawl::new(self, start, scope, fetcher, prune && !prunable_roots.is_empty());
        Ok(OpenedSource { items: Box::new(crawl.into_items(runtime)), total, prunable_roots })
    }
}
