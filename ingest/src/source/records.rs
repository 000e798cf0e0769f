//! Tables whose rows are documents: JSON lines, CSV and TSV.

mod map;
mod table;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use fs_err as fs;
use serde::{Deserialize, Serialize};

pub use self::map::RecordMap;
use self::table::{Row, Table};
use super::{OpenedSource, SourceConfig, SourceItem};
use crate::{IngestError, SourceError};

/// Files of records. A record's source is `path#id`, or `path#line` where records have no id.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordsSource {
    /// Files whose names end in `.jsonl`, `.ndjson`, `.csv` or `.tsv`.
    pub paths: Vec<PathBuf>,
    /// Which column is what.
    #[serde(default)]
    pub map: RecordMap,
}

impl RecordsSource {
    pub(super) fn title(&self) -> String {
        self.paths.iter().map(|path| path.to_string_lossy()).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn scope(&self) -> Vec<String> {
        self.paths.iter().filter_map(|path| fs::canonicalize(path).ok()).map(|path| scope_of(&path)).collect()
    }

    pub(super) fn open(&self, config: &SourceConfig, prune: bool) -> Result<OpenedSource, IngestError> {
        if self.paths.is_empty() {
            return Err(SourceError::NoPaths.into());
        }
        let mut tables = Vec::new();
        let mut prunable_roots = Vec::new();
        for path in &self.paths {
            let path = fs::canonicalize(path).map_err(|source| match source.kind() {
                std::io::ErrorKind::NotFound => IngestError::PathNotFound { path: path.clone() },
                _ => IngestError::Unreadable { path: path.clone(), source },
            })?;
            let table = Table::open(&path, config.max_file_bytes)?;
            if let Some(columns) = table.columns() {
                self.map.ensure_among(columns)?;
            }
            prunable_roots.push(scope_of(&path));
            tables.push(Records { table, scope: scope_of(&path), map: self.map.clone(), prune, unidentified: false });
        }
        Ok(OpenedSource { items: Box::new(tables.into_iter().flatten()), total: None, prunable_roots })
    }
}

fn scope_of(path: &Path) -> String {
    format!("{}#", path.display())
}

/// The documents of one table.
struct Records {
    table: Table,
    scope: String,
    map: RecordMap,
    prune: bool,
    /// Whether a record was unreadable of which nobody knows which it was.
    unidentified: bool,
}

impl Iterator for Records {
    type Item = SourceItem;

    fn next(&mut self) -> Option<SourceItem> {
        let Some(row) = self.table.next() else {
            let is_incomplete = std::mem::take(&mut self.unidentified) && self.prune;
            let reason = "records could not be read, and nobody knows which they were";
            return is_incomplete.then(|| SourceItem::failed(&self.scope, SourceError::Incomplete { reason }));
        };
        Some(self.item(row))
    }
}

impl Records {
    fn item(&mut self, row: Row) -> SourceItem {
        let Row { line, values } = row;
        let values = match values {
            Ok(values) => values,
            Err(error) => {
                self.unidentified = true;
                return SourceItem::failed(format!("{}{line}", self.scope), error);
            }
        };
        let id = match self.map.id_of(line, &values) {
            Ok(id) => id,
            Err(error) => {
                self.unidentified = true;
                return SourceItem::failed(format!("{}{line}", self.scope), error);
            }
        };
        let source = format!("{}{id}", self.scope);
        match self.map.document(&source, line, values) {
            Ok(document) => SourceItem::Document(document),
            Err(error) => SourceItem::failed(source, error),
        }
    }
}
