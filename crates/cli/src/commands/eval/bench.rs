//! Where questions are asked: an open data folder, a collection in it, and questions about that.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{bail, ensure};
use ragstone_core::{CollectionName, ContentHash};
use ragstone_eval::{AskedQuestion, Assessment, Examination, Question, ReportedSubject, Resampling, Unresolved, examine, resolve};
use ragstone_generate::{Answerer, Examiner};
use ragstone_ingest::{ChunkStrategy, RawDocument};
use ragstone_server::{Answering, Examinee};

use super::data::{self, Data};
use crate::arguments::EvalData;
use crate::engine::Engine;
use crate::output::progress::QuestionProgress;
use crate::settings::Settings;
use crate::storage;

/// Deep enough for recall at 100 with one chunk a document; with several chunks a document, more.
const DEPTH: usize = 100;
const CHUNKS_PER_DOCUMENT: usize = 5;

/// So many questions warm up an index.
const WARM_UP: usize = 50;

/// An engine with questions that its collection can answer.
pub(super) struct Bench {
    pub(super) engine: Engine,
    pub(super) collection: CollectionName,
    pub(super) questions: Vec<AskedQuestion>,
    pub(super) unresolved: Vec<Unresolved>,
    pub(super) documents: u64,
    arguments: Arguments,
}

/// The documents of a collection, from the texts that are kept, and the questions about them.
pub(super) struct Copied<'run> {
    pub(super) documents: Vec<RawDocument>,
    pub(super) questions: &'run [Question],
}

/// How all questions are asked.
#[derive(Debug, Clone, Copy)]
struct Arguments {
    mode: crate::arguments::Mode,
    depth: usize,
    answers: bool,
    quiet: bool,
}

/// A configuration and what it is called.
#[derive(Clone, Copy)]
pub(super) struct Named<'all> {
    pub(super) name: &'all str,
    pub(super) settings: &'all Settings,
}

/// What came of asking all questions.
pub(super) struct Asked {
    pub(super) examined: Vec<ragstone_eval::Examined>,
    pub(super) elapsed: std::time::Duration,
}

/// What is asked, of what, and where indexes are kept that are made for it.
pub(super) struct Preparation<'run> {
    pub(super) data: &'run Data,
    pub(super) arguments: &'run EvalData,
    pub(super) folder: &'run Path,
    pub(super) quiet: bool,
}

impl Preparation<'_> {
    /// Opens the data folder for the questions; a set's documents are stored in a folder of their own first.
    pub(super) async fn open(&self, settings: &Settings) -> anyhow::Result<Bench> {
        let Self { arguments, quiet, .. } = *self;
        match self.data {
            Data::Set(set) => {
                let engine = Engine::open(self.for_set(settings)?).await?;
                let collection: CollectionName = if arguments.split { "eval-split" } else { "eval" }.parse()?;
                data::ingest(&engine, &collection, data::documents_of(set), quiet).await?;
                let (questions, documents) = (data::asked(set), set.documents.len() as u64);
                let arguments = Arguments::of(arguments, quiet);
                Ok(Bench { engine, collection, questions, unresolved: Vec::new(), documents, arguments })
            }
            Data::Questions(questions) => {
                ensure!(!arguments.split, "`--split` is of a folder's documents: those of a collection are split already");
                storage::ensure_data(settings)?;
                self.ask(Engine::open(settings.clone()).await?, questions).await
            }
        }
    }

    /// Stores the documents of a collection anew under these settings, for the same questions.
    pub(super) async fn rebuild(&self, settings: &Settings, copied: Copied<'_>) -> anyhow::Result<Bench> {
        let data_dir = Some(self.folder_for(settings)?);
        let engine = Engine::open(Settings { data_dir, ..settings.clone() }).await?;
        data::ingest(&engine, &self.arguments.collection, copied.documents, self.quiet).await?;
        self.ask(engine, copied.questions).await
    }

    /// The settings under which a set's documents are stored in a folder of their own.
    fn for_set(&self, settings: &Settings) -> anyhow::Result<Settings> {
        let mut settings = settings.clone();
        if !self.arguments.split {
            settings.chunk.strategy = ChunkStrategy::Document;
        }
        settings.data_dir = Some(self.folder_for(&settings)?);
        Ok(settings)
    }

    /// One folder for all settings that make the same index: another time it is found again, and no other's is taken for it.
    fn folder_for(&self, settings: &Settings) -> anyhow::Result<PathBuf> {
        let Settings { embed, lexical, store, .. } = settings;
        let chunk = settings.chunks_of(&self.arguments.collection);
        let made_by = serde_json::to_vec(&(chunk, &embed.model_dir, embed.max_tokens, lexical, store))?;
        let name: String = ContentHash::of(&[&made_by]).as_str().chars().take(12).collect();
        Ok(self.folder.join(format!("index-{name}")))
    }

    async fn ask(&self, engine: Engine, questions: &[Question]) -> anyhow::Result<Bench> {
        let collection = self.arguments.collection.clone();
        let summaries = engine.catalog.collections().await?;
        let Some(summary) = summaries.into_iter().find(|summary| summary.spec.name == collection) else {
            bail!("collection `{collection}` does not exist: `ragstone collections` lists those that do, `--collection` names one")
        };
        let resolved = resolve(&*engine.catalog, &collection, questions.to_vec()).await?;
        let arguments = Arguments::of(self.arguments, self.quiet);
        let (questions, unresolved) = (resolved.questions, resolved.unresolved);
        Ok(Bench { engine, collection, questions, unresolved, documents: summary.documents, arguments })
    }
}

impl Bench {
    /// What is examined under these settings, whatever else is kept for the collection.
    pub(super) fn examinee(&self, settings: &Settings) -> anyhow::Result<Examinee> {
        Ok(Examinee {
            retriever: Arc::new(self.engine.retriever.with_config(settings.retrieve.clone())),
            ..self.examinee_in_force(settings)?
        })
    }

    /// What is examined under the settings that its searches go by.
    pub(super) fn examinee_in_force(&self, settings: &Settings) -> anyhow::Result<Examinee> {
        Ok(Examinee {
            retriever: Arc::clone(&self.engine.retriever),
            answering: self.arguments.answers.then(|| self.answering(settings)).transpose()?,
            collection: self.collection.clone(),
            mode: self.arguments.mode.into(),
            depth: self.arguments.depth,
        })
    }

    fn answering(&self, settings: &Settings) -> anyhow::Result<Answering> {
        let embedder = || Arc::clone(&self.engine.embedder);
        let answerer = Answerer::new(settings.generate.clone(), settings.prompt.clone(), embedder())?;
        let examiner = Examiner::new(settings.generate.clone(), embedder())?;
        Ok(Answering { answerer: Arc::new(answerer), examiner: Arc::new(examiner) })
    }

    /// Asks all questions, as many at once as the store searches.
    pub(super) async fn ask(&self, examinee: &Examinee, at_once: usize) -> Asked {
        let progress = QuestionProgress::new(self.questions.len(), self.arguments.quiet);
        let began = Instant::now();
        let examined = examine(examinee, &self.questions, at_once, &|| progress.one_more()).await;
        progress.finish();
        Asked { examined, elapsed: began.elapsed() }
    }

    /// Asks some questions for nothing, so that the first configuration is not measured on cold memory.
    pub(super) async fn warm_up(&self, settings: &Settings) -> anyhow::Result<()> {
        let some = self.questions.get(..WARM_UP.min(self.questions.len())).unwrap_or_default();
        let examinee = Examinee { answering: None, ..self.examinee(settings)? };
        examine(&examinee, some, settings.store.concurrent_searches, &|| ()).await;
        Ok(())
    }

    /// Asks all questions and computes the figures.
    pub(super) async fn measure(&self, named: Named<'_>, examinee: &Examinee) -> anyhow::Result<(ReportedSubject, Asked)> {
        let Named { name, settings } = named;
        let asked = self.ask(examinee, settings.store.concurrent_searches).await;
        let assessment = self.examination(&asked).assess(&Resampling::default())?;
        ensure_asked(&assessment)?;
        Ok((ReportedSubject { name: name.to_owned(), settings: settings.changed()?, assessment, compared: None }, asked))
    }

    /// What was asked and what came of it.
    pub(super) fn examination<'all>(&'all self, asked: &'all Asked) -> Examination<'all> {
        Examination { asked: &self.questions, examined: &asked.examined, elapsed: asked.elapsed }
    }
}

/// Refuses figures of questions none of which could be asked.
pub(super) fn ensure_asked(assessment: &Assessment) -> anyhow::Result<()> {
    if let Some((id, reason)) = assessment.failures().next() {
        let failures = assessment.failures().count();
        ensure!(failures < assessment.questions.len(), "no question could be asked; `{id}`: {reason}");
    }
    Ok(())
}

impl Arguments {
    fn of(arguments: &EvalData, quiet: bool) -> Self {
        let depth = arguments.depth.map_or(if arguments.split { DEPTH * CHUNKS_PER_DOCUMENT } else { DEPTH }, usize::from);
        Self { mode: arguments.mode, depth, answers: arguments.answers, quiet }
    }
}
