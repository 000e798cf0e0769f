//! What a person should know of how well documents could be read, in a few lines.

use std::collections::BTreeMap;
use std::path::Path;

use ragstone_core::{DocumentHead, QualityReport, WarningCode};
use serde::{Deserialize, Serialize};

/// So many documents are named for each warning; all are counted.
const MAX_NAMED: usize = 10;

/// So many of them fit a line.
const SHOWN_IN_A_LINE: usize = 3;

/// The warnings of many documents, by what they are about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct QualitySummary {
    /// By the warning's code, such as `pages_without_text`.
    #[schema(value_type = std::collections::HashMap<String, WarningSummary>)]
    pub warnings: BTreeMap<WarningCode, WarningSummary>,
}

/// The documents that have one warning.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct WarningSummary {
    /// How many they are.
    pub documents: u64,
    /// How many of their pages are concerned, where pages are known.
    pub pages: u64,
    /// The first ten of them.
    pub sources: Vec<String>,
}

impl QualitySummary {
    /// One line for each kind of warning: `3 documents look scanned: 41 pages have no text (a.pdf, b.pdf, c.pdf)`.
    pub fn lines(&self) -> Vec<String> {
        self.warnings.iter().map(|(code, summary)| summary.line(*code)).collect()
    }

    pub(crate) fn note(&mut self, head: &DocumentHead, quality: &QualityReport) {
        let mut codes: Vec<WarningCode> = quality.warnings.iter().map(|warning| warning.code).collect();
        codes.sort();
        codes.dedup();
        for code in codes {
            let summary = self.warnings.entry(code).or_default();
            summary.documents += 1;
            if code == WarningCode::PagesWithoutText {
                summary.pages += quality.pages_without_text.len() as u64;
            }
            if summary.sources.len() < MAX_NAMED {
                summary.sources.push(head.source.clone());
            }
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        for (code, more) in other.warnings {
            let summary = self.warnings.entry(code).or_default();
            summary.documents += more.documents;
            summary.pages += more.pages;
            let room = MAX_NAMED.saturating_sub(summary.sources.len());
            summary.sources.extend(more.sources.into_iter().take(room));
        }
    }
}

impl WarningSummary {
    fn line(&self, code: WarningCode) -> String {
        let count = self.documents;
        let (one, many, rest) = match code {
            WarningCode::PagesWithoutText => ("looks", "look", format!("scanned: {}", pages_without_text(self.pages))),
            WarningCode::GarbledText => ("has", "have", "text that looks garbled".to_owned()),
            WarningCode::PartUnreadable => ("has", "have", "parts that could not be read and are missing".to_owned()),
            WarningCode::Damaged => ("is", "are", "damaged; what could be read was read".to_owned()),
            WarningCode::UndecodableBytes => ("has", "have", "bytes that fit no encoding".to_owned()),
            WarningCode::EncodingGuessed => ("is", "are", "in an encoding that was guessed from few bytes".to_owned()),
            WarningCode::AttachmentsSkipped => ("has", "have", "attachments that were not read".to_owned()),
            WarningCode::RecognisedFromPictures => ("was", "were", "recognised from pictures".to_owned()),
            WarningCode::CutOff => ("was", "were", "cut off at a limit".to_owned()),
            WarningCode::LanguageNotRead => ("is", "are", "in a language that the embedding model hardly reads".to_owned()),
        };
        let subject = if count == 1 { format!("1 document {one}") } else { format!("{count} documents {many}") };
        format!("{subject} {rest} ({})", self.names())
    }

    fn names(&self) -> String {
        let name =
            |source: &String| Path::new(source).file_name().map_or_else(|| source.clone(), |name| name.to_string_lossy().into_owned());
        let mut names: Vec<String> = self.sources.iter().take(SHOWN_IN_A_LINE).map(name).collect();
        if self.documents > names.len() as u64 {
            names.push("…".to_owned());
        }
        names.join(", ")
    }
}

fn pages_without_text(pages: u64) -> String {
    if pages == 1 { "1 page has no text".to_owned() } else { format!("{pages} pages have no text") }
}

#[cfg(test)]
mod tests {
    use ragstone_core::{DocumentId, Language, Revision};

    use super::*;

    fn head(source: &str) -> DocumentHead {
        DocumentHead {
            id: DocumentId::from_source(source),
            source: source.to_owned(),
            title: String::new(),
            media_type: String::new(),
            language: Language::unknown(),
            tags: Vec::new(),
            modified_at: chrono::DateTime::UNIX_EPOCH,
            fields: Default::default(),
            revision: Revision::of(&[]),
        }
    }

    #[test]
    fn warnings_become_lines_that_count_and_name() {
        let mut summary = QualitySummary::default();
        for (number, pages) in [(1, vec![1]), (2, vec![]), (3, vec![3, 4]), (4, vec![1])] {
            let mut quality = QualityReport { pages_without_text: pages.clone(), ..QualityReport::by("pdf") };
            if !pages.is_empty() {
                quality.warn(WarningCode::PagesWithoutText, "pages have no text");
            }
            if number == 2 {
                quality.warn(WarningCode::Damaged, "is damaged");
                quality.warn(WarningCode::Damaged, "twice");
            }
            summary.note(&head(&format!("/docs/{number}.pdf")), &quality);
        }
        let lines = [
            "3 documents look scanned: 4 pages have no text (1.pdf, 3.pdf, 4.pdf)",
            "1 document is damaged; what could be read was read (2.pdf)",
        ];
        assert_eq!(summary.lines(), lines);
        summary.add(summary.clone());
        assert_eq!(summary.lines()[0], "6 documents look scanned: 8 pages have no text (1.pdf, 3.pdf, 4.pdf, …)");
        let json = serde_json::to_value(&summary).unwrap();
        assert_eq!(json["warnings"]["damaged"]["documents"], 2);
    }
}
