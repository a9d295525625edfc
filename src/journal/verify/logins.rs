//! The logins under audit: folded from the journal, and held against the table of those that are kept.

use crate::journal::error::JournalError;
use crate::journal::keys::LookUpKey;
use crate::journal::login_fold::fold_login;
use crate::journal::operation::{LoginCapture, Operation};
use crate::journal::tables::{Checkpoint, Tables};
use crate::journal::verify::report::{Difference, Place};
use crate::ledger::LoginEvent;
use crate::values::EventNumber;
use std::collections::{BTreeMap, HashMap};

/// All logins of the journal so far, and those of the tables.
#[derive(Default)]
pub(super) struct Logins {
    audited: HashMap<LookUpKey, Audited>,
    stored: Option<Stored>,
}

#[derive(Default)]
struct Audited {
    state: Option<LoginCapture>,
    /// The state that the tables must have, unless it is over.
    covered: Option<LoginCapture>,
}

struct Stored {
    checkpoint: Checkpoint,
    logins: BTreeMap<LookUpKey, LoginCapture>,
    /// Those that were met in the journal as they are.
    met: u64,
}

impl Logins {
    pub(super) fn new(tables: Option<&Tables>) -> Result<Self, JournalError> {
        let Some(tables) = tables else { return Ok(Self::default()) };
        let logins = tables.logins()?.into_iter().map(|login| (login.key, login)).collect();
        let stored = Stored { checkpoint: tables.checkpoint()?, logins, met: 0 };
        Ok(Self { audited: HashMap::new(), stored: Some(stored) })
    }

    /// Takes events in, and compares the state after them where the tables have that one.
    pub(super) fn take(
        &mut self,
        operation: &Operation,
        key: LookUpKey,
        events: &[LoginEvent],
        first: EventNumber,
    ) -> Result<(), Box<Difference>> {
        let audited = self.audited.entry(key).or_default();
        let state = fold_login(audited.state.take(), operation, key, events, first)
            .map_err(Box::<Difference>::from)?;
        if let Some(stored) = &mut self.stored {
            if state.as_of <= stored.checkpoint.covers {
                audited.covered = Some(state.clone());
            }
            if let Some(found) = stored.logins.get(&key).filter(|it| it.as_of == state.as_of) {
                if *found != state {
                    let place = Place::of_tenant(state.tenant, state.as_of);
                    return Err(differs(place, "what their events say", "something else"));
                }
                stored.met = stored.met.saturating_add(1);
            }
        }
        audited.state = Some(state);
        Ok(())
    }

    /// What the tables cover and is not over must be in them, and nothing else.
    pub(super) fn finish(&self) -> Result<(), Box<Difference>> {
        let Some(stored) = &self.stored else { return Ok(()) };
        let covered = self.audited.values().filter_map(|audited| audited.covered.as_ref());
        for expected in covered {
            let place = Place::of_tenant(expected.tenant, expected.as_of);
            match stored.logins.get(&expected.key) {
                Some(found) if found.as_of < expected.as_of => {
                    return Err(differs(place, expected.as_of, found.as_of));
                }
                None if !expected.login.is_over(stored.checkpoint.last_time) => {
                    return Err(differs(place, "those of a phone", "none"));
                }
                Some(_) | None => {}
            }
        }
        let found = u64::try_from(stored.logins.len()).unwrap_or(u64::MAX);
        if found == stored.met {
            return Ok(());
        }
        Err(differs(Place::default(), stored.met, found))
    }
}

fn differs(
    place: Place,
    expected: impl std::fmt::Display,
    found: impl std::fmt::Display,
) -> Box<Difference> {
    place.differs("the logins in the tables", expected, found)
}

#[cfg(test)]
mod tests {
    use crate::journal::operation::Numbered;
    use crate::journal::scenario::Scenario;
    use crate::journal::tables::CheckpointBatch;
    use crate::journal::verify::tests::difference_from;
    use crate::values::EventNumber;

    /// A world with logins to compare, if the seed leads to one.
    fn played(seed: u64) -> Option<(Vec<Numbered>, CheckpointBatch)> {
        let mut world = Scenario::new(seed);
        let operations = world.play(400);
        let mut batch = world.batch();
        batch.logins.retain(|login| !batch.ended_logins.contains(&login.key));
        (batch.logins.len() > 1).then_some((operations, batch))
    }

    /// What is wrong with tables of which `change` makes something else than the journal says.
    fn difference(change: impl FnOnce(&mut CheckpointBatch)) -> Option<String> {
        let (operations, mut batch) = (1..100).find_map(played).unwrap();
        change(&mut batch);
        difference_from(&operations, &batch)
    }

    #[test]
    fn logins_are_what_the_journal_says_and_no_others() {
        let logins = || Some("the logins in the tables".to_owned());
        assert_eq!(difference(|_| ()), None);
        assert_eq!(difference(|batch| drop(batch.logins.pop())), logins());
        let shorter = |batch: &mut CheckpointBatch| batch.logins[0].login.sends.clear();
        assert_eq!(difference(shorter), logins());
        let behind = |batch: &mut CheckpointBatch| batch.logins[0].as_of = EventNumber(1);
        assert_eq!(difference(behind), logins());
        let other = |batch: &mut CheckpointBatch| {
            let mut login = batch.logins[0].clone();
            login.key = [7; 16];
            batch.logins.push(login);
        };
        assert_eq!(difference(other), logins());
    }
}
