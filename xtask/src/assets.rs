//! What was bundled into `dist/`, made ready to be served and to work with no network: the service worker's list of files by
//! content hash, and every file compressed once, here, rather than at each request.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use vigie_words::Part;

use crate::folders::{files_under, root};

/// The service worker's own name: never in its own list, never kept by the browser without asking.
const SERVICE_WORKER: &str = "sw.js";
/// The one of a partner's page, made from the same source.
const PARTNERS: &str = "q-sw.js";

/// One file of `dist/`.
#[derive(Debug, Clone)]
pub struct Asset {
    /// From the root of the site, with `/` first.
    pub path: String,
    /// SHA-256 of the bytes, hex.
    pub digest: String,
    pub bytes: u64,
    /// Size as brotli sends it, or plain where compressing gains nothing.
    pub brotli: u64,
    /// Fetched when the app is installed; otherwise at its first use, by the few who need it.
    pub shell: bool,
    /// Whether a partner's page needs it.
    pub partner: bool,
}

impl Asset {
    /// Whether every phone downloads it: the shell, and one language.
    pub fn of_a_phone(&self) -> bool {
        let language = vigie_words::reference().code;
        let words = [Part::Shared, Part::Phone].map(|part| vigie_words::path(language, part));
        self.shell || words.contains(&self.path)
    }
}

/// Writes the service workers' lists of files.
pub fn list_offline(dist: &Path) -> Result<Vec<Asset>> {
    let listed = list(dist)?;
    write_service_worker(dist, &listed)?;
    write_partners(dist, &listed)?;
    Ok(listed)
}

/// Writes the service workers' lists, and the `.br` and `.gz` beside each file.
pub fn finish(dist: &Path, cache: &Path) -> Result<Vec<Asset>> {
    let mut listed = list_offline(dist)?;
    fs::create_dir_all(cache)?;
    let half = listed.len() / 2;
    let (first, second) = listed.split_at_mut(half);
    std::thread::scope(|scope| {
        let other = scope.spawn(|| {
            first
                .iter_mut()
                .try_for_each(|asset| compress_asset(dist, cache, asset))
        });
        let here = second
            .iter_mut()
            .try_for_each(|asset| compress_asset(dist, cache, asset));
        for worker in [SERVICE_WORKER, PARTNERS] {
            let worker = dist.join(worker);
            let digest = hex(&Sha256::digest(fs::read(&worker)?));
            compress(&worker, &digest, cache)?;
        }
        match other.join() {
            Ok(result) => result.and(here),
            Err(_) => bail!("compressing panicked"),
        }
    })?;
    Ok(listed)
}

fn compress_asset(dist: &Path, cache: &Path, asset: &mut Asset) -> Result<()> {
    let file = dist.join(asset.path.trim_start_matches('/'));
    asset.brotli = compress(&file, &asset.digest, cache)?.unwrap_or(asset.bytes);
    Ok(())
}

/// Writes the files of each language, and its web manifest, from `locales/`.
pub fn write_languages(dist: &Path) -> Result<()> {
    let template = dist.join("manifest.webmanifest");
    let common: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&fs::read(&template)?)?;
    fs::remove_file(template)?;
    fs::create_dir_all(dist.join("lang"))?;
    for language in &vigie_words::LANGUAGES {
        for part in Part::ALL {
            let path = vigie_words::path(language.code, part);
            let file = vigie_words::file(language, part);
            fs::write(dist.join(path.trim_start_matches('/')), file)?;
        }
        let mut manifest = common.clone();
        for (name, value) in vigie_words::manifest(language) {
            manifest.insert(name.to_owned(), value.into());
        }
        let name = format!("manifest.{}.webmanifest", language.code);
        fs::write(dist.join(name), serde_json::to_string_pretty(&manifest)?)?;
    }
    Ok(())
}

/// Every file that the site serves, but the service worker itself and what was compressed before.
fn list(dist: &Path) -> Result<Vec<Asset>> {
    let mut assets = Vec::new();
    let partners = named_by(dist, "q.html")?;
    for file in files_under(dist) {
        let name = file
            .strip_prefix(dist)?
            .to_str()
            .context("a file name that is not UTF-8")?
            .to_owned();
        if [SERVICE_WORKER, PARTNERS].contains(&&*name)
            || name.ends_with(".br")
            || name.ends_with(".gz")
        {
            continue;
        }
        let bytes =
            fs::read(&file).with_context(|| format!("{} could not be read", file.display()))?;
        assets.push(Asset {
            digest: hex(&Sha256::digest(&bytes)),
            bytes: bytes.len() as u64,
            brotli: bytes.len() as u64,
            shell: is_shell(&name),
            partner: partners.contains(&format!("/{name}")) || is_behind(&name),
            path: format!("/{name}"),
        });
    }
    assets.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(assets)
}

/// The files that a page names, itself, and what its programme asks for by name.
fn named_by(dist: &Path, page: &str) -> Result<Vec<String>> {
    let Ok(text) = fs::read_to_string(dist.join(page)) else {
        return Ok(Vec::new());
    };
    let named = text
        .split('"')
        .filter(|word| word.starts_with('/') && word.contains('.'));
    let mut named: Vec<String> = named.map(str::to_owned).collect();
    named.push(format!("/{page}"));
    for part in ["_loader.js", ".js", "_bg.wasm"] {
        named.push(format!("/q-sealer{part}"));
    }
    Ok(named)
}

/// What comes behind a partner's page: her programme asks for it by a name that holds its hash.
fn is_behind(name: &str) -> bool {
    name.starts_with("vigie-partner-") && name.ends_with("_behind.wasm")
}

/// What every phone needs, as against what the desk or one screen alone does.
fn is_shell(name: &str) -> bool {
    let later = [
        "vigie-workbooks",
        "vigie-desk",
        "vigie-strength",
        "vigie-codes",
        "vigie-partner",
        "q-sealer",
        "q.html",
        "desk.js",
        "lang/",
        "words/",
        "screenshots/",
    ];
    let large =
        name.starts_with("icons/") && (name.ends_with("-512.png") || name.contains("maskable"));
    !large && !later.iter().any(|prefix| name.starts_with(prefix))
}

/// A notebook's service worker: the files of everything but a partner's own page.
fn write_service_worker(dist: &Path, assets: &[Asset]) -> Result<()> {
    let table = |shell: bool| assets.iter().filter(move |asset| asset.shell == shell);
    let text = service_worker(assets, table(true), table(false))?;
    write_worker(dist, SERVICE_WORKER, text)
}

/// A partner's: her page's files, and the languages that are asked for.
fn write_partners(dist: &Path, assets: &[Asset]) -> Result<()> {
    let of_hers = assets.iter().filter(|asset| asset.partner);
    let languages = assets
        .iter()
        .filter(|asset| asset.path.starts_with("/lang/"));
    let text = service_worker(assets, of_hers, languages)?;
    let text = replace_line(&text, "const PREFIX = ", "\"lien-\";")?;
    let text = replace_line(&text, "const PAGE = ", "\"/q.html\";")?;
    let text = replace_line(&text, "const SENDER = ", "\"/q-sealer\";")?;
    write_worker(dist, PARTNERS, text)
}

fn write_worker(dist: &Path, name: &str, text: String) -> Result<()> {
    let file = dist.join(name);
    fs::write(&file, text).with_context(|| format!("{} could not be written", file.display()))
}

/// The service worker of these files, fetched at install and later.
fn service_worker<'a>(
    all: &[Asset],
    shell: impl Iterator<Item = &'a Asset>,
    later: impl Iterator<Item = &'a Asset>,
) -> Result<String> {
    let template = fs::read_to_string(root().join("public").join(SERVICE_WORKER))?;
    let mut whole = Sha256::new();
    for asset in all {
        whole.update(format!("{} {}\n", asset.path, asset.digest));
    }
    whole.update(&template);
    let version = &hex(&whole.finalize())[..16];
    let text = replace_line(&template, "const VERSION = ", &format!("{version:?};"))?;
    let text = replace_line(&text, "const SHELL = ", &format!("{};", files(shell)?))?;
    replace_line(&text, "const LATER = ", &format!("{};", files(later)?))
}

fn files<'a>(assets: impl Iterator<Item = &'a Asset>) -> Result<String> {
    let digests: BTreeMap<_, _> = assets.map(|asset| (&asset.path, &asset.digest)).collect();
    Ok(serde_json::to_string_pretty(&digests)?)
}

/// The hash of all files, as the app shows it under « Version »: two builds of the same sources have the same.
pub fn version(dist: &Path) -> Result<String> {
    let worker = fs::read_to_string(dist.join(SERVICE_WORKER))?;
    let line = worker
        .lines()
        .find_map(|line| line.strip_prefix("const VERSION = "));
    let version = line.context("a service worker without a version")?;
    Ok(version.trim_matches(['"', ';']).to_owned())
}

fn replace_line(text: &str, start: &str, end: &str) -> Result<String> {
    let mut found = 0;
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.starts_with(start) {
            found += 1;
            lines.push(format!("{start}{end}"));
        } else {
            lines.push(line.to_owned());
        }
    }
    if found != 1 {
        bail!(
            "public/{SERVICE_WORKER} has {found} lines that begin with `{start}`, one was awaited"
        );
    }
    Ok(lines.join("\n") + "\n")
}

/// Writes `file.br` and `file.gz`, from the cache when these very bytes were compressed before.
///
/// Returns the brotli size, or nothing when compressing gains less than a tenth (pictures).
fn compress(file: &Path, digest: &str, cache: &Path) -> Result<Option<u64>> {
    let beside = |extension: &str| PathBuf::from(format!("{}.{extension}", file.display()));
    let pictures = ["png", "jpg", "jpeg", "webp", "woff2"];
    if file
        .extension()
        .and_then(|extension| extension.to_str())
        .is_some_and(|found| pictures.contains(&found))
    {
        return Ok(None);
    }
    let brotli = cache.join(format!("{digest}.br"));
    let gzip = cache.join(format!("{digest}.gz"));
    if !brotli.exists() || !gzip.exists() {
        let bytes = fs::read(file)?;
        write_whole(&gzip, &gzipped(&bytes)?)?;
        write_whole(&brotli, &brotlied(&bytes)?)?;
    }
    let size = fs::metadata(&brotli)?.len();
    if size * 10 > fs::metadata(file)?.len() * 9 {
        return Ok(None);
    }
    fs::copy(&brotli, beside("br"))?;
    fs::copy(&gzip, beside("gz"))?;
    Ok(Some(size))
}

/// Writes beside and renames, so that an interrupted run leaves no half file that the next one would trust.
fn write_whole(file: &Path, bytes: &[u8]) -> Result<()> {
    // Two threads may compress two files of the same bytes.
    let part = file.with_extension(format!("{:?}.part", std::thread::current().id()));
    fs::write(&part, bytes)?;
    Ok(fs::rename(&part, file)?)
}

fn brotlied(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: bytes.len(),
        ..Default::default()
    };
    brotli::BrotliCompress(&mut &bytes[..], &mut out, &parameters)?;
    Ok(out)
}

fn gzipped(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// Lowercase hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_desks_module_is_not_what_a_phone_downloads_first() {
        assert!(is_shell("vigie-worker_bg.wasm"));
        assert!(is_shell("index.html"));
        assert!(!is_shell("vigie-workbooks_bg.wasm"));
        assert!(!is_shell("vigie-codes_bg.wasm"));
        assert!(!is_shell("vigie-partner-0123456789abcdef_bg.wasm"));
        assert!(!is_shell("lang/fr.txt"));
        assert!(!is_shell("words/fr.txt"));
        assert!(!is_shell("icons/vigie-512.png"));
    }

    #[test]
    fn a_service_worker_without_its_marked_lines_is_refused() {
        assert!(
            replace_line(
                "const VERSION = \"development\";\n",
                "const VERSION = ",
                "\"1\";"
            )
            .is_ok()
        );
        assert!(replace_line("var VERSION;\n", "const VERSION = ", "\"1\";").is_err());
    }

    #[test]
    fn the_same_files_give_the_same_worker_and_another_byte_another_version() {
        let folder = std::env::temp_dir().join(format!("vigie-assets-{}", std::process::id()));
        let cache = folder.join("cache");
        let dist = folder.join("dist");
        fs::create_dir_all(&dist).expect("a folder for the test");
        fs::write(dist.join("index.html"), "<p>Vigie</p>".repeat(50)).expect("a file for the test");
        finish(&dist, &cache).expect("finishing");
        let first = fs::read_to_string(dist.join("sw.js")).expect("the service worker");
        finish(&dist, &cache).expect("finishing again");
        assert_eq!(
            first,
            fs::read_to_string(dist.join("sw.js")).expect("the service worker")
        );
        assert!(first.contains("\"/index.html\": \""));
        let version = version(&dist).expect("a version");
        assert_eq!(version.len(), 16);
        assert!(first.contains(&version));
        assert!(dist.join("index.html.br").exists() && dist.join("index.html.gz").exists());
        fs::write(dist.join("index.html"), "<p>vigie</p>".repeat(50)).expect("a file for the test");
        finish(&dist, &cache).expect("finishing after a change");
        assert_ne!(
            first,
            fs::read_to_string(dist.join("sw.js")).expect("the service worker")
        );
        fs::remove_dir_all(&folder).expect("the test's folder goes");
    }
}
