//! The schema, one file per version, compiled in.

use std::borrow::Cow;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{SqlSafeStr, SqlStr};

/// Every migration in order. A released file never changes: what it made is checked by its checksum.
const FILES: [(i64, &str, &str); 4] = [
    (1, "documents", include_str!("../../migrations/sqlite/0001_documents.sql")),
    (2, "ingestion", include_str!("../../migrations/sqlite/0002_ingestion.sql")),
    (3, "settings", include_str!("../../migrations/sqlite/0003_settings.sql")),
    (4, "generations", include_str!("../../migrations/sqlite/0004_generations.sql")),
];

/// The newest version of the schema.
pub(super) const NEWEST: i64 = FILES.len() as i64;

/// Makes what `sqlx::migrate!` would, without its compile-time machinery.
pub(super) fn migrator() -> Migrator {
    let migrations = FILES.into_iter().map(|(version, description, sql)| {
        let sql: SqlStr = sql.into_sql_str();
        Migration::new(version, Cow::Borrowed(description), MigrationType::Simple, sql, false)
    });
    Migrator::with_migrations(migrations.collect())
}
