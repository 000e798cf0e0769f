//! The real server, if there is one.

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use qdrant_client::qdrant::collections_client::CollectionsClient;
use qdrant_client::qdrant::{
    CollectionInfo, CollectionStatus, CreateCollection, DeleteCollection, Distance, GetCollectionInfoRequest, ListCollectionsRequest,
    VectorParams, VectorsConfig, vectors_config,
};
use ragstone_store::{QdrantConfig, QdrantStore, StoreConfig};
use secrecy::{ExposeSecret as _, SecretString};
use tonic::Request;
use tonic::transport::{Certificate, Channel, ClientTlsConfig};

/// A server, and a part of it that one test has to itself.
pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) key: Option<SecretString>,
    pub(crate) ca_certificate: Option<PathBuf>,
    prefix: String,
}

impl Server {
    /// The server for a test; without one, the test says that it is skipped.
    pub(crate) fn find(test: &str) -> Option<Self> {
        let Ok(url) = std::env::var("RAGSTONE_TEST_QDRANT_URL") else {
            skip(test, "RAGSTONE_TEST_QDRANT_URL is not set; it names a Qdrant server, http://127.0.0.1:6334 for example");
            return None;
        };
        let key = std::env::var("RAGSTONE_TEST_QDRANT_API_KEY").ok().map(SecretString::from);
        let ca_certificate = std::env::var_os("RAGSTONE_TEST_QDRANT_CA").map(PathBuf::from);
        let micros = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros();
        Some(Self { url, key, ca_certificate, prefix: format!("test{micros}_{test}_") })
    }

    /// Settings for a store of its own, through whatever is at `url`, that is quick to give up.
    pub(crate) fn config(&self, url: &str, name: &str) -> StoreConfig {
        let qdrant = QdrantConfig {
            prefix: format!("{}{name}_", self.prefix),
            first_wait: Duration::from_millis(20),
            ca_certificate: self.ca_certificate.clone(),
            ..QdrantConfig::default()
        };
        StoreConfig { url: Some(url.to_owned()), qdrant, ..StoreConfig::default() }
    }

    pub(crate) async fn store(&self, name: &str) -> QdrantStore {
        self.connect(&self.config(&self.url, name)).await
    }

    pub(crate) async fn connect(&self, config: &StoreConfig) -> QdrantStore {
        QdrantStore::connect(config, self.key.clone()).await.unwrap()
    }

    /// Removes all that the test has made.
    pub(crate) async fn clean(self) {
        let mut collections = self.collections();
        let listed = collections.list(self.request(ListCollectionsRequest {})).await.unwrap().into_inner();
        for found in listed.collections.into_iter().filter(|found| found.name.starts_with(&self.prefix)) {
            let request = DeleteCollection { collection_name: found.name, timeout: None };
            collections.delete(self.request(request)).await.unwrap();
        }
    }

    /// Makes a collection as another program would.
    pub(crate) async fn make_foreign(&self, collection: &str) {
        let config = vectors_config::Config::Params(VectorParams { size: 2, distance: Distance::Dot.into(), ..VectorParams::default() });
        let request = CreateCollection {
            collection_name: collection.to_owned(),
            vectors_config: Some(VectorsConfig { config: Some(config) }),
            ..CreateCollection::default()
        };
        self.collections().create(self.request(request)).await.unwrap();
    }

    /// Waits until the server has built its indexes.
    pub(crate) async fn settled(&self, collection: &str) -> CollectionInfo {
        for _ in 0..1200 {
            let request = GetCollectionInfoRequest { collection_name: collection.to_owned() };
            let answer = self.collections().get(self.request(request)).await.unwrap().into_inner();
            let info = answer.result.unwrap();
            if info.status() == CollectionStatus::Green && info.indexed_vectors_count() > 0 {
                return info;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        panic!("the server is not done with its indexes of {collection}");
    }

    fn collections(&self) -> CollectionsClient<Channel> {
        let mut endpoint = Channel::from_shared(self.url.clone()).unwrap();
        if let Some(path) = &self.ca_certificate {
            let certificate = Certificate::from_pem(fs_err::read(path).unwrap());
            endpoint = endpoint.tls_config(ClientTlsConfig::new().ca_certificate(certificate)).unwrap();
        }
        CollectionsClient::new(endpoint.connect_lazy())
    }

    fn request<M>(&self, message: M) -> Request<M> {
        let mut request = Request::new(message);
        if let Some(key) = &self.key {
            request.metadata_mut().insert("api-key", key.expose_secret().parse().unwrap());
        }
        request
    }
}

/// Says that a test was not run, and why.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
pub(crate) fn skip(test: &str, reason: &str) {
    eprintln!("skipped: {test}: {reason}");
}
