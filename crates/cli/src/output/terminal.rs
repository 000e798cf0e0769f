//! Writing to the terminal, or to whatever stands in its place.

use std::io::Write;

use anstyle::{AnsiColor, Style};
use ragstone_core::ErrorKind;
use serde::Serialize;

/// Bold.
pub(crate) const STRONG: Style = Style::new().bold();
/// For what matters less.
pub(crate) const FAINT: Style = Style::new().dimmed();
/// For words that match.
pub(crate) const MATCH: Style = AnsiColor::Yellow.on_default().bold();
/// For what went wrong.
pub(crate) const WRONG: Style = AnsiColor::Red.on_default().bold();
/// For what is in order.
pub(crate) const FINE: Style = AnsiColor::Green.on_default();

/// Writes a line to standard output. A reader that has gone away (`| head`) ends the program quietly.
pub(crate) fn say(text: impl AsRef<str>) {
    write(&format!("{}\n", text.as_ref()));
}

/// Writes text to standard output at once, without a line end.
pub(crate) fn write(text: &str) {
    let mut output = anstream::stdout().lock();
    if output.write_all(text.as_bytes()).and_then(|()| output.flush()).is_err() {
        std::process::exit(0);
    }
}

/// Writes a line to standard error, beside the answer.
pub(crate) fn note(text: impl AsRef<str>) {
    let mut output = anstream::stderr().lock();
    // Nothing can be done for a person whose standard error is closed.
    writeln!(output, "{}", text.as_ref()).ok();
}

/// Writes a value as JSON to standard output.
pub(crate) fn say_json(value: &impl Serialize) -> anyhow::Result<()> {
    say(serde_json::to_string_pretty(value)?);
    Ok(())
}

/// Writes why a command could not run; with `--json` as the server would say it.
pub(crate) fn report_error(error: &anyhow::Error, json: bool) {
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    if json {
        let kind = error.chain().find_map(|cause| cause.downcast_ref::<ragstone_core::Error>()).map(ragstone_core::Error::kind);
        let code = kind.unwrap_or(ErrorKind::InvalidInput).code();
        note(serde_json::json!({ "error": { "code": code, "message": causes.join(": ") } }).to_string());
        return;
    }
    note(format!("{WRONG}error:{WRONG:#} {}", causes.join("\n  because: ")));
}

/// How many columns the terminal has; a readable width where there is none.
pub(crate) fn width() -> usize {
    textwrap::termwidth().clamp(40, 120)
}
