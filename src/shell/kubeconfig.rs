//! `~/.kube/config`: which clusters the client knows, and as whom it turns to them.
// Models k8s.io/client-go/tools/clientcmd/api/types.go

use crate::document::Value;
use crate::tree;
use crate::world::{Origin, Site, Target, World};
use std::rc::Rc;

/// Where the file lies, as tools name it.
pub const PATH: &str = "/home/you/.kube/config";

/// How a client shows who it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Credential {
    /// With a certificate that the cluster's maker gave away.
    Certificate,
    /// With a token that the AWS CLI makes from an access key.
    Aws {
        /// The region of the cluster.
        region: Rc<str>,
        /// The cluster's name.
        cluster: Rc<str>,
        /// The role that is taken on first; empty for none.
        role: Rc<str>,
    },
}

/// A cluster with a user, under a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The context's name.
    pub context: Rc<str>,
    /// The cluster's name.
    pub cluster: Rc<str>,
    /// The user's name.
    pub user: Rc<str>,
    /// The API server's address.
    pub server: Rc<str>,
    /// Who the client says it is.
    pub credential: Credential,
    /// The namespace, where one is set.
    pub namespace: Rc<str>,
}

/// The file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kubeconfig {
    /// Its contexts, in the order in which they were written.
    pub entries: Vec<Entry>,
    /// The current one's name; empty for none.
    pub current: Rc<str>,
}

impl Default for Kubeconfig {
    fn default() -> Self {
        let local = Entry {
            context: "drydock".into(),
            cluster: "drydock".into(),
            user: "admin".into(),
            server: "https://127.0.0.1:6443".into(),
            credential: Credential::Certificate,
            namespace: "".into(),
        };
        Self { entries: vec![local], current: "drydock".into() }
    }
}

impl Kubeconfig {
    /// A file in which nothing has been written yet.
    #[must_use]
    pub fn empty() -> Self {
        Self { entries: Vec::new(), current: "".into() }
    }

    /// What the maker of a world's clusters leaves to its learner: a context for each cluster that
    /// is there from the beginning.
    #[must_use]
    pub fn of(world: &World) -> Self {
        let entry = |server: &Rc<str>, site: &Site| {
            let (name, user) = match site.origin {
                Origin::Local => ("drydock".into(), "admin".into()),
                _ => (site.name.clone(), format!("{}-admin", site.name).into()),
            };
            Entry {
                context: name.clone(),
                cluster: name,
                user,
                server: server.clone(),
                credential: Credential::Certificate,
                namespace: "".into(),
            }
        };
        let entries: Vec<Entry> = world.sites().map(|(server, site)| entry(server, site)).collect();
        let current = entries.iter().find(|entry| entry.server == *world.focus()).or(entries.first());
        Self { current: current.map_or_else(|| "".into(), |entry| entry.context.clone()), entries }
    }

    /// The context with this name.
    #[must_use]
    pub fn entry(&self, context: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| *entry.context == *context)
    }

    /// The current context.
    #[must_use]
    pub fn current(&self) -> Option<&Entry> {
        self.entry(&self.current)
    }

    /// Where a request goes, and with what; none for the cluster that is looked at, as its
    /// administrator.
    #[must_use]
    pub fn target(&self, context: &str, access_key_id: &str) -> Option<Target> {
        let context = if context.is_empty() { &*self.current } else { context };
        let Some(entry) = self.entry(context) else {
            // Models client-go tools/clientcmd: without a context, the server is localhost:8080.
            return Some(Target { server: "http://localhost:8080".into(), access_key_id: None });
        };
        match &entry.credential {
            Credential::Certificate if *entry.context == *self.current => None,
            Credential::Certificate => Some(Target { server: entry.server.clone(), access_key_id: None }),
            Credential::Aws { .. } => {
                Some(Target { server: entry.server.clone(), access_key_id: Some(access_key_id.into()) })
            }
        }
    }

    /// Writes a context, and makes it the current one. Returns whether it is new.
    pub fn set(&mut self, entry: Entry) -> bool {
        self.current = entry.context.clone();
        match self.entries.iter_mut().find(|known| known.context == entry.context) {
            Some(known) => {
                *known = entry;
                false
            }
            None => {
                self.entries.push(entry);
                true
            }
        }
    }

    /// The file as a tree; secrets as kubectl shows them.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let clusters = self.entries.iter().map(|entry| {
            tree!({ "cluster": { "certificate-authority-data": "DATA+OMITTED", "server": &entry.server }, "name": &entry.cluster })
        });
        let contexts = self.entries.iter().map(|entry| {
            let context = tree!({ "cluster": &entry.cluster, "user": &entry.user });
            let context =
                if entry.namespace.is_empty() { context } else { context.with(&["namespace"], &entry.namespace) };
            tree!({ "context": context, "name": &entry.context })
        });
        let users = self.entries.iter().map(|entry| tree!({ "name": &entry.user, "user": (entry.user_value()) }));
        tree!({
            "apiVersion": "v1",
            "clusters": (Value::list(clusters)),
            "contexts": (Value::list(contexts)),
            "current-context": &self.current,
            "kind": "Config",
            "users": (Value::list(users)),
        })
    }
}

impl Entry {
    // Models awscli/customizations/eks/update_kubeconfig.py EKSClient.get_user_entry
    fn user_value(&self) -> Value {
        let Credential::Aws { region, cluster, role } = &self.credential else {
            return tree!({ "client-certificate-data": "DATA+OMITTED", "client-key-data": "DATA+OMITTED" });
        };
        let mut args: Vec<Value> =
            ["--region", region, "eks", "get-token", "--cluster-name", cluster, "--output", "json"]
                .map(Value::from)
                .into();
        if !role.is_empty() {
            args.extend([Value::from("--role"), Value::from(role)]);
        }
        tree!({
            "exec": {
                "apiVersion": "client.authentication.k8s.io/v1beta1",
                "args": args,
                "command": "aws",
                "env": null,
                "interactiveMode": "IfAvailable",
                "provideClusterInfo": false,
            },
        })
    }
}
