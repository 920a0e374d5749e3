//! The engine by itself, compiled as the phone's is, for the page in which it is measured beside others.
//!
//! `cargo xtask bench` builds it for WebAssembly. Run natively it says the same times, for a profiler:
//! `cargo run --release --package vigie-forms --example engine`.

use std::sync::Arc;

use vigie_forms::{Env, Now, Session, bench_forms, xform};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen::prelude::wasm_bindgen;

/// A day that stands still, and dice that always fall alike.
struct Still;

impl Env for Still {
    fn now(&self) -> Now {
        Now {
            millis: 1_790_000_000_000,
            offset: -240,
        }
    }
    fn random(&self) -> u64 {
        4
    }
    fn property(&self, _: &str) -> Option<String> {
        None
    }
}

/// One form being answered.
#[cfg_attr(target_arch = "wasm32", wasm_bindgen)]
pub struct Engine(Session);

#[cfg_attr(target_arch = "wasm32", wasm_bindgen)]
impl Engine {
    /// Reads a form's XML and begins a response: everything is calculated.
    pub fn load(xml: &str) -> Result<Engine, String> {
        let read = xform::read_alone(xml);
        match read.form {
            Some(form) => Ok(Self(Session::new(Arc::new(form), Box::new(Still)))),
            None => Err(read.problems.iter().map(ToString::to_string).collect()),
        }
    }

    /// Answers one question, and reads again what changed; returns how much did.
    pub fn answer(&mut self, path: &str, value: &str) -> Result<usize, String> {
        let node = self.0.find(path).ok_or("no such question")?;
        let changes = self
            .0
            .answer(node, value)
            .map_err(|refused| refused.to_string())?;
        let seen = changes
            .nodes
            .iter()
            .filter(|&&node| self.0.view(node).is_ok());
        Ok(seen.count())
    }

    /// Adds a row to a repeat.
    pub fn add(&mut self, path: &str) -> Result<usize, String> {
        let node = self.0.find(path).ok_or("no such repeat")?;
        let changes = self
            .0
            .add_repeat(node)
            .map_err(|refused| refused.to_string())?;
        Ok(changes.nodes.len() + changes.added.len())
    }

    /// What a question holds.
    pub fn value(&self, path: &str) -> Option<String> {
        Some(self.0.view(self.0.find(path)?).ok()?.value)
    }

    /// The first thirty choices that have what was typed; returns how many there are.
    pub fn search(&self, path: &str, typed: &str) -> Option<usize> {
        let page = self.0.search_choices(self.0.find(path)?, typed, 0, 30);
        Some(page.total)
    }
}

/// The form called `questions`, `fan`, `chain`, `towns` or `rows`, of `n` parts.
#[cfg_attr(target_arch = "wasm32", wasm_bindgen)]
pub fn form(name: &str, n: usize) -> String {
    match name {
        "questions" => bench_forms::questions(n),
        "fan" => bench_forms::fan(n),
        "chain" => bench_forms::chain(n),
        "towns" => bench_forms::towns(n),
        _ => bench_forms::rows(),
    }
}

#[cfg(target_arch = "wasm32")]
fn main() {}

#[cfg(not(target_arch = "wasm32"))]
fn main() -> Result<(), String> {
    use std::time::Instant;
    let least = |act: &mut dyn FnMut() -> Result<usize, String>| -> Result<f64, String> {
        let mut least = f64::MAX;
        for _ in 0..9 {
            let start = Instant::now();
            std::hint::black_box(act()?);
            least = least.min(start.elapsed().as_secs_f64() * 1000.0);
        }
        Ok(least)
    };
    for (name, first) in [
        ("questions", "/data/q1"),
        ("fan", "/data/a"),
        ("chain", "/data/c0"),
    ] {
        for n in [1_000, 5_000] {
            let xml = form(name, n);
            let read = least(&mut || Ok(usize::from(xform::read_alone(&xml).form.is_some())))?;
            let load = least(&mut || Engine::load(&xml).map(|_| 1))?;
            let mut engine = Engine::load(&xml)?;
            let mut turn = 0;
            let one = least(&mut || {
                turn += 1;
                engine.answer(first, &turn.to_string())
            })?;
            println!("{name}-{n}: read {read:.2} ms, load {load:.2} ms, one answer {one:.4} ms");
        }
    }
    let mut engine = Engine::load(&form("towns", 20_000))?;
    for typed in ["t", "to", "town number 19", "99"] {
        let once = least(&mut || engine.search("/data/any", typed).ok_or_else(String::new))?;
        println!("20,000 choices, {typed:?}: {once:.3} ms");
    }
    engine = Engine::load(&form("rows", 1))?;
    let mut times = Vec::new();
    for row in 1..=510 {
        let start = Instant::now();
        engine.add("/data/row")?;
        engine.answer(&format!("/data/row[{}]/quantity", row + 1), "2")?;
        engine.answer(&format!("/data/row[{}]/price", row + 1), "3")?;
        times.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    println!("rows 4–9: {:.4?}", times.get(3..9));
    println!("rows 498–503: {:.4?}", times.get(497..503));
    Ok(())
}
