//! Text to tokens.

use ragstone_core::Span;
use winnow::combinator::{alt, preceded, repeat};
use winnow::error::ContextError;
use winnow::prelude::*;
use winnow::stream::{LocatingSlice, Location};
use winnow::token::{any, none_of, one_of, take_while};

use super::FilterProblem;

/// A token and where it is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) span: Span,
}

/// The smallest parts of a filter.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum TokenKind {
    /// A keyword, a field or a value without spaces.
    Word(String),
    /// A text in quotes, without them.
    Quoted(String),
    Operator(Operator),
    Open,
    Close,
    Comma,
    End,
}

/// What stands between a field and a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
}

impl Operator {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Contains => "~",
        }
    }
}

type Input<'text> = LocatingSlice<&'text str>;
type Lexed<T> = Result<T, ContextError>;

/// Cuts a text into tokens; the last is [`TokenKind::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, (FilterProblem, Span)> {
    let mut input = LocatingSlice::new(text);
    let spaced_token = preceded(take_while(0.., char::is_whitespace), token.with_span());
    let lexed: Lexed<Vec<_>> = repeat(0.., spaced_token).parse_next(&mut input);
    let rest = text.get(input.current_token_start()..).unwrap_or_default().trim_start();
    let end = text.len() - rest.len();
    if let Some(next) = rest.chars().next() {
        return Err(stray(next, (end..end + next.len_utf8()).into()));
    }
    let lexed = lexed.unwrap_or_default().into_iter().map(|(kind, span)| Token { kind, span: span.into() });
    Ok(lexed.chain([Token { kind: TokenKind::End, span: (end..end).into() }]).collect())
}

fn token(input: &mut Input<'_>) -> Lexed<TokenKind> {
    let punctuation = alt(('('.value(TokenKind::Open), ')'.value(TokenKind::Close), ','.value(TokenKind::Comma)));
    let word = take_while(1.., is_of_word).map(|word: &str| TokenKind::Word(word.to_owned()));
    alt((punctuation, operator.map(TokenKind::Operator), quoted.map(TokenKind::Quoted), word)).parse_next(input)
}

fn operator(input: &mut Input<'_>) -> Lexed<Operator> {
    alt((
        "!=".value(Operator::NotEqual),
        "<>".value(Operator::NotEqual),
        "<=".value(Operator::LessOrEqual),
        ">=".value(Operator::GreaterOrEqual),
        "==".value(Operator::Equal),
        '='.value(Operator::Equal),
        '<'.value(Operator::Less),
        '>'.value(Operator::Greater),
        '~'.value(Operator::Contains),
    ))
    .parse_next(input)
}

fn quoted(input: &mut Input<'_>) -> Lexed<String> {
    let quote = one_of(['"', '\'']).parse_next(input)?;
    let escaped = preceded('\\', any).map(|character| match character {
        'n' => '\n',
        't' => '\t',
        other => other,
    });
    let character = alt((none_of([quote, '\\']), escaped));
    let text = repeat(0.., character).parse_next(input)?;
    one_of(quote).parse_next(input)?;
    Ok(text)
}

fn is_of_word(character: char) -> bool {
    !character.is_whitespace() && !matches!(character, '(' | ')' | ',' | '"' | '\'' | '=' | '!' | '<' | '>' | '~')
}

fn stray(character: char, span: Span) -> (FilterProblem, Span) {
    let problem = match character {
        '"' | '\'' => FilterProblem::UnclosedQuote,
        '!' => FilterProblem::StrayCharacter { character, hint: ": write `not` before a condition, or `!=`" },
        _ => FilterProblem::StrayCharacter { character, hint: "" },
    };
    (problem, span)
}
