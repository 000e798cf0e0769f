//! The names of fields, and what the fields hold.

use ragstone_core::FilterField;

use super::FilterProblem;

const NAMES: [&str; 7] = ["id", "source", "title", "media_type", "language", "tags", "modified"];

/// A word that is this far from a field's name is taken for a slip of the pen.
const MAX_SLIPS: usize = 2;

/// What a field holds, and so what it can be compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    Id,
    Text,
    /// A text in lower case, from a fixed list.
    Term,
    Time,
    Anything,
}

/// The field of this name.
pub(super) fn field(name: &str) -> Result<FilterField, FilterProblem> {
    if let Some(custom) = name.strip_prefix("fields.").filter(|custom| !custom.is_empty()) {
        return Ok(FilterField::Custom(custom.to_owned()));
    }
    match name.to_lowercase().as_str() {
        "id" => Ok(FilterField::Id),
        "source" => Ok(FilterField::Source),
        "title" => Ok(FilterField::Title),
        "media_type" => Ok(FilterField::MediaType),
        "language" => Ok(FilterField::Language),
        "tags" | "tag" => Ok(FilterField::Tags),
        "modified" | "modified_at" => Ok(FilterField::ModifiedAt),
        _ => Err(FilterProblem::UnknownField { name: name.to_owned(), hint: hint(name) }),
    }
}

/// What the field holds.
pub(super) fn holds(field: &FilterField) -> Holds {
    match field {
        FilterField::Id => Holds::Id,
        FilterField::Source | FilterField::Title | FilterField::Tags => Holds::Text,
        FilterField::MediaType | FilterField::Language => Holds::Term,
        FilterField::ModifiedAt => Holds::Time,
        FilterField::Custom(_) => Holds::Anything,
    }
}

fn hint(name: &str) -> String {
    let lower = name.to_lowercase();
    if let Some((field, value)) = name.split_once(':') {
        let value = if value.is_empty() { "VALUE" } else { value };
        return format!("write `{field} = {value}`");
    }
    let nearest = NAMES.iter().map(|known| (slips(&lower, known), known)).min();
    if let Some((distance, known)) = nearest
        && distance <= MAX_SLIPS
        && distance < known.len()
    {
        return format!("did you mean `{known}`?");
    }
    let is_plain = lower.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.'));
    let custom = if is_plain && lower != "fields" && lower != "fields." { name } else { "NAME" };
    format!("the fields are {}, and custom ones are written `fields.{custom}`", NAMES.join(", "))
}

/// How many letters must be added, dropped or changed to make one word of the other.
fn slips(left: &str, right: &str) -> usize {
    // Long words are far from every name.
    if left.len() > 32 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=right.chars().count()).collect();
    for (line, left_letter) in left.chars().enumerate() {
        let mut diagonal = line;
        let mut beside = line + 1;
        let mut next = vec![beside];
        for (right_letter, above) in right.chars().zip(row.iter().skip(1)) {
            let changed = diagonal + usize::from(left_letter != right_letter);
            beside = changed.min(above + 1).min(beside + 1);
            diagonal = *above;
            next.push(beside);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
