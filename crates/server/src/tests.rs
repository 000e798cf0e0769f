//! The API as its clients see it, through the router; shutdown through a real socket.

mod answers;
mod bad_requests;
mod collections;
mod described;
mod documents;
mod evaluations;
mod facets;
mod jobs;
mod metrics;
mod models;
mod overload;
mod schedule;
mod server;
mod shutdown;
mod uploads;
