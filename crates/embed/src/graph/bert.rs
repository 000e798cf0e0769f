//! Encoders of the BERT family: BERT itself (MiniLM, BGE, E5, GTE…), RoBERTa and XLM-RoBERTa.

use std::path::Path;

use ragstone_core::Pooling;
use serde::Deserialize;

use super::builder::{GraphBuilder, Value};
use crate::EmbedError;
use crate::folder::json;
use crate::onnx::{AttributeProto, Dimension, ModelProto, TensorProto};
use crate::weights::Weights;

const SUPPORTED: &[&str] = &["bert", "roberta", "xlm-roberta", "camembert"];
/// What checkpoints put before every tensor's name, if they were saved with a head.
const NAME_PREFIXES: [&str; 3] = ["", "bert.", "roberta."];
/// Added to the attention scores of padding: after the softmax nothing is left of them.
const MASKED: f32 = -1e9;

/// What a graph is written from: `config.json`, as `transformers` writes it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct BertConfig {
    model_type: String,
    pub(super) hidden_size: usize,
    pub(super) vocab_size: usize,
    intermediate_size: usize,
    num_attention_heads: usize,
    num_hidden_layers: usize,
    max_position_embeddings: usize,
    type_vocab_size: usize,
    hidden_act: String,
    #[serde(default = "usual_epsilon")]
    layer_norm_eps: f32,
    pad_token_id: Option<usize>,
    position_embedding_type: Option<String>,
    #[serde(default)]
    is_decoder: bool,
}

/// What is looked at first.
#[derive(Debug, Deserialize)]
struct Kind {
    model_type: String,
}

fn usual_epsilon() -> f32 {
    1e-12
}

impl BertConfig {
    /// Reads `config.json`; other architectures, which have other keys, are refused by name.
    pub(super) fn read(file: &Path) -> Result<Self, EmbedError> {
        let Kind { model_type } = json(file)?;
        if !SUPPORTED.contains(&model_type.as_str()) {
            return Err(EmbedError::Architecture { file: file.to_path_buf(), model_type, supported: SUPPORTED });
        }
        let config: Self = json(file)?;
        config.check(file)?;
        Ok(config)
    }

    /// Refuses what the graph would compute wrongly.
    fn check(&self, file: &Path) -> Result<(), EmbedError> {
        let refuse = |key, found: String, expected| Err(EmbedError::Setting { file: file.to_path_buf(), key, found, expected });
        for (key, size) in [
            ("hidden_size", self.hidden_size),
            ("vocab_size", self.vocab_size),
            ("intermediate_size", self.intermediate_size),
            ("num_hidden_layers", self.num_hidden_layers),
            ("num_attention_heads", self.num_attention_heads),
            ("type_vocab_size", self.type_vocab_size),
        ] {
            if size == 0 {
                return refuse(key, "0".to_owned(), "1 or more");
            }
        }
        if !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            return refuse("num_attention_heads", self.num_attention_heads.to_string(), "a divisor of `hidden_size`");
        }
        if self.positions() < 8 {
            return refuse("max_position_embeddings", self.max_position_embeddings.to_string(), "larger");
        }
        if self.activation().is_none() {
            return refuse("hidden_act", format!("\"{}\"", self.hidden_act), "\"gelu\", \"gelu_new\", \"gelu_pytorch_tanh\" or \"relu\"");
        }
        if let Some(other) = self.position_embedding_type.as_ref().filter(|kind| *kind != "absolute") {
            return refuse("position_embedding_type", format!("\"{other}\""), "\"absolute\"");
        }
        if self.is_decoder {
            return refuse("is_decoder", "true".to_owned(), "false");
        }
        Ok(())
    }

    /// The most tokens that there are positions for.
    pub(super) fn positions(&self) -> usize {
        self.max_position_embeddings.saturating_sub(self.first_position())
    }

    fn family(&self) -> Family {
        if self.model_type == "bert" { Family::Bert } else { Family::Roberta }
    }

    /// Whether the second of two texts has a segment of its own.
    fn tells_segments_apart(&self) -> bool {
        self.family() == Family::Bert && self.type_vocab_size > 1
    }

    /// RoBERTa counts positions from the one after the padding token's id.
    fn first_position(&self) -> usize {
        match self.family() {
            Family::Bert => 0,
            Family::Roberta => self.pad_token_id.unwrap_or(1) + 1,
        }
    }

    fn activation(&self) -> Option<Activation> {
        match self.hidden_act.as_str() {
            "gelu" => Some(Activation::Gelu),
            "gelu_new" | "gelu_pytorch_tanh" => Some(Activation::GeluTanh),
            "relu" => Some(Activation::Relu),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Family {
    Bert,
    Roberta,
}

#[derive(Debug, Clone, Copy)]
enum Activation {
    Gelu,
    GeluTanh,
    Relu,
}

/// Writes the graph; a tensor that is missing or of another shape is an error.
pub(super) fn model(config: &BertConfig, weights: &Weights, weights_name: &str, pooling: Pooling) -> Result<ModelProto, EmbedError> {
    let name_prefix = NAME_PREFIXES.into_iter().find(|prefix| weights.has(&format!("{prefix}embeddings.word_embeddings.weight")));
    let mut writer = Writer { config, weights, name_prefix: name_prefix.unwrap_or_default(), graph: GraphBuilder::new(weights_name) };

    let sizes = [Dimension::named("batch"), Dimension::named("tokens")];
    let ids = writer.graph.input("input_ids", &sizes);
    let mask = writer.graph.input("attention_mask", &sizes);
    let shared = writer.shared(&ids, &mask);
    let mut hidden = writer.embeddings(&ids, &Segments::One, &shared)?;
    for layer in 0..config.num_hidden_layers {
        hidden = writer.layer(layer, &hidden, &shared)?;
    }
    let pooled = writer.pool(&hidden, &shared, pooling);
    Ok(writer.graph.finish(&pooled, "sentence_embedding", &[Dimension::named("batch"), Dimension::size(config.hidden_size)]))
}

/// Writes the graph of a cross-encoder: query and passage in one text, one number out. `BertForSequenceClassification` and its
/// RoBERTa counterpart, saved with one label.
pub(super) fn cross_encoder(config: &BertConfig, weights: &Weights, weights_name: &str) -> Result<ModelProto, EmbedError> {
    let name_prefix = NAME_PREFIXES.into_iter().find(|prefix| weights.has(&format!("{prefix}embeddings.word_embeddings.weight")));
    let mut writer = Writer { config, weights, name_prefix: name_prefix.unwrap_or_default(), graph: GraphBuilder::new(weights_name) };

    let sizes = [Dimension::named("batch"), Dimension::named("tokens")];
    let ids = writer.graph.input("input_ids", &sizes);
    let mask = writer.graph.input("attention_mask", &sizes);
    let segments = writer.graph.input("token_type_ids", &sizes);
    let shared = writer.shared(&ids, &mask);
    let segments = if config.tells_segments_apart() { Segments::Given(segments) } else { Segments::One };
    let mut hidden = writer.embeddings(&ids, &segments, &shared)?;
    for layer in 0..config.num_hidden_layers {
        hidden = writer.layer(layer, &hidden, &shared)?;
    }
    let first = writer.pool(&hidden, &shared, Pooling::Cls);
    let score = writer.score(&first)?;
    Ok(writer.graph.finish(&score, "logits", &[Dimension::named("batch"), Dimension::size(1)]))
}

/// Which tokens are of the first text and which of the second.
enum Segments {
    /// There is one text, or the model does not tell them apart.
    One,
    /// An input says.
    Given(Value),
}

/// Values that every layer uses.
struct Shared {
    /// Batch and tokens.
    shape: Value,
    /// Batch, tokens, heads, size of a head.
    head_shape: Value,
    /// Any number of rows of the hidden size.
    row_shape: Value,
    /// 1 for a token, 0 for padding.
    mask: Value,
    /// 0 for a token, very negative for padding; batch × 1 × 1 × tokens.
    masked_scores: Value,
    /// By which attention scores are multiplied.
    scale: Value,
    /// The list `[1]`.
    one: Value,
}

struct Writer<'model> {
    config: &'model BertConfig,
    weights: &'model Weights,
    name_prefix: &'static str,
    graph: GraphBuilder<'model>,
}

impl Writer<'_> {
    fn shared(&mut self, ids: &str, mask: &str) -> Shared {
        let hidden = self.config.hidden_size as i64;
        let heads = self.config.num_attention_heads as i64;
        let scale = ((hidden / heads) as f32).sqrt().recip();
        let graph = &mut self.graph;

        let shape = graph.apply("Shape", &[ids]);
        let head_sizes = graph.list("head_sizes", &[heads, hidden / heads]);
        let head_shape = graph.node("Concat", &[&shape, &head_sizes], vec![AttributeProto::int("axis", 0)]);
        let row_shape = graph.list("row_shape", &[-1, hidden]);

        let mask = graph.cast(mask);
        let axes = graph.list("score_axes", &[1, 2]);
        let score_mask = graph.apply("Unsqueeze", &[&mask, &axes]);
        let real_one = graph.constant(TensorProto::float("real_one", 1.0));
        let padding = graph.apply("Sub", &[&real_one, &score_mask]);
        let very_negative = graph.constant(TensorProto::float("very_negative", MASKED));
        let masked_scores = graph.apply("Mul", &[&padding, &very_negative]);

        let scale = graph.constant(TensorProto::float("scale", scale));
        let one = graph.list("one", &[1]);
        Shared { shape, head_shape, row_shape, mask, masked_scores, scale, one }
    }

    /// Word, position and segment vectors, added and normalised; one row per token from here on.
    fn embeddings(&mut self, ids: &str, segments_of: &Segments, shared: &Shared) -> Result<Value, EmbedError> {
        let BertConfig { vocab_size, hidden_size, max_position_embeddings, type_vocab_size, .. } = *self.config;
        let words = self.weight("embeddings.word_embeddings.weight", &[vocab_size, hidden_size])?;
        let positions = self.weight("embeddings.position_embeddings.weight", &[max_position_embeddings, hidden_size])?;
        let segments = self.weight("embeddings.token_type_embeddings.weight", &[type_vocab_size, hidden_size])?;
        let first_position = self.config.first_position() as i64;
        let graph = &mut self.graph;

        // A single text is all of the first segment: its vector is added to every position when the graph is loaded.
        let positions = match segments_of {
            Segments::Given(_) => positions,
            Segments::One => {
                let first_row = graph.constant(TensorProto::int64("first_row", 0));
                let segment = graph.apply("Gather", &[&segments, &first_row]);
                graph.apply("Add", &[&positions, &segment])
            }
        };
        let length = graph.node("Shape", &[ids], vec![AttributeProto::int("start", 1)]);
        let first = graph.list("first_position", &[first_position]);
        let last = graph.apply("Add", &[&length, &first]);
        let axis = graph.list("position_axis", &[0]);
        let positions = graph.apply("Slice", &[&positions, &first, &last, &axis]);

        let mut words = graph.apply("Gather", &[&words, ids]);
        if let Segments::Given(segments_of) = segments_of {
            let segments = graph.apply("Gather", &[&segments, segments_of]);
            words = graph.apply("Add", &[&words, &segments]);
        }
        let added = graph.apply("Add", &[&words, &positions]);
        let normalised = self.normalise("embeddings.LayerNorm", &added)?;
        Ok(self.graph.apply("Reshape", &[&normalised, &shared.row_shape]))
    }

    fn layer(&mut self, layer: usize, input: &str, shared: &Shared) -> Result<Value, EmbedError> {
        let BertConfig { hidden_size, intermediate_size, .. } = *self.config;
        let name = format!("encoder.layer.{layer}");
        let context = self.attention(&format!("{name}.attention.self"), input, shared)?;
        let attended = self.linear(&format!("{name}.attention.output.dense"), &context, hidden_size, hidden_size)?;
        let attended = self.graph.apply("Add", &[&attended, input]);
        let attended = self.normalise(&format!("{name}.attention.output.LayerNorm"), &attended)?;

        let widened = self.linear(&format!("{name}.intermediate.dense"), &attended, hidden_size, intermediate_size)?;
        let activated = self.activate(&widened);
        let narrowed = self.linear(&format!("{name}.output.dense"), &activated, intermediate_size, hidden_size)?;
        let added = self.graph.apply("Add", &[&narrowed, &attended]);
        self.normalise(&format!("{name}.output.LayerNorm"), &added)
    }

    fn attention(&mut self, name: &str, input: &str, shared: &Shared) -> Result<Value, EmbedError> {
        let query = self.heads(&format!("{name}.query"), input, shared, &[0, 2, 1, 3])?;
        let key = self.heads(&format!("{name}.key"), input, shared, &[0, 2, 3, 1])?;
        let value = self.heads(&format!("{name}.value"), input, shared, &[0, 2, 1, 3])?;
        let graph = &mut self.graph;
        let scores = graph.apply("MatMul", &[&query, &key]);
        let scores = graph.apply("Mul", &[&scores, &shared.scale]);
        let scores = graph.apply("Add", &[&scores, &shared.masked_scores]);
        let shares = graph.node("Softmax", &[&scores], vec![AttributeProto::int("axis", -1)]);
        let context = graph.apply("MatMul", &[&shares, &value]);
        let context = graph.node("Transpose", &[&context], vec![AttributeProto::ints("perm", &[0, 2, 1, 3])]);
        Ok(graph.apply("Reshape", &[&context, &shared.row_shape]))
    }

    fn heads(&mut self, name: &str, input: &str, shared: &Shared, order: &[i64]) -> Result<Value, EmbedError> {
        let hidden = self.config.hidden_size;
        let projected = self.linear(name, input, hidden, hidden)?;
        let split = self.graph.apply("Reshape", &[&projected, &shared.head_shape]);
        Ok(self.graph.node("Transpose", &[&split], vec![AttributeProto::ints("perm", order)]))
    }

    /// The weights lie as outputs × inputs; `Gemm` takes them so.
    fn linear(&mut self, name: &str, input: &str, inputs: usize, outputs: usize) -> Result<Value, EmbedError> {
        let weight = self.weight(&format!("{name}.weight"), &[outputs, inputs])?;
        let bias = self.weight(&format!("{name}.bias"), &[outputs])?;
        Ok(self.graph.node("Gemm", &[input, &weight, &bias], vec![AttributeProto::int("transB", 1)]))
    }

    fn normalise(&mut self, name: &str, input: &str) -> Result<Value, EmbedError> {
        let hidden = self.config.hidden_size;
        let scale = self.weight(&format!("{name}.weight"), &[hidden])?;
        let bias = self.weight(&format!("{name}.bias"), &[hidden])?;
        let attributes = vec![AttributeProto::int("axis", -1), AttributeProto::float("epsilon", self.config.layer_norm_eps)];
        Ok(self.graph.node("LayerNormalization", &[input, &scale, &bias], attributes))
    }

    fn activate(&mut self, input: &str) -> Value {
        match self.config.activation() {
            Some(Activation::GeluTanh) => self.graph.node("Gelu", &[input], vec![AttributeProto::string("approximate", "tanh")]),
            Some(Activation::Relu) => self.graph.apply("Relu", &[input]),
            Some(Activation::Gelu) | None => self.graph.apply("Gelu", &[input]),
        }
    }

    fn pool(&mut self, hidden: &str, shared: &Shared, pooling: Pooling) -> Value {
        let size = self.config.hidden_size as i64;
        let graph = &mut self.graph;
        let hidden_size = graph.list("hidden_size", &[size]);
        let shape = graph.node("Concat", &[&shared.shape, &hidden_size], vec![AttributeProto::int("axis", 0)]);
        let hidden = graph.apply("Reshape", &[hidden, &shape]);
        match pooling {
            Pooling::Cls => {
                let first = graph.constant(TensorProto::int64("first_token", 0));
                graph.node("Gather", &[&hidden, &first], vec![AttributeProto::int("axis", 1)])
            }
            // A folder says one of the two.
            Pooling::Mean | Pooling::Remote => {
                let mask = graph.apply("Unsqueeze", &[&shared.mask, &shared.one]);
                let sum = graph.apply("MatMul", &[&mask, &hidden]);
                let sum = graph.apply("Squeeze", &[&sum, &shared.one]);
                let count = graph.node("ReduceSum", &[&shared.mask, &shared.one], vec![AttributeProto::int("keepdims", 1)]);
                graph.apply("Div", &[&sum, &count])
            }
        }
    }

    /// The head of a cross-encoder: a layer of the hidden size, `tanh`, one number.
    fn score(&mut self, first: &str) -> Result<Value, EmbedError> {
        let hidden = self.config.hidden_size;
        let (dense, last) = match self.config.family() {
            Family::Bert => (format!("{}pooler.dense", self.name_prefix), "classifier"),
            Family::Roberta => ("classifier.dense".to_owned(), "classifier.out_proj"),
        };
        let dense = self.head(&dense, first, hidden)?;
        let activated = self.graph.apply("Tanh", &[&dense]);
        self.head(last, &activated, 1)
    }

    fn head(&mut self, name: &str, input: &str, outputs: usize) -> Result<Value, EmbedError> {
        let weight = self.weights.tensor(&format!("{name}.weight"), &[outputs, self.config.hidden_size])?;
        let bias = self.weights.tensor(&format!("{name}.bias"), &[outputs])?;
        let (weight, bias) = (self.graph.weight(&weight), self.graph.weight(&bias));
        Ok(self.graph.node("Gemm", &[input, &weight, &bias], vec![AttributeProto::int("transB", 1)]))
    }

    fn weight(&mut self, name: &str, shape: &[usize]) -> Result<Value, EmbedError> {
        let tensor = self.weights.tensor(&format!("{}{name}", self.name_prefix), shape)?;
        Ok(self.graph.weight(&tensor))
    }
}
