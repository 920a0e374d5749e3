//! From sources to what a browser loads: the programmes compiled to WebAssembly, joined to the browser and made smaller, and the
//! pages with their style.
//!
//! Each programme ends as `<name>.js` and `<name>_bg.wasm`. A page's carry a hash in their names, because the page says them; the
//! others are asked for by name. A partner's page holds its script and style itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Context, Result, anyhow, bail};
use sha2::{Digest, Sha256};
use vigie_words::{Part, path};

use crate::alike;
use crate::assets::hex;
use crate::folders::{files_under, root, target_dir};
use crate::names;
use crate::process::{Step, cargo, linting_cargo};
use crate::tools;

const TARGET: &str = "wasm32-unknown-unknown";

/// What Rust's target has by default, named for wasm-opt.
pub const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];
/// Of what a phone downloads: flattening first lets wasm-opt find more to share, and inlining nothing large leaves what brotli
/// finds again.
const SMALLEST: [&str; 7] = [
    NO_STREAMS,
    NOTHING_BELOW,
    "--flatten",
    "--rereloop",
    "-Oz",
    "-Oz",
    "--one-caller-inline-max-function-size=0",
];
const SMALL: [&str; 3] = [NO_STREAMS, NOTHING_BELOW, "-Oz"];
/// Leptos brings streams for servers, which no page asks for.
const NO_STREAMS: &str = "--remove-exports=*intounderlying*";
/// The first kilobyte of memory is the far end of the stack: nothing there is reckoned from an address below zero.
const NOTHING_BELOW: &str = "--low-memory-unused";

/// The standard library compiled with the app, and for size: 74 kB less for a phone.
const OWN_STD: [&str; 2] = [
    "-Zbuild-std=std,panic_abort",
    "-Zbuild-std-features=optimize_for_size",
];
/// A panic stops the programme at once, without a word, so that the words are not downloaded either. They come beside the flags
/// of `.cargo/config.toml`.
const NO_LAST_WORDS: &str = "-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none";

/// How a programme's script is loaded.
#[derive(Clone, Copy, PartialEq)]
enum Loaded {
    /// By `import`.
    Imported,
    /// By the loader of a worker.
    Worker,
}

struct Programme {
    name: &'static str,
    loaded: Loaded,
    smaller: &'static [&'static str],
    /// A part of it is a module of its own, which comes behind.
    split: bool,
}

/// Programmes that are compiled together, with the same features.
struct Together {
    packages: &'static [&'static str],
    features: &'static str,
    programmes: &'static [Programme],
}

/// The programmes that a page starts, and the page: their names carry a hash.
const PAGES: [(&str, &str); 2] = [("vigie", "index.html"), ("vigie-partner", "q.html")];
/// How each worker is started.
const LOADER: &str = "loader.js";

const EVERYTHING: [Together; 4] = [
    // What a phone downloads.
    Together {
        packages: &["vigie", "vigie-worker"],
        features: "",
        programmes: &[
            Programme {
                name: "vigie",
                loaded: Loaded::Imported,
                smaller: &SMALLEST,
                split: true,
            },
            Programme {
                name: "vigie-worker",
                loaded: Loaded::Worker,
                smaller: &SMALLEST,
                split: true,
            },
        ],
    },
    // What a partner's phone downloads: her page, then what comes behind it.
    Together {
        packages: &["vigie", "vigie-sealer"],
        features: "vigie/partner",
        programmes: &[
            Programme {
                name: "vigie-partner",
                loaded: Loaded::Imported,
                smaller: &SMALLEST,
                split: true,
            },
            Programme {
                name: "q-sealer",
                loaded: Loaded::Worker,
                smaller: &SMALLEST,
                split: false,
            },
        ],
    },
    // The office's page and worker.
    Together {
        packages: &["vigie", "vigie-worker"],
        features: "vigie/desk,vigie-worker/desk",
        programmes: &[
            Programme {
                name: "vigie-desk",
                loaded: Loaded::Imported,
                smaller: &SMALL,
                split: false,
            },
            Programme {
                name: "vigie-desk-worker",
                loaded: Loaded::Worker,
                smaller: &SMALL,
                split: false,
            },
        ],
    },
    Together {
        packages: &["vigie-workbooks", "vigie-strength", "vigie-codes"],
        features: "",
        programmes: &[
            Programme {
                name: "vigie-workbooks",
                loaded: Loaded::Worker,
                smaller: &SMALL,
                split: false,
            },
            Programme {
                name: "vigie-strength",
                loaded: Loaded::Worker,
                smaller: &SMALL,
                split: false,
            },
            Programme {
                name: "vigie-codes",
                loaded: Loaded::Worker,
                smaller: &SMALL,
                split: false,
            },
        ],
    },
];

/// How much is done to make modules small.
#[derive(Clone, Copy, PartialEq)]
pub enum Made {
    /// All there is: what people download.
    Small,
    /// Nothing: what a developer looks at.
    Quick,
}

impl Made {
    fn profile(self) -> &'static str {
        match self {
            Made::Small => "wasm",
            Made::Quick => "quick",
        }
    }
}

/// Makes all of `dist` anew; what was there is replaced once the new is whole.
pub fn bundle(dist: &Path, made: Made) -> Result<()> {
    let making = target_dir().join("vigie-bundle");
    if making.exists() {
        fs::remove_dir_all(&making)?;
    }
    let whole = making.join("dist");
    fs::create_dir_all(&whole)?;
    copy(&root().join("public"), &whole)?;
    // It goes beside each worker.
    fs::remove_file(whole.join(LOADER))?;
    compile(made)?;
    join_all(&making, &whole, made)?;
    for (programme, page) in PAGES {
        write_page(&whole, programme, page)?;
    }
    if dist.exists() {
        fs::remove_dir_all(dist)?;
    }
    fs::rename(&whole, dist).with_context(|| format!("{} could not be made", dist.display()))
}

/// Adds to `build` what makes modules smaller still. A stable compiler takes it when told that it is building itself, at the one
/// version that `rust-toolchain.toml` names.
fn without_last_words(build: Step) -> Step {
    build.args(OWN_STD).env("RUSTC_BOOTSTRAP", "1").env(
        "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
        NO_LAST_WORDS,
    )
}

fn compile(made: Made) -> Result<()> {
    let own_std = made == Made::Small && tools::std_sources()?;
    if made == Made::Small && !own_std {
        println!(
            "Without the standard library's sources: the app is built with the compiler's own, a tenth larger"
        );
    }
    for Together {
        packages,
        features,
        programmes,
    } in &EVERYTHING
    {
        // What people download is linted as it is compiled.
        let build = match made {
            Made::Small => linting_cargo("build"),
            Made::Quick => cargo("build"),
        };
        let build = build
            .args(["--profile", made.profile(), "--target", TARGET])
            .args(packages.iter().flat_map(|package| ["--package", package]))
            .args(
                programmes
                    .iter()
                    .flat_map(|programme| ["--bin", programme.name]),
            )
            .args(["--features", features]);
        let build = if own_std {
            without_last_words(build)
        } else {
            build
        };
        build.check()?;
    }
    Ok(())
}

/// Joins every programme to the browser, as many at once as this machine has cores.
fn join_all(making: &Path, whole: &Path, made: Made) -> Result<()> {
    let waiting = Mutex::new(EVERYTHING.iter().flat_map(|together| together.programmes));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let next = || match waiting.lock() {
        Ok(mut waiting) => Ok(waiting.next()),
        Err(_) => bail!("another module failed"),
    };
    std::thread::scope(|scope| {
        // Nothing is held while a module is made: the others go on beside it.
        let work = || {
            while let Some(programme) = next()? {
                join(programme, making, whole, made)?;
            }
            Ok(())
        };
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| {
            worker
                .join()
                .map_err(|_| anyhow!("making a module panicked"))?
        })
    })
}

fn join(programme: &Programme, making: &Path, whole: &Path, made: Made) -> Result<()> {
    let Programme {
        name,
        loaded,
        smaller,
        split,
    } = *programme;
    // What is split off is called the same for each.
    let making = &making.join(name);
    fs::create_dir_all(making)?;
    let mut compiled = target_dir()
        .join(TARGET)
        .join(made.profile())
        .join(format!("{name}.wasm"));
    if split {
        compiled = split_off(&compiled, name, making)?;
    }
    Step::new("wasm-bindgen")
        .args(["--no-typescript", "--target", "web", "--out-name", name])
        .args(split.then_some("--keep-lld-exports"))
        .args(["--out-dir".as_ref(), making.as_os_str()])
        .args([&compiled])
        .check()?;
    let module = making.join(format!("{name}_bg.wasm"));
    let behind = making.join(BEHIND);
    let mut modules = vec![&module];
    modules.extend(split.then_some(&behind));
    if made == Made::Small {
        for module in &modules {
            Step::new("wasm-opt")
                .args(smaller)
                .args(FEATURES)
                .args(["-o".as_ref(), module.as_os_str(), module.as_os_str()])
                .check()?;
            fs::write(module, alike::order(&fs::read(module)?)?)?;
        }
    }
    let script = making.join(format!("{name}.js"));
    if made == Made::Small {
        let from = format!("./{name}_bg.js");
        let long = fs::read_to_string(&script)?;
        let (module_said, said) = names::shorten(&fs::read(&module)?, &long, &from)?;
        fs::write(&module, module_said)?;
        fs::write(&script, said)?;
    }
    let mut hash = Sha256::new_with_prefix(fs::read(&script)?);
    for module in &modules {
        hash.update(fs::read(module)?);
    }
    let hashed = format!("{name}-{}", &hex(&hash.finalize())[..16]);
    let is_page = PAGES.iter().any(|(programme, _)| *programme == name);
    let out = match is_page {
        true => &hashed,
        false => name,
    };
    let to = whole.join(format!("{out}.js"));
    if split {
        // What fetches the part behind asks for this very build's: that of another would call what is not there.
        let fetching = making.join(FETCHING);
        let named = fs::read_to_string(&fetching)?;
        let asked = format!("fetch(new URL(\"./{BEHIND}\", import.meta.url))");
        if !named.contains(&asked) {
            bail!("the part of {name} that comes behind is asked for otherwise");
        }
        let fetch = match loaded {
            Loaded::Imported => "fetch",
            Loaded::Worker => "fetched",
        };
        let from = format!("{fetch}(\"/{hashed}_behind.wasm\")");
        fs::write(&fetching, named.replace(&asked, &from))?;
        fs::rename(&behind, whole.join(format!("{hashed}_behind.wasm")))?;
    }
    bundled(&script, &to, loaded)?;
    fs::rename(module, whole.join(format!("{out}_bg.wasm")))?;
    if loaded == Loaded::Worker {
        fs::copy(
            root().join("public").join(LOADER),
            whole.join(format!("{out}_loader.js")),
        )?;
    }
    Ok(())
}

/// The module that is split off, and the script that fetches it, as the splitter names them (`src/rest.rs`).
const BEHIND: &str = "split_rest.wasm";
const FETCHING: &str = "fetching.js";

/// Splits off what comes behind a programme; returns the rest of it, which goes on to be joined to the browser.
fn split_off(compiled: &Path, name: &str, making: &Path) -> Result<PathBuf> {
    let module = fs::read(compiled)?;
    let main = making.join(format!("{name}.wasm"));
    let script = format!("./{name}.js");
    let fetching = format!("./{FETCHING}");
    let mut options = wasm_split_cli_support::Options::new(&module);
    options.output_dir = making;
    options.main_out_path = &main;
    options.main_module = &script;
    options.link_name = &fetching;
    let split = wasm_split_cli_support::transform(options);
    let split = split.map_err(|error| anyhow!("{name} could not be split: {error:#}"))?;
    if split.split_modules != [making.join(BEHIND)] {
        bail!("{name} was split into {:?}", split.split_modules);
    }
    Ok(main)
}

/// Styles, without what only people read.
fn minify(from: &Path, to: &Path) -> Result<()> {
    Step::new("esbuild")
        .args([from])
        .args(["--minify", "--log-level=warning"])
        .args([format!("--outfile={}", to.display())])
        .check()
}

/// A script with those that it imports, minified: one file. A worker's gives its loader what `import` would, by this name.
fn bundled(from: &Path, to: &Path, loaded: Loaded) -> Result<()> {
    let forms: &[&str] = match loaded {
        Loaded::Imported => &["--format=esm"],
        // Its loader says where the module is.
        Loaded::Worker => &[
            "--format=iife",
            "--global-name=programme",
            "--log-override:empty-import-meta=silent",
        ],
    };
    Step::new("esbuild")
        .args([from])
        .args(["--bundle", "--minify", "--log-level=warning"])
        .args(forms)
        .args([format!("--outfile={}", to.display())])
        .check()
}

/// A page as it is served. One that counts what comes holds all but its programme; another names its style and its script.
fn write_page(whole: &Path, programme: &str, page: &str) -> Result<()> {
    let source = fs::read_to_string(root().join(page))?;
    let joined = joined(&source, whole)?;
    let programme = &hashed(whole, programme)?;
    let module = format!(
        "<link rel=\"preload\" href=\"/{programme}_bg.wasm\" as=\"fetch\" type=\"application/wasm\" crossorigin>\n"
    );
    let text = if source.contains(COUNTS) {
        let start = within(whole, programme)?;
        let style = format!("<style>{}</style>\n", joined.trim());
        filled(&with_icon(&source)?, &style, &module, &start)?
    } else {
        let name = format!("style-{}.css", &hex(&Sha256::digest(&joined))[..16]);
        fs::write(whole.join(&name), joined)?;
        let style = format!("{STYLE}/{name}\">\n");
        let script = format!("<link rel=\"modulepreload\" href=\"/{programme}.js\">\n");
        filled(&source, &style, &(script + &module), &beside(programme))?
    };
    fs::write(whole.join(page), text)?;
    Ok(())
}

const ICON: &str = "icons/vigie.svg";

/// A page that holds its icon.
fn with_icon(page: &str) -> Result<String> {
    let drawn = fs::read_to_string(root().join("public").join(ICON))?;
    let drawn = drawn.trim().replace('"', "'").replace('#', "%23");
    Ok(page.replace(
        &format!("\"/{ICON}\""),
        &format!("\"data:image/svg+xml,{drawn}\""),
    ))
}

/// What starts a page that counts what comes, with the programme's own script in it.
fn within(whole: &Path, programme: &str) -> Result<String> {
    let size = fs::metadata(whole.join(format!("{programme}_bg.wasm")))?.len();
    let (plain, joined) = (whole.join("start.plain.js"), whole.join("start.js"));
    fs::write(&plain, counted(programme, size))?;
    bundled(&plain, &joined, Loaded::Imported)?;
    let start = fs::read_to_string(&joined)?;
    for file in [plain, joined, whole.join(format!("{programme}.js"))] {
        fs::remove_file(file)?;
    }
    if start.contains("<!--") || start.contains("</script") {
        bail!("the script of {programme} can't stand in a page");
    }
    Ok(start)
}

/// Where a page counts how much of its programme has come: somebody waits for it on a poor line. All that it needs before its programme
/// stands in it, and fills the time between the page and the first byte of what it asks for.
const COUNTS: &str = "id=\"venu\"";

const STYLE: &str = "<link rel=\"stylesheet\" href=\"";

/// The styles that `source` names, as one.
fn joined(source: &str, whole: &Path) -> Result<String> {
    let mut joined = String::new();
    for line in source.lines().filter_map(|line| line.strip_prefix(STYLE)) {
        let file = line.split('"').next().unwrap_or_default();
        joined += &fs::read_to_string(root().join(file))
            .with_context(|| format!("{file} could not be read"))?;
    }
    let (plain, small) = (whole.join("style.plain.css"), whole.join("style.css"));
    fs::write(&plain, joined)?;
    minify(&plain, &small)?;
    let joined = fs::read_to_string(&small)?;
    for file in [plain, small] {
        fs::remove_file(file)?;
    }
    Ok(joined)
}

/// The name of a page's programme, with its hash.
fn hashed(whole: &Path, programme: &str) -> Result<String> {
    for entry in fs::read_dir(whole)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if let Some(name) = name.strip_suffix("_bg.wasm")
            && let Some((before, hash)) = name.rsplit_once('-')
            && before == programme
            && hash.len() == 16
        {
            return Ok(name.to_owned());
        }
    }
    bail!("the programme {programme} was not made")
}

/// Asks for the words of the browser's language, or of the one that is tapped before the programme has come, while that is
/// still on its way: it would ask for them last. Numbers of a language take a browser long the first time, so that is now.
fn words_beside(parts: &[Part]) -> String {
    let known: Vec<&str> = vigie_words::LANGUAGES
        .iter()
        .map(|language| language.code)
        .collect();
    let files: Vec<String> = parts
        .iter()
        .map(|part| format!("`{}`", path("${tag}", *part)))
        .collect();
    format!(
        "const known = {known:?};\n\
         const speak = (tags) => {{ const tag = tags.map((tag) => tag.split(\"-\")[0]).find((tag) => known.includes(tag)) ?? {:?}; for (const href of [{}]) document.head.append(Object.assign(document.createElement(\"link\"), {{ rel: \"preload\", href, as: \"fetch\", crossOrigin: \"\" }})); new Intl.PluralRules(tag); new Intl.NumberFormat(tag); }};\n\
         speak([document.querySelector(\"#ouverture :checked\")?.value ?? \"\", ...navigator.languages]);\n\
         document.getElementById(\"ouverture\").onchange = (event) => speak([event.target.value]);\n",
        vigie_words::reference().code,
        files.join(", ")
    )
}

/// What starts a page that shows how much of its programme has come, of so many bytes; what does not come is said, in the page's
/// own words. A stream that a browser can't count is read as it is.
fn counted(programme: &str, size: u64) -> String {
    let early: String = include_str!("early.js")
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("//"))
        .map(|line| format!("{line}\n"))
        .collect();
    format!(
        "import start from \"./{programme}.js\";\n{}{early}\
         const bar = document.getElementById(\"venu\");\n\
         const failed = () => {{ bar.remove(); document.getElementById(\"sans-mots\").hidden = false; document.getElementById(\"encore\").onclick = () => location.reload(); }};\n\
         try {{\n\
         const got = await fetch(\"/{programme}_bg.wasm\");\n\
         let come = 0;\n\
         const body = got.body && window.TransformStream ? got.body.pipeThrough(new TransformStream({{ transform(part, out) {{ bar.value = (come += part.length) / {size}; out.enqueue(part); }} }})) : got.body;\n\
         await start({{ module_or_path: new Response(body, {{ status: got.status, headers: {{ \"content-type\": \"application/wasm\" }} }}) }});\n\
         }} catch (error) {{ console.error(error); failed(); }}",
        words_beside(&[Part::Shared])
    )
}

/// What starts a page whose programme is fetched beside it.
fn beside(programme: &str) -> String {
    format!(
        "import start from \"/{programme}.js\";\n{}start({{ module_or_path: \"/{programme}_bg.wasm\" }});",
        words_beside(&[Part::Shared, Part::Phone])
    )
}

/// The page without comments, with its style, what is fetched beforehand, and what starts it.
fn filled(source: &str, style: &str, beforehand: &str, start: &str) -> Result<String> {
    let mut page = String::new();
    let (mut is_styled, mut ends) = (false, 0);
    for line in source.lines().filter(|line| !line.starts_with("<!-- ")) {
        if line.starts_with(STYLE) {
            if !std::mem::replace(&mut is_styled, true) {
                page += style;
            }
            continue;
        }
        if line == "</head>" {
            page += beforehand;
            ends += 1;
        }
        if line == "</body>" {
            page += &format!("<script type=\"module\" async>{}</script>\n", start.trim());
            ends += 1;
        }
        page += line;
        page.push('\n');
    }
    if !is_styled || ends != 2 {
        bail!("the page names no style, or its head or body does not end on a line of its own");
    }
    Ok(page)
}

/// Every file of a folder, into another.
fn copy(from: &Path, to: &Path) -> Result<()> {
    for file in files_under(from) {
        let there = to.join(file.strip_prefix(from)?);
        if let Some(folder) = there.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::copy(&file, &there)
            .with_context(|| format!("{} could not be copied", file.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_one_style_what_starts_it_and_nothing_of_the_sources() {
        for (_, source) in PAGES {
            let source = fs::read_to_string(root().join(source)).expect("the page");
            let start = beside("vigie-0123456789abcdef");
            let page = filled(&source, "<style></style>\n", "<link>\n", &start);
            let page = page.expect("a page");
            for once in [
                "<style></style>\n",
                "<link>\n</head>",
                " async>import start from \"/vigie-0123456789abcdef.js\"",
            ] {
                assert_eq!(page.matches(once).count(), 1, "{once}");
            }
            assert!(!page.contains("stylesheet") && !page.contains("<!-- "));
            assert!(page.contains("`/lang/${tag}.txt`") && page.contains("[\"fr\", "));
            assert!(page.ends_with("</script>\n</body>\n</html>\n"));
        }
    }

    #[test]
    fn a_page_that_counts_what_comes_asks_for_no_icon() {
        let source = fs::read_to_string(root().join("q.html")).expect("the page");
        let page = with_icon(&source).expect("a page");
        assert!(source.contains(ICON) && !page.contains(ICON));
        let icon = page
            .split("href=\"data:image/svg+xml,")
            .nth(1)
            .expect("an icon");
        let icon = icon.split('"').next().expect("its end");
        assert!(icon.starts_with("<svg ") && icon.ends_with("</svg>") && !icon.contains('#'));
    }
}
