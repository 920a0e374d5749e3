//! What the linker leaves in a partner's page, so that what comes behind it can be split off.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-link-arg-bin=vigie-partner=--emit-relocs");
}
