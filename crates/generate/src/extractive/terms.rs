//! What of a text can be compared: stems of words, pairs of letters in scripts without spaces.

use std::collections::HashSet;

use ragstone_core::is_spaceless;

/// English words that say nothing of a subject.
const STOP_WORDS: [&str; 115] = [
    "a", "about", "after", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "because", "been", "before", "being", "but",
    "by", "can", "could", "did", "do", "does", "doing", "done", "for", "from", "get", "give", "had", "has", "have", "having", "he", "her",
    "here", "him", "his", "how", "i", "if", "in", "into", "is", "it", "its", "just", "let", "like", "may", "me", "might", "more", "most",
    "much", "many", "must", "my", "no", "not", "of", "on", "one", "or", "other", "our", "out", "over", "please", "s", "shall", "she",
    "should", "so", "some", "such", "t", "tell", "than", "that", "the", "their", "them", "then", "there", "these", "they", "this", "those",
    "to", "too", "under", "up", "us", "used", "very", "was", "we", "were", "what", "when", "where", "which", "while", "who", "whom",
    "whose", "why", "will", "with", "would", "you", "your", "yourself",
];

/// What a Chinese or Japanese question is made of besides its subject; longer ones first.
const ASKING: [&str; 48] = [
    "什么时候",
    "什麼時候",
    "為什麼",
    "为什么",
    "是什么",
    "是什麼",
    "有哪些",
    "哪一年",
    "哪一个",
    "哪一個",
    "是不是",
    "有没有",
    "多少",
    "什么",
    "什麼",
    "哪些",
    "哪个",
    "哪個",
    "哪里",
    "哪裡",
    "哪儿",
    "哪位",
    "哪年",
    "哪种",
    "怎么",
    "怎麼",
    "怎样",
    "怎樣",
    "如何",
    "为何",
    "為何",
    "何时",
    "何時",
    "是否",
    "請問",
    "请问",
    "可以",
    "能否",
    "何人",
    "哪",
    "谁",
    "誰",
    "吗",
    "嗎",
    "呢",
    "的",
    "是",
    "？",
];

/// The distinct terms of a question, without the words that only ask.
pub(super) fn question_terms(question: &str) -> HashSet<String> {
    let mut subject = question.to_owned();
    for word in ASKING {
        subject = subject.replace(word, " ");
    }
    // Japanese writes its particles in Hiragana, its subjects in Kanji and Katakana.
    let subject: String = subject.chars().map(|letter| if matches!(letter, '\u{3040}'..='\u{309F}') { ' ' } else { letter }).collect();
    let found = terms(&subject);
    if found.is_empty() { all_terms(question).collect() } else { found }
}

/// The distinct terms of a text.
pub(super) fn terms(text: &str) -> HashSet<String> {
    all_terms(text).filter(|term| !STOP_WORDS.contains(&term.as_str())).map(|term| stem(&term)).collect()
}

/// Words in lower case and pairs of letters.
fn all_terms(text: &str) -> impl Iterator<Item = String> {
    let mut found = Vec::new();
    let mut word = String::new();
    let mut run: Vec<char> = Vec::new();
    for letter in text.chars().chain([' ']) {
        if is_spaceless(letter) {
            end_word(&mut word, &mut found);
            run.push(letter);
            continue;
        }
        end_run(&mut run, &mut found);
        if letter.is_alphanumeric() {
            word.extend(letter.to_lowercase());
        } else if !matches!(letter, '\'' | '’') || word.is_empty() {
            end_word(&mut word, &mut found);
        }
    }
    found.into_iter()
}

fn end_word(word: &mut String, found: &mut Vec<String>) {
    if !word.is_empty() {
        found.push(std::mem::take(word));
    }
}

fn end_run(run: &mut Vec<char>, found: &mut Vec<String>) {
    if let [single] = run.as_slice() {
        found.push(single.to_string());
    }
    found.extend(run.windows(2).map(|pair| pair.iter().collect()));
    run.clear();
}

/// A light English stem: `creates`, `created` and `creating` are one. Other words stay, or lose an ending they share.
fn stem(word: &str) -> String {
    let letters = word.strip_suffix("'s").unwrap_or(word);
    if letters.len() < 4 || !letters.chars().all(|letter| letter.is_ascii_lowercase()) {
        return letters.to_owned();
    }
    let singular = match letters {
        _ if letters.ends_with("ies") => letters.strip_suffix("ies").map(|stem| format!("{stem}y")),
        _ if letters.ends_with("ss") || letters.ends_with("us") || letters.ends_with("is") => None,
        _ => letters.strip_suffix('s').map(str::to_owned),
    };
    let singular = singular.unwrap_or_else(|| letters.to_owned());
    let root = ["ing", "ed"].iter().find_map(|ending| singular.strip_suffix(ending)).filter(|root| root.len() >= 3);
    let root = match root {
        Some(root) => without_doubling(root),
        None => singular.as_str(),
    };
    root.strip_suffix('e').filter(|stem| stem.len() >= 3).unwrap_or(root).to_owned()
}

/// `running` comes from `run`, `adding` from `add`: what is doubled counts once in both.
fn without_doubling(root: &str) -> &str {
    let mut letters = root.chars().rev();
    match (letters.next(), letters.next()) {
        (Some(last), Some(before)) if last == before && !matches!(last, 'l' | 's' | 'e' | 'd') => root.strip_suffix(last).unwrap_or(root),
        _ => root,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(found: HashSet<String>, expected: &[&str]) {
        let mut found: Vec<String> = found.into_iter().collect();
        found.sort();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_question_is_reduced_to_its_subject() {
        check(question_terms("How do I create a new project with Cargo?"), &["cargo", "creat", "new", "project"]);
        check(question_terms("黑豹队的防守丢了多少分？"), &["丢了", "分", "守丢", "豹队", "防守", "黑豹"]);
        check(question_terms("所有権とは何ですか？"), &["何", "所有", "有権"]);
        check(question_terms("who?"), &["who"]);
    }

    #[test]
    fn forms_of_a_word_are_one() {
        check(terms("creates created creating create"), &["creat"]);
        check(terms("runs running run"), &["run"]);
        check(terms("libraries library's class status"), &["class", "library", "status"]);
    }
}
