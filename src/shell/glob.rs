//! `*` and `?` in a word: the names of files that fit, in order; where none does, the word itself.
// Models POSIX.1 XCU 2.13 Pattern Matching Notation, for names in one folder.

/// The words that a word becomes; `marks` says at which bytes of it a sign stands for others.
pub(super) fn expand<'a>(word: String, marks: &[usize], names: impl Iterator<Item = &'a String>) -> Vec<String> {
    if marks.is_empty() {
        return vec![word];
    }
    let folder = ["./", "~/"].into_iter().find(|folder| word.starts_with(folder)).unwrap_or_default();
    let pattern: Vec<(char, bool)> = word
        .char_indices()
        .filter(|(at, _)| *at >= folder.len())
        .map(|(at, sign)| (sign, marks.contains(&at)))
        .collect();
    let hidden = pattern.first().is_some_and(|(sign, _)| *sign == '.');
    let found: Vec<String> = names
        .filter(|name| name.starts_with('.') == hidden && fits(&pattern, name))
        .map(|name| format!("{folder}{name}"))
        .collect();
    if found.is_empty() { vec![word] } else { found }
}

fn fits(pattern: &[(char, bool)], name: &str) -> bool {
    let Some(((sign, stands_for_others), rest)) = pattern.split_first() else { return name.is_empty() };
    let mut letters = name.chars();
    match (sign, stands_for_others) {
        ('*', true) => {
            fits(rest, name) || letters.next().is_some_and(|first| first != '/' && fits(pattern, letters.as_str()))
        }
        ('?', true) => letters.next().is_some_and(|first| first != '/') && fits(rest, letters.as_str()),
        (sign, _) => letters.next() == Some(*sign) && fits(rest, letters.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_becomes_the_names_that_fit() {
        let names: Vec<String> = ["a.yaml", "b.yaml", "b.json", ".hidden.yaml"].map(str::to_owned).to_vec();
        let words = |word: &str| {
            let marks: Vec<usize> = word.match_indices(['*', '?']).map(|(at, _)| at).collect();
            expand(word.to_owned(), &marks, names.iter())
        };
        assert_eq!(words("*.yaml"), ["a.yaml", "b.yaml"]);
        assert_eq!(words("./b.*"), ["./b.yaml", "./b.json"]);
        assert_eq!(words("?.json"), ["b.json"]);
        assert_eq!(words("{.items[*].metadata.name}"), ["{.items[*].metadata.name}"], "nothing fits: it stays");
        assert_eq!(expand("*.yaml".to_owned(), &[], names.iter()), ["*.yaml"], "quoted");
    }
}
