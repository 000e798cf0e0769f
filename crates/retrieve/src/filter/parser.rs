//! Tokens to a filter, by recursive descent with a bound.

use chrono::{DateTime, Utc};
use ragstone_core::{Comparison, DocumentId, FieldValue, Filter, FilterField, Span, words};

use super::field::{Holds, field, holds};
use super::lexer::{Operator, Token, TokenKind};
use super::time::Moment;
use super::{FilterProblem, NamedField};

/// Parentheses and `not`s inside one another, at most.
const MAX_DEPTH: usize = 64;

const KEYWORDS: [&str; 5] = ["and", "or", "not", "in", "exists"];
const CONDITION: &str = "a condition such as `tags = guide`";
const OPERATOR: &str = "an operator (`=`, `!=`, `<`, `<=`, `>`, `>=`, `~`, `in` or `not in`)";
const TIME: &str = "a time: write 2026-11-24, 2026-11-24T10:30:00Z or -7d";

pub(super) type Parsed<T> = Result<T, (FilterProblem, Span)>;

/// Reads tokens one by one.
pub(super) struct Parser<'tokens> {
    tokens: &'tokens [Token],
    depth: usize,
    now: DateTime<Utc>,
}

/// A field as it was written.
struct Named {
    field: FilterField,
    name: String,
    span: Span,
}

/// A value as it was written.
struct Value {
    text: String,
    is_quoted: bool,
    span: Span,
}

impl<'tokens> Parser<'tokens> {
    pub(super) fn new(tokens: &'tokens [Token], now: DateTime<Utc>) -> Self {
        Self { tokens, depth: 0, now }
    }

    /// The whole text.
    pub(super) fn filter(mut self) -> Parsed<Filter> {
        if matches!(self.kind(), TokenKind::End) {
            return Err((FilterProblem::Empty, self.span()));
        }
        let filter = self.alternatives()?;
        match self.kind() {
            TokenKind::End => Ok(filter),
            TokenKind::Close => Err(self.unexpected("`and`, `or` or the end", ": no parenthesis is open")),
            TokenKind::Word(word) if matches!(word.as_str(), "&&" | "&") => Err(self.unexpected("`and`", "")),
            TokenKind::Word(word) if matches!(word.as_str(), "||" | "|") => Err(self.unexpected("`or`", "")),
            TokenKind::Word(_) => Err(self.unexpected("`and`, `or` or the end", ": a value with spaces needs quotes")),
            _ => Err(self.unexpected("`and`, `or` or the end", "")),
        }
    }

    /// Names of fields and nothing else.
    pub(super) fn fields(mut self) -> Parsed<Vec<NamedField>> {
        let mut fields = Vec::new();
        loop {
            let Named { field, name, .. } = self.field("a field such as `tags` or `fields.team`")?;
            fields.push(NamedField { name, field });
            if matches!(self.kind(), TokenKind::Comma) {
                self.advance();
                continue;
            }
            self.expect(&TokenKind::End, "`,` or the end")?;
            return Ok(fields);
        }
    }

    fn alternatives(&mut self) -> Parsed<Filter> {
        let first = self.conjunction()?;
        let mut all = vec![first];
        while self.take_keyword("or") {
            all.push(self.conjunction()?);
        }
        Ok(one_or(all, Filter::Or))
    }

    fn conjunction(&mut self) -> Parsed<Filter> {
        let first = self.term()?;
        let mut all = vec![first];
        while self.take_keyword("and") {
            all.push(self.term()?);
        }
        Ok(one_or(all, Filter::And))
    }

    fn term(&mut self) -> Parsed<Filter> {
        let span = self.span();
        if self.take_keyword("not") {
            let negated = self.deeper(span, Self::term)?;
            return Ok(Filter::Not(Box::new(negated)));
        }
        if !matches!(self.kind(), TokenKind::Open) {
            return self.condition();
        }
        self.advance();
        let inner = self.deeper(span, Self::alternatives)?;
        self.expect(&TokenKind::Close, "`and`, `or` or `)`")?;
        Ok(inner)
    }

    fn deeper(&mut self, span: Span, parse: fn(&mut Self) -> Parsed<Filter>) -> Parsed<Filter> {
        if self.depth == MAX_DEPTH {
            return Err((FilterProblem::TooDeep { limit: MAX_DEPTH }, span));
        }
        self.depth += 1;
        let parsed = parse(self)?;
        self.depth -= 1;
        Ok(parsed)
    }

    fn condition(&mut self) -> Parsed<Filter> {
        if self.take_keyword("exists") {
            return Ok(Filter::Exists(self.field("a field")?.field));
        }
        let named = self.field(CONDITION)?;
        if self.take_keyword("in") {
            return self.one_of(&named);
        }
        if self.take_keyword("exists") {
            return Ok(Filter::Exists(named.field));
        }
        if self.take_keyword("not") {
            if self.take_keyword("exists") {
                return Ok(Filter::Not(Box::new(Filter::Exists(named.field))));
            }
            if !self.take_keyword("in") {
                return Err(self.unexpected("`in`", ": `not` stands before the field, or write `!=`"));
            }
            return Ok(Filter::Not(Box::new(self.one_of(&named)?)));
        }
        let TokenKind::Operator(operator) = *self.kind() else {
            return Err(self.unexpected(OPERATOR, self.hint_at_operator()));
        };
        let operator_span = self.span();
        self.advance();
        let value = self.value()?;
        self.comparison(&named, operator, operator_span, value)
    }

    /// What is written for an operator in other languages of filters.
    fn hint_at_operator(&self) -> &'static str {
        let TokenKind::Word(word) = self.kind() else { return "" };
        match word.to_lowercase().as_str() {
            "contains" | "like" | "ilike" | "matches" | "match" => ": words are looked for with `~`",
            "is" | "eq" | ":" => ": write `=`, or `exists FIELD` for whether there is any",
            "between" | "to" => ": write `FIELD >= A and FIELD <= B`",
            word if word.starts_with(':') => ": write `FIELD = VALUE`",
            _ => "",
        }
    }

    fn field(&mut self, expected: &'static str) -> Parsed<Named> {
        let span = self.span();
        let name = match self.kind() {
            TokenKind::Word(word) if !is_keyword(word) => word.clone(),
            _ => return Err(self.unexpected(expected, "")),
        };
        self.advance();
        if name != "fields." {
            return Ok(Named { field: field(&name).map_err(|problem| (problem, span))?, name, span });
        }
        let custom_span = self.span();
        let custom = match self.kind() {
            TokenKind::Quoted(custom) if !custom.is_empty() && custom_span.start == span.end => custom.clone(),
            _ => return Err((FilterProblem::UnknownField { name, hint: "write the custom field's name after the dot".to_owned() }, span)),
        };
        self.advance();
        let span = Span { start: span.start, end: custom_span.end };
        Ok(Named { name: format!("fields.\"{custom}\""), field: FilterField::Custom(custom), span })
    }

    fn value(&mut self) -> Parsed<Value> {
        let span = self.span();
        let value = match self.kind() {
            TokenKind::Word(word) if is_keyword(word) => {
                return Err(self.unexpected("a value", ", which is a keyword: put it in quotes"));
            }
            TokenKind::Word(word) => Value { text: word.clone(), is_quoted: false, span },
            TokenKind::Quoted(text) => Value { text: text.clone(), is_quoted: true, span },
            _ => return Err(self.unexpected("a value", "")),
        };
        self.advance();
        Ok(value)
    }

    fn one_of(&mut self, named: &Named) -> Parsed<Filter> {
        self.expect(&TokenKind::Open, "`(` and a list of values")?;
        let mut values = vec![self.value()?];
        while matches!(self.kind(), TokenKind::Comma) {
            self.advance();
            values.push(self.value()?);
        }
        self.expect(&TokenKind::Close, "`,` or `)`")?;

        if holds(&named.field) == Holds::Time {
            let mut periods = Vec::with_capacity(values.len());
            for value in values {
                periods.push(self.comparison(named, Operator::Equal, value.span, value)?);
            }
            return Ok(one_or(periods, Filter::Or));
        }
        let mut typed = Vec::with_capacity(values.len());
        for value in values {
            typed.push(typed_value(named, value)?);
        }
        Ok(Filter::OneOf { field: named.field.clone(), values: typed })
    }

    fn comparison(&self, named: &Named, operator: Operator, operator_span: Span, value: Value) -> Parsed<Filter> {
        let field = named.field.clone();
        let wrong_operator = |kind, usable| {
            let problem = FilterProblem::WrongOperator { field: named.name.clone(), kind, operator: operator.as_str(), usable };
            (problem, Span { start: named.span.start, end: operator_span.end })
        };
        match (holds(&field), operator) {
            (Holds::Time, _) => match Moment::parse(value.text.trim(), self.now).map(|moment| moment.compare(operator)) {
                _ if operator == Operator::Contains => Err(wrong_operator("a time", "`=`, `!=`, `<`, `<=`, `>`, `>=` or `in`")),
                Some(Some(filter)) => Ok(filter),
                _ => Err(value.refuse(TIME)),
            },
            (_, Operator::Equal) => Ok(Filter::OneOf { field, values: vec![typed_value(named, value)?] }),
            (_, Operator::NotEqual) => {
                let equal = Filter::OneOf { field, values: vec![typed_value(named, value)?] };
                Ok(Filter::Not(Box::new(equal)))
            }
            (Holds::Id, _) => Err(wrong_operator("an id", "`=`, `!=` or `in`")),
            (_, Operator::Contains) if words(&value.text).is_empty() => Err(value.refuse("a word")),
            (_, Operator::Contains) => Ok(Filter::Contains { field, words: value.text }),
            (Holds::Text | Holds::Term, _) => Err(wrong_operator("a text", "`=`, `!=`, `~` or `in`")),
            (Holds::Anything, Operator::Less) => numeric(field, Comparison::Less, value),
            (Holds::Anything, Operator::LessOrEqual) => numeric(field, Comparison::LessOrEqual, value),
            (Holds::Anything, Operator::Greater) => numeric(field, Comparison::Greater, value),
            (Holds::Anything, Operator::GreaterOrEqual) => numeric(field, Comparison::GreaterOrEqual, value),
        }
    }

    fn kind(&self) -> &'tokens TokenKind {
        self.tokens.first().map_or(&TokenKind::End, |token| &token.kind)
    }

    fn span(&self) -> Span {
        self.tokens.first().map_or(Span { start: 0, end: 0 }, |token| token.span)
    }

    /// Goes on to the next token; the last stays.
    fn advance(&mut self) {
        if let Some((_, rest @ [_, ..])) = self.tokens.split_first() {
            self.tokens = rest;
        }
    }

    fn take_keyword(&mut self, keyword: &str) -> bool {
        let is_next = matches!(self.kind(), TokenKind::Word(word) if word.eq_ignore_ascii_case(keyword));
        if is_next {
            self.advance();
        }
        is_next
    }

    fn expect(&mut self, kind: &TokenKind, expected: &'static str) -> Parsed<()> {
        if self.kind() != kind {
            return Err(self.unexpected(expected, ""));
        }
        self.advance();
        Ok(())
    }

    fn unexpected(&self, expected: &'static str, hint: &'static str) -> (FilterProblem, Span) {
        let found = match self.kind() {
            TokenKind::Word(word) => format!("`{word}`"),
            TokenKind::Quoted(_) => "a text in quotes".to_owned(),
            TokenKind::Operator(operator) => format!("`{}`", operator.as_str()),
            TokenKind::Open => "`(`".to_owned(),
            TokenKind::Close => "`)`".to_owned(),
            TokenKind::Comma => "`,`".to_owned(),
            TokenKind::End => "the end".to_owned(),
        };
        (FilterProblem::Unexpected { expected, found, hint }, self.span())
    }
}

impl Value {
    fn refuse(self, expected: &'static str) -> (FilterProblem, Span) {
        (FilterProblem::WrongValue { value: self.text, expected }, self.span)
    }

    /// A finite number, written as one: not `inf`, not `"3"`.
    fn number(&self) -> Option<f64> {
        let digits = self.text.strip_prefix(['-', '+']).unwrap_or(&self.text);
        let looks_like_one = !self.is_quoted && digits.starts_with(|first: char| first.is_ascii_digit() || first == '.');
        looks_like_one.then(|| self.text.parse().ok()).flatten().filter(|number: &f64| number.is_finite())
    }
}

fn typed_value(named: &Named, value: Value) -> Parsed<FieldValue> {
    match holds(&named.field) {
        Holds::Id => match value.text.trim().parse::<DocumentId>() {
            Ok(id) => Ok(FieldValue::Text(id.to_string())),
            Err(_) => Err(value.refuse("a document's id: an id looks like 00000000-0000-0000-0000-000000000000")),
        },
        Holds::Term => Ok(FieldValue::Text(value.text.to_lowercase())),
        Holds::Text | Holds::Time => Ok(FieldValue::Text(value.text)),
        Holds::Anything => match (value.number(), value.text.as_str()) {
            (Some(number), _) => Ok(FieldValue::Number(number)),
            (None, "true") if !value.is_quoted => Ok(FieldValue::Boolean(true)),
            (None, "false") if !value.is_quoted => Ok(FieldValue::Boolean(false)),
            _ => Ok(FieldValue::Text(value.text)),
        },
    }
}

fn numeric(field: FilterField, comparison: Comparison, value: Value) -> Parsed<Filter> {
    match value.number() {
        Some(number) => Ok(Filter::Number { field, comparison, value: number }),
        None => Err(value.refuse("a number: custom fields are compared by `<` and `>` as numbers")),
    }
}

fn one_or(mut all: Vec<Filter>, many: fn(Vec<Filter>) -> Filter) -> Filter {
    match all.pop() {
        Some(only) if all.is_empty() => only,
        Some(last) => {
            all.push(last);
            many(all)
        }
        None => many(all),
    }
}

fn is_keyword(word: &str) -> bool {
    KEYWORDS.iter().any(|keyword| word.eq_ignore_ascii_case(keyword))
}
