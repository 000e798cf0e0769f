//! `ragstone explain`

use ragstone_retrieve::{DocumentExplanation, Standing};
use ragstone_server::api::ExplainBody;

use super::{documents, search};
use crate::arguments::{Explain, Global};
use crate::backend::Backend;
use crate::output::terminal::{self, FAINT, STRONG};
use crate::places;

pub(crate) async fn run(global: &Global, explain: &Explain) -> anyhow::Result<()> {
    let backend = Backend::open_existing(global).await?;
    let body = ExplainBody { document: documents::named(&explain.why_not), search: search::body(&explain.search) };
    let explanation = backend.explain(&explain.search.find.target.collection, body).await?;
    if global.json {
        terminal::say_json(&explanation)?;
    } else {
        show(&explanation, &explain.why_not);
    }
    backend.close().await
}

fn show(explanation: &DocumentExplanation, named: &str) {
    let name = explanation.source.as_deref().map_or_else(|| named.to_owned(), places::displayed);
    terminal::say(format!("{STRONG}{name}{STRONG:#}: {}", explanation.summary));
    if let Some(passage) = &explanation.passage {
        let headings = passage.heading_path.join(" › ");
        terminal::say(format!("  {FAINT}its nearest passage: bytes {}–{}  {headings}{FAINT:#}", passage.span.start, passage.span.end));
    }
    for (leg, standing) in [("dense", &explanation.dense), ("lexical", &explanation.lexical)] {
        standing.iter().for_each(|standing| terminal::say(format!("  {FAINT}{leg}: {}{FAINT:#}", in_words(standing))));
    }
}

fn in_words(standing: &Standing) -> String {
    let candidate = if standing.is_candidate { "a candidate" } else { "no candidate" };
    match (standing.score, standing.rank) {
        (None, _) => "has no word of the query".to_owned(),
        (Some(score), Some(rank)) => format!("#{rank} with {score:.3}, {candidate}"),
        (Some(score), None) => format!("{score:.3}, too far down for a rank, {candidate}"),
    }
}
