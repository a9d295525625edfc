//! Returns under audit: what a return says must be what the other events of its operation moved.

use crate::journal::turn::Turn;
use crate::journal::verify::report::{Difference, Place};
use crate::ledger::{AccountEvent, Clawback, RecordedReturn, Restoration, Slice};
use crate::values::{Bonus, Money};

pub(super) fn check_clawback(clawback: &Clawback, place: Place) -> Result<(), Box<Difference>> {
    let drawn = sum(amounts(&clawback.draws).chain([clawback.debt]));
    place.same("a clawback against its draws and debt", clawback.amount, drawn)
}

pub(super) fn check_restoration(
    restoration: &Restoration,
    place: Place,
) -> Result<(), Box<Difference>> {
    let placed = sum(amounts(&restoration.parts).chain([restoration.debt_paid]));
    place.same("a restoration against its parts and debt", restoration.amount, placed)
}

pub(super) fn check_return(
    turn: &Turn<'_>,
    returned: &RecordedReturn,
    place: Place,
) -> Result<(), Box<Difference>> {
    let restored = turn.events.iter().filter_map(|event| {
        if let AccountEvent::Restored(restoration) = event {
            return (restoration.sale == returned.of).then_some(restoration.amount);
        }
        None
    });
    place.same("what a return restored against its credit", returned.restored, sum(restored))?;
    let clawbacks = || turn.events.iter().filter_map(|event| clawback_for(event, returned));
    let reversed = sum(clawbacks().map(|clawback| clawback.amount));
    place.same("what a return reversed against its debit", returned.reversed, reversed)?;
    let let_go = sum(clawbacks().map(|clawback| clawback.let_go));
    place.same("what a return let go against its clawback", returned.let_go, let_go)?;
    let fate = sum([returned.reversed, returned.already_expired, returned.let_go]);
    place.same("the accrual of a return against what became of it", returned.accrual, fate)?;
    let parts = returned.parts.iter().map(|part| part.shares.accrual);
    let parts = parts.chain([returned.fixed_bonus]);
    place.same("the accrual of a return against its parts", returned.accrual, sum(parts))?;
    let money = Money::checked_sum(returned.parts.iter().map(|part| part.shares.money));
    place.same("the money of a return against its parts", returned.money, money.unwrap_or_default())
}

/// A clawback of the returned sale itself, not of one whose clawback is made good on the way.
fn clawback_for<'a>(event: &'a AccountEvent, returned: &RecordedReturn) -> Option<&'a Clawback> {
    if let AccountEvent::ClawedBack(clawback) = event {
        let own = clawback.sale == returned.of && clawback.recovered.is_zero();
        return own.then_some(&**clawback);
    }
    None
}

fn amounts(slices: &[Slice]) -> impl Iterator<Item = Bonus> {
    slices.iter().map(|slice| slice.amount)
}

fn sum(amounts: impl IntoIterator<Item = Bonus>) -> Bonus {
    Bonus::checked_sum(amounts).unwrap_or_default()
}
