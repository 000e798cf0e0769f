//! Which page comes next.

use std::collections::{HashSet, VecDeque};

use tokio::runtime::Handle;
use url::Url;

use super::address::{Scope, resolve};
use super::fetch::{FetchFailure, Fetched, Fetcher, Page, Wanted};
use super::links::links;
use super::sitemap::{LARGEST, Sitemap, is_sitemap};
use super::{Follow, SiteSource};
use crate::source::{KnownVersions, RawDocument, SourceItem};
use crate::{IngestError, SourceError};

/// An index may list sitemaps by the thousand.
const MAX_SITEMAPS: usize = 1_000;

/// After so many failures in a row nobody is at home.
const GIVE_UP_AFTER: u32 = 10;

/// Marks the version of a page that leads nowhere, so that it need not be read for its links.
const LEAF: &str = "leaf ";

/// The versions that may be asked about: of a page whose links are followed, none.
pub(super) fn usable(known: KnownVersions, follow: Follow) -> KnownVersions {
    let own = |validator: String| match validator.strip_prefix(LEAF) {
        Some(leaf) => Some(leaf.to_owned()),
        None => (follow != Follow::Links).then_some(validator),
    };
    known.into_iter().filter_map(|(source, validator)| Some((source, own(validator)?))).collect()
}

/// A walk through a site.
pub(super) struct Crawl {
    fetcher: Fetcher,
    start: Url,
    scope: Scope,
    follow: Follow,
    max_pages: usize,
    prune: bool,
    started: bool,
    /// Sitemaps and pages to ask for, and all that ever were.
    sitemaps: VecDeque<Url>,
    waiting: VecDeque<Url>,
    queued: HashSet<Url>,
    sitemaps_queued: HashSet<Url>,
    /// Pages that came, under their last URLs.
    arrived: HashSet<Url>,
    ready: VecDeque<SourceItem>,
    /// Why pages may exist that were not found.
    incomplete: Option<&'static str>,
    failures_in_a_row: u32,
}

impl Crawl {
    pub(super) fn new(site: &SiteSource, start: Url, scope: Scope, fetcher: Fetcher, prune: bool) -> Self {
        Self {
            fetcher,
            start,
            scope,
            follow: site.follow,
            max_pages: site.max_pages,
            prune,
            started: false,
            sitemaps: VecDeque::new(),
            waiting: VecDeque::new(),
            queued: HashSet::new(),
            sitemaps_queued: HashSet::new(),
            arrived: HashSet::new(),
            ready: VecDeque::new(),
            incomplete: None,
            failures_in_a_row: 0,
        }
    }

    pub(super) fn into_items(mut self, runtime: Handle) -> impl Iterator<Item = SourceItem> + Send {
        std::iter::from_fn(move || runtime.block_on(self.next()))
    }

    async fn next(&mut self) -> Option<SourceItem> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Some(item);
            }
            if !self.started {
                self.started = true;
                self.begin().await;
            } else if self.failures_in_a_row >= GIVE_UP_AFTER {
                self.failures_in_a_row = 0;
                self.waiting.clear();
                self.sitemaps.clear();
                self.incomplete = Some("the host has stopped answering");
            } else if let Some(page) = self.waiting.pop_front() {
                self.visit(page).await;
            } else if let Some(sitemap) = self.sitemaps.pop_front() {
                self.read_sitemap(sitemap).await;
            } else {
                let reason = self.incomplete.take()?;
                return Some(SourceItem::failed(self.scope.prefix(), SourceError::Incomplete { reason }));
            }
        }
    }

    async fn begin(&mut self) {
        let start = self.start.clone();
        if self.follow != Follow::Sitemap {
            return self.add_page(start);
        }
        if is_sitemap(&start) {
            return self.add_sitemap(start);
        }
        let named = self.fetcher.robots(&start).await.map(|robots| robots.sitemaps().to_vec()).unwrap_or_default();
        for sitemap in named {
            self.add_sitemap(sitemap);
        }
        if self.sitemaps.is_empty() {
            self.sitemaps.extend(resolve(&start, "/sitemap.xml"));
        }
    }

    async fn visit(&mut self, url: Url) {
        let is_start = url == self.start;
        let (scope, is_page) = (self.scope.clone(), self.follow == Follow::Page);
        let fetched = self.fetcher.get(url, Wanted::Document, |next| is_page || scope.contains(next)).await;
        if let Ok(Fetched::Page(_) | Fetched::Unchanged(_) | Fetched::NoDocument(..) | Fetched::Gone(_)) = &fetched {
            self.failures_in_a_row = 0;
        }
        let item = match fetched {
            Ok(Fetched::Page(page)) => self.arrive(page),
            Ok(Fetched::Unchanged(url)) => self.arrived.insert(url.clone()).then(|| SourceItem::Unchanged { source: url.into() }),
            Ok(Fetched::NoDocument(url, kind)) => Some(SourceItem::skipped(url, kind)),
            Ok(Fetched::Gone(url)) => Some(self.miss(url, is_start)),
            Err(failure) => Some(self.fail(failure, is_start)),
        };
        self.ready.extend(item);
    }

    fn arrive(&mut self, page: Page) -> Option<SourceItem> {
        let Page { url, bytes, media_type, validator, modified_at } = page;
        if !self.arrived.insert(url.clone()) {
            return None;
        }
        let is_html = is_html(media_type.as_deref(), &bytes);
        if self.follow == Follow::Links && is_html {
            for link in links(&url, &bytes) {
                self.add_page(link);
            }
        }
        let validator = match (self.follow, is_html) {
            (Follow::Links, true) => None,
            (_, true) => validator,
            (_, false) => validator.map(|validator| format!("{LEAF}{validator}")),
        };
        Some(SourceItem::found(RawDocument { media_type, validator, modified_at, ..RawDocument::new(url, bytes) }))
    }

    /// A page that is gone is no failure: what is stored of it may be pruned. Where all begins, something else is wrong.
    fn miss(&mut self, url: Url, is_start: bool) -> SourceItem {
        if !is_start || (self.follow == Follow::Page && self.prune) {
            return SourceItem::skipped(url, "missing page");
        }
        if self.prune {
            self.incomplete = Some("its first page is missing");
        }
        SourceItem::failed(url, SourceError::Status { status: reqwest::StatusCode::NOT_FOUND })
    }

    fn fail(&mut self, failure: FetchFailure, is_start: bool) -> SourceItem {
        let FetchFailure { url, error } = failure;
        match &error {
            IngestError::Source(SourceError::Forbidden) if !is_start => return SourceItem::skipped(url, "page forbidden by robots.txt"),
            IngestError::Source(SourceError::RedirectsAway { .. }) if !is_start => {
                return SourceItem::skipped(url, "redirect to elsewhere");
            }
            IngestError::Source(error) if error.is_transient() => self.failures_in_a_row += 1,
            _ => {}
        }
        if self.follow == Follow::Links && self.prune {
            self.incomplete = Some("pages could not be read, and nobody knows what they link to");
        }
        SourceItem::failed(url, error)
    }

    async fn read_sitemap(&mut self, url: Url) {
        let wanted = Wanted::Content(LARGEST);
        let failure = match self.fetcher.get(url.clone(), wanted, |_| true).await {
            Ok(Fetched::Page(page)) => match Sitemap::parse(&page.bytes, self.max_pages.max(MAX_SITEMAPS) + 1) {
                Ok(sitemap) => return self.take_sitemap(&page.url, &sitemap),
                Err(error) => FetchFailure { url: page.url, error: error.into() },
            },
            Ok(Fetched::Gone(_)) if !self.sitemaps_queued.contains(&url) => {
                FetchFailure { url: self.start.clone(), error: SourceError::NoSitemap { url: url.into() }.into() }
            }
            Ok(Fetched::Gone(url)) => FetchFailure { url, error: SourceError::Status { status: reqwest::StatusCode::NOT_FOUND }.into() },
            Ok(Fetched::Unchanged(_) | Fetched::NoDocument(..)) => return,
            Err(failure) => failure,
        };
        if self.prune {
            self.incomplete = Some("a sitemap could not be read");
        }
        self.ready.push_back(SourceItem::failed(failure.url, failure.error));
    }

    fn take_sitemap(&mut self, url: &Url, sitemap: &Sitemap) {
        for listed in sitemap.sitemaps.iter().filter_map(|listed| resolve(url, listed)) {
            self.add_sitemap(listed);
        }
        for page in sitemap.pages.iter().filter_map(|page| resolve(url, page)) {
            self.add_page(page);
        }
    }

    fn add_sitemap(&mut self, url: Url) {
        if self.sitemaps_queued.len() >= MAX_SITEMAPS && !self.sitemaps_queued.contains(&url) {
            self.incomplete = Some("there are more than 1,000 sitemaps");
        } else if self.sitemaps_queued.insert(url.clone()) {
            self.sitemaps.push_back(url);
        }
    }

    fn add_page(&mut self, url: Url) {
        if !self.scope.contains(&url) || self.queued.contains(&url) {
            return;
        }
        if self.queued.len() >= self.max_pages {
            self.incomplete = Some("there are more pages than `max_pages`");
            return;
        }
        self.queued.insert(url.clone());
        self.waiting.push_back(url);
    }
}

fn is_html(media_type: Option<&str>, bytes: &[u8]) -> bool {
    match media_type {
        Some(media_type) => media_type.to_ascii_lowercase().contains("html"),
        None => infer::get(bytes).is_some_and(|kind| kind.mime_type() == "text/html"),
    }
}
