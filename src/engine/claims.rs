//! Claims on ids: who comes first has the id until its outcome is durable; a twin waits for that.

use crate::engine::quick_map::QuickMap;
use crate::values::CustomerId;
use dashmap::mapref::entry::Entry;
use std::sync::Arc;
use tokio::sync::oneshot;

/// A look-up key (see the journal's keys).
pub(super) type Key = [u8; 16];

/// Ids that are being taken, or were taken since the tables last saw them.
pub(super) struct Claims<V> {
    slots: QuickMap<Key, Slot<V>>,
}

enum Slot<V> {
    InFlight {
        waiting: Vec<oneshot::Sender<()>>,
        /// What the id leads to if the claim is dropped: it was freed before, or became so meanwhile.
        before: Option<V>,
    },
    Taken(V),
}

/// Where an identifier leads, and whose change made it so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lead {
    To(CustomerId),
    FreedBy(CustomerId),
}

impl Lead {
    /// What a change of `customer` makes of an identifier.
    pub(super) fn after(customer: CustomerId, leads_to: Option<CustomerId>) -> Self {
        leads_to.map_or(Self::FreedBy(customer), Self::To)
    }

    pub(super) fn customer(self) -> Option<CustomerId> {
        match self {
            Self::To(customer) => Some(customer),
            Self::FreedBy(_) => None,
        }
    }
}

/// The answer to a claim.
pub(super) enum Claim<V: Copy> {
    /// It is ours until the guard ends; the tables may still know it.
    Mine(Guard<V>),
    Taken(V),
    /// Someone is at it: wait, then ask again.
    Wait(oneshot::Receiver<()>),
}

/// What is known about an id without claiming it.
pub(super) enum Known<V> {
    Taken(V),
    Wait(oneshot::Receiver<()>),
    /// Nothing here; the tables may know it.
    Nothing,
}

/// A claim that is held. Dropped without a commit, the id is free again.
pub(super) struct Guard<V: Copy> {
    claims: Arc<Claims<V>>,
    key: Key,
    /// Whether the id had led somewhere in memory, which counted as not taken.
    freed: bool,
    settled: bool,
    /// What the id leads to once the operation that takes it is durable.
    leads_to: Option<V>,
}

impl<V: Copy> Claims<V> {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { slots: QuickMap::default() })
    }

    /// Claims `key`. What `is_free` accepts counts as not taken.
    pub(super) fn claim(self: &Arc<Self>, key: Key, is_free: impl Fn(&V) -> bool) -> Claim<V> {
        match self.slots.entry(key) {
            Entry::Occupied(mut slot) => match slot.get_mut() {
                Slot::InFlight { waiting, .. } => {
                    let (sender, receiver) = oneshot::channel();
                    waiting.push(sender);
                    Claim::Wait(receiver)
                }
                Slot::Taken(value) if is_free(value) => {
                    let before = Some(*value);
                    slot.insert(Slot::InFlight { waiting: Vec::new(), before });
                    Claim::Mine(self.guard(key, true))
                }
                Slot::Taken(value) => Claim::Taken(*value),
            },
            Entry::Vacant(slot) => {
                slot.insert(Slot::InFlight { waiting: Vec::new(), before: None });
                Claim::Mine(self.guard(key, false))
            }
        }
    }

    fn guard(self: &Arc<Self>, key: Key, freed: bool) -> Guard<V> {
        Guard { claims: Arc::clone(self), key, freed, settled: false, leads_to: None }
    }

    pub(super) fn known(&self, key: Key) -> Known<V> {
        let Some(mut slot) = self.slots.get_mut(&key) else { return Known::Nothing };
        match slot.value_mut() {
            Slot::Taken(value) => Known::Taken(*value),
            Slot::InFlight { waiting, .. } => {
                let (sender, receiver) = oneshot::channel();
                waiting.push(sender);
                Known::Wait(receiver)
            }
        }
    }

    /// Remembers where `key` leads; while it is being claimed anew, for the case that the claim is dropped.
    pub(super) fn remember(&self, key: Key, value: V) {
        match self.slots.entry(key) {
            Entry::Occupied(mut slot) => match slot.get_mut() {
                Slot::Taken(known) => *known = value,
                Slot::InFlight { before, .. } => *before = Some(value),
            },
            Entry::Vacant(slot) => {
                slot.insert(Slot::Taken(value));
            }
        }
    }

    /// Remembers `key` from the tables, unless something newer is known.
    pub(super) fn remember_if_unknown(&self, key: Key, value: V) {
        self.slots.entry(key).or_insert(Slot::Taken(value));
    }

    /// Forgets that `key` leads to `value`, since the tables know it now; what is newer stays.
    pub(super) fn forget_this(&self, key: Key, value: &V)
    where
        V: PartialEq,
    {
        self.slots.remove_if(&key, |_, slot| matches!(slot, Slot::Taken(known) if known == value));
    }

    /// Forgets `key`, since the tables know it now; a claim in flight stays.
    pub(super) fn forget(&self, key: Key) {
        self.slots.remove_if(&key, |_, slot| matches!(slot, Slot::Taken(_)));
    }
}

impl Claims<()> {
    /// Waits for the turn at `key`: whoever has it is alone until the guard is dropped.
    pub(super) async fn turn(self: &Arc<Self>, key: Key) -> Guard<()> {
        loop {
            match self.claim(key, |()| true) {
                Claim::Mine(guard) => return guard,
                Claim::Wait(told) => drop(told.await),
                Claim::Taken(()) => {}
            }
        }
    }
}

impl<V: Copy> Guard<V> {
    /// Whether the id had been given up in memory, so that the tables may still say otherwise.
    pub(super) fn was_freed(&self) -> bool {
        self.freed
    }

    /// What the id will lead to, if the operation that takes it becomes durable.
    pub(super) fn leads_to(&mut self, value: V) {
        self.leads_to = Some(value);
    }

    /// The operation is durable; an id that it did not take after all is free again.
    pub(super) fn commit_as_told(mut self) {
        let value = self.leads_to.take();
        self.settle(value);
    }

    /// The operation that took the id is durable.
    pub(super) fn commit(mut self, value: V) {
        self.settle(Some(value));
    }

    fn settle(&mut self, value: Option<V>) {
        if std::mem::replace(&mut self.settled, true) {
            return;
        }
        let Entry::Occupied(mut slot) = self.claims.slots.entry(self.key) else { return };
        let Slot::InFlight { waiting, before } = slot.get_mut() else { return };
        let (waiting, before) = (std::mem::take(waiting), before.take());
        match value.or(before) {
            Some(value) => drop(slot.insert(Slot::Taken(value))),
            None => drop(slot.remove()),
        }
        for sender in waiting {
            let _ = sender.send(());
        }
    }
}

impl<V: Copy> Drop for Guard<V> {
    fn drop(&mut self) {
        self.settle(None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = [7; 16];

    fn claim(claims: &Arc<Claims<u32>>) -> Claim<u32> {
        claims.claim(KEY, |value| *value == 0)
    }

    #[test]
    fn a_twin_waits_for_the_outcome_of_the_first() {
        let claims = Claims::new();
        let Claim::Mine(first) = claim(&claims) else { unreachable!("it is free") };
        let Claim::Wait(mut told) = claim(&claims) else { unreachable!("the first has it") };
        assert!(told.try_recv().is_err());
        first.commit(5);
        assert!(told.try_recv().is_ok());
        assert!(matches!(claim(&claims), Claim::Taken(5)));
    }

    #[test]
    fn a_claim_that_was_refused_is_free_again() {
        let claims = Claims::new();
        let Claim::Mine(first) = claim(&claims) else { unreachable!("it is free") };
        let Claim::Wait(mut told) = claim(&claims) else { unreachable!("the first has it") };
        drop(first);
        assert!(told.try_recv().is_ok());
        assert!(matches!(claim(&claims), Claim::Mine(_)));
    }

    #[test]
    fn what_was_freed_can_be_claimed_and_what_is_claimed_is_not_forgotten() {
        let claims = Claims::new();
        claims.remember(KEY, 0);
        let Claim::Mine(guard) = claim(&claims) else { unreachable!("zero is free here") };
        claims.forget(KEY);
        assert!(matches!(claims.known(KEY), Known::Wait(_)));
        drop(guard);
        assert!(matches!(claims.known(KEY), Known::Taken(0)));
        let Claim::Mine(guard) = claim(&claims) else { unreachable!("it was freed before") };
        guard.commit(3);
        claims.forget(KEY);
        let Claim::Mine(guard) = claim(&claims) else { unreachable!("it is free") };
        // Whoever had it gives it up meanwhile; the claim is dropped, since the tables do not know yet.
        claims.remember(KEY, 0);
        assert!(matches!(claims.known(KEY), Known::Wait(_)));
        drop(guard);
        assert!(matches!(claims.known(KEY), Known::Taken(0)));
        claims.remember(KEY, 3);
        claims.forget_this(KEY, &0);
        assert!(matches!(claims.known(KEY), Known::Taken(3)));
        assert!(matches!(claims.known(KEY), Known::Taken(3)));
        claims.forget(KEY);
        assert!(matches!(claims.known(KEY), Known::Nothing));
    }

    #[test]
    fn what_an_id_leads_to_counts_only_if_it_is_committed() {
        let claims = Claims::new();
        let check = |told: Option<u32>, committed: bool, expected: Option<u32>| {
            let Claim::Mine(mut guard) = claim(&claims) else { unreachable!("it is free") };
            if let Some(value) = told {
                guard.leads_to(value);
            }
            if committed {
                guard.commit_as_told();
            } else {
                drop(guard);
            }
            let known = match claims.known(KEY) {
                Known::Taken(value) => Some(value),
                Known::Nothing => None,
                Known::Wait(_) => unreachable!("nobody has it any more"),
            };
            assert_eq!(known, expected);
            claims.forget(KEY);
        };
        check(Some(5), true, Some(5));
        check(Some(5), false, None);
        check(None, true, None);
    }

    #[tokio::test]
    async fn one_at_a_time_has_the_turn() {
        let turns = Claims::new();
        let first = turns.turn(KEY).await;
        let waiting = Arc::clone(&turns);
        let second = tokio::spawn(async move { drop(waiting.turn(KEY).await) });
        tokio::task::yield_now().await;
        assert!(!second.is_finished());
        drop(first);
        second.await.unwrap();
        drop(turns.turn(KEY).await);
    }
}
