//! The order of keys in kubectl's YAML: natural, so that `f2` comes before `f10`.

use std::cmp::Ordering;

// Models go.yaml.in/yaml/v2 sorter.go keyList.Less
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let Some(at) = a.iter().zip(&b).position(|(x, y)| x != y) else {
        return a.len().cmp(&b.len());
    };
    match (a[at].is_alphabetic(), b[at].is_alphabetic()) {
        (true, true) => a[at].cmp(&b[at]),
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => {
            // A zero inside a number, as in 1 and 10, counts as its digit; leading zeros do not.
            let inside = (a[at] == '0' || b[at] == '0')
                && a[..at].iter().rev().take_while(|c| c.is_ascii_digit()).any(|c| *c != '0');
            let (x, x_end) = number(&a, at, inside);
            let (y, y_end) = number(&b, at, inside);
            x.cmp(&y).then(x_end.cmp(&y_end)).then(a[at].cmp(&b[at]))
        }
    }
}

fn number(text: &[char], from: usize, inside: bool) -> (i64, usize) {
    let digits = text[from..].iter().take_while(|c| c.is_ascii_digit());
    let mut number = i64::from(inside);
    let mut end = from;
    for digit in digits {
        number = number.wrapping_mul(10).wrapping_add(i64::from(digit.to_digit(10).unwrap_or_default()));
        end += 1;
    }
    (number, end)
}
