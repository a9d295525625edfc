//! A customer's account as an actor: one turn at a time, decided in memory, answered when durable.

use crate::engine::account_facts::Missing;
use crate::engine::account_turn::{AccountTurn, Answer, Told};
use crate::engine::act::{Act, Pending};
use crate::engine::arbiters::Finish;
use crate::engine::beside::Riding;
use crate::engine::core::{AccountKey, Core};
use crate::engine::error::EngineError;
use crate::engine::quiet::Quiet;
use crate::engine::quotes::Decision;
use crate::engine::referrals::untold;
use crate::engine::resting::phones_of;
use crate::engine::shell::Entity;
use crate::engine::tail::{Captured, Inherited, Tail};
use crate::engine::written::proof_of;
use crate::journal::{EntityEvents, Outcome, Reply, UsageChange, derive};
use crate::ledger::{
    Account, Action, Command, Facts, LookUp, Step, StepError, ids_needed, receipt_of, view,
};
use crate::values::{EventNumber, Timestamp};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tokio::sync::oneshot;

/// The actor's state: possibly ahead of what is durable.
pub(super) struct AccountEntity {
    pub(super) core: Arc<Core>,
    pub(super) key: AccountKey,
    /// `None` until the opening command. Boxed, for each decision makes another one of it.
    pub(super) account: Option<Box<Account>>,
    /// The last event in `account`.
    pub(super) as_of: EventNumber,
    /// Since the last capture.
    pub(super) fresh: Tail,
    /// Captured, but not yet known to be in the tables.
    pub(super) captured: Captured,
    pub(super) captured_as_of: EventNumber,
    pub(super) inherited: Inherited,
    /// What is due next by the state that the tables have, once the last capture is written.
    pub(super) due_in_tables: Option<Timestamp>,
    /// What came up to this event, only the tables have.
    pub(super) forgotten_through: EventNumber,
    pub(super) last_turn_at: Timestamp,
    /// Whether there were events since the last capture.
    pub(super) dirty: bool,
    /// Whether the directory has let go of this actor.
    pub(super) departed: bool,
    /// What waits while another account decides about this one, in the order in which it came.
    pub(super) held: Option<Vec<AccountTurn>>,
}

impl AccountEntity {
    /// An account that is about to be opened.
    pub(super) fn unopened(core: Arc<Core>, key: AccountKey) -> Self {
        Self::of(core, key, None, EventNumber(0), None)
    }

    /// An account as the tables have it, or as it was folded anew, with what they may lack.
    pub(super) fn resident(
        core: Arc<Core>,
        key: AccountKey,
        account: Account,
        as_of: EventNumber,
        tail: Option<(Tail, Inherited)>,
    ) -> Self {
        Self::of(core, key, Some(account), as_of, tail)
    }

    fn of(
        core: Arc<Core>,
        key: AccountKey,
        account: Option<Account>,
        as_of: EventNumber,
        tail: Option<(Tail, Inherited)>,
    ) -> Self {
        // Not every event leaves something in the tail.
        let ahead_of_the_tables = tail.is_some();
        let (fresh, inherited) = tail.unwrap_or_default();
        // What a tail holds came after what the tables have.
        let forgotten_through = if ahead_of_the_tables { EventNumber(0) } else { as_of };
        let account = account.map(Box::new);
        let known = account.as_deref().filter(|_| !ahead_of_the_tables);
        let due_in_tables = known.and_then(Account::next_due);
        let mut entity = Self {
            core,
            key,
            account,
            as_of,
            fresh,
            captured: Captured::default(),
            captured_as_of: EventNumber(0),
            inherited,
            due_in_tables,
            forgotten_through,
            last_turn_at: Timestamp::default(),
            dirty: false,
            departed: false,
            held: None,
        };
        if ahead_of_the_tables {
            entity.mark_dirty();
        }
        entity
    }

    pub(super) fn mark_dirty(&mut self) {
        if !std::mem::replace(&mut self.dirty, true) {
            self.core.dirty.mark(self.key);
        }
    }

    pub(super) fn act(&mut self, mut act: Box<Act>) {
        let merged_into = self.account.as_ref().and_then(|account| account.merged_into);
        if self.departed || merged_into.is_some() {
            return act.send_back(|act| Answer::elsewhere(act, merged_into));
        }
        let now = self.last_turn_at.max(act.errand.at);
        self.last_turn_at = now;
        let returned = act.returned.take().filter(|fact| self.is_current(fact));
        let returned = returned.map(|fact| fact.sale);
        let account = self.account.as_deref();
        let needed = ids_needed(account, &act.command.action, now, returned.as_deref());
        let permits = act.reserve_permits(now);
        let tenant = &act.errand.tenant;
        let ids = tenant.counters.reserve(needed);
        let command = Command {
            now,
            // What nobody reads any more keeps its place.
            action: std::mem::replace(&mut act.command.action, Action::Settle),
            facts: Facts {
                settings: Arc::clone(&tenant.tenant.settings),
                ids,
                completes: act.command.completes,
                past: act.past.as_ref().and_then(|past| self.past(past)),
                returned,
                promotions: permits.facts(&tenant.tenant.promotions),
                vouchers: std::mem::take(&mut act.vouchers),
            },
        };
        if let Some(missing) = self.missing(&command) {
            tenant.counters.give_back(ids, needed, ids);
            (act.command.action, act.vouchers) = (command.action, command.facts.vouchers);
            return act.send_back(|act| match missing {
                Missing::Past(wanted) => Answer::NeedsPast(act, wanted),
                Missing::Returned(tail) => Answer::NeedsReturned(act, tail),
            });
        }
        let rehearsal = act.command.rehearsal;
        let decide = || Decision::of(self.account.as_deref(), &command, rehearsal);
        let outcome = catch_unwind(AssertUnwindSafe(decide));
        let unused_from = match &outcome {
            Ok(Ok(Decision::Do(step))) => step.ids,
            Ok(Ok(Decision::Tell(_)) | Err(_)) | Err(_) => ids,
        };
        tenant.counters.give_back(ids, needed, unused_from);
        self.conclude(outcome, Pending { act, permits, now });
        self.leave_unless_opened();
    }

    /// What becomes of a decision, or of one that panicked.
    fn conclude(
        &mut self,
        outcome: std::thread::Result<Result<Decision, StepError>>,
        pending: Pending,
    ) {
        match outcome {
            Ok(Ok(Decision::Do(step))) => {
                let actor = &pending.act.errand.actor;
                match self.core.cannot_keep_step(self.key.tenant, &step, actor) {
                    Some(error) => self.fail(error, pending),
                    None => self.commit(step, pending),
                }
            }
            Ok(Ok(Decision::Tell(answer))) => self.answer_after(self.as_of, answer, pending),
            Ok(Err(StepError::Refused(refusal))) => self.fail(refusal.into(), pending),
            Ok(Err(broken @ (StepError::Misfit(_) | StepError::Broken(_)))) => {
                pending.act.in_scope(|| {
                    tracing::error!(tenant = %self.key.tenant, customer = %self.key.customer, %broken, "a decision failed its check");
                });
                self.fail(EngineError::Broken(broken.to_string()), pending);
            }
            Err(_) => {
                pending.act.in_scope(|| {
                    tracing::error!(tenant = %self.key.tenant, customer = %self.key.customer, "a decision panicked");
                });
                self.fail(EngineError::Broken("a decision panicked".into()), pending);
            }
        }
    }

    /// The answer to a command that was decided.
    fn answer_to(step: &Step, pending: &Pending) -> Answer {
        match receipt_of(&step.events) {
            Some(receipt) => Answer::Receipt(receipt),
            None => {
                let (settings, at) = (pending.settings(), pending.now);
                Answer::View(Box::new(view(&step.account, settings, LookUp::default(), at)))
            }
        }
    }

    fn commit(&mut self, mut step: Box<Step>, mut pending: Pending) {
        let answer = Self::answer_to(&step, &pending);
        if step.events.is_empty() && pending.act.command.beside.is_empty() {
            return self.answer_after(self.as_of, answer, pending);
        }
        let mut operation = pending.operation(self.key.tenant);
        let other = step.other.take();
        let decided = (&*step.account, step.events.as_slice());
        let Some(mut inherited) = pending.board_other(other, &operation, decided) else {
            return self.fail(EngineError::Overloaded, pending);
        };
        let Pending { act, permits, .. } = pending;
        let Act { errand, command, home, reply, .. } = *act;
        let (mut place, taken, mut beside) = (errand.place, command.taken, command.beside);
        if !step.vouchers.is_empty() {
            let vouchers = std::mem::take(&mut step.vouchers);
            beside.extend(self.core.voucher_riders(self.key.tenant, vouchers));
        }
        let usage = UsageChange::of(&step.events);
        if !step.events.is_empty() {
            let events = std::mem::take(&mut step.events);
            operation.entities.push(EntityEvents::Account(self.key.customer, events));
        }
        let own_count = operation.count();
        let mut riding = Riding::board(beside, &mut operation);
        let mut derived =
            derive(&operation, self.key.customer, self.account.as_deref(), EventNumber(0));
        // Identifiers may change again, so what their changes lead to is remembered in their order: by
        // one arbiter, the account's own.
        let home =
            if derived.identifiers.is_empty() { home } else { self.core.arbiter_of(self.key) };
        let (core, key, customer) = (Arc::clone(&self.core), self.key, self.key.customer);
        place.arrived();
        // Before the events have numbers: a checkpoint that covers them must ask this account.
        self.mark_dirty();
        let (placed, mut as_of) = (&mut derived, self.as_of);
        let untold = untold(&step.account, &operation);
        let (quiet, feeds) = (Quiet::of(&operation, &step.account), &self.core.feeds);
        let submitted = self.core.journal.submit(operation, |numbers| {
            placed.place(numbers.first);
            feeds.quiet.note(key.tenant, numbers.tenant_number, quiet);
            permits.count(&usage, numbers.first);
            let before_riders =
                EventNumber(numbers.first.number().saturating_sub(1)).plus(own_count);
            riding.enter(before_riders);
            as_of = as_of.max(before_riders);
            let leads_to = taken.with(customer, placed);
            let finish: Finish = Box::new(move |outcome| {
                let answer = match outcome {
                    Outcome::Durable(_) => {
                        leads_to.commit(&core, key);
                        riding.settle();
                        if !untold.is_empty() {
                            core.deliver_soon(key, untold);
                        }
                        answer
                    }
                    Outcome::Lost => Answer::Failed(core.lost()),
                };
                drop(place);
                tell(reply, Told { answer, proof: proof_of(numbers, outcome) });
            });
            Some(Reply { home, finish })
        });
        // On failure the reply was dropped, its caller knows, and this whole engine is thrown away.
        if let Ok(numbers) = submitted {
            let Step { account, rows, .. } = *step;
            inherited.place(numbers.first);
            self.account = Some(account);
            self.as_of = as_of;
            self.fresh.take(rows, derived);
            self.inherited.append(inherited);
        }
    }

    pub(super) fn fail(&self, error: EngineError, pending: Pending) {
        self.answer_after(self.as_of, Answer::Failed(error), pending);
    }

    /// An answer that changes nothing still waits until what it rests on is durable.
    fn answer_after(&self, event: EventNumber, answer: Answer, pending: Pending) {
        let Act { errand, command, home, reply, .. } = *pending.act;
        let (mut place, taken) = (errand.place, command.taken);
        place.arrived();
        let core = Arc::clone(&self.core);
        let finish: Finish = Box::new(move |outcome| {
            drop((taken, place));
            let answer = match outcome {
                Outcome::Durable(_) => answer,
                Outcome::Lost => Answer::Failed(core.lost()),
            };
            tell(reply, answer.into());
        });
        self.when_durable(event, home, finish);
    }

    pub(super) fn when_durable(&self, event: EventNumber, home: usize, finish: Finish) {
        if event <= self.core.journal.durable() {
            finish(Outcome::Durable(None));
        } else {
            self.core.journal.after(event, Reply { home, finish });
        }
    }

    /// Leaves memory if nothing is lost by it. Turns that are on their way are sent back.
    pub(super) fn depart_if_idle(&mut self, idle_before: Timestamp) {
        if self.is_idle(idle_before) {
            self.depart();
        }
    }

    /// Whether the tables have all of it, and nobody asked since an instant.
    pub(super) fn is_idle(&self, idle_before: Timestamp) -> bool {
        !self.dirty
            && self.captured.is_empty()
            && self.inherited.is_empty()
            && self.last_turn_at < idle_before
    }

    /// Once: by the next time another actor may have its place.
    fn depart(&mut self) {
        if std::mem::replace(&mut self.departed, true) {
            return;
        }
        let phones = self.account.as_deref().map(phones_of).unwrap_or_default();
        self.core.let_go(self.key, &phones);
    }

    /// An account whose opening was refused is none.
    pub(super) fn leave_unless_opened(&mut self) {
        if self.account.is_none() {
            self.depart();
        }
    }
}

/// Answers whoever waits for it.
fn tell(reply: Option<oneshot::Sender<Told>>, told: Told) {
    if let Some(reply) = reply {
        let _ = reply.send(told);
    }
}

impl Entity for AccountEntity {
    type Turn = AccountTurn;

    fn take(&mut self, turn: AccountTurn) {
        let Some(turn) = self.unless_held(turn) else { return };
        match turn {
            AccountTurn::Act(act) => self.act(act),
            AccountTurn::Look(look) => self.look(*look),
            AccountTurn::Leaf(leaf) => self.leaf(*leaf),
            AccountTurn::Capture(done) => {
                self.capture();
                let _ = done.send(());
            }
            AccountTurn::Captured => self.forget_captured(),
            AccountTurn::Paced(turn, pace) => {
                self.take(*turn);
                drop(pace);
            }
            AccountTurn::DepartIfIdle { idle_before } => self.depart_if_idle(idle_before),
            AccountTurn::RestIfIdle { idle_before } => self.rest_if_idle(idle_before),
            AccountTurn::Hold(hold) => self.hold(hold),
            AccountTurn::Release => self.go_on(),
            AccountTurn::TakeOver(taken) => self.take_over(*taken),
            #[cfg(test)]
            AccountTurn::Die => unreachable!("a test asked for this panic"),
        }
    }
}
