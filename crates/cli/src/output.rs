//! What a person sees: text that aligns, bars that move, passages with their words marked.

pub(crate) mod calibrations;
pub(crate) mod facets;
pub(crate) mod passages;
pub(crate) mod progress;
pub(crate) mod table;
pub(crate) mod terminal;

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Sends log lines to standard error: quiet for commands, one line a request for the server; JSON where no person reads.
pub(crate) fn start_logging(verbose: bool, serving: bool) {
    let default = match (verbose, serving) {
        (true, _) => "warn,ragstone=debug,ragstone_ingest=debug,ragstone_store=debug,ragstone_server=debug,ragstone_embed=debug",
        (false, true) => "error,ragstone=info,ragstone_server=info,ragstone_store=warn,ragstone_generate=warn",
        (false, false) => "error,ragstone=warn,ragstone_store=warn,ragstone_catalog=warn",
    };
    // It logs what it cannot decode, which may be a document's text.
    let default = format!("{default},async_openai=off");
    let filter = EnvFilter::try_from_env("RAGSTONE_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(verbose);
    if std::io::stderr().is_terminal() {
        builder.without_time().init();
    } else {
        builder.json().init();
    }
}
