//! What a citation looks like.

/// Longer brackets are no citations.
const LONGEST_MARKER: usize = 64;
/// A wider range is read as its two ends.
const WIDEST_RANGE: usize = 20;

/// A citation as the model wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Marker {
    pub(super) original: String,
    pub(super) numbers: Vec<usize>,
}

/// What the text from an opening bracket on is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// It may still become a citation.
    Undecided,
    /// It is one, and ends here.
    Complete(Marker),
    /// It is something else.
    Other,
}

/// Reads `[1]`, `[1, 2]`, `[1-3]`, `[^1]`, `【1】` or `【1†source】`.
pub(super) fn read(text: &str) -> Reading {
    if text.len() > LONGEST_MARKER {
        return Reading::Other;
    }
    let mut rest = text.chars().peekable();
    let closing = match rest.next() {
        Some('[') => ']',
        Some('【') => '】',
        _ => return Reading::Other,
    };
    rest.next_if_eq(&'^');
    let mut numbers: Vec<usize> = Vec::new();
    let mut is_range = false;
    loop {
        let number = match read_number(&mut rest) {
            Some(number) => number,
            None if rest.peek().is_none() => return Reading::Undecided,
            None => return Reading::Other,
        };
        match numbers.last() {
            Some(&first) if is_range && (first..first + WIDEST_RANGE).contains(&number) => numbers.extend(first + 1..=number),
            _ => numbers.push(number),
        }
        skip_spaces(&mut rest);
        is_range = match rest.next() {
            None => return Reading::Undecided,
            Some(character) if character == closing => return Reading::Complete(Marker { original: text.to_owned(), numbers }),
            Some('†') => return read_label(rest, closing, Marker { original: text.to_owned(), numbers }),
            Some(',' | '，' | '、' | ';' | '；') => false,
            Some('-' | '–') => true,
            Some(_) => return Reading::Other,
        };
        skip_spaces(&mut rest);
    }
}

type Rest<'text> = std::iter::Peekable<std::str::Chars<'text>>;

/// One to three digits; zero is no passage.
fn read_number(rest: &mut Rest<'_>) -> Option<usize> {
    let mut digits = String::new();
    while let Some(digit) = rest.next_if(char::is_ascii_digit) {
        digits.push(digit);
    }
    if digits.len() > 3 {
        return None;
    }
    digits.parse().ok().filter(|&number| number > 0)
}

fn skip_spaces(rest: &mut Rest<'_>) {
    while rest.next_if_eq(&' ').is_some() {}
}

/// What some models put behind a number: `†source`.
fn read_label(rest: Rest<'_>, closing: char, marker: Marker) -> Reading {
    for character in rest {
        if character == closing {
            return Reading::Complete(marker);
        }
        if matches!(character, '[' | '【' | '\n') {
            return Reading::Other;
        }
    }
    Reading::Undecided
}
