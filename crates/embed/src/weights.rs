//! The header of a safetensors file: which tensors there are, and where their bytes begin.

use std::io::Read;
use std::path::{Path, PathBuf};

use fs_err::File;
use safetensors::Dtype;
use safetensors::tensor::Metadata;

use crate::EmbedError;
use crate::onnx::data_type;

/// A header longer than this is not a header.
const MOST_HEADER_BYTES: u64 = 100_000_000;
/// Hexadecimal digits of a revision.
const REVISION_DIGITS: usize = 16;

/// A model's weights: where each tensor is in the file. The numbers themselves are not read.
#[derive(Debug)]
pub(crate) struct Weights {
    file: PathBuf,
    data_start: u64,
    tensors: Metadata,
}

/// Where a tensor's numbers are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tensor {
    pub(crate) name: String,
    /// One of [`data_type`].
    pub(crate) data_type: i32,
    pub(crate) shape: Vec<usize>,
    pub(crate) offset: u64,
    pub(crate) length: u64,
}

impl Weights {
    /// Reads the header and checks that the file is as long as it says.
    pub(crate) fn open(file: &Path) -> Result<Self, EmbedError> {
        let read = |source| EmbedError::Read { file: file.to_path_buf(), source };
        let header_error = |source: ragstone_core::BoxError| EmbedError::Header { file: file.to_path_buf(), source };

        let mut reader = File::open(file).map_err(read)?;
        let found = reader.metadata().map_err(read)?.len();
        let mut header_length = [0; 8];
        if found < 8 {
            return Err(EmbedError::Truncated { file: file.to_path_buf(), announced: 8, found });
        }
        reader.read_exact(&mut header_length).map_err(read)?;
        let header_length = u64::from_le_bytes(header_length);
        if header_length > MOST_HEADER_BYTES {
            return Err(header_error("it would be longer than 100 MB".into()));
        }
        let data_start = 8 + header_length;
        if found < data_start {
            return Err(EmbedError::Truncated { file: file.to_path_buf(), announced: data_start, found });
        }
        let mut header = vec![0; header_length as usize];
        reader.read_exact(&mut header).map_err(read)?;
        let tensors: Metadata = serde_json::from_slice(&header).map_err(|source| header_error(source.into()))?;

        let announced = data_start + tensors.data_len() as u64;
        if found != announced {
            return Err(EmbedError::Truncated { file: file.to_path_buf(), announced, found });
        }
        Ok(Self { file: file.to_path_buf(), data_start, tensors })
    }

    /// Whether there is such a tensor.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.tensors.info(name).is_some()
    }

    /// A tensor of this shape; another shape is an error that names both.
    pub(crate) fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor, EmbedError> {
        let (file, tensor) = (self.file.clone(), name.to_owned());
        let Some(info) = self.tensors.info(name) else {
            return Err(EmbedError::TensorMissing { file, tensor });
        };
        if info.shape != shape {
            return Err(EmbedError::TensorShape { file, tensor, expected: shape.to_vec(), found: info.shape.clone() });
        }
        let data_type = match info.dtype {
            Dtype::F32 => data_type::FLOAT,
            Dtype::F16 => data_type::FLOAT16,
            Dtype::BF16 => data_type::BFLOAT16,
            other => return Err(EmbedError::TensorType { file, tensor, found: format!("{other:?}") }),
        };
        let (start, end) = info.data_offsets;
        let offset = self.data_start + start as u64;
        Ok(Tensor { name: tensor, data_type, shape: info.shape.clone(), offset, length: (end - start) as u64 })
    }
}

/// A fingerprint of a file's bytes. Reading and hashing 91 MB takes about 30 ms.
pub(crate) fn revision_of(file: &Path) -> Result<String, EmbedError> {
    let read = |source| EmbedError::Read { file: file.to_path_buf(), source };
    let reader = File::open(file).map_err(read)?;
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(reader).map_err(read)?;
    Ok(hasher.finalize().to_hex().chars().take(REVISION_DIGITS).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str =
        r#"{"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"b":{"dtype":"I64","shape":[1],"data_offsets":[8,16]}}"#;

    fn file(header: &str, data_bytes: usize) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend(std::iter::repeat_n(1, data_bytes));
        fs_err::write(&path, bytes).unwrap();
        (folder, path)
    }

    #[test]
    fn finds_a_tensor() {
        let (_folder, path) = file(HEADER, 16);
        let weights = Weights::open(&path).unwrap();
        let tensor = weights.tensor("a", &[2, 1]).unwrap();
        assert_eq!((tensor.offset, tensor.length, tensor.data_type), (8 + HEADER.len() as u64, 8, data_type::FLOAT));
        assert!(weights.has("b") && !weights.has("c"));
    }

    #[test]
    fn names_the_tensor_that_is_wrong() {
        let (_folder, path) = file(HEADER, 16);
        let weights = Weights::open(&path).unwrap();
        for (name, shape, expected) in [
            ("c", vec![1], "has no tensor `c`"),
            ("a", vec![2, 2], "has the shape [2, 1], its config.json calls for [2, 2]"),
            ("b", vec![1], "holds I64 numbers, only F32, F16 and BF16"),
        ] {
            let message = weights.tensor(name, &shape).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn says_that_a_file_is_cut_off_or_damaged() {
        for (header, data_bytes, expected) in
            [(HEADER, 15, "was cut off"), (HEADER, 17, "was cut off"), ("{}", 0, ""), ("[]", 0, "no valid safetensors header")]
        {
            let (_folder, path) = file(header, data_bytes);
            let message = Weights::open(&path).map_or_else(|error| error.to_string(), |_| String::new());
            assert!(message.contains(expected), "{message}");
        }
        let (_folder, path) = file(HEADER, 16);
        for (bytes, expected) in
            [(&b"abc"[..], "was cut off"), (&[9; 8], "no valid safetensors header"), (&[200, 0, 0, 0, 0, 0, 0, 0], "cut off")]
        {
            fs_err::write(&path, bytes).unwrap();
            let message = Weights::open(&path).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn any_change_changes_the_revision() {
        let (_folder, path) = file(HEADER, 16);
        let before = revision_of(&path).unwrap();
        let mut bytes = fs_err::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs_err::write(&path, bytes).unwrap();
        let after = revision_of(&path).unwrap();
        assert_eq!(before.len(), REVISION_DIGITS);
        assert_ne!(before, after);
    }
}
