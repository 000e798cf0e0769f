//! A collection as what an evaluation examines.

use std::sync::Arc;

use async_trait::async_trait;
use ragstone_core::{CollectionName, Hit, Result};
use ragstone_eval::{CitedPassage, GivenAnswer, Place, Subject};
use ragstone_generate::{Answer, AnswerMode, Answerer, Examiner, Policy};
use ragstone_retrieve::{Mode, Retriever, SearchRequest};

/// A collection with what searches it and, where answers are examined, what answers from it.
#[derive(Clone)]
pub struct Examinee {
    /// Finds passages.
    pub retriever: Arc<Retriever>,
    /// Answers from them, and judges that; `None` if answers are not examined.
    pub answering: Option<Answering>,
    /// Where.
    pub collection: CollectionName,
    /// Which legs are used.
    pub mode: Mode,
    /// How many passages are found for a question.
    pub depth: usize,
}

/// What answers, and what judges answers.
#[derive(Clone)]
pub struct Answering {
    /// Answers.
    pub answerer: Arc<Answerer>,
    /// Says how far the passages support an answer.
    pub examiner: Arc<Examiner>,
}

#[async_trait]
impl Subject for Examinee {
    async fn search(&self, question: &str) -> Result<Vec<Hit>> {
        let request = SearchRequest { limit: Some(self.depth), mode: self.mode, ..SearchRequest::new(question) };
        Ok(self.retriever.search(&self.collection, &request).await?.hits)
    }

    async fn answer(&self, question: &str) -> Result<Option<GivenAnswer>> {
        let Some(Answering { answerer, examiner }) = &self.answering else { return Ok(None) };
        // A search of its own, for as many passages as an ordinary question is answered from.
        let request = SearchRequest { mode: self.mode, ..SearchRequest::new(question) };
        let hits = self.retriever.search(&self.collection, &request).await?.hits;
        let answer = answerer.answer_whole(question, hits.clone()).await?;
        let abstained = abstained(&answer, answerer.policy());
        let of_citation = |chunk| hits.iter().find(|hit| hit.chunk.id == chunk).map(cited_passage);
        Ok(Some(GivenAnswer {
            abstained,
            cited: answer.citations.iter().filter_map(|citation| of_citation(citation.chunk)).collect(),
            faithfulness: if abstained { None } else { examiner.support(&answer, &hits).await? },
            judged_faithfulness: if abstained { None } else { examiner.judge(&answer, &hits).await? },
            text: answer.text,
        }))
    }
}

/// Whether an answer gives none. A model that may only answer from passages and cites nothing has found nothing to rest on; one that
/// may use what it knows has answered, right or wrong.
fn abstained(answer: &Answer, policy: Policy) -> bool {
    match answer.mode {
        AnswerMode::NotFound => true,
        AnswerMode::OwnKnowledge => false,
        AnswerMode::Extractive => !answer.grounded,
        AnswerMode::Generated => !answer.grounded && policy != Policy::Open,
    }
}

fn cited_passage(hit: &Hit) -> CitedPassage {
    CitedPassage { place: Place { document: hit.document.id, span: hit.chunk.span }, source: hit.document.source.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(mode: AnswerMode, grounded: bool, policy: Policy, expected: bool) {
        let answer: Answer = serde_json::from_value(serde_json::json!({
            "text": "…", "mode": mode, "grounded": grounded, "citations": [], "removed_citations": [],
            "model": null, "passages_given": 1, "finish_reason": null, "usage": null,
        }))
        .unwrap();
        assert_eq!(abstained(&answer, policy), expected, "{mode:?} {grounded} {policy:?}");
    }

    #[test]
    fn what_is_answered_from_memory_is_answered() {
        for policy in [Policy::Strict, Policy::PreferCorpus, Policy::Open] {
            check(AnswerMode::NotFound, false, policy, true);
            check(AnswerMode::OwnKnowledge, false, policy, false);
            check(AnswerMode::Extractive, true, policy, false);
            check(AnswerMode::Generated, true, policy, false);
        }
        check(AnswerMode::Generated, false, Policy::Strict, true);
        check(AnswerMode::Generated, false, Policy::PreferCorpus, true);
        check(AnswerMode::Generated, false, Policy::Open, false);
    }
}
