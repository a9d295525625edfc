//! Two customers of one tenant on the stage of the tests, until they are one.

use crate::ledger::books::Book;
use crate::ledger::command::{Action, Reason, Register};
use crate::ledger::facts::IdBlock;
use crate::ledger::merge::Merge;
use crate::ledger::refusal::Refusal;
use crate::ledger::settings::SettingsDraft;
use crate::ledger::step::{Step, StepError};
use crate::ledger::testing::{Scene, figures, told, trial_balance};
use crate::values::{CustomerId, LotId, Phone, ReferralCode, SaleId, TransactionId};

/// Customer 2, who is merged into customer 1.
#[derive(Clone)]
pub(in crate::ledger) struct Pair {
    pub source: Scene,
    pub target: Scene,
}

/// The registration of the customer with this number, with a code of their own.
pub(in crate::ledger) fn register_as(number: u64, inviter: Option<u64>) -> Action {
    Action::Register(Register {
        customer: CustomerId(number),
        phone: Phone::from_number(992_901_000_000_u64.saturating_add(number)).unwrap(),
        full_name: None,
        token: None,
        welcome: true,
        mark: None,
        change: None,
        confirmed: false,
        telegram: None,
        referral_code: ReferralCode::parse(&format!("CODE000{number}")).ok(),
        inviter: inviter.map(CustomerId),
    })
}

impl Pair {
    /// Both are registered at the same time.
    pub(in crate::ledger) fn new(change: impl Fn(&mut SettingsDraft)) -> Self {
        let mut pair = Self { source: Scene::empty(&change), target: Scene::empty(&change) };
        pair.source.ids = ids_from(1_001);
        pair.target.perform(register_as(1, None)).unwrap();
        pair.source.perform(register_as(2, None)).unwrap();
        pair
    }

    pub(in crate::ledger) fn wait(&mut self, seconds: i64) -> &mut Self {
        self.source.wait(seconds);
        self.target.wait(seconds);
        self
    }

    pub(in crate::ledger) fn try_merge(&mut self) -> Result<(), Refusal> {
        let now = self.source.now.max(self.target.now);
        (self.source.now, self.target.now) = (now, now);
        self.target.ids = ids_from(10_001);
        let source = Box::new(self.source.account().clone());
        let reason = Reason::parse("two cards").unwrap();
        let action = Action::Merge(Box::new(Merge { source, reason }));
        let needed = self.target.ids_needed(&action);
        let Step { account, events, rows, ids, other, .. } = match self.target.try_step(action) {
            Ok(step) => step,
            Err(StepError::Refused(refusal)) => return Err(refusal),
            Err(bug @ (StepError::Misfit(_) | StepError::Broken(_))) => panic!("{bug}"),
        };
        self.target.check_ids(needed, ids);
        let other = *other.expect("a merge is about two");
        for (scene, account, events, rows) in [
            (&mut self.source, other.account, other.events, other.rows),
            (&mut self.target, account, events, rows),
        ] {
            scene.ids = ids;
            scene.operations.take(scene.account.as_ref(), &events);
            scene.events.extend(events);
            scene.rows.extend(rows);
            scene.account = Some(*account);
            scene.check_the_books();
        }
        self.target.operations.inherit(self.source.operations.clone());
        self.check_that_nothing_is_between();
        Ok(())
    }

    /// What is told of both, the source first.
    pub(in crate::ledger) fn merge(&mut self) -> [String; 2] {
        let before = [self.source.events.len(), self.target.events.len()];
        self.try_merge().unwrap();
        let told = |scene: &Scene, from: usize| {
            format!("{} | {}", told(&scene.events[from..]), figures(scene.account()))
        };
        [told(&self.source, before[0]), told(&self.target, before[1])]
    }

    fn check_that_nothing_is_between(&self) {
        let moved = |scene: &Scene| {
            let books = trial_balance(&scene.events);
            books.get(&Book::Moved).copied().unwrap_or_default().cents()
        };
        assert_eq!(moved(&self.source).saturating_add(moved(&self.target)), 0);
        let source = self.source.account();
        assert_eq!(source.merged_into, Some(self.target.account().id));
        assert_eq!((source.next_due(), source.balance().cents()), (None, 0));
    }
}

fn ids_from(first: u64) -> IdBlock {
    IdBlock { sale: SaleId(first), transaction: TransactionId(first), lot: LotId(first) }
}
