//! The one integration binary: every module is one concern, cases are data beside it.

mod breaking;
mod cloud;
mod cloudformation;
mod conformance;
mod course;
mod diagnosis;
mod document;
mod drawing;
mod eks;
mod facts;
mod histories;
mod iam;
mod kube_api;
mod kube_cases;
mod kube_world;
mod nodes;
mod reachability;
mod replay;
mod scheduling;
mod session;
mod shell;
mod tidy;
mod words;
