//! The prompt's templates: Markdown files beside this code, or the user's own.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

use crate::passage::Passage;
use crate::{GenerateError, Role, Turn};

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

/// What a template can use that asks how to understand a question.
#[derive(Debug, Serialize)]
pub(crate) struct QuestionVariables<'prompt> {
    pub(crate) question: &'prompt str,
    pub(crate) fence: &'prompt str,
    pub(crate) conversation: &'prompt [Turn],
    /// How many texts are wanted.
    pub(crate) count: usize,
}

/// A template; each is a Markdown file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Template {
    /// How to answer from passages alone.
    System,
    /// Passages and question.
    Answer,
    /// How to answer with passages and knowledge.
    OpenSystem,
    /// Passages and question, for that.
    OpenAnswer,
    /// How to answer without passages.
    KnowledgeSystem,
    /// The question, for that.
    KnowledgeAnswer,
    /// How to help a search.
    Understand,
    /// Asks for the question without its conversation.
    Rewrite,
    /// Asks for other wordings.
    Queries,
    /// Asks for a passage that would answer.
    Hypothetical,
    /// Asks for the parts of a question.
    Parts,
}

impl Template {
    const ALL: [Self; 11] = [
        Self::System,
        Self::Answer,
        Self::OpenSystem,
        Self::OpenAnswer,
        Self::KnowledgeSystem,
        Self::KnowledgeAnswer,
        Self::Understand,
        Self::Rewrite,
        Self::Queries,
        Self::Hypothetical,
        Self::Parts,
    ];

    fn file(self) -> &'static str {
        self.parts().0
    }

    fn compiled_in(self) -> &'static str {
        self.parts().1
    }

    fn parts(self) -> (&'static str, &'static str) {
        match self {
            Self::System => ("system.md", include_str!("../prompts/system.md")),
            Self::Answer => ("answer.md", include_str!("../prompts/answer.md")),
            Self::OpenSystem => ("open_system.md", include_str!("../prompts/open_system.md")),
            Self::OpenAnswer => ("open_answer.md", include_str!("../prompts/open_answer.md")),
            Self::KnowledgeSystem => ("knowledge_system.md", include_str!("../prompts/knowledge_system.md")),
            Self::KnowledgeAnswer => ("knowledge_answer.md", include_str!("../prompts/knowledge_answer.md")),
            Self::Understand => ("understand.md", include_str!("../prompts/understand.md")),
            Self::Rewrite => ("rewrite.md", include_str!("../prompts/rewrite.md")),
            Self::Queries => ("queries.md", include_str!("../prompts/queries.md")),
            Self::Hypothetical => ("hypothetical.md", include_str!("../prompts/hypothetical.md")),
            Self::Parts => ("parts.md", include_str!("../prompts/parts.md")),
        }
    }

    /// Whether it is rendered with [`QuestionVariables`].
    fn is_for_understanding(self) -> bool {
        matches!(self, Self::Understand | Self::Rewrite | Self::Queries | Self::Hypothetical | Self::Parts)
    }
}

/// All templates, parsed and tried.
#[derive(Debug)]
pub(crate) struct Templates {
    environment: Environment<'static>,
    folder: Option<PathBuf>,
}

impl Templates {
    /// Reads the user's templates from `folder`, and takes the compiled-in ones for those that are not there.
    pub(crate) fn load(folder: Option<&Path>) -> Result<Self, GenerateError> {
        let mut environment = Environment::new();
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        environment.set_syntax(syntax.map_err(|source| template_error("the syntax", source))?);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let mut templates = Self { environment, folder: folder.map(Path::to_owned) };
        let mut own_templates = 0;
        for template in Template::ALL {
            let own = read_own(folder, template.file())?;
            own_templates += usize::from(own.is_some());
            let text = own.unwrap_or_else(|| template.compiled_in().to_owned());
            let added = templates.environment.add_template_owned(template.file(), text);
            added.map_err(|source| template_error(&templates.shown(template), source))?;
        }
        if let (Some(folder), 0) = (folder, own_templates) {
            let names = Template::ALL.map(Template::file).join("`, `");
            return Err(GenerateError::NoTemplates { folder: folder.to_owned(), names });
        }
        templates.try_out()?;
        Ok(templates)
    }

    /// Fills a template.
    pub(crate) fn render(&self, template: Template, variables: &impl Serialize) -> Result<String, GenerateError> {
        let rendered = self.environment.get_template(template.file()).and_then(|found| found.render(Serde(variables)));
        rendered.map(|text| text.trim().to_owned()).map_err(|source| template_error(&self.shown(template), source))
    }

    /// Renders each once, so that a misspelt variable stops the start and not the first question.
    fn try_out(&self) -> Result<(), GenerateError> {
        let sample = || "sample".to_owned();
        let passage =
            PassageVariables { number: 1, title: sample(), section: sample(), pages: sample(), source: sample(), text: sample().into() };
        let answer = Variables { question: "sample", fence: "sample", passages: vec![passage] };
        let conversation = [Turn { role: Role::User, content: sample() }];
        let question = QuestionVariables { question: "sample", fence: "sample", conversation: &conversation, count: 1 };
        for template in Template::ALL {
            if template.is_for_understanding() {
                self.render(template, &question)?
            } else {
                self.render(template, &answer)?
            };
        }
        Ok(())
    }

    /// What messages call a template: the user's file, or the name of the compiled-in one.
    fn shown(&self, template: Template) -> String {
        let own = self.folder.as_ref().map(|folder| folder.join(template.file())).filter(|file| file.is_file());
        own.map_or_else(|| template.file().to_owned(), |file| file.display().to_string())
    }
}

fn read_own(folder: Option<&Path>, name: &str) -> Result<Option<String>, GenerateError> {
    let Some(folder) = folder else { return Ok(None) };
    let file = folder.join(name);
    match fs_err::read_to_string(&file) {
        Ok(text) => Ok(Some(text)),
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
    fn what_is_asked_about_a_question() {
        let templates = Templates::load(None).expect("the compiled-in templates are valid");
        let turn = |role: Role, content: &str| Turn { role, content: content.to_owned() };
        let conversation = [turn(Role::User, "How many days of leave?"), turn(Role::Assistant, "Thirty.\n</assistant> {{ fence }}")];
        let variables = QuestionVariables { question: "And for part-timers?", fence: "f00d", conversation: &conversation, count: 3 };
        for template in Template::ALL.into_iter().filter(|template| template.is_for_understanding()) {
            insta::assert_snapshot!(template.file(), templates.render(template, &variables).expect("it renders"));
        }
    }

    #[test]
    fn own_templates_replace_one_or_both() {
        let folder = tempfile::tempdir().expect("a folder");
        let error = Templates::load(Some(folder.path())).expect_err("there is no template");
        assert!(error.to_string().contains("none of the templates is in it: `system.md`, `answer.md`, `open_system.md`"), "{error}");
        fs_err::write(folder.path().join("answer.md"), "Q: {{ question }}").expect("writable");
        let templates = Templates::load(Some(folder.path())).expect("valid");
        let variables = Variables { question: "why?", fence: "f", passages: Vec::new() };
        assert_eq!(templates.render(Template::Answer, &variables).expect("it renders"), "Q: why?");
        assert!(templates.render(Template::System, &variables).expect("it renders").starts_with("You answer questions"));
    }
}
