//! Operations that tell nobody anything: noted as they are submitted, so that no courier has to read them
//! to find that out. In memory alone; what is not noted is read.

use crate::journal::{EntityEvents, Operation};
use crate::ledger::{Account, CourierChannel};
use crate::values::TenantId;
use dashmap::DashMap;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Runs of a tenant that are remembered for a channel; the oldest are forgotten, and read.
const RUNS_MAX: usize = 4_096;

/// The runs of quiet operations of each tenant, by channel.
#[derive(Default)]
pub(super) struct QuietRuns {
    runs: DashMap<TenantId, Mutex<ByChannel>>,
}

/// Those of one tenant.
#[derive(Default)]
struct ByChannel {
    sms: Runs,
    push: Runs,
}

/// The channels on which an operation is quiet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quiet {
    sms: bool,
    push: bool,
}

/// The first and the last number of each run, in order.
#[derive(Default)]
struct Runs(VecDeque<(u64, u64)>);

impl Quiet {
    #[cfg(test)]
    pub(super) const EVERYWHERE: Self = Self { sms: true, push: true };

    /// What an account's operation has to tell: text messages are login codes, and a customer without a
    /// device gets no push. `account` is what it is behind the operation.
    pub(super) fn of(operation: &Operation, account: &Account) -> Self {
        let entities = &operation.entities;
        let is_own = |entity: &EntityEvents| match entity {
            EntityEvents::Account(customer, _) => *customer == account.id,
            EntityEvents::Tenant(_) | EntityEvents::Login(..) | EntityEvents::Voucher(..) => false,
        };
        let sends_code = |entity: &EntityEvents| matches!(entity, EntityEvents::Login(..));
        Self {
            sms: !entities.iter().any(sends_code),
            push: account.devices.is_empty() && entities.iter().all(is_own),
        }
    }

    fn is_on(self, channel: CourierChannel) -> bool {
        match channel {
            CourierChannel::Sms => self.sms,
            CourierChannel::Push => self.push,
        }
    }
}

impl QuietRuns {
    /// Notes what a tenant's operation has to tell; called in the order of the numbers.
    pub(super) fn note(&self, tenant: TenantId, number: u64, quiet: Quiet) {
        self.of(tenant, |runs| {
            for channel in CourierChannel::ALL {
                if quiet.is_on(channel) {
                    runs.on(channel).add(number);
                }
            }
        });
    }

    /// Whether all operations of a tenant behind `after` and up to `through` are known to be quiet.
    pub(super) fn have(
        &self,
        tenant: TenantId,
        channel: CourierChannel,
        (after, through): (u64, u64),
    ) -> bool {
        self.of(tenant, |runs| runs.on(channel).have(after, through))
    }

    /// The last number of the quiet operations right behind `after`; `after` if there are none. What is
    /// before is forgotten.
    pub(super) fn through(&self, tenant: TenantId, channel: CourierChannel, after: u64) -> u64 {
        self.of(tenant, |runs| runs.on(channel).through(after))
    }

    /// The arbiters, the journal and the couriers come here at the same time, nearly always to the same
    /// tenant: they share the map, and each holds the tenant's own lock for a moment.
    fn of<T>(&self, tenant: TenantId, visit: impl FnOnce(&mut ByChannel) -> T) -> T {
        let visit = |runs: &Mutex<ByChannel>| {
            visit(&mut runs.lock().unwrap_or_else(PoisonError::into_inner))
        };
        if let Some(runs) = self.runs.get(&tenant) {
            return visit(&runs);
        }
        visit(&self.runs.entry(tenant).or_default())
    }
}

impl ByChannel {
    fn on(&mut self, channel: CourierChannel) -> &mut Runs {
        match channel {
            CourierChannel::Sms => &mut self.sms,
            CourierChannel::Push => &mut self.push,
        }
    }
}

impl Runs {
    fn add(&mut self, number: u64) {
        match self.0.back_mut() {
            Some((_, last)) if last.saturating_add(1) == number => *last = number,
            Some(_) | None => {
                if self.0.len() >= RUNS_MAX {
                    self.0.pop_front();
                }
                self.0.push_back((number, number));
            }
        }
    }

    fn have(&self, after: u64, through: u64) -> bool {
        let run = self.0.iter().rev().find(|(first, _)| *first <= after.saturating_add(1));
        run.is_some_and(|(_, last)| *last >= through)
    }

    fn through(&mut self, after: u64) -> u64 {
        while self.0.front().is_some_and(|(_, last)| *last <= after) {
            self.0.pop_front();
        }
        let next = self.0.front().filter(|(first, _)| *first <= after.saturating_add(1));
        next.map_or(after, |(_, last)| *last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{AccountEvent, Actor};
    use crate::values::{CustomerId, SettingsVersion, Timestamp};

    const TENANT: TenantId = TenantId(1);
    const QUIET: Quiet = Quiet::EVERYWHERE;
    const NOTICE: Quiet = Quiet { sms: true, push: false };

    #[test]
    fn runs_are_passed_over_and_what_tells_something_is_not() {
        let runs = QuietRuns::default();
        for (number, quiet) in [(5, QUIET), (6, QUIET), (7, NOTICE), (8, QUIET), (11, QUIET)] {
            runs.note(TENANT, number, quiet);
        }
        let push = |after| runs.through(TENANT, CourierChannel::Push, after);
        assert_eq!([0, 3, 4, 5, 6].map(push), [0, 3, 6, 6, 6]);
        assert_eq!([7, 8, 9, 10, 11, 12].map(push), [8, 8, 9, 11, 11, 12]);
        // What is behind is forgotten: it is read again by whoever asks again.
        assert_eq!(push(4), 4);
        assert_eq!(runs.through(TENANT, CourierChannel::Sms, 4), 8);
        assert_eq!(runs.through(TenantId(2), CourierChannel::Sms, 4), 4);
    }

    #[test]
    fn what_is_quiet_from_end_to_end_is_known() {
        let runs = QuietRuns::default();
        let check = |after, through, expected| {
            let have = runs.have(TENANT, CourierChannel::Push, (after, through));
            assert_eq!(have, expected, "{after} {through}");
        };
        check(0, 1, false);
        for (number, quiet) in [(5, QUIET), (6, QUIET), (7, NOTICE), (8, QUIET), (9, QUIET)] {
            runs.note(TENANT, number, quiet);
        }
        check(3, 5, false);
        check(4, 5, true);
        check(4, 6, true);
        check(5, 6, true);
        check(5, 7, false);
        check(6, 7, false);
        check(6, 8, false);
        check(7, 9, true);
        check(8, 9, true);
        check(9, 10, false);
        assert!(runs.have(TENANT, CourierChannel::Sms, (4, 9)));
    }

    #[test]
    fn few_runs_are_remembered() {
        let mut runs = Runs::default();
        (0..=RUNS_MAX).for_each(|run| runs.add(u64::try_from(run).unwrap() * 2 + 2));
        assert_eq!((runs.0.len(), runs.through(1), runs.through(3)), (RUNS_MAX, 1, 4));
    }

    #[test]
    fn only_ones_own_operation_without_a_device_is_quiet() {
        let at = Timestamp::default();
        let own =
            |number| EntityEvents::Account(CustomerId(number), vec![AccountEvent::Blocked { at }]);
        let check = |entities: Vec<EntityEvents>, expected: Quiet| {
            let operation = Operation {
                tenant: TENANT,
                at,
                actor: Actor::Partner,
                rule_version: SettingsVersion(1),
                mark: None,
                entities,
            };
            let opened = AccountEvent::AccountOpened { customer: CustomerId(1), at };
            let account = Account::open(&opened).unwrap();
            assert_eq!(Quiet::of(&operation, &account), expected);
        };
        check(vec![own(1)], QUIET);
        check(vec![own(1), own(2)], NOTICE);
    }
}
