//! The names of indexes: what a store calls the vectors that one model made of a collection.

use std::fmt;
use std::str::FromStr;

use crate::{CollectionName, Error, ErrorKind, Stage};

/// One index of a collection: all its chunks, with the vectors of one embedding model.
///
/// A collection has one, and another beside it while its model is changed. It is written `docs` for the first one and
/// `docs@1` for a later one: `@` is in no collection's name, and safe in a folder's.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IndexName {
    collection: CollectionName,
    generation: u32,
}

impl IndexName {
    /// The index of this generation; the first is 0.
    pub fn new(collection: CollectionName, generation: u32) -> Self {
        Self { collection, generation }
    }

    /// Whose index it is.
    pub fn collection(&self) -> &CollectionName {
        &self.collection
    }

    /// Which of the collection's indexes it is.
    pub fn generation(&self) -> u32 {
        self.generation
    }
}

/// The first index of a collection.
impl From<CollectionName> for IndexName {
    fn from(collection: CollectionName) -> Self {
        Self::new(collection, 0)
    }
}

impl fmt::Display for IndexName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.generation {
            0 => self.collection.fmt(formatter),
            generation => write!(formatter, "{}@{generation}", self.collection),
        }
    }
}

impl FromStr for IndexName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let Some((collection, generation)) = text.split_once('@') else {
            return Ok(Self::from(text.parse::<CollectionName>()?));
        };
        let generation = generation.parse().ok().filter(|number: &u32| *number > 0 && number.to_string() == generation);
        let Some(generation) = generation else {
            return Err(Error::new(ErrorKind::InvalidInput, Stage::Store, format!("`{text}` is not the name of an index")));
        };
        Ok(Self::new(collection.parse()?, generation))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_survive_a_round_trip_and_nothing_else_is_one() {
        for good in ["docs", "docs@1", "Team-7_notes@42"] {
            assert_eq!(good.parse::<IndexName>().unwrap().to_string(), good);
        }
        for bad in ["", "@1", "docs@", "docs@0", "docs@01", "docs@+1", "docs@1@2", "docs@-1", "docs.removed", "docs@1.removed"] {
            assert!(bad.parse::<IndexName>().is_err(), "{bad:?} must be refused");
        }
    }
}
