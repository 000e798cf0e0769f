use super::*;

fn check(text: &str, expected: &str) {
    assert_eq!(read(text).text, expected, "{text:?}");
}

#[test]
fn titles_by_their_order() {
    let text = "=====\nGuide\n=====\n\n:Author: Ann Ode\n:Date: 2024-05-06\n:tocdepth: 2\n\nInstall\n=======\n\nText.\n\nDeep\n----\n\nMore\n\nUse\n===\n\nLast\n";
    let reading = read(text);
    assert_eq!(reading.text, "# Guide\n\n## Install\n\nText.\n\n### Deep\n\nMore\n\n## Use\n\nLast");
    assert_eq!(reading.title.as_deref(), Some("Guide"));
    assert_eq!(reading.date.unwrap().to_rfc3339(), "2024-05-06T00:00:00+00:00");
}

#[test]
fn what_stands_in_a_line() {
    check(
        "Use ``a_b`` and `the docs <https://x.org>`_, :ref:`here <sec>`, Python_ and [1]_.",
        "Use `a_b` and the docs, here, Python and [1].",
    );
    check(":py:func:`~os.path.join` joins; snake_case stays, H\\ :sub:`2`\\ O.", "`os.path.join` joins; snake_case stays, H2O.");
    check("An ``open literal", "An ``open literal");
    check("An `open reference", "An `open reference");
}

#[test]
fn code_and_lists() {
    check("So::\n\n   let a = 1;\n     b\n\nAfter", "So:\n\n```\nlet a = 1;\n  b\n```\n\nAfter");
    check("::\n\n  x\n", "```\nx\n```");
    check(".. code-block:: rust\n   :linenos:\n\n   fn main() {}\n", "```rust\nfn main() {}\n```");
    check("- one\n  goes on\n- two\n\n  - inner\n\n3. three\n", "- one goes on\n- two\n   - inner\n3. three");
    check("term\n   What it is.\n", "**term**\n\nWhat it is.");
    check(">>> 1 + 1\n2\n", "```pycon\n>>> 1 + 1\n2\n```");
}

#[test]
fn directives() {
    check(".. note:: Mind.\n\n   The gap.\n", "**Note:** Mind.\n\nThe gap.");
    check(".. a comment\n   of two lines\n\n.. _target: https://x.org\n\n.. toctree::\n\n   a\n   b\n\nText", "Text");
    check(".. [1] A footnote\n   that goes on\n", "[1] A footnote that goes on");
    check(".. figure:: a.png\n   :alt: A cat\n\n   The caption.\n", "A cat\n\nThe caption.");
    check(".. py:function:: join(a, b)\n\n   Joins.\n", "`join(a, b)`\n\nJoins.");
    check(".. unterminated::", "");
}

#[test]
fn tables() {
    let rows = "| a | b |\n| --- | --- |\n| 1 | 2 3 |";
    check("+---+---+\n| a | b |\n+===+===+\n| 1 | 2 |\n|   | 3 |\n+---+---+\n", rows);
    check("=  ===\na  b\n=  ===\n1  2\n   3\n=  ===\n", rows);
    check(".. csv-table::\n   :header: a, b\n\n   1, \"2 3\"\n", rows);
    check(".. list-table::\n\n   * - a\n     - b\n   * - 1\n     - 2\n       3\n", rows);
    check("+---+---+\n| a | b", "| a | b |\n| --- | --- |");
    check("==  ==\nno  end", "| no | end |\n| --- | --- |");
}

#[test]
fn nesting_has_an_end() {
    let deep: String = (0..5_000).map(|level| format!("{}- x\n\n", "  ".repeat(level.min(400)))).collect();
    assert!(read(&deep).text.contains('x'));
}
