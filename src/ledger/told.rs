//! Events in a few words each, for the tables of the rules' tests.

use crate::ledger::event::{AccountEvent, CreditKind, DebitKind, Draw};
use crate::ledger::person::PersonEvent;
use crate::ledger::referral::ReferralEvent;
use crate::ledger::reserve::ReleaseReason;
use crate::ledger::standing::TierEvent;
use crate::ledger::testing_returns;
use crate::values::{Bonus, Text};

/// What happened, one after the other.
pub(in crate::ledger) fn told(events: &[AccountEvent]) -> String {
    events.iter().map(told_one).collect::<Vec<_>>().join("; ")
}

#[expect(clippy::too_many_lines, reason = "a table with a row for each of a closed list")]
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
        AccountEvent::Person(event) => match event {
            PersonEvent::Changed(_) => "person".into(),
            PersonEvent::PhoneConfirmed { .. } => "confirmed".into(),
            PersonEvent::Archived { .. } => "archived".into(),
            PersonEvent::Revived { .. } => "revived".into(),
            PersonEvent::Unreadable => {
                "not to be read: forgotten since, or the key is damaged".into()
            }
        },
        AccountEvent::TokenIssued { token, .. } => format!("token {token}"),
        AccountEvent::TokenRevoked { token, .. } => format!("revoked {token}"),
        AccountEvent::Blocked { .. } => "blocked".into(),
        AccountEvent::FlagSet { flag, on, .. } => format!("{flag:?} {on}"),
        AccountEvent::Unblocked { .. } => "unblocked".into(),
        AccountEvent::Credited(credit) => {
            let kind = match credit.kind {
                CreditKind::Accrual => "accrual",
                CreditKind::Welcome => "welcome",
                CreditKind::Adjust => "adjust",
                CreditKind::Birthday => "birthday",
                CreditKind::ReferralInviter => "inviter",
                CreditKind::ReferralInvitee => "invitee",
                CreditKind::Import => "import",
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
            let owed =
                if debit.debt.is_zero() { String::new() } else { format!(" debt {}", debit.debt) };
            format!("{kind} {} of{}{owed}", debit.amount, drawn(&debit.draws))
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
        AccountEvent::ClawedBack(_)
        | AccountEvent::Restored(_)
        | AccountEvent::ReturnRecorded(_) => testing_returns::told(event),
        AccountEvent::Reserved(recorded) => {
            format!("reserved {} of {}", recorded.amount, recorded.total)
        }
        AccountEvent::ReserveReleased(release) => {
            let why = match release.why {
                ReleaseReason::Committed => "committed",
                ReleaseReason::Rest => "rest",
                ReleaseReason::Released => "released",
                ReleaseReason::Lapsed => "lapsed",
            };
            let freed = drawn(&release.freed);
            let freed = if freed.is_empty() { freed } else { format!(" freeing{freed}") };
            format!("{why} {}{freed}", release.amount)
        }
        AccountEvent::LotKept { lot, amount, .. } => format!("kept {amount} lot {lot}"),
        AccountEvent::ExpiryReverted(revert) => {
            format!("revived {} lot {}", revert.amount, revert.lot)
        }
        AccountEvent::DebtPaid { draws, .. } => format!("debt paid of{}", drawn(draws)),
        AccountEvent::DebtDated { write_off_at, .. } => format!("debt until {write_off_at}"),
        AccountEvent::DebtWrittenOff { amount, .. } => format!("written off {amount}"),
        AccountEvent::TelegramLinked(user) => {
            format!("telegram {} {}", user.id, user.username.as_ref().map_or("-", Text::as_str))
        }
        AccountEvent::DeviceRegistered(device) => format!("device {}", device.token),
        AccountEvent::DeviceForgotten { token } => format!("no device {token}"),
        AccountEvent::Referral(event) => told_of_referral(event),
        AccountEvent::Tier(event) => told_of_tier(event),
        AccountEvent::BirthdayAwaited(Some(birthday)) => format!("awaits {}", birthday.next_at),
        AccountEvent::BirthdayAwaited(None) => "awaits nothing".into(),
        AccountEvent::ExpiryNoticed { amount, .. } => format!("noticed {amount}"),
        AccountEvent::RewardTakenBack(taken) => {
            let draws = taken.draws.iter().map(|draw| {
                let held = if draw.held { " held" } else { "" };
                format!(" {}:{}{held}", draw.lot, draw.amount)
            });
            let owed =
                if taken.debt.is_zero() { String::new() } else { format!(" debt {}", taken.debt) };
            format!("took back {} of{}{owed}", taken.amount, draws.collect::<String>())
        }
        AccountEvent::LimitsGivenBack(back) => {
            let days = back
                .days
                .iter()
                .map(|count| format!(" {} + {} on {}", count.earned, count.redeemed, count.day));
            let promotions = back.promotions.iter().map(|id| format!(" use of {id}"));
            format!("room for{}", days.chain(promotions).collect::<String>())
        }
        AccountEvent::OverstockNoticed { promotion, .. } => format!("told of {promotion}"),
        AccountEvent::PhoneRetired { phone, until, .. } => format!("retired {phone} until {until}"),
        AccountEvent::PhoneMarked { mark } => format!("marked {}", mark[0]),
        AccountEvent::MergedOut(out) => format!("moved {} to {}", out.amount, out.into),
        AccountEvent::MergedIn(merged) => format!("moved {} from {}", merged.amount, merged.from),
        AccountEvent::GiftForfeited(forfeit) => format!("forfeited {}", forfeit.amount),
        AccountEvent::Forgotten { .. } => "forgotten".into(),
        AccountEvent::Import(event) => match event.taken() {
            Some(taken) => format!("import back {} debt {}", taken.amount, taken.debt),
            None => "import".into(),
        },
    }
}

fn drawn(draws: &[Draw]) -> String {
    draws.iter().map(|draw| format!(" {}:{}", draw.lot, draw.amount)).collect()
}

fn told_of_referral(event: &ReferralEvent) -> String {
    match event {
        ReferralEvent::CodeAssigned { code } => format!("code {code}"),
        ReferralEvent::Invited { inviter, .. } => format!("invited by {inviter}"),
        ReferralEvent::Completed { inviter, completion, .. } => {
            format!("completed {} for {inviter}", completion.reward.amount)
        }
        ReferralEvent::Reopened { inviter, reward, .. } => {
            format!("reopened {} of {inviter}", reward.amount)
        }
        ReferralEvent::Told { number } => format!("told {number}"),
        ReferralEvent::InviteeJoined { invitee, .. } => format!("brought {invitee}"),
        ReferralEvent::InviteeCompleted { invitee, earned, .. } => {
            format!("{invitee} completed {earned}")
        }
        ReferralEvent::InviteeReopened { invitee, taken, .. } => {
            format!("{invitee} reopened {taken}")
        }
        ReferralEvent::Undone { inviter, .. } => format!("not invited by {inviter}"),
        ReferralEvent::InviteeUndone { invitee, taken, .. } => {
            format!("did not bring {invitee} losing {taken}")
        }
    }
}

fn told_of_tier(event: &TierEvent) -> String {
    match event {
        TierEvent::Changed { from, to, .. } => format!("tier {from} to {to}"),
        TierEvent::Kept { .. } => "tier kept".into(),
        TierEvent::Assigned { tier: Some(tier), .. } => format!("tier set to {tier}"),
        TierEvent::Assigned { tier: None, .. } => "tier not set".into(),
    }
}
