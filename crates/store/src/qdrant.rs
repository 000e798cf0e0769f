//! The vector store on a Qdrant server or cluster.

mod address;
mod breaker;
mod config;
mod connection;
mod filter;
mod payload;
mod port;
mod retry;
mod schema;
mod search;
mod version;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use qdrant_client::qdrant::collections_client::CollectionsClient;
use qdrant_client::qdrant::points_client::PointsClient;
use qdrant_client::qdrant::qdrant_client::QdrantClient;
use qdrant_client::qdrant::{
    CollectionInfo, DeleteCollection, GetCollectionInfoRequest, HealthCheckRequest, ListCollectionsRequest, PointsOperationResponse,
    UpdateResult, UpdateStatus,
};
use ragstone_core::{DocumentHead, IndexName};
use secrecy::SecretString;
use tonic::transport::Channel;
use tonic::{Code, Response, Status};

pub use self::config::{QdrantConfig, Quantization, ReadConsistency};

use self::connection::{Connection, Failed};
use self::filter::key;
use self::retry::Effort;
use crate::config::ensure_valid;
use crate::payload::{PayloadIndex, missing_indexes, standard_indexes};
use crate::{StoreConfig, StoreError};

/// No answer may be longer.
const MAX_ANSWER_BYTES: usize = 256 * 1024 * 1024;

/// Vectors and payloads on a Qdrant server or cluster, for more than one machine holds or answers.
///
/// Each index is one collection, whose name has the configured prefix. It has the ids, vectors, payloads and filters of the
/// embedded store, so that either can take over from the other. Any number of processes may use the same server.
///
/// A write counts when the server has applied it, and is tried again if what failed may pass; trying again changes nothing
/// that has arrived already. Reads give up within `read_timeout`, and at once while the server is known to be gone.
#[derive(Debug)]
pub struct QdrantStore {
    connection: Connection,
    config: StoreConfig,
    /// What is known of the collections on the server. Others may remove one, which the server then says.
    collections: Mutex<HashMap<IndexName, Arc<Collection>>>,
    version: String,
}

/// What is known of a collection.
#[derive(Debug)]
struct Collection {
    name: String,
    dimension: usize,
    /// The keys of the payload that have an index.
    indexed: Mutex<HashSet<String>>,
}

impl QdrantStore {
    /// Connects to the server at `store.url`, and sees that it is fit and takes the key.
    pub async fn connect(config: &StoreConfig, api_key: Option<SecretString>) -> Result<Self, StoreError> {
        let mut problems = config.validate();
        if config.url.is_none() {
            problems.push("`store.url` is missing; without it, the embedded store is used".to_owned());
        }
        ensure_valid(problems)?;
        let url = config.url.as_deref().unwrap_or_default();
        let connection = Connection::new(url, &config.qdrant, api_key.as_ref())?;
        let send = |channel, request| async move { QdrantClient::new(channel).health_check(request).await };
        let health = connection.call(Effort::Read, "connect", &HealthCheckRequest {}, send).await?;
        version::check(connection.server(), &health.version)?;
        let store = Self { connection, config: config.clone(), collections: Mutex::default(), version: health.version };
        // The version is told to anybody; this wants the key.
        store.list().await?;
        Ok(store)
    }

    /// The server's address.
    pub fn server(&self) -> &str {
        self.connection.server()
    }

    /// The server's version, as it was when we connected.
    pub fn server_version(&self) -> &str {
        &self.version
    }

    /// The indexes on the server, by name.
    async fn list(&self) -> Result<Vec<IndexName>, StoreError> {
        let send = |channel, request| async move { collections(channel).list(request).await };
        let listed = self.connection.call(Effort::Read, "list the collections", &ListCollectionsRequest {}, send).await?;
        let names = listed.collections.iter().filter_map(|found| found.name.strip_prefix(&self.config.qdrant.prefix));
        let mut indexes: Vec<IndexName> = names.filter_map(|name| name.parse().ok()).collect();
        indexes.sort();
        Ok(indexes)
    }

    async fn make(&self, index: &IndexName, dimension: usize) -> Result<(), StoreError> {
        let collection = match self.look_up(index).await {
            Err(StoreError::UnknownCollection { .. }) => {
                self.make_anew(index, dimension).await?;
                self.look_up(index).await?
            }
            found => found?,
        };
        if collection.dimension != dimension {
            return Err(StoreError::Dimension { index: index.clone(), expected: collection.dimension, given: dimension });
        }
        // Whoever made it may have ended before these.
        self.index(&collection, standard_indexes()).await
    }

    async fn make_anew(&self, index: &IndexName, dimension: usize) -> Result<(), StoreError> {
        let request = schema::collection(&self.name_of(index), dimension, &self.config);
        let send = |channel, request| async move { collections(channel).create(request).await };
        match self.connection.call(Effort::Write, "make a collection", &request, send).await {
            Ok(_) => Ok(()),
            // By an attempt whose answer was lost, or by another process.
            Err(failed) if failed.is(Code::AlreadyExists) => Ok(()),
            Err(failed) => Err(failed.into()),
        }
    }

    async fn discard(&self, index: &IndexName) -> Result<(), StoreError> {
        self.known().remove(index);
        let request = DeleteCollection { collection_name: self.name_of(index), timeout: Some(schema::seconds(self.config.qdrant.timeout)) };
        let send = |channel, request| async move { collections(channel).delete(request).await };
        match self.connection.call(Effort::Write, "remove a collection", &request, send).await {
            Ok(_) => Ok(()),
            Err(failed) if failed.is(Code::NotFound) => Ok(()),
            Err(failed) => Err(failed.into()),
        }
    }

    /// What is known of a collection, asked for if it is not known yet.
    async fn collection(&self, index: &IndexName) -> Result<Arc<Collection>, StoreError> {
        let known = self.known().get(index).cloned();
        match known {
            Some(collection) => Ok(collection),
            None => self.look_up(index).await,
        }
    }

    async fn look_up(&self, index: &IndexName) -> Result<Arc<Collection>, StoreError> {
        let name = self.name_of(index);
        let request = GetCollectionInfoRequest { collection_name: name.clone() };
        let send = |channel, request| async move { collections(channel).get(request).await };
        let info = match self.connection.call(Effort::Read, "look at a collection", &request, send).await {
            Ok(answer) => answer.result.unwrap_or_default(),
            Err(failed) if failed.is(Code::NotFound) => return Err(self.unknown(index)),
            Err(failed) => return Err(failed.into()),
        };
        let collection = Arc::new(Collection::of(name, info)?);
        self.known().insert(index.clone(), Arc::clone(&collection));
        Ok(collection)
    }

    /// Makes the indexes that filters on documents' custom fields need.
    async fn index_fields(&self, collection: &Collection, head: &DocumentHead) -> Result<(), StoreError> {
        if head.fields.is_empty() {
            return Ok(());
        }
        let missing = {
            let indexed = collection.indexed();
            missing_indexes(head, indexed.len(), |index| indexed.contains(&key(&index.path)))
        };
        self.index(collection, missing).await
    }

    async fn index(&self, collection: &Collection, wanted: Vec<PayloadIndex>) -> Result<(), StoreError> {
        for index in wanted {
            let key = key(&index.path);
            if collection.indexed().contains(&key) {
                continue;
            }
            let request = schema::field_index(&collection.name, &index);
            let send = |channel, request| async move { completed(points(channel).create_field_index(request).await?) };
            self.connection.call(Effort::Write, "index a field", &request, send).await?;
            collection.indexed().insert(key);
        }
        Ok(())
    }

    /// Makes of the server's answer what our callers know. Another process may have removed the collection, or made it anew.
    async fn checked<T>(&self, index: &IndexName, known: &Collection, outcome: Result<T, Failed>) -> Result<T, StoreError> {
        let failed = match outcome {
            Ok(answer) => return Ok(answer),
            Err(failed) => failed,
        };
        if failed.is(Code::NotFound) {
            return Err(self.unknown(index));
        }
        if failed.is(Code::InvalidArgument) {
            let now = self.look_up(index).await?;
            if now.dimension != known.dimension {
                return Err(StoreError::Dimension { index: index.clone(), expected: now.dimension, given: known.dimension });
            }
        }
        Err(failed.into())
    }

    fn unknown(&self, index: &IndexName) -> StoreError {
        self.known().remove(index);
        StoreError::UnknownCollection { index: index.clone() }
    }

    fn name_of(&self, index: &IndexName) -> String {
        format!("{}{index}", self.config.qdrant.prefix)
    }

    fn known(&self) -> MutexGuard<'_, HashMap<IndexName, Arc<Collection>>> {
        self.collections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Collection {
    fn of(name: String, info: CollectionInfo) -> Result<Self, StoreError> {
        match schema::dimension(&info) {
            Some(dimension) => Ok(Self { name, dimension, indexed: Mutex::new(info.payload_schema.into_keys().collect()) }),
            None => Err(StoreError::ForeignCollection { name }),
        }
    }

    fn indexed(&self) -> MutexGuard<'_, HashSet<String>> {
        self.indexed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn collections(channel: Channel) -> CollectionsClient<Channel> {
    CollectionsClient::new(channel)
}

fn points(channel: Channel) -> PointsClient<Channel> {
    PointsClient::new(channel).max_decoding_message_size(MAX_ANSWER_BYTES)
}

/// The server may answer before it has applied a write, though it was asked to wait: that does not count.
fn completed(response: Response<PointsOperationResponse>) -> Result<Response<PointsOperationResponse>, Status> {
    ensure_completed(response.get_ref().result.as_slice())?;
    Ok(response)
}

fn ensure_completed(results: &[UpdateResult]) -> Result<(), Status> {
    match results.iter().map(UpdateResult::status).find(|status| *status != UpdateStatus::Completed) {
        None => Ok(()),
        Some(status) => Err(Status::aborted(format!("the write was not applied: {}", status.as_str_name()))),
    }
}
