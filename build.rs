//! What is made at build time: the Kubernetes schema table, the message catalogues and the
//! built-in lessons. Each room owns its generator; this file only calls them.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
}
