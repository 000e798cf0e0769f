//! What one host allows: its `robots.txt`, and how long to wait between two requests.

use std::time::Duration;

use robotxt::Robots;
use tokio::time::Instant;
use url::Url;

/// A host that wants more is taken to mean something else, or nobody.
const LONGEST_DELAY: Duration = Duration::from_secs(60);

/// A host that is being read.
#[derive(Debug)]
pub(super) struct HostRules {
    /// Nothing until it was asked for.
    pub(super) robots: Option<Result<Robots, String>>,
    delay: Duration,
    next_request: Option<Instant>,
}

impl HostRules {
    pub(super) fn new(requests_per_second: f64) -> Self {
        Self { robots: None, delay: Duration::from_secs_f64(1.0 / requests_per_second), next_request: None }
    }

    pub(super) fn obey(&mut self, robots: Result<Robots, String>) {
        let wanted = robots.as_ref().ok().and_then(Robots::crawl_delay).unwrap_or_default();
        self.delay = self.delay.max(wanted.min(LONGEST_DELAY));
        self.robots = Some(robots);
    }

    /// When the next request may be sent; the one after it waits its turn.
    pub(super) fn reserve(&mut self) -> Instant {
        let now = Instant::now();
        let turn = self.next_request.map_or(now, |next| next.max(now));
        self.next_request = Some(turn + self.delay);
        turn
    }
}

/// The name of a host and its port, with the scheme.
pub(super) fn host_of(url: &Url) -> String {
    url.origin().ascii_serialization()
}
