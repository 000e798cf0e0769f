//! Where PostgreSQL's programs are, and as whom they run.

use std::env;
use std::io;
use std::path::PathBuf;
use std::process::Command;

/// The folder of the server's programs.
#[derive(Debug, Clone)]
pub(super) struct Programs {
    pub(super) folder: PathBuf,
}

impl Programs {
    /// On `PATH`, else the newest where Debian keeps them.
    pub(super) fn find() -> Option<Self> {
        let on_path = env::var_os("PATH").into_iter().flat_map(|path| env::split_paths(&path).collect::<Vec<_>>());
        let mut installed: Vec<_> = fs_err::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().collect();
        installed.sort_by_key(|version| version.file_name().to_string_lossy().parse::<u32>().unwrap_or_default());
        let installed = installed.into_iter().rev().map(|version| version.path().join("bin"));
        let folder = on_path.chain(installed).find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())?;
        // A link on PATH leads to the folder where the rest of the installation is found.
        let initdb = fs_err::canonicalize(folder.join("initdb")).ok()?;
        Some(Self { folder: initdb.parent()?.to_owned() })
    }
}

/// A user of this machine.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account {
    pub(super) user: u32,
    pub(super) group: u32,
}

impl Account {
    /// The server refuses to run as root, and then runs as another; everybody else runs it as himself.
    pub(super) fn for_server() -> io::Result<Option<Self>> {
        if number(&["-u"])? != 0 {
            return Ok(None);
        }
        for name in ["postgres", "nobody"] {
            if let (Ok(user), Ok(group)) = (number(&["-u", name]), number(&["-g", name])) {
                return Ok(Some(Self { user, group }));
            }
        }
        Err(io::Error::other("the server does not run as root, and this machine has neither a user `postgres` nor `nobody`"))
    }
}

fn number(arguments: &[&str]) -> io::Result<u32> {
    let output = Command::new("id").args(arguments).output()?;
    String::from_utf8_lossy(&output.stdout).trim().parse().map_err(io::Error::other)
}
