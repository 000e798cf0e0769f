//! Listing and reading a bucket.

#[cfg(test)]
mod tests;

use bytesize::ByteSize;
use futures::StreamExt;
use futures::stream::BoxStream;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{ClientOptions, ObjectMeta, ObjectStore, ObjectStoreExt, RetryConfig};
use secrecy::ExposeSecret;
use tokio::runtime::Handle;

use super::BucketSource;
use crate::source::site::install_crypto_provider;
use crate::source::{KnownVersions, OpenedSource, RawDocument, SourceConfig, SourceItem};
use crate::{IngestError, SourceError};

const MAX_RETRIES: usize = 3;

pub(super) fn open(source: &BucketSource, config: &SourceConfig, known: KnownVersions) -> Result<OpenedSource, IngestError> {
    let runtime = Handle::try_current().map_err(|_| SourceError::NoRuntime)?;
    let store = connect(source, config)?;
    let prefix = Path::from(source.prefix.trim_matches('/'));
    let scope = source.scope();
    let mut objects = Objects {
        list: store.list(Some(&prefix)),
        store,
        bucket: source.bucket.clone(),
        scope: scope.clone(),
        known,
        limit: config.max_file_bytes,
        ended: false,
    };
    let items = std::iter::from_fn(move || runtime.block_on(objects.next()));
    Ok(OpenedSource { items: Box::new(items), total: None, prunable_roots: vec![scope] })
}

fn connect(source: &BucketSource, config: &SourceConfig) -> Result<AmazonS3, SourceError> {
    install_crypto_provider();
    let endpoint = config.bucket.endpoint.as_deref();
    let options = ClientOptions::new()
        .with_timeout(config.request_timeout)
        .with_allow_http(endpoint.is_some_and(|endpoint| endpoint.starts_with("http://")));
    let retry = RetryConfig { max_retries: MAX_RETRIES, retry_timeout: config.request_timeout, ..RetryConfig::default() };
    let mut builder = AmazonS3Builder::new().with_bucket_name(&source.bucket).with_client_options(options).with_retry(retry);
    if let Some(endpoint) = endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    if let Some(region) = &config.bucket.region {
        builder = builder.with_region(region);
    }
    builder = match &config.bucket.credentials {
        None => builder.with_skip_signature(true),
        Some(credentials) => {
            let signed = builder
                .with_access_key_id(&credentials.access_key_id)
                .with_secret_access_key(credentials.secret_access_key.expose_secret());
            match &credentials.session_token {
                Some(token) => signed.with_token(token.expose_secret()),
                None => signed,
            }
        }
    };
    builder.build().map_err(|error| SourceError::Bucket { bucket: source.bucket.clone(), source: error })
}

/// The objects below a prefix, as they are listed.
struct Objects {
    list: BoxStream<'static, object_store::Result<ObjectMeta>>,
    store: AmazonS3,
    bucket: String,
    scope: String,
    known: KnownVersions,
    limit: ByteSize,
    ended: bool,
}

impl Objects {
    async fn next(&mut self) -> Option<SourceItem> {
        if self.ended {
            return None;
        }
        match self.list.next().await? {
            Ok(object) => Some(self.item(object).await),
            // What was not listed is not gone: a failure of the whole prefix keeps it from being pruned.
            Err(source) => {
                self.ended = true;
                Some(SourceItem::failed(&self.scope, SourceError::Bucket { bucket: self.bucket.clone(), source }))
            }
        }
    }

    async fn item(&self, object: ObjectMeta) -> SourceItem {
        let source = format!("s3://{}/{}", self.bucket, object.location);
        if object.size == 0 {
            // Consoles mark folders so.
            return SourceItem::skipped(source, "empty object");
        }
        let validator = object.e_tag.as_ref().map(|tag| format!("etag {tag}"));
        if validator.is_some() && self.known.get(&source) == validator.as_ref() {
            return SourceItem::Unchanged { source };
        }
        match self.read(&object).await {
            Ok(bytes) => {
                SourceItem::found(RawDocument { validator, modified_at: Some(object.last_modified), ..RawDocument::new(source, bytes) })
            }
            Err(error) => SourceItem::failed(source, error),
        }
    }

    async fn read(&self, object: &ObjectMeta) -> Result<Vec<u8>, IngestError> {
        let limit = self.limit;
        if object.size > limit.as_u64() {
            return Err(IngestError::TooLarge { size: ByteSize(object.size), limit });
        }
        let failed = |source| SourceError::Bucket { bucket: self.bucket.clone(), source };
        let mut pieces = self.store.get(&object.location).await.map_err(failed)?.into_stream();
        let mut bytes = Vec::new();
        while let Some(piece) = pieces.next().await {
            bytes.extend_from_slice(&piece.map_err(failed)?);
            if bytes.len() as u64 > limit.as_u64() {
                return Err(IngestError::TooLarge { size: ByteSize(bytes.len() as u64), limit });
            }
        }
        Ok(bytes)
    }
}
