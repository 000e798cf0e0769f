//! Changes one column of a Parquet file, or its schema.

use std::path::Path;
use std::sync::Arc;

use fs_err as fs;
use parquet::column::reader::ColumnReader;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use parquet::schema::printer::print_schema;

/// A column's values, without the nulls, and their levels.
pub(crate) struct Cells {
    values: Values,
    definition: Vec<i16>,
    repetition: Vec<i16>,
}

enum Values {
    Bytes(Vec<ByteArray>),
    Integers(Vec<i32>),
    Longs(Vec<i64>),
    Floats(Vec<f32>),
}

impl Cells {
    pub(crate) fn floats(&mut self) -> &mut Vec<f32> {
        let Values::Floats(floats) = &mut self.values else { panic!("these are no floats") };
        floats
    }

    pub(crate) fn integers(&mut self) -> &mut Vec<i32> {
        let Values::Integers(integers) = &mut self.values else { panic!("these are no integers") };
        integers
    }

    pub(crate) fn longs(&mut self) -> &mut Vec<i64> {
        let Values::Longs(longs) = &mut self.values else { panic!("these are no longs") };
        longs
    }

    pub(crate) fn set_text(&mut self, at: usize, text: &str) {
        self.set_bytes(at, text.as_bytes());
    }

    pub(crate) fn set_bytes(&mut self, at: usize, bytes: &[u8]) {
        self.bytes()[at] = ByteArray::from(bytes.to_vec());
    }

    /// Puts the value before it in place of one.
    pub(crate) fn repeat(&mut self, at: usize) {
        let bytes = self.bytes();
        bytes[at] = bytes[at - 1].clone();
    }

    /// Takes the last value out of the last list that has any.
    pub(crate) fn shorten_last(&mut self) {
        self.floats().pop();
        let last = self.definition.iter().rposition(|level| *level == 1).unwrap();
        if self.repetition[last] == 0 {
            self.definition[last] = 0;
        } else {
            self.definition.remove(last);
            self.repetition.remove(last);
        }
    }

    fn bytes(&mut self) -> &mut Vec<ByteArray> {
        let Values::Bytes(bytes) = &mut self.values else { panic!("these are no bytes") };
        bytes
    }
}

/// Writes a file anew, with another schema, and with other values in the column of this name.
pub(crate) fn rewrite(path: &Path, schema: impl FnOnce(&str) -> String, column: &str, edit: impl Fn(&mut Cells)) {
    let mut files: Vec<(Vec<Cells>, Vec<String>)> = Vec::new();
    let file = SerializedFileReader::new(fs::File::open(path).unwrap().into_file()).unwrap();
    let mut printed = Vec::new();
    print_schema(&mut printed, file.metadata().file_metadata().schema());
    let printed = String::from_utf8(printed).unwrap();
    let changed = schema(&printed);
    for number in 0..file.num_row_groups() {
        let group = file.get_row_group(number).unwrap();
        let rows = usize::try_from(group.metadata().num_rows()).unwrap();
        let names: Vec<String> = group.metadata().columns().iter().map(|column| column.column_path().parts()[0].clone()).collect();
        let columns = (0..names.len()).map(|leaf| read(group.get_column_reader(leaf).unwrap(), rows)).collect();
        files.push((columns, names));
    }
    drop(file);
    let schema = Arc::new(parse_message_type(&changed).unwrap());
    let mut writer = SerializedFileWriter::new(fs::File::create(path).unwrap(), schema, Default::default()).unwrap();
    for (columns, names) in &mut files {
        let mut group = writer.next_row_group().unwrap();
        for (cells, name) in columns.iter_mut().zip(names) {
            if name == column {
                edit(cells);
            }
            let mut writer = group.next_column().unwrap().unwrap();
            write(writer.untyped(), cells);
            writer.close().unwrap();
        }
        group.close().unwrap();
    }
    writer.close().unwrap();
}

fn read(reader: ColumnReader, rows: usize) -> Cells {
    macro_rules! read {
        ($reader:ident, $kind:ident) => {{
            let (mut values, mut definition, mut repetition) = (Vec::new(), Vec::new(), Vec::new());
            let mut reader = $reader;
            reader.read_records(rows, Some(&mut definition), Some(&mut repetition), &mut values).unwrap();
            Cells { values: Values::$kind(values), definition, repetition }
        }};
    }
    match reader {
        ColumnReader::ByteArrayColumnReader(reader) => read!(reader, Bytes),
        ColumnReader::Int32ColumnReader(reader) => read!(reader, Integers),
        ColumnReader::Int64ColumnReader(reader) => read!(reader, Longs),
        ColumnReader::FloatColumnReader(reader) => read!(reader, Floats),
        _ => panic!("no table has such a column"),
    }
}

fn write(writer: &mut ColumnWriter<'_>, cells: &Cells) {
    let definition = (!cells.definition.is_empty()).then_some(cells.definition.as_slice());
    let repetition = (!cells.repetition.is_empty()).then_some(cells.repetition.as_slice());
    match (writer, &cells.values) {
        (ColumnWriter::ByteArrayColumnWriter(writer), Values::Bytes(values)) => writer.write_batch(values, definition, repetition),
        (ColumnWriter::Int32ColumnWriter(writer), Values::Integers(values)) => writer.write_batch(values, definition, repetition),
        (ColumnWriter::Int64ColumnWriter(writer), Values::Longs(values)) => writer.write_batch(values, definition, repetition),
        (ColumnWriter::FloatColumnWriter(writer), Values::Floats(values)) => writer.write_batch(values, definition, repetition),
        _ => panic!("the column has another type now"),
    }
    .unwrap();
}
