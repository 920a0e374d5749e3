//! The office's folder on this computer: sealed files only.
//!
//! ```text
//! docs/<sha256>.age      missions and invites, sealed for the office
//! aside/<sha256>.age     documents that do not open here, or that the office did not sign; tried again at each fetch
//! bundles/<sha256>.age   what devices sent, exactly as it came
//! erased/<sha256>.age    what is left of such a bundle after a purge, sealed anew for the office, under the bundle's name
//! state.age              how far the feed was read, who enrolled, which receipts were given; sealed for the office
//! ```
//! A file is written beside its place, forced to the disk and renamed. Whoever takes the folder without the office key
//! learns sizes and times.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use serde::{Deserialize, Serialize};
use vigie_exchange::{
    api::{EnrolledItem, Epoch, Hex, MemberItem},
    request::body_hash,
};
use vigie_journal::{Bundle, Journal};
use vigie_model::{BundleId, MissionId, OpId, Timestamp};
use vigie_office::{
    OfficeDoc, OfficeKeys, Registry, Seen, Verdict,
    due::{DocId, Due},
    import,
    import::Reception,
};
use vigie_seal::{OpenError, envelope};
use zeroize::Zeroizing;

use crate::{failure::Failure, progress};

/// The largest `state.age` that is opened.
const STATE_BYTES: usize = 256 * 1024 * 1024;

/// The office's folder.
pub struct Folder {
    root: PathBuf,
}

/// What the office remembers between two commands.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The last item read of the server's feed.
    pub cursor: u64,
    /// The last document read of the server's.
    pub docs_after: u64,
    /// Every enrolment that the server told, believed or not: one may make sense once a document has come.
    pub enrolled: Vec<EnrolledItem>,
    /// What devices said is sealed for them.
    pub members: Vec<MemberItem>,
    /// By which card a bundle was sealed for its mission's other people, as the server says.
    pub team: BTreeMap<BundleId, u32>,
    /// Bundles that the server told of and could not give.
    pub missing: BTreeSet<BundleId>,
    /// The bundles whose receipt was given.
    pub receipted: BTreeSet<BundleId>,
    /// When each bundle of the folder came; of one from before this was written down, its file's time counts.
    pub received: BTreeMap<BundleId, Reception>,
    /// The accepted ones, in that order: what came first settles what a record is.
    pub accepted: Vec<BundleId>,
    /// Those of which it was not seen yet what their missions' people are to be given.
    pub ungiven: BTreeSet<BundleId>,
    /// The life of the server's database that those numbers are of.
    pub epoch: Option<Epoch>,
    /// What the server is to be told.
    pub due: Due,
    /// How many purges there were when `searched` began.
    pub purges: usize,
    /// The bundles in which nothing is left of what those purges name.
    pub searched: BTreeSet<BundleId>,
    /// No document without the office's signature is believed any more.
    pub docs_signed: bool,
}

impl Folder {
    pub fn open(root: &Path) -> Result<Folder, Failure> {
        for sub in ["docs", "aside", "bundles", "erased"] {
            let folder = root.join(sub);
            fs::create_dir_all(&folder).map_err(|source| Failure::File {
                path: folder,
                source,
            })?;
        }
        Ok(Folder {
            root: root.to_owned(),
        })
    }

    pub fn state(&self, keys: &OfficeKeys) -> Result<State, Failure> {
        let path = self.root.join("state.age");
        let sealed = match fs::read(&path) {
            Ok(sealed) => sealed,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(State::default()),
            Err(source) => return Err(Failure::File { path, source }),
        };
        let plain = envelope::open(&sealed, &keys.identity, STATE_BYTES).map(Zeroizing::new);
        let state = match plain {
            Err(OpenError::NotForUs(_)) => return Err(Failure::NotOurs(path)),
            Err(_) => None,
            Ok(plain) => serde_json::from_slice(&plain).ok(),
        };
        if let Some(state) = state {
            return Ok(state);
        }
        // What it said comes again from the server: everything may be read and said any number of times.
        let aside = self.root.join("state.age.damaged");
        eprintln!(
            "vigie: {} can't be read; it is kept as {}, and the server is read from the beginning",
            path.display(),
            aside.display()
        );
        fs::rename(&path, &aside).map_err(|source| Failure::File { path, source })?;
        Ok(State::default())
    }

    pub fn keep_state(&self, keys: &OfficeKeys, state: &State) -> Result<(), Failure> {
        let plain =
            Zeroizing::new(serde_json::to_vec(state).expect("ids and numbers always serialise"));
        let sealed =
            envelope::seal(&plain, &[keys.recipient()]).expect("one recipient: the office");
        keep(&self.root.join("state.age"), &sealed)
    }

    /// Keeps a sealed document, named by its hash.
    pub fn keep_doc(&self, sealed: &[u8]) -> Result<(), Failure> {
        keep(
            &self
                .root
                .join("docs")
                .join(format!("{}.age", Hex(body_hash(sealed)))),
            sealed,
        )
    }

    fn doc_path(&self, sub: &str, id: &DocId) -> PathBuf {
        self.root.join(sub).join(format!("{id}.age"))
    }

    /// The sealed bytes of a document that is here.
    pub fn doc(&self, id: &DocId) -> Result<Option<Vec<u8>>, Failure> {
        let path = self.doc_path("docs", id);
        match fs::read(&path) {
            Ok(sealed) => Ok(Some(sealed)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(Failure::File { path, source }),
        }
    }

    pub fn remove_doc(&self, id: &DocId) -> Result<(), Failure> {
        remove(&self.doc_path("docs", id))
    }

    /// Every document that opens, with its id.
    pub fn docs(&self, keys: &OfficeKeys) -> Result<Vec<(DocId, OfficeDoc)>, Failure> {
        let mut docs = Vec::new();
        for path in files(&self.root.join("docs"))? {
            if let (Some(id), Ok(opened)) = (id_of(&path), OfficeDoc::open(&read(&path)?, keys)) {
                docs.push((id, opened.doc));
            }
        }
        Ok(docs)
    }

    /// Keeps a document that is not believed, or not understood, apart.
    pub fn put_aside(&self, sealed: &[u8]) -> Result<(), Failure> {
        keep(&self.doc_path("aside", &Hex(body_hash(sealed))), sealed)
    }

    /// Those put aside.
    pub fn aside(&self) -> Result<Vec<(DocId, Vec<u8>)>, Failure> {
        let mut docs = Vec::new();
        for path in files(&self.root.join("aside"))? {
            if let Some(id) = id_of(&path) {
                docs.push((id, read(&path)?));
            }
        }
        Ok(docs)
    }

    pub fn take_from_aside(&self, id: &DocId) -> Result<(), Failure> {
        remove(&self.doc_path("aside", id))
    }

    pub fn keep_bundle(&self, sealed: &[u8]) -> Result<(), Failure> {
        keep(
            &self.bundle_path(&vigie_seal::envelope::bundle_id(sealed)),
            sealed,
        )
    }

    pub fn has_bundle(&self, bundle: &BundleId) -> bool {
        self.bundle_path(bundle).exists() || self.erased_path(bundle).exists()
    }

    fn bundle_path(&self, bundle: &BundleId) -> PathBuf {
        self.root.join("bundles").join(format!("{bundle}.age"))
    }

    fn erased_path(&self, bundle: &BundleId) -> PathBuf {
        self.root.join("erased").join(format!("{bundle}.age"))
    }

    /// Puts what is left of each bundle in its place, where something in it was purged. One that was refused, and holds what
    /// was erased of another, goes whole.
    fn erase(&self, keys: &OfficeKeys, opened: &Opened, state: &mut State) -> Result<(), Failure> {
        if state.purges != opened.purges {
            state.searched.clear();
            state.purges = opened.purges;
        }
        if opened.purges == 0 {
            return Ok(());
        }
        for (path, verdict) in &opened.verdicts {
            let bundle = verdict.bundle();
            if !state.searched.insert(bundle) {
                continue;
            }
            let (sealed, limit) = (read(path)?, import::OPEN_BYTES);
            let Some(left) = import::without_purged(&sealed, keys, limit, &opened.journal) else {
                continue;
            };
            let erased = self.erased_path(&bundle);
            if !verdict.is_refused() {
                keep(&erased, &left)?;
            }
            if *path != erased {
                remove(path)?;
            }
        }
        Ok(())
    }

    /// Missions, invites and devices, from the documents here and the enrolments told so far. A document that does not
    /// open is said, and stops nothing.
    pub fn registry(&self, keys: &OfficeKeys, state: &State) -> Result<Registry, Failure> {
        let mut registry = Registry::default();
        for path in files(&self.root.join("docs"))? {
            match OfficeDoc::open(&read(&path)?, keys) {
                Ok(opened) => registry.insert(opened.doc),
                Err(error) => eprintln!("vigie: {}: {error}", path.display()),
            }
        }
        for item in &state.enrolled {
            if let Err(error) = registry.enrolled(item) {
                eprintln!(
                    "vigie: enrolment of device {}: {error}",
                    short(&item.device.to_string())
                );
            }
        }
        for item in &state.members {
            registry.said(item);
        }
        Ok(registry)
    }

    /// The mission of a bundle that was accepted, and its changes; `None` when nothing is left of it to be given on.
    pub fn changes_of(
        &self,
        bundle: &BundleId,
        keys: &OfficeKeys,
    ) -> Result<Option<(MissionId, Vec<OpId>)>, Failure> {
        let path = self.bundle_path(bundle);
        if !path.exists() {
            return Ok(None);
        }
        let plain = envelope::open(&read(&path)?, &keys.identity, import::OPEN_BYTES);
        let read = plain.ok().map(Zeroizing::new);
        let read = read.and_then(|plain| Bundle::read(&plain).ok());
        Ok(read.map(|(bundle, _)| (bundle.mission, bundle.ids().to_vec())))
    }

    /// Opens every bundle of the folder, those first that were accepted before, in the same order. What is refused is told
    /// by its verdict and left where it is.
    pub fn journal(
        &self,
        keys: &OfficeKeys,
        registry: &Registry,
        state: &mut State,
    ) -> Result<Opened, Failure> {
        let erased = files(&self.root.join("erased"))?;
        let is_erased: BTreeSet<BundleId> = erased.iter().filter_map(|path| id_of(path)).collect();
        let mut paths = Vec::new();
        for path in files(&self.root.join("bundles"))?.into_iter().chain(erased) {
            let bundle: Option<BundleId> = id_of(&path);
            let is_left = bundle.is_some_and(|bundle| path == self.erased_path(&bundle));
            if !is_left && bundle.is_some_and(|bundle| is_erased.contains(&bundle)) {
                // A cut left it where what is left of it was kept already.
                remove(&path)?;
                continue;
            }
            let received = match bundle.and_then(|bundle| state.received.get(&bundle)) {
                Some(received) => *received,
                None => Reception::carried(modified(&path)?),
            };
            paths.push((bundle.filter(|_| is_left), bundle, received, path));
        }
        let place: HashMap<BundleId, usize> = state
            .accepted
            .iter()
            .enumerate()
            .map(|(place, bundle)| (*bundle, place))
            .collect();
        paths.sort_by_cached_key(|(_, bundle, received, path)| {
            let place = bundle.and_then(|bundle| place.get(&bundle));
            (
                place.copied().unwrap_or(usize::MAX),
                received.here,
                path.clone(),
            )
        });
        let bar = progress::bar(paths.len(), "opening");
        let mut opened = Opened {
            journal: registry.journal(),
            seen: Seen::default(),
            verdicts: Vec::new(),
            purges: registry.purges().len(),
        };
        for (left, bundle, received, path) in paths {
            bar.inc(1);
            let sealed = match read(&path) {
                Ok(sealed) => sealed,
                Err(failure) => {
                    eprintln!("vigie: {failure}");
                    continue;
                }
            };
            let verdict = match (left, bundle) {
                (Some(bundle), _) => {
                    let again = opened.again(bundle, &sealed, keys, received, state);
                    Some(again).filter(|again| !again.is_refused())
                }
                (None, Some(bundle)) if envelope::bundle_id(&sealed) != bundle => None,
                (None, _) => Some(opened.import(&sealed, keys, registry, received, state)),
            };
            if let Some(verdict) = verdict {
                opened.verdicts.push((path, verdict));
                continue;
            }
            // Damaged on this disk: the server is asked again.
            eprintln!("vigie: {}: damaged here", path.display());
            state.missing.extend(bundle);
            if left.is_some() {
                remove(&path)?;
            }
        }
        bar.finish_and_clear();
        self.erase(keys, &opened, state)?;
        Ok(opened)
    }
}

/// The bundles of the folder, opened.
pub struct Opened {
    pub journal: Journal,
    pub seen: Seen,
    pub verdicts: Vec<(PathBuf, Verdict)>,
    /// How many purges they were held against.
    purges: usize,
}

impl Opened {
    /// Opens, checks and merges one file, and notes in `state` what was accepted, in that order.
    pub fn import(
        &mut self,
        sealed: &[u8],
        keys: &OfficeKeys,
        registry: &Registry,
        received: Reception,
        state: &mut State,
    ) -> Verdict {
        let bundle = envelope::bundle_id(sealed);
        if state.accepted.contains(&bundle) && !self.seen.contains(&bundle) {
            return self.again(bundle, sealed, keys, received, state);
        }
        let (journal, seen) = (&mut self.journal, &mut self.seen);
        let limit = import::OPEN_BYTES;
        let verdict = import::import(sealed, keys, registry, limit, received, journal, seen);
        note(&verdict, received, state);
        verdict
    }

    /// Merges what was accepted before as `bundle`.
    fn again(
        &mut self,
        bundle: BundleId,
        sealed: &[u8],
        keys: &OfficeKeys,
        received: Reception,
        state: &mut State,
    ) -> Verdict {
        let (journal, seen) = (&mut self.journal, &mut self.seen);
        let limit = import::OPEN_BYTES;
        let verdict = import::again(bundle, sealed, keys, limit, received, journal, seen);
        note(&verdict, received, state);
        verdict
    }
}

/// Notes what was accepted, in that order.
fn note(verdict: &Verdict, received: Reception, state: &mut State) {
    if let Verdict::Accepted { bundle, .. } = verdict {
        state.received.insert(*bundle, received);
        if !state.accepted.contains(bundle) {
            state.accepted.push(*bundle);
            state.ungiven.insert(*bundle);
        }
    }
}

/// The first eight characters of an id: enough for a person to compare.
pub fn short(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}

fn remove(path: &Path) -> Result<(), Failure> {
    fs::remove_file(path).map_err(|source| Failure::File {
        path: path.to_owned(),
        source,
    })
}

pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|source| Failure::File {
        path: path.to_owned(),
        source,
    })
}

/// The id that a file is named by.
fn id_of<T: std::str::FromStr>(path: &Path) -> Option<T> {
    path.file_stem()?.to_str()?.parse().ok()
}

/// When a file was written.
fn modified(path: &Path) -> Result<Timestamp, Failure> {
    let modified = fs::metadata(path).and_then(|data| data.modified());
    let modified = modified.map_err(|source| Failure::File {
        path: path.to_owned(),
        source,
    })?;
    let since = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(Timestamp(
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
    ))
}

/// The files right in a folder, by name.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let bad = |source| Failure::File {
        path: folder.to_owned(),
        source,
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(bad)? {
        let path = entry.map_err(bad)?.path();
        if path.is_file() && path.extension().is_some_and(|extension| extension == "age") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The files named, and those anywhere under the folders named, by name.
pub fn gather(given: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for path in given {
        if path.is_dir() {
            let bad = |source| Failure::File {
                path: path.clone(),
                source,
            };
            let mut inside = Vec::new();
            for entry in fs::read_dir(path).map_err(bad)? {
                inside.push(entry.map_err(bad)?.path());
            }
            inside.sort();
            found.extend(gather(&inside)?);
        } else {
            found.push(path.clone());
        }
    }
    Ok(found)
}

/// Writes a file that only its owner may read: all of it or nothing, durably.
pub fn keep(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let write = || -> io::Result<()> {
        let mut beside = tempfile::NamedTempFile::new_in(folder)?;
        beside.write_all(bytes)?;
        beside.as_file().sync_all()?;
        beside.persist(path)?;
        #[cfg(unix)]
        File::open(folder)?.sync_all()?;
        Ok(())
    };
    write().map_err(|source| Failure::File {
        path: path.to_owned(),
        source,
    })
}
