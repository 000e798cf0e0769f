//! Tables of AsciiDoc.

/// The rows of a table; `delimiter` is what stands above and below it, `style` what is said about it.
pub(super) fn read(delimiter: &str, style: &str, lines: &[&str]) -> Vec<Vec<String>> {
    let separator = delimiter.chars().next().unwrap_or('|');
    let is_delimited = separator != '|' && separator != '!';
    if is_delimited || style.contains("format=csv") || style.contains("format=\"csv\"") {
        let delimiter = if separator == ':' { b':' } else { b',' };
        let text = lines.join("\n");
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
        return reader.records().flatten().map(|record| record.iter().map(str::to_owned).collect()).collect();
    }
    let is_wanted = |line: &&&str| !line.trim().is_empty() && !line.starts_with("//");
    let rows: Vec<Vec<String>> = lines.iter().filter(is_wanted).map(|line| cells_between(line, separator)).collect();
    match columns(style) {
        Some(columns) => in_columns(rows, columns),
        None => by_lines(rows),
    }
}

/// The cells of a line that begins with a bar.
pub(super) fn cells(line: &str) -> Vec<String> {
    let mut cells = cells_between(line, '|');
    cells.remove(0);
    cells
}

/// The text before the first bar, which goes on with the cell above, and the cells.
fn cells_between(line: &str, separator: char) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut is_first = true;
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, cells.last_mut()) {
            ('\\', Some(cell)) if letters.peek() == Some(&separator) => cell.extend(letters.next()),
            (letter, Some(cell)) if letter == separator => {
                without_specifier(cell, std::mem::take(&mut is_first));
                cells.push(String::new());
            }
            (letter, Some(cell)) => cell.push(letter),
            (_, None) => {}
        }
    }
    cells.iter().map(|cell| cell.trim().to_owned()).collect()
}

/// What stands right before a bar says how the next cell looks: `2+`, `.3+^`, `a`, `h`.
fn without_specifier(cell: &mut String, is_first: bool) {
    let start = cell.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let Some(word) = cell.get(start..) else { return };
    let is_span = word.contains(['+', '*']) && word.chars().all(|letter| letter.is_ascii_digit() || ".+*^<>adehlmsv".contains(letter));
    let is_style = matches!(word, "a" | "d" | "e" | "h" | "l" | "m" | "s" | "v" | "^" | "<" | ">");
    if (is_span || is_style) && (is_first || start > 0) {
        cell.truncate(start);
    }
}

/// `cols="1,2,3"`, `cols=3*`.
fn columns(style: &str) -> Option<usize> {
    let (_, value) = style.split_once("cols=")?;
    let value = match value.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => value.split(',').next()?,
    };
    let count = |part: &str| part.split_once('*').and_then(|(times, _)| times.trim().parse().ok()).unwrap_or(1_usize);
    let columns: usize = value.split([',', ';']).map(count).fold(0, usize::saturating_add);
    (1..=1000).contains(&columns).then_some(columns)
}

fn in_columns(rows: Vec<Vec<String>>, columns: usize) -> Vec<Vec<String>> {
    let mut cells: Vec<String> = Vec::new();
    for row in rows {
        let mut row = row.into_iter();
        let above = row.next().unwrap_or_default();
        if let Some(last) = cells.last_mut() {
            *last = format!("{last} {above}").trim().to_owned();
        }
        cells.extend(row);
    }
    cells.chunks(columns).map(<[String]>::to_vec).collect()
}

/// Without a number of columns, the first line says it: the other rows have as many cells, on one line or on several.
fn by_lines(rows: Vec<Vec<String>>) -> Vec<Vec<String>> {
    let columns = rows.first().map_or(1, |row| row.len().saturating_sub(1)).max(1);
    let one_a_line = rows.iter().all(|row| row.len() <= 2);
    if columns == 1 && one_a_line {
        return in_columns(rows, 1);
    }
    let mut table: Vec<Vec<String>> = Vec::new();
    for row in rows {
        let mut row = row.into_iter();
        let above = row.next().unwrap_or_default();
        let cells: Vec<String> = row.collect();
        match table.last_mut() {
            Some(last) if cells.is_empty() || last.len() + cells.len() <= columns => {
                if let Some(cell) = last.last_mut().filter(|_| !above.is_empty()) {
                    *cell = format!("{cell} {above}");
                }
                last.extend(cells);
            }
            _ => table.push(cells),
        }
    }
    table
}
