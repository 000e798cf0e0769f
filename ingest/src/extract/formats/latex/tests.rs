use super::*;

fn check(text: &str, expected: &str) {
    assert_eq!(read(text).text, expected, "{text:?}");
}

#[test]
fn documents() {
    let text = "\\documentclass{article}\n\\newcommand{\\x}[1]{never}\n\\title[Short]{A \\emph{long} Guide}\n\\author{Ann \\and Bo}\n\\date{2024-05-06}\n\\begin{document}\n\\maketitle\n\\begin{abstract}Brief.\\end{abstract}\n\\section*{One}\\label{a}\nText % a comment\n goes on.\n\nNext.\\subsection{Deep} Here.\n\\end{document}\nnever";
    let reading = read(text);
    assert_eq!(reading.text, "# A long Guide\n\n## Abstract\n\nBrief.\n\n## One\n\nText goes on.\n\nNext.\n\n### Deep\n\nHere.");
    assert_eq!(reading.title.as_deref(), Some("A long Guide"));
    assert_eq!(reading.date.unwrap().to_rfc3339(), "2024-05-06T00:00:00+00:00");
    assert_eq!(reading.fields.get("author"), Some(&ragstone_core::FieldValue::Text("Ann , Bo".to_owned())));
}

#[test]
fn commands() {
    check(
        "Caf\\'e, na\\\"{\\i}ve, \\c{c}a, Erd\\H{o}s, 5\\,\\%, \\ss{}, ``so'' -- a---b~c",
        "Café, naïve, ça, Erdős, 5 %, ß, “so” – a—b c",
    );
    check(
        "See~\\cite[p.~2]{x}, \\href{https://x.org}{the site}, \\url{https://y.org}, \\verb|a_b|.",
        "See , the site, https://y.org, `a_b`.",
    );
    check(
        "\\textbf{Bold \\emph{it}}, note\\footnote{The \\textit{end}.}, $a_{1} < 2$, \\(b\\)",
        "Bold it, note (The end.), $a_{1} < 2$, $b$",
    );
    check("\\[ x \\]\nand \\TeX\\ and \\unknown{text} \\def\\y#1{never}end", "$$x$$\nand TeX and text end");
}

#[test]
fn environments() {
    check(
        "\\begin{itemize}\\item one \\item two\\begin{enumerate}\\item[(a)] deep\\item deeper\\end{enumerate}\\end{itemize}after",
        "- one\n- two\n   1. **(a)** deep\n   2. deeper\n\nafter",
    );
    check("\\begin{lstlisting}[language=Python]\nx = 1 % 2\n\\end{lstlisting}", "```python\nx = 1 % 2\n```");
    check(
        "\\begin{table}[h]\\caption{Days}\\begin{tabular}{l|r}\\hline a & b\\\\ 1\\& & \\textbf{2} \\\\\\end{tabular}\\end{table}",
        "Days\n\n| a | b |\n| --- | --- |\n| 1& | 2 |",
    );
    check("\\begin{align}\nx &= 1\\\\\n\ny\n\\end{align}", "$$\nx &= 1\\\\\ny\n$$");
}

#[test]
fn what_is_not_closed() {
    check("\\begin{verbatim}\ncode", "```\ncode\n```");
    check("\\section{open", "open");
    check("a $ b \\", "a $ b");
    check("\\begin{tabular}{l}a & b", "| a | b |\n| --- | --- |");
    for opened in ["\\footnote{", "\\begin{", "{", "\\(", "\\textbf", "\\begin{x}", "\\item[", "$", "\\'"] {
        read(&opened.repeat(50_000));
    }
}
