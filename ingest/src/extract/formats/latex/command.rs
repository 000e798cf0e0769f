//! Commands, as the words that they print.

use super::Reader;
use crate::extract::formats::scan::{first_letter, split_before, split_near};

/// Commands whose arguments are names, measures or definitions, and are not printed.
const SILENT: &str = " label ref eqref pageref autoref cref Cref nameref cite citep citet citeauthor citeyear parencite textcite autocite nocite bibliography \
    bibliographystyle addbibresource printbibliography includegraphics graphicspath input include usepackage documentclass vspace hspace vskip setlength \
    addtolength setcounter addtocounter newcommand renewcommand providecommand DeclareMathOperator newenvironment renewenvironment newtheorem \
    newcounter newlength index glossary thispagestyle pagestyle pagenumbering title author date maketitle tableofcontents listoffigures color \
    definecolor rule phantom vphantom hphantom hyphenation markboth markright input makeatletter makeatother thanks institute affil email orcid \
    hypersetup geometry captionsetup lstset theoremstyle PassOptionsToPackage RequirePackage ProvidesPackage tikzset usetikzlibrary fontsize \
    linespread selectlanguage includepdf pagecolor resizebox scalebox hline cline toprule midrule bottomrule cmidrule addlinespace begingroup endgroup ";

/// Commands that print a sign.
const SIGNS: [(&str, &str); 30] = [
    ("textbackslash", "\\"),
    ("ldots", "…"),
    ("dots", "…"),
    ("LaTeX", "LaTeX"),
    ("LaTeXe", "LaTeX2e"),
    ("TeX", "TeX"),
    ("BibTeX", "BibTeX"),
    ("ss", "ß"),
    ("ae", "æ"),
    ("AE", "Æ"),
    ("oe", "œ"),
    ("OE", "Œ"),
    ("aa", "å"),
    ("AA", "Å"),
    ("o", "ø"),
    ("O", "Ø"),
    ("l", "ł"),
    ("L", "Ł"),
    ("i", "ı"),
    ("j", "ȷ"),
    ("S", "§"),
    ("P", "¶"),
    ("copyright", "©"),
    ("pounds", "£"),
    ("euro", "€"),
    ("textasciitilde", "~"),
    ("textasciicircum", "^"),
    ("textunderscore", "_"),
    ("textbar", "|"),
    ("and", ", "),
];

/// Accents, and the mark that follows a letter in Unicode instead.
const ACCENTS: [(&str, char); 14] = [
    ("'", '\u{301}'),
    ("`", '\u{300}'),
    ("^", '\u{302}'),
    ("\"", '\u{308}'),
    ("~", '\u{303}'),
    ("=", '\u{304}'),
    (".", '\u{307}'),
    ("u", '\u{306}'),
    ("v", '\u{30c}'),
    ("H", '\u{30b}'),
    ("c", '\u{327}'),
    ("k", '\u{328}'),
    ("r", '\u{30a}'),
    ("d", '\u{323}'),
];

/// Letters with a mark that texts write as one character.
const COMPOSED: &str = "A\u{300}ÀA\u{301}ÁA\u{302}ÂA\u{303}ÃA\u{308}ÄA\u{30a}ÅC\u{327}ÇE\u{300}ÈE\u{301}ÉE\u{302}ÊE\u{308}ËI\u{300}ÌI\u{301}ÍI\u{302}ÎI\u{308}Ï\
    N\u{303}ÑO\u{300}ÒO\u{301}ÓO\u{302}ÔO\u{303}ÕO\u{308}ÖU\u{300}ÙU\u{301}ÚU\u{302}ÛU\u{308}ÜY\u{301}Ýa\u{300}àa\u{301}áa\u{302}âa\u{303}ãa\u{308}äa\u{30a}å\
    c\u{327}çe\u{300}èe\u{301}ée\u{302}êe\u{308}ëi\u{300}ìi\u{301}íi\u{302}îi\u{308}ïn\u{303}ño\u{300}òo\u{301}óo\u{302}ôo\u{303}õo\u{308}öu\u{300}ùu\u{301}ú\
    u\u{302}ûu\u{308}üy\u{301}ýy\u{308}ÿC\u{301}Ćc\u{301}ćC\u{30c}Čc\u{30c}čD\u{30c}Ďd\u{30c}ďE\u{328}Ęe\u{328}ęA\u{328}Ąa\u{328}ąE\u{30c}Ěe\u{30c}ě\
    G\u{306}Ğg\u{306}ğI\u{307}İN\u{301}Ńn\u{301}ńN\u{30c}Ňn\u{30c}ňO\u{30b}Őo\u{30b}őR\u{30c}Řr\u{30c}řS\u{301}Śs\u{301}śS\u{327}Şs\u{327}şS\u{30c}Šs\u{30c}š\
    T\u{30c}Ťt\u{30c}ťU\u{30a}Ůu\u{30a}ůU\u{30b}Űu\u{30b}űZ\u{301}Źz\u{301}źZ\u{307}Żz\u{307}żZ\u{30c}Žz\u{30c}ža\u{306}ăA\u{306}Ă";

impl Reader {
    /// Reads the command behind a backslash; gives what follows it.
    pub(super) fn command<'a>(&mut self, text: &'a str) -> &'a str {
        let (name, rest) = split_before(text, |letter| !letter.is_ascii_alphabetic());
        let (name, rest) = match first_letter(text) {
            Some((sign, after)) if name.is_empty() => (text.get(..sign.len_utf8()).unwrap_or_default(), after),
            _ => (name, rest.strip_prefix('*').unwrap_or(rest)),
        };
        if let Some((_, mark)) = ACCENTS.iter().find(|(accent, _)| *accent == name)
            && let Some(rest) = self.accented(rest, *mark)
        {
            return rest;
        }
        if let Some((_, sign)) = SIGNS.iter().find(|(known, _)| *known == name) {
            return self.say(sign, rest.strip_prefix("{}").unwrap_or(rest));
        }
        match name {
            "begin" => self.begin(rest),
            "end" => self.end(rest),
            "part" | "chapter" => self.section(1, rest),
            "section" => self.section(2, rest),
            "subsection" => self.section(3, rest),
            "subsubsection" => self.section(4, rest),
            "paragraph" => self.section(5, rest),
            "subparagraph" => self.section(6, rest),
            "item" | "bibitem" => self.item(name, rest),
            "par" | "newpage" | "clearpage" | "bigskip" | "medskip" => {
                self.end_block();
                rest
            }
            "\\" | "newline" | "linebreak" | "quad" | "qquad" => {
                let rest = self.option(rest.strip_prefix('*').unwrap_or(rest)).map_or(rest, |(_, rest)| rest);
                self.say("\n", rest)
            }
            " " | "," | ";" | ":" | "\n" => self.say(" ", rest),
            "(" => self.formula_until("\\)", "$", rest),
            "[" => self.formula_until("\\]", "$$", rest),
            "/" | "-" | "@" | "!" => rest,
            "verb" | "lstinline" => self.verbatim(rest),
            "texttt" | "code" | "mintinline" => match self.group(rest) {
                Some((code, rest)) => {
                    let code = self.inner(code).replace('`', "'");
                    self.say(&format!("`{code}`"), rest)
                }
                None => rest,
            },
            "footnote" | "footnotetext" => match self.group(rest) {
                Some((note, rest)) => {
                    let note = self.inner(note);
                    self.say(&format!(" ({note})"), rest)
                }
                None => rest,
            },
            "caption" | "captionof" => self.caption(rest),
            "url" | "path" | "nolinkurl" => match self.group(rest) {
                Some((address, rest)) => self.say(address, rest),
                None => rest,
            },
            // Of a link the words count, not the address; of a coloured text, not the colour.
            "href" | "textcolor" | "colorbox" | "hyperref" | "parbox" | "raisebox" | "multicolumn" => {
                let rest = self.option(rest).map_or(rest, |(_, rest)| rest);
                if name == "hyperref" { rest } else { self.group(rest).map_or(rest, |(_, rest)| rest) }
            }
            "def" | "let" | "gdef" | "edef" => split_near(rest, "{")
                .and_then(|(before, _)| rest.get(before.len()..))
                .and_then(|rest| self.group(rest))
                .map_or(rest, |(_, rest)| rest),
            silent if SILENT.split(' ').any(|known| known == silent) => self.without_arguments(rest),
            _ if name.starts_with(|first: char| first.is_ascii_alphabetic()) => {
                // A space behind a command ends its name, no more.
                let rest = self.option(rest).map_or(rest, |(_, rest)| rest);
                rest.strip_prefix(' ').unwrap_or(rest)
            }
            sign => self.say(sign, rest),
        }
    }

    fn section<'a>(&mut self, level: usize, text: &'a str) -> &'a str {
        let after_option = self.option(text).map_or(text, |(_, rest)| rest);
        let Some((title, rest)) = self.group(after_option) else { return text };
        let title = self.inner(title);
        if self.depth > 0 {
            return self.say(&title, rest);
        }
        self.end_block();
        self.blocks.heading(level, &title);
        rest
    }

    fn item<'a>(&mut self, name: &str, text: &'a str) -> &'a str {
        self.end_block();
        let text = text.trim_start();
        let (label, rest) = self.option(text).map_or((None, text), |(label, rest)| (Some(label), rest));
        let marker = match self.lists.last_mut() {
            Some(Some(number)) => {
                *number += 1;
                format!("{number}.")
            }
            _ => "-".to_owned(),
        };
        self.marker = Some(marker);
        if name == "bibitem" {
            return self.group(rest).map_or(rest, |(_, rest)| rest);
        }
        if let Some(label) = label.map(|label| self.inner(label)).filter(|label| !label.is_empty()) {
            self.words.push_str(&format!("**{label}** "));
        }
        rest
    }

    fn caption<'a>(&mut self, text: &'a str) -> &'a str {
        let after_option = self.option(text).map_or(text, |(_, rest)| rest);
        let Some((caption, rest)) = self.group(after_option) else { return text };
        self.end_block();
        let caption = self.inner(caption);
        self.words.push_str(&caption);
        self.end_block();
        rest
    }

    fn formula_until<'a>(&mut self, end: &str, sign: &str, text: &'a str) -> &'a str {
        match split_near(text, end) {
            Some((formula, rest)) => self.say(&format!("{sign}{}{sign}", formula.trim()), rest),
            None => self.say(sign, text),
        }
    }

    /// `\verb|…|`.
    fn verbatim<'a>(&mut self, text: &'a str) -> &'a str {
        let Some((mark, inside)) = first_letter(text) else { return text };
        let end = if mark == '{' { '}' } else { mark };
        match split_near(inside, end.encode_utf8(&mut [0; 4])) {
            Some((code, rest)) => self.say(&format!("`{code}`"), rest),
            None => text,
        }
    }

    fn without_arguments<'a>(&mut self, text: &'a str) -> &'a str {
        let mut rest = text;
        // `\newcommand\name{…}` has a name without braces.
        if let Some((name, after)) = rest.strip_prefix('\\').map(|rest| split_before(rest, |letter| !letter.is_ascii_alphabetic()))
            && !name.is_empty()
            && after.starts_with(['{', '['])
        {
            rest = after;
        }
        while let Some((_, after)) = if rest.starts_with('[') {
            self.option(rest)
        } else if rest.starts_with('{') {
            self.group(rest)
        } else {
            None
        } {
            rest = after;
        }
        rest
    }

    /// Writes the letter that follows with its mark; nothing if none follows.
    fn accented<'a>(&mut self, text: &'a str, mark: char) -> Option<&'a str> {
        let text = text.trim_start_matches(' ');
        let inner = text.strip_prefix('{').unwrap_or(text);
        // A dotless letter is written below an accent.
        let inner = inner.strip_prefix('\\').filter(|rest| rest.starts_with(['i', 'j'])).unwrap_or(inner);
        let (letter, rest) = first_letter(inner).filter(|(letter, _)| letter.is_alphabetic())?;
        let both: String = [letter, mark].iter().collect();
        match COMPOSED.split_once(&both).and_then(|(_, after)| after.chars().next()) {
            Some(composed) => self.words.push(composed),
            None => self.words.push_str(&both),
        }
        Some(if text.starts_with('{') { rest.strip_prefix('}').unwrap_or(rest) } else { rest })
    }
}
