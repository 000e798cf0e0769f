//! `ragstone classify discover`

use anyhow::Context;
use ragstone_classify::{DiscoverOptions, Discovered, discover, embed};
use serde_json::json;

use super::{documents, ensure_here, open, show, texts};
use crate::arguments::{Discover, Global};
use crate::output::terminal;
use crate::settings::Settings;

pub(super) async fn run(global: &Global, asked: &Discover) -> anyhow::Result<()> {
    ensure_here(global, "discover")?;
    let settings = Settings::load(global)?;
    let mut texts = match &asked.collection {
        Some(collection) => documents(&settings, collection, |_| true).await?.into_iter().map(|document| document.text).collect(),
        None => texts(asked.file.as_ref(), &asked.text_column).await?,
    };
    texts.retain(|text| !text.trim().is_empty());
    let classifiers = open(&settings).await?;
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
