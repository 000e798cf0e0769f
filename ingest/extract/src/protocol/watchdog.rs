//! Ends the process when a document takes too long. The parent does the same; a parent may be gone.

use std::io::{self, Write};
use std::process;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// With which code the process ends then.
const EXIT_CODE: i32 = 124;

/// Watches one document after the other.
pub(super) struct Watchdog {
    shared: Arc<Shared>,
    timeout: Duration,
}

/// The document is being watched until this is dropped.
pub(super) struct Watched<'a>(&'a Watchdog);

#[derive(Default)]
struct Shared {
    current: Mutex<Option<Current>>,
    changed: Condvar,
}

struct Current {
    name: String,
    deadline: Instant,
}

impl Watchdog {
    pub(super) fn start(timeout: Duration) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let watching = Arc::clone(&shared);
        thread::Builder::new().name("watchdog".to_owned()).spawn(move || watching.run(timeout))?;
        Ok(Self { shared, timeout })
    }

    pub(super) fn watch(&self, name: &str) -> Watched<'_> {
        let current = Current { name: name.to_owned(), deadline: Instant::now() + self.timeout };
        *self.shared.current() = Some(current);
        self.shared.changed.notify_all();
        Watched(self)
    }
}

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        *self.0.shared.current() = None;
    }
}

impl Shared {
    fn current(&self) -> MutexGuard<'_, Option<Current>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, timeout: Duration) {
        let mut current = self.current();
        loop {
            let left = current.as_ref().map_or(timeout, |current| current.deadline.saturating_duration_since(Instant::now()));
            if let Some(current) = current.as_ref().filter(|_| left.is_zero()) {
                let _ = writeln!(io::stderr(), "`{}` took longer than {} s: the worker ends", current.name, timeout.as_secs_f32());
                process::exit(EXIT_CODE);
            }
            current = self.changed.wait_timeout(current, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
