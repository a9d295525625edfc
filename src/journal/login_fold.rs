//! The logins of phones as the fold goes through the journal: in memory until they are over.

use crate::journal::keys::LookUpKey;
use crate::journal::misfold::Misfold;
use crate::journal::operation::last_of;
use crate::journal::operation::{LoginCapture, Operation};
use crate::ledger::{Login, LoginEvent};
use crate::values::{EventNumber, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// The logins that are not over, and which of them the tables lack something of.
pub(in crate::journal) struct LoginFold {
    known: BTreeMap<LookUpKey, LoginCapture>,
    changed: BTreeSet<LookUpKey>,
}

impl LoginFold {
    /// Goes on from what the tables have.
    pub(in crate::journal) fn of(stored: Vec<LoginCapture>) -> Self {
        let known = stored.into_iter().map(|login| (login.key, login)).collect();
        Self { known, changed: BTreeSet::new() }
    }

    /// All of them, by key.
    pub(in crate::journal) fn known(&self) -> impl Iterator<Item = &LoginCapture> {
        self.known.values()
    }

    /// Takes events in, unless it has them already. Returns whether it had not.
    pub(in crate::journal) fn take(
        &mut self,
        operation: &Operation,
        key: LookUpKey,
        events: &[LoginEvent],
        first: EventNumber,
    ) -> Result<bool, Misfold> {
        let last = last_of(first, events.len());
        if self.known.get(&key).is_some_and(|known| known.as_of >= last) {
            return Ok(false);
        }
        let folded = fold_login(self.known.remove(&key), operation, key, events, first)?;
        self.known.insert(key, folded);
        self.changed.insert(key);
        Ok(true)
    }

    /// What changed since it was asked last.
    pub(in crate::journal) fn changed(&mut self) -> Vec<LoginCapture> {
        let changed = std::mem::take(&mut self.changed);
        changed.iter().filter_map(|key| self.known.get(key).cloned()).collect()
    }

    /// Lets go of what is over at `now`; returns what that was.
    pub(in crate::journal) fn forget_over(&mut self, now: Timestamp) -> Vec<LookUpKey> {
        let over = |known: &LoginCapture| known.login.is_over(now);
        self.known.extract_if(.., |_, known| over(known)).map(|(key, _)| key).collect()
    }
}

/// The logins of a phone after events of an operation that begin with event `first`.
pub(in crate::journal) fn fold_login(
    before: Option<LoginCapture>,
    operation: &Operation,
    key: LookUpKey,
    events: &[LoginEvent],
    first: EventNumber,
) -> Result<LoginCapture, Misfold> {
    let tenant = operation.tenant;
    let mut login = before.map_or_else(Login::default, |known| known.login);
    for event in events {
        login.apply(event).map_err(|misfit| Misfold {
            event: first,
            tenant,
            customer: None,
            reason: misfit.to_string(),
        })?;
    }
    Ok(LoginCapture { key, tenant, login, as_of: last_of(first, events.len()) })
}
