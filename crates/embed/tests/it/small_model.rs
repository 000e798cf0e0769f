//! Models of a few thousand numbers, written as the files that a real one has.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde_json::{Value, json};

/// Which names and positions it has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Family {
    Bert,
    Roberta,
}

/// A model with random weights. All are multiples of 1/64 below 2, so that 16-bit numbers hold them exactly.
#[derive(Debug, Clone)]
pub(crate) struct SmallModel {
    pub(crate) family: Family,
    pub(crate) hidden: usize,
    pub(crate) heads: usize,
    pub(crate) layers: usize,
    pub(crate) activation: &'static str,
    pub(crate) cls_pooling: bool,
    pub(crate) number_type: Dtype,
    pub(crate) name_prefix: &'static str,
    pub(crate) tensors: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
}

const WORDS: [&str; 12] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "stone", "river", "rag", "##stone", "the", "of", "a", "##s"];
const INTERMEDIATE: usize = 24;
const POSITIONS: usize = 40;

impl SmallModel {
    pub(crate) fn new() -> Self {
        let mut model = Self {
            family: Family::Bert,
            hidden: 16,
            heads: 4,
            layers: 2,
            activation: "gelu",
            cls_pooling: false,
            number_type: Dtype::F32,
            name_prefix: "",
            tensors: BTreeMap::new(),
        };
        model.fill();
        model
    }

    /// One row of a tensor; a tensor of one dimension is one row.
    pub(crate) fn row(&self, name: &str, row: usize) -> Vec<f64> {
        let (shape, numbers) = &self.tensors[name];
        let width = *shape.last().unwrap();
        numbers[row * width..(row + 1) * width].iter().map(|number| f64::from(*number)).collect()
    }

    /// The tokens of a text of its few words, special ones included.
    pub(crate) fn ids(words: &[&str]) -> Vec<usize> {
        let id = |word: &&str| WORDS.iter().position(|known| known == word).unwrap();
        [2].into_iter().chain(words.iter().map(id)).chain([3]).collect()
    }

    /// The tokens of a query and a passage in one text.
    pub(crate) fn pair_ids(query: &[&str], passage: &[&str]) -> Vec<usize> {
        Self::ids(query).into_iter().chain(Self::ids(passage).into_iter().skip(1)).collect()
    }

    /// Writes the folder of the model.
    pub(crate) fn save(&self, folder: &Path) -> PathBuf {
        let path = folder.join("small");
        fs_err::create_dir_all(path.join("1_Pooling")).unwrap();
        fs_err::write(path.join("config.json"), self.config().to_string()).unwrap();
        fs_err::write(path.join("tokenizer.json"), tokenizer().to_string()).unwrap();
        let pooling = json!({"pooling_mode_cls_token": self.cls_pooling, "pooling_mode_mean_tokens": !self.cls_pooling});
        fs_err::write(path.join("1_Pooling/config.json"), pooling.to_string()).unwrap();
        fs_err::write(path.join("model.safetensors"), self.weights()).unwrap();
        path
    }

    pub(crate) fn config(&self) -> Value {
        json!({
            "model_type": if self.family == Family::Bert { "bert" } else { "xlm-roberta" },
            "hidden_size": self.hidden, "vocab_size": WORDS.len(), "intermediate_size": INTERMEDIATE,
            "num_attention_heads": self.heads, "num_hidden_layers": self.layers, "max_position_embeddings": POSITIONS,
            "type_vocab_size": 2, "hidden_act": self.activation, "layer_norm_eps": 1e-12,
            "pad_token_id": if self.family == Family::Bert { 0 } else { 1 }, "position_embedding_type": "absolute",
        })
    }

    fn weights(&self) -> Vec<u8> {
        let encoded: Vec<(String, Vec<usize>, Vec<u8>)> = self
            .tensors
            .iter()
            .map(|(name, (shape, numbers))| {
                let bytes = numbers.iter().flat_map(|number| encoded(self.number_type, *number)).collect();
                // The head for labels is no part of the encoder.
                let prefix = if name.starts_with("classifier") { "" } else { self.name_prefix };
                (format!("{prefix}{name}"), shape.clone(), bytes)
            })
            .collect();
        let views =
            encoded.iter().map(|(name, shape, bytes)| (name.as_str(), TensorView::new(self.number_type, shape.clone(), bytes).unwrap()));
        safetensors::serialize(views, None).unwrap()
    }

    fn fill(&mut self) {
        let hidden = self.hidden;
        let mut shapes = vec![
            ("embeddings.word_embeddings.weight".to_owned(), vec![WORDS.len(), hidden]),
            ("embeddings.position_embeddings.weight".to_owned(), vec![POSITIONS, hidden]),
            ("embeddings.token_type_embeddings.weight".to_owned(), vec![2, hidden]),
        ];
        let mut pair = |name: String, weight: Vec<usize>, outputs: usize| {
            shapes.push((format!("{name}.weight"), weight));
            shapes.push((format!("{name}.bias"), vec![outputs]));
        };
        pair("embeddings.LayerNorm".to_owned(), vec![hidden], hidden);
        for layer in 0..self.layers {
            let name = format!("encoder.layer.{layer}");
            for part in ["attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"] {
                pair(format!("{name}.{part}"), vec![hidden, hidden], hidden);
            }
            pair(format!("{name}.attention.output.LayerNorm"), vec![hidden], hidden);
            pair(format!("{name}.intermediate.dense"), vec![INTERMEDIATE, hidden], INTERMEDIATE);
            pair(format!("{name}.output.dense"), vec![hidden, INTERMEDIATE], hidden);
            pair(format!("{name}.output.LayerNorm"), vec![hidden], hidden);
        }
        // The heads of cross-encoders: BERT's, then RoBERTa's.
        pair("pooler.dense".to_owned(), vec![hidden, hidden], hidden);
        pair("classifier".to_owned(), vec![1, hidden], 1);
        pair("classifier.dense".to_owned(), vec![hidden, hidden], hidden);
        pair("classifier.out_proj".to_owned(), vec![1, hidden], 1);
        let mut state: u64 = 42;
        for (name, shape) in shapes {
            let numbers = (0..shape.iter().product()).map(|_| random(&mut state)).collect();
            self.tensors.insert(name, (shape, numbers));
        }
    }
}

/// A multiple of 1/64 from -0.5 to 0.5.
fn random(state: &mut u64) -> f32 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    let step = (*state >> 33) % 65;
    (step as f32 - 32.0) / 64.0
}

fn encoded(number_type: Dtype, number: f32) -> Vec<u8> {
    let bits = number.to_bits();
    match number_type {
        Dtype::BF16 => ((bits >> 16) as u16).to_le_bytes().to_vec(),
        Dtype::F16 if number == 0.0 => vec![0, 0],
        Dtype::F16 => {
            let (sign, exponent, fraction) = (bits >> 31, ((bits >> 23) & 0xFF) + 15 - 127, (bits >> 13) & 0x3FF);
            ((sign << 15 | exponent << 10 | fraction) as u16).to_le_bytes().to_vec()
        }
        _ => number.to_le_bytes().to_vec(),
    }
}

fn tokenizer() -> Value {
    let vocabulary: BTreeMap<&str, usize> = WORDS.iter().enumerate().map(|(id, word)| (*word, id)).collect();
    let special = |content: &str, id: usize| json!({"id": id, "content": content, "special": true, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false});
    let token = |id: &str, text: usize| json!({"SpecialToken": {"id": id, "type_id": text}});
    let sequence = |id: &str, text: usize| json!({"Sequence": {"id": id, "type_id": text}});
    json!({
        "version": "1.0", "truncation": null, "padding": null,
        "added_tokens": [special("[PAD]", 0), special("[UNK]", 1), special("[CLS]", 2), special("[SEP]", 3)],
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [token("[CLS]", 0), sequence("A", 0), token("[SEP]", 0)],
            "pair": [token("[CLS]", 0), sequence("A", 0), token("[SEP]", 0), sequence("B", 1), token("[SEP]", 1)],
            "special_tokens": {
                "[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]}, "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]},
            },
        },
        "decoder": null,
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": vocabulary},
    })
}
