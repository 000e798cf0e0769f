//! What elements are for, by their names in the vocabularies that people write articles and books in.

use super::writer::Writer;

/// What an element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Has a title, and headings one level deeper.
    Section,
    Title,
    Paragraph,
    Item,
    Code,
    Table,
    Row,
    Cell,
    /// Words in a paragraph.
    Inline,
    /// Somebody who wrote it.
    Person,
    /// When it was written.
    Date,
    /// A word that it is found by.
    Keyword,
    /// Nothing to read.
    Silent,
    /// A record or a value, or only something around others.
    Other,
}

const SECTIONS: &str = " sec section chapter part appendix app abstract preface glossary bibliography sect1 sect2 sect3 sect4 sect5 simplesect refsect1 refsect2 \
    topic concept task reference div div1 div2 div3 front-matter-part boxed-text sidebar ref-list ack fn-group sub-article response ";
const PARAGRAPHS: &str = " p para simpara formalpara caption note quote blockquote disp-quote abstract-text summary verse-group ab shortdesc cmd disp-formula \
    attrib def speech sp lg ";
const CODE: &str = " programlisting screen code-block codeblock preformat pre literallayout synopsis sourcecode ";
const INLINE: &str = " italic bold monospace sub sup sc underline strike overline roman sans-serif xref ext-link uri email named-content styled-content \
    inline-formula inline-graphic emphasis literal link ulink xlink code filename command option parameter varname function classname systemitem \
    replaceable userinput computeroutput quote phrase subscript superscript acronym abbrev firstterm foreignphrase guilabel keycap i b em strong a \
    span tt u s small hi rs persname placename orgname foreign term keyword ph uicontrol codeph varname filepath break br lb label math mrow mi mo mn msup \
    msub mfrac msqrt mtext mstyle mover munder munderover msubsup mfenced mtable mtr mtd semantics ";
/// What is said about an article for libraries and machines.
const SILENT: &str = " script style journal-meta article-id article-categories aff aff-alternatives author-notes volume issue elocation-id fpage lpage page-range \
    history permissions self-uri related-article related-object funding-group counts custom-meta-group object-id contrib-id tex-math annotation \
    processing-meta pub-history encodingdesc revisiondesc indexterm legalnotice publicationstmt pub-id ";

impl Role {
    pub(super) fn of(name: &str, writer: &Writer) -> Self {
        let name = name.to_ascii_lowercase();
        let is_one_of = |names: &str| names.split(' ').any(|known| known == name);
        match name.as_str() {
            "table" | "informaltable" | "tgroup" | "simpletable" if !writer.is_in(Self::Table) => Self::Table,
            "tr" | "row" | "strow" | "sthead" if writer.is_in(Self::Table) => Self::Row,
            "td" | "th" | "entry" | "stentry" | "cell" if writer.is_in(Self::Table) => Self::Cell,
            "title" | "caption" if writer.is_in(Self::Table) => Self::Paragraph,
            "title" if writer.is_inside("kwd-group") => Self::Silent,
            "title" | "head" | "article-title" | "subtitle" if !writer.is_in(Self::Item) && !writer.is_in(Self::Paragraph) => Self::Title,
            "contrib" => Self::Person,
            "author" if writer.is_inside("info articleinfo bookinfo prolog titlestmt") => Self::Person,
            "pub-date" | "pubdate" | "date" | "updated" | "published"
                if writer.is_inside("info articleinfo bookinfo article-meta feed channel") =>
            {
                Self::Date
            }
            "kwd" => Self::Keyword,
            "li" | "listitem" | "list-item" | "varlistentry" | "def-item" | "ref" | "step" | "fn" if !writer.is_in(Self::Paragraph) => {
                Self::Item
            }
            "item" if writer.is_inside("channel rdf:rdf rdf") => Self::Section,
            "entry" if writer.is_inside("feed") => Self::Section,
            "item" if writer.is_inside("list") => Self::Item,
            _ if is_one_of(SILENT) => Self::Silent,
            _ if is_one_of(SECTIONS) => Self::Section,
            _ if is_one_of(CODE) => Self::Code,
            _ if is_one_of(INLINE) && writer.is_in_text() => Self::Inline,
            _ if is_one_of(PARAGRAPHS) => Self::Paragraph,
            _ if writer.is_in_text() => Self::Inline,
            _ => Self::Other,
        }
    }
}
