//! Another account held while one decides about both: its turns wait, in memory only, and not for long.
//! What is decided about it enters its memory when the operation enters the writer's queue, so that a
//! crash leaves either all of it or nothing.

use crate::engine::account_turn::AccountTurn;
use crate::engine::act::Pending;
use crate::engine::beside::Beside;
use crate::engine::claims::Lead;
use crate::engine::core::{AccountKey, Core};
use crate::engine::error::EngineError;
use crate::engine::perform::TRIES_MAX;
use crate::engine::tail::Inherited;
use crate::journal::{Derived, EntityEvents, Operation, derive, handed_over};
use crate::ledger::{Account, AccountEvent, Row, Step};
use crate::values::{EventNumber, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::oneshot;

/// How long an account waits at most; then the one that holds it is told to come again.
pub(super) const HOLD_MAX: Duration = Duration::from_millis(500);

/// A request to hold an account.
pub(super) struct HoldTurn {
    pub(super) at: Timestamp,
    /// How long it is held at most.
    pub(super) most: Duration,
    pub(super) reply: oneshot::Sender<HoldAnswer>,
}

/// What becomes of it.
pub(super) enum HoldAnswer {
    Held(Box<Held>),
    Departed,
}

/// An account that waits, as it is meanwhile. Dropped, it goes on as before.
pub(super) struct Held {
    pub(super) account: Account,
    pub(super) inherited: Inherited,
    /// No command may be earlier.
    pub(super) not_before: Timestamp,
    pub(super) lease: Lease,
}

/// The right to decide about a held account; whoever ends it first, the time or the decision, ends it
/// for both.
pub(super) struct Lease {
    core: Arc<Core>,
    key: AccountKey,
    over: Arc<AtomicBool>,
}

/// A lease that time cannot end any more: what is decided is on its way.
pub(super) struct Seized {
    core: Arc<Core>,
    key: AccountKey,
    entered: bool,
}

/// An account as another one's decision made it.
pub(super) struct TakenOver {
    pub(super) account: Account,
    pub(super) rows: Vec<Row>,
    pub(super) derived: Derived,
    pub(super) as_of: EventNumber,
}

impl Lease {
    /// Begins now and ends by itself.
    pub(super) fn begin(core: &Arc<Core>, key: AccountKey, most: Duration) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let lease = Self { core: Arc::clone(core), key, over: Arc::clone(&over) };
        // A ledger that is thrown away meanwhile is not kept for this.
        let core = Arc::downgrade(core);
        drop(tokio::spawn(async move {
            tokio::time::sleep(most).await;
            if !over.swap(true, Ordering::AcqRel)
                && let Some(core) = core.upgrade()
            {
                core.tell(key, AccountTurn::Release);
            }
        }));
        lease
    }

    /// `None`: the time is over, and the account goes on by itself.
    pub(super) fn seize(self) -> Option<Seized> {
        let in_time = !self.over.swap(true, Ordering::AcqRel);
        in_time.then(|| Seized { core: Arc::clone(&self.core), key: self.key, entered: false })
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if !self.over.swap(true, Ordering::AcqRel) {
            self.core.tell(self.key, AccountTurn::Release);
        }
    }
}

impl Seized {
    /// The decision is in the queue. Asked for by the checkpoint that covers it, the account has it.
    pub(super) fn enter(mut self, taken: TakenOver) {
        self.entered = true;
        self.core.dirty.mark(self.key);
        self.core.tell(self.key, AccountTurn::TakeOver(Box::new(taken)));
    }
}

impl Drop for Seized {
    fn drop(&mut self) {
        if !self.entered {
            self.core.tell(self.key, AccountTurn::Release);
        }
    }
}

impl Held {
    /// What was decided about the held account, to ride behind so many events of the one that decided.
    fn ride(self, step: Step, operation: &Operation, ahead: u64) -> Option<(Beside, Inherited)> {
        let Self { account: before, mut inherited, lease, .. } = self;
        let Step { account, events, rows, .. } = step;
        let customer = before.id;
        let own = count(&events);
        let entity = EntityEvents::Account(customer, events);
        // The mark is that of the account that decided.
        let alone = Operation { mark: None, entities: vec![entity.clone()], ..operation.clone() };
        let mut derived = derive(&alone, customer, Some(&before), EventNumber(0));
        // What expires at the merge is known to who inherits before the tables have it.
        inherited.trails.extend(derived.trails.iter().cloned());
        // What leads to the other account is that one's affair.
        let elsewhere = handed_over(operation.tenant, &before, operation.at);
        let mut identifiers = derived.identifiers.clone();
        identifiers.retain(|(key, _)| !elsewhere.contains(key));
        let seized = lease.seize()?;
        let core = Arc::clone(&seized.core);
        let enter = move |last: EventNumber| {
            let count = ahead.saturating_add(own).saturating_sub(1);
            derived.place(EventNumber(last.number().saturating_sub(count)));
            seized.enter(TakenOver { account: *account, rows, derived, as_of: last });
        };
        let settle = move || {
            for (key, leads_to) in identifiers {
                core.identifiers.remember(key, Lead::after(customer, leads_to));
            }
        };
        Some((Beside::new(entity, enter, settle), inherited))
    }
}

fn count(events: &[AccountEvent]) -> u64 {
    u64::try_from(events.len()).unwrap_or(u64::MAX)
}

impl Pending {
    /// Takes what was decided about held accounts along, behind the `events` of the one that decided.
    /// `None`: it is too late, or too early.
    pub(super) fn board_other(
        &mut self,
        other: Option<Box<Step>>,
        operation: &Operation,
        (account, events): (&Account, &[AccountEvent]),
    ) -> Option<Inherited> {
        let command = &mut self.act.command;
        if other.is_none() {
            // Hardly any command decides about others; those that were held all the same go on.
            command.held.clear();
            return Some(Inherited::default());
        }
        let mut ahead = count(events);
        let (mut others, mut all) = (Vec::new(), Inherited::default());
        let (mut held, mut next) = (std::mem::take(&mut command.held).into_iter(), other);
        while let (Some(mut step), Some(held)) = (next.take(), held.next()) {
            // A message under way would arrive under another name.
            if [account, &step.account].iter().any(|one| !one.referral.outbox.is_empty()) {
                return None;
            }
            next = step.other.take();
            let own = count(&step.events);
            let (beside, inherited) = held.ride(*step, operation, ahead)?;
            ahead = ahead.saturating_add(own);
            others.push(beside);
            all.append(inherited);
        }
        others.append(&mut command.beside);
        command.beside = others;
        Some(all)
    }
}

impl Core {
    /// Holds an account as soon as it has done what came before.
    pub(super) async fn hold(
        self: &Arc<Self>,
        key: AccountKey,
        at: Timestamp,
    ) -> Result<Box<Held>, EngineError> {
        self.hold_up_to(key, at, HOLD_MAX).await
    }

    /// The same for as long as that.
    pub(super) async fn hold_up_to(
        self: &Arc<Self>,
        key: AccountKey,
        at: Timestamp,
        most: Duration,
    ) -> Result<Box<Held>, EngineError> {
        let held = tokio::time::timeout(most, self.hold_when_there(key, at, most)).await;
        held.unwrap_or(Err(EngineError::Overloaded))
    }

    async fn hold_when_there(
        self: &Arc<Self>,
        key: AccountKey,
        at: Timestamp,
        most: Duration,
    ) -> Result<Box<Held>, EngineError> {
        for _ in 0..TRIES_MAX {
            let Some(mailbox) = self.mailbox(key, at).await? else {
                return Err(EngineError::Broken(format!("there is no account {}", key.customer)));
            };
            let (reply, answer) = oneshot::channel();
            mailbox.deliver(AccountTurn::Hold(HoldTurn { at, most, reply }));
            match answer.await {
                Ok(HoldAnswer::Held(held)) => return Ok(held),
                Ok(HoldAnswer::Departed) => {}
                Err(_) => return Err(self.lost()),
            }
        }
        Err(EngineError::Overloaded)
    }
}
