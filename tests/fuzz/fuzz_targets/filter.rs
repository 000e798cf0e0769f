//! Any text is a filter or an error that can be shown.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ragstone_retrieve::parse_filter;

fuzz_target!(|text: &str| {
    if let Err(error) = parse_filter(text) {
        assert!(!error.to_string().is_empty());
    }
});
