//! Korean particles: 이 or 가, 을 or 를, 은 or 는, 과 or 와, 으로 or 로.
//!
//! Which form follows depends on how the word before it *ends when spoken*. For Hangul that is
//! exact: the last syllable has a final consonant or it has none. Digits are read in Korean (3 is
//! 삼). Latin words are read as Korean engineers say them, which no rule knows exactly; the rules
//! below are an approximation that was made for the words one meets here (`web` 웹, `node` 노드,
//! `kubelet` 큐블릿, `scheduler` 스케줄러, `zone` 존) and for the random ends of names, which are
//! spelled letter by letter (`x7k2q` ends in 큐, `t9zcn` in 엔).

/// How a word ends when spoken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ending {
    Vowel,
    /// ㄹ: a consonant for every particle but 으로/로.
    Rieul,
    Consonant,
}

/// The form of `pair` ("after a consonant/after a vowel", for example `이/가`) that follows `word`.
pub(super) fn particle<'p>(word: &str, pair: &'p str) -> &'p str {
    let (after_consonant, after_vowel) = pair.split_once('/').unwrap_or((pair, pair));
    match ending(word) {
        Ending::Vowel => after_vowel,
        Ending::Rieul if after_consonant.starts_with('으') => after_vowel,
        Ending::Rieul | Ending::Consonant => after_consonant,
    }
}

fn ending(word: &str) -> Ending {
    let spoken = word.trim_end_matches(|end: char| !end.is_alphanumeric() && end != '%');
    let Some(last) = spoken.chars().next_back() else { return Ending::Vowel };
    match last {
        '가'..='힣' => hangul(last),
        '1' | '7' | '8' => Ending::Rieul,
        // 0 ends every number that it ends: 영, 십, 백, 천, 만, 억.
        '0' | '3' | '6' => Ending::Consonant,
        letter if letter.is_ascii_alphabetic() => latin(spoken),
        _ => Ending::Vowel,
    }
}

/// Syllables are laid out as (initial × 21 + medial) × 28 + final; final 0 is none, 8 is ㄹ.
fn hangul(syllable: char) -> Ending {
    match (u32::from(syllable) - u32::from('가')) % 28 {
        0 => Ending::Vowel,
        8 => Ending::Rieul,
        _ => Ending::Consonant,
    }
}

fn latin(text: &str) -> Ending {
    let start = text.rfind(|letter: char| !letter.is_ascii_alphabetic()).map_or(0, |place| place + 1);
    let run = text.get(start..).unwrap_or(text);
    let after_digit = text.get(..start).and_then(|before| before.chars().next_back()).is_some_and(char::is_numeric);
    // `ReplicaSet` is read as two words; `POD` and `EKS` letter by letter.
    let capital = run.rfind(|letter: char| letter.is_ascii_uppercase()).unwrap_or(0);
    let last_word = run.get(capital..).unwrap_or(run).to_ascii_lowercase();
    let spelled = last_word.len() < 2 || after_digit || !last_word.contains(['a', 'e', 'i', 'o', 'u', 'y']);
    if spelled { letter_name(&last_word) } else { word_sound(&last_word) }
}

/// The names of the letters: 엘, 알, 엠, 엔 and otherwise an open syllable.
fn letter_name(text: &str) -> Ending {
    match text.as_bytes().last() {
        Some(b'l' | b'r') => Ending::Rieul,
        Some(b'm' | b'n') => Ending::Consonant,
        _ => Ending::Vowel,
    }
}

/// How an English word ends when written in Hangul. A stop after one short vowel closes the
/// syllable (셋, 웹, 스택); after anything else it opens one of its own (노드, 호스트, 네트워크).
fn word_sound(word: &str) -> Ending {
    let bytes = word.as_bytes();
    let back =
        |steps: usize| bytes.len().checked_sub(steps).and_then(|place| bytes.get(place)).copied().unwrap_or(b' ');
    let is_vowel = |letter: u8| matches!(letter, b'a' | b'e' | b'i' | b'o' | b'u' | b'y');
    let after_short_vowel = is_vowel(back(2)) && !is_vowel(back(3));
    match (back(1), back(2)) {
        // 테이블, 파일 · 존, 온라인 · 볼륨, 네임 · 타입
        (b'e', b'l') => Ending::Rieul,
        (b'e', b'n' | b'm') => Ending::Consonant,
        (b'e', b'p') if back(3) == b'y' => Ending::Consonant,
        (b'l', _) => Ending::Rieul,
        (b'm' | b'n' | b'c', _) => Ending::Consonant,
        (b'g', b'n') | (b'k', b'c') => Ending::Consonant,
        // 훅 · 그룹
        (b'k', b'o') | (b'p', b'u') => Ending::Consonant,
        // 앱: a doubled stop closes as a single one does.
        (b'p', b'p') => Ending::Consonant,
        (b'b' | b'p' | b't' | b'k', _) if after_short_vowel => Ending::Consonant,
        _ => Ending::Vowel,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hangul_is_exact() {
        for (word, said) in [("바람", "이"), ("세계", "가"), ("노드", "가"), ("파일", "이"), ("둘", "이")]
        {
            assert_eq!(particle(word, "이/가"), said, "{word}");
        }
        for (word, said) in [("파일", "로"), ("바람", "으로"), ("세계", "로"), ("서울", "로")] {
            assert_eq!(particle(word, "으로/로"), said, "{word}");
        }
    }

    #[test]
    fn digits_are_read_in_korean() {
        let read = "을을를을를를을을을를";
        for (digit, said) in read.chars().enumerate() {
            assert_eq!(particle(&digit.to_string(), "을/를"), said.to_string(), "{digit}");
        }
        assert_eq!(particle("1,000", "은/는"), "은");
        assert_eq!(particle("7", "으로/로"), "로");
        assert_eq!(particle("10", "으로/로"), "으로");
    }

    #[test]
    fn latin_is_read_as_engineers_say_it() {
        let closed =
            "web app set ReplicaSet kubelet bucket stack group public spec token job map zone name type cpu-m 9zcn";
        for word in closed.split(' ') {
            assert_eq!(particle(word, "과/와"), "과", "{word}");
        }
        let open = "node node-a Pod Deployment Service nginx api scheduler controller etcd host network disk loop image \
                    EKS x7k2q m2vkd config load queue Endpoint proxy kube-proxy 64Mi";
        for word in open.split_whitespace() {
            assert_eq!(particle(word, "과/와"), "와", "{word}");
        }
        for word in "label table file url EKSCTL pool shell".split(' ') {
            assert_eq!(particle(word, "으로/로"), "로", "{word}");
            assert_eq!(particle(word, "이/가"), "이", "{word}");
        }
    }

    #[test]
    fn what_closes_a_quotation_is_not_spoken() {
        assert_eq!(particle("“web”", "은/는"), "은");
        assert_eq!(particle("node-a (2c)", "은/는"), "는");
        assert_eq!(particle("80%", "이/가"), "가");
        assert_eq!(particle("", "이/가"), "가");
    }
}
