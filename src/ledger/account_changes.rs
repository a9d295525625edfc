//! What each kind of event changes in an account: the hands of `Account::apply`.

use crate::ledger::account::{Account, Misfit};
use crate::ledger::device::{Device, DeviceToken};
use crate::ledger::event::{Credit, CreditKind, Debit, DebitKind, Draw, TakenBack};
use crate::ledger::guard::AccountFlag;
use crate::ledger::lot::{Kept, Lot, LotOrigin};
use crate::ledger::open_lots::LotPlace;
use crate::ledger::person::PersonEvent;
use crate::ledger::row::{Row, RowKind};
use crate::ledger::sale::RecordedSale;
use crate::values::{
    Balance, Bonus, EventNumber, LotId, SaleId, Timestamp, TokenId, TransactionId,
};

impl Account {
    pub(super) const fn set_flag(&mut self, flag: AccountFlag, on: bool) {
        match flag {
            AccountFlag::Staff => self.staff = on,
            AccountFlag::DebitDenied => self.debit_denied = on,
        }
    }

    pub(super) fn take_person(&mut self, event: &PersonEvent) {
        if let PersonEvent::Changed(person) = event {
            self.person = Some(person.clone());
        }
        self.membership.apply(event);
    }

    /// A device that is known becomes the newest.
    pub(super) fn register_device(&mut self, device: &Device) {
        self.devices.retain(|known| known.token != device.token);
        self.devices.push(device.clone());
    }

    pub(super) fn write_off_debt(
        &mut self,
        transaction: TransactionId,
        amount: Bonus,
        at: Timestamp,
    ) -> Result<Row, Misfit> {
        self.pay_debt(amount)?;
        self.row(transaction, RowKind::DebtWrittenOff, amount.as_balance(), None, at)
    }

    pub(super) fn forget_device(&mut self, token: &DeviceToken) -> Result<(), Misfit> {
        let index = self.devices.iter().position(|known| known.token == *token);
        self.devices.remove(index.ok_or(Misfit::NoSuchDevice)?);
        Ok(())
    }

    pub(super) fn revoke(&mut self, token: TokenId) -> Result<(), Misfit> {
        let index = self.tokens.iter().position(|known| known.id == token);
        self.tokens.remove(index.ok_or(Misfit::NoSuchToken(token))?);
        Ok(())
    }

    pub(super) fn credit(&mut self, credit: &Credit) -> Result<Row, Misfit> {
        if self.lots.of_id(credit.lot).next().is_some() {
            return Err(Misfit::LotTwice(credit.lot));
        }
        let remaining =
            credit.amount.checked_sub(credit.debt_paid).ok_or(Misfit::LotFigures(credit.lot))?;
        self.pay_debt(credit.debt_paid).map_err(|_| Misfit::LotFigures(credit.lot))?;
        self.gifts.remember(credit);
        if !remaining.is_zero() {
            let lot = Lot {
                id: credit.lot,
                origin: credit.origin,
                pool: credit.pool,
                amount: credit.amount,
                remaining,
                active: !credit.held,
                activates_at: credit.activates_at,
                expires_at: credit.expires_at,
                graced: false,
                kept: None,
            };
            self.insert(lot)?;
        }
        self.turnover.credit(credit.amount);
        let kind = match credit.kind {
            CreditKind::Accrual => RowKind::Accrual,
            CreditKind::Welcome => RowKind::Welcome,
            CreditKind::Adjust => RowKind::Adjust,
            CreditKind::Birthday => {
                self.birthday_paid_at = Some(credit.at);
                RowKind::Birthday
            }
            CreditKind::ReferralInviter => RowKind::ReferralInviter,
            CreditKind::ReferralInvitee => RowKind::ReferralInvitee,
            CreditKind::Import => RowKind::Import,
        };
        let sale = match credit.origin {
            LotOrigin::Sale(sale) => Some(sale),
            LotOrigin::Registration
            | LotOrigin::Adjustment(_)
            | LotOrigin::Birthday
            | LotOrigin::Referral(_)
            | LotOrigin::Import(_) => None,
        };
        self.row(credit.transaction, kind, credit.amount.as_balance(), sale, credit.at)
    }

    pub(super) fn activate(
        &mut self,
        id: LotId,
        amount: Bonus,
        debt_paid: Bonus,
    ) -> Result<(), Misfit> {
        self.pay_debt(debt_paid).map_err(|_| Misfit::LotFigures(id))?;
        let place = self.place_of(id)?;
        let lot = &self.lots[place];
        if lot.active || lot.remaining != amount {
            return Err(Misfit::LotFigures(id));
        }
        self.lots.change(place, |lot| lot.active = true);
        if debt_paid.is_zero() { Ok(()) } else { self.take(place, debt_paid) }
    }

    pub(super) fn expire(
        &mut self,
        transaction: TransactionId,
        id: LotId,
        amount: Bonus,
        at: Timestamp,
    ) -> Result<Row, Misfit> {
        let place = self.place_of(id)?;
        let lot = self.lots[place];
        if lot.remaining != amount {
            return Err(Misfit::LotFigures(id));
        }
        self.take(place, amount)?;
        self.remember_expired(Lot { kept: None, ..lot }, at);
        let lost = amount.as_balance().checked_neg().ok_or(Misfit::OutOfRange)?;
        self.row(transaction, RowKind::Expire, lost, None, at)
    }

    pub(super) fn debit(&mut self, debit: &Debit) -> Result<Row, Misfit> {
        for draw in &debit.draws {
            let place = self.place_of(draw.lot)?;
            self.take(place, draw.amount)?;
        }
        self.debt = self.debt.checked_add(debit.debt).ok_or(Misfit::OutOfRange)?;
        self.turnover.debit(debit.amount);
        let kind = match debit.kind {
            DebitKind::Redeem => RowKind::Redeem,
            DebitKind::Adjust => RowKind::Adjust,
        };
        let taken = debit.amount.as_balance().checked_neg().ok_or(Misfit::OutOfRange)?;
        self.row(debit.transaction, kind, taken, debit.sale, debit.at)
    }

    pub(super) fn take_back(&mut self, taken: &TakenBack) -> Result<Row, Misfit> {
        self.take_back_as(RowKind::RefundAccrual, taken)
    }

    pub(super) fn take_back_as(&mut self, kind: RowKind, taken: &TakenBack) -> Result<Row, Misfit> {
        for draw in &taken.draws {
            let place = self.place_of(draw.lot)?;
            if self.lots[place].active == draw.held {
                return Err(Misfit::LotFigures(draw.lot));
            }
            self.take_even_held(place, draw.amount)?;
        }
        self.debt = self.debt.checked_add(taken.debt).ok_or(Misfit::OutOfRange)?;
        let amount = taken.amount.as_balance().checked_neg().ok_or(Misfit::OutOfRange)?;
        self.row(taken.transaction, kind, amount, None, taken.at)
    }

    pub(super) fn count_sale(&mut self, sale: &RecordedSale) -> Result<(), Misfit> {
        self.total_spent = self.total_spent.checked_add(sale.total).ok_or(Misfit::OutOfRange)?;
        self.standing.spend(sale.at, sale.total)?;
        self.purchases = self.purchases.saturating_add(1);
        self.sale_records = self.sale_records.saturating_add(1);
        self.last_visit_at = self.last_visit_at.max(Some(sale.at));
        self.turnover.purchase(sale.at);
        self.turnover.visit(sale.point_of_sale.store.as_ref());
        for promotion in sale.promotions_used() {
            self.tallies.count_use(promotion);
        }
        for coupon in sale.coupons.iter().filter(|coupon| coupon.counted) {
            self.tallies.use_coupon(coupon.coupon);
        }
        self.tallies.buy(sale.lines.iter().filter_map(|line| line.input.category_code.as_ref()));
        Ok(())
    }

    /// Whether all lots together are within the largest amount.
    pub(super) fn check_range(&self) -> Result<(), Misfit> {
        self.lots.total().map(drop).ok_or(Misfit::OutOfRange)
    }

    pub(super) fn pay_from(&mut self, draws: &[Draw]) -> Result<(), Misfit> {
        for draw in draws {
            let place = self.place_of(draw.lot)?;
            self.take(place, draw.amount)?;
            self.pay_debt(draw.amount)?;
        }
        Ok(())
    }

    pub(super) fn pay_debt(&mut self, amount: Bonus) -> Result<(), Misfit> {
        self.debt = self.debt.checked_sub(amount).ok_or(Misfit::DebtFigures)?;
        if self.debt.is_zero() {
            self.debt_write_off_at = None;
        }
        Ok(())
    }

    /// Puts a slice in its place; a slice of the same lot with the same end takes it in.
    pub(super) fn insert(&mut self, slice: Lot) -> Result<(), Misfit> {
        match self.lots.same_slice(&slice) {
            Some(place) => {
                let both = self.lots[place].remaining.checked_add(slice.remaining);
                self.leave(place, both.ok_or(Misfit::LotFigures(slice.id))?);
            }
            None => self.lots.insert(slice),
        }
        self.check_range()
    }

    /// The first slice of a lot that is not kept for reserves alone.
    pub(super) fn place_of(&self, id: LotId) -> Result<LotPlace, Misfit> {
        let found = self.lots.find(id, |lot| lot.kept != Some(Kept::Covered));
        found.ok_or(Misfit::NoSuchLot(id))
    }

    /// Takes from an active lot; what is held only becomes active.
    pub(super) fn take(&mut self, place: LotPlace, amount: Bonus) -> Result<(), Misfit> {
        if !self.lots[place].active {
            return Err(Misfit::LotFigures(self.lots[place].id));
        }
        self.take_even_held(place, amount)
    }

    /// A clawback takes what is held, too.
    pub(super) fn take_even_held(&mut self, place: LotPlace, amount: Bonus) -> Result<(), Misfit> {
        let lot = &self.lots[place];
        let left = lot.remaining.checked_sub(amount).ok_or(Misfit::LotFigures(lot.id))?;
        self.leave(place, left);
        Ok(())
    }

    /// Leaves so much of a lot; without anything left it goes.
    pub(super) fn leave(&mut self, place: LotPlace, left: Bonus) {
        if left.is_zero() {
            self.lots.remove(place);
        } else {
            self.lots.change(place, |lot| lot.remaining = left);
        }
    }

    pub(super) fn row(
        &mut self,
        id: TransactionId,
        kind: RowKind,
        amount: Balance,
        sale: Option<SaleId>,
        at: Timestamp,
    ) -> Result<Row, Misfit> {
        self.history_balance =
            self.history_balance.checked_add(amount).ok_or(Misfit::OutOfRange)?;
        if self.history_balance != self.balance() {
            return Err(Misfit::TransactionFigures(id));
        }
        self.rows = self.rows.saturating_add(1);
        self.last_row_at = self.last_row_at.max(at);
        Ok(Row {
            id,
            kind,
            amount,
            balance_after: self.history_balance,
            sale,
            sale_figures: None,
            at,
            created_at: self.last_row_at,
            event: EventNumber(0),
        })
    }
}
