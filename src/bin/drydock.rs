//! The native program: `drydock run SCRIPT`, `check`, `conformance DIR`, `bench`.

fn main() {}
