//! Flags of a command line, as pflag reads them.
// Models github.com/spf13/pflag FlagSet and cobra's errors.

use crate::world::{SimTime, millis};

use super::failure::Failure;

/// The flags that every command of kubectl takes.
const GLOBAL: &str = "namespace/n= as= as-group= as-uid= cluster= context= kubeconfig= request-timeout= server/s= \
                      token= user= v/v# help/h warnings-as-errors disable-compression insecure-skip-tls-verify \
                      cache-dir= certificate-authority= client-certificate= client-key= match-server-version";

/// What a flag takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    /// Nothing, or `=true` and `=false`.
    Nothing,
    /// A text.
    Text,
    /// A text, or nothing, which means this.
    Perhaps(&'static str),
    /// An integer.
    Integer,
    /// A duration such as `1m30s`.
    Duration,
}

/// The flags of a specification and those that every command takes: name, letter, and whether a
/// value follows.
pub(in crate::shell) fn known(specification: &'static str) -> impl Iterator<Item = (&'static str, Option<char>, bool)> {
    specification.split_whitespace().chain(GLOBAL.split_whitespace()).map(Flag::of).map(|flag| {
        let follows = !matches!(flag.takes, Takes::Nothing | Takes::Perhaps(_));
        (flag.name, flag.letter, follows)
    })
}

/// One flag: from a specification such as `output/o=`, `watch/w`, `replicas#`, `timeout%` or
/// `cascade?background`.
#[derive(Clone, Copy)]
struct Flag {
    name: &'static str,
    letter: Option<char>,
    takes: Takes,
}

impl Flag {
    fn of(specification: &'static str) -> Self {
        let end = specification.find(['=', '#', '%', '?']).unwrap_or(specification.len());
        let takes = match specification[end..].chars().next() {
            Some('=') => Takes::Text,
            Some('#') => Takes::Integer,
            Some('%') => Takes::Duration,
            Some(_) => Takes::Perhaps(&specification[end + 1..]),
            None => Takes::Nothing,
        };
        let (name, letter) = match specification[..end].split_once('/') {
            Some((name, letter)) => (name, letter.chars().next()),
            None => (&specification[..end], None),
        };
        Self { name, letter, takes }
    }
}

/// A command line that has been read.
#[derive(Clone, Default, Debug)]
pub struct Args {
    /// What is not a flag, in order.
    pub words: Vec<String>,
    /// How many words stood before `--`, if there was one.
    pub before_dashes: Option<usize>,
    flags: Vec<(&'static str, String)>,
}

impl Args {
    /// Reads a command line. `command` is its full name, for messages.
    ///
    /// # Errors
    /// What is wrong, in upstream's words.
    pub fn read(command: &str, specification: &[&'static str], line: &[String]) -> Result<Self, Failure> {
        let known: Vec<Flag> =
            specification.iter().chain(&[GLOBAL]).flat_map(|flags| flags.split_whitespace()).map(Flag::of).collect();
        let wrong = |what: String| Failure::Plain(format!("{what}\nSee '{command} --help' for usage."));
        let mut args = Self::default();
        let mut rest = line.iter();
        while let Some(word) = rest.next() {
            if word == "--" {
                args.before_dashes = Some(args.words.len());
                args.words.extend(rest.cloned());
                break;
            }
            if let Some(long) = word.strip_prefix("--") {
                let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
                let flag = known.iter().find(|flag| flag.name == name);
                let flag = *flag.ok_or_else(|| wrong(format!("unknown flag: --{name}")))?;
                let value = match (value, flag.takes) {
                    (Some(value), _) => value.to_owned(),
                    (None, Takes::Nothing) => "true".to_owned(),
                    (None, Takes::Perhaps(default)) => default.to_owned(),
                    (None, _) => {
                        rest.next().cloned().ok_or_else(|| wrong(format!("flag needs an argument: --{name}")))?
                    }
                };
                args.put(flag, value).map_err(wrong)?;
            } else if word.len() > 1 && word.starts_with('-') {
                args.short(&known, word, &mut rest).map_err(wrong)?;
            } else {
                args.words.push(word.clone());
            }
        }
        Ok(args)
    }

    /// `-w`, `-o yaml`, `-oyaml`, `-o=yaml`, `-it`.
    fn short<'a>(
        &mut self,
        known: &[Flag],
        word: &str,
        rest: &mut impl Iterator<Item = &'a String>,
    ) -> Result<(), String> {
        let mut letters = word[1..].chars();
        while let Some(letter) = letters.next() {
            let flag = known.iter().find(|flag| flag.letter == Some(letter));
            let flag = *flag.ok_or_else(|| format!("unknown shorthand flag: '{letter}' in {word}"))?;
            let attached = letters.as_str();
            let value = match flag.takes {
                _ if attached.starts_with('=') => attached[1..].to_owned(),
                Takes::Nothing => {
                    self.put(flag, "true".to_owned())?;
                    continue;
                }
                Takes::Perhaps(default) => {
                    self.put(flag, default.to_owned())?;
                    continue;
                }
                _ if attached.is_empty() => {
                    rest.next().cloned().ok_or_else(|| format!("flag needs an argument: '{letter}' in {word}"))?
                }
                _ => attached.to_owned(),
            };
            return self.put(flag, value);
        }
        Ok(())
    }

    fn put(&mut self, flag: Flag, value: String) -> Result<(), String> {
        let Flag { name, letter, takes } = flag;
        let fault = match takes {
            Takes::Nothing if parse_bool(&value).is_none() => {
                Some(format!("strconv.ParseBool: parsing \"{value}\": invalid syntax"))
            }
            Takes::Integer if value.parse::<i64>().is_err() => {
                Some(format!("strconv.ParseInt: parsing \"{value}\": invalid syntax"))
            }
            Takes::Duration => parse_duration(&value).err(),
            _ => None,
        };
        if let Some(fault) = fault {
            let shown = letter.map_or(format!("--{name}"), |letter| format!("-{letter}, --{name}"));
            return Err(format!("invalid argument \"{value}\" for \"{shown}\" flag: {fault}"));
        }
        self.flags.push((name, value));
        Ok(())
    }

    /// The last value of a flag.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.flags.iter().rev().find(|(flag, _)| *flag == name).map(|(_, value)| value.as_str())
    }

    /// The last value of a flag, or the empty text.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.value(name).unwrap_or_default()
    }

    /// Every value of a flag.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let name = name.to_owned();
        self.flags.iter().filter(move |(flag, _)| *flag == name).map(|(_, value)| value.as_str())
    }

    /// Every value of a flag, split at commas.
    pub fn list(&self, name: &str) -> impl Iterator<Item = &str> {
        self.values(name).flat_map(|value| value.split(',')).filter(|value| !value.is_empty())
    }

    /// Whether a switch is on.
    #[must_use]
    pub fn is_on(&self, name: &str) -> bool {
        self.value(name).and_then(parse_bool).unwrap_or_default()
    }

    /// A switch that is on unless it is switched off.
    #[must_use]
    pub fn is_on_by_default(&self, name: &str) -> bool {
        self.value(name).and_then(parse_bool).unwrap_or(true)
    }

    /// The integer that was given.
    #[must_use]
    pub fn integer(&self, name: &str) -> Option<i64> {
        self.value(name)?.parse().ok()
    }

    /// The duration that was given; `None` where it is absent, `Some(None)` where it is negative.
    #[must_use]
    pub fn duration(&self, name: &str) -> Option<Option<SimTime>> {
        parse_duration(self.value(name)?).ok()
    }

    /// That a flag was given at all.
    ///
    /// # Errors
    /// cobra's complaint where it was not.
    pub fn require(&self, name: &str) -> Result<&str, Failure> {
        self.require_all(&[name]).map(|()| self.text(name))
    }

    /// That flags were given at all.
    ///
    /// # Errors
    /// cobra's complaint, which names all that were not.
    pub fn require_all(&self, names: &[&str]) -> Result<(), Failure> {
        let missing: Vec<String> =
            names.iter().filter(|name| self.value(name).is_none()).map(|name| format!("\"{name}\"")).collect();
        if missing.is_empty() {
            Ok(())
        } else {
            Err(Failure::Plain(format!("required flag(s) {} not set", missing.join(", "))))
        }
    }
}

// Models strconv.ParseBool
fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

/// A duration; none where it is below zero.
// Models time.ParseDuration
fn parse_duration(text: &str) -> Result<Option<SimTime>, String> {
    let invalid = || format!("time: invalid duration \"{text}\"");
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(Some(SimTime::ZERO));
    }
    let mut total = 0_u64;
    while !rest.is_empty() || total == 0 && text.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (whole, part) = rest[..digits].split_once('.').unwrap_or((&rest[..digits], ""));
        if digits == 0 || whole.is_empty() && part.is_empty() {
            return Err(invalid());
        }
        rest = &rest[digits..];
        let unit = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        let scale = match &rest[..unit] {
            "" => return Err(format!("time: missing unit in duration \"{text}\"")),
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "us" | "µs" | "ns" => 0,
            other => return Err(format!("time: unknown unit \"{other}\" in duration \"{text}\"")),
        };
        rest = &rest[unit..];
        let thousandths = format!("{part:0<3}").get(..3).and_then(|digits| digits.parse::<u64>().ok()).unwrap_or(0);
        let whole = if whole.is_empty() { 0 } else { whole.parse::<u64>().map_err(|_| invalid())? };
        total = total.saturating_add(whole.saturating_mul(scale)).saturating_add(thousandths * scale / 1000);
    }
    Ok(if negative && total > 0 { None } else { Some(millis(total)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        assert_eq!(parse_duration("1m30s"), Ok(Some(millis(90_000))));
        assert_eq!(parse_duration("1.5s"), Ok(Some(millis(1500))));
        assert_eq!(parse_duration("-1s"), Ok(None));
        assert_eq!(parse_duration("7"), Err("time: missing unit in duration \"7\"".to_owned()));
        assert_eq!(parse_duration("x"), Err("time: invalid duration \"x\"".to_owned()));
    }
}
