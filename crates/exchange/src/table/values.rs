//! What columns hold in our types: numbers, ids, JSON.

use std::str::FromStr;

use parquet::data_type::{ByteArrayType, Int32Type, Int64Type};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Fault;
use super::column::Column;
use crate::problem::Problem;

impl Column<Int32Type> {
    pub(super) fn push_number(&mut self, number: u32) {
        self.push(number.cast_signed());
    }

    pub(super) fn push_numbers(&mut self, numbers: &[u32]) {
        self.push_list(numbers.iter().map(|number| number.cast_signed()));
    }

    pub(super) fn take_number(&mut self) -> Result<u32, Fault> {
        Ok(self.take()?.cast_unsigned())
    }

    pub(super) fn take_numbers(&mut self) -> Result<Vec<u32>, Fault> {
        Ok(self.take_list()?.into_iter().map(i32::cast_unsigned).collect())
    }
}

impl Column<Int64Type> {
    pub(super) fn push_number(&mut self, number: usize) -> Result<(), Fault> {
        self.push(i64::try_from(number).map_err(|_| self.out_of_range(number as i128))?);
        Ok(())
    }

    pub(super) fn push_numbers(&mut self, numbers: &[usize]) -> Result<(), Fault> {
        let numbers: Result<Vec<i64>, _> = numbers.iter().map(|number| i64::try_from(*number)).collect();
        self.push_list(numbers.map_err(|_| self.out_of_range(i128::MAX))?);
        Ok(())
    }

    pub(super) fn take_number(&mut self) -> Result<usize, Fault> {
        let number = self.take()?;
        usize::try_from(number).map_err(|_| self.out_of_range(number.into()))
    }

    pub(super) fn take_numbers(&mut self) -> Result<Vec<usize>, Fault> {
        let numbers = self.take_list()?;
        let checked = |number: i64| usize::try_from(number).map_err(|_| self.out_of_range(number.into()));
        numbers.into_iter().map(checked).collect()
    }

    pub(super) fn out_of_range(&self, number: i128) -> Fault {
        self.fault(Problem::OutOfRange { number })
    }
}

impl Column<ByteArrayType> {
    pub(super) fn take_id<Id: FromStr>(&mut self) -> Result<Id, Fault> {
        let text = self.take_text()?;
        self.id(text)
    }

    pub(super) fn take_optional_id<Id: FromStr>(&mut self) -> Result<Option<Id>, Fault> {
        let text = self.take_optional_text()?;
        text.map(|text| self.id(text)).transpose()
    }

    pub(super) fn push_json(&mut self, value: &impl Serialize) -> Result<(), Fault> {
        let json = serde_json::to_string(value).map_err(|error| self.fault(error))?;
        self.push_text(&json);
        Ok(())
    }

    pub(super) fn push_optional_json(&mut self, value: Option<&impl Serialize>) -> Result<(), Fault> {
        let json = value.map(serde_json::to_string).transpose().map_err(|error| self.fault(error))?;
        self.push_optional_text(json.as_deref());
        Ok(())
    }

    pub(super) fn take_json<T: DeserializeOwned>(&mut self) -> Result<T, Fault> {
        let json = self.take_text()?;
        serde_json::from_str(&json).map_err(|error| self.fault(error))
    }

    pub(super) fn take_optional_json<T: DeserializeOwned>(&mut self) -> Result<Option<T>, Fault> {
        let json = self.take_optional_text()?;
        json.map(|json| serde_json::from_str(&json)).transpose().map_err(|error| self.fault(error))
    }

    fn id<Id: FromStr>(&self, text: String) -> Result<Id, Fault> {
        text.parse().map_err(|_| self.fault(Problem::NotAnId { text }))
    }
}
