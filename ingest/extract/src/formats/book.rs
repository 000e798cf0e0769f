//! EPUB books: the chapters in the order of reading.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use ragstone_core::{ExtractedText, FieldValue, QualityReport, Refusal, RefusalReason, WarningCode};

use super::blocks::Blocks;
use super::html;
use super::package::{Package, damaged};
use super::xml::{self, Token, Xml};
use crate::{Limits, RawDocument};

/// Fonts that are only made unusable elsewhere; the text is not encrypted.
const FONT_OBFUSCATIONS: [&str; 2] = ["http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"];

/// Reads a book.
pub(crate) fn read(document: &RawDocument) -> Result<ExtractedText, Refusal> {
    let mut package = Package::open(&document.bytes)?;
    refuse_encrypted(&mut package)?;
    let container = package.needed("META-INF/container.xml")?;
    let root = root_file(&xml::decode(&container)).ok_or_else(|| damaged("it does not say where its table of parts is".to_owned()))?;
    let table = package.needed(&root)?;
    let book = Book::parse(&xml::decode(&table));
    let folder = root.rsplit_once('/').map(|(folder, _)| folder).unwrap_or_default();
    let mut quality = QualityReport::by("epub");
    let mut blocks = Blocks::up_to(document.limits);
    let mut read = HashSet::new();
    for chapter in book.chapters.iter().take(Limits::MEMBERS) {
        let part = path(folder, chapter);
        // One that is listed again says nothing new.
        if blocks.is_full() || !read.insert(part.clone()) {
            continue;
        }
        match write_chapter(&mut package, &part, &mut blocks) {
            Ok(None) => {}
            Ok(Some(fault)) => quality.warn(WarningCode::Damaged, format!("chapter `{chapter}`: {fault}")),
            Err(reason) => quality.warn(WarningCode::PartUnreadable, format!("chapter `{chapter}` cannot be read: {reason}")),
        }
    }
    if let Some(fault) = book.fault {
        quality.warn(WarningCode::Damaged, format!("its table of parts is broken: {fault}"));
    }
    let mut text = blocks.into_text(quality);
    text.title = book.title;
    text.modified_at = book.modified_at;
    for (name, values) in book.fields {
        let value = if let [one] = values.as_slice() { FieldValue::Text(one.clone()) } else { FieldValue::List(values) };
        text.fields.insert(name.to_owned(), value);
    }
    Ok(text)
}

fn refuse_encrypted(package: &mut Package<'_>) -> Result<(), Refusal> {
    let Some(list) = package.part("META-INF/encryption.xml")? else { return Ok(()) };
    let list = xml::decode(&list);
    let mut xml = Xml::new(&list);
    while let Some(token) = xml.next() {
        let Token::Start(tag) = token else { continue };
        let algorithm = tag.attribute("Algorithm").unwrap_or_default();
        if tag.local_name() == "EncryptionMethod" && !FONT_OBFUSCATIONS.contains(&algorithm.as_str()) {
            let detail = "its chapters are encrypted by a digital rights management".to_owned();
            return Err(Refusal { reason: RefusalReason::Password, detail });
        }
    }
    Ok(())
}

fn root_file(container: &str) -> Option<String> {
    let mut xml = Xml::new(container);
    while let Some(token) = xml.next() {
        if let Token::Start(tag) = token
            && tag.local_name() == "rootfile"
        {
            return tag.attribute("full-path");
        }
    }
    None
}

/// Says what is wrong with a chapter that was read all the same.
fn write_chapter(package: &mut Package<'_>, part: &str, blocks: &mut Blocks) -> Result<Option<String>, String> {
    let bytes = package.needed(part).map_err(|refusal| refusal.detail)?;
    let converted = html::to_markdown(&html::from_xhtml(&xml::decode(&bytes)))?;
    blocks.markdown(&converted.markdown);
    Ok(converted.fault)
}

/// The path of a part that is named relative to a folder, as in a URL.
fn path(folder: &str, reference: &str) -> String {
    let without_fragment = reference.split('#').next().unwrap_or_default();
    let decoded = percent_decoded(without_fragment);
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(decoded.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A book's table of parts.
#[derive(Default)]
struct Book {
    title: Option<String>,
    modified_at: Option<DateTime<Utc>>,
    fields: HashMap<&'static str, Vec<String>>,
    /// Where the chapters are, in the order of reading.
    chapters: Vec<String>,
    fault: Option<String>,
}

impl Book {
    fn parse(table: &str) -> Self {
        let mut book = Self::default();
        let mut parts: HashMap<String, String> = HashMap::new();
        let mut xml = Xml::new(table);
        while let Some(token) = xml.next() {
            let Token::Start(tag) = token else { continue };
            let field = match tag.local_name() {
                "title" => {
                    let title = xml.text();
                    book.title = book.title.or(Some(title).filter(|title| !title.is_empty()));
                    continue;
                }
                "meta" if tag.attribute("property").as_deref() == Some("dcterms:modified") => {
                    book.modified_at = DateTime::parse_from_rfc3339(&xml.text()).ok().map(|date| date.to_utc());
                    continue;
                }
                "item" => {
                    let is_contents = tag.attribute("properties").is_some_and(|properties| properties.split(' ').any(|word| word == "nav"));
                    if let (Some(id), Some(href), false) = (tag.attribute("id"), tag.attribute("href"), is_contents) {
                        parts.insert(id, href);
                    }
                    continue;
                }
                "itemref" => {
                    book.chapters.extend(tag.attribute("idref").and_then(|id| parts.get(&id).cloned()));
                    continue;
                }
                "creator" => "author",
                "publisher" => "publisher",
                "subject" => "subject",
                "description" => "description",
                "date" => "published",
                _ => continue,
            };
            let value = xml.text();
            if !value.is_empty() {
                book.fields.entry(field).or_default().push(value);
            }
        }
        book.fault = xml.fault().map(str::to_owned);
        book
    }
}
