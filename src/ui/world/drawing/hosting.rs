//! What is hosted outside clusters: the layer stack with its waterline, the meters and the traffic
//! of a service; a host's memory as a wall of machines; an image's layers on the nodes.

mod host;
mod image;
mod service;

use super::Drawing;
use super::sheet::{self, BORDER_FROM};
use drydock::view::hosting::HostingView;
use drydock::words::Words;

/// How many hosts stand side by side.
const ABREAST: usize = 3;

/// Draws the sheet for a pane of `width` by `height`.
#[must_use]
pub fn draw(view: &HostingView, words: &Words, width: f32, height: f32) -> Drawing {
    let mut drawing = Drawing { width, height, ..Drawing::default() };
    let margin = sheet::margin(width);
    let inner = (width - 2.0 * margin).min(1000.0);
    let left = ((width - inner) / 2.0).round();
    let mut pen = Pen { drawing: &mut drawing, words, left, inner, height };
    let mut y = if width < BORDER_FROM { 30.0 } else { 56.0 };
    for service in &view.services {
        y = pen.service(service, y) + 40.0;
    }
    for hosts in view.hosts.chunks(ABREAST) {
        y = pen.hosts(hosts, y) + 40.0;
    }
    for image in &view.images {
        y = pen.image(image, y) + 40.0;
    }
    // The block with the sheet's title stands in the corner.
    drawing.height = drawing.height.max(y + if width < BORDER_FROM { -24.0 } else { 22.0 });
    sheet::border(&mut drawing);
    drawing
}

/// What matters most of it, small: the traffic of the first service, or the hosts' memory.
#[must_use]
pub fn mini(view: &HostingView, words: &Words, width: f32) -> Drawing {
    let mut drawing = Drawing { width, height: 92.0, ..Drawing::default() };
    let mut pen = Pen { drawing: &mut drawing, words, left: 20.0, inner: width - 40.0, height: 92.0 };
    if let Some(service) = view.services.first() {
        pen.small_service(service);
    } else if !view.hosts.is_empty() {
        pen.small_hosts(&view.hosts);
    } else if let Some(image) = view.images.first() {
        pen.small_image(image);
    }
    drawing
}

/// What the sheet says, in sentences, for who cannot see it.
#[must_use]
pub fn told(view: &HostingView, words: &Words) -> Vec<String> {
    let services = view.services.iter().flat_map(|service| service::told(service, words));
    let hosts = view.hosts.iter().flat_map(|host| host::told(host, words));
    let images = view.images.iter().flat_map(|image| image::told(image, words));
    services.chain(hosts).chain(images).collect()
}

struct Pen<'a> {
    drawing: &'a mut Drawing,
    words: &'a Words,
    left: f32,
    inner: f32,
    /// Of the pane: what fits in it need not be scrolled.
    height: f32,
}

fn rect(x: f32, y: f32, w: f32, h: f32) -> String {
    format!("M{x} {y}h{w}v{h}h{}Z", -w)
}

impl Pen<'_> {
    fn is_narrow(&self) -> bool {
        self.inner < 520.0
    }

    fn word(&self, key: &str) -> String {
        self.words.say(key, &[])
    }
}
