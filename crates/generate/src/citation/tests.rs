use proptest::prelude::*;

use super::*;

fn run<'text>(pieces: impl IntoIterator<Item = &'text str>) -> (String, CheckedCitations) {
    let mut checker = CitationChecker::new(3);
    let mut text = String::new();
    for piece in pieces {
        text.push_str(&checker.push(piece));
    }
    let mut citations = checker.finish();
    text.push_str(&std::mem::take(&mut citations.rest));
    (text, citations)
}

#[track_caller]
fn check(input: &str, expected: &str, cited: &[usize], removed: &[&str]) {
    let (text, citations) = run([input]);
    assert_eq!(text, expected);
    assert_eq!(citations.cited, cited);
    assert_eq!(citations.removed, removed);
}

#[test]
fn keeps_what_resolves_in_one_form() {
    check("A fact [1]. Another [2][1].", "A fact [1]. Another [2][1].", &[1, 2], &[]);
    check("Both [1, 2], [3;1] and [^2].", "Both [1][2], [3][1] and [2].", &[1, 2, 3], &[]);
    check("所有权【1】，借用【2、3】。", "所有权[1]，借用[2][3]。", &[1, 2, 3], &[]);
    check("Range [1-3] and 【2†source】", "Range [1][2][3] and [2]", &[1, 2, 3], &[]);
}

#[test]
fn takes_out_what_does_not_resolve() {
    check("A fact [7]. Another [1, 9] [8] thing.", "A fact. Another [1] thing.", &[1], &["[7]", "[9]", "[8]"]);
    check("First [7] and [7][1] end [4]", "First and [1] end", &[1], &["[7]", "[4]"]);
    check("[5] A", "A", &[], &["[5]"]);
    check("事实【9】。", "事实。", &[], &["[9]"]);
    check("[[7]1] and [1, [9]2]", "[?1] and [1, ?2]", &[], &["[7]", "[9]"]);
    check("[1\n[7]] and [1\n\n [9], 2]", "[1\n?] and [1\n\n ?, 2]", &[], &["[7]", "[9]"]);
}

#[test]
fn leaves_other_brackets_alone() {
    for text in [
        "[text](http://example.com/[1]x)",
        "[7](http://example.com)",
        "[TODO] list[0] in [0, 1] since [2024] [x] [] [1, two] [ 1",
        "`list[9]` and ``a ` [9]``",
        "```rust\nlet x = list[9];\n```\ndone",
        "- item\n  ```\n  [9]\n  ```",
        "~~~\n[9]\n~~~",
        "> ```\n> [9]\n> ```\n> text",
    ] {
        check(text, text, if text.contains("[1]x") { &[1] } else { &[] }, &[]);
    }
}

#[test]
fn a_backtick_that_never_closes_hides_nothing() {
    check("It`s [9] so\nnext [1]", "It`s so\nnext [1]", &[1], &["[9]"]);
    check("It`s [9]", "It`s", &[], &["[9]"]);
    check("```\n[9]\n```\nafter [9] it", "```\n[9]\n```\nafter it", &[], &["[9]"]);
}

#[test]
fn white_space_at_the_ends_goes() {
    check("\n\n Answer [1] \n", "Answer [1]", &[1], &[]);
}

#[test]
fn holds_little_back() {
    let mut checker = CitationChecker::new(3);
    let mut longest = 0;
    let mut pending = 0;
    for character in "`[1 ".chars().chain(std::iter::repeat_n('x', 2000)) {
        pending += 1;
        if !checker.push(&character.to_string()).is_empty() {
            pending = 0;
        }
        longest = longest.max(pending);
    }
    assert!(longest <= LONGEST_HELD + 10, "{longest} characters were held back");
}

proptest! {
    #[test]
    fn the_cut_of_the_stream_does_not_matter(
        text in "([\\[\\]0-9,` \\n(^~a【】。-]|\\[[0-9]\\]|```){0,60}",
        cuts in proptest::collection::vec(any::<proptest::sample::Index>(), 0..12),
    ) {
        let borders: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let mut at: Vec<usize> = cuts.iter().map(|cut| borders[cut.index(borders.len())]).chain([0, text.len()]).collect();
        at.sort_unstable();
        prop_assert_eq!(run([text.as_str()]), run(at.windows(2).map(|pair| text.get(pair[0]..pair[1]).unwrap())));
    }

    #[test]
    fn what_is_left_resolves(text in "([\\[\\]0-9, \\n^a【】。-]|\\[[0-9]{1,2}\\]){0,60}") {
        let (checked, citations) = run([text.as_str()]);
        let (again, second) = run([checked.as_str()]);
        prop_assert_eq!(&second.removed, &Vec::<String>::new());
        prop_assert_eq!(second.cited, citations.cited);
        prop_assert_eq!(again, checked);
    }
}
