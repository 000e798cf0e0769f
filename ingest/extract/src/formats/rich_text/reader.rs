//! What an RTF file's tokens mean.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use encoding_rs::{Encoding, WINDOWS_1252};

use super::super::blocks::Blocks;
use super::super::grid::Grid;
use super::encodings;
use super::group::{Destination, Group};
use super::tokens::{Token, Tokens};

/// Deeper groups are an attack.
const GROUPS: usize = 10_000;

/// What was found besides the text.
#[derive(Debug, Default)]
pub(in super::super) struct Found {
    pub(super) properties: Properties,
    /// What is wrong with the file.
    pub(in super::super) fault: Option<&'static str>,
}

#[derive(Debug, Default)]
pub(super) struct Properties {
    pub(super) title: Option<String>,
    pub(super) modified_at: Option<DateTime<Utc>>,
    pub(super) fields: Vec<(&'static str, String)>,
}

pub(super) struct Reader<'b> {
    blocks: &'b mut Blocks,
    groups: Vec<Group>,
    group: Group,
    /// The text that is being written: the body's paragraph, and that of each destination within the other.
    texts: Vec<String>,
    /// Bytes that wait for the second half of a letter.
    bytes: Vec<u8>,
    code_page: &'static Encoding,
    fonts: HashMap<i32, Option<&'static Encoding>>,
    defined_font: i32,
    heading_styles: HashMap<i32, u8>,
    defined_style: i32,
    /// How many bytes are still to be passed over, after a `\u`.
    fallbacks: u32,
    high_surrogate: Option<u16>,
    heading_level: Option<u8>,
    list_marker: Option<String>,
    list_depth: usize,
    is_in_table: bool,
    cells: Vec<String>,
    grid: Grid,
    ends: Vec<String>,
    footnotes: usize,
    date: [i32; 5],
    properties: Properties,
}

impl<'b> Reader<'b> {
    pub(super) fn new(blocks: &'b mut Blocks) -> Self {
        Self {
            blocks,
            groups: Vec::new(),
            group: Group::OUTERMOST,
            texts: vec![String::new()],
            bytes: Vec::new(),
            code_page: WINDOWS_1252,
            fonts: HashMap::new(),
            defined_font: 0,
            heading_styles: HashMap::new(),
            defined_style: 0,
            fallbacks: 0,
            high_surrogate: None,
            heading_level: None,
            list_marker: None,
            list_depth: 0,
            is_in_table: false,
            cells: Vec::new(),
            grid: Grid::default(),
            ends: Vec::new(),
            footnotes: 0,
            date: [0; 5],
            properties: Properties::default(),
        }
    }

    pub(super) fn read(mut self, bytes: &[u8]) -> Found {
        let mut fault = None;
        let mut is_first = false;
        let mut is_optional = false;
        for token in Tokens::new(bytes) {
            let was_first = std::mem::take(&mut is_first);
            match token {
                Token::Open if self.groups.len() >= GROUPS => {
                    fault = Some("its groups are nested too deep: what was before that was read");
                    break;
                }
                Token::Open => {
                    self.flush();
                    self.groups.push(self.group);
                    self.group = self.group.inner();
                    (is_first, is_optional) = (true, false);
                }
                Token::Close => self.close(),
                Token::Symbol(b'*') if was_first => (is_first, is_optional) = (true, true),
                Token::Word(name, _) if was_first && self.opens(name, is_optional) => {}
                _ if self.group.is_skipped => {}
                Token::Word(name, number) => self.word(name, number),
                Token::Symbol(symbol) => self.symbol(symbol),
                Token::Byte(byte) => self.byte(byte),
            }
            if self.blocks.is_full() {
                break;
            }
        }
        if fault.is_none() && !self.groups.is_empty() && !self.blocks.is_full() {
            fault = Some("it ends in the middle: what is there was read");
        }
        while !self.groups.is_empty() {
            self.close();
        }
        self.end_paragraph();
        self.end_table();
        for text in std::mem::take(&mut self.ends) {
            self.blocks.paragraph(&text);
        }
        Found { properties: self.properties, fault }
    }

    /// Whether a group's first word makes it a destination. One that is marked as optional and not known is skipped.
    fn opens(&mut self, name: &str, is_optional: bool) -> bool {
        let destination = match Destination::named(name) {
            Some(destination) => destination,
            None if is_optional => Destination::Skipped,
            None => return false,
        };
        if destination == Destination::Skipped || self.group.is_skipped {
            self.group.is_skipped = true;
            return true;
        }
        if destination != Destination::Same {
            self.group.destination = destination;
        }
        if destination.catches_text() {
            self.group.owns_buffer = true;
            self.texts.push(String::new());
        }
        if destination == Destination::Modified {
            self.date = [0; 5];
        }
        true
    }

    fn close(&mut self) {
        self.flush();
        let ended = self.group;
        let Some(outer) = self.groups.pop() else { return };
        self.group = outer;
        if ended.destination == Destination::Modified {
            self.properties.modified_at = moment(self.date);
        }
        if !ended.owns_buffer {
            return;
        }
        let text = if self.texts.len() > 1 { self.texts.pop().unwrap_or_default() } else { String::new() };
        let text = text.trim();
        match ended.destination {
            Destination::Property("title") => self.properties.title = Some(text.to_owned()).filter(|title| !title.is_empty()),
            Destination::Property(name) if !text.is_empty() => self.properties.fields.push((name, text.to_owned())),
            Destination::ListMarker => self.list_marker = Some(text.to_owned()),
            Destination::Footnote if !text.is_empty() => {
                self.footnotes += 1;
                let number = self.footnotes;
                self.ends.push(format!("[{number}] {text}"));
                self.push(&format!(" [{number}]"));
            }
            Destination::Comment if !text.is_empty() => self.ends.push(format!("Comment: {text}")),
            Destination::Margin if text.chars().any(char::is_alphabetic) && !self.ends.iter().any(|end| end == text) => {
                self.ends.push(text.to_owned());
            }
            _ => {}
        }
    }

    fn word(&mut self, name: &str, number: Option<i32>) {
        let value = number.unwrap_or(0);
        match name {
            "u" => self.unicode(value),
            "uc" => self.group.fallback_bytes = u32::try_from(value).unwrap_or(0),
            "ansicpg" => self.code_page = encodings::of_code_page(value),
            "mac" => self.code_page = encodings::of_code_page(10000),
            "f" | "fcharset" | "s" | "outlinelevel" => {
                self.flush();
                self.style(name, value);
            }
            "plain" => self.group.is_hidden = false,
            "v" | "deleted" => {
                self.flush();
                self.group.is_hidden = number != Some(0);
            }
            "par" | "sect" | "page" => self.end_paragraph(),
            "line" | "lbr" | "softline" => self.push("\n"),
            "tab" | "nestcell" | "emspace" | "enspace" | "qmspace" => self.push(" "),
            "nestrow" => self.push("\n"),
            "cell" => self.end_cell(),
            "row" => self.end_row(),
            "pard" => self.begin_paragraph(),
            "intbl" => self.is_in_table = true,
            "ilvl" => self.list_depth = usize::try_from(value).unwrap_or(0),
            "emdash" => self.push("—"),
            "endash" => self.push("–"),
            "bullet" => self.push("•"),
            "lquote" => self.push("‘"),
            "rquote" => self.push("’"),
            "ldblquote" => self.push("“"),
            "rdblquote" => self.push("”"),
            "yr" | "mo" | "dy" | "hr" | "min" => self.date_part(name, value),
            _ => {}
        }
    }

    fn style(&mut self, word: &str, value: i32) {
        match (self.group.destination, word) {
            (Destination::Fonts, "f") => self.defined_font = value,
            (Destination::Fonts, "fcharset") => {
                self.fonts.insert(self.defined_font, encodings::of_character_set(value));
            }
            (_, "f") => self.group.encoding = self.fonts.get(&value).copied().flatten(),
            (Destination::Styles, "s") => self.defined_style = value,
            (Destination::Styles, "outlinelevel") => {
                let level = u8::try_from(value).ok().filter(|level| *level < 9);
                self.heading_styles.extend(level.map(|level| (self.defined_style, level + 1)));
            }
            (_, "s") => self.heading_level = self.heading_styles.get(&value).copied(),
            (_, "outlinelevel") => self.heading_level = u8::try_from(value).ok().filter(|level| *level < 9).map(|level| level + 1),
            _ => {}
        }
    }

    fn date_part(&mut self, name: &str, value: i32) {
        let position = ["yr", "mo", "dy", "hr", "min"].iter().position(|part| *part == name);
        if let Some(part) = position.and_then(|position| self.date.get_mut(position)) {
            *part = value;
        }
    }

    fn symbol(&mut self, symbol: u8) {
        if self.fallbacks > 0 {
            self.fallbacks -= 1;
            return;
        }
        match symbol {
            b'~' => self.push("\u{a0}"),
            b'_' => self.push("-"),
            b'\r' | b'\n' => self.end_paragraph(),
            b'\\' | b'{' | b'}' => self.byte(symbol),
            _ => {}
        }
    }

    fn byte(&mut self, byte: u8) {
        if self.fallbacks > 0 {
            self.fallbacks -= 1;
        } else {
            self.bytes.push(byte);
        }
    }

    /// A UTF-16 unit, followed by bytes for readers that do not know it.
    fn unicode(&mut self, value: i32) {
        self.flush();
        // Negative where the unit did not fit 16 bits with a sign; some write it without.
        let unit = u16::try_from(value & 0xFFFF).unwrap_or_default();
        match (self.high_surrogate.take(), unit) {
            (_, 0xD800..=0xDBFF) => self.high_surrogate = Some(unit),
            (Some(high), 0xDC00..=0xDFFF) => self.push(&String::from_utf16_lossy(&[high, unit])),
            _ => self.push(&String::from_utf16_lossy(&[unit])),
        }
        self.fallbacks = self.group.fallback_bytes;
    }

    /// Decodes the bytes that wait.
    fn flush(&mut self) {
        self.fallbacks = 0;
        if self.bytes.is_empty() {
            return;
        }
        let bytes = std::mem::take(&mut self.bytes);
        let encoding = self.group.encoding.unwrap_or(self.code_page);
        let (text, _) = encoding.decode_without_bom_handling(&bytes);
        if self.group.destination == Destination::Styles {
            let heading = heading_level_of(&text).map(|level| (self.defined_style, level));
            self.heading_styles.extend(heading);
        }
        self.append(&text);
    }

    /// Writes what is no byte.
    fn push(&mut self, text: &str) {
        self.flush();
        self.append(text);
    }

    fn append(&mut self, text: &str) {
        let is_read = !self.group.is_skipped && !self.group.is_hidden && self.group.destination != Destination::Properties;
        if let Some(last) = self.texts.last_mut().filter(|_| is_read) {
            last.push_str(text);
        }
    }

    fn begin_paragraph(&mut self) {
        self.flush();
        self.is_in_table = false;
        self.heading_level = None;
        self.list_depth = 0;
    }

    fn end_paragraph(&mut self) {
        self.flush();
        if self.texts.len() > 1 || self.is_in_table || !self.cells.is_empty() {
            return self.append("\n");
        }
        let text = self.texts.last_mut().map(std::mem::take).unwrap_or_default();
        let marker = self.list_marker.take();
        if text.trim().is_empty() {
            return;
        }
        self.end_table();
        let bullet = text.trim_start().strip_prefix(['•', '·', '\u{f0b7}']);
        match (self.heading_level, marker, bullet) {
            (Some(level), _, _) => self.blocks.heading(level, &text),
            (None, Some(marker), _) => self.blocks.item(self.list_depth, number_in(&marker).unwrap_or("-"), &text),
            (None, None, Some(item)) => self.blocks.item(self.list_depth, "-", item),
            (None, None, None) => self.blocks.paragraph(&text),
        }
    }

    fn end_cell(&mut self) {
        self.flush();
        if self.texts.len() == 1 {
            let text = self.texts.last_mut().map(std::mem::take).unwrap_or_default();
            self.list_marker = None;
            self.cells.push(text.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }

    fn end_row(&mut self) {
        self.flush();
        self.grid.row();
        for text in std::mem::take(&mut self.cells) {
            self.grid.cell(text, 1, 1);
        }
        self.is_in_table = false;
        if self.grid.bytes() > self.blocks.room() {
            self.end_table();
        }
    }

    fn end_table(&mut self) {
        let cells = std::mem::take(&mut self.cells);
        if !cells.is_empty() {
            self.grid.row();
        }
        for text in cells {
            self.grid.cell(text, 1, 1);
        }
        self.blocks.table(std::mem::take(&mut self.grid));
    }
}

/// The level in a style's name: `heading 2;`.
fn heading_level_of(style_name: &str) -> Option<u8> {
    let name = style_name.trim().trim_end_matches(';').to_lowercase();
    if name == "title" {
        return Some(1);
    }
    name.strip_prefix("heading ")?.trim().parse().ok().filter(|level| (1..=9).contains(level))
}

/// A list marker that is a number, and not longer than one.
fn number_in(marker: &str) -> Option<&str> {
    let marker = marker.trim();
    let digits = marker.trim_end_matches(['.', ')']);
    let is_number = !digits.is_empty() && digits.len() < 10 && digits.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && digits.len() + 1 == marker.len()).then_some(marker)
}

fn moment([year, month, day, hour, minute]: [i32; 5]) -> Option<DateTime<Utc>> {
    let number = |value: i32| u32::try_from(value).ok();
    let date = NaiveDate::from_ymd_opt(year, number(month)?, number(day)?)?;
    Some(date.and_hms_opt(number(hour)?, number(minute)?, 0)?.and_utc())
}
