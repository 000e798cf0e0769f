//! A retriever finds out from where on a collection's passages are relevant.

use std::collections::BTreeMap;
use std::sync::Arc;

use ragstone_core::{ChunkId, CollectionName, Language, Result, ScoredChunk};

use super::{Retriever, Trace};
use crate::calibration::{
    Basis, COVERAGE_WEIGHT, Calibration, Cloze, Evidence, FEWEST_CHUNKS, Found, SAMPLED_PASSAGES, Samples, questions,
};
use crate::diversity::dot_product;
use crate::relevance::TermRarity;
use crate::searched::Searched;
use crate::{Overrides, RetrieveError, SearchRequest, WhichModel};

/// A language is asked in if at least one in so many passages is written in it.
const ONE_IN: usize = 10;

/// So many hits are looked at for each question.
const LOOKED_AT: usize = 10;

impl Retriever {
    /// The same, and it calibrates collections by itself, in the background, when they are searched and have outgrown their calibration.
    #[must_use]
    pub fn calibrating(self) -> Self {
        Self { calibrates: true, ..self }
    }

    /// From where on a collection's passages are relevant by its present model, if that was found out.
    pub async fn calibration(&self, collection: &CollectionName) -> Result<Option<Calibration>> {
        let Some(spec) = self.catalog.collection(collection).await? else { return Ok(None) };
        let kept = self.calibrations.of(self.catalog.as_ref(), collection).await?;
        Ok(kept.filter(|kept| kept.is_of(&spec.embedding)).map(|calibration| Calibration::clone(&calibration)))
    }

    /// Finds out from where on a collection's passages are relevant, and keeps it.
    pub async fn calibrate(&self, collection: &CollectionName) -> Result<Calibration> {
        let searched = self.searched(collection, WhichModel::Current).await?;
        let Some(_running) = self.calibrations.begin(collection) else {
            return Err(RetrieveError::BeingCalibrated { name: collection.clone() }.into());
        };
        let basis = self.basis(&searched).await?;
        self.measure(&searched, basis).await
    }

    /// Does so only where there is no calibration, or the collection, the model or what is wanted has changed; says what was made.
    pub async fn calibrate_if_due(&self, collection: &CollectionName) -> Result<Option<Calibration>> {
        let searched = self.searched(collection, WhichModel::Current).await?;
        let basis = self.basis(&searched).await?;
        let kept = self.calibrations.of(self.catalog.as_ref(), collection).await?;
        if basis.chunks < FEWEST_CHUNKS || kept.is_some_and(|kept| kept.fits(&basis)) {
            return Ok(None);
        }
        let Some(_running) = self.calibrations.begin(collection) else { return Ok(None) };
        Ok(Some(self.measure(&searched, basis).await?))
    }

    /// Calibrates in the background what is due, if this retriever does so at all. Costs nothing where it was looked at lately.
    pub(super) fn look_after(&self, collection: &CollectionName) {
        if !self.calibrates || !self.calibrations.is_to_be_looked_after(collection) {
            return;
        }
        let (retriever, collection) = (Self { calibrates: false, ..self.clone() }, collection.clone());
        tokio::spawn(async move {
            let _turn = retriever.calibrations.background_turn().await;
            match retriever.calibrate_if_due(&collection).await {
                Ok(None) => {}
                Ok(Some(_)) => tracing::info!(collection.name = %collection, "collection calibrated"),
                Err(error) => tracing::warn!(collection.name = %collection, %error, "the collection could not be calibrated"),
            }
        });
    }

    async fn basis(&self, searched: &Searched) -> Result<Basis> {
        let collection = searched.index.collection();
        let summaries = self.catalog.collections().await?;
        let chunks = summaries.into_iter().find(|summary| &summary.spec.name == collection).map_or(0, |summary| summary.chunks);
        let model = Calibration::name_of(searched.embedder.spec());
        let config = self.settings.in_force(self.catalog.as_ref(), collection).await?;
        Ok(Basis { model, chunks, wanted_false_answers: config.wanted_false_answers })
    }

    async fn measure(&self, searched: &Searched, basis: Basis) -> Result<Calibration> {
        let passages = self.sample(searched).await?;
        let languages = languages_of(&passages);
        let samples = Samples {
            answerable: self.ask_for_passages(searched, passages).await?,
            unanswerable: self.ask_for_other_things(searched, &languages).await?,
        };
        let calibration = Calibration::new(basis, chrono::Utc::now(), &samples);
        self.calibrations.keep(self.catalog.as_ref(), searched.index.collection(), &calibration).await?;
        Ok(calibration)
    }

    /// Passages from all over the collection: ids derive from content, so their order is as good as chance, and always the same.
    async fn sample(&self, searched: &Searched) -> Result<Vec<ScoredChunk>> {
        let collection = searched.index.collection();
        let mut ids: Vec<ChunkId> = self.catalog.expected(collection).await?.into_iter().map(|chunk| chunk.id).collect();
        ids.sort_unstable();
        ids.truncate(SAMPLED_PASSAGES);
        if ids.is_empty() { Ok(Vec::new()) } else { self.store.fetch(&searched.index, &ids).await }
    }

    /// The evidence that passages, or others than they, have for a sentence that was taken out of them.
    async fn ask_for_passages(&self, searched: &Searched, passages: Vec<ScoredChunk>) -> Result<Evidence> {
        let clozes: Vec<(Cloze, &ScoredChunk)> = passages.iter().filter_map(|passage| Some((Cloze::of(passage)?, passage))).collect();
        let rests = clozes.iter().map(|(cloze, _)| cloze.rest.clone()).collect();
        let vectors = searched.embedder.embed_passages(rests).await?;
        let mut evidence = Evidence::default();
        for ((cloze, passage), rest) in clozes.into_iter().zip(vectors) {
            let trace = self.trace_in(searched.clone(), &as_calibrated(&cloze.question)).await?;
            let others = best_of(&trace, Some(passage.chunk.id));
            let similarity = trace.plan.dense.as_ref().filter(|_| trace.found.traits.is_readable()).map(|asked| dot_product(asked, &rest));
            let coverage = self.coverage(cloze, passage.head.language.clone(), trace.found.results.best_scores).await?;
            let meaning_and_words = similarity.map(|similarity| similarity + COVERAGE_WEIGHT * coverage);
            evidence.add(Found { meaning_and_words, coverage }.or_better(others));
        }
        Ok(evidence)
    }

    /// What the rest of a passage has of the words of the sentence that was taken out of it.
    async fn coverage(&self, cloze: Cloze, language: Language, best_scores: Vec<(u32, Option<f32>)>) -> Result<f32> {
        let encoder = Arc::clone(&self.lexical);
        self.analyse(move || {
            let terms = encoder.encode_query(&cloze.question, std::slice::from_ref(&language));
            let rarity = TermRarity::from_best_scores(&cloze.question, &best_scores);
            rarity.coverage(&terms, &encoder.encode_passage(&cloze.rest, &language))
        })
        .await
    }

    /// The best evidence that a search finds for questions which the collection does not answer.
    async fn ask_for_other_things(&self, searched: &Searched, languages: &[Language]) -> Result<Evidence> {
        let mut evidence = Evidence::default();
        for question in questions(languages) {
            let trace = self.trace_in(searched.clone(), &as_calibrated(question)).await?;
            evidence.add(best_of(&trace, None));
        }
        Ok(evidence)
    }
}

/// A search for evidence: of settings that only choose or change what is shown, or cost much for the order alone, none counts.
fn as_calibrated(question: &str) -> SearchRequest {
    let options = Overrides::default()
        .with("operators", "never")
        .with("feedback_passages", 0)
        .with("rescore_depth", 0)
        .with("rerank_depth", 0)
        .with("diversity", 0)
        .with("max_per_document", 0)
        .with("group", "none")
        .with("expand", "none");
    SearchRequest { limit: Some(LOOKED_AT), options, ..SearchRequest::new(question) }
}

/// The best evidence that a search found, that of one chunk left out.
fn best_of(trace: &Trace, without: Option<ChunkId>) -> Found {
    let hits = trace.response.hits.iter().filter(|hit| Some(hit.chunk.id) != without);
    hits.map(|hit| Found::from(hit.relevance)).fold(Found::default(), Found::or_better)
}

/// The languages that a good part of the passages is written in.
fn languages_of(passages: &[ScoredChunk]) -> Vec<Language> {
    let mut counts: BTreeMap<&Language, usize> = BTreeMap::new();
    for passage in passages {
        *counts.entry(&passage.head.language).or_default() += 1;
    }
    counts.into_iter().filter(|(_, count)| count * ONE_IN >= passages.len()).map(|(language, _)| language.clone()).collect()
}

#[cfg(test)]
mod tests;
