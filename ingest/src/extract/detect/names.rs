//! What names say: extensions, names of well-known files, interpreters, media types.

use std::path::Path;

use super::TextFormat as F;
use crate::extract::source_name::path_of;

/// Source code, by extension.
const CODE: [(&str, &str); 44] = [
    ("rs", "text/x-rust"),
    ("py pyi pyw", "text/x-python"),
    ("js mjs cjs jsx", "text/javascript"),
    ("ts mts cts tsx", "text/x-typescript"),
    ("go", "text/x-go"),
    ("java", "text/x-java"),
    ("kt kts", "text/x-kotlin"),
    ("scala sc", "text/x-scala"),
    ("c h", "text/x-c"),
    ("cc cpp cxx hh hpp hxx ino cu", "text/x-c++"),
    ("cs", "text/x-csharp"),
    ("fs fsx fsi", "text/x-fsharp"),
    ("swift", "text/x-swift"),
    ("m mm", "text/x-objective-c"),
    ("rb rake gemspec", "text/x-ruby"),
    ("php phtml", "text/x-php"),
    ("pl pm", "text/x-perl"),
    ("lua", "text/x-lua"),
    ("r", "text/x-r"),
    ("jl", "text/x-julia"),
    ("hs", "text/x-haskell"),
    ("ml mli", "text/x-ocaml"),
    ("ex exs", "text/x-elixir"),
    ("erl hrl", "text/x-erlang"),
    ("clj cljs cljc edn", "text/x-clojure"),
    ("lisp lsp cl el scm rkt", "text/x-lisp"),
    ("dart", "text/x-dart"),
    ("zig", "text/x-zig"),
    ("nim", "text/x-nim"),
    ("v sv svh vhd vhdl", "text/x-hdl"),
    ("sh bash zsh fish ksh", "text/x-sh"),
    ("ps1 psm1", "text/x-powershell"),
    ("bat cmd", "text/x-batch"),
    ("sql", "text/x-sql"),
    ("css scss sass less", "text/css"),
    ("vue", "text/x-vue"),
    ("svelte", "text/x-svelte"),
    ("proto", "text/x-protobuf"),
    ("graphql gql", "text/x-graphql"),
    ("tf hcl", "text/x-hcl"),
    ("mk", "text/x-makefile"),
    ("cmake", "text/x-cmake"),
    ("nix", "text/x-nix"),
    ("groovy gradle f90 f95 f03 pas d asm s", "text/x-source"),
];

/// Source code, by the file's whole name.
const CODE_NAMES: [(&str, &str); 8] = [
    ("makefile", "text/x-makefile"),
    ("gnumakefile", "text/x-makefile"),
    ("dockerfile", "text/x-dockerfile"),
    ("containerfile", "text/x-dockerfile"),
    ("justfile", "text/x-makefile"),
    ("cmakelists.txt", "text/x-cmake"),
    ("rakefile", "text/x-ruby"),
    ("gemfile", "text/x-ruby"),
];

/// Source code, by the start of the interpreter's name.
const INTERPRETERS: [(&str, &str); 10] = [
    ("python", "text/x-python"),
    ("bash", "text/x-sh"),
    ("dash", "text/x-sh"),
    ("zsh", "text/x-sh"),
    ("sh", "text/x-sh"),
    ("node", "text/javascript"),
    ("deno", "text/x-typescript"),
    ("ruby", "text/x-ruby"),
    ("perl", "text/x-perl"),
    ("Rscript", "text/x-r"),
];

pub(super) fn by_name(source: &str) -> Option<F> {
    let path = Path::new(path_of(source));
    let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
    if let Some((_, media_type)) = CODE_NAMES.iter().find(|(code, _)| *code == name) {
        return Some(F::Code(media_type));
    }
    let extension = path.extension()?.to_string_lossy().to_ascii_lowercase();
    by_extension(&extension)
}

fn media_type_of_code(extension: &str) -> Option<&'static str> {
    CODE.iter().find(|(extensions, _)| extensions.split(' ').any(|known| known == extension)).map(|(_, media_type)| *media_type)
}

fn by_extension(extension: &str) -> Option<F> {
    Some(match extension {
        "txt" | "text" | "log" => F::Plain,
        "md" | "markdown" | "mdx" | "mkd" | "mdown" | "qmd" | "rmd" => F::Markdown,
        "html" | "htm" | "xhtml" => F::Html,
        "rst" | "rest" => F::ReStructuredText,
        "adoc" | "asciidoc" | "asc" => F::AsciiDoc,
        "org" => F::Org,
        "tex" | "latex" | "ltx" => F::Latex,
        "typ" => F::Typst,
        "ipynb" => F::Notebook,
        "csv" | "tsv" | "tab" => F::Delimited,
        "json" | "geojson" | "json5" => F::Json,
        "jsonl" | "ndjson" => F::JsonLines,
        "xml" | "rss" | "atom" | "xsd" | "xsl" | "xslt" | "dita" | "docbook" | "dbk" | "tei" | "nxml" | "opml" | "xlf" => F::Xml,
        "vtt" | "srt" => F::Subtitles,
        "yaml" | "yml" => F::Settings("application/yaml"),
        "toml" => F::Settings("application/toml"),
        "ini" | "cfg" | "conf" | "properties" | "env" => F::Settings("text/x-ini"),
        _ => F::Code(media_type_of_code(extension)?),
    })
}

/// What runs a script, from the rest of its first line: `/usr/bin/env -S python3 -u`.
pub(super) fn by_interpreter(line: &str) -> Option<F> {
    let words = line.lines().next()?.split_whitespace();
    let mut programs = words.map(|word| word.rsplit('/').next().unwrap_or(word)).filter(|word| *word != "env" && !word.starts_with('-'));
    let program = programs.find(|word| !word.contains('='))?;
    INTERPRETERS.iter().find(|(name, _)| program.starts_with(name)).map(|(_, media_type)| F::Code(media_type))
}

/// What a caller says; nothing where it says only that it is text, or something that is not read here.
pub(super) fn by_media_type(media_type: &str) -> Option<F> {
    Some(match media_type {
        "text/markdown" | "text/x-markdown" => F::Markdown,
        "text/html" | "application/xhtml+xml" => F::Html,
        "text/x-rst" | "text/prs.fallenstein.rst" => F::ReStructuredText,
        "text/asciidoc" | "text/x-asciidoc" => F::AsciiDoc,
        "text/x-org" | "text/org" => F::Org,
        "text/x-tex" | "application/x-tex" | "application/x-latex" | "text/x-latex" => F::Latex,
        "text/x-typst" | "text/vnd.typst" => F::Typst,
        "application/x-ipynb+json" => F::Notebook,
        "text/csv" | "text/tab-separated-values" => F::Delimited,
        "application/json" | "text/json" => F::Json,
        "application/jsonl" | "application/x-ndjson" => F::JsonLines,
        "application/xml" | "text/xml" => F::Xml,
        "text/vtt" | "application/x-subrip" => F::Subtitles,
        "application/yaml" | "text/yaml" | "application/x-yaml" => F::Settings("application/yaml"),
        "application/toml" => F::Settings("application/toml"),
        "text/plain" => F::Plain,
        other => F::Code(CODE.iter().find(|(_, known)| *known == other)?.1),
    })
}
