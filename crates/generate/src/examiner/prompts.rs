//! What a model is told when it judges, proposes or describes, and how its reply is read.

use std::collections::BTreeMap;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

use super::ProposedQuestion;
use crate::GenerateError;
use crate::model::Messages;
use crate::prompt::code_for;

const JUDGE: &str = include_str!("../prompts/judge.md");
const DESCRIBE: &str = include_str!("../prompts/describe.md");
const PROPOSE: &str = include_str!("../prompts/propose.md");

/// Stands between the two messages in a template.
const BORDER: &str = "\n---\n";

/// The templates, parsed.
pub(super) struct Prompts {
    environment: Environment<'static>,
}

/// The two messages.
#[derive(Debug)]
pub(super) struct RenderedPrompt {
    system: String,
    user: String,
}

impl RenderedPrompt {
    pub(super) fn messages(&self) -> Messages<'_> {
        Messages { system: &self.system, user: &self.user }
    }
}

#[derive(Debug, Serialize)]
struct JudgeVariables<'prompt> {
    fence: &'prompt str,
    passages: &'prompt [&'prompt str],
    statements: &'prompt [String],
}

#[derive(Debug, Serialize)]
struct ProposeVariables<'prompt> {
    fence: &'prompt str,
    title: &'prompt str,
    text: &'prompt str,
}

#[derive(Debug, Serialize)]
struct DescribeVariables<'prompt> {
    fence: &'prompt str,
    label: &'prompt str,
    phrases: &'prompt [String],
}

impl Prompts {
    pub(super) fn new() -> Result<Self, GenerateError> {
        let mut environment = Environment::new();
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        environment.set_syntax(syntax.map_err(|source| failed("judge.md", source))?);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        for (name, text) in [("judge.md", JUDGE), ("propose.md", PROPOSE), ("describe.md", DESCRIBE)] {
            environment.add_template(name, text).map_err(|source| failed(name, source))?;
        }
        Ok(Self { environment })
    }

    pub(super) fn judge(&self, passages: &[&str], statements: &[String]) -> Result<RenderedPrompt, GenerateError> {
        let texts: Vec<&str> = passages.iter().copied().chain(statements.iter().map(String::as_str)).collect();
        self.render("judge.md", &JudgeVariables { fence: &code_for(&texts), passages, statements })
    }

    pub(super) fn propose(&self, title: &str, text: &str) -> Result<RenderedPrompt, GenerateError> {
        self.render("propose.md", &ProposeVariables { fence: &code_for(&[title, text]), title, text })
    }

    pub(super) fn describe(&self, label: &str, phrases: &[String]) -> Result<RenderedPrompt, GenerateError> {
        let texts: Vec<&str> = std::iter::once(label).chain(phrases.iter().map(String::as_str)).collect();
        self.render("describe.md", &DescribeVariables { fence: &code_for(&texts), label, phrases })
    }

    fn render(&self, name: &'static str, variables: &impl Serialize) -> Result<RenderedPrompt, GenerateError> {
        let rendered = self.environment.get_template(name).and_then(|template| template.render(Serde(variables)));
        let rendered = rendered.map_err(|source| failed(name, source))?;
        // The instructions come first and have no such line; what is quoted comes after it.
        let (system, user) = rendered.split_once(BORDER).unwrap_or((rendered.as_str(), ""));
        Ok(RenderedPrompt { system: system.trim().to_owned(), user: user.trim().to_owned() })
    }
}

fn failed(name: &str, source: minijinja::Error) -> GenerateError {
    let (line, problem) = (source.line().unwrap_or(1), source.to_string());
    GenerateError::Template { file: name.to_owned(), line, problem, source: Box::new(source) }
}

/// By statement, from 1, whether the model takes it for supported. What is no verdict is not looked at.
pub(super) fn verdicts(reply: &str, statements: usize) -> BTreeMap<usize, bool> {
    let mut verdicts = BTreeMap::new();
    for line in reply.lines() {
        let line = line.trim().trim_start_matches(['-', '*', ' ']);
        let Some((number, verdict)) = line.split_once([':', '.', ')']) else { continue };
        let Ok(number) = number.trim().parse::<usize>() else { continue };
        let verdict = verdict.trim().trim_matches(['*', '`', '.', ' ']).to_lowercase();
        let is_known = (1..=statements).contains(&number);
        match verdict.as_str() {
            _ if !is_known => {}
            verdict if verdict.starts_with("yes") => drop(verdicts.insert(number, true)),
            verdict if verdict.starts_with("no") => drop(verdicts.insert(number, false)),
            _ => {}
        }
    }
    verdicts
}

/// More lines than this are not what was asked for.
const MOST_PHRASES: usize = 16;

/// The lines of a reply, without what lists and quotations put around them.
pub(super) fn phrases(reply: &str) -> Vec<String> {
    let bullet = |letter: char| letter.is_ascii_digit() || matches!(letter, '-' | '*' | '.' | ')' | ' ');
    let quote = |letter: char| matches!(letter, '"' | '“' | '”' | ' ');
    let lines = reply.lines().map(|line| line.trim().trim_start_matches(bullet).trim_matches(quote).to_owned());
    lines.filter(|line| line.chars().any(char::is_alphabetic)).take(MOST_PHRASES).collect()
}

/// The question and answer of a reply.
pub(super) fn proposed(reply: &str) -> Option<ProposedQuestion> {
    let after = |label: &str| {
        let line = reply.lines().find_map(|line| line.trim().trim_matches('*').strip_prefix(label));
        line.map(|text| text.trim().trim_matches('*').trim().to_owned()).filter(|text| !text.is_empty())
    };
    Some(ProposedQuestion { question: after("Question:")?, answer: after("Answer:") })
}
