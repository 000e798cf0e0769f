//! The crate through its public surface: recorded exchanges, servers that misbehave, extractive answers on real data.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on should stop, in its helpers as well"
)]

mod answers;
mod exchanges;
mod extractive;
mod faults;
mod policies;
mod support;
mod understanding;
