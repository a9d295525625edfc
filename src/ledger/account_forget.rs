//! What forgetting a customer leaves of their account: figures that others rest on, and nothing of the
//! person.

use crate::ledger::account::{Account, Misfit};
use crate::ledger::gift::Gifts;
use crate::ledger::person::Membership;
use crate::ledger::tally::Tallies;
use crate::ledger::turnover::Turnover;
use crate::values::Timestamp;

impl Account {
    /// Lots, reserves and debt must be gone by then: what they were worth is in the books.
    pub(super) fn forget(&mut self, at: Timestamp) -> Result<(), Misfit> {
        let left = !self.lots.is_empty() || !self.reserves.is_empty() || !self.debt.is_zero();
        if left || self.forgotten_at.is_some() {
            return Err(Misfit::Forgotten);
        }
        self.forget_person();
        self.forget_habits();
        self.forgotten_at = Some(at);
        Ok(())
    }

    fn forget_person(&mut self) {
        self.phone = None;
        self.former_phones.clear();
        self.card = None;
        self.profile = None;
        self.person = None;
        self.birthday = None;
        self.telegram = None;
        self.devices.clear();
        self.tokens.clear();
        self.referral.code = None;
    }

    /// Totals, the sales behind them, and who brought whom stay: reports and other customers rest on them.
    fn forget_habits(&mut self) {
        self.blocked = false;
        self.staff = false;
        self.debit_denied = false;
        self.membership = Membership::default();
        self.tallies = Tallies::default();
        self.turnover = Turnover::default();
        self.gifts = Gifts::default();
        self.birthday_paid_at = None;
        self.noticed_through = None;
        self.overstock_noticed = None;
        self.standing.manual = None;
        self.standing.review_at = None;
        self.clawed.clear();
        self.expired.clear();
    }
}
