//! The one door. A request goes through authentication (it carries its user), defaulting,
//! validation and admission to storage; what was written comes back so that watchers can be told.
//!
//! Invariant: nothing reaches etcd except through [`ApiServer::handle`].

use crate::kube::Etcd;
use crate::kube::api::{ApiError, Key, Object, Reply, Request};
use crate::kube::settings::Settings;
use crate::sim::{Change, SimTime, Verb};
use rpds::RedBlackTreeMap;
use std::rc::Rc;

/// One write to etcd, and what kind of act it was.
#[derive(Clone, Debug)]
pub struct Written {
    /// The change, as watchers receive it.
    pub change: Change<Key, Rc<Object>>,
    /// What kind of act.
    pub verb: Verb,
}

/// kube-apiserver with its store.
#[derive(Clone)]
pub struct ApiServer {
    etcd: Etcd,
    settings: Rc<Settings>,
    /// How many names have been generated under each prefix, so that each has its own dice.
    generated: RedBlackTreeMap<Rc<str>, u64>,
}

impl ApiServer {
    /// An API server with an empty store.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { etcd: Etcd::default(), settings: Rc::new(settings), generated: RedBlackTreeMap::new() }
    }

    /// What is stored.
    #[must_use]
    pub fn etcd(&self) -> &Etcd {
        &self.etcd
    }

    /// The cluster's flags.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Answers a request; returns the answer and what was written.
    ///
    /// # Errors
    /// The refusal, in upstream's words.
    pub fn handle(&mut self, _now: SimTime, request: &Request) -> Result<(Reply, Vec<Written>), ApiError> {
        Err(ApiError::not_found(request.resource, &request.name))
    }
}
