//! `drydock bench`: how long the work of one frame takes, as ratios.
//!
//! Machines differ and are noisy, so every figure stands beside a yardstick measured in the same
//! run: hashing one mebibyte. The best of several rounds counts.

mod large;
mod texts;

use drydock::aws::iam;
use drydock::aws::vpc::cidr::Cidr;
use drydock::aws::vpc::reachability::{
    AclRule, Flow, Goal, GroupRule, Host, Id, Match, NatGateway, NetworkAcl, Peer, Protocol, Route, SecurityGroup,
    Start, Subnet, Topology, Vpc, trace,
};
use drydock::document::parse;
use drydock::kube::api::Resource;
use drydock::session::{Msg, Session, Speed};
use drydock::sim::stable_hash;
use drydock::words::Lang;
use drydock::world::{Key, Preset, World, secs};
use std::hint::black_box;
use std::time::Duration;

const ROUNDS: u32 = 7;

/// Runs the subcommand; returns the exit code. `large` alone measures large clusters, or one of
/// that many Pods and nodes.
pub fn main(args: &[String]) -> u8 {
    if let [only, sizes @ ..] = args
        && only == "large"
    {
        let sizes: Vec<i64> = sizes.iter().filter_map(|size| size.parse().ok()).collect();
        match sizes.as_slice() {
            [pods, nodes] => large::print(&[(*pods, *nodes)]),
            _ => large::print(&large::SIZES),
        }
        return 0;
    }
    let megabyte = "x".repeat(1 << 20);
    let yardstick = best(|| {
        black_box(stable_hash(7, &[&megabyte]));
    });
    println!("{:<44} {:>10}  {:>8}", "what", "best", "× hash");
    row("hash 1 MiB (the yardstick)", yardstick, yardstick);

    row("open the tour", best(|| drop(black_box(Session::new(Lang::En)))), yardstick);
    let busy = fifty_pods();
    let world = busy.world().clone();
    row("snapshot a world with 50 Pods", best(|| drop(black_box(world.clone()))), yardstick);
    row("1 minute of 50 ready Pods", best(|| minute(&world)), yardstick);
    row("roll 50 Pods to another image", best(|| roll(&busy)), yardstick);
    let crowd = a_thousand_pods();
    row("1000 requests' paths at 1,000 Pods", best(|| requests(&crowd)), yardstick);
    row("follow a packet among 200 interfaces", best(follow(&two_hundred_interfaces())), yardstick);
    let (request, policies) = fifty_statements();
    row("1000 IAM decisions over 50 statements", best(|| decisions(&request, &policies)), yardstick);
    let texts = texts::Texts::new();
    row("check and store 100 documents", best(|| texts.store()), yardstick);
    row("check a file of 200 lines", best(|| texts.check()), yardstick);
    large::print(&large::SIZES);
    0
}

/// Ten policies of five statements each, of which the last one allows.
fn fifty_statements() -> (iam::Request, iam::Policies) {
    let statement = |number: u32| {
        let text = format!(
            r#"{{"Effect": "Allow", "Action": ["s3:Put*", "s3:Get{number}*", "ec2:Describe*"],
                "Resource": ["arn:aws:s3:::logs-{number}/*", "arn:aws:s3:::${{aws:username}}-home/*"],
                "Condition": {{"StringEquals": {{"aws:PrincipalTag/team": ["red", "blue"]}}}}}}"#
        );
        if number == 49 { text.replace("Get49", "Get") } else { text }
    };
    let policy = |first: u32| {
        let statements: Vec<String> = (first..first + 5).map(statement).collect();
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(","));
        let document = parse(&text).documents.first().map(|document| document.root.to_value()).unwrap_or_default();
        iam::Named { name: format!("policy-{first}").into(), document }
    };
    let identity = (0..50).step_by(5).map(policy).collect();
    let request = iam::Request {
        caller: iam::Caller::of("arn:aws:iam::111122223333:user/anna", None),
        action: "s3:GetObject".into(),
        resource: "arn:aws:s3:::anna-home/notes.txt".into(),
        account: "111122223333".into(),
        context: iam::Context::from([("aws:username", "anna"), ("aws:PrincipalTag/team", "blue")]),
    };
    (request, iam::Policies { identity, ..iam::Policies::default() })
}

fn decisions(request: &iam::Request, policies: &iam::Policies) {
    for _ in 0..1000 {
        assert!(black_box(iam::decide(request, policies)).is_allowed());
    }
}

fn row(name: &str, took: Duration, yardstick: Duration) {
    println!("{name:<44} {:>7} µs  {:>8.2}", took.as_micros(), took.as_secs_f64() / yardstick.as_secs_f64());
}

#[expect(clippy::disallowed_methods, reason = "a bench measures real time; the world never sees it")]
fn best(mut work: impl FnMut()) -> Duration {
    (0..ROUNDS)
        .map(|_| {
            let start = std::time::Instant::now();
            work();
            start.elapsed()
        })
        .min()
        .unwrap_or_default()
}

fn fifty_pods() -> Session {
    let mut session = Session::new(Lang::En);
    edit(&mut session, "replicas: 3", "replicas: 50");
    // A tenth of the usual wish, so that fifty fit on three small nodes.
    edit(&mut session, "cpu: 250m", "cpu: 50m");
    session.update(Msg::Apply);
    session.update(Msg::SetSpeed(Speed::Times(100)));
    for _ in 0..200 {
        session.update(Msg::Frame { elapsed_ms: 16 });
    }
    session
}

fn edit(session: &mut Session, from: &str, to: &str) {
    let Some(file) = session.files.first().cloned() else { return };
    let text = file.text.replace(from, to);
    session.update(Msg::Edit { file: file.name, text: text.into(), cursor_line: 0 });
}

fn minute(world: &World) {
    let mut world = world.clone();
    let until = world.now() + secs(60);
    while !world.advance_to(until) {}
    black_box(world.journal().hash());
}

fn roll(session: &Session) {
    let mut world = session.world().clone();
    let shell = drydock::shell::Shell::default();
    let mut running = shell.start("kubectl set image deployment/web web=nginx:1.28");
    running.poll(&mut world);
    let until = world.now() + secs(120);
    while !world.advance_to(until) {}
    black_box(world.journal().hash());
}

/// A VPC with two subnets, a NAT gateway and 200 interfaces.
fn two_hundred_interfaces() -> Topology {
    let (any, all) = (Match { protocol: Protocol::All, ports: None }, Cidr::ALL);
    let mut network = Topology::default();
    let cidrs = vec![Cidr::around([10, 0, 0, 0].into(), 16)];
    network.vpcs.insert("vpc".into(), Vpc { cidrs, dns: true });
    network.internet_gateways.insert("igw".into(), Some("vpc".into()));
    network
        .nat_gateways
        .insert("nat".into(), NatGateway { subnet: "subnet-0".into(), public_ip: Some([203, 0, 113, 1].into()) });
    let rules: Vec<AclRule> = (1..=20)
        .map(|n| AclRule {
            number: 10 * n,
            allows: n == 20,
            matches: any,
            cidr: if n == 20 { all } else { Cidr::only([192, 0, 2, 1].into()) },
        })
        .collect();
    network.network_acls.insert("acl".into(), NetworkAcl { ingress: rules.clone(), egress: rules });
    let rules = vec![GroupRule { matches: any, peer: Peer::Cidr(all) }];
    network.security_groups.insert("sg".into(), SecurityGroup { ingress: rules.clone(), egress: rules });
    for (nth, target) in [(0_u8, "igw"), (1, "nat")] {
        let (subnet, table): (Id, Id) = (format!("subnet-{nth}").into(), format!("rtb-{nth}").into());
        network.route_tables.insert(table.clone(), vec![Route { destination: all, target: target.into() }]);
        let cidr = Cidr::around([10, 0, nth, 0].into(), 24);
        let at = Subnet { vpc: "vpc".into(), cidr, zone: "a".into(), route_table: table, network_acl: "acl".into() };
        network.subnets.insert(subnet.clone(), at);
        for host in 0..100_u8 {
            let host = Host {
                subnet: subnet.clone(),
                private_ip: [10, 0, nth, 10 + host].into(),
                secondary: Vec::new(),
                public_ip: (nth == 0).then_some([203, 0, 113, 10 + host].into()),
                groups: vec!["sg".into()],
            };
            network.hosts.insert(host.private_ip.to_string().into(), host);
        }
    }
    network
}

/// The longest way there is: out through the NAT gateway and in again by a public address.
fn follow(network: &Topology) -> impl FnMut() {
    let to = Goal::Address([203, 0, 113, 109].into());
    let flow = Flow::new(Start::Host("10.0.1.109".into()), to, Protocol::Tcp, 443);
    assert!(trace(network, &flow).reachable(), "the bench follows a packet to its end");
    move || drop(black_box(trace(network, &flow)))
}

/// A thousand ready Pods behind one Service, on ten nodes.
fn a_thousand_pods() -> World {
    let names: Vec<String> = (0..10).map(|number| format!("node-{number}")).collect();
    let nodes: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "ap-northeast-2a")).collect();
    let mut world = World::new(&Preset::of(&nodes, "64", "256Gi"), 7);
    world.settle(secs(60));
    let shell = drydock::shell::Shell::default();
    for line in
        ["kubectl create deployment web --image=nginx:1.27 --replicas=1000", "kubectl expose deployment web --port=80"]
    {
        shell.start(line).poll(&mut world);
    }
    let until = world.now() + secs(900);
    while !world.advance_to(until) {}
    world
}

fn requests(world: &World) {
    let service = Key::new(Resource::SERVICES, "default", "web");
    let address =
        world.get(&service).map(|service| service.str_at(&["spec", "clusterIP"]).to_owned()).unwrap_or_default();
    let pod = world.cluster().runtime().iter().next().map(|(_, process)| process.facts.pod.name.to_string());
    let pod = pod.unwrap_or_default();
    for _ in 0..1000 {
        black_box(world.cluster().trace(world.now(), &pod, &address, 80, "/"));
    }
}
