//! `ragstone search`

use ragstone_server::api::SearchBody;

use crate::arguments::{Global, Search};
use crate::backend::Backend;
use crate::output::{facets, passages, terminal};

pub(crate) async fn run(global: &Global, search: &Search) -> anyhow::Result<()> {
    let backend = Backend::open_existing(global).await?;
    let find = &search.find;
    let response = backend.search(&find.target.collection, body(search)).await?;
    if global.json {
        terminal::say_json(&response)?;
    } else {
        passages::show_hits(&response, find.explain);
        facets::show(&response.facets);
    }
    backend.close().await
}

/// What is searched for, as a server would be asked.
pub(super) fn body(search: &Search) -> SearchBody {
    let find = &search.find;
    SearchBody {
        query: search.query.clone(),
        limit: find.limit,
        filter: find.filter.clone(),
        mode: search.mode.into(),
        model: search.model.into(),
        explain: find.explain,
        facets: search.facets.clone(),
        options: find.options.overrides(),
    }
}
