//! Columns of text.
// Models github.com/liggitt/tabwriter and text/tabwriter with kubectl's settings.

/// Cells of a line end at a tab; every column is as wide as its widest cell, plus `padding`. As in
/// Go's writer a column is a block of consecutive lines that have it, and the last cell of a line
/// belongs to no column.
#[must_use]
pub(in crate::shell) fn align(text: &str, min_width: usize, padding: usize) -> String {
    let lines: Vec<Vec<&str>> = text.split('\n').map(|line| line.split('\t').collect()).collect();
    let mut widths: Vec<Vec<usize>> = lines.iter().map(|cells| vec![0; cells.len().saturating_sub(1)]).collect();
    format_block(&lines, &mut widths, 0, lines.len(), 0, min_width, padding);
    let mut out = String::new();
    for (index, (cells, widths)) in lines.iter().zip(&widths).enumerate() {
        if index > 0 {
            out.push('\n');
        }
        for (cell, text) in cells.iter().enumerate() {
            out.push_str(text);
            if let Some(width) = widths.get(cell) {
                let written = text.chars().count();
                out.extend(std::iter::repeat_n(' ', width.saturating_sub(written)));
            }
        }
    }
    out
}

// Models text/tabwriter Writer.format
fn format_block(
    lines: &[Vec<&str>],
    widths: &mut [Vec<usize>],
    from: usize,
    to: usize,
    column: usize,
    min_width: usize,
    padding: usize,
) {
    let mut line = from;
    while line < to {
        let has_column = |line: usize| lines.get(line).is_some_and(|cells| column + 1 < cells.len());
        if !has_column(line) {
            line += 1;
            continue;
        }
        let start = line;
        while line < to && has_column(line) {
            line += 1;
        }
        let block = start..line;
        let text_width =
            |line: usize| lines.get(line).and_then(|cells| cells.get(column)).map_or(0, |cell| cell.chars().count());
        let widest = block.clone().map(text_width).max().unwrap_or(0);
        // A column of empty cells has no width at all where the writer discards them; kubectl's does not.
        let width = (widest + padding).max(min_width);
        for line in block {
            if let Some(slot) = widths.get_mut(line).and_then(|widths| widths.get_mut(column)) {
                *slot = width;
            }
        }
        format_block(lines, widths, start, line, column + 1, min_width, padding);
    }
}

#[cfg(test)]
mod tests {
    use super::align;

    #[test]
    fn columns_align() {
        assert_eq!(align("NAME\tREADY\na\t1/1\n", 6, 3), "NAME   READY\na      1/1\n");
    }

    #[test]
    fn a_line_without_tabs_ends_a_block() {
        assert_eq!(align("Name:\tweb\nReplicas:\t3\nPods\nA:\tb", 0, 2), "Name:      web\nReplicas:  3\nPods\nA:  b");
    }
}
