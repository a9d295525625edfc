//! What was returned of a purchase, as its page shows it: each return with its time, and what became of money
//! and bonuses.

use super::page::{Words, escaped, minute, row};
use crate::ledger::{RecordedReturn, SettingsDraft};
use crate::values::{Bonus, Money};

/// One return.
#[derive(Debug)]
pub(super) struct ReturnShown {
    /// `2026-12-31 23:59`, of the shop.
    pub(super) date: String,
    /// Paid out.
    pub(super) money: Money,
    /// Put back on gift cards.
    pub(super) gift: Money,
    /// Bonuses given back.
    pub(super) restored: Bonus,
    /// Bonuses taken back.
    pub(super) reversed: Bonus,
}

impl ReturnShown {
    pub(super) fn new(returned: &RecordedReturn, rules: &SettingsDraft) -> Self {
        let gift_parts = returned.gift_cards.iter().map(|part| part.amount);
        Self {
            date: minute(returned.at, rules),
            money: returned.money,
            gift: Money::checked_sum(gift_parts).unwrap_or(Money::MAX),
            restored: returned.restored,
            reversed: returned.reversed,
        }
    }

    /// Its rows: what is nothing is left out, but for the money.
    pub(super) fn rows(&self, words: &Words, currency: &str) -> String {
        let currency = escaped(currency);
        let money = |amount: Money| format!("{amount} {currency}");
        let label = format!("{}<small>{}</small>", words.returned, self.date);
        let mut rows = row(&label, &money(self.money)).replace("<tr>", "<tr class=\"total\">");
        if !self.gift.is_zero() {
            rows += &row(words.gift_returned, &money(self.gift));
        }
        if !self.restored.is_zero() {
            rows += &row(words.restored, &format!("+{}", self.restored));
        }
        if !self.reversed.is_zero() {
            rows += &row(words.reversed, &format!("−{}", self.reversed));
        }
        rows
    }
}
