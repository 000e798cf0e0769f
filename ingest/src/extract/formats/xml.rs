//! XML: articles and books (JATS, DocBook, TEI, DITA, feeds) by their sections, records by the names of their values.

mod role;
mod writer;

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use ragstone_core::WarningCode;

use self::role::Role;
use self::writer::Writer;
use crate::extract::reading::Reading;

/// Elements that are deeper are read as text of the one that is not.
const MAX_DEPTH: usize = 256;

/// Attributes that people read.
const SHOWN: [&str; 8] = ["title", "text", "label", "value", "content", "description", "summary", "name"];

pub(super) fn read(text: &str) -> Reading {
    let mut xml = Reader::from_str(text);
    xml.config_mut().check_end_names = false;
    xml.config_mut().allow_unmatched_ends = true;
    let mut writer = Writer::default();
    let (mut open, mut deepest) = (0_usize, 0_usize);
    let fault = loop {
        match xml.read_event() {
            Ok(Event::Start(element)) => {
                open += 1;
                deepest = deepest.max(open);
                if open <= MAX_DEPTH {
                    start(&mut writer, &element);
                }
            }
            Ok(Event::Empty(element)) if open < MAX_DEPTH => {
                start(&mut writer, &element);
                writer.end();
            }
            Ok(Event::End(_)) => {
                if (1..=MAX_DEPTH).contains(&open) {
                    writer.end();
                }
                open = open.saturating_sub(1);
            }
            Ok(Event::Text(text)) => writer.text(&text.into_inner()),
            Ok(Event::CData(text)) => writer.text(&text.into_inner()),
            Ok(Event::GeneralRef(reference)) => {
                let letter = reference.resolve_char_ref().ok().flatten();
                match (letter, resolve_predefined_entity(&reference)) {
                    (Some(letter), _) => writer.text(letter.encode_utf8(&mut [0; 4])),
                    (None, Some(text)) => writer.text(text),
                    // What a document type may have declared is not looked up: it may expand without end.
                    (None, None) => writer.text(" "),
                }
            }
            Ok(Event::Eof) => break (open > 0).then(|| format!("its XML ends inside {open} elements")),
            Ok(_) => {}
            Err(error) => {
                let at = usize::try_from(xml.error_position()).unwrap_or(usize::MAX);
                writer.text(&without_tags(text.get(text.floor_char_boundary(at)..).unwrap_or_default()));
                break Some(format!("its XML is broken at byte {at} ({error}), and was read as plain text from there on"));
            }
        }
    };
    let mut reading = writer.finish();
    if let Some(fault) = fault {
        reading.warn(WarningCode::Damaged, fault);
    }
    if deepest > MAX_DEPTH {
        reading.warn(
            WarningCode::Damaged,
            format!("its elements are nested {deepest} deep: what is deeper than {MAX_DEPTH} was read as plain text"),
        );
    }
    reading
}

fn start(writer: &mut Writer, element: &BytesStart<'_>) {
    let name = element.local_name().into_inner().to_owned();
    let mut role = Role::of(&name, writer);
    if role == Role::Person {
        let part = element.try_get_attribute("contrib-type").ok().flatten();
        let is_author = part.is_none_or(|part| &*part.value == "author") && !writer.is_under("sub-article");
        role = if is_author { Role::Person } else { Role::Silent };
    }
    writer.start(name, role);
    if role == Role::Other {
        for attribute in element.attributes().flatten() {
            let name = attribute.key.local_name().into_inner();
            if SHOWN.contains(&name) {
                writer.attribute(name, &attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).unwrap_or_default());
            }
        }
    }
}

/// What is left of broken XML without what looks like tags.
fn without_tags(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for (number, part) in text.split('<').enumerate() {
        let shown = if number == 0 { part } else { part.split_once('>').map_or(part, |(_, after)| after) };
        written.push_str(shown);
        written.push(' ');
    }
    written
}

#[cfg(test)]
mod tests;
