//! The way from a question to its passages: understand it, search every wording of it.

use ragstone_core::{CollectionName, Hit, Result};
use ragstone_generate::{Question, QuestionInContext, Understander};
use ragstone_retrieve::{Retriever, SearchRequest};

use crate::api::{AskBody, SearchBody, Understood, wordings};

/// A question as it is answered, and what was found for it.
#[derive(Debug, Clone)]
pub struct Found {
    /// Complete in itself, with the policy that was asked for.
    pub question: Question,
    /// Best first.
    pub hits: Vec<Hit>,
    /// How it was understood, if a language model was to help with that.
    pub understanding: Option<Understood>,
}

/// Finds the passages for a question.
///
/// A model that does not help makes no error: the question is searched as it was asked, and the notes in
/// [`Found::understanding`] say why.
pub async fn find_passages(
    understander: &Understander,
    retriever: &Retriever,
    collection: &CollectionName,
    body: AskBody,
) -> Result<Found> {
    let AskBody { question, history, understand, policy, limit, filter, options, .. } = body;
    let request = SearchRequest::try_from(SearchBody { query: question.clone(), limit, filter, options, ..SearchBody::default() })?;
    let asked = QuestionInContext { question, history, options: understand };
    let Some(understanding) = understander.understand(&asked).await? else {
        let hits = retriever.search(collection, &request).await?.hits;
        return Ok(Found { question: Question { text: asked.question, policy }, hits, understanding: None });
    };
    let found = retriever.search_wordings(collection, &request, wordings(&understanding)).await?;
    let question = Question { text: understanding.question.clone(), policy };
    let understood = Understood { understanding, wordings: found.wordings };
    Ok(Found { question, hits: found.response.hits, understanding: Some(understood) })
}
