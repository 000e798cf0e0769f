//! Tables of values between commas, semicolons, tabs or bars.

use ragstone_core::WarningCode;

use crate::extract::reading::Reading;
use ragstone_markup::{write_row, write_rule};

/// What may stand between values, the likeliest last: of equals the last is taken.
const DELIMITERS: [u8; 4] = [b'|', b'\t', b';', b','];

/// So many records decide what stands between values.
const RECORDS_LOOKED_AT: usize = 50;

/// A value of more lines was opened by a quote that nobody closed.
const MOST_LINES_IN_A_VALUE: usize = 200;

/// Reads a table as one Markdown table.
pub(super) fn read(text: String) -> Reading {
    let delimiter = delimiter(&text);
    let (columns, is_unclosed) = measure(&text, delimiter, true);
    let (columns, _) = if is_unclosed { measure(&text, delimiter, false) } else { (columns, false) };
    if columns < 2 {
        return Reading::plain(text);
    }
    let mut table = String::with_capacity(text.len() + text.len() / 2);
    for (number, record) in reader(&text, delimiter, !is_unclosed).records().flatten().enumerate() {
        write_row(&mut table, record.iter(), columns);
        if number == 0 {
            write_rule(&mut table, columns);
        }
    }
    let mut reading = Reading::markdown(table);
    if is_unclosed {
        reading.warn(WarningCode::Damaged, "a quote in the table is never closed: quotes were read as signs like any other");
    }
    reading
}

fn reader(text: &str, delimiter: u8, quoting: bool) -> csv::Reader<&[u8]> {
    let mut builder = csv::ReaderBuilder::new();
    builder.delimiter(delimiter).has_headers(false).flexible(true).quoting(quoting).from_reader(text.as_bytes())
}

/// How many columns there are, and whether a value goes on for ever.
fn measure(text: &str, delimiter: u8, quoting: bool) -> (usize, bool) {
    let (mut columns, mut is_unclosed) = (0, false);
    for record in reader(text, delimiter, quoting).records().flatten() {
        columns = columns.max(record.len());
        is_unclosed |= record.iter().any(|value| value.lines().count() > MOST_LINES_IN_A_VALUE);
    }
    let ends_inside = quoting && text.bytes().filter(|byte| *byte == b'"').count() % 2 == 1;
    (columns, is_unclosed || ends_inside)
}

/// What stands between the values: what gives the most records as many values as the first has.
pub(crate) fn delimiter(text: &str) -> u8 {
    let likeness = |delimiter: u8| {
        let records: Vec<usize> =
            reader(text, delimiter, true).records().flatten().take(RECORDS_LOOKED_AT).map(|record| record.len()).collect();
        let columns = records.first().copied().unwrap_or_default();
        let alike = records.iter().filter(|count| **count == columns).count();
        if columns < 2 { (0, 0) } else { (alike * 10 / records.len().max(1), columns) }
    };
    DELIMITERS.into_iter().max_by_key(|delimiter| likeness(*delimiter)).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let reading = read(text.to_owned());
        assert_eq!(reading.text.trim_end(), expected, "{text:?}");
        assert!(reading.warnings.is_empty());
    }

    #[test]
    fn delimiters_are_found() {
        check("Name;Days\n\"Leave; paid\";30,5\nTrip|x;2\n", "| Name | Days |\n| --- | --- |\n| Leave; paid | 30,5 |\n| Trip\\|x | 2 |");
        check("a\tb\n1, 2\t3\n", "| a | b |\n| --- | --- |\n| 1, 2 | 3 |");
        check(
            "a,b\n\"two\nlines\",\"say \"\"hi\"\"\"\n1,2,3\n",
            "| a | b | |\n| --- | --- | --- |\n| two lines | say \"hi\" | |\n| 1 | 2 | 3 |",
        );
        check("one\ntwo", "one\ntwo");
        check("", "");
        check("a,\0\n\u{feff},b", "| a | \0 |\n| --- | --- |\n| \u{feff} | b |");
    }

    #[test]
    fn a_quote_that_is_not_closed_swallows_nothing() {
        let reading = read("a,b\n1,\"two\n3,4\n5,6\n".to_owned());
        assert_eq!(reading.text, "| a | b |\n| --- | --- |\n| 1 | \"two |\n| 3 | 4 |\n| 5 | 6 |\n");
        assert_eq!(reading.warnings[0].code, WarningCode::Damaged);
    }
}
