//! A customer's account as an actor: one turn at a time, decided in memory, answered when durable.

use crate::engine::account_facts::Missing;
use crate::engine::account_turn::{AccountTurn, Act, Answer, Pending, Tail, Told};
use crate::engine::arbiters::Finish;
use crate::engine::beside::Riding;
use crate::engine::claims::Lead;
use crate::engine::core::{AccountKey, Core, Forwarded};
use crate::engine::error::EngineError;
use crate::engine::quiet::Quiet;
use crate::engine::quotes::Decision;
use crate::engine::referrals::untold;
use crate::engine::resting::phones_of;
use crate::engine::shell::Entity;
use crate::engine::written::proof_of;
use crate::journal::{Capture, EntityEvents, Operation, Outcome, Reply, UsageChange, derive};
use crate::ledger::{
    Account, Command, Facts, LookUp, Step, StepError, ids_needed, next_notice, receipt_of, view,
};
use crate::values::{EventNumber, Timestamp};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// The actor's state: possibly ahead of what is durable.
pub(super) struct AccountEntity {
    pub(super) core: Arc<Core>,
    pub(super) key: AccountKey,
    /// `None` until the opening command.
    pub(super) account: Option<Account>,
    /// The last event in `account`.
    pub(super) as_of: EventNumber,
    /// Since the last capture.
    pub(super) fresh: Tail,
    /// Captured, but not yet known to be in the tables.
    pub(super) captured: Tail,
    captured_as_of: EventNumber,
    /// What came up to this event, only the tables have.
    pub(super) forgotten_through: EventNumber,
    pub(super) last_turn_at: Timestamp,
    /// Whether there were events since the last capture.
    dirty: bool,
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
        tail: Option<Tail>,
    ) -> Self {
        Self::of(core, key, Some(account), as_of, tail)
    }

    fn of(
        core: Arc<Core>,
        key: AccountKey,
        account: Option<Account>,
        as_of: EventNumber,
        tail: Option<Tail>,
    ) -> Self {
        // Not every event leaves something in the tail.
        let ahead_of_the_tables = tail.is_some();
        // What a tail holds came after what the tables have.
        let forgotten_through = if ahead_of_the_tables { EventNumber(0) } else { as_of };
        let mut entity = Self {
            core,
            key,
            account,
            as_of,
            fresh: tail.unwrap_or_default(),
            captured: Tail::default(),
            captured_as_of: EventNumber(0),
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
            self.core.mark_dirty(self.key);
        }
    }

    pub(super) fn act(&mut self, mut act: Act) {
        let reply = act.reply.take();
        let send = |answer: Told| {
            if let Some(reply) = reply {
                let _ = reply.send(answer);
            }
        };
        let merged_into = self.account.as_ref().and_then(|account| account.merged_into);
        if self.departed || merged_into.is_some() {
            act.place.arrived();
            send(Answer::elsewhere(Box::new(act), merged_into).into());
            return;
        }
        self.last_turn_at = self.last_turn_at.max(act.at);
        let returned =
            act.returned.take().filter(|fact| self.is_current(fact)).map(|fact| fact.sale);
        let account = self.account.as_ref();
        let reserved = ids_needed(account, &act.action, self.last_turn_at, returned.as_deref());
        let permits = act.reserve_permits(self.last_turn_at);
        let command = Command {
            now: self.last_turn_at,
            action: act.action,
            facts: Facts {
                settings: Arc::clone(&act.settings),
                ids: act.counters.reserve(reserved),
                completes: act.completes,
                past: act.past.as_ref().and_then(|past| self.past(past)),
                returned,
                promotions: permits.facts(&act.promotions),
                vouchers: act.vouchers,
            },
        };
        if let Some(missing) = self.missing(&command) {
            act.counters.give_back(command.facts.ids, reserved, command.facts.ids);
            (act.action, act.vouchers) = (command.action, command.facts.vouchers);
            act.place.arrived();
            let answer = match missing {
                Missing::Past(wanted) => Answer::NeedsPast(Box::new(act), wanted),
                Missing::Returned(tail) => Answer::NeedsReturned(Box::new(act), tail),
            };
            send(answer.into());
            return;
        }
        let decide = || Decision::of(self.account.as_ref(), &command, act.rehearsal);
        let outcome = catch_unwind(AssertUnwindSafe(decide));
        let unused_from = match &outcome {
            Ok(Ok(Decision::Do(step))) => step.ids,
            Ok(Ok(Decision::Tell(_)) | Err(_)) | Err(_) => command.facts.ids,
        };
        act.counters.give_back(command.facts.ids, reserved, unused_from);
        let version = act.settings.at(command.now).version;
        let pending = Pending {
            operation: Operation {
                tenant: self.key.tenant,
                at: command.now,
                actor: act.actor,
                rule_version: version,
                mark: act.mark,
                entities: Vec::new(),
            },
            settings: act.settings,
            taken: act.taken,
            permits,
            beside: act.beside,
            held: act.held,
            place: act.place,
            home: act.home,
            send: Box::new(send),
        };
        self.conclude(outcome, pending);
        self.leave_unless_opened();
    }

    /// What becomes of a decision, or of one that panicked.
    fn conclude(
        &mut self,
        outcome: std::thread::Result<Result<Decision, StepError>>,
        pending: Pending,
    ) {
        match outcome {
            Ok(Ok(Decision::Do(step))) => self.commit(*step, pending),
            Ok(Ok(Decision::Tell(answer))) => self.answer_after(self.as_of, answer, pending),
            Ok(Err(StepError::Refused(refusal))) => self.fail(refusal.into(), pending),
            Ok(Err(broken @ (StepError::Misfit(_) | StepError::Broken(_)))) => {
                tracing::error!(tenant = %self.key.tenant, customer = %self.key.customer, %broken, "a decision failed its check");
                self.fail(EngineError::Broken(broken.to_string()), pending);
            }
            Err(_) => {
                tracing::error!(tenant = %self.key.tenant, customer = %self.key.customer, "a decision panicked");
                self.fail(EngineError::Broken("a decision panicked".into()), pending);
            }
        }
    }

    fn commit(&mut self, step: Step, mut pending: Pending) {
        let Step { account, events, rows, other, vouchers, .. } = step;
        let answer = match receipt_of(&events) {
            Some(receipt) => Answer::Receipt(receipt),
            None => {
                let shown =
                    view(&account, &pending.settings, LookUp::default(), pending.operation.at);
                Answer::View(Box::new(shown))
            }
        };
        if events.is_empty() && pending.beside.is_empty() {
            return self.answer_after(self.as_of, answer, pending);
        }
        let Some(inherited) = pending.board_other(other, (&account, &events)) else {
            return self.fail(EngineError::Overloaded, pending);
        };
        let Pending { mut operation, taken, permits, mut beside, mut place, home, send, .. } =
            pending;
        beside.extend(self.core.voucher_riders(self.key.tenant, vouchers));
        let usage = UsageChange::of(&events);
        if !events.is_empty() {
            operation.entities.push(EntityEvents::Account(self.key.customer, events));
        }
        let own_count = operation.count();
        let mut riding = Riding::board(beside, &mut operation);
        let mut derived =
            derive(&operation, self.key.customer, self.account.as_ref(), EventNumber(0));
        // Identifiers may change again, so what their changes lead to is remembered in their order: by
        // one arbiter, the account's own.
        let home =
            if derived.identifiers.is_empty() { home } else { self.core.arbiter_of(self.key) };
        let (core, key, customer) = (Arc::clone(&self.core), self.key, self.key.customer);
        place.arrived();
        // Before the events have numbers: a checkpoint that covers them must ask this account.
        self.mark_dirty();
        let (placed, mut as_of) = (&mut derived, self.as_of);
        let untold = untold(&account, &operation);
        let (quiet, feeds) = (Quiet::of(&operation, &account), Arc::clone(&self.core.feeds));
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
                send(Told { answer, proof: proof_of(numbers, outcome) });
            });
            Some(Reply { home, finish })
        });
        // On failure the reply was dropped, its caller knows, and this whole engine is thrown away.
        if submitted.is_ok() {
            self.account = Some(*account);
            self.as_of = as_of;
            self.fresh.take(rows, derived);
            self.fresh.inherited.append(inherited);
        }
    }

    pub(super) fn fail(&self, error: EngineError, pending: Pending) {
        self.answer_after(self.as_of, Answer::Failed(error), pending);
    }

    /// An answer that changes nothing still waits until what it rests on is durable.
    fn answer_after(&self, event: EventNumber, answer: Answer, pending: Pending) {
        let Pending { home, send, mut place, taken, .. } = pending;
        place.arrived();
        let core = Arc::clone(&self.core);
        let finish: Finish = Box::new(move |outcome| {
            drop((taken, place));
            let answer = match outcome {
                Outcome::Durable(_) => answer,
                Outcome::Lost => Answer::Failed(core.lost()),
            };
            send(answer.into());
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

    fn capture(&mut self) {
        let Some(account) = &self.account else { return };
        if !std::mem::take(&mut self.dirty) {
            return;
        }
        let Tail { rows, sales, operations, identifiers, trails, .. } = &self.fresh;
        let tenant = self.core.tenants.tenant(self.key.tenant);
        let notice_at =
            tenant.and_then(|tenant| next_notice(account, &tenant.settings, self.last_turn_at));
        // Not taken: neither is the end of this checkpoint, so that it fails.
        self.core.forward(Forwarded::Account(Box::new(Capture {
            tenant: self.key.tenant,
            account: account.clone(),
            as_of: self.as_of,
            rows: rows.clone(),
            sales: sales.clone(),
            operations: operations.clone(),
            identifiers: identifiers.clone(),
            trails: trails.clone(),
            notice_at,
        })));
        self.captured.append(std::mem::take(&mut self.fresh));
        self.captured_as_of = self.as_of;
    }

    fn forget_captured(&mut self) {
        let captured = std::mem::take(&mut self.captured);
        self.forgotten_through = self.captured_as_of;
        for (key, _) in captured.operations {
            self.core.operations.forget(key);
        }
        for sale in captured.sales {
            self.core.fresh_sales.forget(self.key.tenant, sale.id);
        }
        // Only what was done here, and not again since: another account may have taken what was freed.
        for (key, leads_to) in captured.identifiers {
            if !self.fresh.identifiers.iter().any(|(changed, _)| *changed == key) {
                let lead = Lead::after(self.key.customer, leads_to);
                self.core.identifiers.forget_this(key, &lead);
            }
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
        !self.dirty && self.captured.is_empty() && self.last_turn_at < idle_before
    }

    /// Once: by the next time another actor may have its place.
    fn depart(&mut self) {
        if std::mem::replace(&mut self.departed, true) {
            return;
        }
        let phones = self.account.as_ref().map(phones_of).unwrap_or_default();
        self.core.let_go(self.key, &phones);
    }

    /// An account whose opening was refused is none.
    pub(super) fn leave_unless_opened(&mut self) {
        if self.account.is_none() {
            self.depart();
        }
    }
}

impl Entity for AccountEntity {
    type Turn = AccountTurn;

    fn take(&mut self, turn: AccountTurn) {
        let Some(turn) = self.unless_held(turn) else { return };
        match turn {
            AccountTurn::Act(act) => act.span.clone().in_scope(|| self.act(*act)),
            AccountTurn::Look(look) => self.look(*look),
            AccountTurn::Leaf(leaf) => self.leaf(*leaf),
            AccountTurn::Capture(done) => {
                self.capture();
                let _ = done.send(());
            }
            AccountTurn::Captured => self.forget_captured(),
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
