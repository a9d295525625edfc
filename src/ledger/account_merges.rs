//! What a merge does to the two accounts, event by event.

use crate::ledger::account::{Account, CLAWED_MAX, Misfit};
use crate::ledger::expired::EXPIRED_SLICES_MAX;
use crate::ledger::gift::{Forfeit, Gifts};
use crate::ledger::merge::{Estate, MergedIn, MergedOut, MovedReferral};
use crate::ledger::open_lots::OpenLots;
use crate::ledger::referral::Referral;
use crate::ledger::row::{Row, RowKind};
use crate::ledger::standing::Standing;
use crate::ledger::tally::Tallies;
use crate::ledger::turnover::Turnover;
use crate::values::{Bonus, Money};

impl Account {
    /// Gives everything away; what is left is a second name of another account. No row if there was no
    /// balance.
    pub(super) fn hand_over(&mut self, out: &MergedOut) -> Result<Option<Row>, Misfit> {
        let fits = self.merged_into.is_none()
            && out.amount == self.balance()
            && out.parts == Estate::of(self).parts();
        if !fits {
            return Err(Misfit::TransactionFigures(out.transaction));
        }
        self.give_everything_up();
        self.former_phones.retain(|former| former.until <= out.at);
        self.merged_into = Some(out.into);
        if out.amount.is_zero() {
            return Ok(None);
        }
        let gone = out.amount.checked_neg().ok_or(Misfit::OutOfRange)?;
        self.row(out.transaction, RowKind::MergeOut, gone, None, out.at).map(Some)
    }

    fn give_everything_up(&mut self) {
        self.lots = OpenLots::default();
        self.debt = Bonus::ZERO;
        self.debt_write_off_at = None;
        self.reserves.clear();
        self.total_spent = Money::ZERO;
        self.kept_for_tier = Money::ZERO;
        self.purchases = 0;
        // The latest sale and return stay: their records do, and are found by these times.
        self.standing = Standing::default();
        self.tallies = Tallies::default();
        self.clawed.clear();
        self.expired.clear();
        self.gifts = Gifts::default();
        self.birthday = None;
        self.birthday_paid_at = None;
        self.noticed_through = None;
        self.turnover = Turnover::default();
        self.absorbed.clear();
        let Referral { code, messages, outbox, .. } = std::mem::take(&mut self.referral);
        self.referral = Referral { code, messages, outbox, ..Referral::default() };
    }

    /// Takes everything in. No row if there was no balance.
    pub(super) fn take_over(&mut self, merged: &MergedIn) -> Result<Option<Row>, Misfit> {
        let MergedIn { transaction, from, amount, estate, at, .. } = merged;
        self.take_bonuses(estate)?;
        self.take_totals(estate)?;
        self.gifts.join(&estate.gifts);
        self.birthday_paid_at = self.birthday_paid_at.max(estate.birthday_paid_at);
        // Better told twice than never.
        self.noticed_through = self.noticed_through.min(estate.noticed_through);
        self.referral.take_over(&estate.referral)?;
        self.turnover.join(&estate.turnover);
        self.absorbed.push(*from);
        self.absorbed.extend(&estate.absorbed);
        if amount.is_zero() {
            return Ok(None);
        }
        self.row(*transaction, RowKind::MergeIn, *amount, None, *at).map(Some)
    }

    fn take_bonuses(&mut self, estate: &Estate) -> Result<(), Misfit> {
        for lot in &estate.lots {
            if self.lots.same_slice(lot).is_some() {
                return Err(Misfit::LotTwice(lot.id));
            }
            self.insert(*lot)?;
        }
        self.debt = self.debt.checked_add(estate.debt).ok_or(Misfit::OutOfRange)?;
        self.reserves.extend(estate.reserves.iter().cloned());
        let covered = Bonus::checked_sum(self.reserves.iter().map(|reserve| reserve.amount));
        covered.map(drop).ok_or(Misfit::OutOfRange)?;
        self.clawed.extend(estate.clawed.iter().cloned());
        let too_many = self.clawed.len().saturating_sub(CLAWED_MAX);
        self.clawed.drain(..too_many);
        self.expired.extend(estate.expired.iter().cloned());
        self.expired.sort_by_key(|slice| slice.at);
        let too_many = self.expired.len().saturating_sub(EXPIRED_SLICES_MAX);
        self.expired.drain(..too_many);
        Ok(())
    }

    fn take_totals(&mut self, estate: &Estate) -> Result<(), Misfit> {
        let sum = |own: Money, other| own.checked_add(other).ok_or(Misfit::OutOfRange);
        self.total_spent = sum(self.total_spent, estate.total_spent)?;
        self.kept_for_tier = sum(self.kept_for_tier, estate.kept_for_tier)?;
        self.purchases = self.purchases.saturating_add(estate.purchases);
        self.last_visit_at = self.last_visit_at.max(estate.last_visit_at);
        self.last_return_at = self.last_return_at.max(estate.last_return_at);
        for spending in &estate.spendings {
            self.standing.spend(spending.at, spending.amount)?;
        }
        self.tallies.take_over(&estate.tallies).ok_or(Misfit::OutOfRange)
    }

    /// What was left of a gift is gone, spendable or held.
    pub(super) fn forfeit(&mut self, forfeit: &Forfeit) -> Result<Row, Misfit> {
        for draw in &forfeit.draws {
            let place = self.place_of(draw.lot)?;
            if self.lots[place].active == draw.held {
                return Err(Misfit::LotFigures(draw.lot));
            }
            self.take_even_held(place, draw.amount)?;
        }
        let gone = forfeit.amount.as_balance().checked_neg().ok_or(Misfit::OutOfRange)?;
        self.row(forfeit.transaction, RowKind::Forfeit, gone, None, forfeit.at)
    }
}

impl Referral {
    /// Takes in what another account had; who was invited by somebody stays so.
    fn take_over(&mut self, moved: &MovedReferral) -> Result<(), Misfit> {
        if self.inviter.is_none() {
            self.inviter = moved.inviter;
            self.completed = moved.completed;
        }
        self.invited = self.invited.saturating_add(moved.invited);
        self.completions = self.completions.saturating_add(moved.completions);
        self.earned = self.earned.checked_add(moved.earned).ok_or(Misfit::OutOfRange)?;
        Ok(())
    }
}
