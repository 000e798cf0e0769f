//! The prompt's templates: Markdown files beside this code, or the user's own.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

use crate::GenerateError;
use crate::passage::Passage;

const SYSTEM: &str = include_str!("../prompts/system.md");
const ANSWER: &str = include_str!("../prompts/answer.md");

/// What a template can use.
#[derive(Debug, Serialize)]
pub(super) struct Variables<'prompt> {
    pub(super) question: &'prompt str,
    pub(super) fence: &'prompt str,
    pub(super) passages: Vec<PassageVariables<'prompt>>,
}

/// A passage in a template.
#[derive(Debug, Serialize)]
pub(super) struct PassageVariables<'prompt> {
    number: usize,
    title: String,
    section: String,
    /// `page 3`; empty for formats without pages.
    pages: String,
    source: String,
    /// With the header of its table, if it starts with later rows of one.
    text: Cow<'prompt, str>,
}

impl<'prompt> PassageVariables<'prompt> {
    pub(super) fn of(passage: &'prompt Passage) -> Self {
        Self {
            number: passage.number,
            title: one_line(&passage.document.title),
            section: one_line(&passage.chunk.heading_path.join(" > ")),
            pages: passage.chunk.pages.map(|pages| pages.to_string()).unwrap_or_default(),
            source: one_line(&passage.document.source),
            text: text_with_header(passage),
        }
    }
}

fn text_with_header(passage: &Passage) -> Cow<'_, str> {
    let text = passage.chunk.text.trim();
    match &passage.chunk.table_header {
        Some(header) => Cow::Owned(format!("{}\n{text}", header.trim_end())),
        None => Cow::Borrowed(text),
    }
}

/// Both templates, parsed and tried.
#[derive(Debug)]
pub(super) struct Templates {
    environment: Environment<'static>,
    system: TemplateFile,
    answer: TemplateFile,
}

#[derive(Debug)]
struct TemplateFile {
    name: &'static str,
    /// What messages call it.
    shown: String,
}

impl Templates {
    /// Reads the user's templates from `folder`, and takes the compiled-in ones for those that are not there.
    pub(super) fn load(folder: Option<&Path>) -> Result<Self, GenerateError> {
        let own_system = read_own(folder, "system.md")?;
        let own_answer = read_own(folder, "answer.md")?;
        if let (Some(folder), None, None) = (folder, &own_system, &own_answer) {
            return Err(GenerateError::NoTemplates { folder: folder.to_owned() });
        }
        let mut environment = Environment::new();
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        environment.set_syntax(syntax.map_err(|source| template_error("system.md", source))?);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let templates = Self {
            system: add(&mut environment, "system.md", own_system, SYSTEM)?,
            answer: add(&mut environment, "answer.md", own_answer, ANSWER)?,
            environment,
        };
        templates.try_out()?;
        Ok(templates)
    }

    pub(super) fn system(&self, variables: &Variables<'_>) -> Result<String, GenerateError> {
        self.render(&self.system, variables)
    }

    pub(super) fn answer(&self, variables: &Variables<'_>) -> Result<String, GenerateError> {
        self.render(&self.answer, variables)
    }

    /// Renders both once, so that a misspelt variable stops the start and not the first question.
    fn try_out(&self) -> Result<(), GenerateError> {
        let sample = || "sample".to_owned();
        let passage =
            PassageVariables { number: 1, title: sample(), section: sample(), pages: sample(), source: sample(), text: sample().into() };
        let variables = Variables { question: "sample", fence: "sample", passages: vec![passage] };
        self.system(&variables)?;
        self.answer(&variables)?;
        Ok(())
    }

    fn render(&self, file: &TemplateFile, variables: &Variables<'_>) -> Result<String, GenerateError> {
        let rendered = self.environment.get_template(file.name).and_then(|template| template.render(Serde(variables)));
        rendered.map(|text| text.trim().to_owned()).map_err(|source| template_error(&file.shown, source))
    }
}

fn add(
    environment: &mut Environment<'static>,
    name: &'static str,
    own: Option<(PathBuf, String)>,
    compiled_in: &'static str,
) -> Result<TemplateFile, GenerateError> {
    let (shown, text) = match own {
        Some((file, text)) => (file.display().to_string(), text),
        None => (name.to_owned(), compiled_in.to_owned()),
    };
    environment.add_template_owned(name, text).map_err(|source| template_error(&shown, source))?;
    Ok(TemplateFile { name, shown })
}

fn read_own(folder: Option<&Path>, name: &str) -> Result<Option<(PathBuf, String)>, GenerateError> {
    let Some(folder) = folder else { return Ok(None) };
    let file = folder.join(name);
    match fs_err::read_to_string(&file) {
        Ok(text) => Ok(Some((file, text))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(GenerateError::UnreadableTemplate { source, file }),
    }
}

fn template_error(file: &str, source: minijinja::Error) -> GenerateError {
    let detail = source.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
    GenerateError::Template {
        file: file.to_owned(),
        line: source.line().unwrap_or(1),
        problem: format!("{}{detail}", source.kind()),
        source: Box::new(source),
    }
}

/// A title cannot begin a line of its own.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(system: &str, expected: &[&str]) {
        let folder = tempfile::tempdir().expect("a folder");
        fs_err::write(folder.path().join("system.md"), system).expect("writable");
        let message = Templates::load(Some(folder.path())).expect_err("it is wrong").to_string();
        for part in expected {
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn a_wrong_template_is_named_with_its_line() {
        check("fine\n\n{{ questoin }}", &["system.md`, line 3", "undefined"]);
        check("fine\n{% if %}", &["system.md`, line 2", "syntax error"]);
        check("a\nb\nc {{ passages[0].chapter }}", &["line 3"]);
    }

    #[test]
    fn own_templates_replace_one_or_both() {
        let folder = tempfile::tempdir().expect("a folder");
        let error = Templates::load(Some(folder.path())).expect_err("there is no template");
        assert!(error.to_string().contains("neither `system.md` nor `answer.md`"), "{error}");
        fs_err::write(folder.path().join("answer.md"), "Q: {{ question }}").expect("writable");
        let templates = Templates::load(Some(folder.path())).expect("valid");
        let variables = Variables { question: "why?", fence: "f", passages: Vec::new() };
        assert_eq!(templates.answer(&variables).expect("it renders"), "Q: why?");
        assert!(templates.system(&variables).expect("it renders").starts_with("You answer questions"));
    }
}
