//! Stacks as people write them: `cloudformation/` holds templates that are deployed unmodified,
//! changed, rolled back and deleted, in a world whose clusters nodes can join.
//!
//! What a stack made must be gone when it is deleted, and what was there before must be there
//! after a creation or an update that fails.

use drydock::document::Value;
use drydock::world::{Call, CloudAnswer, FIRST_ACCESS_KEY, Preset, World};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const REGION: &str = "ap-northeast-2";

/// A world with somebody who deploys.
struct Bench {
    world: World,
}

impl Bench {
    fn new(seed: u64) -> Self {
        let mut bench = Self { world: World::new(&Preset::empty(), seed) };
        bench.upload("storage-network");
        bench
    }

    /// Puts a template where stacks that have it as a part look for it.
    fn upload(&mut self, name: &str) {
        let place = Value::from([("LocationConstraint", REGION)]);
        let params = Value::from([("Bucket", Value::from("templates")), ("CreateBucketConfiguration", place)]);
        self.call("s3api", "CreateBucket", params).expect("nobody has that name");
        let params = [("Bucket", "templates"), ("Key", &format!("{name}.yaml")), ("Body", &template(name))];
        self.call("s3api", "PutObject", Value::from(params)).expect("it is put there");
    }

    fn call(&mut self, service: &str, action: &str, params: Value) -> CloudAnswer {
        self.world.call(&"you".into(), &Call::new(FIRST_ACCESS_KEY, REGION, service, action, params))
    }

    fn cfn(&mut self, action: &str, name: &str, template: &str, parameters: &[(&str, &str)]) -> CloudAnswer {
        let mut params = Value::from([("StackName", name)]);
        if !template.is_empty() {
            params.set(&["TemplateBody"], template);
        }
        let given =
            parameters.iter().map(|(key, value)| Value::from([("ParameterKey", *key), ("ParameterValue", *value)]));
        params.set(&["Parameters"], Value::list(given));
        params.set(&["Capabilities"], Value::list(["CAPABILITY_NAMED_IAM".into()]));
        self.call("cloudformation", action, params)
    }

    fn stack(&mut self, name: &str) -> Value {
        let told = self.call("cloudformation", "DescribeStacks", Value::from([("StackName", name)]));
        told.ok().and_then(|told| told.items_at(&["Stacks"]).first().cloned()).unwrap_or_default()
    }

    /// Lets time pass until the stack rests; its status then.
    fn settled(&mut self, name: &str) -> String {
        for _ in 0..400_000 {
            let status = self.stack(name).str_at(&["StackStatus"]).to_owned();
            if !status.ends_with("IN_PROGRESS") {
                return status;
            }
            assert!(self.world.step().is_some(), "{name} waits for nothing: {status}");
        }
        panic!("{name} does not come to rest");
    }

    fn events(&mut self, name: &str) -> Vec<String> {
        let told = self.call("cloudformation", "DescribeStackEvents", Value::from([("StackName", name)]));
        let line = |event: &Value| {
            let text = |field: &str| event.str_at(&[field]).to_owned();
            format!("{} {} {}", text("LogicalResourceId"), text("ResourceStatus"), text("ResourceStatusReason"))
        };
        told.map(|told| told.items_at(&["StackEvents"]).iter().rev().map(line).collect()).unwrap_or_default()
    }

    /// Everything that is there but stacks and what has ended, with what AWS tells of it.
    fn things(&self) -> BTreeMap<String, String> {
        let mut things = BTreeMap::new();
        for (key, value) in self.world.cloud().iter() {
            let state = [value.str_at(&["State"]), value.str_at(&["State", "Name"]), value.str_at(&["Status", "Code"])];
            let is_over = state.iter().any(|state| matches!(*state, "terminated" | "deleted"));
            if is_over || &*key.kind == "AWS::CloudFormation::Stack" {
                continue;
            }
            let public = value.entries().filter(|(name, _)| !name.starts_with('_'));
            let in_order = |value: &Value| {
                let mut items = value.items().to_vec();
                items.sort();
                if items.is_empty() { value.clone() } else { Value::from(items) }
            };
            let told: Vec<String> = public.map(|(name, value)| format!("{name}={}", in_order(value))).collect();
            things.insert(format!("{} {}", key.kind, key.id), told.join(" "));
        }
        things
    }

    /// Deploys a template and demands that it is made.
    fn deploy(&mut self, name: &str, parameters: &[(&str, &str)]) {
        let made = self.cfn("CreateStack", name, &template(name), parameters);
        made.unwrap_or_else(|error| panic!("{name}: {error}"));
        let status = self.settled(name);
        assert_eq!(status, "CREATE_COMPLETE", "{name}: {:#?}", self.events(name));
    }

    fn delete(&mut self, name: &str) {
        let id = self.stack(name).str_at(&["StackId"]).to_owned();
        self.cfn("DeleteStack", name, "", &[]).unwrap_or_else(|error| panic!("{name}: {error}"));
        let status = self.settled(&id);
        let left: Vec<String> = self.things().into_iter().map(|(key, told)| format!("{key} {told}")).collect();
        assert_eq!(status, "DELETE_COMPLETE", "{name}: {:#?}\nthere are {left:#?}", self.events(&id));
        // What ends in its own time ends.
        for _ in 0..20_000 {
            if self.world.is_settled() || self.world.step().is_none() {
                break;
            }
        }
    }
}

fn template(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cloudformation");
    ["yaml", "json"]
        .iter()
        .find_map(|end| fs::read_to_string(folder.join(format!("{name}.{end}"))).ok())
        .unwrap_or_else(|| panic!("no template {name}"))
}

/// Deploys the stacks one after the other, deletes them the other way round, and demands that
/// nothing is left.
fn come_and_go(names: &[&str]) {
    let mut bench = Bench::new(5);
    let before = bench.things();
    for name in names {
        bench.deploy(name, &[]);
    }
    for name in names.iter().rev() {
        bench.delete(name);
    }
    let after = bench.things();
    let left: Vec<&String> = after.keys().filter(|key| !before.contains_key(*key)).collect();
    assert!(left.is_empty(), "left behind: {left:#?}");
}

#[test]
fn a_network_and_what_imports_from_it() {
    come_and_go(&["vpc-three-zones", "importing"]);
}

#[test]
fn nodes_of_ones_own() {
    come_and_go(&["vpc-three-zones", "self-managed-nodes"]);
}

#[test]
fn an_application_behind_a_load_balancer() {
    come_and_go(&["load-balancer"]);
}

#[test]
fn a_cluster_with_everything() {
    come_and_go(&["eks-cluster"]);
}

#[test]
fn what_eksctl_generates() {
    come_and_go(&["eksctl-demo-cluster", "eksctl-demo-nodegroup-ng"]);
}

#[test]
fn what_is_not_simulated_is_named_and_stands_inert() {
    let mut bench = Bench::new(5);
    bench.deploy("vpc-three-zones", &[]);
    bench.deploy("importing", &[]);
    let told = bench.events("importing");
    assert!(told.iter().any(|line| line.contains("does not simulate AWS::Lambda::Function")), "{told:#?}");
    let shown = bench.stack("importing");
    let secret = shown.items_at(&["Parameters"]).iter().find(|it| it.str_at(&["ParameterKey"]) == "Secret").cloned();
    assert_eq!(secret.unwrap_or_default().str_at(&["ParameterValue"]), "****");
    let refused = bench.cfn("DeleteStack", "vpc-three-zones", "", &[]).expect_err("it is in use");
    assert!(refused.message.ends_with("cannot be deleted as it is in use by importing"), "{refused}");
}

/// Demands that nothing is other than before.
fn unchanged(bench: &Bench, before: &BTreeMap<String, String>, when: &str) {
    let after = bench.things();
    let mut differences = Vec::new();
    for key in before.keys().chain(after.keys()) {
        let (was, is) = (before.get(key), after.get(key));
        if was != is {
            differences.push(format!("{key}\n  was {was:?}\n  is  {is:?}"));
        }
    }
    assert!(differences.is_empty(), "{when}: {}", differences.join("\n"));
}

/// A network of `count` subnets; `bad` of them lies outside.
fn subnets(count: u32, bad: Option<u32>, mark: &str) -> String {
    let mut text = String::from("Resources:\n  Vpc: {Type: 'AWS::EC2::VPC', Properties: {CidrBlock: 10.0.0.0/16, Tags: [{Key: mark, Value: MARK}]}}\n")
        .replace("MARK", mark);
    for nth in 0..count {
        let block = if bad == Some(nth) { "172.31.0.0/24".to_owned() } else { format!("10.0.{nth}.0/24") };
        let after = if nth > 0 { format!("DependsOn: S{}, ", nth - 1) } else { String::new() };
        text += &format!(
            "  S{nth}: {{Type: 'AWS::EC2::Subnet', {after}Properties: {{VpcId: !Ref Vpc, CidrBlock: {block}}}}}\n"
        );
        text += &format!("  R{nth}: {{Type: 'AWS::EC2::RouteTable', Properties: {{VpcId: !Ref Vpc}}}}\n");
        text += &format!(
            "  A{nth}: {{Type: 'AWS::EC2::SubnetRouteTableAssociation', Properties: {{SubnetId: !Ref S{nth}, RouteTableId: !Ref R{nth}}}}}\n"
        );
    }
    text
}

#[test]
fn a_creation_that_fails_leaves_what_was_there() {
    for seed in 0..8_u64 {
        let count = 1 + (seed % 4) as u32;
        let mut bench = Bench::new(seed);
        let before = bench.things();
        bench.cfn("CreateStack", "net", &subnets(count, Some(seed as u32 % count), "a"), &[]).expect("it begins");
        assert_eq!(bench.settled("net"), "ROLLBACK_COMPLETE", "{:#?}", bench.events("net"));
        unchanged(&bench, &before, &format!("seed {seed}"));
        let refused = bench.cfn("UpdateStack", "net", &subnets(1, None, "a"), &[]).expect_err("it can only be deleted");
        assert!(refused.message.ends_with("is in ROLLBACK_COMPLETE state and can not be updated."), "{refused}");
        bench.delete("net");
    }
}

#[test]
fn an_update_that_fails_leaves_what_was_there() {
    for seed in 0..8_u64 {
        let mut bench = Bench::new(seed);
        let (old, new) = (1 + (seed % 3) as u32, 2 + (seed % 4) as u32);
        bench.cfn("CreateStack", "net", &subnets(old, None, "a"), &[]).expect("it begins");
        assert_eq!(bench.settled("net"), "CREATE_COMPLETE", "{:#?}", bench.events("net"));
        let before = bench.things();
        let shown = bench.stack("net");
        bench.cfn("UpdateStack", "net", &subnets(new, Some(new - 1), "b"), &[]).expect("it begins");
        assert_eq!(bench.settled("net"), "UPDATE_ROLLBACK_COMPLETE", "{:#?}", bench.events("net"));
        unchanged(&bench, &before, &format!("seed {seed}"));
        for field in ["Parameters", "Outputs", "Tags"] {
            assert_eq!(bench.stack("net").get(field), shown.get(field));
        }
        bench.cfn("UpdateStack", "net", &subnets(new, None, "b"), &[]).expect("it begins");
        assert_eq!(bench.settled("net"), "UPDATE_COMPLETE", "{:#?}", bench.events("net"));
        let none = bench.cfn("UpdateStack", "net", &subnets(new, None, "b"), &[]).expect_err("nothing differs");
        assert_eq!(&*none.message, "No updates are to be performed.");
        bench.delete("net");
    }
}

#[test]
fn a_change_set_tells_beforehand_what_an_update_does() {
    let mut bench = Bench::new(3);
    bench.cfn("CreateStack", "net", &subnets(1, None, "a"), &[]).expect("it begins");
    bench.settled("net");
    let moved = subnets(1, None, "a").replace("10.0.0.0/24", "10.0.9.0/24");
    let params = Value::from([("StackName", "net"), ("ChangeSetName", "move"), ("TemplateBody", &moved)]);
    bench.call("cloudformation", "CreateChangeSet", params).expect("it is made");
    let named = Value::from([("StackName", "net"), ("ChangeSetName", "move")]);
    let told = bench.call("cloudformation", "DescribeChangeSet", named.clone()).expect("it is there");
    let changes: Vec<String> = told
        .items_at(&["Changes"])
        .iter()
        .map(|it| {
            format!(
                "{} {}",
                it.str_at(&["ResourceChange", "LogicalResourceId"]),
                it.str_at(&["ResourceChange", "Replacement"])
            )
        })
        .collect();
    assert_eq!(changes, ["A0 True", "S0 True"]);
    bench.call("cloudformation", "ExecuteChangeSet", named).expect("it begins");
    assert_eq!(bench.settled("net"), "UPDATE_COMPLETE", "{:#?}", bench.events("net"));
    let subnets: Vec<String> = bench.things().into_keys().filter(|key| key.starts_with("AWS::EC2::Subnet ")).collect();
    assert_eq!(subnets.len(), 1, "the old one is gone: {subnets:?}");
    bench.delete("net");
}

#[test]
fn what_is_to_be_kept_is_kept() {
    let mut bench = Bench::new(3);
    let text = "Resources:\n  V: {Type: 'AWS::EC2::VPC', DeletionPolicy: Retain, UpdateReplacePolicy: Retain, Properties: {CidrBlock: 10.0.0.0/16}}\n  G: {Type: 'AWS::EC2::InternetGateway'}\n";
    bench.cfn("CreateStack", "kept", text, &[]).expect("it begins");
    bench.settled("kept");
    bench.cfn("UpdateStack", "kept", &text.replace("10.0.0.0/16", "10.1.0.0/16"), &[]).expect("it begins");
    assert_eq!(bench.settled("kept"), "UPDATE_COMPLETE");
    bench.delete("kept");
    let count = |kind: &str| bench.things().keys().filter(|key| key.starts_with(kind)).count();
    assert_eq!((count("AWS::EC2::VPC "), count("AWS::EC2::InternetGateway ")), (2, 0));
}

/// Every type whose facts are known stands in one of the templates.
#[test]
fn the_templates_use_every_type() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cloudformation");
    let paths = fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("readable").path());
    let texts: Vec<String> = paths.map(|path| fs::read_to_string(path).expect("a template")).collect();
    let all = texts.concat();
    let stands =
        |kind: &str| all.contains(&format!("Type: {kind}\n")) || all.contains(&format!("\"Type\": \"{kind}\""));
    let missing: Vec<&str> = drydock::aws::cloudformation::facts::kinds().filter(|kind| !stands(kind)).collect();
    assert!(missing.is_empty(), "in no template: {missing:?}");
}

#[test]
fn a_part_that_fails_takes_the_whole_along() {
    let mut bench = Bench::new(4);
    let before = bench.things();
    let text = "Resources:\n  Part: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateURL: 'https://templates.s3.ap-northeast-2.amazonaws.com/storage-network.yaml', Parameters: {Block: 10.0.0.0/8}}}\n";
    bench.cfn("CreateStack", "whole", text, &[]).expect("it begins");
    assert_eq!(bench.settled("whole"), "ROLLBACK_COMPLETE");
    let told = bench.events("whole");
    assert!(told.iter().any(|line| line.contains("Embedded stack") && line.contains("[Vpc]")), "{told:#?}");
    unchanged(&bench, &before, "afterwards");
    let gone = text.replace("storage-network", "nothing");
    bench.cfn("CreateStack", "other", &gone, &[]).expect("it begins");
    assert_eq!(bench.settled("other"), "ROLLBACK_COMPLETE");
    let told = bench.events("other");
    assert!(told.iter().any(|line| line.contains("S3 error: The specified key does not exist.")), "{told:#?}");
}

#[test]
fn a_machine_that_says_nothing_is_waited_for_and_given_up() {
    let mut bench = Bench::new(4);
    bench.deploy("vpc-three-zones", &[]);
    let text = template("self-managed-nodes").replace("/opt/aws/bin/cfn-signal -e $?", "echo");
    bench.cfn("CreateStack", "quiet", &text, &[]).expect("it begins");
    assert_eq!(bench.settled("quiet"), "ROLLBACK_COMPLETE");
    let told = bench.events("quiet");
    let reason = "Bastion CREATE_FAILED Failed to receive 1 resource signal(s) within the specified duration";
    assert!(told.iter().any(|line| line == reason), "{told:#?}");
    let text = template("self-managed-nodes").replace("cfn-signal -e $?", "cfn-signal -e 1");
    bench.cfn("CreateStack", "failing", &text, &[]).expect("it begins");
    assert_eq!(bench.settled("failing"), "ROLLBACK_COMPLETE");
    let told = bench.events("failing");
    assert!(
        told.iter().any(|line| line.contains("Bastion CREATE_FAILED Received 1 FAILURE signal(s) out of 1.")),
        "{told:#?}"
    );
}

#[test]
fn drift_is_found() {
    let mut bench = Bench::new(3);
    bench.cfn("CreateStack", "net", &subnets(1, None, "a"), &[]).expect("it begins");
    bench.settled("net");
    let check = |bench: &mut Bench| {
        let begun =
            bench.call("cloudformation", "DetectStackDrift", Value::from([("StackName", "net")])).expect("it begins");
        let id = Value::from([("StackDriftDetectionId", begun.str_at(&["StackDriftDetectionId"]))]);
        for _ in 0..1000 {
            let told = bench.call("cloudformation", "DescribeStackDriftDetectionStatus", id.clone()).expect("known");
            if told.str_at(&["DetectionStatus"]) == "DETECTION_COMPLETE" {
                return told.str_at(&["StackDriftStatus"]).to_owned();
            }
            bench.world.step();
        }
        panic!("it never ends");
    };
    assert_eq!(check(&mut bench), "IN_SYNC");
    let vpc = bench
        .things()
        .into_keys()
        .find_map(|key| key.strip_prefix("AWS::EC2::VPC ").map(str::to_owned))
        .expect("there");
    let tag = Value::list([Value::from([("Key", "mark"), ("Value", "by hand")])]);
    let params = Value::from([("Resources", Value::list([vpc.as_str().into()])), ("Tags", tag)]);
    bench.call("ec2", "CreateTags", params).expect("done by hand");
    assert_eq!(check(&mut bench), "DRIFTED");
    let told =
        bench.call("cloudformation", "DescribeStackResourceDrifts", Value::from([("StackName", "net")])).expect("told");
    let drifted: Vec<&Value> = told
        .items_at(&["StackResourceDrifts"])
        .iter()
        .filter(|it| it.str_at(&["StackResourceDriftStatus"]) != "IN_SYNC")
        .collect();
    assert_eq!(drifted.len(), 1);
    assert_eq!(drifted[0].items_at(&["PropertyDifferences"])[0].str_at(&["PropertyPath"]), "/Tags");
}
