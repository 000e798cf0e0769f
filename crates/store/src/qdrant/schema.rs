//! How a collection is made on the server, and what is read of one that is there.

use std::collections::HashMap;
use std::time::Duration;

use qdrant_client::qdrant::quantization_config::Quantization as Method;
use qdrant_client::qdrant::{
    BinaryQuantization, CollectionInfo, CreateCollection, CreateFieldIndexCollection, Distance, FieldType, HnswConfigDiff, Modifier,
    OptimizersConfigDiff, QuantizationConfig, QuantizationType, ScalarQuantization, SparseIndexConfig, SparseVectorConfig,
    SparseVectorParams, VectorParams, VectorParamsMap, VectorsConfig, WriteOrdering, WriteOrderingType, vectors_config,
};

use super::config::Quantization;
use super::filter::key;
use crate::StoreConfig;
use crate::payload::{DENSE, IndexKind, LEXICAL, PayloadIndex};

/// Of the numbers in a vector so many are mapped to bytes as they are; the outermost are cut off.
const SCALAR_QUANTILE: f32 = 0.99;

/// All writes of one point go through one replica, so that replicas agree on their order.
pub(super) fn ordering() -> Option<WriteOrdering> {
    Some(WriteOrdering { r#type: WriteOrderingType::Medium.into() })
}

/// Seconds, as the server takes them: whole, and at least one.
pub(super) fn seconds(duration: Duration) -> u64 {
    duration.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX)
}

#[expect(deprecated, reason = "what replaces `on_disk` is unknown to the servers up to 1.18")]
pub(super) fn collection(name: &str, dimension: usize, config: &StoreConfig) -> CreateCollection {
    let graph_from_kilobytes = count(config.graph_from_kilobytes(dimension));
    let dense = VectorParams {
        size: count(dimension),
        distance: Distance::Cosine.into(),
        on_disk: Some(config.vectors_on_disk),
        ..VectorParams::default()
    };
    let index = SparseIndexConfig { on_disk: Some(config.vectors_on_disk), ..SparseIndexConfig::default() };
    let lexical = SparseVectorParams { index: Some(index), modifier: Some(Modifier::Idf.into()) };
    CreateCollection {
        collection_name: name.to_owned(),
        hnsw_config: Some(HnswConfigDiff {
            m: Some(count(config.hnsw_m)),
            ef_construct: Some(count(config.hnsw_ef_construct)),
            full_scan_threshold: Some(graph_from_kilobytes),
            on_disk: Some(config.vectors_on_disk),
            ..HnswConfigDiff::default()
        }),
        optimizers_config: Some(OptimizersConfigDiff { indexing_threshold: Some(graph_from_kilobytes), ..OptimizersConfigDiff::default() }),
        shard_number: Some(small(config.qdrant.shards)),
        replication_factor: Some(small(config.qdrant.replication_factor)),
        write_consistency_factor: Some(small(config.qdrant.write_consistency_factor)),
        on_disk_payload: Some(true),
        timeout: Some(seconds(config.qdrant.timeout)),
        vectors_config: Some(VectorsConfig {
            config: Some(vectors_config::Config::ParamsMap(VectorParamsMap { map: HashMap::from([(DENSE.to_owned(), dense)]) })),
        }),
        sparse_vectors_config: Some(SparseVectorConfig { map: HashMap::from([(LEXICAL.to_owned(), lexical)]) }),
        quantization_config: quantization(config.qdrant.quantization),
        ..CreateCollection::default()
    }
}

#[expect(deprecated, reason = "what replaces `always_ram` is unknown to the servers up to 1.18")]
fn quantization(method: Quantization) -> Option<QuantizationConfig> {
    let method = match method {
        Quantization::None => return None,
        Quantization::Scalar => Method::Scalar(ScalarQuantization {
            r#type: QuantizationType::Int8.into(),
            quantile: Some(SCALAR_QUANTILE),
            always_ram: Some(true),
            ..ScalarQuantization::default()
        }),
        Quantization::Binary => Method::Binary(BinaryQuantization { always_ram: Some(true), ..BinaryQuantization::default() }),
    };
    Some(QuantizationConfig { quantization: Some(method) })
}

pub(super) fn field_index(name: &str, index: &PayloadIndex) -> CreateFieldIndexCollection {
    let kind = match index.kind {
        IndexKind::Keyword => FieldType::Keyword,
        IndexKind::Number => FieldType::Float,
        IndexKind::Flag => FieldType::Bool,
        IndexKind::Time => FieldType::Datetime,
    };
    CreateFieldIndexCollection {
        collection_name: name.to_owned(),
        wait: Some(true),
        field_name: key(&index.path),
        field_type: Some(kind.into()),
        ordering: ordering(),
        ..CreateFieldIndexCollection::default()
    }
}

/// The dimension of a collection of ours; nothing for one that another program made.
pub(super) fn dimension(info: &CollectionInfo) -> Option<usize> {
    let params = info.config.as_ref()?.params.as_ref()?;
    params.sparse_vectors_config.as_ref()?.map.get(LEXICAL)?;
    match params.vectors_config.as_ref()?.config.as_ref()? {
        vectors_config::Config::ParamsMap(vectors) => usize::try_from(vectors.map.get(DENSE)?.size).ok(),
        vectors_config::Config::Params(_) => None,
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
