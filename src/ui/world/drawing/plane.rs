//! EKS's control planes over the network of their cluster: zones, members, replacements; below
//! them, instances that are not nodes, each with its reason.

use super::shapes::{self, Inscription, Plate};
use super::{Drawing, Group, Pick, Place, Shape, fitted, number, path, text, text_width};
use drydock::view::cloud::CloudView;
use drydock::view::wish::PodState;
use drydock::words::{Words, say};

const ROW: f32 = 24.0;

/// Draws them; returns where the networks begin.
pub fn draw(drawing: &mut Drawing, cloud: &CloudView, words: &Words, x: f32, top: f32, width: f32) -> f32 {
    let mut y = top;
    for plane in &cloud.planes {
        let columns = plane.zones.len().max(1);
        let column = (width - 24.0) / number(columns);
        let rows = plane.zones.iter().map(|(_, members)| members.len()).max().unwrap_or_default();
        let height = 40.0 + ROW * number(rows) + 8.0;
        let d = format!("M{} {}h{width}v{height}h-{width}Z", x.round() + 0.5, y.round() + 0.5);
        drawing.shapes.insert(0, path("ln15", d));
        let name = say!(words, "plane-name", name = &plane.name);
        let room = text_width(&name, 12.0) + text_width(&plane.status, 11.0) * 1.08 + 24.0;
        drawing.path("sheetf", format!("M{} {}h{room}v16h-{room}Z", x + 8.0, y - 8.0));
        drawing.text("s", x + 14.0, y + 4.0, name.clone());
        drawing.text("n11 t2 m", x + 22.0 + text_width(&name, 12.0), y + 4.0, plane.status.to_string());
        for (index, (zone, members)) in plane.zones.iter().enumerate() {
            let left = x + 12.0 + column * number(index);
            if index > 0 {
                drawing.path("chain", format!("M{} {}v{}", left - 6.0, y + 14.0, height - 20.0));
            }
            let is_down = cloud.vpcs.iter().flat_map(|vpc| &vpc.zones).any(|it| it.name == *zone && it.is_down);
            let said = if is_down { say!(words, "cloud-zone-down", zone = zone) } else { zone.to_string() };
            // Where both do not fit, the red and the plates below say it.
            let said = if text_width(&said, 11.0) > column - 8.0 { zone.to_string() } else { said };
            drawing.text(
                if is_down { "n11 s tr" } else { "n11 t2" },
                left,
                y + 26.0,
                fitted(&said, 11.0, column - 8.0),
            );
            for (row, member) in members.iter().enumerate() {
                let at = y + 36.0 + ROW * number(row);
                let plate = Plate::Pod(member.state);
                let shapes = shapes::plate(plate, 22.0, 14.0, Inscription::default());
                let said = if member.replaced > 0 {
                    format!("{} · {}", member.name, say!(words, "plane-replaced", count = member.replaced))
                } else {
                    member.name.to_string()
                };
                let state = words.text(member.state.word());
                let pick = drawing.pick(Pick {
                    key: None,
                    label: format!("{}, {said}, {state}", plane.name),
                    selected: false,
                    stop: true,
                    x: left + 60.0,
                    y: at + 7.0,
                });
                drawing.named.push((pick, format!("member/{}/{}", plane.name, member.name).into()));
                let mut all = vec![path("hit", format!("M-6 -4h{}v22h-{}Z", column - 8.0, column - 8.0))];
                all.push(Shape::Group(Group {
                    key: "plate".to_owned(),
                    class: plate.class(),
                    place: Place::Here,
                    pick: None,
                    shapes,
                }));
                all.push(text("n11 m", 30.0, 11.0, fitted(&said, 11.0, column - 40.0)));
                let key = format!("member {} {}", plane.name, member.name);
                drawing.group(key, "pick", Place::At(left, at), Some(pick), all);
            }
        }
        y += height + 18.0;
    }
    for outside in &cloud.outside {
        let plate = Plate::Pod(PodState::Failing);
        let shapes = shapes::plate(plate, 22.0, 14.0, Inscription::default());
        drawing.group(
            format!("outside {}", outside.instance),
            plate.class(),
            Place::At(x + 2.0, y - 4.0),
            None,
            shapes,
        );
        let head = say!(words, "plane-outside", instance = &outside.instance);
        drawing.text("s n11", x + 32.0, y + 8.0, fitted(&head, 11.0, width - 40.0));
        let why = outside.why.say(words);
        for line in wrapped(&why, width - 40.0) {
            y += 16.0;
            drawing.text("n11 tr", x + 32.0, y + 8.0, line);
        }
        y += 30.0;
    }
    y
}

/// A sentence in lines that fit.
fn wrapped(sentence: &str, room: f32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in sentence.split(' ') {
        match lines.last_mut() {
            Some(line) if text_width(line, 11.0) + text_width(word, 11.0) + 5.0 <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
