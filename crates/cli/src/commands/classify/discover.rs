//! `ragstone classify discover`

use anyhow::{Context, bail};
use ragstone_classify::{DiscoverOptions, Discovered, discover, embed};
use ragstone_core::{Catalog, CollectionName};
use serde_json::json;

use super::{ensure_here, open, show, texts};
use crate::arguments::{Discover, Global};
use crate::engine::CatalogReader;
use crate::output::terminal;
use crate::settings::Settings;

/// Documents are read from the catalog in pages.
const PAGE: u64 = 500;

pub(super) async fn run(global: &Global, asked: &Discover) -> anyhow::Result<()> {
    ensure_here(global, "discover")?;
    let settings = Settings::load(global)?;
    let mut texts = match &asked.collection {
        Some(collection) => documents(&settings, collection).await?,
        None => texts(asked.file.as_ref(), &asked.text_column).await?,
    };
    texts.retain(|text| !text.trim().is_empty());
    let classifiers = open(&settings)?;
    let dense = embed(classifiers.embedder(), &texts).await?;
    let options = DiscoverOptions { groups: asked.groups };
    let (texts, discovered) = tokio::task::spawn_blocking(move || {
        let discovered = discover(&texts, &dense, &options).map_err(ragstone_core::Error::from);
        (texts, discovered)
    })
    .await?;
    let discovered = discovered?;
    if let Some(path) = &asked.write {
        fs_err::write(path, labelled(&texts, &discovered)).with_context(|| "the labelled texts cannot be written")?;
        terminal::note(format!("all texts with the names of their groups are in `{}`: correct them, then train on them", path.display()));
    }
    if global.json {
        return terminal::say_json(&discovered);
    }
    show::discovered(&discovered);
    Ok(())
}

fn labelled(texts: &[String], discovered: &Discovered) -> String {
    let mut lines = String::new();
    for (text, group) in texts.iter().zip(&discovered.group_of) {
        let label = discovered.groups.get(*group).map_or("", |group| group.name.as_str());
        lines += &json!({ "text": text, "label": label }).to_string();
        lines.push('\n');
    }
    lines
}

async fn documents(settings: &Settings, collection: &CollectionName) -> anyhow::Result<Vec<String>> {
    let catalog = CatalogReader::open(settings).await?.catalog;
    if catalog.collection(collection).await?.is_none() {
        bail!("collection `{collection}` does not exist; `ragstone collections` lists those that do");
    }
    let mut texts = Vec::new();
    let mut offset = 0;
    loop {
        let page = catalog.documents(collection, offset, PAGE).await?;
        for summary in &page.documents {
            texts.extend(catalog.document(collection, summary.head.id).await?.map(|record| record.document.text));
        }
        offset += page.documents.len() as u64;
        if page.documents.is_empty() || offset >= page.total {
            return Ok(texts);
        }
    }
}
