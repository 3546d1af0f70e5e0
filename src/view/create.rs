//! "Create cluster" as the console's form has it: what there is to choose from, and the command line
//! that the choices come to. The form runs that line and nothing else.

use super::cloud::{all, named};
use crate::aws::ec2::kinds;
use crate::aws::eks::{self, version};
use crate::document::Value;
use crate::session::Session;
use std::rc::Rc;

/// Something to choose.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Choice {
    /// Its id.
    pub id: Rc<str>,
    /// What people call it.
    pub name: Rc<str>,
}

/// A subnet to choose.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SubnetChoice {
    /// Its id.
    pub id: Rc<str>,
    /// Its VPC.
    pub vpc: Rc<str>,
    /// Its zone.
    pub zone: Rc<str>,
    /// Its block.
    pub cidr: Rc<str>,
}

/// What there is to choose from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CreateView {
    /// The VPCs.
    pub vpcs: Vec<Choice>,
    /// The subnets of all of them, by zone.
    pub subnets: Vec<SubnetChoice>,
    /// Roles that EKS may put on: by their ARN.
    pub roles: Vec<Choice>,
    /// Kubernetes' versions, the newest first.
    pub versions: Vec<&'static str>,
    /// Names that are taken.
    pub taken: Vec<Rc<str>>,
}

/// Who may reach the API server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Endpoint {
    /// Everybody, over the internet.
    Public,
    /// Everybody, and the VPC from inside.
    Both,
    /// The VPC alone.
    Private,
}

impl Endpoint {
    /// All three, in the console's order.
    pub const ALL: [Self; 3] = [Self::Public, Self::Both, Self::Private];

    /// The key of its name.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Public => "create-public",
            Self::Both => "create-both",
            Self::Private => "create-private",
        }
    }
}

/// What has been chosen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Chosen {
    /// The cluster's name.
    pub name: Rc<str>,
    /// The ARN of its role.
    pub role: Rc<str>,
    /// Kubernetes' version; empty for EKS's own choice.
    pub version: Rc<str>,
    /// The VPC.
    pub vpc: Rc<str>,
    /// Its subnets.
    pub subnets: Vec<Rc<str>>,
    /// Who may reach it.
    pub endpoint: Endpoint,
}

/// What there is to choose from; nothing while there is no VPC.
#[must_use]
pub fn view(session: &Session) -> Option<CreateView> {
    let cloud = session.world().cloud();
    let vpcs: Vec<Choice> = all(cloud, kinds::VPC.kind)
        .map(|(id, vpc)| {
            let name = named(vpc);
            Choice { name: if name.is_empty() { id.clone() } else { name }, id }
        })
        .collect();
    if vpcs.is_empty() {
        return None;
    }
    let mut subnets: Vec<SubnetChoice> = all(cloud, kinds::SUBNET.kind)
        .map(|(id, subnet)| SubnetChoice {
            id,
            vpc: subnet.str_at(&["VpcId"]).into(),
            zone: subnet.str_at(&["AvailabilityZone"]).into(),
            cidr: subnet.str_at(&["CidrBlock"]).into(),
        })
        .collect();
    subnets.sort_by(|one, other| (&one.zone, &one.cidr).cmp(&(&other.zone, &other.cidr)));
    let account = cloud.settings().account.clone();
    let roles = cloud.of_kind(&account, "", "AWS::IAM::Role");
    let roles = roles
        .filter(|(_, role)| trusts_eks(role))
        .filter_map(|(key, role)| Some(Choice { id: role.get("Arn")?.as_shared()?, name: key.id.clone() }));
    let versions = version::VERSIONS.iter().rev().map(|version| version.name).collect();
    let taken = all(cloud, eks::CLUSTER).map(|(name, _)| name).collect();
    Some(CreateView { vpcs, subnets, roles: roles.collect(), versions, taken })
}

/// Whether a role's trust policy names EKS.
fn trusts_eks(role: &Value) -> bool {
    let document = role.get("AssumeRolePolicyDocument").map(ToString::to_string).unwrap_or_default();
    document.contains("eks.amazonaws.com") && !document.contains("pods.eks.amazonaws.com")
}

impl CreateView {
    /// What the form begins with: a name that is free, the first role, a subnet in each zone.
    #[must_use]
    pub fn first(&self) -> Chosen {
        let free = (1..100).map(|n| if n == 1 { "shop".to_owned() } else { format!("shop-{n}") });
        let name = free.into_iter().find(|name| !self.taken.iter().any(|it| **it == **name)).unwrap_or_default();
        let vpc = self.vpcs.last().map_or_else(|| "".into(), |vpc| vpc.id.clone());
        Chosen {
            name: name.into(),
            role: self.roles.first().map_or_else(|| "".into(), |role| role.id.clone()),
            version: "".into(),
            subnets: self.one_in_each_zone(&vpc),
            vpc,
            endpoint: Endpoint::Public,
        }
    }

    /// One subnet of a VPC in each of its zones.
    #[must_use]
    pub fn one_in_each_zone(&self, vpc: &str) -> Vec<Rc<str>> {
        let mut zones: Vec<Rc<str>> = Vec::new();
        let mut chosen = Vec::new();
        for subnet in self.subnets.iter().filter(|subnet| *subnet.vpc == *vpc) {
            if !zones.contains(&subnet.zone) {
                zones.push(subnet.zone.clone());
                chosen.push(subnet.id.clone());
            }
        }
        chosen
    }

    /// How many zones the chosen subnets lie in.
    #[must_use]
    pub fn zones(&self, chosen: &Chosen) -> usize {
        let mut zones: Vec<&Rc<str>> =
            self.subnets.iter().filter(|it| chosen.subnets.contains(&it.id)).map(|it| &it.zone).collect();
        zones.sort();
        zones.dedup();
        zones.len()
    }
}

impl Chosen {
    /// The command line that does it.
    #[must_use]
    pub fn command(&self) -> String {
        let mut line = format!(
            "aws eks create-cluster --name {} --role-arn {} --resources-vpc-config subnetIds={}",
            self.name,
            self.role,
            self.subnets.iter().map(|it| &**it).collect::<Vec<_>>().join(",")
        );
        line += match self.endpoint {
            Endpoint::Public => "",
            Endpoint::Both => ",endpointPublicAccess=true,endpointPrivateAccess=true",
            Endpoint::Private => ",endpointPublicAccess=false,endpointPrivateAccess=true",
        };
        if !self.version.is_empty() {
            line += &format!(" --kubernetes-version {}", self.version);
        }
        line + " --access-config authenticationMode=API_AND_CONFIG_MAP"
    }

    /// Whether something that has no default is missing.
    #[must_use]
    pub fn lacks(&self) -> Option<&'static str> {
        if self.name.is_empty() {
            Some("create-lacks-name")
        } else if self.role.is_empty() {
            Some("create-lacks-role")
        } else if self.subnets.is_empty() {
            Some("create-lacks-subnet")
        } else {
            None
        }
    }
}
