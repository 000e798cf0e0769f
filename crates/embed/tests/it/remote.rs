//! The embedder of a server elsewhere, against small servers of HTTP that are good, slow, full, or wrong.

mod agreement;
mod faults;
mod replies;
mod server;
mod shapes;
mod traffic;
