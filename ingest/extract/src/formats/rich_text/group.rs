//! What holds inside a group, and where its text goes.

use encoding_rs::Encoding;

/// What a group was opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Destination {
    /// More of what is around it.
    Same,
    /// Nothing that is read.
    Skipped,
    /// The font table, or a font in it.
    Fonts,
    /// The style sheet, or a style in it.
    Styles,
    /// The properties; a property's text is caught by the group in it.
    Properties,
    /// A property, by its name.
    Property(&'static str),
    /// When it was last changed.
    Modified,
    Footnote,
    Comment,
    /// A header or a footer.
    Margin,
    /// The number or bullet of a list item.
    ListMarker,
}

impl Destination {
    /// The destination that a control word at the start of a group opens.
    pub(super) fn named(word: &str) -> Option<Self> {
        Some(match word {
            "fonttbl" => Self::Fonts,
            "stylesheet" => Self::Styles,
            "info" => Self::Properties,
            "title" => Self::Property("title"),
            "author" => Self::Property("author"),
            "subject" => Self::Property("subject"),
            "company" => Self::Property("company"),
            "category" => Self::Property("category"),
            "operator" => Self::Property("last_modified_by"),
            "keywords" => Self::Property("keywords"),
            "revtim" => Self::Modified,
            "footnote" => Self::Footnote,
            "annotation" => Self::Comment,
            "header" | "headerl" | "headerr" | "headerf" | "footer" | "footerl" | "footerr" | "footerf" => Self::Margin,
            "listtext" | "pntext" => Self::ListMarker,
            "shpinst" | "shppict" | "field" | "fldrslt" | "result" | "shptxt" => Self::Same,
            "colortbl" | "pict" | "nonshppict" | "objdata" | "fldinst" | "atnid" | "atnauthor" | "atndate" | "creatim" | "printim"
            | "buptim" | "doccomm" | "xe" | "tc" | "sp" | "listtable" | "listoverridetable" | "rsidtbl" | "generator" | "themedata"
            | "datastore" | "latentstyles" | "bkmkstart" | "bkmkend" | "pnseclvl" | "mmathPr" | "xmlnstbl" | "ftnsep" | "ftnsepc"
            | "aftnsep" | "aftnsepc" | "do" => Self::Skipped,
            _ => return None,
        })
    }

    /// Whether its text is caught apart from the text around it.
    pub(super) fn catches_text(self) -> bool {
        matches!(self, Self::Fonts | Self::Styles | Self::Property(_) | Self::Footnote | Self::Comment | Self::Margin | Self::ListMarker)
    }
}

/// What holds until the group ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group {
    pub(super) destination: Destination,
    /// Whether nothing in it is read.
    pub(super) is_skipped: bool,
    /// Whether its text has a buffer of its own, to be taken when it ends.
    pub(super) owns_buffer: bool,
    pub(super) is_hidden: bool,
    /// The encoding of its font.
    pub(super) encoding: Option<&'static Encoding>,
    /// How many bytes stand for a letter that `\u` gave.
    pub(super) fallback_bytes: u32,
}

impl Group {
    pub(super) const OUTERMOST: Self =
        Self { destination: Destination::Same, is_skipped: false, owns_buffer: false, is_hidden: false, encoding: None, fallback_bytes: 1 };

    /// A group in this one.
    pub(super) fn inner(self) -> Self {
        Self { owns_buffer: false, ..self }
    }
}
