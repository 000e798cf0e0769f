//! Which texts are computed together.

/// How large a batch may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    /// Padding counted.
    pub(crate) tokens: usize,
    /// At least one.
    pub(crate) texts: usize,
}

/// Makes batches of texts of similar length, each within the budget with its padding; longest first.
///
/// Returns positions in `lengths`. A text above the budget is a batch of its own. The largest batch comes first, so
/// that ONNX Runtime's arena reaches its size at once instead of growing piece by piece.
pub(crate) fn plan(lengths: &[usize], budget: Budget) -> Vec<Vec<usize>> {
    let mut order: Vec<(usize, usize)> = lengths.iter().copied().enumerate().collect();
    order.sort_by_key(|(position, length)| (std::cmp::Reverse(*length), *position));

    let mut batches = Vec::new();
    let mut batch = Vec::new();
    let mut longest = 0;
    for (position, length) in order {
        let is_full = batch.len() >= budget.texts || (batch.len() + 1) * longest > budget.tokens;
        if !batch.is_empty() && is_full {
            batches.push(std::mem::take(&mut batch));
        }
        if batch.is_empty() {
            longest = length;
        }
        batch.push(position);
    }
    if !batch.is_empty() {
        batches.push(batch);
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lengths: &[usize], tokens: usize, expected: &[&[usize]]) {
        assert_eq!(plan(lengths, Budget { tokens, texts: usize::MAX }), expected, "{lengths:?} by {tokens}");
    }

    #[test]
    fn no_batch_has_more_texts_than_it_may() {
        assert_eq!(plan(&[1, 2, 3, 1, 1], Budget { tokens: 100, texts: 2 }), [vec![2, 1], vec![0, 3], vec![4]]);
    }

    #[test]
    fn fills_batches_up_to_the_budget() {
        check(&[], 10, &[]);
        check(&[3], 10, &[&[0]]);
        check(&[3, 5, 5, 2], 10, &[&[1, 2], &[0, 3]]);
        check(&[2, 2, 2, 2, 2], 4, &[&[0, 1], &[2, 3], &[4]]);
        check(&[50, 4, 6], 12, &[&[0], &[2, 1]]);
    }

    #[test]
    fn every_text_is_in_one_batch_and_no_batch_is_too_large() {
        let lengths: Vec<usize> = (0..500).map(|number| 2 + (number * 7_919) % 255).collect();
        let batches = plan(&lengths, Budget { tokens: 512, texts: usize::MAX });
        let mut seen: Vec<usize> = batches.concat();
        seen.sort_unstable();
        assert_eq!(seen, (0..500).collect::<Vec<_>>());
        for batch in batches {
            let longest = batch.iter().map(|position| lengths[*position]).max().unwrap();
            assert!(batch.len() * longest <= 512);
        }
    }
}
