//! Which texts are computed together.

/// Makes batches of texts of similar length, each of at most `budget` tokens with its padding; longest first.
///
/// Returns positions in `lengths`. A text above the budget is a batch of its own. The largest batch comes first, so
/// that ONNX Runtime's arena reaches its size at once instead of growing piece by piece.
pub(crate) fn plan(lengths: &[usize], budget: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<(usize, usize)> = lengths.iter().copied().enumerate().collect();
    order.sort_by_key(|(position, length)| (std::cmp::Reverse(*length), *position));

    let mut batches = Vec::new();
    let mut batch = Vec::new();
    let mut longest = 0;
    for (position, length) in order {
        if !batch.is_empty() && (batch.len() + 1) * longest > budget {
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

    fn check(lengths: &[usize], budget: usize, expected: &[&[usize]]) {
        assert_eq!(plan(lengths, budget), expected, "{lengths:?} by {budget}");
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
        let batches = plan(&lengths, 512);
        let mut seen: Vec<usize> = batches.concat();
        seen.sort_unstable();
        assert_eq!(seen, (0..500).collect::<Vec<_>>());
        for batch in batches {
            let longest = batch.iter().map(|position| lengths[*position]).max().unwrap();
            assert!(batch.len() * longest <= 512);
        }
    }
}
