//! Whole structures as the API server prints them in messages: its own Go types, with Go's field
//! names and order, every unset field as null, `""`, 0 or false.
// Models k8s.io/apimachinery/pkg/util/validation/field Error.ErrorBody, pkg/util/diff

use crate::document::Value;
use std::fmt::Write;

/// One type a line: its name and its fields in Go's order. A field may end in
/// `"`, `0`, `!` (prints `""`, 0, false when unset; null otherwise), `?` (left out when unset, and
/// named as in JSON), and may have the JSON name (`=name`) where it does not follow from Go's, and
/// the type of its value (`:Type` for a struct that is always there, `*Type` for one, or a list of
/// them, that may be absent).
const TYPES: &str = r#"
PodTemplateSpec metadata:ObjectMeta Spec:PodSpec
ObjectMeta name? generateName? namespace? selfLink? uid? resourceVersion? generation? creationTimestamp? deletionTimestamp? deletionGracePeriodSeconds? labels? annotations? ownerReferences? finalizers?
PodSpec Volumes*Volume InitContainers*Container Containers*Container EphemeralContainers*EphemeralContainer RestartPolicy" TerminationGracePeriodSeconds ActiveDeadlineSeconds DNSPolicy" NodeSelector ServiceAccountName" AutomountServiceAccountToken NodeName" SecurityContext*PodSecurityContext ImagePullSecrets*LocalObjectReference Hostname" Subdomain" SetHostnameAsFQDN Affinity*Affinity SchedulerName" Tolerations*Toleration HostAliases*HostAlias PriorityClassName" Priority PreemptionPolicy DNSConfig*PodDNSConfig ReadinessGates*PodReadinessGate RuntimeClassName Overhead EnableServiceLinks TopologySpreadConstraints*TopologySpreadConstraint OS*PodOS SchedulingGates*PodSchedulingGate ResourceClaims*PodResourceClaim Resources*ResourceRequirements HostnameOverride SchedulingGroup
Volume Name" HostPath*HostPathVolumeSource EmptyDir*EmptyDirVolumeSource GCEPersistentDisk*GCEPersistentDiskVolumeSource AWSElasticBlockStore*AWSElasticBlockStoreVolumeSource GitRepo*GitRepoVolumeSource Secret*SecretVolumeSource NFS*NFSVolumeSource ISCSI*ISCSIVolumeSource Glusterfs*GlusterfsVolumeSource PersistentVolumeClaim*PersistentVolumeClaimVolumeSource RBD*RBDVolumeSource Quobyte*QuobyteVolumeSource FlexVolume*FlexVolumeSource Cinder*CinderVolumeSource CephFS=cephfs*CephFSVolumeSource Flocker*FlockerVolumeSource DownwardAPI*DownwardAPIVolumeSource FC*FCVolumeSource AzureFile*AzureFileVolumeSource ConfigMap*ConfigMapVolumeSource VsphereVolume*VsphereVirtualDiskVolumeSource AzureDisk*AzureDiskVolumeSource PhotonPersistentDisk*PhotonPersistentDiskVolumeSource Projected*ProjectedVolumeSource PortworxVolume*PortworxVolumeSource ScaleIO*ScaleIOVolumeSource StorageOS=storageos*StorageOSVolumeSource CSI*CSIVolumeSource Ephemeral*EphemeralVolumeSource Image*ImageVolumeSource
HostPathVolumeSource Path" Type
EmptyDirVolumeSource Medium" SizeLimit
GCEPersistentDiskVolumeSource PDName" FSType" Partition0 ReadOnly!
AWSElasticBlockStoreVolumeSource VolumeID" FSType" Partition0 ReadOnly!
GitRepoVolumeSource Repository" Revision" Directory"
SecretVolumeSource SecretName" Items*KeyToPath DefaultMode Optional
KeyToPath Key" Path" Mode
NFSVolumeSource Server" Path" ReadOnly!
ISCSIVolumeSource TargetPortal" IQN" Lun0 ISCSIInterface" FSType" ReadOnly! Portals DiscoveryCHAPAuth=chapAuthDiscovery! SessionCHAPAuth=chapAuthSession! SecretRef*LocalObjectReference InitiatorName
LocalObjectReference Name"
SecretReference Name" Namespace"
GlusterfsVolumeSource EndpointsName=endpoints" Path" ReadOnly!
PersistentVolumeClaimVolumeSource ClaimName" ReadOnly!
RBDVolumeSource CephMonitors=monitors RBDImage=image" FSType" RBDPool=pool" RadosUser=user" Keyring" SecretRef*LocalObjectReference ReadOnly!
QuobyteVolumeSource Registry" Volume" ReadOnly! User" Group" Tenant"
FlexVolumeSource Driver" FSType" SecretRef*LocalObjectReference ReadOnly! Options
CinderVolumeSource VolumeID" FSType" ReadOnly! SecretRef*LocalObjectReference
CephFSVolumeSource Monitors Path" User" SecretFile" SecretRef*LocalObjectReference ReadOnly!
FlockerVolumeSource DatasetName" DatasetUUID"
DownwardAPIVolumeSource Items*DownwardAPIVolumeFile DefaultMode
DownwardAPIVolumeFile Path" FieldRef*ObjectFieldSelector ResourceFieldRef*ResourceFieldSelector Mode
ObjectFieldSelector APIVersion" FieldPath"
ResourceFieldSelector ContainerName" Resource" Divisor"
FCVolumeSource TargetWWNs Lun FSType" ReadOnly! WWIDs=wwids
AzureFileVolumeSource SecretName" ShareName" ReadOnly!
ConfigMapVolumeSource Name" Items*KeyToPath DefaultMode Optional
VsphereVirtualDiskVolumeSource VolumePath" FSType" StoragePolicyName" StoragePolicyID"
AzureDiskVolumeSource DiskName" DataDiskURI=diskURI" CachingMode FSType ReadOnly Kind
PhotonPersistentDiskVolumeSource PdID" FSType"
ProjectedVolumeSource Sources*VolumeProjection DefaultMode
VolumeProjection Secret*ConfigMapVolumeProjection DownwardAPI*DownwardAPIProjection ConfigMap*ConfigMapVolumeProjection ServiceAccountToken*ServiceAccountTokenProjection ClusterTrustBundle PodCertificate
ConfigMapVolumeProjection Name" Items*KeyToPath Optional
DownwardAPIProjection Items*DownwardAPIVolumeFile
ServiceAccountTokenProjection Audience" ExpirationSeconds0 Path"
PortworxVolumeSource VolumeID" FSType" ReadOnly!
ScaleIOVolumeSource Gateway" System" SecretRef*LocalObjectReference SSLEnabled! ProtectionDomain" StoragePool" StorageMode" VolumeName" FSType" ReadOnly!
StorageOSVolumeSource VolumeName" VolumeNamespace" FSType" ReadOnly! SecretRef*LocalObjectReference
CSIVolumeSource Driver" ReadOnly FSType VolumeAttributes NodePublishSecretRef*LocalObjectReference
EphemeralVolumeSource VolumeClaimTemplate*PersistentVolumeClaimTemplate
PersistentVolumeClaimTemplate metadata:ObjectMeta Spec:PersistentVolumeClaimSpec
PersistentVolumeClaimSpec AccessModes Selector*LabelSelector Resources:VolumeResourceRequirements VolumeName" StorageClassName VolumeMode DataSource*TypedLocalObjectReference DataSourceRef*TypedObjectReference VolumeAttributesClassName
LabelSelector matchLabels? matchExpressions?*LabelSelectorRequirement
LabelSelectorRequirement key" operator" values?
VolumeResourceRequirements Limits Requests
TypedLocalObjectReference APIGroup Kind" Name"
TypedObjectReference APIGroup Kind" Name" Namespace
ImageVolumeSource Reference" PullPolicy"
Container Name" Image" Command Args WorkingDir" Ports*ContainerPort EnvFrom*EnvFromSource Env*EnvVar Resources:ResourceRequirements ResizePolicy*ContainerResizePolicy RestartPolicy RestartPolicyRules VolumeMounts*VolumeMount VolumeDevices*VolumeDevice LivenessProbe*Probe ReadinessProbe*Probe StartupProbe*Probe Lifecycle*Lifecycle TerminationMessagePath" TerminationMessagePolicy" ImagePullPolicy" SecurityContext*SecurityContext Stdin! StdinOnce! TTY!
EphemeralContainer Name" Image" Command Args WorkingDir" Ports*ContainerPort EnvFrom*EnvFromSource Env*EnvVar Resources:ResourceRequirements ResizePolicy*ContainerResizePolicy RestartPolicy RestartPolicyRules VolumeMounts*VolumeMount VolumeDevices*VolumeDevice LivenessProbe*Probe ReadinessProbe*Probe StartupProbe*Probe Lifecycle*Lifecycle TerminationMessagePath" TerminationMessagePolicy" ImagePullPolicy" SecurityContext*SecurityContext Stdin! StdinOnce! TTY! TargetContainerName"
ContainerPort Name" HostPort0 ContainerPort0 Protocol" HostIP"
EnvFromSource Prefix" ConfigMapRef*ConfigMapEnvSource SecretRef*ConfigMapEnvSource
ConfigMapEnvSource Name" Optional
EnvVar Name" Value" ValueFrom*EnvVarSource
EnvVarSource FieldRef*ObjectFieldSelector ResourceFieldRef*ResourceFieldSelector ConfigMapKeyRef*KeySelector SecretKeyRef*KeySelector FileKeyRef*FileKeySelector
KeySelector Name" Key" Optional
FileKeySelector VolumeName" Path" Key" Optional
ResourceRequirements Limits Requests Claims*ResourceClaim
ResourceClaim Name" Request"
ContainerResizePolicy ResourceName" RestartPolicy"
VolumeMount Name" ReadOnly! RecursiveReadOnly MountPath" SubPath" MountPropagation SubPathExpr"
VolumeDevice Name" DevicePath"
Probe Exec*ExecAction HTTPGet*HTTPGetAction TCPSocket*TCPSocketAction GRPC*GRPCAction InitialDelaySeconds0 TimeoutSeconds0 PeriodSeconds0 SuccessThreshold0 FailureThreshold0 TerminationGracePeriodSeconds
ExecAction Command
HTTPGetAction Path" Port0 Host" Scheme" HTTPHeaders*HTTPHeader
HTTPHeader Name" Value"
TCPSocketAction Port0 Host"
GRPCAction Port0 Service
Lifecycle PostStart*LifecycleHandler PreStop*LifecycleHandler StopSignal
LifecycleHandler Exec*ExecAction HTTPGet*HTTPGetAction TCPSocket*TCPSocketAction Sleep*SleepAction
SleepAction Seconds0
SecurityContext Capabilities*Capabilities Privileged SELinuxOptions*SELinuxOptions WindowsOptions*WindowsSecurityContextOptions RunAsUser RunAsGroup RunAsNonRoot ReadOnlyRootFilesystem AllowPrivilegeEscalation ProcMount SeccompProfile*SeccompProfile AppArmorProfile*SeccompProfile
Capabilities Add Drop
SELinuxOptions User" Role" Type" Level"
WindowsSecurityContextOptions GMSACredentialSpecName GMSACredentialSpec RunAsUserName HostProcess
SeccompProfile Type" LocalhostProfile
PodSecurityContext HostNetwork! HostPID! HostIPC! ShareProcessNamespace HostUsers SELinuxOptions*SELinuxOptions WindowsOptions*WindowsSecurityContextOptions RunAsUser RunAsGroup RunAsNonRoot SupplementalGroups SupplementalGroupsPolicy FSGroup FSGroupChangePolicy Sysctls*HTTPHeader SeccompProfile*SeccompProfile AppArmorProfile*SeccompProfile SELinuxChangePolicy
Affinity NodeAffinity*NodeAffinity PodAffinity*PodAffinity PodAntiAffinity*PodAffinity
NodeAffinity RequiredDuringSchedulingIgnoredDuringExecution*NodeSelector PreferredDuringSchedulingIgnoredDuringExecution*PreferredSchedulingTerm
NodeSelector NodeSelectorTerms*NodeSelectorTerm
NodeSelectorTerm MatchExpressions*NodeSelectorRequirement MatchFields*NodeSelectorRequirement
NodeSelectorRequirement Key" Operator" Values
PreferredSchedulingTerm Weight0 Preference:NodeSelectorTerm
PodAffinity RequiredDuringSchedulingIgnoredDuringExecution*PodAffinityTerm PreferredDuringSchedulingIgnoredDuringExecution*WeightedPodAffinityTerm
PodAffinityTerm LabelSelector*LabelSelector Namespaces TopologyKey" NamespaceSelector*LabelSelector MatchLabelKeys MismatchLabelKeys
WeightedPodAffinityTerm Weight0 PodAffinityTerm:PodAffinityTerm
Toleration Key" Operator" Value" Effect" TolerationSeconds
Taint Key" Value" Effect" TimeAdded
HostAlias IP" Hostnames
PodDNSConfig Nameservers Searches Options*PodDNSConfigOption
PodDNSConfigOption Name" Value
PodReadinessGate ConditionType"
TopologySpreadConstraint MaxSkew0 TopologyKey" WhenUnsatisfiable" LabelSelector*LabelSelector MinDomains NodeAffinityPolicy NodeTaintsPolicy MatchLabelKeys
PodOS Name"
PodSchedulingGate Name"
PodResourceClaim Name" ResourceClaimName ResourceClaimTemplateName
PersistentVolumeSource GCEPersistentDisk*GCEPersistentDiskVolumeSource AWSElasticBlockStore*AWSElasticBlockStoreVolumeSource HostPath*HostPathVolumeSource Glusterfs*GlusterfsPersistentVolumeSource NFS*NFSVolumeSource RBD*RBDPersistentVolumeSource Quobyte*QuobyteVolumeSource ISCSI*ISCSIPersistentVolumeSource FlexVolume*FlexPersistentVolumeSource Cinder*CinderPersistentVolumeSource CephFS=cephfs*CephFSPersistentVolumeSource FC*FCVolumeSource Flocker*FlockerVolumeSource AzureFile*AzureFilePersistentVolumeSource VsphereVolume*VsphereVirtualDiskVolumeSource AzureDisk*AzureDiskVolumeSource PhotonPersistentDisk*PhotonPersistentDiskVolumeSource PortworxVolume*PortworxVolumeSource ScaleIO*ScaleIOPersistentVolumeSource Local*LocalVolumeSource StorageOS=storageos*StorageOSPersistentVolumeSource CSI*CSIPersistentVolumeSource
GlusterfsPersistentVolumeSource EndpointsName=endpoints" Path" ReadOnly! EndpointsNamespace
RBDPersistentVolumeSource CephMonitors=monitors RBDImage=image" FSType" RBDPool=pool" RadosUser=user" Keyring" SecretRef*SecretReference ReadOnly!
ISCSIPersistentVolumeSource TargetPortal" IQN" Lun0 ISCSIInterface" FSType" ReadOnly! Portals DiscoveryCHAPAuth=chapAuthDiscovery! SessionCHAPAuth=chapAuthSession! SecretRef*SecretReference InitiatorName
FlexPersistentVolumeSource Driver" FSType" SecretRef*SecretReference ReadOnly! Options
CinderPersistentVolumeSource VolumeID" FSType" ReadOnly! SecretRef*SecretReference
CephFSPersistentVolumeSource Monitors Path" User" SecretFile" SecretRef*SecretReference ReadOnly!
AzureFilePersistentVolumeSource SecretName" ShareName" ReadOnly! SecretNamespace
ScaleIOPersistentVolumeSource Gateway" System" SecretRef*SecretReference SSLEnabled! ProtectionDomain" StoragePool" StorageMode" VolumeName" FSType" ReadOnly!
LocalVolumeSource Path" FSType
StorageOSPersistentVolumeSource VolumeName" VolumeNamespace" FSType" ReadOnly! SecretRef
CSIPersistentVolumeSource Driver" VolumeHandle" ReadOnly! FSType" VolumeAttributes ControllerPublishSecretRef*SecretReference NodeStageSecretRef*SecretReference NodePublishSecretRef*SecretReference ControllerExpandSecretRef*SecretReference NodeExpandSecretRef*SecretReference
DeploymentStrategy Type" RollingUpdate*RollingUpdate
DaemonSetUpdateStrategy Type" RollingUpdate*RollingUpdate
RollingUpdate MaxUnavailable0 MaxSurge0
StatefulSetUpdateStrategy Type" RollingUpdate*RollingUpdateStatefulSetStrategy
RollingUpdateStatefulSetStrategy Partition0 MaxUnavailable
ServicePort Name" Protocol" AppProtocol Port0 TargetPort0 NodePort0
RoleRef APIGroup" Kind" Name"
PodDisruptionBudgetSpec MinAvailable Selector*LabelSelector MaxUnavailable UnhealthyPodEvictionPolicy
ScopeSelector MatchExpressions*ScopedResourceSelectorRequirement
ScopedResourceSelectorRequirement ScopeName" Operator" Values
VolumeNodeAffinity Required*NodeSelector
OwnerReference apiVersion" kind" name" uid" controller? blockOwnerDeletion?
"#;

/// A Go value on its way to text: objects keep the order of their fields.
enum Printed {
    Text(String),
    List(Vec<Printed>),
    Object(Vec<(String, Printed)>),
}

/// `value` as JSON of the Go type `kind`, in one line.
#[must_use]
pub fn json(value: &Value, kind: &str) -> String {
    let mut out = String::new();
    write_out(&typed(value, kind), None, 0, &mut out);
    out
}

/// The unified difference of two values of the Go type `kind`, as upstream puts it into messages.
// Models k8s.io/apimachinery/pkg/util/diff Diff
#[must_use]
pub fn diff(old: &Value, new: &Value, kind: &str) -> String {
    let text = |value: &Value| {
        let mut out = String::new();
        write_out(&typed(value, kind), Some(" "), 0, &mut out);
        out
    };
    super::difflib::unified(&text(old), &text(new))
}

/// Plain JSON as Go's encoder writes it, with its escapes for HTML.
#[must_use]
pub fn plain(value: &Value) -> String {
    let mut out = String::new();
    write_out(&untyped(value), None, 0, &mut out);
    out
}

fn untyped(value: &Value) -> Printed {
    match value {
        Value::List(items) => Printed::List(items.iter().map(untyped).collect()),
        Value::Map(map) => Printed::Object(map.iter().map(|(key, value)| (key.to_string(), untyped(value))).collect()),
        Value::Text(text) => Printed::Text(quote(text)),
        other => Printed::Text(other.to_string()),
    }
}

fn typed(value: &Value, kind: &str) -> Printed {
    if let Value::List(items) = value {
        return Printed::List(items.iter().map(|item| typed(item, kind)).collect());
    }
    let line = TYPES.lines().find(|line| line.split(' ').next() == Some(kind));
    let Some(fields) = line.and_then(|line| line.split_once(' ')).map(|(_, fields)| fields) else {
        return untyped(value);
    };
    let host;
    let value = if kind == "PodSpec" && value.get("securityContext").is_some() {
        host = with_host_fields(value);
        &host
    } else {
        value
    };
    let mut printed = Vec::new();
    for field in fields.split(' ') {
        print_field(value, field, &mut printed);
    }
    Printed::Object(printed)
}

/// Inside the server these fields of a Pod's spec live in its security context.
fn with_host_fields(spec: &Value) -> Value {
    let mut merged = spec.clone();
    for field in ["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers"] {
        if let Some(set) = spec.get(field) {
            merged.set(&["securityContext", field], set);
        }
    }
    merged
}

fn print_field(value: &Value, field: &str, printed: &mut Vec<(String, Printed)>) {
    let (field, kind, always) = match field.split_once([':', '*']) {
        Some((name, kind)) => (name, kind, field.contains(':')),
        None => (field, "", false),
    };
    let name = field.trim_end_matches(['"', '0', '!', '?']);
    let zero = &field[name.len()..];
    let (name, json_name) = match name.split_once('=') {
        Some((name, json)) => (name, json.to_owned()),
        None => (name, json_name(name)),
    };
    let held = value.get(&json_name).filter(|held| !(zero == "?" && held.is_empty()));
    if kind == "ObjectMeta" {
        // Embedded in Go: its fields stand among those of the struct around it.
        if let Printed::Object(fields) = typed(held.unwrap_or(&Value::Null), kind) {
            printed.extend(fields);
        }
        return;
    }
    let shown = match held {
        Some(held) if kind.is_empty() => untyped(held),
        Some(held) => typed(held, kind),
        None if always => typed(&Value::Null, kind),
        None => Printed::Text(match zero {
            "\"" => "\"\"".to_owned(),
            "0" => "0".to_owned(),
            "!" => "false".to_owned(),
            "?" => return,
            _ => "null".to_owned(),
        }),
    };
    printed.push((name.to_owned(), shown));
}

/// `DNSPolicy` is `dnsPolicy`, `HostPID` is `hostPID`, `OS` is `os`.
fn json_name(name: &str) -> String {
    let capitals = name.bytes().take_while(u8::is_ascii_uppercase).count();
    let lowered = if capitals == name.len() { capitals } else { capitals.saturating_sub(1).max(1) };
    let (head, tail) = name.split_at(lowered);
    head.to_lowercase() + tail
}

fn write_out(value: &Printed, indent: Option<&str>, depth: usize, out: &mut String) {
    let (open, close, count) = match value {
        Printed::Text(text) => return out.push_str(text),
        Printed::List(items) => ('[', ']', items.len()),
        Printed::Object(fields) => ('{', '}', fields.len()),
    };
    let line = |depth: usize, out: &mut String| {
        if let Some(indent) = indent {
            out.push('\n');
            (0..depth).for_each(|_| out.push_str(indent));
        }
    };
    out.push(open);
    for index in 0..count {
        if index > 0 {
            out.push(',');
        }
        line(depth + 1, out);
        match value {
            Printed::List(items) => write_out(&items[index], indent, depth + 1, out),
            Printed::Object(fields) => {
                out.push_str(&quote(&fields[index].0));
                out.push_str(if indent.is_some() { ": " } else { ":" });
                write_out(&fields[index].1, indent, depth + 1, out);
            }
            Printed::Text(_) => {}
        }
    }
    if count > 0 {
        line(depth, out);
    }
    out.push(close);
}

/// A JSON string with Go's escapes for HTML.
fn quote(text: &str) -> String {
    let mut out = String::new();
    let _ = write!(out, "{}", Value::text(text));
    if out.contains(['<', '>', '&']) {
        out = out.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn go_names_and_json_names_follow_from_each_other() {
        for (go, json) in [
            ("DNSPolicy", "dnsPolicy"),
            ("HostPID", "hostPID"),
            ("OS", "os"),
            ("TTY", "tty"),
            ("GCEPersistentDisk", "gcePersistentDisk"),
            ("SELinuxOptions", "seLinuxOptions"),
            ("Name", "name"),
            ("matchLabels", "matchLabels"),
        ] {
            assert_eq!(json_name(go), json);
        }
    }

    #[test]
    fn every_named_type_is_in_the_table() {
        for field in TYPES.lines().flat_map(|line| line.split(' ').skip(1)) {
            if let Some((_, kind)) = field.split_once([':', '*']) {
                assert!(TYPES.lines().any(|line| line.split(' ').next() == Some(kind)), "{kind}");
            }
        }
    }

    #[test]
    fn unset_fields_are_printed_as_go_has_them() {
        assert_eq!(
            json(&tree!({ "port": 80, "protocol": "TCP" }), "ServicePort"),
            r#"{"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}"#
        );
        assert_eq!(
            json(&tree!({ "type": "BlueGreen" }), "DeploymentStrategy"),
            r#"{"Type":"BlueGreen","RollingUpdate":null}"#
        );
        assert_eq!(json(&tree!({ "matchLabels": { "a": "b" } }), "LabelSelector"), r#"{"matchLabels":{"a":"b"}}"#);
    }
}
