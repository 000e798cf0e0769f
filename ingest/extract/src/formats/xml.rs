//! XML as a stream of tokens. Entities other than XML's own five are dropped, never expanded.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8};
use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};

/// A piece of a document.
pub(super) enum Token<'a> {
    Start(Tag<'a>),
    End,
    Text(Cow<'a, str>),
}

/// An element's start.
pub(super) struct Tag<'a>(BytesStart<'a>);

impl Tag<'_> {
    /// Its name as it is written, with the prefix.
    pub(super) fn name(&self) -> &str {
        self.0.name().0
    }

    /// Its name without the prefix.
    pub(super) fn local_name(&self) -> &str {
        self.name().rsplit(':').next().unwrap_or_default()
    }

    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        let attribute = self.0.try_get_attribute(name).ok()??;
        attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).ok().map(Cow::into_owned)
    }

    pub(super) fn number(&self, name: &str) -> Option<u32> {
        self.attribute(name)?.trim().parse().ok()
    }
}

/// The tokens of a text. Ends where the XML is broken, and says how.
pub(super) struct Xml<'a> {
    reader: Reader<&'a [u8]>,
    open: usize,
    fault: Option<String>,
}

impl<'a> Xml<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        Self { reader, open: 0, fault: None }
    }

    pub(super) fn next(&mut self) -> Option<Token<'a>> {
        while self.fault.is_none() {
            match self.reader.read_event() {
                Ok(Event::Start(tag)) => {
                    self.open += 1;
                    return Some(Token::Start(Tag(tag)));
                }
                Ok(Event::End(_)) => {
                    self.open = self.open.saturating_sub(1);
                    return Some(Token::End);
                }
                Ok(Event::Text(text)) => return Some(Token::Text(text.into_inner())),
                Ok(Event::CData(text)) => return Some(Token::Text(text.into_inner())),
                Ok(Event::GeneralRef(reference)) => {
                    let letter = reference.resolve_char_ref().ok().flatten().map(|letter| Cow::Owned(letter.to_string()));
                    let entity = || resolve_predefined_entity(&reference).map(Cow::Borrowed);
                    if let Some(text) = letter.or_else(entity) {
                        return Some(Token::Text(text));
                    }
                }
                Ok(Event::Eof) => {
                    if self.open > 0 {
                        self.fault = Some("it ends in the middle".to_owned());
                    }
                    return None;
                }
                Ok(_) => {}
                Err(error) => self.fault = Some(error.to_string()),
            }
        }
        None
    }

    /// Passes over the rest of the element that was just begun.
    pub(super) fn skip(&mut self) {
        let mut depth = 1_usize;
        while depth > 0 {
            match self.next() {
                Some(Token::Start(_)) => depth += 1,
                Some(Token::End) => depth -= 1,
                Some(Token::Text(_)) => {}
                None => return,
            }
        }
    }

    /// The text in the rest of the element that was just begun.
    pub(super) fn text(&mut self) -> String {
        let mut text = String::new();
        let mut depth = 1_usize;
        while depth > 0 {
            match self.next() {
                Some(Token::Start(_)) => depth += 1,
                Some(Token::End) => depth -= 1,
                Some(Token::Text(part)) => text.push_str(&part),
                None => break,
            }
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// What is wrong with the XML, as far as it was read.
    pub(super) fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }
}

/// Decodes an XML part: by its byte order mark, else as UTF-8, which is what the packages use.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let (encoding, mark) = Encoding::for_bom(bytes).unwrap_or((UTF_8, 0));
    encoding.decode_without_bom_handling(bytes.get(mark..).unwrap_or_default()).0
}
