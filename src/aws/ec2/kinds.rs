//! What all kinds of resources have in common: how they are found, described, filtered, tagged.

use crate::aws::api::{Answer, Error};
use crate::aws::{Context, ResourceKey};
use crate::document::Value;
use crate::sim::Verb;
use crate::tree;
use std::rc::Rc;

/// A kind of resource, as a row of a table.
pub struct Kind {
    /// CloudFormation's name of the type.
    pub kind: &'static str,
    /// What EC2 calls it in tags and in messages.
    pub name: &'static str,
    /// What its ids begin with.
    pub prefix: &'static str,
    /// The member that has its id.
    pub id: &'static str,
    /// The member of an answer that lists it.
    pub list: &'static str,
    /// The parameter with ids to describe.
    pub ids: &'static str,
    /// The code of a refusal: there is none with this id.
    pub missing: &'static str,
    /// Its message around the id.
    pub says: (&'static str, &'static str),
    /// Filters: `name=Path.To.Member`, separated by spaces. Lists on the way are walked through.
    pub filters: &'static str,
}

macro_rules! kinds {
    ($($const:ident $doc:literal $kind:literal $name:literal $prefix:literal $id:literal $list:literal $ids:literal
       $missing:literal $before:literal $after:literal $filters:literal;)*) => {
        $(#[doc = $doc] pub const $const: Kind = Kind {
            kind: $kind, name: $name, prefix: $prefix, id: $id, list: $list, ids: $ids,
            missing: $missing, says: ($before, $after), filters: $filters,
        };)*
        /// Every kind that EC2 tags.
        pub const KINDS: &[&Kind] = &[$(&$const),*];
    };
}

// Source: Amazon EC2 API Reference, "Error codes" and the Filter tables of the Describe actions.
kinds! {
    VPC "Virtual private clouds." "AWS::EC2::VPC" "vpc" "vpc-" "VpcId" "Vpcs" "VpcIds"
        "InvalidVpcID.NotFound" "The vpc ID '" "' does not exist"
        "vpc-id=VpcId cidr=CidrBlock cidr-block-association.cidr-block=CidrBlockAssociationSet.CidrBlock state=State is-default=IsDefault isDefault=IsDefault owner-id=OwnerId";
    SUBNET "Subnets." "AWS::EC2::Subnet" "subnet" "subnet-" "SubnetId" "Subnets" "SubnetIds"
        "InvalidSubnetID.NotFound" "The subnet ID '" "' does not exist"
        "subnet-id=SubnetId vpc-id=VpcId availability-zone=AvailabilityZone availabilityZone=AvailabilityZone cidr-block=CidrBlock cidr=CidrBlock cidrBlock=CidrBlock state=State default-for-az=DefaultForAz map-public-ip-on-launch=MapPublicIpOnLaunch available-ip-address-count=AvailableIpAddressCount";
    ROUTE_TABLE "Route tables." "AWS::EC2::RouteTable" "route-table" "rtb-" "RouteTableId" "RouteTables" "RouteTableIds"
        "InvalidRouteTableID.NotFound" "The routeTable ID '" "' does not exist"
        "route-table-id=RouteTableId vpc-id=VpcId association.subnet-id=Associations.SubnetId association.main=Associations.Main association.route-table-association-id=Associations.RouteTableAssociationId route.destination-cidr-block=Routes.DestinationCidrBlock route.gateway-id=Routes.GatewayId route.nat-gateway-id=Routes.NatGatewayId route.state=Routes.State";
    INTERNET_GATEWAY "Internet gateways." "AWS::EC2::InternetGateway" "internet-gateway" "igw-" "InternetGatewayId" "InternetGateways" "InternetGatewayIds"
        "InvalidInternetGatewayID.NotFound" "The internetGateway ID '" "' does not exist"
        "internet-gateway-id=InternetGatewayId attachment.vpc-id=Attachments.VpcId attachment.state=Attachments.State";
    NAT_GATEWAY "NAT gateways." "AWS::EC2::NatGateway" "natgateway" "nat-" "NatGatewayId" "NatGateways" "NatGatewayIds"
        "NatGatewayNotFound" "NAT gateway " " was not found"
        "nat-gateway-id=NatGatewayId vpc-id=VpcId subnet-id=SubnetId state=State";
    ADDRESS "Elastic IP addresses." "AWS::EC2::EIP" "elastic-ip" "eipalloc-" "AllocationId" "Addresses" "AllocationIds"
        "InvalidAllocationID.NotFound" "The allocation ID '" "' does not exist"
        "allocation-id=AllocationId association-id=AssociationId public-ip=PublicIp instance-id=InstanceId network-interface-id=NetworkInterfaceId private-ip-address=PrivateIpAddress domain=Domain";
    SECURITY_GROUP "Security groups." "AWS::EC2::SecurityGroup" "security-group" "sg-" "GroupId" "SecurityGroups" "GroupIds"
        "InvalidGroup.NotFound" "The security group '" "' does not exist"
        "group-id=GroupId group-name=GroupName vpc-id=VpcId description=Description ip-permission.cidr=IpPermissions.IpRanges.CidrIp ip-permission.from-port=IpPermissions.FromPort ip-permission.to-port=IpPermissions.ToPort ip-permission.protocol=IpPermissions.IpProtocol ip-permission.group-id=IpPermissions.UserIdGroupPairs.GroupId";
    NETWORK_ACL "Network ACLs." "AWS::EC2::NetworkAcl" "network-acl" "acl-" "NetworkAclId" "NetworkAcls" "NetworkAclIds"
        "InvalidNetworkAclID.NotFound" "The networkAcl ID '" "' does not exist"
        "network-acl-id=NetworkAclId vpc-id=VpcId default=IsDefault association.subnet-id=Associations.SubnetId entry.rule-number=Entries.RuleNumber entry.cidr=Entries.CidrBlock";
    PEERING "Peering connections." "AWS::EC2::VPCPeeringConnection" "vpc-peering-connection" "pcx-" "VpcPeeringConnectionId" "VpcPeeringConnections" "VpcPeeringConnectionIds"
        "InvalidVpcPeeringConnectionID.NotFound" "The vpcPeeringConnection ID '" "' does not exist"
        "vpc-peering-connection-id=VpcPeeringConnectionId status-code=Status.Code requester-vpc-info.vpc-id=RequesterVpcInfo.VpcId accepter-vpc-info.vpc-id=AccepterVpcInfo.VpcId";
    ENDPOINT "VPC endpoints." "AWS::EC2::VPCEndpoint" "vpc-endpoint" "vpce-" "VpcEndpointId" "VpcEndpoints" "VpcEndpointIds"
        "InvalidVpcEndpointId.NotFound" "The Vpc Endpoint Id '" "' does not exist"
        "vpc-endpoint-id=VpcEndpointId vpc-id=VpcId service-name=ServiceName vpc-endpoint-type=VpcEndpointType vpc-endpoint-state=State";
    INTERFACE "Network interfaces." "AWS::EC2::NetworkInterface" "network-interface" "eni-" "NetworkInterfaceId" "NetworkInterfaces" "NetworkInterfaceIds"
        "InvalidNetworkInterfaceID.NotFound" "The networkInterface ID '" "' does not exist"
        "network-interface-id=NetworkInterfaceId subnet-id=SubnetId vpc-id=VpcId group-id=Groups.GroupId status=Status private-ip-address=PrivateIpAddress addresses.private-ip-address=PrivateIpAddresses.PrivateIpAddress attachment.instance-id=Attachment.InstanceId availability-zone=AvailabilityZone description=Description interface-type=InterfaceType association.public-ip=Association.PublicIp";
    INSTANCE "Instances." "AWS::EC2::Instance" "instance" "i-" "InstanceId" "Instances" "InstanceIds"
        "InvalidInstanceID.NotFound" "The instance ID '" "' does not exist"
        "instance-id=InstanceId instance-state-name=State.Name instance-state-code=State.Code instance-type=InstanceType image-id=ImageId vpc-id=VpcId subnet-id=SubnetId availability-zone=Placement.AvailabilityZone private-ip-address=PrivateIpAddress ip-address=PublicIpAddress private-dns-name=PrivateDnsName dns-name=PublicDnsName key-name=KeyName architecture=Architecture instance.group-id=SecurityGroups.GroupId instance.group-name=SecurityGroups.GroupName iam-instance-profile.arn=IamInstanceProfile.Arn network-interface.network-interface-id=NetworkInterfaces.NetworkInterfaceId";
    VOLUME "Volumes." "AWS::EC2::Volume" "volume" "vol-" "VolumeId" "Volumes" "VolumeIds"
        "InvalidVolume.NotFound" "The volume '" "' does not exist."
        "volume-id=VolumeId status=State size=Size volume-type=VolumeType availability-zone=AvailabilityZone attachment.instance-id=Attachments.InstanceId attachment.status=Attachments.State attachment.device=Attachments.Device";
    KEY_PAIR "Key pairs." "AWS::EC2::KeyPair" "key-pair" "key-" "KeyPairId" "KeyPairs" "KeyPairIds"
        "InvalidKeyPair.NotFound" "The key pair '" "' does not exist"
        "key-name=KeyName key-pair-id=KeyPairId fingerprint=KeyFingerprint";
    LAUNCH_TEMPLATE "Launch templates." "AWS::EC2::LaunchTemplate" "launch-template" "lt-" "LaunchTemplateId" "LaunchTemplates" "LaunchTemplateIds"
        "InvalidLaunchTemplateId.NotFound" "The specified launch template, with template ID " ", does not exist."
        "launch-template-name=LaunchTemplateName launch-template-id=LaunchTemplateId";
}

impl Kind {
    /// That there is none with this id.
    pub fn not_found(&self, id: &str) -> Error {
        let malformed = match self.name {
            "instance" if !id.starts_with(self.prefix) => Some("InvalidInstanceID.Malformed"),
            "security-group" if !id.starts_with(self.prefix) => Some("InvalidGroupId.Malformed"),
            _ => None,
        };
        match malformed {
            Some(code) if self.name == "instance" => Error::new(code, format!("Invalid id: \"{id}\"")),
            Some(code) => Error::new(code, format!("Invalid id: \"{id}\" (expecting \"{}...\")", self.prefix)),
            None => Error::new(self.missing, format!("{}{id}{}", self.says.0, self.says.1)),
        }
    }

    /// That something still needs it.
    // Source: Amazon EC2 API Reference, "Error codes", DependencyViolation.
    pub fn in_use(&self, id: &str) -> Error {
        let name = match self.name {
            "security-group" => {
                return Error::new("DependencyViolation", format!("resource {id} has a dependent object"));
            }
            "route-table" => "routeTable",
            "internet-gateway" => "internetGateway",
            "network-acl" => "networkAcl",
            name => name,
        };
        Error::new("DependencyViolation", format!("The {name} '{id}' has dependencies and cannot be deleted."))
    }

    /// The resource with this id.
    pub fn find(&self, context: &Context<'_, '_>, id: &str) -> Result<Value, Error> {
        context.get(self.kind, id).cloned().ok_or_else(|| self.not_found(id))
    }

    /// The resource that a parameter names.
    pub fn named(&self, context: &Context<'_, '_>, params: &Value, parameter: &str) -> Result<(Rc<str>, Value), Error> {
        let id = crate::aws::required(params, parameter)?;
        Ok((id.into(), self.find(context, id)?))
    }

    /// Stores a new resource with its id, its tags and its owner. Returns the id.
    pub fn make(&self, context: &mut Context<'_, '_>, mut value: Value, params: &Value) -> Rc<str> {
        let id = context.new_id(self.prefix);
        value.set(&[self.id], &id);
        let tags = if self.name == "network-interface" { "TagSet" } else { "Tags" };
        value.set(&[tags], tags_for(params, self.name));
        if self.name != "instance" {
            let owner = context.caller.account.clone();
            value.set(&["OwnerId"], owner);
        }
        self.store(context, &id, value);
        id
    }

    /// Writes a resource.
    pub fn store(&self, context: &mut Context<'_, '_>, id: &str, value: Value) {
        let key = context.key(self.kind, id);
        context.put(key, value, Verb::Update);
    }

    /// Rewrites part of a resource if it is there.
    pub fn change(&self, context: &mut Context<'_, '_>, id: &str, path: &[&str], value: impl Into<Value>) {
        let (key, value) = (context.key(self.kind, id), value.into());
        context.update(&key, Verb::Update, |it| it.set(path, value));
    }

    /// Takes a resource away.
    pub fn delete(&self, context: &mut Context<'_, '_>, id: &str) {
        let key = context.key(self.kind, id);
        context.remove(&key);
    }

    /// Whether a resource of this kind has `id` somewhere along a path.
    pub fn any(&self, context: &Context<'_, '_>, path: &str, id: &str) -> bool {
        self.with(context, path, id).next().is_some()
    }

    /// The resources of this kind that have `id` somewhere along a path.
    pub fn with<'c>(
        &self,
        context: &'c Context<'_, '_>,
        path: &'c str,
        id: &'c str,
    ) -> impl Iterator<Item = (Rc<str>, &'c Value)> + use<'c> {
        context
            .cloud
            .of_kind(&context.caller.account, &context.region, self.kind)
            .filter(move |(_, value)| along(value, path).iter().any(|found| **found == *id))
            .map(|(key, value)| (key.id.clone(), value))
    }

    /// The resources that a Describe call asks for, as they are shown.
    pub fn chosen(&self, context: &Context<'_, '_>, params: &Value) -> Result<Vec<Value>, Error> {
        let wanted = params.items_at(&[self.ids]);
        for id in wanted.iter().filter_map(Value::as_str) {
            self.find(context, id)?;
        }
        let all = context.cloud.of_kind(&context.caller.account, &context.region, self.kind);
        let mut chosen = Vec::new();
        for (key, value) in all {
            if (wanted.is_empty() || wanted.iter().any(|id| id.as_shared() == Some(key.id.clone())))
                && self.passes(params, value)?
            {
                chosen.push(shown(value));
            }
        }
        Ok(chosen)
    }

    /// Answers a Describe call.
    pub fn describe(&self, context: &Context<'_, '_>, params: &Value) -> Answer {
        Ok(Value::map().with(&[self.list], Value::list(self.chosen(context, params)?)))
    }

    /// Whether a resource passes every filter of a request: one of the values of each.
    pub fn passes(&self, params: &Value, value: &Value) -> Result<bool, Error> {
        for filter in params.items_at(&["Filters"]) {
            let name = filter.str_at(&["Name"]);
            let has: Vec<Rc<str>> = match (name, name.strip_prefix("tag:")) {
                (_, Some(key)) => tag(value, key).map(Into::into).into_iter().collect(),
                ("tag-key", _) => along(value, "Tags.Key"),
                _ => {
                    let path = self.filters.split(' ').filter_map(|it| it.split_once('=')).find(|it| it.0 == name);
                    let Some((_, path)) = path else {
                        return Err(Error::new("InvalidParameterValue", format!("The filter '{name}' is invalid")));
                    };
                    along(value, path)
                }
            };
            let values = filter.items_at(&["Values"]);
            let fits = |text: &Rc<str>| values.iter().filter_map(Value::as_str).any(|pattern| is_like(text, pattern));
            if !has.iter().any(fits) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The kind of resource that has ids like this one.
pub fn kind_of(id: &str) -> Option<&'static Kind> {
    let prefix = id.rsplit_once('-')?.0;
    KINDS.iter().copied().find(|kind| kind.prefix.strip_suffix('-') == Some(prefix))
}

/// A resource without what AWS does not show.
pub fn shown(value: &Value) -> Value {
    match value.as_map() {
        Some(map) if map.keys().any(|key| key.starts_with('_')) => map
            .iter()
            .filter(|(key, _)| !key.starts_with('_'))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect::<crate::document::Map>()
            .into(),
        _ => value.clone(),
    }
}

/// Everything along a path, as text; lists are walked through.
pub fn along(value: &Value, path: &str) -> Vec<Rc<str>> {
    fn walk(value: &Value, path: &str, found: &mut Vec<Rc<str>>) {
        match value {
            Value::List(items) => items.iter().for_each(|item| walk(item, path, found)),
            Value::Map(_) => {
                let (head, rest) = path.split_once('.').unwrap_or((path, ""));
                if let Some(inner) = value.get(head) {
                    walk(inner, rest, found);
                }
            }
            Value::Text(text) => found.push(text.clone()),
            Value::Null => {}
            other => found.push(other.to_string().into()),
        }
    }
    let mut found = Vec::new();
    walk(value, path, &mut found);
    found
}

/// Whether a text is as a pattern of a filter says: `*` for any characters, `?` for one.
pub fn is_like(text: &str, pattern: &str) -> bool {
    fn fits(text: &[u8], pattern: &[u8]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some((b'*', rest)) => (0..=text.len()).any(|skip| fits(text.get(skip..).unwrap_or_default(), rest)),
            Some((one, rest)) => {
                text.split_first().is_some_and(|(first, after)| (*one == b'?' || one == first) && fits(after, rest))
            }
        }
    }
    if pattern.contains(['*', '?']) { fits(text.as_bytes(), pattern.as_bytes()) } else { text == pattern }
}

/// The value of a tag.
pub fn tag<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    let tags = value.get("Tags").or_else(|| value.get("TagSet"))?;
    tags.items().iter().find(|tag| tag.str_at(&["Key"]) == key).map(|tag| tag.str_at(&["Value"]))
}

/// The tags that a request gives to a type of resource.
pub fn tags_for(params: &Value, name: &str) -> Value {
    let of_type = params.items_at(&["TagSpecifications"]).iter().find(|spec| spec.str_at(&["ResourceType"]) == name);
    of_type.and_then(|spec| spec.get("Tags")).cloned().unwrap_or_else(|| Value::list([]))
}

/// `CreateTags` and `DeleteTags`.
pub fn retag(context: &mut Context<'_, '_>, params: &Value, adds: bool) -> Answer {
    let mut found: Vec<(ResourceKey, &Kind)> = Vec::new();
    for id in params.items_at(&["Resources"]).iter().filter_map(Value::as_str) {
        let Some(kind) = kind_of(id) else {
            return Err(Error::new("InvalidID", format!("The ID '{id}' is not valid")));
        };
        kind.find(context, id)?;
        found.push((context.key(kind.kind, id), kind));
    }
    let given = params.items_at(&["Tags"]);
    for (key, kind) in found {
        let field = if kind.name == "network-interface" { "TagSet" } else { "Tags" };
        context.update(&key, Verb::Update, |value| {
            let mut tags: Vec<Value> = value.items_at(&[field]).to_vec();
            for tag in given {
                tags.retain(|old| {
                    old.get("Key") != tag.get("Key")
                        || !adds && tag.get("Value").is_some_and(|v| Some(v) != old.get("Value"))
                });
                if adds {
                    tags.push(tree!({ "Key": tag.str_at(&["Key"]), "Value": tag.str_at(&["Value"]) }));
                }
            }
            value.set(&[field], Value::list(tags));
        });
    }
    Ok(Value::map())
}

/// `DescribeTags`.
pub fn describe_tags(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let mut rows = Vec::new();
    let filters = params.items_at(&["Filters"]);
    for kind in KINDS {
        for (key, value) in context.list(kind.kind) {
            let tags = value.get("Tags").or_else(|| value.get("TagSet")).cloned().unwrap_or_default();
            for tag in tags.items() {
                let row = tree!({
                    "Key": tag.str_at(&["Key"]), "ResourceId": key.id.clone(),
                    "ResourceType": kind.name, "Value": tag.str_at(&["Value"]),
                });
                let fits = |filter: &Value| {
                    let member = match filter.str_at(&["Name"]) {
                        "key" => "Key",
                        "value" => "Value",
                        "resource-id" => "ResourceId",
                        "resource-type" => "ResourceType",
                        _ => return false,
                    };
                    filter
                        .items_at(&["Values"])
                        .iter()
                        .filter_map(Value::as_str)
                        .any(|it| is_like(row.str_at(&[member]), it))
                };
                if filters.iter().all(fits) {
                    rows.push(row);
                }
            }
        }
    }
    Ok(tree!({ "Tags": Value::list(rows) }))
}

/// A parameter that is wrong.
pub fn invalid(value: &str, parameter: &str, why: &str) -> Error {
    Error::new("InvalidParameterValue", format!("Value ({value}) for parameter {parameter} is invalid. {why}"))
}

/// What EC2 answers when all it has to say is yes.
pub fn done() -> Answer {
    Ok(tree!({ "Return": true }))
}

/// What EC2 answers when it has nothing to say: the CLI prints nothing.
pub fn nothing() -> Answer {
    Ok(Value::map())
}

/// A list of texts in a parameter.
pub fn texts(params: &Value, name: &str) -> Vec<Rc<str>> {
    params.items_at(&[name]).iter().filter_map(Value::as_shared).collect()
}

/// A boolean parameter, also as EC2 sometimes wraps it: `{ "Value": true }`.
pub fn flag(params: &Value, name: &str) -> Option<bool> {
    let value = params.get(name)?;
    value.as_bool().or_else(|| value.at(&["Value"])?.as_bool())
}
