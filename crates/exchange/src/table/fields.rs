//! Custom fields as JSON, with numbers that come back as they were.

use std::collections::BTreeMap;

use ragstone_core::{FieldValue, Fields};
use serde::de::Error as _;
use serde_json::value::RawValue;

/// Reads fields. `serde_json` itself reads numbers of many digits almost exactly; the standard library does so exactly.
pub(super) fn parse(json: &str) -> serde_json::Result<Fields> {
    let raw: BTreeMap<String, &RawValue> = serde_json::from_str(json)?;
    let read = |(name, value): (String, &RawValue)| Ok((name, parse_value(value.get())?));
    raw.into_iter().map(read).collect()
}

fn parse_value(json: &str) -> serde_json::Result<FieldValue> {
    let value: FieldValue = serde_json::from_str(json)?;
    let FieldValue::Number(_) = value else { return Ok(value) };
    match json.parse() {
        Ok(number) if f64::is_finite(number) => Ok(FieldValue::Number(number)),
        _ => Err(serde_json::Error::custom(format!("{json} is no finite number"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact() {
        for number in [0.1 + 0.2, -0.0, f64::MIN_POSITIVE, 5e-324, f64::MAX, 1e23, 2f64.powi(53) + 2.0, 1.0 / 3.0] {
            let fields = Fields::from([("number".to_owned(), FieldValue::Number(number))]);
            let read = parse(&serde_json::to_string(&fields).unwrap()).unwrap();
            let Some(FieldValue::Number(read)) = read.get("number") else { panic!("{number} is no number any more") };
            assert_eq!(read.to_bits(), number.to_bits(), "{number}");
        }
        for wrong in ["", "[]", "{", r#"{"a": 1e999}"#, r#"{"a": null}"#, r#"{"a": {}}"#, r#"{"a": [1]}"#] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
