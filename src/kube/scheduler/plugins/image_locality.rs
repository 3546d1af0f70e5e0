//! A node that holds the images already starts sooner.
// Models pkg/scheduler/framework/plugins/imagelocality

use crate::document::Value;
use crate::kube::scheduler::node_info::NodeInfo;
use crate::kube::scheduler::plugins::{Cycle, MAX_NODE_SCORE};

const MEGABYTE: i64 = 1024 * 1024;
const LEAST: i64 = 23 * MEGABYTE;
const MOST_PER_CONTAINER: i64 = 1000 * MEGABYTE;

/// The more bytes of the Pod's images a node holds, the better; an image that few nodes hold
/// counts less, so that Pods do not crowd where the first one went.
pub fn score(cycle: &Cycle<'_>, nodes: &[&NodeInfo]) -> Option<Vec<i64>> {
    let images = images_of(cycle.pod);
    let total = i64::try_from(cycle.nodes.len()).unwrap_or(1).max(1);
    let spread: Vec<i64> = images
        .iter()
        .map(|image| cycle.nodes.iter().filter(|info| held(&info.node, image).is_some()).count())
        .map(|holders| i64::try_from(holders).unwrap_or_default())
        .collect();
    let of = |info: &&NodeInfo| {
        let sum: i64 = images
            .iter()
            .zip(&spread)
            .filter_map(|(image, holders)| Some(held(&info.node, image)? * holders / total))
            .sum();
        of_bytes(sum, images.len())
    };
    Some(nodes.iter().map(of).collect())
}

/// The images of a Pod, with their tags.
pub fn images_of(pod: &Value) -> Vec<String> {
    ["initContainers", "containers"]
        .into_iter()
        .flat_map(|list| pod.items_at(&["spec", list]))
        .map(|container| with_tag(container.str_at(&["image"])))
        .collect()
}

/// What so many bytes are worth to a Pod with so many images.
pub fn of_bytes(bytes: i64, images: usize) -> i64 {
    let count = i64::try_from(images).unwrap_or(1).max(1);
    let most = MOST_PER_CONTAINER * count;
    MAX_NODE_SCORE * (bytes.clamp(LEAST, most) - LEAST) / (most - LEAST)
}

/// The size of `image` on the node, if it is there.
pub fn held(node: &Value, image: &str) -> Option<i64> {
    let images = node.items_at(&["status", "images"]).iter();
    let mut found = images.filter(|listed| {
        listed.items_at(&["names"]).iter().any(|name| {
            let name = name.as_str().unwrap_or_default();
            name == image || name.strip_suffix(image).is_some_and(|before| before.ends_with('/'))
        })
    });
    found.next()?.int_at(&["sizeBytes"])
}

// Models imagelocality.normalizedImageName
fn with_tag(image: &str) -> String {
    let name = image.rsplit('/').next().unwrap_or(image);
    if name.contains(':') || name.contains('@') { image.to_owned() } else { format!("{image}:latest") }
}
