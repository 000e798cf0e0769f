//! What a classifier is called.

use std::fmt;
use std::str::FromStr;

use ragstone_core::is_safe_name;
use serde::{Deserialize, Serialize};

use crate::ClassifyError;

/// A classifier's name, which is also the name of its folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClassifierName(String);

impl ClassifierName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ClassifierName {
    type Err = ClassifyError;

    fn from_str(name: &str) -> Result<Self, ClassifyError> {
        if is_safe_name(name) { Ok(Self(name.to_owned())) } else { Err(ClassifyError::Name { name: name.to_owned() }) }
    }
}

impl TryFrom<String> for ClassifierName {
    type Error = ClassifyError;

    fn try_from(name: String) -> Result<Self, ClassifyError> {
        name.parse()
    }
}

impl From<ClassifierName> for String {
    fn from(name: ClassifierName) -> Self {
        name.0
    }
}

impl fmt::Display for ClassifierName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_folders_and_nothing_else() {
        for good in ["intents", "a", "2026-tickets_v2"] {
            assert_eq!(good.parse::<ClassifierName>().unwrap().as_str(), good);
        }
        for bad in ["", "..", "a/b", "-x", ".hidden", "naïve", &"x".repeat(65)] {
            assert!(bad.parse::<ClassifierName>().is_err(), "{bad:?} must be refused");
        }
    }
}
