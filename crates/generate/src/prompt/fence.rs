//! The code in the tags around passages.

use crate::passage::Passage;

const LENGTH: usize = 12;

/// A code that occurs neither in the question nor in a passage.
pub(super) fn code(question: &str, passages: &[Passage]) -> String {
    code_for(&passages.iter().flat_map(texts).chain([question]).collect::<Vec<_>>())
}

/// A code that occurs in none of the texts.
///
/// It is a hash of all of them, so an author who wants to close the fence would have to write a text that contains its own
/// hash; and the same question over the same passages gives the same prompt, which recorded exchanges and caches rely on.
pub(crate) fn code_for(texts: &[&str]) -> String {
    let mut hasher = blake3::Hasher::new_derive_key("ragstone 2026 prompt fence");
    for text in texts {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    loop {
        let code: String = hasher.finalize().to_hex().chars().take(LENGTH).collect();
        if !texts.iter().any(|text| text.contains(&code)) {
            return code;
        }
        hasher.update(b"again");
    }
}

fn texts(passage: &Passage) -> impl Iterator<Item = &str> {
    let Passage { document, chunk, .. } = passage;
    [&document.title, &document.source, &chunk.text].into_iter().chain(&chunk.heading_path).chain(&chunk.table_header).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passage::relevant_passages;
    use crate::testing::hit;

    #[test]
    fn it_follows_the_content() {
        let passages = |text: &str| relevant_passages(vec![hit("/a.md", text)], 8);
        let first = code("q", &passages("text"));
        assert_eq!(first.len(), LENGTH);
        assert_eq!(first, code("q", &passages("text")));
        assert_ne!(first, code("q", &passages(&format!("text {first}"))), "a passage cannot know its own code");
    }
}
