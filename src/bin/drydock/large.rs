//! Large clusters: what one Pod costs from its creation until it is ready, how that grows, what it
//! weighs, and what a cluster at rest costs.

use drydock::kube::api::{Request, Resource, User, meta};
use drydock::tree;
use drydock::world::{Action, NodeSpec, Preset, World, secs};
use std::rc::Rc;
use std::time::Duration;

/// CPU time per Pod that may not be exceeded, in microseconds, at 1,000 and at 10,000 Pods.
const PER_POD_MAX: [u128; 2] = [60, 90];
/// Live bytes per Pod that may not be exceeded.
const BYTES_PER_POD_MAX: u64 = 20 * 1024;
/// Share of a core that a cluster at rest may take at 1× speed, in thousandths.
const IDLE_MAX: u128 = 10;

/// How many Pods on how many nodes.
pub const SIZES: [(i64, i64); 2] = [(1_000, 100), (10_000, 1_000)];

/// Prints the table of large clusters.
pub fn print(sizes: &[(i64, i64)]) {
    println!("\n{:<44} {:>10}  {:>8}", "large clusters", "measured", "at most");
    for (pods, nodes) in sizes.iter().copied() {
        let limit = PER_POD_MAX[usize::from(pods > SIZES[0].0)];
        let mut world = cluster(nodes);
        let before = resident();
        let took = cpu(|| grow(&mut world, pods));
        let per_pod = took.as_micros() / u128::from(pods.unsigned_abs());
        line(&format!("Pod until ready: {pods} Pods, {nodes} nodes"), &format!("{per_pod} µs"), &format!("{limit} µs"));
        let bytes = resident().saturating_sub(before) / pods.unsigned_abs();
        line("  resident bytes per Pod", &bytes.to_string(), &BYTES_PER_POD_MAX.to_string());
        if pods == 1_000 {
            let minute = cpu(|| {
                let until = world.now() + secs(60);
                while !world.advance_to(until) {}
            });
            let share = minute.as_micros() / 60_000;
            line("  at rest, thousandths of a core at 1×", &share.to_string(), &IDLE_MAX.to_string());
        }
    }
}

fn line(name: &str, measured: &str, limit: &str) {
    println!("{name:<44} {measured:>10}  {limit:>8}");
}

fn cluster(nodes: i64) -> World {
    let node = |index: i64| NodeSpec {
        name: format!("node-{index:04}").into(),
        zone: ["ap-northeast-2a", "ap-northeast-2b", "ap-northeast-2c"][usize::try_from(index % 3).unwrap_or_default()]
            .into(),
        cpu: "8".into(),
        memory: "32Gi".into(),
        pods: 110,
        labels: Vec::new(),
    };
    let preset = Preset { nodes: (0..nodes).map(node).collect(), ..Preset::native() };
    let mut world = World::new(&preset, 7);
    let until = world.now() + secs(30);
    while !world.advance_to(until) {}
    world
}

/// Makes a Deployment of so many Pods, and waits until all are ready.
fn grow(world: &mut World, pods: i64) {
    let deployment = tree!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": { "name": "web", "namespace": "default" },
        "spec": {
            "replicas": pods,
            "selector": { "matchLabels": { "app": "web" } },
            "template": {
                "metadata": { "labels": { "app": "web" } },
                "spec": {
                    "containers": [{
                        "name": "web",
                        "image": "nginx:1.27",
                        "resources": { "requests": { "cpu": "100m", "memory": "64Mi" } },
                    }],
                },
            },
        },
    });
    let request = Request::create(User::admin(), Resource::DEPLOYMENTS, "default", deployment);
    let made = world.act(&Action::Request { actor: "you".into(), request: Rc::new(request) });
    assert!(made.is_ok(), "{made:?}");
    let is_done = |world: &World| {
        let deployment = world.cluster().snapshot(world.now()).list(Resource::DEPLOYMENTS, "default").next().cloned();
        deployment.is_some_and(|deployment| {
            meta::name(&deployment) == "web" && deployment.int_at(&["status", "readyReplicas"]) == Some(pods)
        })
    };
    for _ in 0..600 {
        let until = world.now() + secs(1);
        while !world.advance_to(until) {}
        if is_done(world) {
            return;
        }
    }
    println!("not all Pods became ready");
}

/// The CPU time of this process while it works.
fn cpu(work: impl FnOnce()) -> Duration {
    let before = used();
    work();
    used().saturating_sub(before)
}

/// From `/proc/self/schedstat`: nanoseconds on a processor.
fn used() -> Duration {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    Duration::from_nanos(text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or_default())
}

/// From `/proc/self/statm`: the pages in memory.
fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    text.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or_default() * 4096
}
