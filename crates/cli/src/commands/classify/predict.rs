//! `ragstone classify predict`: as many texts as come, in order, a bounded number at a time.

use std::io::Read;
use std::path::Path;

use anyhow::Context;
use ragstone_classify::{Classifier, Columns, Prediction, TextLine, TextStream};
use ragstone_core::Embedder;
use serde::Serialize;
use tokio::sync::mpsc;

use super::{embedder, ensure_here, store};
use crate::arguments::{Global, Predict};
use crate::output::terminal::{self, FAINT};
use crate::settings::Settings;

/// Enough to be sorted by length and embedded well; what is in memory at once.
const TEXTS_AT_ONCE: usize = 1_024;
/// Groups that are read while others are embedded.
const GROUPS_AHEAD: usize = 2;

/// A line of output.
#[derive(Serialize)]
struct Answer<'text> {
    line: u64,
    text: &'text str,
    #[serde(flatten)]
    prediction: &'text Prediction,
}

pub(super) async fn run(global: &Global, predict: &Predict) -> anyhow::Result<()> {
    ensure_here(global, "predict")?;
    let settings = Settings::load(global)?;
    let store = store(&settings)?;
    let version = store.current(&predict.name).map_err(ragstone_core::Error::from)?;
    let classifier = store.load(&predict.name, version).map_err(ragstone_core::Error::from)?;
    let embedder = embedder(&settings).await?;
    classifier.ensure_embedded_by(predict.name.as_str(), embedder.spec()).map_err(ragstone_core::Error::from)?;

    let mut groups = read(predict)?;
    while let Some(group) = groups.recv().await {
        answer(global, predict, &classifier, embedder.as_ref(), group?).await?;
    }
    Ok(())
}

/// Reads on a thread of its own, a few groups ahead. What was read before a line that is wrong is still answered.
fn read(predict: &Predict) -> anyhow::Result<mpsc::Receiver<anyhow::Result<Vec<TextLine>>>> {
    let (sender, receiver) = mpsc::channel(GROUPS_AHEAD);
    let columns = Columns { text: predict.text_column.clone(), ..Columns::default() };
    let stream = match &predict.text {
        Some(text) => TextStream::new(Path::new("-"), std::io::Cursor::new(text.clone().into_bytes()), &columns),
        None => TextStream::new(&predict.file, open(&predict.file)?, &columns),
    };
    let mut stream = stream.map_err(ragstone_core::Error::from)?;
    std::thread::spawn(move || {
        loop {
            let mut group = Vec::with_capacity(TEXTS_AT_ONCE);
            let mut broken = None;
            for text in stream.by_ref().take(TEXTS_AT_ONCE) {
                match text {
                    Ok(text) => group.push(text),
                    Err(error) => {
                        broken = Some(anyhow::Error::new(ragstone_core::Error::from(error)));
                        break;
                    }
                }
            }
            let ends = group.len() < TEXTS_AT_ONCE;
            // Nobody listens when the answers cannot be written any more.
            let heard = group.is_empty() || sender.blocking_send(Ok(group)).is_ok();
            if let Some(error) = broken {
                sender.blocking_send(Err(error)).ok();
                return;
            }
            if ends || !heard {
                return;
            }
        }
    });
    Ok(receiver)
}

fn open(file: &Path) -> anyhow::Result<Box<dyn Read + Send>> {
    if file == Path::new("-") {
        return Ok(Box::new(std::io::stdin()));
    }
    let opened = fs_err::File::open(file).with_context(|| format!("there are no texts to be read in `{}`", file.display()))?;
    Ok(Box::new(opened))
}

async fn answer(
    global: &Global,
    predict: &Predict,
    classifier: &Classifier,
    embedder: &dyn Embedder,
    group: Vec<TextLine>,
) -> anyhow::Result<()> {
    // An empty text has no label; it keeps its line.
    let filled: Vec<String> = group.iter().filter(|line| !line.text.trim().is_empty()).map(|line| line.text.clone()).collect();
    let mut predictions = classifier.predict(embedder, &filled, predict.top).await?.into_iter();
    let mut written = String::new();
    for line in &group {
        let none = || Prediction { labels: Vec::new(), confidence: 0.0, scores: Vec::new() };
        let prediction = if line.text.trim().is_empty() { none() } else { predictions.next().unwrap_or_else(none) };
        if global.json {
            written += &serde_json::to_string(&Answer { line: line.line, text: &line.text, prediction: &prediction })?;
            written.push('\n');
        } else {
            written += &shown(line, &prediction, predict.top);
        }
    }
    terminal::write(&written);
    Ok(())
}

fn shown(line: &TextLine, prediction: &Prediction, top: usize) -> String {
    let labels = if prediction.labels.is_empty() { "(none of these)".to_owned() } else { prediction.labels.join(", ") };
    let flat: Vec<&str> = line.text.split_whitespace().collect();
    let mut shown = format!("{labels}\t{:.3}\t{}\n", prediction.confidence, flat.join(" "));
    if top > 1 {
        for score in &prediction.scores {
            shown += &format!("{FAINT}  {:.3}  {}{FAINT:#}\n", score.score, score.label);
        }
    }
    shown
}
