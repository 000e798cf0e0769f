//! `ragstone search`

use ragstone_server::api::SearchBody;

use crate::arguments::{Global, Search};
use crate::backend::Backend;
use crate::output::{passages, terminal};

pub(crate) async fn run(global: &Global, search: &Search) -> anyhow::Result<()> {
    let backend = Backend::open_existing(global).await?;
    let body =
        SearchBody { query: search.query.clone(), limit: search.find.limit, filter: search.find.filter.clone(), mode: search.mode.into() };
    let response = backend.search(&search.find.target.collection, body).await?;
    if global.json {
        terminal::say_json(&response)?;
    } else {
        passages::show_hits(&response, search.find.explain);
    }
    backend.close().await
}
