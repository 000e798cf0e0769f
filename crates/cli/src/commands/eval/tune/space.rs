//! Which settings are tried, and with which values.
//!
//! Settings are named by key, as in the file: one that this program does not have, or a value that it does not take, is not tried.

use ragstone_retrieve::RetrieveConfig;
use serde_json::{Map, Value, json};

/// One setting and its values.
pub(super) struct Dimension {
    pub(super) key: &'static str,
    pub(super) values: Vec<Value>,
}

/// A weight of the dense leg; that of the lexical leg is what is left of 1.
const DENSE_WEIGHT: &str = "dense_weight";
const LEXICAL_WEIGHT: &str = "lexical_weight";

/// In the order in which they are tried: what matters most first.
pub(super) fn dimensions() -> Vec<Dimension> {
    let dimension = |key, values: Value| Dimension { key, values: values.as_array().cloned().unwrap_or_default() };
    vec![
        dimension("fusion", json!(["minmax", "zscore", "distribution", "rrf"])),
        dimension(DENSE_WEIGHT, json!([0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8])),
        dimension("candidates", json!([50, 100, 200, 400])),
        dimension("rerank_depth", json!([0, 10, 20, 50])),
        dimension("rescore_depth", json!([0, 10, 20])),
        dimension("feedback_passages", json!([0, 1, 3])),
        dimension("rrf_k", json!([10.0, 30.0, 60.0])),
        dimension(DENSE_WEIGHT, json!([0.25, 0.35, 0.45, 0.55, 0.65, 0.75])),
    ]
}

/// The configuration with another value of one setting, named as `section.key`; `None` if it does not take that.
pub(super) fn with_value(config: &RetrieveConfig, key: &str, value: &Value) -> Option<RetrieveConfig> {
    let mut all = serde_json::to_value(config).ok()?;
    set(&mut all, key, value)?;
    if key == DENSE_WEIGHT {
        set(&mut all, LEXICAL_WEIGHT, &json!(1.0 - value.as_f64()?))?;
    }
    serde_json::from_value(all).ok()
}

/// Sets what is there already; a section that is given as a whole is laid over what is there.
fn set(all: &mut Value, path: &str, value: &Value) -> Option<()> {
    let mut place = all;
    for key in path.split('.') {
        place = place.as_object_mut()?.get_mut(key)?;
    }
    match (place.as_object_mut(), value.as_object()) {
        (Some(section), Some(own)) => section.extend(own.clone()),
        _ => *place = value.clone(),
    }
    Some(())
}

/// The settings in which two configurations differ, with the values of the second.
pub(super) fn changed(before: &RetrieveConfig, after: &RetrieveConfig) -> anyhow::Result<Map<String, Value>> {
    let (before, after) = (serde_json::to_value(before)?, serde_json::to_value(after)?);
    let after = after.as_object().cloned().unwrap_or_default();
    Ok(after.into_iter().filter(|(key, value)| before.get(key) != Some(value)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_stay_in_proportion() {
        let config = with_value(&RetrieveConfig::default(), DENSE_WEIGHT, &json!(0.25)).unwrap();
        assert_eq!((config.dense_weight, config.lexical_weight), (0.25, 0.75));
    }

    #[test]
    fn what_is_unknown_is_not_tried() {
        assert_eq!(with_value(&RetrieveConfig::default(), "no.such.key", &json!(1)), None);
        assert_eq!(with_value(&RetrieveConfig::default(), "fusion", &json!("magic")), None);
        assert_eq!(with_value(&RetrieveConfig::default(), "candidates", &json!("many")), None);
    }

    #[test]
    fn only_changes_are_kept() {
        let before = RetrieveConfig::default();
        assert!(changed(&before, &before).unwrap().is_empty());
        let after = with_value(&before, "candidates", &json!(50)).unwrap();
        assert_eq!(changed(&before, &after).unwrap(), json!({"candidates": 50}).as_object().unwrap().clone());
    }
}
