//! Gives redeemed bonuses back: into the lots they came from, each slice put off once; what a returned
//! sale had earned goes first to what paid for its clawback (rule 24).

use crate::ledger::account::Account;
use crate::ledger::decide::draft::{Draft, DraftError};
use crate::ledger::event::{AccountEvent, Clawback, Redirect, Restoration};
use crate::ledger::lot::{LotOrigin, Slice};
use crate::ledger::refusal::Refusal;
use crate::ledger::returnable::Returnable;
use crate::ledger::returned::Clawed;
use crate::values::{Bonus, SaleId, Timestamp};
use std::collections::BTreeMap;

/// A restoration about to be made.
pub(super) struct NewRestoration {
    pub(super) sale: SaleId,
    /// In the order in which they are filled.
    pub(super) slices: Vec<Slice>,
    /// Restored bonuses can be spent until then at least, if they were not put off before.
    pub(super) grace_until: Timestamp,
}

/// How many lots a return may make: one for each slice that it may fill, those included that its own
/// clawback draws.
pub(super) fn lots_restored_max(account: Option<&Account>, returned: Option<&Returnable>) -> u64 {
    let Some(returned) = returned else { return 0 };
    let paid = account.iter().flat_map(|account| &account.clawed).flat_map(|clawed| &clawed.slices);
    let open = account.map_or(0, |account| account.lots.len());
    let slices = returned.slices.len().saturating_add(paid.count()).saturating_add(open);
    u64::try_from(slices).unwrap_or(u64::MAX)
}

/// The first so many bonuses of slices.
pub(super) fn first_of(slices: Vec<Slice>, amount: Bonus) -> Vec<Slice> {
    let mut left = amount;
    let mut first = Vec::new();
    for slice in slices {
        let amount = slice.amount.min(left);
        left = left.saturating_sub(amount);
        if !amount.is_zero() {
            first.push(Slice { amount, ..slice });
        }
    }
    first
}

/// Restores the slices. Returns how much that is.
pub(super) fn restore(
    draft: &mut Draft,
    new: NewRestoration,
    now: Timestamp,
) -> Result<Bonus, DraftError> {
    let amounts = new.slices.iter().map(|slice| slice.amount);
    let amount = Bonus::checked_sum(amounts).ok_or_else(too_large)?;
    if amount.is_zero() {
        return Ok(amount);
    }
    let way = Way::find(&draft.account, new.slices);
    for (sale, recovered) in way.recovered.iter().filter(|(_, recovered)| !recovered.is_zero()) {
        recover(draft, *sale, *recovered, now)?;
    }
    let parts = place(draft, way.ends, new.grace_until, now);
    let all = draft.account.lots.total().into_iter().chain(parts.iter().map(|part| part.amount));
    if Bonus::checked_sum(all).is_none() {
        return Err(too_large());
    }
    let transaction = draft.next_transaction();
    draft.record(AccountEvent::Restored(Box::new(Restoration {
        transaction,
        sale: new.sale,
        amount,
        debt_paid: way.debt_paid,
        parts,
        redirected: way.redirected,
        at: now,
    })))?;
    Ok(amount)
}

/// Where restored slices end up.
struct Way {
    clawed: Vec<Clawed>,
    /// Open debt that is not paid yet.
    debt: Bonus,
    debt_paid: Bonus,
    /// What had been let go, by the returned sale; it becomes debt first, and is paid at once.
    recovered: BTreeMap<SaleId, Bonus>,
    redirected: Vec<Redirect>,
    ends: Vec<Slice>,
}

impl Way {
    fn find(account: &Account, slices: Vec<Slice>) -> Self {
        let mut way = Self {
            clawed: account.clawed.clone(),
            debt: account.debt,
            debt_paid: Bonus::ZERO,
            recovered: BTreeMap::new(),
            redirected: Vec::new(),
            ends: Vec::new(),
        };
        let mut waiting: Vec<Slice> = slices.into_iter().rev().collect();
        // Each redirect uses up a clawback, so this ends.
        while let Some(slice) = waiting.pop() {
            way.walk(slice, &mut waiting);
        }
        way
    }

    /// One slice: first what was let go, then open debt, then the lots that had paid, then its own.
    fn walk(&mut self, mut slice: Slice, waiting: &mut Vec<Slice>) {
        let returned = self.clawed_of(&slice);
        if let Some(index) = returned {
            let open = &mut self.clawed[index];
            let recovered = open.let_go.min(slice.amount);
            open.let_go = open.let_go.saturating_sub(recovered);
            slice.amount = slice.amount.saturating_sub(recovered);
            let of_sale = self.recovered.entry(open.sale).or_default();
            *of_sale = of_sale.checked_add(recovered).expect("less than is restored");
            self.pay(recovered);
        }
        let paid = self.debt.min(slice.amount);
        self.debt = self.debt.saturating_sub(paid);
        slice.amount = slice.amount.saturating_sub(paid);
        self.pay(paid);
        if let Some(index) = returned {
            self.redirect(index, &mut slice, waiting);
        }
        if !slice.amount.is_zero() {
            self.end(slice);
        }
    }

    fn clawed_of(&self, slice: &Slice) -> Option<usize> {
        let LotOrigin::Sale(sale) = slice.origin else { return None };
        self.clawed.iter().position(|clawed| clawed.sale == sale)
    }

    fn pay(&mut self, amount: Bonus) {
        self.debt_paid = self.debt_paid.checked_add(amount).unwrap_or(self.debt_paid);
    }

    fn redirect(&mut self, index: usize, slice: &mut Slice, waiting: &mut Vec<Slice>) {
        let open = &mut self.clawed[index];
        for paid in open.slices.iter_mut() {
            let amount = paid.amount.min(slice.amount);
            if amount.is_zero() {
                continue;
            }
            paid.amount = paid.amount.saturating_sub(amount);
            slice.amount = slice.amount.saturating_sub(amount);
            self.redirected.push(Redirect { sale: open.sale, lot: paid.lot, amount });
            waiting.push(Slice { amount, ..paid.clone() });
        }
    }

    fn end(&mut self, slice: Slice) {
        match self.ends.iter_mut().find(|known| known.lot == slice.lot) {
            Some(known) => {
                let sum = known.amount.checked_add(slice.amount);
                known.amount = sum.expect("slices of a lot are within it");
            }
            None => self.ends.push(slice),
        }
    }
}

/// What had been let go is owed after all, since it came back.
fn recover(
    draft: &mut Draft,
    sale: SaleId,
    recovered: Bonus,
    now: Timestamp,
) -> Result<(), DraftError> {
    if draft.account.debt.checked_add(recovered).is_none() {
        return Err(too_large());
    }
    let transaction = draft.next_transaction();
    draft.record(AccountEvent::ClawedBack(Box::new(Clawback {
        transaction,
        sale,
        amount: recovered,
        draws: Vec::new(),
        debt: recovered,
        let_go: Bonus::ZERO,
        recovered,
        at: now,
    })))
}

/// The lots that slices become: their own where the expiry stays, new ones where it is put off.
fn place(
    draft: &mut Draft,
    ends: Vec<Slice>,
    grace_until: Timestamp,
    now: Timestamp,
) -> Vec<Slice> {
    let mut parts = Vec::with_capacity(ends.len());
    for slice in ends {
        let held = slice.activates_at > now;
        let put_off = !slice.graced && slice.expires_at.is_some_and(|end| end < grace_until);
        parts.push(if put_off {
            Slice {
                lot: draft.next_lot(),
                made: slice.amount,
                expires_at: Some(grace_until),
                graced: true,
                held,
                ..slice
            }
        } else {
            Slice { held, ..slice }
        });
    }
    parts
}

fn too_large() -> DraftError {
    Refusal::AmountTooLarge { field: "amount" }.into()
}
