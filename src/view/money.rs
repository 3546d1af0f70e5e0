//! What the cloud costs: by the hour, what it has come to, and on which page each price is to be found.

use super::cloud::dollars;
use super::said::Say;
use crate::aws::pricing;
use crate::session::Session;
use std::rc::Rc;

/// One line of the bill.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BillLine {
    /// What: a message of the catalogues.
    pub what: Say,
    /// Its kind, `t3.medium`; empty where there is one kind only.
    pub kind: Rc<str>,
    /// How many.
    pub count: i64,
    /// All of them, an hour.
    pub hour: Rc<str>,
    /// The page to hold the price against.
    pub source: &'static str,
}

/// The bill.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MoneyView {
    /// What an hour costs now.
    pub hour: Rc<str>,
    /// What it has come to since the beginning.
    pub total: Rc<str>,
    /// What costs something, the dearest first.
    pub lines: Vec<BillLine>,
}

/// What runs in the cloud costs something; nothing while nothing does.
#[must_use]
pub fn view(session: &Session) -> Option<MoneyView> {
    let world = session.world();
    let bill = pricing::bill(world.cloud());
    let spent = world.micro_dollars_spent();
    if bill.is_empty() && spent == 0 {
        return None;
    }
    let hour = bill.iter().map(|line| line.micro_dollars_per_hour).sum();
    let lines = bill.into_iter().map(|line| BillLine {
        what: Say::new(&format!("bill-{}", line.what)),
        kind: line.kind.into(),
        count: line.count,
        hour: dollars(line.micro_dollars_per_hour).into(),
        source: line.source,
    });
    Some(MoneyView { hour: dollars(hour).into(), total: cents(spent).into(), lines: lines.collect() })
}

/// A sum as people count it: dollars and cents, and below a cent one digit more.
fn cents(micro: i64) -> String {
    if micro < 10_000 { dollars(micro) } else { format!("${}.{:02}", micro / 1_000_000, micro % 1_000_000 / 10_000) }
}

#[cfg(test)]
mod tests {
    use super::cents;

    #[test]
    fn sums_are_written_as_money() {
        assert_eq!(cents(1_234), "$0.001");
        assert_eq!(cents(276_000), "$0.27");
        assert_eq!(cents(12_345_678), "$12.34");
    }
}
