# The cloud's clusters: control planes, and instances that want to be nodes. Codes and arguments
# come from `src/aws/eks/` and `src/world/bridge/`.

why-eks-active = The control plane is ready: three etcd members and two API servers over three zones.
why-eks-member-detected = EKS noticed that { $member } in { $zone } is out, and is replacing it.
why-eks-member-replaced = EKS has replaced { $member }. It runs in { $zone } now.
why-eks-updated = The update is through: { $type }.
why-eks-plane = So many members of the control plane are out, or back, that this changed.
why-eks-node-joined = { $instance } has joined the cluster as a node.
why-eks-nodes-failed = { $code }: { $message }
why-node-joined = Its endpoint answered, its role is mapped, and so it is the node { $node } now.
why-node-no-role = It has no instance profile with a role, so it cannot say who it is.
why-node-no-cluster = There is no cluster { $cluster } with that endpoint. Is the name in the user data right?
why-node-cluster-not-ready = The control plane of { $cluster } is not ACTIVE yet.
why-node-no-route = It cannot reach the cluster’s endpoint. The packet stops at { $hop } { $component }.
why-node-no-route-eks = It cannot reach the EKS API to ask for the endpoint. The packet stops at { $hop } { $component }.
why-signal-no-route = cfn-signal does not get through to CloudFormation. The packet stops at { $hop } { $component }. The stack waits for a signal that never comes.
why-node-endpoint-private = The endpoint is private, and the instance is in another network than { $vpc }.
why-node-no-private-dns = The endpoint is private, and { $vpc } does not resolve its name: DNS hostnames or DNS support is off.
why-node-not-in-cidrs = The endpoint only answers the listed blocks, and it comes from { $address }.
why-node-role-denied = The role { $role } may not do { $action }, which a node does before it joins.
why-node-not-mapped = { $fault ->
    [no-entry] The cluster does not know the role { $role }: there is no access entry of type EC2_LINUX for it.
    [groups] aws-auth names the role { $role }, but not in the groups system:bootstrappers and system:nodes.
    [username] aws-auth names the role { $role }, but its user name does not begin with system:node:.
   *[other] The cluster does not know the role { $role }: aws-auth has no row for it.
}
why-instance-gone = Its instance was stopped or terminated.
why-flaw-published = A flaw of kube-apiserver became known, and its patch with it.
why-plane-struck = Somebody used the known flaw. Nobody had patched the API server.
why-plane-patching = You are patching the control plane. Its API server is down for as long as that takes.
why-plane-patched = The control plane is patched and answers.
why-eks-member-patching = EKS replaces { $member } by one with the patch, while another answers.
why-eks-patched = EKS has patched every API server. The platform version is { $version }.
why-node-chosen = The scheduler chose { $node }: its volume is to be made where that node can reach it.
why-cloud-says = { $message }

# On the Map
plane-name = EKS control plane { $name }
plane-replaced = replaced { NUMBER($count) }×
plane-outside = { $instance } is not a node

# "Create cluster", as the console's form has it
create-open = Create cluster
create-title = Create cluster
create-name = Name
create-role = Cluster IAM role
create-no-role = No role that EKS may assume
create-version = Kubernetes version
create-default = The default of EKS
create-subnets = Subnets
create-two-zones = EKS wants subnets in at least two zones.
create-endpoint = Cluster endpoint access
create-public = Public
create-both = Public and private
create-private = Private
create-runs = The form runs this command
create-run = Create
create-lacks-name = It needs a name.
create-lacks-role = It needs a role that trusts eks.amazonaws.com.
create-lacks-subnet = It needs subnets.

# Money
bill-title = What it costs
bill-total = { $dollars } so far
bill-open = { $hour } an hour, { $total } so far
bill-what = What runs
bill-count = Count
bill-hour = An hour
bill-sum = Together
bill-note = List prices of Seoul, on demand, by the hour of simulated time, without data transfer and requests. Under each name is the page to hold its price against.
bill-instance = Instance
bill-volume = Volume
bill-nat-gateway = NAT gateway
bill-public-address = Public IPv4 address
bill-interface-endpoint = Interface endpoint
bill-application-load-balancer = Application Load Balancer
bill-network-load-balancer = Network Load Balancer
bill-classic-load-balancer = Classic Load Balancer
bill-eks-cluster = EKS control plane
bill-eks-cluster-extended = EKS control plane, extended support

# Moving house
move-open = Move house
move-title = Moving house
move-from = From { $cluster }, what has to change
move-to = To { $cluster }
move-nothing = Nothing. These files run there as they are.

# Below complaints of EKS
advice-web-identity = The role does not trust this service account: compare sub and aud in its trust policy with the Pod’s namespace and service account.
advice-oidc-provider = IAM does not know the cluster’s issuer yet. aws iam create-open-id-connect-provider introduces it.
advice-pod-identity-agent = Nobody answers at 169.254.170.23. Is the add-on eks-pod-identity-agent installed, and does its Pod run on this node?
advice-eks-unauthorized = The cluster does not know your IAM identity. It needs an access entry, or a row in aws-auth, for the role or user that aws sts get-caller-identity names.

# Why
why-no-address = There is no address left for it. The CNI plugin gives Pods addresses of the node’s subnet, as many as the instance type’s interfaces hold.
