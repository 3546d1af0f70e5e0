//! What is made at build time: the Kubernetes schema table, the fields that the simulation reads,
//! the message catalogues and the built-in lessons. Each room owns its generator; this file only calls them.

#[path = "src/course/compile.rs"]
mod compile_course;
#[path = "src/words/compile.rs"]
mod compile_words;
#[path = "src/document/schema/generate.rs"]
mod generate_schema;
#[path = "src/kube/fields/scan.rs"]
mod scan_fields;

use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|it| it == value);
    if is("CARGO_CFG_TARGET_ARCH", "wasm32") && is("PROFILE", "release") {
        // Who refers to which data: what parts the program in two (src/ui/js/split) must know it.
        println!("cargo::rustc-link-arg-bin=playground=--emit-relocs");
    }
    let out = std::env::var_os("OUT_DIR").unwrap_or_default();
    require(compile_words::compile(Path::new("src/words"), Path::new(&out)));
    require(compile_course::compile(Path::new("lessons"), Path::new(&out)));
    require(scan_fields::scan(Path::new("src"), Path::new(&out)));
    require(generate_schema::generate(
        Path::new("src/document/schema"),
        Path::new("src/hosting/kinds.json"),
        Path::new(&out),
    ));
}

/// Ends the build with what is wrong, one line each, where a fault lies in the project's own data.
fn require(done: Result<(), String>) {
    if let Err(faults) = done {
        for fault in faults.lines() {
            println!("cargo::error={fault}");
        }
        std::process::exit(1);
    }
}
