//! The one integration binary: every module is one concern, cases are data beside it.

mod document;
mod tidy;
mod words;

mod kube_world;
