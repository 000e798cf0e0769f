//! How well a document could be read.

use serde::{Deserialize, Serialize};

/// What the reading of a document found out about itself: shown to people, so that a bad extraction is noticed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct QualityReport {
    /// What read it: `text`, `markdown`, `pdfium`, …
    pub engine: String,
    /// Letters, digits and signs on each page, white space not counted; empty for a document without pages.
    pub characters_per_page: Vec<u32>,
    /// The numbers of the pages without any text: most likely scanned.
    pub pages_without_text: Vec<u32>,
    /// The share of the text that is not plausible as text in any language (private-use and replacement characters,
    /// letters without meaning together), 0 to 1.
    pub garbled_share: f32,
    /// How many tables were recognised.
    pub tables: u32,
    /// The encoding of a text, and how it was decided; nothing for formats that say it themselves.
    pub encoding: Option<EncodingFound>,
    /// What a reader should know.
    pub warnings: Vec<Warning>,
}

impl QualityReport {
    /// A report by this engine that has nothing to say yet.
    pub fn by(engine: &str) -> Self {
        Self { engine: engine.to_owned(), ..Self::default() }
    }

    /// Adds a warning.
    pub fn warn(&mut self, code: WarningCode, message: impl Into<String>) {
        self.warnings.push(Warning { code, message: message.into() });
    }
}

/// The encoding a text was decoded from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EncodingFound {
    /// Its name on the web, such as `UTF-8` or `windows-1251`.
    pub name: String,
    /// What decided.
    pub decided_by: EncodingEvidence,
}

/// What decided for an encoding, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EncodingEvidence {
    /// A byte order mark.
    ByteOrderMark,
    /// All bytes are valid in it, which is no accident for UTF-8.
    Valid,
    /// The document declares it.
    Declared,
    /// Statistics of its bytes; may be wrong for short texts.
    Detected,
}

/// Something a reader of a document should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Warning {
    /// For programs.
    pub code: WarningCode,
    /// In words: what, where and, where there is one, the remedy. Lower case, no full stop.
    pub message: String,
}

/// What a warning is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WarningCode {
    /// Pages have no text: they look scanned.
    PagesWithoutText,
    /// The text looks garbled.
    GarbledText,
    /// A page, a slide or a part could not be read and is missing.
    PartUnreadable,
    /// The file is damaged; what could be read was read.
    Damaged,
    /// Bytes fit no encoding and became U+FFFD.
    UndecodableBytes,
    /// The encoding was guessed from few bytes.
    EncodingGuessed,
    /// Attachments or embedded files were not read.
    AttachmentsSkipped,
    /// The text was recognised from pictures.
    RecognisedFromPictures,
    /// More of the document was there than a limit allows; the rest is missing.
    CutOff,
    /// The text is in a language that the embedding model was hardly trained to read.
    LanguageNotRead,
}
