//! `drydock assets DIR`: what stands beside the page as files: the lessons, which the browser fetches
//! when they are opened, and a description of each for sites that embed by address (oEmbed).

use drydock::course::Course;
use drydock::document::Value;
use drydock::document::output::to_json_pretty;
use drydock::words::Lang;
use std::path::Path;
use std::{fs, io};

/// How large an embedded playground is where nobody says.
const WIDTH: i64 = 720;
const HEIGHT: i64 = 494;

pub fn main(args: &[String]) -> u8 {
    let [folder] = args else {
        eprintln!("usage: drydock assets DIR");
        return 2;
    };
    // oEmbed wants whole addresses; only who hosts the page knows its own.
    let home = std::env::var("DRYDOCK_URL").unwrap_or_default();
    match write(Path::new(folder), &home) {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("drydock assets: {folder}: {error}");
            2
        }
    }
}

fn write(folder: &Path, home: &str) -> io::Result<()> {
    let course = Course::built_in();
    let (lessons, oembed) = (folder.join("lessons"), folder.join("oembed"));
    fs::create_dir_all(&lessons)?;
    fs::create_dir_all(&oembed)?;
    for id in course.ids() {
        fs::write(lessons.join(format!("{id}.json")), course.pack(id).unwrap_or_default())?;
        fs::write(oembed.join(format!("{id}.json")), to_json_pretty(&describe(&course, id, home)))?;
    }
    Ok(())
}

/// A lesson as <https://oembed.com> describes something rich. `home` is where the page is served from;
/// without it addresses are relative to the page.
fn describe(course: &Course, id: &str, home: &str) -> Value {
    let title = course.outline.lesson(id).map_or(id, |(_, lesson)| lesson.title.get(Lang::En));
    let home = if home.is_empty() { "./".to_owned() } else { format!("{}/", home.trim_end_matches('/')) };
    let frame = format!(
        "<iframe src=\"{home}?lesson={id}&amp;embed\" title=\"Drydock\" width=\"{WIDTH}\" height=\"{HEIGHT}\" \
         style=\"border:0;max-width:100%\" loading=\"lazy\"></iframe>"
    );
    Value::from([
        ("version", Value::text("1.0")),
        ("type", Value::text("rich")),
        ("provider_name", Value::text("Drydock")),
        ("provider_url", Value::text(home)),
        ("title", Value::text(title)),
        ("html", Value::text(frame)),
        ("width", Value::from(WIDTH)),
        ("height", Value::from(HEIGHT)),
    ])
}
