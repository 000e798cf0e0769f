//! One column of a table: some rows of it in memory, on their way to a file or from one.

use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as PhysicalType};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, FloatType, Int32Type, Int64Type};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::properties::WriterPropertiesBuilder;
use parquet::file::writer::SerializedColumnWriter;
use parquet::schema::types::{ColumnPath, SchemaDescriptor};

use super::Fault;
use crate::problem::Problem;

/// What a column's values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Unsigned32,
    Unsigned64,
    Time,
    Float,
}

/// How many values a row has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    One,
    Optional,
    List,
}

/// How values are put into pages, before compression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    /// One after the other.
    Plain,
    /// Each different one once, then their numbers.
    Dictionary,
    /// First the first bytes of all, then the second ones, and so on.
    Split,
}

/// A column's name, and how it is stored.
#[derive(Debug, Clone, Copy)]
pub(super) struct Declaration {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) shape: Shape,
    pub(super) packing: Packing,
}

/// Where in a file's nesting a value stands. Other programs write everything as optional; that is read too.
#[derive(Debug, Clone, Copy)]
struct Levels {
    /// The level of a list that is there and empty.
    empty: i16,
    /// The level of a value that is there.
    value: i16,
}

/// The physical types that occur.
pub(super) trait Value: DataType {
    /// How much memory a value takes.
    fn size(value: &Self::T) -> usize;

    /// The reader of a column of this type; nothing for one of another.
    fn reader(reader: &mut ColumnReader) -> Option<&mut ColumnReaderImpl<Self>>
    where
        Self: Sized;
}

/// Some rows of a column.
pub(super) struct Column<T: Value> {
    declaration: Declaration,
    levels: Levels,
    values: Vec<T::T>,
    definition: Vec<i16>,
    repetition: Vec<i16>,
    bytes: usize,
    next_value: usize,
    next_level: usize,
}

/// What all columns can do, whatever their values are.
pub(crate) trait AnyColumn {
    fn name(&self) -> &'static str;

    /// How the column is declared in Parquet's language of schemas.
    fn declared(&self) -> String;

    /// How it is to be written.
    fn configure(&self, properties: WriterPropertiesBuilder) -> WriterPropertiesBuilder;

    /// How much memory its rows take.
    fn bytes(&self) -> usize;

    /// Writes its rows and forgets them.
    fn write(&mut self, writer: &mut SerializedColumnWriter<'_>) -> ParquetResult<()>;

    /// Finds it in a file's schema, as the number of a leaf.
    fn find(&mut self, schema: &SchemaDescriptor) -> Result<usize, Mismatch>;

    /// Reads so many rows in place of those it has.
    fn fill(&mut self, reader: &mut ColumnReader, rows: usize) -> ParquetResult<()>;
}

/// Why a file's column is not the one that is wanted.
#[derive(Debug)]
pub(crate) enum Mismatch {
    Missing,
    Type { found: String, expected: String },
}

impl<T: Value> Column<T> {
    pub(super) fn new(declaration: Declaration) -> Self {
        let levels = match declaration.shape {
            Shape::One => Levels { empty: 0, value: 0 },
            Shape::Optional | Shape::List => Levels { empty: 0, value: 1 },
        };
        Self {
            declaration,
            levels,
            values: Vec::new(),
            definition: Vec::new(),
            repetition: Vec::new(),
            bytes: 0,
            next_value: 0,
            next_level: 0,
        }
    }

    pub(super) fn push(&mut self, value: T::T) {
        self.bytes += T::size(&value);
        self.values.push(value);
    }

    pub(super) fn push_optional(&mut self, value: Option<T::T>) {
        self.definition.push(i16::from(value.is_some()));
        if let Some(value) = value {
            self.push(value);
        }
    }

    pub(super) fn push_list(&mut self, list: impl IntoIterator<Item = T::T>) {
        let before = self.values.len();
        list.into_iter().for_each(|value| self.push(value));
        let added = self.values.len() - before;
        self.definition.extend(std::iter::repeat_n(1, added));
        self.repetition.extend(std::iter::repeat_n(1, added));
        match self.repetition.len().checked_sub(added).and_then(|first| self.repetition.get_mut(first)) {
            Some(first) => *first = 0,
            None => {
                self.definition.push(0);
                self.repetition.push(0);
            }
        }
    }

    pub(super) fn take(&mut self) -> Result<T::T, Fault> {
        let value = self.take_optional()?;
        value.ok_or_else(|| self.fault(Problem::Null))
    }

    pub(super) fn take_optional(&mut self) -> Result<Option<T::T>, Fault> {
        if self.levels.value > 0 {
            let level = self.definition.get(self.next_level).copied().unwrap_or(0);
            self.next_level += 1;
            if level < self.levels.value {
                return Ok(None);
            }
        }
        let value = self.values.get_mut(self.next_value).map(std::mem::take);
        self.next_value += 1;
        Ok(value)
    }

    pub(super) fn take_list(&mut self) -> Result<Vec<T::T>, Fault> {
        let first = self.next_level;
        let following = self.repetition.get(first + 1..).unwrap_or_default();
        let rows = 1 + following.iter().take_while(|level| **level > 0).count();
        self.next_level += rows;
        let levels = self.definition.get(first..first + rows).unwrap_or_default();
        if levels == [self.levels.empty] {
            return Ok(Vec::new());
        }
        if levels.iter().any(|level| *level != self.levels.value) {
            return Err(self.fault(Problem::Null));
        }
        let values = self.next_value..self.next_value + rows;
        self.next_value = values.end;
        match self.values.get_mut(values) {
            Some(values) => Ok(values.iter_mut().map(std::mem::take).collect()),
            None => Err(self.fault(Problem::Null)),
        }
    }

    pub(super) fn fault(&self, problem: impl Into<Problem>) -> Fault {
        Fault::new(self.declaration.name, problem)
    }

    fn clear(&mut self) {
        self.values.clear();
        self.definition.clear();
        self.repetition.clear();
        (self.bytes, self.next_value, self.next_level) = (0, 0, 0);
    }
}

impl Column<ByteArrayType> {
    pub(super) fn push_text(&mut self, text: &str) {
        self.push(bytes_of(text));
    }

    pub(super) fn push_optional_text(&mut self, text: Option<&str>) {
        self.push_optional(text.map(bytes_of));
    }

    pub(super) fn push_texts(&mut self, texts: &[String]) {
        self.push_list(texts.iter().map(|text| bytes_of(text)));
    }

    pub(super) fn take_text(&mut self) -> Result<String, Fault> {
        let bytes = self.take()?;
        self.text(&bytes)
    }

    pub(super) fn take_optional_text(&mut self) -> Result<Option<String>, Fault> {
        let bytes = self.take_optional()?;
        bytes.map(|bytes| self.text(&bytes)).transpose()
    }

    pub(super) fn take_texts(&mut self) -> Result<Vec<String>, Fault> {
        let list = self.take_list()?;
        list.iter().map(|bytes| self.text(bytes)).collect()
    }

    fn text(&self, bytes: &ByteArray) -> Result<String, Fault> {
        std::str::from_utf8(bytes.data()).map(str::to_owned).map_err(|_| self.fault(Problem::NotText))
    }
}

impl<T: Value> AnyColumn for Column<T> {
    fn name(&self) -> &'static str {
        self.declaration.name
    }

    fn declared(&self) -> String {
        let Declaration { name, kind, shape, .. } = self.declaration;
        let typed = |name: &str| format!("{} {name}{}", physical_name::<T>(), kind.annotation());
        match shape {
            Shape::One => format!("required {};", typed(name)),
            Shape::Optional => format!("optional {};", typed(name)),
            Shape::List => format!("required group {name} (LIST) {{ repeated group list {{ required {}; }} }}", typed("element")),
        }
    }

    fn configure(&self, properties: WriterPropertiesBuilder) -> WriterPropertiesBuilder {
        use parquet::basic::Encoding;
        let path = match self.declaration.shape {
            Shape::One | Shape::Optional => ColumnPath::from(self.declaration.name),
            Shape::List => ColumnPath::new([self.declaration.name, "list", "element"].map(str::to_owned).to_vec()),
        };
        match self.declaration.packing {
            Packing::Dictionary => properties.set_column_dictionary_enabled(path, true),
            Packing::Plain => properties.set_column_dictionary_enabled(path, false),
            Packing::Split => {
                properties.set_column_dictionary_enabled(path.clone(), false).set_column_encoding(path, Encoding::BYTE_STREAM_SPLIT)
            }
        }
    }

    fn bytes(&self) -> usize {
        self.bytes + (self.definition.len() + self.repetition.len()) * size_of::<i16>()
    }

    fn write(&mut self, writer: &mut SerializedColumnWriter<'_>) -> ParquetResult<()> {
        let definition = (!self.definition.is_empty()).then_some(self.definition.as_slice());
        let repetition = (!self.repetition.is_empty()).then_some(self.repetition.as_slice());
        writer.typed::<T>().write_batch(&self.values, definition, repetition)?;
        self.clear();
        Ok(())
    }

    fn find(&mut self, schema: &SchemaDescriptor) -> Result<usize, Mismatch> {
        let Declaration { name, kind, shape, .. } = self.declaration;
        let mut leaves = schema.columns().iter().enumerate();
        let Some((leaf, found)) = leaves.find(|(_, leaf)| leaf.path().parts().first().is_some_and(|first| first == name)) else {
            return Err(Mismatch::Missing);
        };
        let root = schema.get_column_root(leaf);
        let list_optional = i16::from(root.get_basic_info().repetition() == Repetition::OPTIONAL);
        let is_nested_alike = match shape {
            Shape::One | Shape::Optional => root.is_primitive() && found.max_rep_level() == 0,
            Shape::List => {
                let is_list = root.is_group() && root.get_basic_info().logical_type_ref() == Some(&LogicalType::List);
                is_list && found.path().parts().len() == 3 && found.max_rep_level() == 1
            }
        };
        if !is_nested_alike || found.physical_type() != T::get_physical_type() || !kind.is_meant_by(found.logical_type_ref()) {
            let mut printed = Vec::new();
            parquet::schema::printer::print_schema(&mut printed, root);
            let found = String::from_utf8_lossy(&printed).split_whitespace().collect::<Vec<_>>().join(" ");
            return Err(Mismatch::Type { found, expected: self.declared() });
        }
        self.levels = Levels { empty: list_optional, value: found.max_def_level() };
        Ok(leaf)
    }

    fn fill(&mut self, reader: &mut ColumnReader, rows: usize) -> ParquetResult<()> {
        self.clear();
        let reader = T::reader(reader).ok_or_else(|| ParquetError::General("the column has another type".to_owned()))?;
        let (read, _, _) = reader.read_records(rows, Some(&mut self.definition), Some(&mut self.repetition), &mut self.values)?;
        if read == rows {
            return Ok(());
        }
        Err(ParquetError::EOF(format!("{read} of {rows} rows are there")))
    }
}

impl Kind {
    fn annotation(self) -> &'static str {
        match self {
            Self::Text => " (STRING)",
            Self::Unsigned32 => " (INTEGER(32,false))",
            Self::Unsigned64 => " (INTEGER(64,false))",
            Self::Time => " (TIMESTAMP(MICROS,true))",
            Self::Float => "",
        }
    }

    fn is_meant_by(self, annotation: Option<&LogicalType>) -> bool {
        match self {
            Self::Text => matches!(annotation, None | Some(LogicalType::String)),
            Self::Unsigned32 => annotation == Some(&LogicalType::integer(32, false)),
            Self::Unsigned64 => annotation == Some(&LogicalType::integer(64, false)),
            Self::Time => annotation == Some(&LogicalType::timestamp(true, TimeUnit::MICROS)),
            Self::Float => annotation.is_none(),
        }
    }
}

fn physical_name<T: DataType>() -> &'static str {
    match T::get_physical_type() {
        PhysicalType::BYTE_ARRAY => "binary",
        PhysicalType::INT32 => "int32",
        PhysicalType::INT64 => "int64",
        PhysicalType::FLOAT => "float",
        _ => "double",
    }
}

fn bytes_of(text: &str) -> ByteArray {
    ByteArray::from(text.as_bytes().to_vec())
}

impl Value for ByteArrayType {
    fn size(value: &ByteArray) -> usize {
        size_of::<ByteArray>() + value.len()
    }

    fn reader(reader: &mut ColumnReader) -> Option<&mut ColumnReaderImpl<Self>> {
        if let ColumnReader::ByteArrayColumnReader(reader) = reader { Some(reader) } else { None }
    }
}

impl Value for Int32Type {
    fn size(_: &i32) -> usize {
        size_of::<i32>()
    }

    fn reader(reader: &mut ColumnReader) -> Option<&mut ColumnReaderImpl<Self>> {
        if let ColumnReader::Int32ColumnReader(reader) = reader { Some(reader) } else { None }
    }
}

impl Value for Int64Type {
    fn size(_: &i64) -> usize {
        size_of::<i64>()
    }

    fn reader(reader: &mut ColumnReader) -> Option<&mut ColumnReaderImpl<Self>> {
        if let ColumnReader::Int64ColumnReader(reader) = reader { Some(reader) } else { None }
    }
}

impl Value for FloatType {
    fn size(_: &f32) -> usize {
        size_of::<f32>()
    }

    fn reader(reader: &mut ColumnReader) -> Option<&mut ColumnReaderImpl<Self>> {
        if let ColumnReader::FloatColumnReader(reader) = reader { Some(reader) } else { None }
    }
}
