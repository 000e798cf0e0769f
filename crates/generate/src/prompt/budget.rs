//! Fits passages into the prompt's budget.

use ragstone_core::{Embedder, is_spaceless, split_sentences};

use crate::passage::Passage;

/// What the tags, title, section and source around a passage take.
const TOKENS_AROUND_PASSAGE: usize = 40;

/// Takes passages best first until the budget is used; the last is cut at a sentence. At least one is always kept.
pub(super) fn fit(passages: Vec<Passage>, budget_tokens: usize, embedder: &dyn Embedder) -> Vec<Passage> {
    let mut kept: Vec<Passage> = Vec::new();
    let mut left = budget_tokens;
    for mut passage in passages {
        let available = left.saturating_sub(TOKENS_AROUND_PASSAGE);
        let tokens = estimate_tokens(&passage.chunk.text, embedder);
        if tokens <= available {
            left = available - tokens;
            kept.push(passage);
            continue;
        }
        let end = cut(&passage.chunk.text, available, embedder);
        let end = if end == 0 && kept.is_empty() { cut_anywhere(&passage.chunk.text, available.max(16), embedder) } else { end };
        if end > 0 {
            passage.chunk.text.truncate(end);
            kept.push(passage);
        }
        break;
    }
    kept
}

/// How many tokens the answering model will make of a text, guessed from above.
///
/// The embedding model's count knows its own languages; for others it may count a whole run of letters as one unknown
/// token, so letters of scripts without spaces count one each. A tenth is added because vocabularies differ.
fn estimate_tokens(text: &str, embedder: &dyn Embedder) -> usize {
    let spaceless = text.chars().filter(|&letter| is_spaceless(letter)).count();
    let counted = embedder.count_tokens(text).max(text.chars().count() / 4).max(spaceless);
    counted + counted.div_ceil(10)
}

/// The end of the last sentence that fits; 0 if none does.
fn cut(text: &str, tokens: usize, embedder: &dyn Embedder) -> usize {
    let mut end = 0;
    for sentence in split_sentences(text) {
        let Some(beginning) = text.get(..sentence.span.end) else { break };
        if estimate_tokens(beginning, embedder) > tokens {
            break;
        }
        end = sentence.span.end;
    }
    end
}

/// The longest beginning that fits, whatever it cuts.
fn cut_anywhere(text: &str, tokens: usize, embedder: &dyn Embedder) -> usize {
    let borders: Vec<usize> = text.char_indices().map(|(border, _)| border).skip(1).chain([text.len()]).collect();
    let fitting = borders.partition_point(|&border| text.get(..border).is_some_and(|part| estimate_tokens(part, embedder) <= tokens));
    fitting.checked_sub(1).and_then(|last| borders.get(last)).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passage::relevant_passages;
    use crate::testing::{WordEmbedder, hit};

    #[track_caller]
    fn check(texts: &[&str], budget_tokens: usize, expected: &[&str]) {
        let hits = texts.iter().enumerate().map(|(at, text)| hit(&format!("/{at}"), text)).collect();
        let kept = fit(relevant_passages(hits, 8), budget_tokens, &WordEmbedder::default());
        let kept: Vec<&str> = kept.iter().map(|passage| passage.chunk.text.as_str()).collect();
        assert_eq!(kept, expected);
    }

    #[test]
    fn takes_what_fits_and_cuts_the_last_at_a_sentence() {
        check(&["One two three.", "Four five."], 200, &["One two three.", "Four five."]);
        check(&["One two three.", "Four five. Six seven eight nine ten."], 90, &["One two three.", "Four five."]);
        check(&["One two three.", "Four five six seven eight nine ten."], 90, &["One two three."]);
    }

    #[test]
    fn keeps_one_passage_whatever_the_budget() {
        let endless = "word ".repeat(500);
        let start = ["word"; 12].join(" ");
        check(&[&endless, "two"], 32, &[&start]);
        check(&[&"字".repeat(100)], 32, &[&"字".repeat(14)]);
    }
}
