//! The store on a Qdrant server.
//!
//! * [`conformance`]: the port's suite and what is beyond it, on a real server.
//! * [`faults`]: a network that delays, drops and cuts, between the store and a real server.
//! * [`parity`]: the same questions to the embedded store and to a real server.
//! * [`offline`]: what is no Qdrant server at all. These need none; the others are skipped without `RAGSTONE_TEST_QDRANT_URL`.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod conformance;
mod faults;
mod network;
mod offline;
mod parity;
mod server;
