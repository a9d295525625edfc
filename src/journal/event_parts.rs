//! How much of the memory an event takes while it waits to be folded, counted in entries of its lists.

use crate::ledger::{AccountEvent, Estate, ImportEvent, RecordedSale};

/// An event, and the entries of its lists that may be many: as many as the lines of a receipt, or as lots.
pub(in crate::journal) fn parts_of(event: &AccountEvent) -> usize {
    let entries = match event {
        AccountEvent::SaleRecorded(sale) => entries_of_sale(sale),
        AccountEvent::ReturnRecorded(returned) => returned.parts.len(),
        AccountEvent::Debited(debit) => debit.draws.len(),
        AccountEvent::DebtPaid { draws, .. } => draws.len(),
        AccountEvent::ClawedBack(clawback) => clawback.draws.len(),
        AccountEvent::Restored(restoration) => {
            restoration.parts.len().saturating_add(restoration.redirected.len())
        }
        AccountEvent::RewardTakenBack(taken) => taken.draws.len(),
        AccountEvent::ReserveReleased(release) => release.freed.len(),
        AccountEvent::GiftForfeited(forfeit) => forfeit.draws.len(),
        AccountEvent::MergedIn(merged) => entries_of_estate(&merged.estate),
        AccountEvent::Import(import) => entries_of_import(import),
        AccountEvent::AccountOpened { .. }
        | AccountEvent::PhoneAssigned { .. }
        | AccountEvent::CardAssigned { .. }
        | AccountEvent::ProfileChanged(_)
        | AccountEvent::TokenIssued { .. }
        | AccountEvent::TokenRevoked { .. }
        | AccountEvent::Blocked { .. }
        | AccountEvent::Unblocked { .. }
        | AccountEvent::Credited(_)
        | AccountEvent::LotActivated { .. }
        | AccountEvent::LotExpired { .. }
        | AccountEvent::RedemptionRecorded(_)
        | AccountEvent::AdjustmentRecorded { .. }
        | AccountEvent::DayCounted(_)
        | AccountEvent::Reserved(_)
        | AccountEvent::LotKept { .. }
        | AccountEvent::ExpiryReverted(_)
        | AccountEvent::DebtDated { .. }
        | AccountEvent::DebtWrittenOff { .. }
        | AccountEvent::TelegramLinked(_)
        | AccountEvent::DeviceRegistered(_)
        | AccountEvent::DeviceForgotten { .. }
        | AccountEvent::Referral(_)
        | AccountEvent::Tier(_)
        | AccountEvent::BirthdayAwaited(_)
        | AccountEvent::ExpiryNoticed { .. }
        | AccountEvent::LimitsGivenBack(_)
        | AccountEvent::OverstockNoticed { .. }
        | AccountEvent::FlagSet { .. }
        | AccountEvent::PhoneRetired { .. }
        | AccountEvent::PhoneMarked { .. }
        | AccountEvent::MergedOut(_)
        | AccountEvent::Person(_)
        | AccountEvent::Forgotten { .. } => 0,
    };
    entries.saturating_add(1)
}

fn entries_of_sale(sale: &RecordedSale) -> usize {
    let items = sale.retail.as_ref().map_or(0, |retail| retail.items.len());
    [sale.lines.len(), sale.promoted.len(), items].iter().sum()
}

fn entries_of_estate(estate: &Estate) -> usize {
    let lists = [
        estate.lots.len(),
        estate.reserves.len(),
        estate.spendings.len(),
        estate.clawed.len(),
        estate.expired.len(),
        estate.absorbed.len(),
    ];
    lists.iter().sum()
}

fn entries_of_import(import: &ImportEvent) -> usize {
    match import {
        ImportEvent::CustomerReversed { taken, .. } => {
            taken.as_ref().map_or(0, |taken| taken.draws.len())
        }
        ImportEvent::CustomerTaken { .. } | ImportEvent::SaleTaken { .. } => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::operation::EntityEvents;
    use crate::journal::scenario::Scenario;

    /// The lines of a sale, and what else there may be many of, count as well.
    #[test]
    fn an_event_counts_with_what_it_lists() {
        let operations = Scenario::new(5).play(600);
        let entities = operations.iter().flat_map(|numbered| &numbered.operation.entities);
        let [mut lines, mut draws, mut returned, mut clawed] = [0_usize; 4];
        for entity in entities {
            let EntityEvents::Account(_, events) = entity else { continue };
            for event in events {
                let parts = parts_of(event);
                if let AccountEvent::SaleRecorded(sale) = event {
                    assert!(parts > sale.lines.len());
                    lines += sale.lines.len();
                } else if let AccountEvent::Debited(debit) = event {
                    assert_eq!(parts, debit.draws.len() + 1);
                    draws += debit.draws.len();
                } else if let AccountEvent::ReturnRecorded(parted) = event {
                    assert_eq!(parts, parted.parts.len() + 1);
                    returned += parted.parts.len();
                } else if let AccountEvent::ClawedBack(clawback) = event {
                    assert_eq!(parts, clawback.draws.len() + 1);
                    clawed += clawback.draws.len();
                }
            }
        }
        let met = [lines, draws, returned, clawed];
        assert!(met.iter().all(|met| *met > 3), "{met:?}");
    }
}
