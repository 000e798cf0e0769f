//! The model's tokenizer: counts for the chunker, cuts and counts for batches.

use std::path::{Path, PathBuf};

use tokenizers::{Encoding, PaddingParams, PaddingStrategy, Tokenizer, TruncationParams};

use crate::EmbedError;

/// Bytes per wanted token that are looked at first: English has 4 to 5 bytes per token.
const FIRST_BYTES_PER_TOKEN: usize = 8;
/// So many tokens more than wanted must be in a cut: what a cut changes is its last word, which a word-piece tokenizer
/// splits into at most 100 pieces.
const SPARE_TOKENS: usize = 128;
/// A space for the cut is looked for in so many bytes before the limit.
const SPACE_WITHIN_BYTES: usize = 512;
/// A token with its text takes 200 bytes until it is counted: of these, a few megabytes.
const TOKENISED_AT_ONCE: usize = 64;
/// Names of the padding token in the families that can be run.
const USUAL_PADDING: [&str; 2] = ["[PAD]", "<pad>"];

/// A model's vocabulary, and how much of a text the model reads.
#[derive(Debug)]
pub(crate) struct Tokens {
    file: PathBuf,
    /// Neither pads nor truncates.
    plain: Tokenizer,
    /// The padding of the file.
    own_padding: Option<String>,
    max_tokens: usize,
}

impl Tokens {
    /// Reads the tokenizer.
    pub(crate) fn open(file: &Path, max_tokens: usize) -> Result<Self, EmbedError> {
        let file = file.to_path_buf();
        let bytes = fs_err::read(&file).map_err(|source| EmbedError::Read { file: file.clone(), source })?;
        let mut plain = Tokenizer::from_bytes(bytes).map_err(|source| EmbedError::Tokenizer { file: file.clone(), source })?;
        let own_padding = own_padding(&plain);
        plain.with_padding(None);
        plain.with_truncation(None).map_err(|source| EmbedError::Tokenizer { file: file.clone(), source })?;
        Ok(Self { file, plain, own_padding, max_tokens })
    }

    /// A copy for batches, which pads to the longest of one and truncates; `known` is how many tokens the model has vectors for.
    pub(crate) fn batching(&self, padding_token: Option<String>, known: usize) -> Result<Tokenizer, EmbedError> {
        check_vocabulary(&self.plain, &self.file, known)?;
        let truncation = TruncationParams { max_length: self.max_tokens, ..TruncationParams::default() };
        let mut batching = self.plain.clone();
        batching.with_padding(Some(padding(&self.plain, padding_token.into_iter().chain(self.own_padding.clone()))));
        batching.with_truncation(Some(truncation)).map_err(|source| EmbedError::Tokenizer { file: self.file.clone(), source })?;
        Ok(batching)
    }

    /// The tokenizer that neither pads nor truncates.
    pub(crate) fn plain(&self) -> &Tokenizer {
        &self.plain
    }

    /// How many tokens a text is, special tokens not counted.
    pub(crate) fn count(&self, text: &str) -> usize {
        // A tokenizer fails on no text that we know of. If it does, embedding will report it, and no text has more
        // tokens than bytes.
        self.plain.encode_fast(text, false).map_or(text.len(), |encoding| encoding.len())
    }

    /// Cuts texts to what the model can read, and counts what is left; at most `max_tokens`, special tokens included.
    pub(crate) fn fit(&self, texts: Vec<String>) -> Result<Vec<Fitted>, tokenizers::Error> {
        let texts: Vec<String> = texts.into_iter().map(|text| self.cut(text)).collect();
        let mut counts = Vec::with_capacity(texts.len());
        for some in texts.chunks(TOKENISED_AT_ONCE) {
            let inputs: Vec<&str> = some.iter().map(String::as_str).collect();
            // On all cores: a large call would else keep the sessions waiting while one core tokenises.
            let encodings = self.plain.encode_batch_fast(inputs, true)?;
            counts.extend(encodings.iter().map(|encoding| encoding.len().min(self.max_tokens)));
        }
        Ok(texts.into_iter().zip(counts).map(|(text, tokens)| Fitted { text, tokens }).collect())
    }

    /// As [`fit`](Self::fit), for somebody else to tokenise: what is beyond `max_tokens` is not in the texts any more.
    pub(crate) fn fit_to_send(&self, texts: Vec<String>) -> Result<Vec<Fitted>, tokenizers::Error> {
        let special = self.plain.encode_fast("", true)?.len();
        let room = self.max_tokens.saturating_sub(special);
        let mut fitted = Vec::with_capacity(texts.len());
        let texts: Vec<String> = texts.into_iter().map(|text| self.cut(text)).collect();
        for some in texts.chunks(TOKENISED_AT_ONCE) {
            let inputs: Vec<&str> = some.iter().map(String::as_str).collect();
            for (text, encoding) in some.iter().zip(self.plain.encode_batch(inputs, false)?) {
                let end = encoding.get_offsets().get(room).map_or(text.len(), |_| last_end(&encoding, room));
                let text = text.get(..end).unwrap_or(text).to_owned();
                fitted.push(Fitted { text, tokens: encoding.len().min(room) + special });
            }
        }
        Ok(fitted)
    }

    /// Drops the end of a long text that the model would not read, so that nobody tokenises megabytes for 256 tokens.
    fn cut(&self, mut text: String) -> String {
        let enough = self.max_tokens + SPARE_TOKENS;
        let mut limit = enough * FIRST_BYTES_PER_TOKEN;
        while text.len() > limit {
            let end = word_end(&text, limit);
            if text.get(..end).is_some_and(|start| self.count(start) >= enough) {
                text.truncate(end);
                break;
            }
            limit = limit.saturating_mul(2);
        }
        text
    }
}

/// The tokenizer of a model that reads two texts as one, set up for batches: the longer of the two is cut first.
pub(crate) fn pair_tokenizer(file: &Path, padding_token: Option<String>, max_tokens: usize) -> Result<Tokenizer, EmbedError> {
    let bytes = fs_err::read(file).map_err(|source| EmbedError::Read { file: file.to_path_buf(), source })?;
    let unusable = |source| EmbedError::Tokenizer { file: file.to_path_buf(), source };
    let mut tokenizer = Tokenizer::from_bytes(bytes).map_err(unusable)?;
    let padding = padding(&tokenizer, padding_token.into_iter().chain(own_padding(&tokenizer)));
    let truncation = TruncationParams { max_length: max_tokens, ..TruncationParams::default() };
    tokenizer.with_padding(Some(padding));
    tokenizer.with_truncation(Some(truncation)).map_err(unusable)?;
    Ok(tokenizer)
}

/// A text that the model can read as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fitted {
    pub(crate) text: String,
    /// Special tokens included.
    pub(crate) tokens: usize,
}

/// The last space shortly before `limit`, else the last character border.
fn word_end(text: &str, limit: usize) -> usize {
    let limit = text.floor_char_boundary(limit);
    let from = text.floor_char_boundary(limit.saturating_sub(SPACE_WITHIN_BYTES));
    let near = text.get(from..limit).unwrap_or_default();
    near.rfind(char::is_whitespace).map_or(limit, |space| from + space)
}

fn check_vocabulary(tokenizer: &Tokenizer, file: &Path, known: usize) -> Result<(), EmbedError> {
    let highest = tokenizer.get_vocab(true).into_values().max();
    let tokens = highest.map_or(0, |highest| highest as usize + 1);
    if tokens == 0 || tokens > known {
        return Err(EmbedError::Vocabulary { file: file.to_path_buf(), tokens, known });
    }
    Ok(())
}

/// Where the first so many tokens end in the text.
fn last_end(encoding: &Encoding, tokens: usize) -> usize {
    let ends = encoding.get_offsets().iter().take(tokens).map(|(_, end)| *end);
    ends.max().unwrap_or_default()
}

fn own_padding(tokenizer: &Tokenizer) -> Option<String> {
    tokenizer.get_padding().map(|padding| padding.pad_token.clone())
}

fn padding(tokenizer: &Tokenizer, candidates: impl Iterator<Item = String>) -> PaddingParams {
    let candidates = candidates.chain(USUAL_PADDING.map(str::to_owned));
    let mut padding = PaddingParams { strategy: PaddingStrategy::BatchLongest, ..PaddingParams::default() };
    for pad_token in candidates {
        if let Some(pad_id) = tokenizer.token_to_id(&pad_token) {
            padding = PaddingParams { pad_id, pad_token, ..padding };
            break;
        }
    }
    padding
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_at_a_space_near_the_limit_or_at_a_character() {
        assert_eq!(word_end("one two three", 9), 7);
        assert_eq!(word_end("知识库", 4), 3);
        assert_eq!(word_end(&"x".repeat(2_000), 1_500), 1_500);
        let far = format!("a {}", "x".repeat(2_000));
        assert_eq!(word_end(&far, 1_500), 1_500);
    }
}
