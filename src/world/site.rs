//! The clusters of a world, each behind the address of its API server.

use crate::aws::eks;
use crate::document::Value;
use crate::kube::api::{FieldError, FieldErrorKind, Reason as ApiReason};
use crate::kube::{Cluster, Component, Turn};
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
    /// The members of a control plane that somebody made by hand. (EKS's are the cloud's.)
    pub(super) members: Vec<Member>,
    /// Whether its API servers have a flaw that is known, and nobody has patched them.
    pub(super) is_flawed: bool,
}

/// A member of a control plane.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Member {
    /// Its name, `etcd-1`.
    pub name: Rc<str>,
    /// `etcd` or `kube-apiserver`.
    pub part: Rc<str>,
    /// The zone that its machine stands in.
    pub zone: Rc<str>,
    /// Whether it runs.
    pub runs: bool,
    /// How often it was replaced.
    pub replaced: i64,
    /// The node on whose machine it runs; empty where that is nobody's business.
    pub node: Rc<str>,
}

impl Site {
    pub(super) fn new(name: &str, origin: Origin, cluster: Cluster) -> Self {
        Self { name: name.into(), origin, cluster, is_out: false, members: Vec::new(), is_flawed: false }
    }

    /// The cluster itself.
    #[must_use]
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// Whether its control plane answers nobody.
    #[must_use]
    pub fn is_out(&self) -> bool {
        self.is_out
    }

    /// Whether its API servers have a flaw that is known and not patched.
    #[must_use]
    pub fn is_flawed(&self) -> bool {
        self.is_flawed
    }

    /// Etcd members and API servers, one of each in each of these zones.
    pub(super) fn with_members(mut self, zones: &[&str]) -> Self {
        let cluster = self.name.clone();
        for part in ["etcd", "kube-apiserver"] {
            let members = zones.iter().zip(1_i64..).map(|(zone, number)| Member {
                name: format!("{part}-{number}").into(),
                part: part.into(),
                zone: (*zone).into(),
                runs: true,
                replaced: 0,
                node: format!("{cluster}-{number}").into(),
            });
            self.members.extend(members);
        }
        self
    }

    /// The control plane works while an API server runs and more than half of etcd's members do.
    pub(super) fn settle_members(&mut self, turn: &mut Turn<'_>) {
        if self.members.is_empty() {
            return;
        }
        let count =
            |part: &str, runs: bool| self.members.iter().filter(|it| &*it.part == part && (it.runs || !runs)).count();
        let is_up = count("etcd", true) * 2 > count("etcd", false) && count("kube-apiserver", true) > 0;
        if self.is_out != is_up {
            return;
        }
        self.is_out = !is_up;
        self.cluster.set_running(turn, &Component::ControllerManager, is_up);
        self.cluster.set_running(turn, &Component::Scheduler, is_up);
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

    /// The members of a cluster's control plane, as far as anybody can see them.
    #[must_use]
    pub fn members(&self, site: &Site) -> Vec<Member> {
        let Origin::Eks(key) = &site.origin else { return site.members.clone() };
        let members = self.cloud.get(key).map(eks::members).unwrap_or_default();
        let read = |it: eks::Member| Member {
            runs: &*it.state == "running",
            name: it.name,
            part: it.part,
            zone: it.zone,
            replaced: it.replaced,
            node: "".into(),
        };
        members.into_iter().map(read).collect()
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

    /// The refusal of whoever asks at an address behind which nobody of a control plane is left.
    pub(super) fn outage_at(&self, server: &str) -> Option<ApiError> {
        self.sites.get(server).filter(|site| site.is_out)?;
        let host = server.trim_start_matches("https://");
        let text = if host.contains(':') {
            format!("The connection to the server {host} was refused - did you specify the right host or port?")
        } else {
            format!("Unable to connect to the server: dial tcp {host}:443: connect: connection refused")
        };
        Some(ApiError::new(ApiReason::Unreachable, text))
    }

    /// A request to the API server at an address.
    pub(super) fn ask(&mut self, server: &str, actor: &Actor, request: &Request) -> Answer {
        if let Some(refusal) = self.outage_at(server) {
            return Err(refusal);
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
