//! Where sentences and clauses of a line end.

use ragstone_core::is_spaceless;

use super::border::{Border, Cut};

/// After these a full stop ends no sentence.
const ABBREVIATIONS: [&str; 28] = [
    "al", "approx", "bzw", "ca", "cf", "co", "corp", "dr", "ed", "eq", "etc", "fig", "gen", "inc", "jr", "ltd", "mr", "mrs", "ms", "no",
    "nr", "pp", "prof", "sen", "sr", "st", "vol", "vs",
];

/// The cuts inside a line that starts at `offset`, in order.
pub(crate) fn cuts(line: &str, offset: usize) -> Vec<Cut> {
    let mut cuts = Vec::new();
    let mut letters = line.char_indices().peekable();
    let mut word_start = 0;
    while let Some((at, letter)) = letters.next() {
        if letter.is_whitespace() {
            word_start = at + letter.len_utf8();
            continue;
        }
        let Some(mark) = Mark::of(letter) else { continue };
        let mut next_to_mark = true;
        while letters.next_if(|(_, next)| Mark::of(*next).is_some() || is_closing(*next)).is_some() {}
        while letters.next_if(|(_, next)| next.is_whitespace()).is_some() {
            next_to_mark = false;
        }
        let Some((next_at, next)) = letters.peek().copied() else { break };
        if next_to_mark && !mark.is_full_width && !is_spaceless(next) {
            continue;
        }
        let word = line.get(word_start..at).unwrap_or_default();
        let ends_sentence = mark.ends_sentence && (letter != '.' || is_full_stop_after(word, next));
        cuts.push(Cut { at: offset + next_at, border: if ends_sentence { Border::Sentence } else { Border::Clause } });
        word_start = next_at;
    }
    cuts
}

/// Whether a line ends where a sentence does.
pub(crate) fn ends_sentence(line: &str) -> bool {
    let last = line.trim_end().trim_end_matches(is_closing).chars().next_back();
    last.and_then(Mark::of).is_some_and(|mark| mark.ends_sentence || last == Some(':'))
}

/// A punctuation mark that ends something.
#[derive(Clone, Copy)]
struct Mark {
    ends_sentence: bool,
    /// No space follows these.
    is_full_width: bool,
}

impl Mark {
    fn of(letter: char) -> Option<Self> {
        let (ends_sentence, is_full_width) = match letter {
            '.' | '!' | '?' | '…' | '؟' | '۔' | '।' | '॥' | '።' => (true, false),
            '。' | '！' | '？' | '｡' => (true, true),
            ',' | ';' | ':' | '،' | '؛' | '—' => (false, false),
            '，' | '、' | '；' | '：' => (false, true),
            _ => return None,
        };
        Some(Self { ends_sentence, is_full_width })
    }
}

fn is_closing(letter: char) -> bool {
    matches!(letter, '"' | '\'' | ')' | ']' | '}' | '”' | '’' | '»' | '」' | '』' | '）' | '】' | '》' | '*' | '_' | '`')
}

/// Whether the full stop between this word and what follows ends a sentence.
fn is_full_stop_after(word: &str, next: char) -> bool {
    let word = word.trim_start_matches(|letter: char| !letter.is_alphanumeric());
    let letters = word.chars().count();
    let is_initial = letters == 1 && word.chars().all(char::is_alphabetic);
    let is_dotted = word.contains('.') && letters <= 5;
    let is_abbreviation = ABBREVIATIONS.contains(&word.to_lowercase().as_str());
    // All of some texts is in lower case: what follows decides only after a short word.
    let goes_on = next.is_lowercase() && letters <= 3 && !word.chars().all(char::is_numeric);
    !(is_initial || is_dotted || is_abbreviation || goes_on)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `|` stands where a sentence is cut, `/` where a clause is.
    fn check(marked: &str) {
        let line: String = marked.chars().filter(|letter| !matches!(letter, '|' | '/')).collect();
        let mut found = line.clone();
        for cut in cuts(&line, 0).iter().rev() {
            found.insert(cut.at, if cut.border == Border::Sentence { '|' } else { '/' });
        }
        assert_eq!(found, marked);
    }

    #[test]
    fn sentences_end_at_their_marks() {
        check("It boils. |Really? |\"Yes!\" |(It does.) |Good.");
        check("Wait... |What?! |Now");
        check("of $20 million, /which expire in 2020. |a deferred tax asset. |as of december 31, /2017");
        check("我喜欢茶，/不喜欢咖啡。|你呢？|“好。”|走吧");
        check("我喜欢茶,/不喜欢咖啡.|你呢");
        check("हाँ। |नहीं");
    }

    #[test]
    fn not_every_full_stop_is_an_end() {
        check("Dr. /Smith of the U.S. /Senate, /e.g. /in Fig. /3, /wrote to J. /Doe et al. /in vol. /2.");
        check("Version 1.2.3 of example.com is at 10:30");
        check("no. /it goes on");
    }

    #[test]
    fn lines_end_sentences_too() {
        for (line, expected) in
            [("It is.\n", true), ("“It is.”", true), ("as follows:", true), ("and, ", false), ("", false), ("好。", true)]
        {
            assert_eq!(ends_sentence(line), expected, "{line:?}");
        }
    }
}
