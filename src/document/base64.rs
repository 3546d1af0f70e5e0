//! Base 64 as Go's `encoding/base64.StdEncoding`: with padding, line breaks ignored, and the
//! offset of the first wrong byte.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The bytes that `text` stands for.
///
/// # Errors
/// The offset of the byte that does not belong, as `illegal base64 data at input byte N` names it.
pub fn decode(text: &str) -> Result<Vec<u8>, usize> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3);
    let mut at = 0;
    loop {
        let mut quantum = [0_u8; 4];
        let mut filled = 0;
        while filled < 4 {
            let Some(byte) = bytes.get(at) else {
                return if filled == 0 { Ok(out) } else { Err(at - filled) };
            };
            at += 1;
            match (value(*byte), byte) {
                (Some(bits), _) => {
                    quantum[filled] = bits;
                    filled += 1;
                }
                (None, b'\n' | b'\r') => {}
                (None, b'=') => {
                    end_of_padding(bytes, at, filled)?;
                    push(&mut out, quantum, filled);
                    return Ok(out);
                }
                _ => return Err(at - 1),
            }
        }
        push(&mut out, quantum, 4);
    }
}

/// Checks what follows the first `=` of a quantum with `filled` digits.
fn end_of_padding(bytes: &[u8], mut at: usize, filled: usize) -> Result<(), usize> {
    let skip = |at: &mut usize| {
        while matches!(bytes.get(*at), Some(b'\n' | b'\r')) {
            *at += 1;
        }
    };
    match filled {
        0 | 1 => return Err(at - 1),
        2 => {
            skip(&mut at);
            match bytes.get(at) {
                None => return Err(bytes.len()),
                Some(b'=') => at += 1,
                Some(_) => return Err(at - 1),
            }
        }
        _ => {}
    }
    skip(&mut at);
    if at < bytes.len() { Err(at) } else { Ok(()) }
}

fn push(out: &mut Vec<u8>, quantum: [u8; 4], filled: usize) {
    let [a, b, c, d] = quantum;
    let bytes = [a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d];
    out.extend_from_slice(&bytes[..filled - 1]);
}

fn value(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

/// `bytes` as text, with padding.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let block = [chunk[0], chunk.get(1).copied().unwrap_or(0), chunk.get(2).copied().unwrap_or(0)];
        let digits = [block[0] >> 2, block[0] << 4 | block[1] >> 4, block[1] << 2 | block[2] >> 6, block[2]];
        for (index, digit) in digits.iter().enumerate() {
            // Six bits are always below 64.
            let letter = if index <= chunk.len() { ALPHABET[usize::from(digit & 63)] } else { b'=' };
            out.push(char::from(letter));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_and_wrong_bytes() {
        for text in ["", "a", "ab", "abc", "abcd", "\u{0}\u{7f}é"] {
            assert_eq!(decode(&encode(text.as_bytes())).as_deref(), Ok(text.as_bytes()));
        }
        assert_eq!(encode(b"hi"), "aGk=");
        assert_eq!(decode("aGk=\n").as_deref(), Ok(b"hi".as_slice()));
        assert_eq!(decode("not base64!"), Err(3));
        assert_eq!(decode("abcde"), Err(4));
        assert_eq!(decode("aGk"), Err(0));
        assert_eq!(decode("aGk=x"), Err(4));
    }
}
