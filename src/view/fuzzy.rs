//! Finding by few letters: `sch` finds `Stop kube-scheduler`, `rpl` finds `replicas`, and `ㄱㅇㅇㅇ` or
//! `가용` finds `가용 영역`.
//!
//! Every word of the query must be found. A word is best found as it is, at the beginning of a word;
//! else its letters must follow each other, the first of them at a word's beginning.

/// How well a text answers a query: more is better; `None` where it does not. An empty query is
/// answered by everything alike.
#[must_use]
pub fn score(query: &str, text: &str) -> Option<i64> {
    let text: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
    let mut sum = 0;
    for word in query.split_whitespace() {
        let word: Vec<char> = word.chars().flat_map(char::to_lowercase).collect();
        sum += whole(&word, &text).or_else(|| scattered(&word, &text))?;
    }
    // Of two that answer alike, the shorter one is meant.
    let length = i64::try_from(text.len().min(100)).unwrap_or_default();
    Some(sum - length / 4)
}

const WHOLE: i64 = 100;
const AT_WORD: i64 = 60;
const FIRST: i64 = 20;

/// The word in one piece.
fn whole(word: &[char], text: &[char]) -> Option<i64> {
    let found = (0..text.len()).filter(|at| {
        let rest = text.get(*at..*at + word.len());
        rest.is_some_and(|rest| word.iter().zip(rest).all(|(asked, there)| fits(*asked, *there)))
    });
    let worth = |at: usize| WHOLE + if begins_word(text, at) { AT_WORD } else { 0 } + if at == 0 { FIRST } else { 0 };
    found.map(worth).max()
}

/// The word's letters one after the other, with gaps.
fn scattered(word: &[char], text: &[char]) -> Option<i64> {
    let first = *word.first()?;
    let starts = (0..text.len()).filter(|at| begins_word(text, *at) && text.get(*at).is_some_and(|c| fits(first, *c)));
    let try_from = |start: usize| {
        let (mut at, mut worth) = (start, AT_WORD / 2);
        for asked in word.iter().skip(1) {
            let next = (at + 1..text.len()).find(|next| text.get(*next).is_some_and(|there| fits(*asked, *there)))?;
            let gap = i64::try_from(next - at - 1).unwrap_or(i64::MAX);
            worth -= if begins_word(text, next) { 1 } else { gap.min(10) };
            at = next;
        }
        (worth > 0).then_some(worth)
    };
    starts.filter_map(try_from).max()
}

fn begins_word(text: &[char], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| text.get(before));
    before.is_none_or(|before| !before.is_alphanumeric())
}

/// Whether a letter that was typed means one that stands there. A consonant means every syllable that
/// begins with it, and a syllable without a final consonant every one that may still become of it.
fn fits(asked: char, there: char) -> bool {
    if asked == there {
        return true;
    }
    let Some(syllable) = Syllable::of(there) else { return false };
    if let Some(initial) = INITIALS.iter().position(|it| *it == asked) {
        return syllable.initial as usize == initial;
    }
    Syllable::of(asked).is_some_and(|it| it.last == 0 && it.initial == syllable.initial && it.vowel == syllable.vowel)
}

/// The consonants that a syllable can begin with, as they are typed, in the order of Unicode.
const INITIALS: [char; 19] =
    ['ㄱ', 'ㄲ', 'ㄴ', 'ㄷ', 'ㄸ', 'ㄹ', 'ㅁ', 'ㅂ', 'ㅃ', 'ㅅ', 'ㅆ', 'ㅇ', 'ㅈ', 'ㅉ', 'ㅊ', 'ㅋ', 'ㅌ', 'ㅍ', 'ㅎ'];

/// A syllable in its parts.
struct Syllable {
    initial: u32,
    vowel: u32,
    last: u32,
}

impl Syllable {
    // Source: The Unicode Standard, 3.12, "Conjoining Jamo Behavior".
    fn of(letter: char) -> Option<Self> {
        let index = u32::from(letter).checked_sub(0xAC00).filter(|index| *index < 11_172)?;
        Some(Self { initial: index / 588, vowel: index % 588 / 28, last: index % 28 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_letters_find_what_is_meant() {
        for (query, text) in [
            ("sch", "Stop kube-scheduler"),
            ("ks", "Stop kube-scheduler"),
            ("stop na", "Stop the kubelet on node-a"),
            ("", "anything"),
            ("가용", "가용 영역 ap-northeast-2a 끄기"),
            ("ㄱㅇ", "가용 영역 ap-northeast-2a 끄기"),
            ("ㄱㅇㄲㄱ", "가용 영역 끄기"),
            ("노", "녹색"),
            ("KUBELET", "kubelet 멈추기"),
        ] {
            assert!(score(query, text).is_some(), "`{query}` finds `{text}`");
        }
        for (query, text) in [("xyz", "Stop kube-scheduler"), ("node-z", "Stop node-a"), ("ㅎ", "가용"), ("녹", "노드")]
        {
            assert_eq!(score(query, text), None, "`{query}` does not find `{text}`");
        }
    }

    #[test]
    fn what_begins_with_it_comes_first() {
        let order = |query: &str, better: &str, worse: &str| {
            let (better, worse) = (score(query, better), score(query, worse));
            assert!(better > worse, "{query}: {better:?} against {worse:?}");
        };
        order("map", "Map", "Remap something");
        order("step", "Step", "Step back");
        order("list", "List", "listing of everything");
        order("node", "Node node-a", "anode");
    }
}
