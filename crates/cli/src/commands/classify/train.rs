//! `ragstone classify train`

use std::sync::Arc;

use anyhow::{Context, ensure};
use ragstone_classify::{
    ClassWeights, Classifiers, DescribedLabel, Example, Examples, LearnOptions, MethodChoice, Origin, Trained, Training, Wanted, page,
};
use ragstone_core::{CollectionName, DocumentHead, FieldValue};
use ragstone_generate::Examiner;
use ragstone_server::with_phrases;

use super::{documents, embedder, ensure_here, examples, open, show, store, texts};
use crate::arguments::{Global, Train, TryMethods, WantedAnswers};
use crate::output::terminal;
use crate::settings::Settings;

pub(super) async fn run(global: &Global, train: &Train) -> anyhow::Result<()> {
    ensure_here(global, "train")?;
    let settings = Settings::load(global)?;
    if let Some(file) = &train.describe {
        let mut labels = described(file)?;
        let embedder = embedder(&settings).await?;
        if train.with_model {
            labels = with_phrases(&Examiner::new(settings.generate.clone(), Arc::clone(&embedder))?, labels).await?;
        }
        let trained = Classifiers::new(store(&settings)?, embedder).describe(&train.name, &labels, train.template.as_deref()).await?;
        return report(global, train, &trained);
    }
    let mut examples = examples(&train.examples, &train.columns).await?;
    if let (Some(collection), Some(field)) = (&train.collection, &train.by_field) {
        examples.append(of_collection(&settings, collection, field).await?);
    }
    let out_of_scope = texts(train.out_of_scope.as_ref(), &train.columns.text_column).await?;
    let Examples { examples, left_out } = examples;
    if !global.json {
        left_out.iter().take(20).for_each(|left| terminal::note(format!("left out: {}: {}", left.origin, left.reason)));
    }
    let training = Training { options: options(train)?, examples, out_of_scope, corrections: 0 };
    let trained = open(&settings).await?.train(&train.name, training, left_out).await?;
    report(global, train, &trained)
}

fn report(global: &Global, train: &Train, trained: &Trained) -> anyhow::Result<()> {
    if let (Some(path), Some(report)) = (&train.report, &trained.report) {
        let page = page(trained.name.as_str(), report).map_err(ragstone_core::Error::from)?;
        fs_err::write(path, page)?;
        terminal::note(format!("the report is in `{}`", path.display()));
    }
    if global.json {
        return terminal::say_json(trained);
    }
    show::trained(trained);
    Ok(())
}

fn options(train: &Train) -> anyhow::Result<LearnOptions> {
    let method = match (train.freedom, train.method) {
        (Some(freedom), _) => {
            ensure!(freedom.is_finite() && freedom > 0.0, "`--freedom {freedom}` must be greater than 0");
            MethodChoice::LogisticWith(freedom)
        }
        (None, TryMethods::Best) => MethodChoice::Best,
        (None, TryMethods::Centroids) => MethodChoice::Centroids,
        (None, TryMethods::Neighbours) => MethodChoice::Neighbours,
        (None, TryMethods::Logistic) => MethodChoice::Logistic,
    };
    let class_weights = if train.balanced { ClassWeights::Balanced } else { ClassWeights::Even };
    Ok(LearnOptions { method, class_weights, wanted: wanted(&train.wanted)? })
}

fn wanted(answers: &WantedAnswers) -> anyhow::Result<Wanted> {
    let (wanted, share) = match answers {
        WantedAnswers { precision: Some(share), .. } => (Wanted::Precision(*share), *share),
        WantedAnswers { coverage: Some(share), .. } => (Wanted::Coverage(*share), *share),
        WantedAnswers { out_of_scope_recall: Some(share), .. } => (Wanted::OutOfScopeRecall(*share), *share),
        _ => return Ok(Wanted::Everything),
    };
    ensure!((0.0..=1.0).contains(&share), "a share of {share} must be from 0 to 1");
    Ok(wanted)
}

fn described(file: &std::path::Path) -> anyhow::Result<Vec<DescribedLabel>> {
    let text = fs_err::read_to_string(file)?;
    let mut labels = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let label: DescribedLabel = serde_json::from_str(line)
            .with_context(|| format!("`{}`, line {}: expected {{\"label\": \"…\", \"phrases\": [\"…\"]}}", file.display(), index + 1))?;
        labels.push(label);
    }
    Ok(labels)
}

/// The documents of a collection that have the field, with its value as their label.
async fn of_collection(settings: &Settings, collection: &CollectionName, field: &str) -> anyhow::Result<Examples> {
    let labels_of = |head: &DocumentHead| head.fields.get(field).map(labels).unwrap_or_default();
    let (mut examples, mut without) = (Examples::default(), 0);
    let labelled = documents(settings, collection, |head| {
        let is_labelled = !labels_of(head).is_empty();
        without += usize::from(!is_labelled);
        is_labelled
    });
    for document in labelled.await? {
        let (labels, origin) = (labels_of(&document.head), Origin { file: document.head.source, line: 0 });
        examples.push(Example { text: document.text, labels, origin });
    }
    if without > 0 {
        terminal::note(format!("{without} documents of `{collection}` have no field `{field}`: they are not learned from"));
    }
    Ok(examples)
}

fn labels(value: &FieldValue) -> Vec<String> {
    match value {
        FieldValue::Boolean(truth) => vec![truth.to_string()],
        FieldValue::Number(number) => vec![number.to_string()],
        FieldValue::Text(text) => vec![text.clone()],
        FieldValue::List(texts) => texts.clone(),
    }
}
