//! A PostgreSQL server of the tests' own, where its programs are installed. Feature `testing`.
//!
//! ```no_run
//! # async fn test() -> std::io::Result<()> {
//! let Some(server) = ragstone_catalog::testing::shared_server().await? else { return Ok(()) };
//! let url = server.new_database().await?;
//! // `catalog.url` = url
//! # Ok(())
//! # }
//! ```

mod programs;

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use ragstone_core::JobId;
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use programs::{Account, Programs};

/// How long a server may take to answer, recovery from a crash included.
const STARTING: Duration = Duration::from_secs(60);

/// Runs the server until this process ends, however it ends: then the pipe is closed. A word through the pipe keeps the data.
const KEEPER: &str = r#"
exec 3<&0
"$1/postgres" -D "$2/data" -p "$3" -c fsync="$4" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
    -c shared_buffers=16MB -c max_connections=200 >>"$2/log" 2>&1 3<&- </dev/null &
server=$!
(
    read -r word <&3 || word=remove
    kill -QUIT "$server" 2>/dev/null
    [ "$word" = keep ] && exit
    while kill -0 "$server" 2>/dev/null; do sleep 0.05; done
    rm -rf "$2"
) &
exec 3<&-
wait "$server"
"#;

/// Whether what a server has acknowledged outlives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// For all tests but those of crashes: nothing is forced onto the disk.
    Fast,
    /// As in earnest.
    Durable,
}

/// A server on a port of the loopback interface with its data in a temporary folder; both are gone when it is dropped, or the process
/// ends.
#[derive(Debug)]
pub struct PrivateServer {
    programs: Programs,
    account: Option<Account>,
    durability: Durability,
    folder: TempDir,
    port: u16,
    password: String,
    running: Option<(Child, ChildStdin)>,
}

/// The one server of this process, with `fsync` off: for tests that have a database each. Where PostgreSQL is not installed there is
/// none, which the standard error output says.
pub async fn shared_server() -> io::Result<Option<&'static PrivateServer>> {
    static SHARED: OnceCell<Option<PrivateServer>> = OnceCell::const_new();
    Ok(SHARED.get_or_try_init(|| PrivateServer::start(Durability::Fast)).await?.as_ref())
}

impl PrivateServer {
    /// Makes and starts a server; `None` where PostgreSQL is not installed, which the standard error output says.
    pub async fn start(durability: Durability) -> io::Result<Option<Self>> {
        let Some(programs) = Programs::find() else {
            #[expect(clippy::print_stderr, reason = "what is skipped says so")]
            {
                eprintln!("skipped: PostgreSQL's programs are not installed (looked for initdb on PATH and in /usr/lib/postgresql/*/bin)");
            }
            return Ok(None);
        };
        let account = Account::for_server()?;
        let folder = tempfile::Builder::new().prefix("ragstone-postgres-").tempdir()?;
        if let Some(account) = account {
            std::os::unix::fs::chown(folder.path(), Some(account.user), Some(account.group))?;
        }
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let password = JobId::random().to_string();
        let mut server = Self { programs, account, durability, folder, port, password, running: None };
        server.initialise()?;
        server.start_again().await?;
        Ok(Some(server))
    }

    /// The URL of a database, as `catalog.url` takes it.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres:{}@127.0.0.1:{}/{database}", self.password, self.port)
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Makes an empty database and gives its URL.
    pub async fn new_database(&self) -> io::Result<String> {
        let name = format!("test_{}", JobId::random().to_string().replace('-', "_"));
        self.execute(&format!("CREATE DATABASE {name}")).await?;
        Ok(self.url(&name))
    }

    /// Runs a statement as the superuser.
    pub async fn execute(&self, statement: &str) -> io::Result<()> {
        let mut connection = PgConnection::connect(&self.url("postgres")).await.map_err(io::Error::other)?;
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement.to_owned())).execute(&mut connection).await.map_err(io::Error::other)?;
        connection.close().await.map_err(io::Error::other)
    }

    /// Kills the server as a power failure would, with whatever its clients were doing (SIGKILL).
    pub fn kill(&mut self) -> io::Result<()> {
        let pid_file = fs_err::read_to_string(self.data().join("postmaster.pid"))?;
        let process = pid_file.lines().next().unwrap_or_default();
        let killed = Command::new("kill").args(["-KILL", process]).status()?;
        if !killed.success() {
            return Err(io::Error::other(format!("process {process} of the server could not be killed")));
        }
        self.stop()
    }

    /// Ends the server and every connection to it; its data stay.
    pub fn stop(&mut self) -> io::Result<()> {
        if let Some((mut keeper, mut pipe)) = self.running.take() {
            io::Write::write_all(&mut pipe, b"keep\n")?;
            keeper.wait()?;
        }
        Ok(())
    }

    /// Starts a server that was killed or stopped, on the same port and data, and waits until it answers.
    pub async fn start_again(&mut self) -> io::Result<()> {
        let started = Instant::now();
        loop {
            self.spawn()?;
            while !self.has_ended()? {
                if self.answers().await {
                    return Ok(());
                }
                if started.elapsed() > STARTING {
                    return Err(io::Error::other(format!("the server does not answer:\n{}", self.log())));
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            // The processes of one that was killed need a moment to notice, and until then it is refused to start.
            if started.elapsed() > STARTING {
                return Err(io::Error::other(format!("the server does not start:\n{}", self.log())));
            }
            self.stop()?;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// What the server has logged.
    pub fn log(&self) -> String {
        fs_err::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn initialise(&self) -> io::Result<()> {
        let password_file = self.folder.path().join("password");
        fs_err::write(&password_file, &self.password)?;
        let mut initialise = self.command(&self.programs.folder.join("initdb"));
        initialise.args(["--no-sync", "--no-instructions", "--encoding=UTF8", "--locale=C", "--auth=scram-sha-256", "--wal-segsize=1"]);
        initialise.arg("--username=postgres").arg("--pwfile").arg(&password_file).arg("-D").arg(self.data());
        let made = initialise.stdin(Stdio::null()).output()?;
        if made.status.success() {
            return Ok(());
        }
        Err(io::Error::other(format!("initdb failed: {}", String::from_utf8_lossy(&made.stderr))))
    }

    fn spawn(&mut self) -> io::Result<()> {
        let fsync = if self.durability == Durability::Durable { "on" } else { "off" };
        let mut keeper = self.command(Path::new("/bin/sh"));
        // A signal to the tests as a group, as by Ctrl-C, must leave it there to clean up.
        keeper.process_group(0);
        keeper.args(["-c", KEEPER, "keeper"]).arg(&self.programs.folder).arg(self.folder.path()).arg(self.port.to_string()).arg(fsync);
        let mut keeper = keeper.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let pipe = keeper.stdin.take().ok_or_else(|| io::Error::other("the server's keeper has no pipe"))?;
        self.running = Some((keeper, pipe));
        Ok(())
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder.path());
        if let Some(account) = self.account {
            command.uid(account.user).gid(account.group);
        }
        command
    }

    async fn answers(&self) -> bool {
        PgConnection::connect(&self.url("postgres")).await.is_ok()
    }

    fn has_ended(&mut self) -> io::Result<bool> {
        match &mut self.running {
            Some((keeper, _)) => Ok(keeper.try_wait()?.is_some()),
            None => Ok(true),
        }
    }
}

impl Drop for PrivateServer {
    fn drop(&mut self) {
        // Closing the pipe ends the server; waiting for it lets the folder be removed.
        if let Some((mut keeper, pipe)) = self.running.take() {
            drop(pipe);
            drop(keeper.wait());
        }
    }
}
