//! `ragstone documents`

use anyhow::{Context, ensure};
use ragstone_core::{CollectionName, DocumentId, EncodingEvidence};
use ragstone_server::api::{DocumentDetail, DocumentList, FacetList, FacetQuery, MAX_PAGE_LIMIT, Page};

use crate::arguments::{Documents, Facets, Global, ListDocuments};
use crate::backend::{Backend, Listing};
use crate::output::terminal::{self, FAINT, STRONG, WRONG};
use crate::output::{self, table};
use crate::places;

pub(crate) async fn run(global: &Global, command: &Documents) -> anyhow::Result<()> {
    match command {
        Documents::List(ListDocuments { target, offset, limit }) => {
            list(global, &target.collection, Page { offset: *offset, limit: *limit }).await
        }
        Documents::Facets(wanted) => facets(global, wanted).await,
        Documents::Show { document, target } => show(global, &target.collection, document).await,
        Documents::Delete { documents, target } => delete(global, &target.collection, documents).await,
    }
}

/// The first page of the collection `default`.
pub(crate) async fn list_default(global: &Global) -> anyhow::Result<()> {
    list(global, &"default".parse()?, Page::default()).await
}

/// An id as it is; anything else is a source.
fn document_id(text: &str) -> DocumentId {
    text.parse().unwrap_or_else(|_| DocumentId::from_source(&named(text)))
}

/// A document as the catalog knows it: a file that exists by its absolute path, a name or an id as it is.
pub(super) fn named(text: &str) -> String {
    fs_err::canonicalize(text).map_or_else(|_| text.to_owned(), |path| path.to_string_lossy().into_owned())
}

async fn list(global: &Global, collection: &CollectionName, page: Page) -> anyhow::Result<()> {
    ensure!((1..=MAX_PAGE_LIMIT).contains(&page.limit), "--limit must be from 1 to {MAX_PAGE_LIMIT}");
    let (documents, total) = Listing::open(global).await?.documents(collection, page).await?;
    if global.json {
        return terminal::say_json(&DocumentList { documents, total, offset: page.offset });
    }
    let shown = documents.len() as u64;
    let rows: Vec<[String; 4]> = documents
        .into_iter()
        .map(|document| {
            let chunks = if document.indexed_at.is_some() { document.chunks.to_string() } else { "being stored".to_owned() };
            [document.head.title, chunks, document.head.language.as_str().to_owned(), places::displayed(&document.head.source)]
        })
        .collect();
    table::show(["Title", "Chunks", "Language", "Source"], &rows);
    if shown < total {
        terminal::note(format!("{shown} of {total} documents; see more with --offset {}", page.offset + shown));
    }
    Ok(())
}

async fn facets(global: &Global, wanted: &Facets) -> anyhow::Result<()> {
    let query = FacetQuery { field: wanted.fields.join(","), filter: wanted.filter.clone(), values: Some(wanted.values) };
    let facets = Listing::open(global).await?.facets(&wanted.target.collection, query).await?;
    if global.json {
        return terminal::say_json(&FacetList { facets });
    }
    output::facets::show(&facets);
    Ok(())
}

async fn show(global: &Global, collection: &CollectionName, name: &str) -> anyhow::Result<()> {
    let found = Listing::open(global).await?.document(collection, document_id(name)).await;
    let document = found.with_context(|| format!("`{name}` cannot be shown: name it as `ragstone documents list` does, or by its id"))?;
    if global.json {
        return terminal::say_json(&document);
    }
    terminal::say(format!("{STRONG}{}{STRONG:#}", document.head.title));
    table::show(["Field", "Value"], &facts(&document));
    for warning in &document.quality.warnings {
        terminal::say(format!("{WRONG}!{WRONG:#} {}", warning.message));
    }
    terminal::say(format!("\n{STRONG}{} chunks{STRONG:#}", document.chunks.len()));
    for chunk in &document.chunks {
        let first_line = chunk.span.of(&document.text).and_then(|text| text.lines().next()).unwrap_or_default();
        let page = chunk.pages.map(|pages| format!("{pages}  ")).unwrap_or_default();
        terminal::say(format!(
            "{FAINT}{:>8}–{:<8}{FAINT:#} {page}{}  {first_line}",
            chunk.span.start,
            chunk.span.end,
            chunk.heading_path.join(" › ")
        ));
    }
    Ok(())
}

/// What is known of a document, and how well it could be read.
fn facts(document: &DocumentDetail) -> Vec<[String; 2]> {
    let (head, quality) = (&document.head, &document.quality);
    let mut facts = vec![
        ("id", head.id.to_string()),
        ("source", head.source.clone()),
        ("type", head.media_type.clone()),
        ("language", head.language.as_str().to_owned()),
        ("modified", head.modified_at.to_rfc3339()),
        ("tags", head.tags.join(", ")),
    ];
    facts.extend(document.same_as.map(|other| ("same as", other.to_string())));
    facts.push(("read by", quality.engine.clone()));
    if let Some(encoding) = &quality.encoding {
        facts.push(("encoding", format!("{} ({})", encoding.name, evidence(encoding.decided_by))));
    }
    if !document.pages.is_empty() {
        let per_page = document.text.chars().count() / document.pages.len();
        let without = quality.pages_without_text.len();
        facts.push(("pages", format!("{}, {per_page} characters each, {without} without text", document.pages.len())));
    }
    if quality.tables > 0 {
        facts.push(("tables", quality.tables.to_string()));
    }
    if quality.garbled_share > 0.0 {
        facts.push(("garbled", format!("{:.1} %", quality.garbled_share * 100.0)));
    }
    let mut facts: Vec<[String; 2]> = facts.into_iter().map(|(name, value)| [name.to_owned(), value]).collect();
    facts.extend(head.fields.iter().map(|(name, value)| [format!("fields.{name}"), serde_json::to_string(value).unwrap_or_default()]));
    facts
}

fn evidence(evidence: EncodingEvidence) -> &'static str {
    match evidence {
        EncodingEvidence::ByteOrderMark => "by its byte order mark",
        EncodingEvidence::Valid => "all bytes are valid",
        EncodingEvidence::Declared => "declared",
        EncodingEvidence::Detected => "detected",
    }
}

async fn delete(global: &Global, collection: &CollectionName, documents: &[String]) -> anyhow::Result<()> {
    let ids: Vec<DocumentId> = documents.iter().map(|document| document_id(document)).collect();
    let backend = Backend::open_existing(global).await?;
    let deleted = backend.delete_documents(collection, &ids).await?;
    backend.close().await?;
    ensure!(deleted > 0, "none of these documents is in collection `{collection}`: `ragstone documents list` shows what is");
    if global.json {
        return terminal::say_json(&serde_json::json!({ "deleted": deleted }));
    }
    terminal::say(format!("{deleted} of {} documents deleted", ids.len()));
    Ok(())
}
