//! A model folder or a library that is wrong is an error that names the file, the thing in it, and what to do.

use std::error::Error;
use std::path::Path;

use ragstone_core::ErrorKind;
#[cfg(not(feature = "cuda"))]
use ragstone_embed::Device;
use ragstone_embed::{EmbedConfig, LocalEmbedder, Located};
use serde_json::{Value, json};

use crate::small_model::SmallModel;
use crate::support::{located, located_at};

fn message(located: &Located) -> String {
    let error = LocalEmbedder::open(&EmbedConfig::default(), located).err().expect("opening must fail");
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        message = format!("{message}: {cause}");
        source = cause.source();
    }
    message
}

fn check_model(damage: impl Fn(&Path), expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = SmallModel::new().save(folder.path());
    damage(&path);
    let message = message(&located_at(&path));
    assert!(message.contains(expected), "expected {expected:?} in {message:?}");
}

fn check_config(key: &str, value: Value, expected: &str) {
    check_model(
        |path| {
            let mut config = SmallModel::new().config();
            config[key] = value.clone();
            fs_err::write(path.join("config.json"), config.to_string()).unwrap();
        },
        expected,
    );
}

#[test]
fn configurations() {
    check_config("model_type", json!("distilbert"), "of the kind `distilbert`, which cannot be run; use a model of the kind bert, roberta");
    check_config("hidden_act", json!("swish"), "`hidden_act` in");
    check_config("position_embedding_type", json!("relative_key"), "is \"relative_key\", it must be \"absolute\"");
    check_config("num_attention_heads", json!(3), "a divisor of `hidden_size`");
    check_config("num_attention_heads", json!(0), "`num_attention_heads` in");
    check_config("num_hidden_layers", json!(3), "no tensor `encoder.layer.2.attention.self.query.weight`");
    check_config("hidden_size", json!(32), "has the shape [12, 16], its config.json calls for [12, 32]");
    check_config("vocab_size", json!(11), "tensor `embeddings.word_embeddings.weight`");
    check_config("hidden_size", json!("many"), "config.json` is not valid; fetch the model again: invalid type");
    check_config("is_decoder", json!(true), "`is_decoder` in");
}

#[test]
fn files() {
    check_model(|path| fs_err::remove_file(path.join("tokenizer.json")).unwrap(), "has no `tokenizer.json`; save it with");
    check_model(|path| fs_err::write(path.join("tokenizer.json"), "{}").unwrap(), "tokenizer.json` is not a tokenizer that can be used");
    check_model(|path| fs_err::remove_file(path.join("model.safetensors")).unwrap(), "has no `model.safetensors`");
    check_model(|path| fs_err::write(path.join("model.safetensors"), "<html>Not Found</html>").unwrap(), "no valid safetensors header");
    check_model(
        |path| {
            let bytes = fs_err::read(path.join("model.safetensors")).unwrap();
            fs_err::write(path.join("model.safetensors"), &bytes[..bytes.len() / 2]).unwrap();
        },
        "the download was cut off; fetch the model again",
    );
    check_model(
        |path| {
            let tokenizer = fs_err::read_to_string(path.join("tokenizer.json")).unwrap();
            fs_err::write(path.join("tokenizer.json"), tokenizer.replace("\"##s\":11", "\"##s\":11,\"more\":99")).unwrap();
        },
        "makes 100 different tokens and the model knows 12",
    );
}

#[test]
fn a_folder_that_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let message = message(&located_at(&folder.path().join("nothing")));
    assert!(message.contains("cannot read") && message.contains("nothing"), "{message}");
}

#[test]
fn a_library_that_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("libonnxruntime.so");
    fs_err::write(&library, "not a library").unwrap();
    let wrong = Located { runtime_library: library, ..located() };
    let message = message(&wrong);
    assert!(message.contains("libonnxruntime.so` is not an ONNX Runtime library that can be used here; run `make setup`"), "{message}");

    // Another one is loaded all the same, and then no second one beside it.
    LocalEmbedder::open(&EmbedConfig::default(), &located()).unwrap();
    let error = LocalEmbedder::open(&EmbedConfig::default(), &wrong).err().unwrap();
    assert!(error.to_string().contains("use one path in a process"), "{error}");
    assert_eq!(ragstone_core::Error::from(error).kind(), ErrorKind::Conflict);
}

#[cfg(not(feature = "cuda"))]
#[test]
fn a_card_that_the_program_cannot_use_is_not_replaced_by_the_processor() {
    let config = EmbedConfig { device: Device::Cuda, ..EmbedConfig::default() };
    let error = LocalEmbedder::open(&config, &located()).err().unwrap().to_string();
    let expected =
        "`embed.device` is \"cuda\", but this program was built without CUDA; build it with `--features cuda`, or set it to \"cpu\"";
    assert_eq!(error, expected);
}
