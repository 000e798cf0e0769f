//! Parts of the examples that are held out in turn.

use std::collections::HashMap;

use crate::model::Targets;

/// The fold of each example: labels spread evenly, equal texts together, the same for the same examples.
///
/// A text that is there twice, once to learn from and once held out, would make every figure too good.
pub(crate) fn folds(texts: &[String], targets: &Targets, number: usize) -> Vec<usize> {
    let mut fold_of_text: HashMap<String, usize> = HashMap::new();
    let mut next_of_label: HashMap<usize, usize> = HashMap::new();
    let mut folds = vec![0; texts.len()];
    let mut order: Vec<(u64, usize)> = texts.iter().enumerate().map(|(row, text)| (shuffled(text), row)).collect();
    order.sort_unstable();
    for (_, row) in order {
        let (Some(text), Some(label)) = (texts.get(row), targets.rows.get(row).and_then(|labels| labels.first())) else { continue };
        let fold = *fold_of_text.entry(normalised(text)).or_insert_with(|| {
            let next = next_of_label.entry(*label).or_insert_with(|| label % number);
            *next = (*next + 1) % number;
            *next
        });
        if let Some(place) = folds.get_mut(row) {
            *place = fold;
        }
    }
    folds
}

/// A text without what does not change its meaning.
pub(crate) fn normalised(text: &str) -> String {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}

/// A number that has nothing to do with the order in the file.
pub(crate) fn shuffled(text: &str) -> u64 {
    let hash = blake3::hash(normalised(text).as_bytes());
    hash.as_bytes().iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Task;

    #[test]
    fn labels_are_spread_and_equal_texts_stay_together() {
        let mut texts: Vec<String> = (0..40).map(|number| format!("text {number}")).collect();
        texts.push("TEXT  3".to_owned());
        let rows = (0..41).map(|number| vec![usize::from(number >= 20)]).collect();
        let targets = Targets { rows, labels: 2, task: Task::OneLabel };
        let folds = folds(&texts, &targets, 4);
        assert_eq!(folds[3], folds[40], "the same text in other letters");
        for fold in 0..4 {
            let of_first = folds[..20].iter().filter(|of| **of == fold).count();
            assert!((4..=6).contains(&of_first), "{of_first} examples of the first label in fold {fold}");
        }
    }
}
