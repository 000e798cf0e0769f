//! How well texts are classified, by named protocols, with the functions that `ragstone classify` calls.
//!
//! ```text
//! cargo run --example classification -- SET… [--runtime .runtime] [--keep FOLDER]
//! ```
//!
//! A set is a folder with `train.jsonl` and `test.jsonl` (`{"text", "label"}`), and perhaps `oos_train.jsonl` and
//! `oos_test.jsonl` with texts that have none of the labels. Prints one JSON object a set. With `--keep` the embeddings are
//! written there (rows of 32-bit floats, little-endian), so that another program can be measured on the same ones.

use std::io::{Write, stdout};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use ragstone_classify::{
    Columns, DescribedLabel, Embedded, Evaluation, Examples, LearnOptions, Learned, MethodChoice, TrainingSet, embed, evaluate_embedded,
    learn, read_examples, zero_shot,
};
use ragstone_core::Embedder;
use ragstone_embed::{EmbedConfig, LocalEmbedder, locate};
use serde_json::{Value, json};

/// Of the few-shot protocol: examples of each label, and how many draws are averaged.
const SHOTS: usize = 8;
const DRAWS: u64 = 10;

/// Texts, what they are, and their embeddings.
struct Part {
    examples: Examples,
    dense: ndarray::Array2<f32>,
}

struct Set {
    name: String,
    train: Part,
    test: Part,
    strangers: Embedded,
    test_strangers: Embedded,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = options()?;
    let config = EmbedConfig::default();
    let embedder = LocalEmbedder::open(&config, &locate(&config, std::slice::from_ref(&options.runtime))?)?;
    for folder in &options.sets {
        let set = Set::read(folder, &embedder).await?;
        if let Some(keep) = &options.keep {
            set.write(keep)?;
        }
        let mut measured = json!({
            "set": set.name, "train": set.train.examples.examples.len(), "test": set.test.examples.examples.len(),
            "few_shot": few_shot(&set, &embedder)?, "zero_shot": described(&set, &embedder).await?,
        });
        if let Some(object) = measured.as_object_mut() {
            object.insert("all".to_owned(), all(&set, &embedder)?);
        }
        writeln!(stdout(), "{measured}")?;
    }
    Ok(())
}

/// All examples: what is chosen, how good it is on the test part, and how long it took.
fn all(set: &Set, embedder: &dyn Embedder) -> Result<Value> {
    let training = TrainingSet::new(set.train.examples.clone(), set.train.dense.clone(), set.strangers.clone())?;
    let begun = Instant::now();
    let learned = learn(&training, embedder.spec(), &LearnOptions::default())?;
    let seconds = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    let evaluation = evaluation(&learned, set);
    let evaluating = begun.elapsed().as_secs_f64();
    let mut plain = serde_json::Map::new();
    for freedom in [1.0, 16.0] {
        let options = LearnOptions { method: MethodChoice::LogisticWith(freedom), ..LearnOptions::default() };
        let learned = learn(&training, embedder.spec(), &options)?;
        let begun = Instant::now();
        let accuracy = self::evaluation(&learned, set).figures.accuracy;
        // Held-out folds, which calibrate, and the fit to all examples.
        let seconds = learned.report.seconds.choosing + learned.report.seconds.fitting;
        plain.insert(
            format!("C {freedom}"),
            json!({ "accuracy": accuracy, "train_seconds": seconds, "predict_seconds": begun.elapsed().as_secs_f64() }),
        );
    }
    Ok(json!({
        "chosen": learned.report.choice.method.to_string(), "reason": learned.report.choice.reason,
        "tried": learned.report.tried.iter().map(|tried| json!([tried.method.to_string(), tried.accuracy])).collect::<Vec<_>>(),
        "held_out_accuracy": learned.report.figures.accuracy, "held_out_ece": learned.report.calibration.ece,
        "accuracy": evaluation.figures.accuracy, "macro_f1": evaluation.figures.macro_f1,
        "ece": evaluation.calibration.ece, "brier": evaluation.calibration.brier,
        "threshold": evaluation.abstention.threshold, "accuracy_with_threshold": evaluation.abstention.accuracy,
        "out_of_scope_recall": evaluation.abstention.out_of_scope_recall,
        "label_errors": learned.report.label_errors.len(), "verdict": learned.report.learning_curve.verdict,
        "seconds": { "learn": seconds, "choosing": learned.report.seconds.choosing, "fitting": learned.report.seconds.fitting, "predict": evaluating },
        "embeddings_only": plain,
    }))
}

/// A few examples of each label, drawn ten times: the mean accuracy of each method.
fn few_shot(set: &Set, embedder: &dyn Embedder) -> Result<Value> {
    let methods = [
        ("logistic C 1 (MTEB's)", MethodChoice::LogisticWith(1.0)),
        ("centroids", MethodChoice::Centroids),
        ("nearest examples", MethodChoice::Neighbours),
        ("best by cross-validation", MethodChoice::Best),
    ];
    let mut means = serde_json::Map::new();
    for (name, method) in methods {
        let mut accuracies = Vec::new();
        for draw in 0..DRAWS {
            let rows = drawn(&set.train.examples, draw);
            let examples = rows.iter().filter_map(|row| set.train.examples.examples.get(*row).cloned()).collect();
            let nobody = Embedded { texts: Vec::new(), dense: ndarray::Array2::zeros((0, set.train.dense.ncols())) };
            let dense = set.train.dense.select(ndarray::Axis(0), &rows);
            let training = TrainingSet::new(Examples { examples, left_out: Vec::new() }, dense, nobody)?;
            let learned = learn(&training, embedder.spec(), &LearnOptions { method, ..LearnOptions::default() })?;
            accuracies.push(evaluation(&learned, set).figures.accuracy);
        }
        means.insert(name.to_owned(), json!(accuracies.iter().sum::<f64>() / accuracies.len().max(1) as f64));
    }
    Ok(Value::Object(means))
}

/// The labels' names in words, no examples.
async fn described(set: &Set, embedder: &dyn Embedder) -> Result<Value> {
    let names = set.train.examples.counts().into_keys();
    let labels: Vec<DescribedLabel> = names.map(|label| DescribedLabel { label: label.to_owned(), phrases: Vec::new() }).collect();
    let classifier = zero_shot(embedder, &labels, None).await?;
    let evaluation = evaluate_embedded(&classifier, set.test.examples.clone(), set.test.dense.clone(), set.test_strangers.clone())?;
    Ok(json!(evaluation.figures.accuracy))
}

fn evaluation(learned: &Learned, set: &Set) -> Evaluation {
    let evaluated = evaluate_embedded(&learned.classifier, set.test.examples.clone(), set.test.dense.clone(), set.test_strangers.clone());
    evaluated.unwrap_or_else(|_| unreachable!("a test part has examples"))
}

/// The rows of some examples of each label, another choice for each draw.
fn drawn(examples: &Examples, draw: u64) -> Vec<usize> {
    let mut order: Vec<(u64, usize)> = (0..examples.examples.len()).map(|row| (mixed(draw, row as u64), row)).collect();
    order.sort_unstable();
    let mut taken: std::collections::HashMap<&str, usize> = std::collections::HashMap::new();
    let mut rows = Vec::new();
    for (_, row) in order {
        let label = examples.examples.get(row).and_then(|example| example.labels.first()).map_or("", String::as_str);
        let of_label = taken.entry(label).or_default();
        if *of_label < SHOTS {
            *of_label += 1;
            rows.push(row);
        }
    }
    rows
}

/// SplitMix64.
fn mixed(draw: u64, row: u64) -> u64 {
    let mut state = (draw + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ row.wrapping_mul(0xD1B5_4A32_D192_ED03);
    state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}

impl Set {
    async fn read(folder: &Path, embedder: &dyn Embedder) -> Result<Self> {
        let part = async |name: &str| -> Result<Part> {
            let examples = read_examples(&folder.join(name), &Columns::default()).map_err(ragstone_core::Error::from)?;
            let dense = embed(embedder, &texts(&examples)).await?;
            Ok(Part { examples, dense })
        };
        let strangers = async |name: &str| -> Result<Embedded> {
            let path = folder.join(name);
            let read = path.is_file().then(|| read_examples(&path, &Columns::default())).transpose();
            let texts = texts(&read.map_err(ragstone_core::Error::from)?.unwrap_or_default());
            let dense = embed(embedder, &texts).await?;
            Ok(Embedded { texts, dense })
        };
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Self {
            name,
            train: part("train.jsonl").await?,
            test: part("test.jsonl").await?,
            strangers: strangers("oos_train.jsonl").await?,
            test_strangers: strangers("oos_test.jsonl").await?,
        })
    }

    fn write(&self, keep: &Path) -> Result<()> {
        fs_err::create_dir_all(keep)?;
        for (part, of) in [("train", &self.train), ("test", &self.test)] {
            let bytes: Vec<u8> = of.dense.iter().flat_map(|value| value.to_le_bytes()).collect();
            fs_err::write(keep.join(format!("{}-{part}.f32", self.name)), bytes)?;
        }
        Ok(())
    }
}

fn texts(examples: &Examples) -> Vec<String> {
    examples.examples.iter().map(|example| example.text.clone()).collect()
}

struct Options {
    sets: Vec<PathBuf>,
    runtime: PathBuf,
    keep: Option<PathBuf>,
}

fn options() -> Result<Options> {
    let mut options = Options { sets: Vec::new(), runtime: PathBuf::from(".runtime"), keep: None };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().context("an option has no value");
        match argument.as_str() {
            "--runtime" => options.runtime = PathBuf::from(value()?),
            "--keep" => options.keep = Some(PathBuf::from(value()?)),
            option if option.starts_with("--") => bail!("there is no option {option}"),
            _ => options.sets.push(PathBuf::from(argument)),
        }
    }
    if options.sets.is_empty() {
        bail!("name the folder of a set");
    }
    Ok(options)
}
