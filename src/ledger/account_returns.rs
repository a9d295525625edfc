//! What returns do to an account, event by event.

use crate::ledger::account::{Account, CLAWED_MAX, Misfit};
use crate::ledger::event::{Clawback, Redirect, Restoration};
use crate::ledger::lot::{Kept, Lot, LotOrigin, Slice};
use crate::ledger::returned::{Clawed, RecordedReturn};
use crate::ledger::row::{Row, RowKind};
use crate::ledger::sale::SaleKind;
use crate::values::{Bonus, SaleId, Timestamp};

impl Account {
    /// Takes back what a returned sale had earned. No row if there was nothing to take.
    pub(super) fn claw_back(&mut self, clawback: &Clawback) -> Result<Option<Row>, Misfit> {
        for draw in &clawback.draws {
            let place = self.place_of(draw.lot)?;
            if self.lots[place].active == draw.held {
                return Err(Misfit::LotFigures(draw.lot));
            }
            self.take_even_held(place, draw.amount)?;
        }
        self.debt = self.debt.checked_add(clawback.debt).ok_or(Misfit::OutOfRange)?;
        self.remember(clawback)?;
        if clawback.amount.is_zero() {
            return Ok(None);
        }
        let taken = clawback.amount.as_balance().checked_neg().ok_or(Misfit::OutOfRange)?;
        let Clawback { transaction, sale, at, .. } = *clawback;
        self.row(transaction, RowKind::RefundAccrual, taken, Some(sale), at).map(Some)
    }

    /// Keeps what lots of other origin paid, and what was let go, until it is made good.
    fn remember(&mut self, clawback: &Clawback) -> Result<(), Misfit> {
        let misfit = Misfit::TransactionFigures(clawback.transaction);
        let own = LotOrigin::Sale(clawback.sale);
        let others = clawback.draws.iter().filter(|draw| draw.origin != own);
        let clawed = self.clawed_of(clawback.sale);
        clawed.let_go = clawed.let_go.checked_add(clawback.let_go).ok_or(misfit.clone())?;
        clawed.let_go = clawed.let_go.checked_sub(clawback.recovered).ok_or(misfit)?;
        clawed.slices.extend(others.cloned());
        self.forget_settled();
        Ok(())
    }

    fn clawed_of(&mut self, sale: SaleId) -> &mut Clawed {
        let known = self.clawed.iter().position(|clawed| clawed.sale == sale);
        let index = known.unwrap_or_else(|| {
            self.clawed.push(Clawed { sale, let_go: Bonus::ZERO, slices: Vec::new() });
            self.clawed.len().saturating_sub(1)
        });
        &mut self.clawed[index]
    }

    fn forget_settled(&mut self) {
        self.clawed.retain(|clawed| !clawed.is_settled());
        if self.clawed.len() > CLAWED_MAX {
            self.clawed.remove(0);
        }
    }

    /// Gives back what a returned sale had redeemed.
    pub(super) fn restore(&mut self, restoration: &Restoration) -> Result<Row, Misfit> {
        let misfit = || Misfit::TransactionFigures(restoration.transaction);
        self.pay_debt(restoration.debt_paid).map_err(|_| misfit())?;
        for part in &restoration.parts {
            self.put_back(part, restoration.at)?;
        }
        for redirect in &restoration.redirected {
            self.make_good(redirect)?;
        }
        self.forget_settled();
        let Restoration { transaction, sale, amount, at, .. } = *restoration;
        self.row(transaction, RowKind::RefundRedeem, amount.as_balance(), Some(sale), at)
    }

    /// Into its lot, if that is open; else it is a lot again. What comes back after its end is lost at
    /// once: no reserve can cover it.
    fn put_back(&mut self, part: &Slice, at: Timestamp) -> Result<(), Misfit> {
        if part.expires_at.is_some_and(|end| end <= at) {
            let late = Lot { kept: Some(Kept::Until(at)), ..Lot::of_slice(part) };
            return self.insert(late);
        }
        let open = self.lots.find(part.lot, |lot| lot.kept.is_none());
        let Some(place) = open else { return self.insert(Lot::of_slice(part)) };
        let lot = &self.lots[place];
        if (lot.expires_at, lot.active) != (part.expires_at, !part.held) {
            return Err(Misfit::LotFigures(part.lot));
        }
        let both = lot.remaining.checked_add(part.amount).ok_or(Misfit::OutOfRange)?;
        self.leave(place, both);
        self.check_range()
    }

    fn make_good(&mut self, redirect: &Redirect) -> Result<(), Misfit> {
        let misfit = || Misfit::LotFigures(redirect.lot);
        let mut left = redirect.amount;
        let slices = &mut self.clawed_of(redirect.sale).slices;
        for slice in slices.iter_mut().filter(|slice| slice.lot == redirect.lot) {
            let made_good = slice.amount.min(left);
            slice.amount = slice.amount.checked_sub(made_good).ok_or_else(misfit)?;
            left = left.checked_sub(made_good).ok_or_else(misfit)?;
        }
        slices.retain(|slice| !slice.amount.is_zero());
        if left.is_zero() { Ok(()) } else { Err(misfit()) }
    }

    /// Undoes what the returned part of a purchase counted for.
    pub(super) fn count_return(&mut self, returned: &RecordedReturn) -> Result<(), Misfit> {
        let too_much = Misfit::OutOfRange;
        self.total_spent = self.total_spent.checked_sub(returned.money).ok_or(too_much.clone())?;
        if returned.drops_tier {
            self.standing.unspend(returned.sold_at, returned.money);
        } else {
            let kept = self.kept_for_tier.checked_add(returned.money);
            self.kept_for_tier = kept.ok_or(too_much)?;
        }
        if returned.completes && returned.of_kind == SaleKind::Purchase {
            self.purchases = self.purchases.saturating_sub(1);
        }
        for coupon in returned.coupons.iter().filter(|coupon| coupon.counted) {
            self.tallies.give_back_coupon(coupon.coupon);
        }
        self.sale_records = self.sale_records.saturating_add(1);
        self.last_return_at = self.last_return_at.max(Some(returned.at));
        self.turnover.visit(returned.point_of_sale.store.as_ref());
        Ok(())
    }
}
