//! How many documents have each value of a field: what a page of results offers to narrow it down by.
//!
//! Counted are *documents*, exactly, and those that a search with the same filter can find: stored, and no duplicates (of a
//! content that is stored under several names, the first counts). Every document has some nearness to every query, so there is no
//! set of matches to count in; what narrows the count is the filter.

use std::collections::{BTreeMap, BTreeSet};

use ragstone_core::{Catalog, CollectionName, DocumentHead, FieldValue, Filter, FilterField, Result};
use serde::{Deserialize, Serialize};

use crate::{NamedField, RetrieveError, parse_fields};

/// How many fields are counted at once.
const MAX_FIELDS: usize = 16;

/// How many different values of a field are counted; a field with more is none to narrow down by.
const MAX_DISTINCT: usize = 100_000;

/// How many values are told unless it is said otherwise, and at most.
const DEFAULT_VALUES: usize = 100;
const MAX_VALUES: usize = 1_000;

/// How many documents are read from the catalog at once.
const READ_AT_ONCE: u64 = 4_096;

/// What is to be counted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FacetRequest {
    /// The fields, as filters write them: `tags`, `fields.team`; several in one text with commas between.
    pub fields: Vec<String>,
    /// Only documents for which this holds.
    pub filter: Option<Filter>,
    /// How many values of each field are told, the most frequent first; by default 100.
    pub values: Option<usize>,
}

/// The values of a field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Facet {
    /// The field, as it was asked for.
    pub field: String,
    /// The most frequent values first; equal ones in the order of the values.
    pub values: Vec<FacetValue>,
    /// How many different values there are, told or not.
    pub distinct: u64,
    /// How many documents have the field at all.
    pub documents: u64,
}

/// A value of a field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FacetValue {
    /// The value, as a filter would compare it with; of `modified`, the month.
    pub value: FieldValue,
    /// How many documents have it.
    pub documents: u64,
}

/// Counts the documents of a collection by the values of fields.
pub async fn count_facets(catalog: &dyn Catalog, collection: &CollectionName, request: &FacetRequest) -> Result<Vec<Facet>> {
    let mut tallies = tallies(&request.fields)?;
    let most = check_values(request.values)?;
    if catalog.collection(collection).await?.is_none() {
        return Err(RetrieveError::UnknownCollection { name: collection.clone() }.into());
    }
    let mut after = None;
    loop {
        let heads = catalog.heads(collection, after, READ_AT_ONCE).await?;
        let counting = {
            let filter = request.filter.clone();
            tokio::task::spawn_blocking(move || -> Result<_> {
                let last = heads.last().map(|head| head.id);
                for head in heads.iter().filter(|head| filter.as_ref().is_none_or(|filter| filter.holds(head))) {
                    for tally in &mut tallies {
                        tally.add(head)?;
                    }
                }
                Ok((tallies, last.filter(|_| heads.len() as u64 == READ_AT_ONCE)))
            })
        };
        (tallies, after) = counting.await.map_err(|error| RetrieveError::Counting(error.into()))??;
        if after.is_none() {
            return Ok(tallies.into_iter().map(|tally| tally.facet(most)).collect());
        }
    }
}

fn tallies(fields: &[String]) -> Result<Vec<Tally>> {
    let mut tallies = Vec::with_capacity(fields.len());
    for names in fields {
        for NamedField { name, field } in parse_fields(names)? {
            if field == FilterField::Id {
                return Err(RetrieveError::NoFacet { field: name }.into());
            }
            tallies.push(Tally { name, field, counts: BTreeMap::new(), documents: 0 });
        }
    }
    if tallies.len() > MAX_FIELDS {
        return Err(RetrieveError::TooManyFacets { fields: tallies.len(), most: MAX_FIELDS }.into());
    }
    Ok(tallies)
}

fn check_values(values: Option<usize>) -> Result<usize> {
    let values = values.unwrap_or(DEFAULT_VALUES);
    if (1..=MAX_VALUES).contains(&values) {
        return Ok(values);
    }
    Err(RetrieveError::FacetValuesOutOfRange { values, most: MAX_VALUES }.into())
}

/// A value that can be compared with others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    Boolean(bool),
    Number(Number),
    Text(String),
}

#[derive(Debug, Clone, Copy)]
struct Number(f64);

impl Ord for Number {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Number {}

impl From<Value> for FieldValue {
    fn from(value: Value) -> Self {
        match value {
            Value::Boolean(flag) => Self::Boolean(flag),
            Value::Number(Number(number)) => Self::Number(number),
            Value::Text(text) => Self::Text(text),
        }
    }
}

/// The count of one field.
#[derive(Debug)]
struct Tally {
    name: String,
    field: FilterField,
    counts: BTreeMap<Value, u64>,
    documents: u64,
}

impl Tally {
    fn add(&mut self, head: &DocumentHead) -> Result<()> {
        let values = values_of(&self.field, head);
        self.documents += u64::from(!values.is_empty());
        for value in values {
            *self.counts.entry(value).or_default() += 1;
        }
        if self.counts.len() > MAX_DISTINCT {
            return Err(RetrieveError::TooManyFacetValues { field: self.name.clone(), most: MAX_DISTINCT }.into());
        }
        Ok(())
    }

    fn facet(self, most: usize) -> Facet {
        let distinct = self.counts.len() as u64;
        let mut counts: Vec<(Value, u64)> = self.counts.into_iter().collect();
        // The sort is stable, and the values are in order.
        counts.sort_by_key(|(_, documents)| std::cmp::Reverse(*documents));
        counts.truncate(most);
        let values = counts.into_iter().map(|(value, documents)| FacetValue { value: value.into(), documents }).collect();
        Facet { field: self.name, values, distinct, documents: self.documents }
    }
}

/// A document counts once for each of its values, however often it says it.
fn values_of(field: &FilterField, head: &DocumentHead) -> BTreeSet<Value> {
    let text = |text: &str| BTreeSet::from([Value::Text(text.to_owned())]);
    match field {
        FilterField::Id => text(&head.id.to_string()),
        FilterField::Source => text(&head.source),
        FilterField::Title => text(&head.title),
        FilterField::MediaType => text(&head.media_type),
        FilterField::Language => text(head.language.as_str()),
        FilterField::Tags => head.tags.iter().cloned().map(Value::Text).collect(),
        FilterField::ModifiedAt => text(&head.modified_at.format("%Y-%m").to_string()),
        FilterField::Custom(name) => match head.fields.get(name) {
            None => BTreeSet::new(),
            Some(FieldValue::Boolean(flag)) => BTreeSet::from([Value::Boolean(*flag)]),
            // Zero has two signs; the sum has one.
            Some(FieldValue::Number(number)) => BTreeSet::from([Value::Number(Number(number + 0.0))]),
            Some(FieldValue::Text(value)) => text(value),
            Some(FieldValue::List(texts)) => texts.iter().cloned().map(Value::Text).collect(),
        },
    }
}

#[cfg(test)]
mod tests;
