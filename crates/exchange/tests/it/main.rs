//! Export and import over ports, on disk.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests fail by panicking, and say what they skip"
)]

mod bad_input;
mod interruption;
mod layout;
mod python;
mod round_trip;
mod support;
