//! The clusters of a world, each behind the address of its API server.

use crate::document::Value;
use crate::kube::api::{FieldError, FieldErrorKind, Reason as ApiReason};
use crate::kube::{Cluster, Turn};
use crate::sim::Reason;
use crate::world::{Actor, Answer, ApiError, Request, World};
use std::rc::Rc;

/// Where the cluster that every playground begins with is reached.
pub const LOCAL_SERVER: &str = "https://127.0.0.1:6443";

/// Whose a cluster is, and where it came from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Origin {
    /// The playground's own.
    Local,
    /// In one's own cellar.
    OnPremises,
    /// Made by hand on rented machines.
    ByHand,
    /// Another cloud's.
    OtherCloud,
    /// EKS made it: the account, region and name of the `AWS::EKS::Cluster`.
    Eks(crate::aws::ResourceKey),
}

/// A cluster where it stands.
#[derive(Clone)]
pub struct Site {
    /// Its name.
    pub name: Rc<str>,
    /// Whose it is.
    pub origin: Origin,
    pub(super) cluster: Cluster,
    /// Whether its control plane answers nobody: too many of its members are out.
    pub(super) is_out: bool,
}

impl Site {
    pub(super) fn new(name: &str, origin: Origin, cluster: Cluster) -> Self {
        Self { name: name.into(), origin, cluster, is_out: false }
    }

    /// The cluster itself.
    #[must_use]
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }
}

/// To which API server a client turns, and as whom.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Target {
    /// The server's address; empty for the cluster that is looked at.
    pub server: Rc<str>,
    /// The IAM access key whose token is presented, where the cluster is EKS's.
    pub access_key_id: Option<Rc<str>>,
}

/// Nobody answers at that address.
// Models k8s.io/kubectl/pkg/cmd/util/helpers.go StandardErrorMessage, url.Error
pub(super) fn refused(server: &str) -> ApiError {
    let host = server.trim_start_matches("https://").trim_start_matches("http://");
    let message = match host {
        host if host.starts_with(|c: char| c.is_ascii_digit()) || host.starts_with("localhost") => {
            format!("The connection to the server {host} was refused - did you specify the right host or port?")
        }
        host => format!("Unable to connect to the server: dial tcp: lookup {host}: no such host"),
    };
    ApiError::new(ApiReason::Unreachable, message)
}

/// A field of a document that cannot be.
pub(super) fn invalid(document: &Value, field: String, message: &str) -> ApiError {
    let (kind, name) = (document.str_at(&["kind"]), document.str_at(&["metadata", "name"]));
    let (word, detail) = message.split_once(": ").unwrap_or((message, ""));
    let kind_of = match word {
        "Unsupported value" => FieldErrorKind::NotSupported,
        "Duplicate value" => FieldErrorKind::Duplicate,
        "Required value" => FieldErrorKind::Required,
        "Too many" => FieldErrorKind::TooMany,
        _ => FieldErrorKind::Invalid,
    };
    let cause = FieldError { path: field, kind: kind_of, value: String::new(), detail: detail.to_owned() };
    let text = format!("{kind} \"{name}\" is invalid: {cause}");
    ApiError { causes: vec![cause], ..ApiError::new(ApiReason::Invalid, text) }
}

impl World {
    /// The clusters, by the address of their API server.
    pub fn sites(&self) -> impl Iterator<Item = (&Rc<str>, &Site)> {
        self.sites.iter()
    }

    /// The cluster behind an address.
    #[must_use]
    pub fn site(&self, server: &str) -> Option<&Site> {
        self.sites.get(server)
    }

    /// The cluster that is looked at; an empty one where there is none.
    #[must_use]
    pub fn cluster(&self) -> &Cluster {
        &self.sites.get(&self.focus).unwrap_or(&self.nowhere).cluster
    }

    /// The address of the cluster that is looked at.
    #[must_use]
    pub fn focus(&self) -> &Rc<str> {
        &self.focus
    }

    pub(super) fn site_mut(&mut self) -> Option<&mut Site> {
        self.sites.get_mut(&self.focus)
    }

    pub(super) fn add_site(&mut self, server: &str, site: Site) {
        self.sites.insert_mut(server.into(), site);
    }

    /// Somebody's turn, and the cluster behind an address.
    pub(super) fn turn_at(
        &mut self,
        server: &str,
        actor: &str,
        code: &'static str,
    ) -> Option<(Turn<'_>, &mut Cluster)> {
        let site = self.sites.get_mut(server)?;
        let why = Some(Reason::new(code));
        let turn = Turn { now: self.now, journal: &mut self.journal, actor: actor.into(), cause: None, why };
        Some((turn, &mut site.cluster))
    }

    /// A request to the API server at an address.
    pub(super) fn ask(&mut self, server: &str, actor: &Actor, request: &Request) -> Answer {
        if self.sites.get(server).is_some_and(|site| site.is_out) {
            let host = server.trim_start_matches("https://");
            let text = format!("Unable to connect to the server: dial tcp {host}:443: connect: connection refused");
            return Err(ApiError::new(ApiReason::Unreachable, text));
        }
        match self.turn_at(server, actor, "asked") {
            Some((mut turn, cluster)) => cluster.handle(&mut turn, request),
            None => Err(refused(server)),
        }
    }

    /// The same with a client's credential.
    pub(super) fn ask_as(&mut self, target: &Target, actor: &Actor, request: &Request) -> Answer {
        let server = if target.server.is_empty() { self.focus.clone() } else { target.server.clone() };
        if target.access_key_id.is_some() {
            let target = Target { server, ..target.clone() };
            return self.ask_eks(&target, actor, request);
        }
        self.ask(&server, actor, request)
    }
}
