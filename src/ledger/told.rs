//! Events in a few words each, for the tables of the rules' tests.

use crate::ledger::event::{AccountEvent, CreditKind, DebitKind};
use crate::values::{Bonus, Text};

/// What happened, one after the other.
pub(in crate::ledger) fn told(events: &[AccountEvent]) -> String {
    events.iter().map(told_one).collect::<Vec<_>>().join("; ")
}

fn told_one(event: &AccountEvent) -> String {
    let paying = |debt: Bonus| {
        if debt.is_zero() { String::new() } else { format!(" paying {debt}") }
    };
    match event {
        AccountEvent::AccountOpened { customer, .. } => format!("opened {customer}"),
        AccountEvent::PhoneAssigned { phone } => format!("phone {phone}"),
        AccountEvent::CardAssigned { card: Some(card) } => format!("card {card}"),
        AccountEvent::CardAssigned { card: None } => "no card".into(),
        AccountEvent::ProfileChanged(profile) => {
            format!("named {}", profile.full_name.as_ref().map_or("-", Text::as_str))
        }
        AccountEvent::TokenIssued { token, .. } => format!("token {token}"),
        AccountEvent::TokenRevoked { token, .. } => format!("revoked {token}"),
        AccountEvent::Blocked { .. } => "blocked".into(),
        AccountEvent::Unblocked { .. } => "unblocked".into(),
        AccountEvent::Credited(credit) => {
            let kind = match credit.kind {
                CreditKind::Accrual => "accrual",
                CreditKind::Welcome => "welcome",
                CreditKind::Adjust => "adjust",
            };
            let held = if credit.held { " held" } else { "" };
            let paid = paying(credit.debt_paid);
            format!("{kind} {} lot {}{held}{paid}", credit.amount, credit.lot)
        }
        AccountEvent::LotActivated { lot, amount, debt_paid, .. } => {
            format!("active {amount} lot {lot}{}", paying(*debt_paid))
        }
        AccountEvent::LotExpired { lot, amount, .. } => format!("expired {amount} lot {lot}"),
        AccountEvent::Debited(debit) => {
            let kind = match debit.kind {
                DebitKind::Redeem => "redeem",
                DebitKind::Adjust => "adjust",
            };
            let draws = debit.draws.iter().map(|draw| format!(" {}:{}", draw.lot, draw.amount));
            let owed =
                if debit.debt.is_zero() { String::new() } else { format!(" debt {}", debit.debt) };
            format!("{kind} {} of{}{owed}", debit.amount, draws.collect::<String>())
        }
        AccountEvent::SaleRecorded(sale) => {
            let late = if sale.late { " late" } else { "" };
            format!("sale {} of {} earned {}{late}", sale.id, sale.total, sale.accrued)
        }
        AccountEvent::RedemptionRecorded(redemption) => {
            format!("redemption {} of {}", redemption.id, redemption.order_total)
        }
        AccountEvent::AdjustmentRecorded { amount, .. } => format!("adjusted {amount}"),
        AccountEvent::DayCounted(count) => {
            format!("counted {} + {} on {}", count.earned, count.redeemed, count.day)
        }
        AccountEvent::TelegramLinked(user) => {
            format!("telegram {} {}", user.id, user.username.as_ref().map_or("-", Text::as_str))
        }
        AccountEvent::DeviceRegistered(device) => format!("device {}", device.token),
        AccountEvent::DeviceForgotten { token } => format!("no device {token}"),
    }
}
