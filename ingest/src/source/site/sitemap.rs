//! Sitemaps: lists of pages, or of other sitemaps; XML or plain lines, possibly gzipped.

use std::io::Read;

use bytesize::ByteSize;
use flate2::read::MultiGzDecoder;
use quick_xml::Reader;
use quick_xml::events::Event;
use url::Url;

use crate::SourceError;

/// The protocol's own limit, packed or not.
pub(super) const LARGEST: ByteSize = ByteSize::mib(50);

/// What a sitemap lists, as it is written there.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Sitemap {
    pub(super) pages: Vec<String>,
    pub(super) sitemaps: Vec<String>,
}

/// Whether a URL looks like that of a sitemap.
pub(super) fn is_sitemap(url: &Url) -> bool {
    let path = url.path().to_ascii_lowercase();
    [".xml", ".gz"].iter().any(|ending| path.ends_with(ending))
}

impl Sitemap {
    /// Reads a sitemap; more than `limit` entries are not taken.
    pub(super) fn parse(bytes: &[u8], limit: usize) -> Result<Self, SourceError> {
        if bytes.starts_with(&[0x1f, 0x8b]) {
            return Self::parse_text(&unpack(bytes)?, limit);
        }
        Self::parse_text(bytes, limit)
    }

    fn parse_text(bytes: &[u8], limit: usize) -> Result<Self, SourceError> {
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim_start_matches('\u{feff}').trim_start();
        if text.starts_with('<') {
            return Self::parse_xml(text, limit);
        }
        let lines = text.lines().map(str::trim).filter(|line| line.starts_with("http"));
        Ok(Self { pages: lines.take(limit).map(str::to_owned).collect(), ..Self::default() })
    }

    fn parse_xml(text: &str, limit: usize) -> Result<Self, SourceError> {
        let mut reader = Reader::from_str(text);
        let mut sitemap = Self::default();
        let mut is_index = false;
        let mut location: Option<String> = None;
        while sitemap.pages.len() + sitemap.sitemaps.len() < limit {
            match reader.read_event().map_err(|source| SourceError::Sitemap { source })? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "sitemap" => is_index = true,
                    "url" => is_index = false,
                    // Of images and videos the pages contain, only the page is wanted.
                    "loc" if element.name().prefix().is_none() => location = Some(String::new()),
                    _ => {}
                },
                Event::End(element) if element.local_name().as_ref() == "loc" => {
                    let list = if is_index { &mut sitemap.sitemaps } else { &mut sitemap.pages };
                    list.extend(location.take().map(|location| location.trim().to_owned()));
                }
                Event::Text(piece) => push(&mut location, &piece.xml10_content()),
                Event::CData(piece) => push(&mut location, &piece.xml10_content()),
                Event::GeneralRef(entity) => push(&mut location, &resolved(&entity)),
                Event::Eof => break,
                _ => {}
            }
        }
        Ok(sitemap)
    }
}

fn push(location: &mut Option<String>, piece: &str) {
    if let Some(location) = location {
        location.push_str(piece);
    }
}

/// `&amp;` and its like; entities that a document defines by itself are not expanded.
fn resolved(entity: &quick_xml::events::BytesRef<'_>) -> String {
    if let Ok(Some(letter)) = entity.resolve_char_ref() {
        return letter.to_string();
    }
    quick_xml::escape::resolve_xml_entity(entity).unwrap_or_default().to_owned()
}

fn unpack(bytes: &[u8]) -> Result<Vec<u8>, SourceError> {
    let mut unpacked = Vec::new();
    let size = MultiGzDecoder::new(bytes)
        .take(LARGEST.as_u64() + 1)
        .read_to_end(&mut unpacked)
        .map_err(|source| SourceError::Unpack { source })?;
    if size as u64 > LARGEST.as_u64() {
        return Err(SourceError::SitemapTooLarge { limit: LARGEST });
    }
    Ok(unpacked)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    const PAGES: &str = r#"<?xml version="1.0"?><urlset xmlns:image="x"><url><loc> https://x/a?b=1&amp;c=&#50; </loc>
        <image:image><image:loc>https://x/a.png</image:loc></image:image></url><url><loc><![CDATA[https://x/b]]></loc></url></urlset>"#;

    #[test]
    fn all_forms() {
        let pages = Sitemap { pages: vec!["https://x/a?b=1&c=2".to_owned(), "https://x/b".to_owned()], ..Sitemap::default() };
        assert_eq!(Sitemap::parse(PAGES.as_bytes(), 10).unwrap(), pages);
        assert_eq!(Sitemap::parse(&gzip(PAGES.as_bytes()), 10).unwrap(), pages);
        assert_eq!(Sitemap::parse(b"\xef\xbb\xbfhttps://x/a?b=1&c=2\r\n\nhttps://x/b\nnonsense", 10).unwrap(), pages);
        let index = "<sitemapindex><sitemap><loc>https://x/1.xml</loc></sitemap></sitemapindex>";
        assert_eq!(Sitemap::parse(index.as_bytes(), 10).unwrap().sitemaps, ["https://x/1.xml"]);
    }

    #[test]
    fn bombs_and_noise() {
        assert_eq!(Sitemap::parse(PAGES.as_bytes(), 1).unwrap().pages.len(), 1);
        let bomb = gzip(&vec![b'a'; 51 << 20]);
        assert!(bomb.len() < 1 << 20);
        assert!(matches!(Sitemap::parse(&bomb, 10), Err(SourceError::SitemapTooLarge { .. })));
        assert!(matches!(Sitemap::parse(&[0x1f, 0x8b, 1, 2, 3], 10), Err(SourceError::Unpack { .. })));
        assert!(matches!(Sitemap::parse(b"<urlset><url></loc>", 10), Err(SourceError::Sitemap { .. })));
        let laughs = r#"<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><urlset><url><loc>https://x/&b;</loc></url></urlset>"#;
        assert_eq!(Sitemap::parse(laughs.as_bytes(), 10).unwrap().pages, ["https://x/"]);
        assert_eq!(Sitemap::parse(b"\xff\xfe\0", 10).unwrap(), Sitemap::default());
    }
}
