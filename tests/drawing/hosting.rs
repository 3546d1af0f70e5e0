//! What is hosted, drawn: it stays on its sheet at every width, and says what the world says.

use super::drawing::{self, Drawing, Shape};
use super::{WIDTHS, frames};
use drydock::session::{Msg, Session, Speed};
use drydock::view::hosting;
use drydock::words::{Lang, Words};

fn edit(session: &mut Session, file: &str, from: &str, to: &str) {
    let file = session.file(file).expect("the lesson opens with it").clone();
    assert!(file.text.contains(from), "`{from}` is in the lesson's file");
    let text = file.text.replacen(from, to, 1);
    session.update(Msg::Edit { file: file.name, text: text.into(), cursor_line: 0 });
    session.update(Msg::Apply);
    frames(session, 20);
}

/// Every text with its class and the place of its beginning.
fn texts(drawing: &Drawing) -> Vec<(&'static str, f32, f32, String)> {
    let texts = drawing.shapes.iter().filter_map(|shape| match shape {
        Shape::Text { class, x, y, runs } => {
            Some((*class, *x, *y, runs.iter().map(|(_, text)| text.as_str()).collect::<String>()))
        }
        _ => None,
    });
    texts.filter(|(class, ..)| !class.contains("ref")).collect()
}

fn stays_on_its_sheet(session: &Session, lang: Lang) {
    let (words, view) = (Words::new(lang), hosting::view(session));
    for width in WIDTHS {
        let drawing = drawing::hosting::draw(&view, &words, width, 700.0);
        for (class, x, y, text) in texts(&drawing) {
            let size = if class.contains("n11") { 11.0 } else { 13.0 };
            let wide = drawing::text_width(&text, size);
            let (from, to) = match class {
                _ if class.contains("end") => (x - wide, x),
                _ if class.contains("mid") => (x - wide / 2.0, x + wide / 2.0),
                _ => (x, x + wide),
            };
            assert!(from >= -2.0 && to <= width + 2.0, "`{text}` reaches from {from} to {to} of {width}");
            assert!(y > 0.0 && y <= drawing.height, "`{text}` stands at {y} of {}", drawing.height);
        }
    }
}

#[test]
fn a_service_stays_on_its_sheet_in_every_model_at_every_width() {
    for lang in [Lang::Ko, Lang::En] {
        let mut session = Session::open(lang, "01-service-models");
        session.update(Msg::SetSpeed(Speed::Times(1000)));
        session.update(Msg::Play(true));
        frames(&mut session, 400);
        let mut model = "on-premises";
        for next in ["iaas", "paas", "saas"] {
            stays_on_its_sheet(&session, lang);
            edit(&mut session, "hosting.yaml", &format!("model: {model}"), &format!("model: {next}"));
            model = next;
        }
        stays_on_its_sheet(&session, lang);
    }
}

#[test]
fn the_sheet_says_what_the_meters_say() {
    let mut session = Session::open(Lang::En, "01-service-models");
    assert!(!session.playing, "the lesson waits for its learner");
    session.update(Msg::SetSpeed(Speed::Times(1000)));
    session.update(Msg::Play(true));
    for _ in 0..2000 {
        frames(&mut session, 1);
        if !session.playing {
            break;
        }
    }
    assert!(!session.playing, "time stands still when lunch is over");
    let (view, words) = (hosting::view(&session), Words::new(Lang::En));
    let meters = view.services[0].columns[0].figures.expect("on-premises has been tried");
    assert!(meters.lost > 100_000 && view.services[0].columns[1].figures.is_none());
    let told = drawing::hosting::told(&view, &words);
    assert!(told[0].contains(&words.number(meters.lost)), "{told:?}");
    let drawing = drawing::hosting::draw(&view, &words, 735.0, 700.0);
    let said: Vec<String> = texts(&drawing).into_iter().map(|(.., text)| text).collect();
    assert!(said.contains(&words.number(meters.lost)), "{said:?}");
    // The first of two hours stays where it is while the playhead crosses it.
    assert_eq!((view.services[0].chart.clock, view.services[0].chart.past.len() > 60), (11 * 60 + 30, true));
}

#[test]
fn hosts_stay_on_their_sheet_and_count_what_runs() {
    for lang in [Lang::Ko, Lang::En] {
        let mut session = Session::open(lang, "06-vm-or-container");
        stays_on_its_sheet(&session, lang);
        edit(&mut session, "vms.yaml", "count: 2", "count: 40");
        edit(&mut session, "containers.yaml", "count: 2", "count: 40");
        session.update(Msg::SetSpeed(Speed::Times(1000)));
        frames(&mut session, 60);
        stays_on_its_sheet(&session, lang);
        let view = hosting::view(&session);
        let host = |name: &str| view.hosts.iter().find(|host| &*host.name == name).expect("the lesson has it");
        let of = |name: &str| {
            let shop = &host(name).groups[0];
            (shop.running, shop.no_room, host(name).kernels)
        };
        assert_eq!(of("host-a"), (20, 20, 21));
        assert_eq!(of("host-b"), (40, 0, 1));
    }
}

#[test]
fn an_image_stays_on_its_sheet_while_it_is_built_and_moved() {
    for lang in [Lang::Ko, Lang::En] {
        let mut session = Session::open(lang, "07-images-and-layers");
        stays_on_its_sheet(&session, lang);
        edit(&mut session, "image.yaml", "version 1", "version 2");
        stays_on_its_sheet(&session, lang);
        let image = &hosting::view(&session).images[0];
        let built = |lies: hosting::Lies| image.layers.iter().filter(|layer| layer.places[0] == lies).count();
        assert_eq!((built(hosting::Lies::Already), image.build.0), (2, 3), "the base and its folder were found");
        session.update(Msg::SetSpeed(Speed::Times(100)));
        frames(&mut session, 60);
        let image = &hosting::view(&session).images[0];
        let of = |place: usize, lies| image.layers.iter().filter(|layer| layer.places[place] == lies).count();
        for place in 0..4 {
            assert_eq!((of(place, hosting::Lies::Already), of(place, hosting::Lies::Anew)), (2, 3), "{place}");
        }
    }
}
