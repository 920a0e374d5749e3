//! For each world, a database of a PostgreSQL that all tests share, and a bucket of its own.
#![allow(dead_code, reason = "each programme uses what it needs")]

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use vigie_mailbox::mailbox::{Address, Place};

use bucket::{BUCKET, Bucket};

#[path = "bucket.rs"]
pub mod bucket;

/// Where Debian puts PostgreSQL, a folder for each version.
const VERSIONS: &str = "/usr/lib/postgresql";

/// What a world stands on, gone with it.
pub struct Ground {
    database: String,
    bucket: Arc<Bucket>,
}

impl Ground {
    pub fn fresh() -> Ground {
        Ground {
            database: CLUSTER.database(&[]),
            bucket: Arc::new(Bucket::fresh()),
        }
    }

    /// Whether there is a PostgreSQL on this machine.
    pub fn is_possible() -> bool {
        Cluster::binaries().is_some()
    }

    pub fn place(&self) -> Place {
        Place::Servers {
            database: Address(self.database()),
            bucket: self.bucket.store.clone(),
        }
    }

    /// The database's address.
    pub fn database(&self) -> String {
        let folder = CLUSTER.folder.display();
        format!("postgres://vigie@localhost/{}?host={folder}", self.database)
    }

    /// The bucket as another process finds it: its address, and the settings beside it.
    pub fn bucket(&self) -> (&'static str, &[(String, String)]) {
        (BUCKET, &self.bucket.settings)
    }

    /// How many bundles are kept or under way, as far as the bucket shows.
    pub fn bundles(&self) -> usize {
        let root = self.bucket.root();
        let under_way = fs::read_dir(root)
            .expect("the bucket's files")
            .filter(|entry| {
                let name = entry.as_ref().expect("a file").file_name();
                name.to_string_lossy().starts_with(".upload-")
            });
        let kept = fs::read_dir(root.join("letters/vigie/bundles"));
        under_way.count() + kept.map_or(0, Iterator::count)
    }

    /// Whether these words stand in any row.
    pub fn holds(&self, words: &[u8]) -> bool {
        let rows = CLUSTER.command("pg_dump").arg(&self.database).output();
        let rows = String::from_utf8(rows.expect("the rows").stdout).expect("text");
        assert!(rows.contains("epoch"), "not the rows: {rows}");
        let hex: String = words.iter().map(|byte| format!("{byte:02x}")).collect();
        rows.contains(&hex) || rows.contains(&*String::from_utf8_lossy(words))
    }

    /// From now on, nobody serves the bucket.
    pub fn cut_the_bucket(&self) {
        self.bucket.cut();
    }

    /// Where the bucket's files are.
    pub fn sealed(&self) -> PathBuf {
        self.bucket.files()
    }

    /// Does something to the rows, as no server does.
    pub fn change_rows(&self, sql: &'static str) {
        let changed = CLUSTER
            .command("psql")
            .args([&self.database, "-v", "ON_ERROR_STOP=1", "-c", sql])
            .output();
        let changed = changed.expect("psql");
        let said = String::from_utf8_lossy(&changed.stdout);
        assert!(
            changed.status.success() && !said.contains(" 0\n"),
            "{changed:?}"
        );
    }

    /// Ends every line to the database, as its restart does.
    pub fn cut_the_database(&self) {
        let end = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'",
            self.database
        );
        let ended = CLUSTER
            .command("psql")
            .args(["postgres", "-c", &end])
            .output();
        let ended = ended.expect("psql");
        assert!(ended.status.success(), "{ended:?}");
    }

    /// Stops PostgreSQL as a loss of power does, for whoever uses it, and starts it again.
    pub fn restart_the_database() {
        let data = CLUSTER.folder.join("data");
        let log = CLUSTER.folder.join("log");
        let restarted = as_postgres(&CLUSTER.binaries.join("pg_ctl"))
            .arg("--pgdata")
            .arg(data)
            .arg("--log")
            .arg(log)
            .args(["--silent", "--wait", "--mode=immediate", "restart"])
            .current_dir("/tmp")
            .status();
        assert!(restarted.expect("pg_ctl").success());
    }

    /// A backup of the database, taken while nobody serves it. The bucket is never set back: nothing in it is erased.
    pub fn copy(&self) -> Ground {
        Ground {
            database: CLUSTER.database(&["--template", &self.database]),
            bucket: self.bucket.clone(),
        }
    }
}

/// Hundreds of databases of 8 MB each would fill a disk.
impl Drop for Ground {
    fn drop(&mut self) {
        // Whatever stays is erased with the cluster.
        let _ = CLUSTER
            .command("dropdb")
            .args(["--force", &self.database])
            .output();
    }
}

/// A PostgreSQL that ends, and is erased, when this programme ends.
struct Cluster {
    binaries: PathBuf,
    folder: PathBuf,
    /// Its standard input is open as long as we are.
    _keeper: Child,
}

static CLUSTER: LazyLock<Cluster> = LazyLock::new(Cluster::start);

/// Makes a cluster, starts it, says where it is, and waits for the end of its input. Ctrl-C is meant for the tests, whose end
/// ends it too. Processes are killed, the machine is not: without `fsync`, what was committed outlives them all the same, and a start
/// after a crash takes no seconds.
const KEEPER: &str = r#"
    set -e
    trap "" INT TERM
    folder=$(mktemp -d /tmp/vigie-postgres-XXXXXX)
    trap 'rm -rf "$folder"' EXIT
    "$0/initdb" --pgdata="$folder/data" --username=vigie --auth=trust --encoding=UTF8 --locale=C --no-sync >"$folder/log"
    "$0/pg_ctl" --pgdata="$folder/data" --log="$folder/log" --silent --wait start \
        --options="-c listen_addresses= -c unix_socket_directories=$folder -c max_connections=300 -c fsync=off -c max_wal_size=64MB"
    echo "$folder"
    cat >/dev/null
    "$0/pg_ctl" --pgdata="$folder/data" --silent --mode=immediate stop
"#;

impl Cluster {
    fn start() -> Cluster {
        let binaries = Cluster::binaries()
            .expect("PostgreSQL is missing: apt-get install postgresql, or leave these tests out by `--test folder`");
        let mut keeper = as_postgres(Path::new("sh"))
            .args(["-c", KEEPER])
            .arg(&binaries)
            .current_dir("/tmp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("PostgreSQL");
        let mut folder = String::new();
        BufReader::new(keeper.stdout.take().expect("its output"))
            .read_line(&mut folder)
            .expect("where it is");
        assert!(!folder.is_empty(), "PostgreSQL did not start");
        Cluster {
            binaries,
            folder: folder.trim().into(),
            _keeper: keeper,
        }
    }

    fn binaries() -> Option<PathBuf> {
        fs::read_dir(VERSIONS)
            .into_iter()
            .flatten()
            .map(|version| version.expect("a version").path().join("bin"))
            .find(|folder| folder.join("initdb").exists())
    }

    fn command(&self, programme: &str) -> Command {
        let mut command = Command::new(self.binaries.join(programme));
        command
            .arg("--username=vigie")
            .arg("--host")
            .arg(&self.folder);
        command
    }

    /// Makes another database, and says its name.
    fn database(&self, how: &[&str]) -> String {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let name = format!("mailbox_{}", MADE.fetch_add(1, Ordering::Relaxed));
        let made = self.command("createdb").args(how).arg(&name).output();
        let made = made.expect("createdb");
        assert!(made.status.success(), "{made:?}");
        name
    }
}

/// PostgreSQL refuses to be started by root.
fn as_postgres(programme: &Path) -> Command {
    let is_root = Command::new("id").arg("-u").output().expect("who we are");
    if is_root.stdout != b"0\n" {
        return Command::new(programme);
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=postgres", "--regid=postgres", "--clear-groups"])
        .arg(programme);
    command
}
