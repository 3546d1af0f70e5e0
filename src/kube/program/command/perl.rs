//! `perl -Mbignum=bpi -wle 'print bpi(2000)'`: the Job of Kubernetes' documentation, and `print "text"`.

use crate::kube::program::scope::Scope;
use crate::kube::program::thread::Thread;
use crate::sim::millis;

/// How many decimal digits one limb holds.
const LIMB: u64 = 1_000_000_000;
const LIMB_DIGITS: u32 = 9;
/// More digits than this take longer than a Job is watched.
const DIGITS_MAX: u32 = 10_000;

/// Runs the command if it is this one; its status.
#[inline(never)] // Seldom needed at first: a unit of its own for `src/ui/js/split`.
pub(super) fn run(thread: &mut Thread, scope: &mut Scope<'_, '_>, name: &str, args: &[&str]) -> Option<i64> {
    if name != "perl" {
        return None;
    }
    let at = args.iter().position(|word| word.starts_with('-') && !word.starts_with("-M") && word.ends_with('e'))?;
    let Some(script) = args.get(at + 1) else {
        thread.complain(scope, "No code specified for -e.\n");
        return Some(2);
    };
    let newline = if args.get(at).is_some_and(|flags| flags.contains('l')) { "\n" } else { "" };
    let said = script.trim().trim_end_matches(';').strip_prefix("print").map(str::trim).unwrap_or_default();
    let digits = said.strip_prefix("bpi(").and_then(|rest| rest.strip_suffix(')')).and_then(|text| text.parse().ok());
    if let Some(digits) = digits {
        let digits: u32 = digits;
        let text = pi(digits.clamp(1, DIGITS_MAX));
        // About as long as Math::BigInt needs.
        thread.at = thread.at + millis(u64::from(digits) * u64::from(digits) / 800);
        thread.print(scope, &format!("{text}{newline}"));
        return Some(0);
    }
    let quoted = said.strip_prefix(['"', '\'']).and_then(|rest| rest.strip_suffix(['"', '\'']));
    let Some(text) = quoted else {
        thread.complain(scope, &format!("drydock: this Perl is not simulated: {script}\n"));
        return Some(255);
    };
    let text = text.replace("\\n", "\n");
    thread.print(scope, &format!("{text}{newline}"));
    Some(0)
}

/// π with so many digits in all, rounded, by Machin's formula: π/4 = 4·arctan(1/5) − arctan(1/239).
fn pi(digits: u32) -> String {
    // Two limbs more than are shown, for what rounding costs.
    let limbs = (digits / LIMB_DIGITS + 3) as usize;
    let mut sum = vec![0_u64; limbs];
    add_arctan(&mut sum, 16, 5, true);
    add_arctan(&mut sum, 4, 239, false);
    let (whole, rest) = sum.split_first().map(|(whole, rest)| (*whole, rest)).unwrap_or_default();
    let decimals: String = rest.iter().map(|limb| format!("{limb:09}")).collect();
    let (shown, rest) = decimals.split_at_checked(digits as usize - 1).unwrap_or((&decimals, ""));
    let mut shown = shown.as_bytes().to_vec();
    let mut carries = rest.starts_with(['5', '6', '7', '8', '9']);
    for digit in shown.iter_mut().rev() {
        match (carries, *digit) {
            (false, _) => break,
            (true, b'9') => *digit = b'0',
            (true, _) => {
                *digit += 1;
                carries = false;
            }
        }
    }
    let shown = String::from_utf8_lossy(&shown);
    if shown.is_empty() { whole.to_string() } else { format!("{whole}.{shown}") }
}

/// Adds (or takes away) `factor`·arctan(1/`of`). A number is its whole part and limbs behind the point.
fn add_arctan(sum: &mut [u64], factor: u64, of: u64, is_added: bool) {
    let mut power = vec![0_u64; sum.len()];
    if let Some(whole) = power.first_mut() {
        *whole = factor;
    }
    divide(&mut power, of);
    let mut turn = is_added;
    for odd in (1..).step_by(2) {
        if power.iter().all(|limb| *limb == 0) {
            return;
        }
        let mut term = power.clone();
        divide(&mut term, odd);
        add(sum, &term, turn);
        turn = !turn;
        divide(&mut power, of * of);
    }
}

fn divide(number: &mut [u64], by: u64) {
    let mut rest = 0;
    for limb in number {
        let all = rest * LIMB + *limb;
        (*limb, rest) = (all / by, all % by);
    }
}

fn add(sum: &mut [u64], term: &[u64], is_added: bool) {
    let mut carry = 0;
    for (limb, other) in sum.iter_mut().zip(term).rev() {
        if is_added {
            let all = *limb + other + carry;
            (*limb, carry) = (all % LIMB, all / LIMB);
        } else {
            let all = *limb + LIMB - other - carry;
            (*limb, carry) = (all % LIMB, 1 - all / LIMB);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pi_comes_out() {
        assert_eq!(pi(1), "3");
        assert_eq!(pi(31), "3.141592653589793238462643383280");
        let long = pi(1001);
        assert_eq!(long.len(), 1002);
        // Source: the thousand decimals that every table ends with; 3 follows them.
        assert!(long.ends_with("2164201989"), "{long}");
        assert!(pi(1000).ends_with("216420199"));
    }
}
