//! How much of a text the model was trained to read.
//!
//! A vocabulary is the trace of what a model was trained on. A script of which it has few entries is not read, even
//! where single letters are in it (the vocabulary of all-MiniLM-L6-v2 has 488 entries in Han script, 86 in Cyrillic).
//! Within a script that it reads, words of the language it was trained on are single entries far more often than
//! words of others: with all-MiniLM-L6-v2 93 to 97 % of English words are, 85 % in biomedical abstracts, but
//! 53 % of Spanish ones and 47 % of German. The share is stretched so that the second counts as 1 and related
//! languages as about a quarter.

use std::collections::{BTreeSet, HashMap};

use ragstone_core::is_spaceless;
use tokenizers::Tokenizer;

use crate::registry::Reads;
use crate::script::Script;

/// A vocabulary with fewer entries of a script does not read it.
const FEWEST_ENTRIES: usize = 1_000;
/// Below this share of single-entry words, a language is foreign.
const FOREIGN_SHARE: f32 = 0.45;
/// From this share on, it is the model's own.
const OWN_SHARE: f32 = 0.85;
/// Words that every text is granted, so that one rare word does not decide over a short query.
const GRANTED_WORDS: f32 = 2.0;
/// Letters of a script without spaces that count as one word.
const LETTERS_PER_WORD: usize = 2;
/// Words that are looked at; the rest of a long text is taken to be like them.
const MOST_WORDS: usize = 400;
/// Names of the unknown token in the families that can be run.
const UNKNOWN_TOKENS: [&str; 2] = ["[UNK]", "<unk>"];

/// What a model reads.
#[derive(Debug)]
pub(crate) struct Readability {
    scripts: Scripts,
    /// Whether words in several pieces are foreign: so in models of one language, not in those of many.
    graded: bool,
    unknown: Option<u32>,
}

#[derive(Debug)]
enum Scripts {
    All,
    Only(BTreeSet<Script>),
}

impl Readability {
    /// From the registry's word where there is one, else from the vocabulary.
    pub(crate) fn new(reads: Option<Reads>, tokenizer: &Tokenizer) -> Self {
        let unknown = UNKNOWN_TOKENS.iter().find_map(|token| tokenizer.token_to_id(token));
        let scripts = reads.map_or_else(|| Scripts::Only(scripts_of(tokenizer)), Scripts::of);
        let graded = matches!(&scripts, Scripts::Only(scripts) if scripts.iter().eq([&Script::Latin]));
        Self { scripts, graded, unknown }
    }

    /// From the registry's word alone; a model that it does not know is taken to read everything.
    pub(crate) fn without_tokenizer(reads: Option<Reads>) -> Self {
        Self { scripts: reads.map_or(Scripts::All, Scripts::of), graded: false, unknown: None }
    }

    /// The share of a text's words that are in a script that the model reads.
    pub(crate) fn share_by_script(&self, text: &str) -> f32 {
        let (mut readable, mut all) = (0.0, 0.0);
        for word in words(text).take(MOST_WORDS) {
            all += word.weight();
            if self.scripts.contain(word.script) {
                readable += word.weight();
            }
        }
        if all == 0.0 { 1.0 } else { readable / all }
    }

    /// The share of a text's words that the model reads, 0 to 1; a text without letters is readable.
    pub(crate) fn share(&self, text: &str, tokenizer: &Tokenizer) -> f32 {
        let (mut in_script, mut whole, mut foreign) = (0.0, 0.0, 0.0);
        for word in words(text).take(MOST_WORDS) {
            let weight = word.weight();
            if !self.scripts.contain(word.script) {
                foreign += weight;
                continue;
            }
            in_script += weight;
            if self.knows(word.text, tokenizer) {
                whole += weight;
            }
        }
        let all: f32 = in_script + foreign;
        if all == 0.0 {
            return 1.0;
        }
        if in_script == 0.0 {
            return 0.0;
        }
        let known = if self.graded { stretched((whole + GRANTED_WORDS) / (in_script + GRANTED_WORDS)) } else { whole / in_script };
        known * in_script / all
    }

    fn knows(&self, word: &str, tokenizer: &Tokenizer) -> bool {
        let Ok(encoding) = tokenizer.encode_fast(word, false) else {
            return false;
        };
        if self.graded {
            return encoding.len() == 1 && encoding.get_ids().first().copied() != self.unknown;
        }
        !encoding.get_ids().iter().any(|id| Some(*id) == self.unknown)
    }
}

impl Scripts {
    fn of(reads: Reads) -> Self {
        match reads {
            Reads::English => Self::Only(BTreeSet::from([Script::Latin])),
            Reads::Chinese => Self::Only(BTreeSet::from([Script::Latin, Script::Han])),
            Reads::ManyLanguages => Self::All,
        }
    }

    fn contain(&self, script: Script) -> bool {
        match self {
            Self::All => true,
            Self::Only(scripts) => scripts.contains(&script),
        }
    }
}

/// A run of letters of one script.
struct Word<'text> {
    text: &'text str,
    script: Script,
}

impl Word<'_> {
    /// One, or the number of words that a run without spaces may be.
    fn weight(&self) -> f32 {
        if self.text.chars().any(is_spaceless) {
            return self.text.chars().count().div_ceil(LETTERS_PER_WORD) as f32;
        }
        1.0
    }
}

fn words(text: &str) -> impl Iterator<Item = Word<'_>> {
    text.split(|letter: char| !letter.is_alphabetic()).filter(|run| !run.is_empty()).flat_map(runs)
}

/// Splits a run of letters where the script changes: `Rust的库` is two words.
fn runs(letters: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut start = 0;
    let mut current: Option<Script> = None;
    for (at, letter) in letters.char_indices() {
        let script = Script::of(letter);
        if let Some(before) = current.filter(|before| *before != script) {
            words.extend(letters.get(start..at).map(|text| Word { text, script: before }));
            start = at;
        }
        current = Some(script);
    }
    if let Some(script) = current {
        words.extend(letters.get(start..).map(|text| Word { text, script }));
    }
    words
}

fn stretched(share: f32) -> f32 {
    ((share - FOREIGN_SHARE) / (OWN_SHARE - FOREIGN_SHARE)).clamp(0.0, 1.0)
}

fn scripts_of(tokenizer: &Tokenizer) -> BTreeSet<Script> {
    let mut entries: HashMap<Script, usize> = HashMap::new();
    for token in tokenizer.get_vocab(false).keys() {
        let scripts: BTreeSet<Script> = token.chars().filter(|letter| letter.is_alphabetic()).map(Script::of).collect();
        for script in scripts {
            *entries.entry(script).or_default() += 1;
        }
    }
    // A small vocabulary reads what it has most of.
    let most = entries.values().copied().max().unwrap_or_default();
    let fewest = FEWEST_ENTRIES.min(most);
    entries.into_iter().filter(|(_, count)| *count >= fewest).map(|(script, _)| script).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, Script)]) {
        let found: Vec<_> = words(text).map(|word| (word.text, word.script)).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn splits_at_everything_but_letters_and_where_the_script_changes() {
        check("Hello, world 2024!", &[("Hello", Script::Latin), ("world", Script::Latin)]);
        check("Rust的库", &[("Rust", Script::Latin), ("的库", Script::Han)]);
        check("… 42", &[]);
    }

    #[test]
    fn without_a_tokenizer_scripts_decide() {
        let english = Readability::without_tokenizer(Some(Reads::English));
        assert_eq!(["Wo ist die Katze?", "知识库", "Rust 知识", "42"].map(|text| english.share_by_script(text)), [1.0, 0.0, 0.5, 1.0]);
        assert_eq!(Readability::without_tokenizer(None).share_by_script("知识库"), 1.0);
    }

    #[test]
    fn runs_without_spaces_weigh_as_several_words() {
        let weights: Vec<f32> = words("知识库 word").map(|word| word.weight()).collect();
        assert_eq!(weights, [2.0, 1.0]);
    }
}
