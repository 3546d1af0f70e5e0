//! `--output text`: tab-separated values, a line a structure, nested ones named.
// Models awscli/text.py

use super::{cell, is_scalar};
use crate::document::Value;
use std::collections::BTreeSet;

/// An answer as text.
pub(super) fn print(answer: &Value) -> String {
    let mut out = String::new();
    format(answer, None, None, &mut out);
    out
}

fn line(cells: &[String], identifier: Option<&str>, out: &mut String) {
    let all: Vec<&str> = identifier.into_iter().chain(cells.iter().map(String::as_str)).collect();
    out.push_str(&all.join("\t"));
    out.push('\n');
}

fn format(item: &Value, identifier: Option<&str>, keys: Option<&BTreeSet<&str>>, out: &mut String) {
    match item {
        Value::Map(_) => format_map(item, identifier, keys, out),
        Value::List(_) => format_list(item, identifier, out),
        scalar => line(&[cell(scalar)], identifier, out),
    }
}

fn format_list(list: &Value, identifier: Option<&str>, out: &mut String) {
    let items = list.items();
    if items.iter().any(|item| matches!(item, Value::Map(_))) {
        let keys: BTreeSet<&str> = items
            .iter()
            .flat_map(Value::entries)
            .filter(|(_, value)| is_scalar(value))
            .map(|(key, _)| &**key)
            .collect();
        for item in items {
            format(item, identifier, Some(&keys), out);
        }
    } else if items.iter().any(|item| matches!(item, Value::List(_))) {
        let scalars: Vec<String> = items.iter().filter(|item| is_scalar(item)).map(cell).collect();
        if !scalars.is_empty() {
            line(&scalars, identifier, out);
        }
        for item in items.iter().filter(|item| !is_scalar(item)) {
            format(item, identifier, None, out);
        }
    } else if identifier.is_some() {
        for item in items {
            line(&[cell(item)], identifier, out);
        }
    } else if !items.is_empty() {
        line(&items.iter().map(cell).collect::<Vec<_>>(), None, out);
    }
}

fn format_map(map: &Value, identifier: Option<&str>, keys: Option<&BTreeSet<&str>>, out: &mut String) {
    let scalars: Vec<String> = match keys {
        // In a list of structures every line has the same columns.
        Some(keys) => {
            keys.iter().map(|key| map.get(key).filter(|it| is_scalar(it)).map_or("None".to_owned(), cell)).collect()
        }
        None => map.entries().filter(|(_, value)| is_scalar(value)).map(|(_, value)| cell(value)).collect(),
    };
    if !scalars.is_empty() {
        line(&scalars, identifier, out);
    }
    for (key, value) in map.entries().filter(|(_, value)| !is_scalar(value)) {
        format(value, Some(&key.to_uppercase()), None, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn text_is_lines_of_columns() {
        assert_eq!(print(&tree!(["a", "b"])), "a\tb\n");
        assert_eq!(print(&tree!([["a", 1], ["b", 2]])), "a\t1\nb\t2\n");
        assert_eq!(
            print(
                &tree!({ "Vpcs": [{ "VpcId": "vpc-1", "IsDefault": false, "Tags": [{ "Key": "k", "Value": "v" }] }] })
            ),
            "VPCS\tFalse\tvpc-1\nTAGS\tk\tv\n"
        );
        assert_eq!(print(&Value::text("x")), "x\n");
    }
}
