//! What the linker leaves in a phone's worker, so that what comes behind it can be split off.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_CFG_TARGET_ARCH").is_some_and(|target| target == "wasm32") {
        println!("cargo::rustc-link-arg-bin=vigie-worker=--emit-relocs");
    }
}
