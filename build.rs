//! What the linker leaves in a page, so that what comes behind it can be split off.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_CFG_TARGET_ARCH").is_some_and(|target| target == "wasm32") {
        for page in ["vigie", "vigie-partner"] {
            println!("cargo::rustc-link-arg-bin={page}=--emit-relocs");
        }
    }
}
