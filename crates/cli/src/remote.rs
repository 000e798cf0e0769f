//! A client of `ragstone serve`.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use eventsource_stream::Eventsource;
use futures::StreamExt;
use futures::stream::BoxStream;
use ragstone_core::{CollectionName, CollectionSpec, CollectionSummary, Direction, DocumentId, DocumentSummary, JobId, ModelPlace};
use ragstone_ingest::{IngestReport, ModelEstimate, ModelStatus, RawDocument};
use ragstone_retrieve::{Calibration, DocumentExplanation, Facet, SearchResponse};
use ragstone_server::api::{
    AskBody, AskEvent, CollectionDetail, CollectionList, CollectionSettings, CollectionSettingsBody, DocumentDetail, DocumentList,
    ErrorEnvelope, EvaluationBody, EvaluationDetail, EvaluationStatus, ExplainBody, FacetList, FacetQuery, JobBody, JobStatus, ModelBody,
    Page, SearchBody,
};
use reqwest::multipart::{Form, Part};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde::de::DeserializeOwned;

/// Long enough for an ingest of many documents in one request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(600);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A server, by its address.
pub(crate) struct Remote {
    base: reqwest::Url,
    client: reqwest::Client,
}

impl Remote {
    /// Does not connect yet.
    pub(crate) fn new(url: &str) -> anyhow::Result<Self> {
        let mut base: reqwest::Url =
            url.parse().with_context(|| format!("`--url {url}` is not a URL: write `--url http://127.0.0.1:7575`"))?;
        if !matches!(base.scheme(), "http" | "https") {
            bail!("`--url {url}` must start with http:// or https://");
        }
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let client = reqwest::Client::builder().connect_timeout(CONNECT_TIMEOUT).read_timeout(REQUEST_TIMEOUT).build()?;
        Ok(Self { base, client })
    }

    pub(crate) async fn search(&self, collection: &CollectionName, body: &SearchBody) -> anyhow::Result<SearchResponse> {
        self.receive(self.request(Method::POST, &format!("collections/{collection}/search"))?.json(body)).await
    }

    pub(crate) async fn explain(&self, collection: &CollectionName, body: &ExplainBody) -> anyhow::Result<DocumentExplanation> {
        self.receive(self.request(Method::POST, &format!("collections/{collection}/explain"))?.json(body)).await
    }

    pub(crate) async fn ask(
        &self,
        collection: &CollectionName,
        body: AskBody,
    ) -> anyhow::Result<BoxStream<'static, anyhow::Result<AskEvent>>> {
        let body = AskBody { stream: Some(true), ..body };
        let response = self.send(self.request(Method::POST, &format!("collections/{collection}/ask"))?.json(&body)).await?;
        let events = response.bytes_stream().eventsource().map(|event| {
            let event = event.map_err(|error| anyhow!("the server's answer broke off: {error}"))?;
            Ok(serde_json::from_str(&event.data)?)
        });
        Ok(events.boxed())
    }

    /// Uploads files as they are; the server decodes and splits them.
    pub(crate) async fn ingest(&self, collection: &CollectionName, documents: Vec<RawDocument>) -> anyhow::Result<IngestReport> {
        let mut form = Form::new();
        if let Some(first) = documents.first() {
            form = form.text("tags", serde_json::to_string(&first.tags)?).text("fields", serde_json::to_string(&first.fields)?);
        }
        for document in documents {
            form = form.part("file", Part::bytes(document.bytes).file_name(document.source));
        }
        self.receive(self.request(Method::POST, &format!("collections/{collection}/documents"))?.multipart(form)).await
    }

    /// Has the server read a source by itself.
    pub(crate) async fn create_job(&self, collection: &CollectionName, body: &JobBody) -> anyhow::Result<JobStatus> {
        self.receive(self.request(Method::POST, &format!("collections/{collection}/jobs"))?.json(body)).await
    }

    pub(crate) async fn job(&self, id: JobId) -> anyhow::Result<JobStatus> {
        self.receive(self.request(Method::GET, &format!("jobs/{id}"))?).await
    }

    /// A job that has ended meanwhile need not be stopped.
    pub(crate) async fn cancel_job(&self, id: JobId) -> anyhow::Result<()> {
        let response = self.request(Method::POST, &format!("jobs/{id}/cancel"))?.send().await.map_err(|error| self.unreachable(error))?;
        if response.status() != StatusCode::CONFLICT {
            checked(response).await?;
        }
        Ok(())
    }

    /// Has the server ask its own collection.
    pub(crate) async fn create_evaluation(&self, body: &EvaluationBody) -> anyhow::Result<EvaluationStatus> {
        self.receive(self.request(Method::POST, "evaluations")?.json(body)).await
    }

    pub(crate) async fn evaluation(&self, id: JobId) -> anyhow::Result<EvaluationDetail> {
        self.receive(self.request(Method::GET, &format!("evaluations/{id}"))?).await
    }

    pub(crate) async fn model_status(&self, collection: &CollectionName) -> anyhow::Result<ModelStatus> {
        self.receive(self.request(Method::GET, &format!("collections/{collection}/model"))?).await
    }

    pub(crate) async fn estimate_model(&self, collection: &CollectionName, folder: &Path) -> anyhow::Result<ModelEstimate> {
        let body = ModelBody { folder: folder.to_owned() };
        self.receive(self.request(Method::POST, &format!("collections/{collection}/model/estimate"))?.json(&body)).await
    }

    /// Has the server compute the vectors of another model.
    pub(crate) async fn prepare_model(&self, collection: &CollectionName, folder: &Path) -> anyhow::Result<JobStatus> {
        let body = ModelBody { folder: folder.to_owned() };
        self.receive(self.request(Method::POST, &format!("collections/{collection}/model"))?.json(&body)).await
    }

    pub(crate) async fn switch_model(&self, collection: &CollectionName, direction: Direction) -> anyhow::Result<CollectionSpec> {
        let verb = match direction {
            Direction::Forth => "switch",
            Direction::Back => "back",
        };
        self.receive(self.request(Method::POST, &format!("collections/{collection}/model/{verb}"))?).await
    }

    pub(crate) async fn drop_model(&self, collection: &CollectionName) -> anyhow::Result<ModelPlace> {
        self.receive(self.request(Method::DELETE, &format!("collections/{collection}/model/other"))?).await
    }

    pub(crate) async fn collections(&self) -> anyhow::Result<Vec<CollectionSummary>> {
        let list: CollectionList = self.receive(self.request(Method::GET, "collections")?).await?;
        Ok(list.collections)
    }

    pub(crate) async fn settings(&self, collection: &CollectionName) -> anyhow::Result<CollectionSettings> {
        self.receive(self.request(Method::GET, &format!("collections/{collection}/settings"))?).await
    }

    pub(crate) async fn keep_settings(
        &self,
        collection: &CollectionName,
        body: &CollectionSettingsBody,
    ) -> anyhow::Result<CollectionSettings> {
        self.receive(self.request(Method::PUT, &format!("collections/{collection}/settings"))?.json(body)).await
    }

    pub(crate) async fn collection(&self, name: &CollectionName) -> anyhow::Result<CollectionDetail> {
        self.receive(self.request(Method::GET, &format!("collections/{name}"))?).await
    }

    pub(crate) async fn calibrate(&self, name: &CollectionName) -> anyhow::Result<Calibration> {
        self.receive(self.request(Method::POST, &format!("collections/{name}/calibrate"))?).await
    }

    pub(crate) async fn documents(&self, collection: &CollectionName, page: Page) -> anyhow::Result<(Vec<DocumentSummary>, u64)> {
        let request = self.request(Method::GET, &format!("collections/{collection}/documents"))?.query(&page);
        let list: DocumentList = self.receive(request).await?;
        Ok((list.documents, list.total))
    }

    pub(crate) async fn facets(&self, collection: &CollectionName, query: &FacetQuery) -> anyhow::Result<Vec<Facet>> {
        let list: FacetList = self.receive(self.request(Method::GET, &format!("collections/{collection}/facets"))?.query(query)).await?;
        Ok(list.facets)
    }

    pub(crate) async fn document(&self, collection: &CollectionName, id: DocumentId) -> anyhow::Result<DocumentDetail> {
        self.receive(self.request(Method::GET, &format!("collections/{collection}/documents/{id}"))?).await
    }

    pub(crate) async fn delete_documents(&self, collection: &CollectionName, documents: &[DocumentId]) -> anyhow::Result<u64> {
        let mut deleted = 0;
        for id in documents {
            let existed = self.delete(&format!("collections/{collection}/documents/{id}")).await?;
            deleted += u64::from(existed);
        }
        Ok(deleted)
    }

    pub(crate) async fn delete_collection(&self, collection: &CollectionName) -> anyhow::Result<bool> {
        self.delete(&format!("collections/{collection}")).await
    }

    async fn delete(&self, path: &str) -> anyhow::Result<bool> {
        let response = self.request(Method::DELETE, path)?.send().await.map_err(|error| self.unreachable(error))?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(false);
        }
        checked(response).await?;
        Ok(true)
    }

    fn request(&self, method: Method, path: &str) -> anyhow::Result<RequestBuilder> {
        let url = self.base.join("api/")?.join(path)?;
        Ok(self.client.request(method, url))
    }

    async fn send(&self, request: RequestBuilder) -> anyhow::Result<reqwest::Response> {
        checked(request.send().await.map_err(|error| self.unreachable(error))?).await
    }

    async fn receive<T: DeserializeOwned>(&self, request: RequestBuilder) -> anyhow::Result<T> {
        let text = self.send(request).await?.text().await?;
        serde_json::from_str(&text)
            .with_context(|| format!("`{}` does not answer as ragstone does: is it another server, or another version?", self.base))
    }

    fn unreachable(&self, error: reqwest::Error) -> anyhow::Error {
        anyhow::Error::new(error).context(format!("no answer from `{}`: is `ragstone serve` running there?", self.base))
    }
}

/// The response, or what the server says is wrong.
async fn checked(response: reqwest::Response) -> anyhow::Result<reqwest::Response> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let text = response.text().await.unwrap_or_default();
    match serde_json::from_str::<ErrorEnvelope>(&text) {
        Ok(envelope) => bail!("{} (the server says {status}, request {})", envelope.error.message, envelope.error.request_id),
        Err(_) => bail!("the server says {status}"),
    }
}
