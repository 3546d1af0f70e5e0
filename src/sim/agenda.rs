//! What is due, in order.

use crate::sim::SimTime;
use rpds::RedBlackTreeMap;

/// An ordered queue of due events. Two events at one moment come in the order they were put in.
#[derive(Clone)]
pub struct Agenda<E> {
    due: RedBlackTreeMap<(SimTime, u64), E>,
    sequence: u64,
}

impl<E: Clone> Default for Agenda<E> {
    fn default() -> Self {
        Self { due: RedBlackTreeMap::new(), sequence: 0 }
    }
}

impl<E: Clone> Agenda<E> {
    /// Puts `event` in at `at`. Returns the ticket with which it can be taken out again.
    pub fn schedule(&mut self, at: SimTime, event: E) -> (SimTime, u64) {
        self.sequence += 1;
        let ticket = (at, self.sequence);
        self.due.insert_mut(ticket, event);
        ticket
    }

    /// Takes the event with this ticket out, if it is still due.
    pub fn cancel(&mut self, ticket: (SimTime, u64)) -> bool {
        self.due.remove_mut(&ticket)
    }

    /// What comes next, and when.
    #[must_use]
    pub fn peek(&self) -> Option<(SimTime, &E)> {
        self.due.first().map(|((at, _), event)| (*at, event))
    }

    /// Takes what comes next.
    pub fn pop(&mut self) -> Option<(SimTime, E)> {
        let (ticket, event) = self.due.first().map(|(ticket, event)| (*ticket, event.clone()))?;
        self.due.remove_mut(&ticket);
        Some((ticket.0, event))
    }

    /// Everything that is due, soonest first.
    pub fn iter(&self) -> impl Iterator<Item = (SimTime, &E)> {
        self.due.iter().map(|((at, _), event)| (*at, event))
    }

    /// How many events are due.
    #[must_use]
    pub fn len(&self) -> usize {
        self.due.size()
    }

    /// Whether nothing is due.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.due.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_of_one_moment_keep_their_order() {
        let mut agenda = Agenda::default();
        agenda.schedule(SimTime(5), 'b');
        agenda.schedule(SimTime(1), 'a');
        let ticket = agenda.schedule(SimTime(5), 'x');
        agenda.schedule(SimTime(5), 'c');
        assert!(agenda.cancel(ticket));
        let order: String = std::iter::from_fn(|| agenda.pop().map(|(_, event)| event)).collect();
        assert_eq!(order, "abc");
    }
}
