//! The logins under audit: folded from the journal, and held against the table of those that are kept.

use crate::journal::error::JournalError;
use crate::journal::fold::{Misfold, fold_login};
use crate::journal::keys::LookUpKey;
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
            .map_err(|misfold: Misfold| Box::<Difference>::from(misfold))?;
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
