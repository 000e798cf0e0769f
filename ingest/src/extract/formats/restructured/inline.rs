//! What stands in a line of reStructuredText: literals, roles, references.

use crate::extract::formats::scan::{first_letter, split_before, split_near, tail};

/// Markdown that says the same.
pub(super) fn inline(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    let mut rest = text;
    // Where the last escaped space was: what is before it belongs to no role.
    let mut word_start = 0;
    loop {
        let (plain, after) = split_before(rest, |letter| matches!(letter, '`' | '\\' | '_'));
        written.push_str(plain);
        let Some((mark, inside)) = first_letter(after) else { return written };
        rest = match mark {
            '`' => quoted(after, &mut written, word_start),
            '_' => reference(inside, &mut written),
            // An escaped space only keeps words and marks apart.
            _ => match inside.strip_prefix([' ', '\n']) {
                Some(joined) => {
                    word_start = written.len();
                    joined
                }
                None => escaped(inside, &mut written),
            },
        };
    }
}

/// A literal, or a text in a role; what is not closed is text.
fn quoted<'a>(text: &'a str, written: &mut String, word_start: usize) -> &'a str {
    if let Some((code, rest)) = text.strip_prefix("``").and_then(|code| split_near(code, "``")) {
        written.push_str(&format!("`{code}`"));
        return rest;
    }
    let inside = text.trim_start_matches('`');
    match split_near(inside, "`").filter(|_| text.len() - inside.len() == 1) {
        Some((text, rest)) => {
            let role = take_role(written, word_start);
            written.push_str(&interpreted(role.as_deref(), text));
            rest.trim_start_matches('_')
        }
        None => {
            written.push_str(&"`".repeat(text.len() - inside.len()));
            inside
        }
    }
}

fn escaped<'a>(text: &'a str, written: &mut String) -> &'a str {
    written.push('\\');
    let Some((letter, rest)) = first_letter(text) else { return text };
    written.push(letter);
    rest
}

/// The underscore behind a reference (`Python_`, `[1]_`) is no text; any other is.
fn reference<'a>(after: &'a str, written: &mut String) -> &'a str {
    let is_behind_word = written.ends_with(|letter: char| letter.is_alphanumeric() || letter == ']');
    let rest = after.strip_prefix('_').unwrap_or(after);
    let ends_word = !rest.starts_with(|letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '`'));
    if is_behind_word && ends_word {
        return rest;
    }
    written.push('_');
    after
}

/// Takes the role that was written last (`:ref:`) back.
fn take_role(written: &mut String, word_start: usize) -> Option<String> {
    let before = tail(written.get(word_start..)?).strip_suffix(':')?;
    let names = before.trim_end_matches(|letter: char| letter.is_ascii_alphanumeric() || "-_.+:".contains(letter));
    let role = before.strip_prefix(names)?.strip_prefix(':')?.to_owned();
    if role.is_empty() {
        return None;
    }
    written.truncate(written.len() - role.len() - 2);
    Some(role)
}

/// A text in a role: what links show, what names say.
fn interpreted(role: Option<&str>, text: &str) -> String {
    let shown = match text.rsplit_once('<') {
        Some((shown, _)) if text.ends_with('>') && !shown.trim().is_empty() => shown.trim(),
        _ => text.trim_matches(['<', '>']),
    };
    match role.map(|role| role.rsplit(':').next().unwrap_or(role)) {
        None => shown.to_owned(),
        Some("ref" | "doc" | "term" | "any" | "abbr" | "title" | "emphasis" | "pep" | "rfc" | "numref" | "download") => shown.to_owned(),
        Some("sub" | "sup" | "subscript" | "superscript") => shown.to_owned(),
        Some("strong") => format!("**{shown}**"),
        Some("math") => format!("${text}$"),
        Some(_) => format!("`{}`", shown.trim_start_matches(['~', '!'])),
    }
}
