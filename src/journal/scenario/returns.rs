//! Returns in the scenario: of any sale of the customer, with what the directory would find of it.

use super::{Scenario, Who};
use crate::ledger::{
    Action, Dialect, Extent, ExternalId, LineName, LineReturn, PointOfSale, Portion, Refund,
    Returnable, SaleHistory, SaleName,
};
use crate::values::{Money, Quantity, SaleId};

impl Scenario {
    /// A return of one of the customer's sales, whole or in part; it may be refused.
    pub(super) fn refund(&mut self, who: Who) -> Action {
        let sales: Vec<SaleId> =
            self.sales.get(&who).into_iter().flatten().map(|row| row.id).collect();
        let sides = u64::try_from(sales.len()).unwrap().max(1);
        let picked = self.pick(sides);
        let sale = sales.get(picked).copied().unwrap_or_default();
        let part = Quantity::from_millionths(1 + self.dice.below(1_000_000)).unwrap();
        let portion = match self.dice.below(4) {
            0 => Portion::Lines(vec![LineReturn {
                line: LineName::Number(1),
                extent: Extent::Quantity(part),
            }]),
            1 => Portion::Amount(Money::from_cents(1 + self.dice.below(300)).unwrap()),
            _ => Portion::Whole,
        };
        let external_id = (self.dice.below(2) == 0)
            .then(|| ExternalId::parse(&format!("B-{}", self.next_event)).unwrap());
        Action::Refund(Box::new(Refund {
            sale: SaleName::Id(sale),
            external_id,
            portion,
            refund_date: None,
            point_of_sale: PointOfSale::default(),
            reason: None,
            dialect: Dialect::Bonex,
            takes_back_import: false,
        }))
    }

    /// The sale that an action returns.
    pub(super) fn returned_by(&self, who: Who, action: &Action) -> Option<Box<Returnable>> {
        let Action::Refund(refund) = action else { return None };
        let SaleName::Id(sale) = refund.sale else { return None };
        let mut history = SaleHistory::default();
        let trail = self.trails.get(&who.0).into_iter().flatten();
        for step in trail.filter(|step| step.sale == sale) {
            history.take(sale, &step.step, &self.happened[&step.event]);
        }
        history.returnable(None).map(Box::new)
    }
}
