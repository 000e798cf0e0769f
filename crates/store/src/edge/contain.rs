//! Keeps the library's panics inside: they become errors, and stay off the terminal.

use std::any::Any;
use std::cell::Cell;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    static CONTAINED: Cell<bool> = const { Cell::new(false) };
}

/// Runs a call into the library; its error or panic comes back as a message.
///
/// The library gives up its locks while it unwinds, so others may go on reading. Whether a write that panicked reached
/// the disk is unknown: the caller must stop writing.
pub(super) fn contained<T, E: Display>(call: impl FnOnce() -> Result<T, E>) -> Result<T, String> {
    silence_contained_panics();
    let outer = CONTAINED.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(call));
    CONTAINED.set(outer);
    match outcome {
        Ok(result) => result.map_err(|error| error.to_string()),
        Err(panic) => Err(message_of(panic.as_ref())),
    }
}

/// The default hook would print what is reported properly a moment later.
fn silence_contained_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let previous = take_hook();
        set_hook(Box::new(move |panic| {
            if CONTAINED.get() {
                tracing::debug!(%panic, "the vector store library panicked");
            } else {
                previous(panic);
            }
        }));
    });
}

fn message_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("the library panicked without a message").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_and_errors_become_messages() {
        assert_eq!(contained(|| Ok::<_, String>(7)), Ok(7));
        assert_eq!(contained(|| Err::<(), _>("no")), Err("no".to_owned()));
        assert_eq!(contained(|| -> Result<(), String> { panic!("disk {}", "full") }), Err("disk full".to_owned()));
    }
}
