//! `ragstone classify`: labels for texts.

mod discover;
mod evaluate;
mod manage;
mod predict;
mod show;
mod train;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::ensure;
use ragstone_classify::{ClassifierStore, Classifiers, Columns, Examples, read_examples, read_texts};
use ragstone_core::{CollectionName, Document, DocumentHead, Embedder};
use ragstone_embed::LocalEmbedder;

use crate::arguments::{Classify, ColumnNames, Global};
use crate::engine::{classifier_folder, locate_runtime};
use crate::settings::Settings;
use crate::storage::CatalogReader;

/// Documents are read from the catalog in pages.
const PAGE: u64 = 500;

pub(crate) async fn run(global: &Global, command: &Classify) -> anyhow::Result<()> {
    match command {
        Classify::Train(train) => train::run(global, train).await,
        Classify::Predict(predict) => predict::run(global, predict).await,
        Classify::Evaluate(evaluate) => evaluate::run(global, evaluate).await,
        Classify::Discover(discover) => discover::run(global, discover).await,
        Classify::List => manage::list(global).await,
        Classify::Show { name, report } => manage::show(global, name, report.as_deref()).await,
        Classify::Delete { name, yes } => manage::delete(global, name, *yes).await,
        Classify::Rollback { name, version } => manage::roll_back(global, name, *version).await,
        Classify::Correct { name, text, labels } => manage::correct(global, name, text, labels).await,
        Classify::Retrain { name } => manage::retrain(global, name).await,
    }
}

/// The classifiers of the data folder, with the model. Neither the store nor the catalog is opened, so that this works
/// beside a running server.
fn open(settings: &Settings) -> anyhow::Result<Classifiers> {
    Ok(Classifiers::new(store(settings)?, embedder(settings)?))
}

/// The model that reads texts.
fn embedder(settings: &Settings) -> anyhow::Result<Arc<dyn Embedder>> {
    Ok(Arc::new(LocalEmbedder::open(&settings.embed, &locate_runtime(settings)?)?))
}

/// Their files alone.
fn store(settings: &Settings) -> anyhow::Result<ClassifierStore> {
    Ok(ClassifierStore::new(classifier_folder(&settings.data_dir()?)))
}

fn columns(names: &ColumnNames) -> Columns {
    Columns { text: names.text_column.clone(), label: names.label_column.clone(), separator: names.label_separator.clone() }
}

/// The examples of several files, one after the other.
async fn examples(paths: &[PathBuf], names: &ColumnNames) -> anyhow::Result<Examples> {
    let (paths, columns) = (paths.to_vec(), columns(names));
    let read = tokio::task::spawn_blocking(move || {
        let mut all = Examples::default();
        for path in &paths {
            all.append(read_examples(path, &columns).map_err(ragstone_core::Error::from)?);
        }
        Ok::<_, ragstone_core::Error>(all)
    });
    Ok(read.await??)
}

/// The texts of a file, if one is named.
async fn texts(path: Option<&PathBuf>, text_column: &str) -> anyhow::Result<Vec<String>> {
    let Some(path) = path.cloned() else { return Ok(Vec::new()) };
    let columns = Columns { text: text_column.to_owned(), ..Columns::default() };
    let read = tokio::task::spawn_blocking(move || read_texts(&path, &columns).map_err(ragstone_core::Error::from));
    Ok(read.await??)
}

/// The documents of a collection that are wanted, by their heads.
async fn documents(
    settings: &Settings,
    collection: &CollectionName,
    mut is_wanted: impl FnMut(&DocumentHead) -> bool,
) -> anyhow::Result<Vec<Document>> {
    let catalog = CatalogReader::open(settings).await?.catalog;
    let exists = catalog.collection(collection).await?.is_some();
    ensure!(exists, "collection `{collection}` does not exist; `ragstone collections` lists those that do");
    let (mut documents, mut offset) = (Vec::new(), 0);
    loop {
        let page = catalog.documents(collection, offset, PAGE).await?;
        for summary in page.documents.iter().filter(|summary| is_wanted(&summary.head)) {
            documents.extend(catalog.document(collection, summary.head.id).await?.map(|record| record.document));
        }
        offset += page.documents.len() as u64;
        if page.documents.is_empty() || offset >= page.total {
            return Ok(documents);
        }
    }
}

fn ensure_here(global: &Global, command: &str) -> anyhow::Result<()> {
    ensure!(global.url.is_none(), "`ragstone classify {command}` works on this machine's files: leave `--url` out");
    Ok(())
}
