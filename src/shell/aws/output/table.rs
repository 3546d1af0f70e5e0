//! `--output table`: boxes in boxes.
// Models awscli/table.py MultiTable and awscli/formatter.py TableFormatter

use super::{cell, is_scalar};
use crate::document::Value;
use std::collections::BTreeSet;

/// One box: a title, headers and rows, at a depth.
#[derive(Default)]
struct Section {
    depth: usize,
    title: String,
    headers: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// An answer as a table.
pub(super) fn print(title: &str, answer: &Value) -> String {
    let mut sections = Vec::new();
    build(title, answer, 0, &mut sections);
    if total_width(&sections) > TERMINAL_WIDTH {
        sections.iter_mut().for_each(stand_up);
    }
    render(&sections)
}

/// A table that is wider than this shows single rows as columns.
const TERMINAL_WIDTH: usize = 80;

/// A section of one row, written as name and value below each other.
fn stand_up(section: &mut Section) {
    if let ([row], false) = (section.rows.as_slice(), section.headers.is_empty()) {
        section.rows = section.headers.iter().zip(row).map(|(name, value)| vec![name.clone(), value.clone()]).collect();
        section.headers.clear();
    }
}

fn build(title: &str, value: &Value, depth: usize, sections: &mut Vec<Section>) {
    match value {
        Value::List(items) if items.is_empty() => {}
        Value::List(items) => build_list(title, items, depth, sections),
        Value::Map(_) => build_map(title, value, depth, sections),
        scalar => sections.push(Section {
            depth,
            title: title.to_owned(),
            headers: Vec::new(),
            rows: vec![vec![cell(scalar)]],
        }),
    }
}

fn build_map(title: &str, value: &Value, depth: usize, sections: &mut Vec<Section>) {
    let (scalars, others): (Vec<_>, Vec<_>) = value.entries().partition(|(_, value)| is_scalar(value));
    let mut section = Section { depth, title: title.to_owned(), ..Section::default() };
    match scalars.as_slice() {
        [] => {}
        [(key, value)] => section.rows.push(vec![key.to_string(), cell(value)]),
        many => {
            section.headers = many.iter().map(|(key, _)| key.to_string()).collect();
            section.rows.push(many.iter().map(|(_, value)| cell(value)).collect());
        }
    }
    sections.push(section);
    for (key, value) in others {
        build(key, value, depth + 1, sections);
    }
}

fn build_list(title: &str, items: &[Value], depth: usize, sections: &mut Vec<Section>) {
    if items.iter().all(is_scalar) {
        let rows = items.iter().map(|item| vec![cell(item)]).collect();
        sections.push(Section { depth, title: title.to_owned(), headers: Vec::new(), rows });
        return;
    }
    if items.iter().all(|item| matches!(item, Value::List(_))) {
        let flat = items.iter().filter(|item| item.items().iter().all(is_scalar));
        let rows = flat.map(|item| item.items().iter().map(cell).collect()).collect();
        sections.push(Section { depth, title: title.to_owned(), headers: Vec::new(), rows });
        return;
    }
    let scalars: BTreeSet<&str> =
        items.iter().flat_map(Value::entries).filter(|(_, value)| is_scalar(value)).map(|(key, _)| &**key).collect();
    let others: BTreeSet<&str> =
        items.iter().flat_map(Value::entries).filter(|(_, value)| !is_scalar(value)).map(|(key, _)| &**key).collect();
    let headers: Vec<String> = scalars.iter().map(|key| (*key).to_owned()).collect();
    let row = |item: &Value| scalars.iter().map(|key| item.get(key).map(cell).unwrap_or_default()).collect();
    if others.is_empty() {
        sections.push(Section { depth, title: title.to_owned(), headers, rows: items.iter().map(row).collect() });
        return;
    }
    for item in items {
        sections.push(Section { depth, title: title.to_owned(), headers: headers.clone(), rows: vec![row(item)] });
        for (key, value) in item.entries().filter(|(_, value)| !is_scalar(value)) {
            build(key, value, depth + 1, sections);
        }
    }
}

/// How wide each column of a section wants to be, its padding included.
fn widths(section: &Section) -> Vec<usize> {
    let columns = section.rows.iter().map(Vec::len).chain([section.headers.len()]).max().unwrap_or_default();
    (0..columns)
        .map(|column| {
            let cells = section.rows.iter().filter_map(|row| row.get(column)).chain(section.headers.get(column));
            cells.map(|cell| display_width(cell)).max().unwrap_or_default() + 4
        })
        .collect()
}

fn display_width(text: &str) -> usize {
    text.chars().map(|letter| if ('\u{1100}'..='\u{ffdc}').contains(&letter) { 2 } else { 1 }).sum()
}

/// How wide the whole table is, its edges included.
fn total_width(sections: &[Section]) -> usize {
    let width = |section: &Section| {
        let columns = widths(section).iter().sum::<usize>();
        columns.max(display_width(&section.title)) + 2 + 2 * section.depth
    };
    sections.iter().map(width).max().unwrap_or_default()
}

fn render(sections: &[Section]) -> String {
    let total = total_width(sections);
    let mut out = format!("{}\n", "-".repeat(total));
    for section in sections {
        render_section(section, total - 2 * section.depth, &mut out);
    }
    out
}

fn render_section(section: &Section, width: usize, out: &mut String) {
    let outer = "|".repeat(section.depth);
    let mut line = |text: &str| {
        for part in [&outer, text, &outer, "\n"] {
            out.push_str(part);
        }
    };
    let widths = scale(widths(section), width);
    line(&center(&section.title, width, "|"));
    if widths.is_empty() {
        return line(&rule(&[width]));
    }
    if !section.headers.is_empty() {
        line(&rule(&widths));
        line(&row(&section.headers, &widths, center));
    }
    if !section.rows.is_empty() {
        line(&rule(&widths));
        for cells in &section.rows {
            line(&row(cells, &widths, left));
        }
        line(&rule(&widths));
    }
}

/// A line of cells. The first has both edges, the others only the right one.
fn row(cells: &[String], widths: &[usize], place: fn(&str, usize, &str) -> String) -> String {
    let edges = std::iter::once("|").chain(std::iter::repeat(""));
    cells.iter().zip(widths).zip(edges).map(|((cell, width), edge)| place(cell, *width, edge)).collect()
}

fn rule(widths: &[usize]) -> String {
    let mut text = String::from("+");
    for (index, width) in widths.iter().enumerate() {
        text.extend(std::iter::repeat_n('-', width - 1 - usize::from(index == 0)));
        text.push('+');
    }
    text
}

/// Makes the columns fill the width: in proportion, rounding halves to the even neighbour; what is
/// then left over is taken from the first columns, or given to the last ones.
fn scale(widths: Vec<usize>, width: usize) -> Vec<usize> {
    if widths.is_empty() {
        return widths;
    }
    let sum = widths.iter().sum::<usize>();
    let round = |wanted: usize| {
        let (whole, rest) = (wanted * width / sum, 2 * (wanted * width % sum));
        whole + usize::from(rest > sum || rest == sum && whole % 2 == 1)
    };
    let mut scaled: Vec<usize> = widths.iter().map(|wanted| round(*wanted)).collect();
    let columns = scaled.len();
    let have = scaled.iter().sum::<usize>();
    for turn in 0..have.abs_diff(width) {
        let at = if have > width { turn % columns } else { columns - 1 - turn % columns };
        if let Some(column) = scaled.get_mut(at) {
            *column = if have > width { *column - 1 } else { *column + 1 };
        }
    }
    scaled
}

fn center(text: &str, width: usize, edge: &str) -> String {
    let length = display_width(text);
    let before = (width / 2).saturating_sub(length / 2 + 1);
    let after = width.saturating_sub(1 + edge.len() + before + length);
    format!("{edge}{}{text}{}|", " ".repeat(before), " ".repeat(after))
}

fn left(text: &str, width: usize, edge: &str) -> String {
    let length = display_width(text) + edge.len() + 1;
    let padding = if width >= length + 2 { 2 } else { 0 };
    format!("{edge}{}{text}{}|", " ".repeat(padding), " ".repeat(width.saturating_sub(length + padding)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    /// Each as the real tool prints it.
    #[test]
    fn boxes_stand_in_boxes() {
        let answer =
            tree!({ "Vpcs": [{ "VpcId": "vpc-1", "IsDefault": false }, { "VpcId": "vpc-2", "IsDefault": true }] });
        let expected = "\
--------------------------
|      DescribeVpcs      |
+------------------------+
||         Vpcs         ||
|+------------+---------+|
||  IsDefault |  VpcId  ||
|+------------+---------+|
||  False     |  vpc-1  ||
||  True      |  vpc-2  ||
|+------------+---------+|
";
        assert_eq!(print("DescribeVpcs", &answer), expected);
    }

    #[test]
    fn columns_fill_the_width() {
        let answer = tree!([
            { "AZ": "us-west-2a", "ID": "vol-e11a5288", "InstanceId": "i-a071c394", "Size": 30 },
            { "AZ": "us-west-2a", "ID": "vol-2e410a47", "InstanceId": "i-4b41a37c", "Size": 8 },
        ]);
        let expected = "\
------------------------------------------------------
|                   DescribeVolumes                  |
+------------+----------------+--------------+-------+
|     AZ     |      ID        | InstanceId   | Size  |
+------------+----------------+--------------+-------+
|  us-west-2a|  vol-e11a5288  |  i-a071c394  |  30   |
|  us-west-2a|  vol-2e410a47  |  i-4b41a37c  |  8    |
+------------+----------------+--------------+-------+
";
        assert_eq!(print("DescribeVolumes", &answer), expected);
    }

    #[test]
    fn a_row_too_wide_stands_up() {
        let arn = "arn:aws:iam::111122223333:user/abcdefghijklmnopqrstuvwxyzaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
        let answer = tree!({ "UserId": "AIDAAAA", "Account": "111122223333", "Arn": arn });
        let printed = print("GetCallerIdentity", &answer);
        assert!(printed.contains("\n|  Account|  111122223333  "), "{printed}");
    }
}
