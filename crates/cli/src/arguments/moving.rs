//! Taking collections elsewhere: `export`, `import`, `migrate`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use ragstone_core::CollectionName;

use super::Target;

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The folder to be made
    pub(crate) folder: PathBuf,
    #[command(flatten)]
    pub(crate) target: Target,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The folder of the export
    pub(crate) folder: PathBuf,
    /// The collection it becomes; without it, the name it had
    #[arg(long, short, value_name = "NAME")]
    pub(crate) collection: Option<CollectionName>,
}

#[derive(Debug, Args)]
pub(crate) struct Migrate {
    /// Where the collections are
    #[arg(long, value_enum, value_name = "STORE")]
    pub(crate) from: Side,
    /// Where they are to be; what is there already stays, so that the same command goes on where it was cut off
    #[arg(long, value_enum, value_name = "STORE")]
    pub(crate) to: Side,
    /// Only this collection; may be repeated
    #[arg(long = "collection", short, value_name = "NAME")]
    pub(crate) collections: Vec<CollectionName>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Side {
    /// The data folder
    Edge,
    /// The server at `store.url`, with the catalog at `catalog.url` if that is set
    Qdrant,
}
