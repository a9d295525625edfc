//! The customers whom a batch concerns: those who are here are held, the others are about to be; all are
//! decided one after the other, and enter memory together when their operation enters the writer's queue.

use crate::engine::account_actor::AccountEntity;
use crate::engine::account_turn::PastWanted;
use crate::engine::arbiters::{Arbiters, Finish};
use crate::engine::claims::{Guard, Key, Lead};
use crate::engine::core::{AccountKey, Core};
use crate::engine::error::EngineError;
use crate::engine::hold::{Held, Lease, Seized, TakenOver};
use crate::engine::import_batch::{ImportReport, RowProblem};
use crate::engine::imports::Import;
use crate::engine::leads::{LeadsTo, Taken};
use crate::engine::perform::Errand;
use crate::engine::shell::Mailbox;
use crate::engine::tail::{Inherited, Tail};
use crate::journal::{
    Derived, EntityEvents, EventNumbers, Operation, OperationRef, Outcome, Reply, derive,
};
use crate::ledger::{
    Account, AccountEvent, Action, Actor, BusinessTime, Command, Facts, HeldVouchers, Past,
    PromotionFacts, Refusal, Row, Sell, Step, StepError, business_instant, ids_needed, needs_past,
    step,
};
use crate::values::{Bonus, CustomerId, EventNumber, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// How long the customers of a batch wait at most; then it is told to come again.
pub(super) const IMPORT_HOLD_MAX: Duration = Duration::from_secs(5);

/// The customers of a batch, by number.
#[derive(Default)]
pub(super) struct Crowd {
    members: BTreeMap<CustomerId, Member>,
}

/// One of them, with what is asked.
#[derive(Default)]
struct Member {
    key: Option<AccountKey>,
    /// As the account is; `None`: it is about to be opened.
    before: Option<Account>,
    /// What the tables may lack of its sales.
    unwritten: Inherited,
    not_before: Timestamp,
    lease: Option<Lease>,
    asked: Vec<Asked>,
    taken: Taken,
    decided: Option<Decided>,
}

/// What a row asks.
struct Asked {
    row: usize,
    action: Action,
    /// What the customer bought after the day of a sale that earns.
    past: Option<Past>,
}

/// What was decided about a customer.
struct Decided {
    account: Account,
    events: Vec<AccountEvent>,
    rows: Vec<Row>,
}

/// A decided customer on the way into the queue.
struct Boarding {
    key: AccountKey,
    decided: Decided,
    derived: Derived,
    taken: Taken,
    /// `None`: a new account.
    seized: Option<Seized>,
    /// How many events of the operation come before the customer's own.
    ahead: u64,
}

impl Crowd {
    pub(super) fn has(&self, customer: CustomerId) -> bool {
        self.members.get(&customer).is_some_and(|member| member.key.is_some())
    }

    /// The claims that go with a customer.
    pub(super) fn claims(&mut self, customer: CustomerId) -> &mut Taken {
        &mut self.members.entry(customer).or_default().taken
    }

    /// A customer about to be.
    pub(super) fn open(&mut self, key: AccountKey) {
        self.members.entry(key.customer).or_default().key = Some(key);
    }

    /// A customer who is here waits from now on.
    pub(super) async fn hold(
        &mut self,
        core: &Arc<Core>,
        key: AccountKey,
        at: Timestamp,
    ) -> Result<(), EngineError> {
        let held = core.hold_up_to(key, at, IMPORT_HOLD_MAX).await?;
        let Held { account, inherited, not_before, lease } = *held;
        let member = self.members.entry(key.customer).or_default();
        (member.key, member.unwritten) = (Some(key), inherited);
        (member.before, member.not_before, member.lease) = (Some(account), not_before, Some(lease));
        Ok(())
    }

    pub(super) fn ask(
        &mut self,
        customer: CustomerId,
        action: Action,
        identifiers: Vec<(Key, Guard<Lead>)>,
    ) {
        let member = self.members.entry(customer).or_default();
        member.asked.push(Asked { row: 0, action, past: None });
        member.taken.identifiers.extend(identifiers);
    }

    /// Why what was decided of one of them cannot be kept; `None`: all of it can.
    pub(super) fn cannot_keep(&self, core: &Core, actor: &Actor) -> Option<EngineError> {
        let decided = |member: &Member| {
            let (key, decided) = (member.key?, member.decided.as_ref()?);
            core.cannot_keep(key, &decided.events, actor)
        };
        self.members.values().find_map(decided)
    }

    /// Says which row asked last.
    pub(super) fn number(&mut self, customer: CustomerId, row: usize) {
        let member = self.members.get_mut(&customer);
        if let Some(asked) = member.and_then(|member| member.asked.last_mut()) {
            asked.row = row;
        }
    }
}

impl Errand {
    /// The business time of a sale.
    pub(super) fn business_instant(&self, sell: &Sell) -> Timestamp {
        let rules = &self.tenant.tenant.settings.at(self.at).rules;
        let said: Option<BusinessTime> = sell.sale_date;
        business_instant(said, rules, self.at)
    }
}

impl Import {
    /// Looks up what the tiers of its sales depend on; all is as of now, since the customers wait.
    pub(super) async fn look_back(&mut self, core: &Core) -> Result<(), EngineError> {
        let members = self.crowd.members.values();
        let latest = members.map(|member| member.not_before).fold(self.errand.at, Timestamp::max);
        self.errand.at = latest;
        for member in self.crowd.members.values_mut() {
            member.look_back(core, &self.errand).await?;
        }
        Ok(())
    }

    /// Decides every row; the report says what is wrong.
    pub(super) fn decide(&mut self) -> Result<(), EngineError> {
        for member in self.crowd.members.values_mut() {
            member.decide(&self.errand, &mut self.report)?;
        }
        Ok(())
    }

    /// The operation that carries all of it, and whom it concerns; `None`: it took too long, and those who
    /// waited have gone on.
    fn board(
        self,
        batch: (Key, Guard<OperationRef>),
    ) -> Option<(Operation, Vec<Boarding>, ImportReport)> {
        let Self { errand, crowd, report, .. } = self;
        let mut operation = Operation {
            tenant: errand.tenant_id(),
            at: errand.at,
            rule_version: errand.tenant.tenant.settings.at(errand.at).version,
            actor: errand.actor,
            mark: errand.mark.map(|mark| mark.kept()),
            entities: Vec::new(),
        };
        let mut members: Vec<_> =
            crowd.members.into_values().filter_map(Member::with_decision).collect();
        for (key, _, decided, ..) in &members {
            let events = decided.events.clone();
            operation.entities.push(EntityEvents::Account(key.customer, events));
        }
        if let Some((_, _, _, taken, _)) = members.first_mut() {
            taken.operations.push(batch);
        }
        let mut boarding = Vec::with_capacity(members.len());
        let mut ahead = 0_u64;
        for (key, before, decided, taken, lease) in members {
            let derived = derive(&operation, key.customer, before.as_ref(), EventNumber(0));
            let seized = match lease {
                Some(lease) => Some(lease.seize()?),
                None => None,
            };
            let count = u64::try_from(decided.events.len()).unwrap_or(u64::MAX);
            boarding.push(Boarding { key, decided, derived, taken, seized, ahead });
            ahead = ahead.saturating_add(count);
        }
        Some((operation, boarding, report))
    }
}

type WithDecision = (AccountKey, Option<Account>, Decided, Taken, Option<Lease>);

impl Member {
    /// The rows of a customer come in the order of their days, so that none of them changes what another
    /// one needs.
    async fn look_back(&mut self, core: &Core, errand: &Errand) -> Result<(), EngineError> {
        let Some((key, account)) = self.key.zip(self.before.as_ref()) else { return Ok(()) };
        let settings = &errand.tenant.tenant.settings;
        for asked in &mut self.asked {
            let Some(window) = needs_past(account, &asked.action, settings, errand.at) else {
                continue;
            };
            let known = core.past(key, PastWanted { window, absorbed: account.absorbed.clone() });
            let past = known.await?.with(key.customer, self.unwritten.sales.iter().copied());
            asked.past = Some(past.ok_or(Refusal::AmountTooLarge { field: "total_amount" })?);
        }
        Ok(())
    }

    fn decide(&mut self, errand: &Errand, report: &mut ImportReport) -> Result<(), EngineError> {
        let mut account = self.before.clone();
        let (mut events, mut rows) = (Vec::new(), Vec::new());
        for Asked { row, action, past } in std::mem::take(&mut self.asked) {
            match perform(errand, account.as_ref(), action, past) {
                Ok(step) => {
                    report.count_accrued(&step.events);
                    account = Some(*step.account);
                    events.extend(step.events);
                    rows.extend(step.rows);
                }
                Err(StepError::Refused(refusal)) => {
                    report.problems.push(RowProblem { row, refusal });
                }
                Err(broken @ (StepError::Misfit(_) | StepError::Broken(_))) => {
                    return Err(EngineError::Broken(broken.to_string()));
                }
            }
        }
        self.decided =
            account.filter(|_| !events.is_empty()).map(|account| Decided { account, events, rows });
        Ok(())
    }

    fn with_decision(self) -> Option<WithDecision> {
        let Self { key, before, lease, taken, decided, .. } = self;
        Some((key?, before, decided?, taken, lease))
    }
}

/// What comes of an action, as of now; nothing is written.
pub(super) fn perform(
    errand: &Errand,
    account: Option<&Account>,
    action: Action,
    past: Option<Past>,
) -> Result<Step, StepError> {
    let counters = &errand.tenant.counters;
    let needed = ids_needed(account, &action, errand.at, None);
    let ids = counters.reserve(needed);
    let command = Command {
        now: errand.at,
        action,
        facts: Facts {
            settings: Arc::clone(&errand.tenant.tenant.settings),
            ids,
            completes: None,
            past,
            returned: None,
            promotions: PromotionFacts::default(),
            vouchers: HeldVouchers::default(),
        },
    };
    let outcome = step(account, &command);
    counters.give_back(ids, needed, outcome.as_ref().map_or(ids, |step| step.ids));
    outcome
}

impl ImportReport {
    fn count_accrued(&mut self, events: &[AccountEvent]) {
        let accrued = events.iter().filter_map(|event| {
            if let AccountEvent::SaleRecorded(sale) = event { Some(sale.accrued) } else { None }
        });
        let sum = Bonus::checked_sum(accrued.chain([self.accrued]));
        self.accrued = sum.unwrap_or(Bonus::MAX);
    }
}

impl Boarding {
    /// Enters memory, under the lock of the writer's queue; tells what it leads to once it is durable.
    fn enter(
        self,
        core: &Arc<Core>,
        numbers: EventNumbers,
        at: Timestamp,
    ) -> (AccountKey, LeadsTo) {
        let Self { key, decided, mut derived, taken, seized, ahead } = self;
        let Decided { account, events, rows } = decided;
        derived.place(numbers.first);
        let leads_to = taken.with(key.customer, &derived);
        let count = u64::try_from(events.len()).unwrap_or(u64::MAX);
        let as_of = numbers.first.plus(ahead.saturating_add(count).saturating_sub(1));
        match seized {
            Some(seized) => seized.enter(TakenOver { account, rows, derived, as_of }),
            None => core.move_newcomer_in(key, (account, rows, derived), as_of, at),
        }
        (key, leads_to)
    }
}

impl Core {
    /// Writes a batch in which nothing is wrong; the outcome is durable.
    pub(super) async fn write_import(
        self: &Arc<Self>,
        import: Import,
        guard: Guard<OperationRef>,
    ) -> Result<ImportReport, EngineError> {
        let (at, batch) = (import.errand.at, import.batch);
        let boarded = import.board((batch, guard)).ok_or(EngineError::Overloaded)?;
        let (operation, boarding, mut report) = boarded;
        if boarding.is_empty() {
            return Ok(report);
        }
        let (sender, receiver) = oneshot::channel();
        let (core, home) = (Arc::clone(self), Arbiters::home());
        let numbers = self.journal.submit(operation, |numbers| {
            let entered = boarding.into_iter().map(|one| one.enter(&core, numbers, at));
            let leads: Vec<_> = entered.collect();
            let finish: Finish = Box::new(move |outcome| {
                if matches!(outcome, Outcome::Durable(_)) {
                    leads.into_iter().for_each(|(key, leads_to)| leads_to.commit(&core, key));
                }
                let _ = sender.send(outcome);
            });
            Some(Reply { home, finish })
        });
        report.event = numbers.as_ref().ok().map(|numbers| numbers.first);
        self.concluded(numbers, receiver.await)?;
        Ok(report)
    }

    /// Starts the actor of an account that a batch opened. Asked for by the checkpoint that covers it, it
    /// has it.
    fn move_newcomer_in(
        self: &Arc<Self>,
        key: AccountKey,
        (account, rows, derived): (Account, Vec<Row>, Derived),
        as_of: EventNumber,
        at: Timestamp,
    ) {
        let mut tail = Tail::default();
        tail.take(rows, derived);
        self.dirty.mark(key);
        let core = Arc::clone(self);
        let handle = self.arbiters.handle(self.arbiter_of(key)).clone();
        let mailbox = Mailbox::start(&handle, move || {
            AccountEntity::resident(core, key, account, as_of, Some((tail, Inherited::default())))
        });
        self.settle_in(key, mailbox, at);
    }
}
