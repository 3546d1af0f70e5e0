//! Drydock: a whole cloud and a whole Kubernetes cluster inside one browser tab.
//!
//! The folders are the map. Each room's `mod.rs` opens with what lives there and what may not:
//!
//! | room | lives there | may import |
//! |---|---|---|
//! | [`document`] | YAML and JSON trees, places, the schema engine | nothing of ours |
//! | [`words`] | what is said to people, in Korean and English | nothing of ours |
//! | [`sim`] | clock, agenda, dice, store, journal | nothing of ours |
//! | [`kube`] | Kubernetes, named as upstream | `sim`, `document` |
//! | [`aws`] | the cloud, named as AWS names it | `sim`, `document` |
//! | [`hosting`] | service models, hosts, images | `sim`, `document` |
//! | [`world`] | the composition; actions in, steps through time | the rooms above |
//! | [`shell`] | the command line: text in, requests out, text back | `world`, `document`, `words` |
//! | [`course`] | lessons: loading, checks, progress, glossary | `shell`, `world`, `document`, `words` |
//! | [`session`] | the one reducer: `Msg` to state and effects | `course`, `shell`, `world` |
//! | [`view`] | plain structs that a screen needs, one file per lens | reads the rooms above |
//!
//! Invariant: nothing in this library knows a browser, a wall clock or a global source of
//! randomness. The same seed and the same inputs give the same history, bit for bit.

pub mod aws;
pub mod course;
pub mod document;
pub mod hosting;
pub mod kube;
pub mod session;
pub mod shell;
pub mod sim;
pub mod view;
pub mod words;
pub mod world;
