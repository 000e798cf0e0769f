//! The worker from outside: what it answers, what it survives, and how it ends.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "tests: what is unexpected should stop them, and what is skipped is said"
)]

mod documents;
mod hostile;
mod limits;
mod packages;
mod pdf;
mod protocol;
mod recognition;
mod support;
