//! How often a lock was taken: what tells whoever lost it whether another had it since.

use ragstone_core::Sharing;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};

/// A lock's counters, when its holder took it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turns {
    /// By anybody.
    taken: i64,
    /// By those who wanted to be alone.
    alone: i64,
}

impl Turns {
    /// Counts whoever holds the lock now.
    pub(super) async fn take(connection: &mut PgConnection, key: &str, sharing: Sharing) -> sqlx::Result<Self> {
        let row = sqlx::query(
            "INSERT INTO lock_turns (name, taken, alone) VALUES ($1, 1, $2)
             ON CONFLICT (name) DO UPDATE SET taken = lock_turns.taken + 1, alone = lock_turns.alone + excluded.alone
             RETURNING taken, alone",
        )
        .bind(key)
        .bind(i64::from(sharing == Sharing::Alone))
        .fetch_one(connection)
        .await?;
        Self::from_row(&row)
    }

    pub(super) async fn read(connection: &mut PgConnection, key: &str) -> sqlx::Result<Self> {
        let row = sqlx::query("SELECT taken, alone FROM lock_turns WHERE name = $1").bind(key).fetch_one(connection).await?;
        Self::from_row(&row)
    }

    /// Whether nobody from whom the lock keeps its holder had it until `now`.
    pub(super) fn is_undisturbed(self, now: Self, sharing: Sharing) -> bool {
        match sharing {
            Sharing::Shared => self.alone == now.alone,
            Sharing::Alone => self.taken == now.taken,
        }
    }

    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self { taken: row.try_get("taken")?, alone: row.try_get("alone")? })
    }
}
