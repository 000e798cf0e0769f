//! Ids. All but the collection's name and the job's id derive from content, so doing the same thing twice changes nothing.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Error, ErrorKind, Stage};

/// Whether a name is 1 to 64 of `a-z A-Z 0-9 _ -` and starts with a letter or digit: safe as a folder, in a path of a URL, and in Qdrant.
pub fn is_safe_name(name: &str) -> bool {
    let starts_well = name.starts_with(|first: char| first.is_ascii_alphanumeric());
    let all_allowed = name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-');
    starts_well && all_allowed && name.len() <= 64
}

/// The name of a collection: 1 to 64 of `a-z A-Z 0-9 _ -`, starting with a letter or digit.
///
/// It is a folder name on disk, a path segment in a URL and a collection name in Qdrant; the alphabet is what is safe in all three.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CollectionName(String);

impl CollectionName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CollectionName {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        if is_safe_name(name) {
            return Ok(Self(name.to_owned()));
        }
        Err(Error::new(
            ErrorKind::InvalidInput,
            Stage::Catalog,
            format!("`{name}` is not a collection name: use 1 to 64 letters, digits, `_` or `-`, starting with a letter or digit"),
        ))
    }
}

impl TryFrom<String> for CollectionName {
    type Error = Error;

    fn try_from(name: String) -> Result<Self, Error> {
        name.parse()
    }
}

impl From<CollectionName> for String {
    fn from(name: CollectionName) -> Self {
        name.0
    }
}

impl fmt::Display for CollectionName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

macro_rules! content_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Takes an id that was read back from a store.
            pub fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The id as a UUID, which is what stores take.
            pub fn as_uuid(&self) -> Uuid {
                self.0
            }

            fn from_parts(domain: &str, parts: &[&[u8]]) -> Self {
                let mut hasher = blake3::Hasher::new_derive_key(domain);
                for part in parts {
                    // Lengths keep ("ab", "c") and ("a", "bc") apart.
                    hasher.update(&(part.len() as u64).to_le_bytes());
                    hasher.update(part);
                }
                let mut bytes = [0; 16];
                hasher.finalize_xof().fill(&mut bytes);
                Self(uuid::Builder::from_custom_bytes(bytes).into_uuid())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                let uuid = Uuid::parse_str(text).map_err(|_| {
                    Error::new(ErrorKind::InvalidInput, Stage::Catalog, format!("`{text}` is not an id: an id looks like {}", Uuid::nil()))
                })?;
                Ok(Self(uuid))
            }
        }
    };
}

content_id! {
    /// Identifies a document by where it came from, so that a changed file replaces its former self.
    DocumentId
}

content_id! {
    /// Identifies a chunk by its document and by the exact text that is embedded for it, so that a chunk
    /// that only moved keeps its vector.
    ChunkId
}

impl DocumentId {
    /// The id of the document that comes from `source` (a path, a URL, a name given by an API caller).
    pub fn from_source(source: &str) -> Self {
        Self::from_parts("ragstone 2026 document id", &[source.as_bytes()])
    }
}

impl ChunkId {
    /// The id of the `occurrence`-th chunk (from 0) of `document` that embeds exactly `embedded_text`.
    pub fn from_content(document: DocumentId, embedded_text: &str, occurrence: u32) -> Self {
        let document = document.as_uuid();
        Self::from_parts("ragstone 2026 chunk id", &[document.as_bytes(), embedded_text.as_bytes(), &occurrence.to_le_bytes()])
    }
}

/// A fingerprint of a document's content ([`ContentHash`]) and the settings it was chunked with.
///
/// Two equal revisions mean that ingesting again would change nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(String);

impl Revision {
    /// Fingerprints the parts, in order.
    pub fn of(parts: &[&[u8]]) -> Self {
        Self(fingerprint("ragstone 2026 revision", parts))
    }

    /// Takes a fingerprint that was read back from a store.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The fingerprint in hexadecimal.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A fingerprint of a document's bytes and of what was said about it, whatever its name is.
///
/// Two documents with the same fingerprint are the same document under two names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ContentHash(String);

impl ContentHash {
    /// Fingerprints the parts, in order.
    pub fn of(parts: &[&[u8]]) -> Self {
        Self(fingerprint("ragstone 2026 content", parts))
    }

    /// Takes a fingerprint that was read back from a store.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The fingerprint in hexadecimal.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// 128 bits in hexadecimal.
fn fingerprint(domain: &str, parts: &[&[u8]]) -> String {
    let mut hasher = blake3::Hasher::new_derive_key(domain);
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().to_hex().as_str().chars().take(32).collect()
}

/// Identifies an ingest job. The one id that does not derive from content: asking twice makes two jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(Uuid);

impl JobId {
    /// A new id.
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl FromStr for JobId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let uuid = Uuid::parse_str(text).map_err(|_| {
            Error::new(ErrorKind::InvalidInput, Stage::Catalog, format!("`{text}` is not the id of a job: `ragstone jobs` lists them"))
        })?;
        Ok(Self(uuid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collection_names_are_safe_everywhere() {
        let long = "x".repeat(65);
        for good in ["docs", "a", "Team-7_notes", "0"] {
            assert_eq!(good.parse::<CollectionName>().map(String::from).ok().as_deref(), Some(good));
        }
        for bad in ["", "-docs", "_x", "a b", "../etc", "a/b", "émile", long.as_str()] {
            assert!(bad.parse::<CollectionName>().is_err(), "{bad:?} must be refused");
        }
    }

    #[test]
    fn ids_derive_from_content_alone() {
        let document = DocumentId::from_source("/a.md");
        assert_eq!(ChunkId::from_content(document, "text", 0), ChunkId::from_content(document, "text", 0));
        assert_ne!(ChunkId::from_content(document, "text", 0), ChunkId::from_content(document, "text", 1));
        assert_ne!(DocumentId::from_source("/a.md"), DocumentId::from_source("/b.md"));
        assert_ne!(Revision::of(&[b"ab", b"c"]), Revision::of(&[b"a", b"bc"]));
    }
}
