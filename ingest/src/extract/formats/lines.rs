//! Walking over the lines of a text.

/// The lines that are left.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lines<'a, 'l> {
    rest: &'l [&'a str],
}

impl<'a, 'l> Lines<'a, 'l> {
    pub(super) fn new(lines: &'l [&'a str]) -> Self {
        Self { rest: lines }
    }

    pub(super) fn peek(&self) -> Option<&'a str> {
        self.peek_at(0)
    }

    pub(super) fn peek_at(&self, distance: usize) -> Option<&'a str> {
        self.rest.get(distance).copied()
    }

    pub(super) fn next(&mut self) -> Option<&'a str> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    pub(super) fn skip(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }

    /// The lines up to the first that is not so.
    pub(super) fn take_while(&mut self, is_so: impl Fn(&str) -> bool) -> &'l [&'a str] {
        let count = self.rest.iter().take_while(|line| is_so(line)).count();
        let (taken, rest) = self.rest.split_at(count);
        self.rest = rest;
        taken
    }

    /// The lines up to the one that closes a block, which is passed over; all that are left where none does.
    pub(super) fn take_until(&mut self, closes: impl Fn(&str) -> bool) -> &'l [&'a str] {
        let taken = self.take_while(|line| !closes(line));
        self.skip(1);
        taken
    }

    /// The lines that are indented, without what all of them are indented by; empty lines between them belong to them.
    pub(super) fn indented(&mut self) -> Vec<&'a str> {
        let block = self.take_while(|line| indent(line) > 0 || line.trim().is_empty());
        dedented(block)
    }
}

/// How many characters of white space a line begins with.
pub(super) fn indent(line: &str) -> usize {
    line.chars().take_while(|letter| letter.is_whitespace()).count()
}

/// Lines without what all of them are indented by, and without empty ones around them.
pub(super) fn dedented<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let common = lines.iter().filter(|line| !line.trim().is_empty()).map(|line| indent(line)).min().unwrap_or_default();
    let mut dedented: Vec<&str> = lines.iter().map(|line| without_indent(line, common)).collect();
    while dedented.pop_if(|line| line.trim().is_empty()).is_some() {}
    let empty = dedented.iter().take_while(|line| line.trim().is_empty()).count();
    dedented.split_off(empty)
}

fn without_indent(line: &str, count: usize) -> &str {
    let end = line.char_indices().nth(count).map_or(line.len(), |(at, _)| at);
    if line.trim().is_empty() { "" } else { line.get(end..).unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indented_lines_lose_their_common_indent() {
        let all: Vec<&str> = "\n   a\n     b\n\n\u{3000}\u{3000} c\n\nd".lines().collect();
        let mut lines = Lines::new(&all);
        assert_eq!(lines.indented(), ["a", "  b", "", "c"]);
        assert_eq!(lines.peek(), Some("d"));
        assert_eq!(lines.take_until(|line| line == "z"), ["d"], "a block that is not closed ends with the text");
        assert_eq!(lines.next(), None);
    }
}
