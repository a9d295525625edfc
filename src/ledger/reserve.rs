//! Reserves: value set aside for a checkout. They cover the earliest active slices, whichever those are
//! at the time; of a slice that expires meanwhile, what is covered is kept (rule 12).

use crate::ledger::account::{Account, Misfit, part_of_lots};
use crate::ledger::command::ExternalId;
use crate::ledger::event::Draw;
use crate::ledger::lot::{Kept, Lot};
use crate::values::{Balance, Bonus, Text, Timestamp};

/// The name of a reserve: the caller's own, or made by the house. While the reserve is open nobody else
/// in the tenant has it.
pub type ReserveId = Text<128>;

/// Most open reserves of one customer.
pub const RESERVES_PER_CUSTOMER_MAX: usize = 100;

/// How long what was kept for a reserve can still be drawn after an explicit release.
pub const RELEASED_GRACE_SECONDS: i64 = 900;

/// An open reserve of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reserve {
    pub id: ReserveId,
    /// What is left in it; never zero.
    pub amount: Bonus,
    /// When it lapses: counted from the first amount, never moved.
    pub deadline: Timestamp,
}

/// Value set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedReserve {
    pub reserve: ReserveId,
    pub external_id: Option<ExternalId>,
    /// What was put in now.
    pub amount: Bonus,
    /// What is in the reserve after it.
    pub total: Bonus,
    pub deadline: Timestamp,
    pub redeemable_after: Bonus,
    pub balance_after: Balance,
    pub at: Timestamp,
}

/// Value that left a reserve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReserveRelease {
    pub reserve: ReserveId,
    pub amount: Bonus,
    /// What is left in the reserve; nothing: it is closed.
    pub left: Bonus,
    pub why: ReleaseReason,
    /// Kept slices that lost their cover by it.
    pub freed: Vec<Draw>,
    /// Until when any debit may draw what was freed.
    pub freed_until: Timestamp,
    pub at: Timestamp,
}

/// Why value leaves a reserve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleaseReason {
    /// A debit of the same operation draws it.
    Committed,
    /// What the commit left over.
    Rest,
    /// The caller asked for it.
    Released,
    /// The deadline passed.
    Lapsed,
}

impl Account {
    /// What open reserves cover: no clawback goes below this sum.
    #[must_use]
    pub fn covered(&self) -> Bonus {
        Bonus::checked_sum(self.reserves.iter().map(|reserve| reserve.amount))
            .expect("reserves are within the lots")
    }

    /// What may be set aside, or clawed back from active lots: unexpired and not covered.
    #[must_use]
    pub fn uncovered(&self) -> Bonus {
        part_of_lots(self.lots.sums().unexpired).saturating_sub(self.cover_of_unexpired())
    }

    /// The part of the cover that lies on unexpired lots.
    #[must_use]
    pub fn cover_of_unexpired(&self) -> Bonus {
        self.covered().saturating_sub(self.kept())
    }

    /// What is left of expired lots because reserves cover it.
    #[must_use]
    pub fn kept(&self) -> Bonus {
        part_of_lots(self.lots.sums().covered)
    }

    /// An open reserve by its name.
    #[must_use]
    pub fn reserve(&self, id: &ReserveId) -> Option<&Reserve> {
        self.reserves.iter().find(|reserve| reserve.id == *id)
    }

    pub(super) fn set_aside(&mut self, recorded: &RecordedReserve) -> Result<(), Misfit> {
        let misfit = || Misfit::ReserveFigures(recorded.reserve.clone());
        let known = self.reserves.iter_mut().find(|reserve| reserve.id == recorded.reserve);
        let before = known.as_ref().map_or(Bonus::ZERO, |reserve| reserve.amount);
        if before.checked_add(recorded.amount) != Some(recorded.total) || recorded.amount.is_zero()
        {
            return Err(misfit());
        }
        match known {
            Some(reserve) if reserve.deadline == recorded.deadline => {
                reserve.amount = recorded.total;
            }
            Some(_) => return Err(misfit()),
            None => self.reserves.push(Reserve {
                id: recorded.reserve.clone(),
                amount: recorded.total,
                deadline: recorded.deadline,
            }),
        }
        let covered = Bonus::checked_sum(self.reserves.iter().map(|reserve| reserve.amount));
        covered.map(drop).ok_or(Misfit::OutOfRange)
    }

    pub(super) fn let_go(&mut self, release: &ReserveRelease) -> Result<(), Misfit> {
        let index = self.reserves.iter().position(|reserve| reserve.id == release.reserve);
        let index = index.ok_or_else(|| Misfit::NoSuchReserve(release.reserve.clone()))?;
        let left = self.reserves[index].amount.checked_sub(release.amount);
        let left = left.filter(|left| *left == release.left);
        let left = left.ok_or_else(|| Misfit::ReserveFigures(release.reserve.clone()))?;
        self.reserves[index].amount = left;
        if left.is_zero() {
            self.reserves.remove(index);
        }
        for slice in &release.freed {
            let until = Kept::Until(release.freed_until);
            self.split(slice, |lot| lot.kept == Some(Kept::Covered), until)?;
        }
        Ok(())
    }

    pub(super) fn keep(&mut self, slice: &Draw) -> Result<(), Misfit> {
        self.split(slice, Lot::is_unexpired, Kept::Covered)
    }

    /// Turns a part of a lot into a slice that is kept in another way.
    fn split(
        &mut self,
        slice: &Draw,
        which: impl Fn(&Lot) -> bool,
        kept: Kept,
    ) -> Result<(), Misfit> {
        let place = self.lots.find(slice.lot, which).ok_or(Misfit::NoSuchLot(slice.lot))?;
        let lot = &self.lots[place];
        let left = lot.remaining.checked_sub(slice.amount).ok_or(Misfit::LotFigures(slice.lot))?;
        let part = Lot { remaining: slice.amount, kept: Some(kept), ..*lot };
        self.leave(place, left);
        self.insert(part)
    }
}

impl ReserveRelease {
    /// Whether this took the last amount out.
    #[must_use]
    pub fn closed(&self) -> bool {
        self.left.is_zero()
    }
}

impl RecordedReserve {
    /// Whether this put the first amount in.
    #[must_use]
    pub fn opened(&self) -> bool {
        self.amount == self.total
    }
}
