//! Returns on the stage of the tests: the directory's part, from the scene's own operations.

use crate::ledger::account::Account;
use crate::ledger::command::{Action, PointOfSale};
use crate::ledger::event::{AccountEvent, Clawback, Restoration};
use crate::ledger::facts::{IdBlock, IdsNeeded, Past, PastWindow};
use crate::ledger::lot::Slice;
use crate::ledger::refund::{Extent, LineName, LineReturn, Portion, Refund, SaleName};
use crate::ledger::retail::Dialect;
use crate::ledger::returnable::{Returnable, SaleHistory};
use crate::ledger::returned::RecordedReturn;
use crate::ledger::step::ids_needed;
use crate::ledger::testing::{Scene, money, sale_of};
use crate::ledger::trail::{Trailed, trail_of};
use crate::values::{Bonus, CustomerId, EventNumber, Money, Quantity, SaleId};

/// What the directory would find of past operations.
#[derive(Debug, Clone, Default)]
pub(in crate::ledger) struct Operations {
    operations: Vec<Vec<AccountEvent>>,
    trail: Vec<Trailed>,
}

impl Operations {
    /// Takes an operation in, on an account that was `before` it.
    pub(in crate::ledger) fn take(&mut self, before: Option<&Account>, events: &[AccountEvent]) {
        let event = EventNumber(u64::try_from(self.operations.len()).unwrap());
        self.trail.extend(trail_of(before, customer_of(before, events), events, event));
        self.operations.push(events.to_vec());
    }

    /// Takes in those of an account that was merged.
    pub(in crate::ledger) fn inherit(&mut self, others: Self) {
        let first = u64::try_from(self.operations.len()).unwrap();
        let later = |step: Trailed| Trailed { event: step.event.plus(first), ..step };
        self.trail.extend(others.trail.into_iter().map(later));
        self.operations.extend(others.operations);
    }

    /// The sale that a command returns.
    pub(in crate::ledger) fn returnable(&self, action: &Action) -> Option<Box<Returnable>> {
        let Action::Refund(refund) = action else { return None };
        let SaleName::Id(sale) = refund.sale else { return None };
        let history = self.history(sale);
        let completed = history.completes().map(|redemption| self.history(redemption));
        history.returnable(completed).map(Box::new)
    }

    fn history(&self, sale: SaleId) -> SaleHistory {
        let mut history = SaleHistory::default();
        for step in self.trail.iter().filter(|step| step.sale == sale) {
            let operation = usize::try_from(step.event.number()).unwrap();
            history.take(sale, &step.step, &self.operations[operation]);
        }
        history
    }
}

fn customer_of(before: Option<&Account>, events: &[AccountEvent]) -> CustomerId {
    let opened = events.iter().find_map(|event| {
        if let AccountEvent::AccountOpened { customer, .. } = event {
            Some(*customer)
        } else {
            None
        }
    });
    before.map(|account| account.id).or(opened).expect("an account is opened first")
}

impl Scene {
    pub(in crate::ledger) fn ids_needed(&self, action: &Action) -> IdsNeeded {
        let returned = self.operations.returnable(action);
        ids_needed(self.account.as_ref(), action, self.now, returned.as_deref())
    }

    /// A command uses no more ids than the engine sets aside for it.
    pub(in crate::ledger) fn check_ids(&self, needed: IdsNeeded, unused_from: IdBlock) {
        let reserved =
            (self.ids.lot.plus(needed.lots), self.ids.transaction.plus(needed.transactions));
        let used = (unused_from.lot, unused_from.transaction);
        assert!(used.0 <= reserved.0 && used.1 <= reserved.1, "{used:?} of {reserved:?}");
    }

    /// What the directory would say of the time after an instant.
    pub(in crate::ledger) fn past_in(&self, window: PastWindow) -> Past {
        let PastWindow { after, since } = window;
        let sales = self.events.iter().filter_map(sale_of).filter(|sale| sale.at > after);
        let returns = self.events.iter().filter_map(return_of).filter(|one| {
            let counted = since.is_none_or(|since| one.sold_at >= since);
            one.at > after && one.drops_tier && counted
        });
        Past {
            window,
            spent_later: Money::checked_sum(sales.map(|sale| sale.total)).unwrap(),
            returned_later: Money::checked_sum(returns.map(|one| one.money)).unwrap(),
        }
    }

    pub(in crate::ledger) fn last_return(&self) -> &RecordedReturn {
        self.events.iter().rev().find_map(return_of).expect("there was a return")
    }
}

pub(in crate::ledger) fn return_of(event: &AccountEvent) -> Option<&RecordedReturn> {
    if let AccountEvent::ReturnRecorded(returned) = event { Some(returned) } else { None }
}

/// What returns do, in a few words each.
pub(in crate::ledger) fn told(event: &AccountEvent) -> String {
    let slices = |slices: &[Slice]| {
        let each = slices.iter().map(|slice| {
            let held = if slice.held { " held" } else { "" };
            format!(" {}:{}{held}", slice.lot, slice.amount)
        });
        each.collect::<String>()
    };
    let unless_zero = |word: &str, amount: Bonus| {
        if amount.is_zero() { String::new() } else { format!(" {word} {amount}") }
    };
    if let AccountEvent::ClawedBack(clawback) = event {
        let Clawback { sale, amount, draws, debt, let_go, recovered, .. } = &**clawback;
        let (debt, let_go) = (unless_zero("debt", *debt), unless_zero("let go", *let_go));
        let recovered = unless_zero("recovered", *recovered);
        return format!(
            "reverse {amount} of sale {sale} from{}{debt}{let_go}{recovered}",
            slices(draws)
        );
    }
    if let AccountEvent::Restored(restoration) = event {
        let Restoration { amount, debt_paid, parts, .. } = &**restoration;
        return format!(
            "restore {amount} to{}{}",
            slices(parts),
            unless_zero("paying", *debt_paid)
        );
    }
    return_of(event).map_or_else(String::new, |returned| {
        let RecordedReturn { id, of, money, already_expired, .. } = returned;
        let expired = unless_zero("expired", *already_expired);
        format!("return {id} of sale {of} pays {money}{expired}")
    })
}

/// All that is left of a sale.
pub(in crate::ledger) fn refund(sale: u64) -> Refund {
    Refund {
        sale: SaleName::Id(SaleId(sale)),
        external_id: None,
        portion: Portion::Whole,
        refund_date: None,
        point_of_sale: PointOfSale::default(),
        reason: None,
        dialect: Dialect::Bonex,
        takes_back_import: false,
    }
}

pub(in crate::ledger) fn give_back(sale: u64) -> Action {
    refund(sale).act()
}

/// So many pieces of a line, named from 1.
pub(in crate::ledger) fn pieces(line: u32, quantity: &str) -> LineReturn {
    let extent = Extent::Quantity(Quantity::parse(quantity).unwrap());
    LineReturn { line: LineName::Number(line), extent }
}

/// All that is left of a line.
pub(in crate::ledger) fn rest_of(line: u32) -> LineReturn {
    LineReturn { line: LineName::Number(line), extent: Extent::Rest }
}

impl Refund {
    pub(in crate::ledger) fn act(self) -> Action {
        Action::Refund(Box::new(self))
    }

    pub(in crate::ledger) fn of(self, lines: Vec<LineReturn>) -> Self {
        Self { portion: Portion::Lines(lines), ..self }
    }

    pub(in crate::ledger) fn worth(self, amount: &str) -> Self {
        Self { portion: Portion::Amount(money(amount)), ..self }
    }
}
