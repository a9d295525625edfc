//! Sales for tests, in a few words each.

use crate::ledger::command::{Action, BusinessTime, LineInput, PointOfSale, RedeemMode, Sell};
use crate::ledger::guard::{Confirmation, ExternalIdScope};
use crate::ledger::testing::{bonus, instant, money};
use crate::values::Bonus;

pub(in crate::ledger) fn sale(total: &str) -> Sell {
    Sell {
        total_amount: money(total),
        gross_amount: None,
        redeem_mode: RedeemMode::Discount,
        redeem: Bonus::ZERO,
        external_id: None,
        receipt_number: None,
        payment_method: None,
        point_of_sale: PointOfSale::default(),
        sale_date: None,
        lines: Vec::new(),
        reserve: None,
        confirmation: Confirmation::Missing,
        external_scope: ExternalIdScope::Tenant,
        gift_cards: Vec::new(),
        coupons: Vec::new(),
        retail: None,
    }
}

pub(in crate::ledger) fn sell(total: &str) -> Action {
    sale(total).act()
}

pub(in crate::ledger) fn line(amount: Option<&str>) -> LineInput {
    LineInput {
        sku: None,
        category_code: None,
        name: None,
        quantity: None,
        unit_price: None,
        line_amount: amount.map(money),
    }
}

impl Sell {
    pub(in crate::ledger) fn act(self) -> Action {
        Action::Sell(Box::new(self))
    }

    pub(in crate::ledger) fn redeeming(self, amount: &str) -> Self {
        Self { redeem: bonus(amount), ..self }
    }

    pub(in crate::ledger) fn gross(self, amount: &str) -> Self {
        Self { gross_amount: Some(money(amount)), ..self }
    }

    pub(in crate::ledger) fn in_payment_mode(self) -> Self {
        Self { redeem_mode: RedeemMode::PaymentType, ..self }
    }

    pub(in crate::ledger) fn on(self, date: &str) -> Self {
        Self { sale_date: Some(BusinessTime::Instant(instant(date))), ..self }
    }

    pub(in crate::ledger) fn of_lines(self, amounts: &[&str]) -> Self {
        Self { lines: amounts.iter().map(|amount| line(Some(amount))).collect(), ..self }
    }
}
