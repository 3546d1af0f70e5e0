//! Unified differences of lines, with the choices that Python's difflib makes among equal ones.
// Models github.com/pmezard/go-difflib SequenceMatcher, which Kubernetes prints with

use crate::document::InOrder as _;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Lines around a difference.
const CONTEXT: usize = 3;
/// From this many lines on, lines that stand in more than one of a hundred are not used to align.
const POPULAR_FROM: usize = 200;

/// A piece that both sides have: where it starts in each, and how long it is.
type Block = (usize, usize, usize);

/// The unified difference of two texts; empty where they are equal.
#[must_use]
pub fn unified(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let mut out = String::new();
    for group in groups(&old, &new) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let _ = writeln!(out, "@@ -{} +{} @@", range(first.1, last.2), range(first.3, last.4));
        for (same, old_start, old_end, new_start, new_end) in group {
            let (gone, come) = if same { (' ', &[][..]) } else { ('-', &new[new_start..new_end]) };
            for line in &old[old_start..old_end] {
                let _ = writeln!(out, "{gone}{line}");
            }
            for line in come {
                let _ = writeln!(out, "+{line}");
            }
        }
    }
    out
}

fn range(start: usize, end: usize) -> String {
    match end - start {
        1 => (start + 1).to_string(),
        0 => format!("{start},0"),
        length => format!("{},{length}", start + 1),
    }
}

/// Whether both sides are the same there, and the lines of both.
type Op = (bool, usize, usize, usize, usize);

fn groups(old: &[&str], new: &[&str]) -> Vec<Vec<Op>> {
    let mut ops: Vec<Op> = Vec::new();
    let (mut i, mut j) = (0, 0);
    for (at, bt, size) in matching_blocks(old, new) {
        if i < at || j < bt {
            ops.push((false, i, at, j, bt));
        }
        (i, j) = (at + size, bt + size);
        if size > 0 {
            ops.push((true, at, i, bt, j));
        }
    }
    if ops.iter().all(|op| op.0) {
        return Vec::new();
    }
    if let Some(first) = ops.first_mut().filter(|op| op.0) {
        (first.1, first.3) =
            (first.1.max(first.2.saturating_sub(CONTEXT)), first.3.max(first.4.saturating_sub(CONTEXT)));
    }
    if let Some(last) = ops.last_mut().filter(|op| op.0) {
        (last.2, last.4) = (last.2.min(last.1 + CONTEXT), last.4.min(last.3 + CONTEXT));
    }
    let mut groups = Vec::new();
    let mut group: Vec<Op> = Vec::new();
    for (same, mut i1, i2, mut j1, j2) in ops {
        if same && i2 - i1 > 2 * CONTEXT {
            group.push((true, i1, i2.min(i1 + CONTEXT), j1, j2.min(j1 + CONTEXT)));
            groups.push(std::mem::take(&mut group));
            (i1, j1) = (i1.max(i2 - CONTEXT), j1.max(j2 - CONTEXT));
        }
        group.push((same, i1, i2, j1, j2));
    }
    if group.iter().any(|op| !op.0) {
        groups.push(group);
    }
    groups
}

fn matching_blocks(old: &[&str], new: &[&str]) -> Vec<Block> {
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, line) in new.iter().enumerate() {
        places.entry(line).or_default().push(index);
    }
    if new.len() >= POPULAR_FROM {
        let most = new.len() / 100 + 1;
        places.retain(|_, indices| indices.len() <= most);
    }
    let mut blocks = Vec::new();
    let mut queue = vec![(0, old.len(), 0, new.len())];
    while let Some((old_low, old_high, new_low, new_high)) = queue.pop() {
        let (i, j, size) = longest(old, new, &places, (old_low, old_high, new_low, new_high));
        if size > 0 {
            blocks.push((i, j, size));
            queue.push((old_low, i, new_low, j));
            queue.push((i + size, old_high, j + size, new_high));
        }
    }
    blocks.order();
    let mut joined: Vec<Block> = Vec::new();
    for (i, j, size) in blocks {
        match joined.last_mut() {
            Some(last) if last.0 + last.2 == i && last.1 + last.2 == j => last.2 += size,
            _ => joined.push((i, j, size)),
        }
    }
    joined.push((old.len(), new.len(), 0));
    joined
}

fn longest(
    old: &[&str],
    new: &[&str],
    places: &BTreeMap<&str, Vec<usize>>,
    (old_low, old_high, new_low, new_high): (usize, usize, usize, usize),
) -> Block {
    let (mut best_i, mut best_j, mut best) = (old_low, new_low, 0);
    let mut lengths: BTreeMap<usize, usize> = BTreeMap::new();
    for (i, line) in old.iter().enumerate().take(old_high).skip(old_low) {
        let mut next = BTreeMap::new();
        for &j in places.get(line).into_iter().flatten() {
            if j < new_low || j >= new_high {
                continue;
            }
            let length = 1 + if j == 0 { 0 } else { lengths.get(&(j - 1)).copied().unwrap_or_default() };
            next.insert(j, length);
            if length > best {
                (best_i, best_j, best) = (i + 1 - length, j + 1 - length, length);
            }
        }
        lengths = next;
    }
    while best_i > old_low && best_j > new_low && old[best_i - 1] == new[best_j - 1] {
        (best_i, best_j, best) = (best_i - 1, best_j - 1, best + 1);
    }
    while best_i + best < old_high && best_j + best < new_high && old[best_i + best] == new[best_j + best] {
        best += 1;
    }
    (best_i, best_j, best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_line_has_three_lines_around_it() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\n";
        assert_eq!(unified(old, &old.replace('e', "x")), "@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+x\n f\n g\n h\n");
        assert_eq!(unified(old, old), "");
    }
}
