//! What a chain refuses so that nobody abuses it: too many sales of one customer on a day, late sales,
//! redemptions on the day on which an account is opened, large ones without the customer's code; and
//! whoever may not redeem at all (rules 16 and 34b).
//!
//! All days are those on which a command arrives: whoever abuses sends late what is refused at once.

use crate::ledger::account::Account;
use crate::ledger::guard::{Confirmation, OnSuspicion};
use crate::ledger::refusal::Refusal;
use crate::ledger::rules::daily::day_of;
use crate::ledger::rules::spend_cap::RedeemBound;
use crate::ledger::settings::SettingsDraft;
use crate::ledger::tally::{DayCount, OfDay};
use crate::values::{Bonus, Timestamp};

/// Whether a sale may be made at all.
pub(in crate::ledger) fn admit_sale(
    account: &Account,
    late: bool,
    rules: &SettingsDraft,
    now: Timestamp,
) -> Result<(), Refusal> {
    let guard = &rules.policy.guard;
    if late && guard.late_sales == OnSuspicion::Refuse {
        return Err(Refusal::LateSale);
    }
    let Some(from) = guard.sales_per_day_refuse_from else { return Ok(()) };
    let sales_before = match account.tallies.of_day(day_of(now, rules)) {
        OfDay::Counted(count) => count.sales,
        OfDay::Nothing => 0,
        OfDay::Forgotten => u32::MAX,
    };
    if sales_before.saturating_add(1) >= from {
        return Err(Refusal::TooManySalesToday { from });
    }
    Ok(())
}

/// What a sale counts against the limit of its day.
pub(in crate::ledger) fn sold(rules: &SettingsDraft, now: Timestamp) -> DayCount {
    let limited = rules.policy.guard.sales_per_day_refuse_from.is_some();
    DayCount { sales: u32::from(limited), ..DayCount::nothing_on(day_of(now, rules)) }
}

/// Why a customer may redeem nothing now, whatever the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) enum RedeemBar {
    DebitDenied,
    OpeningDay,
}

impl RedeemBar {
    /// What bars this customer; `None`: nothing does.
    pub(in crate::ledger) fn of(
        account: &Account,
        rules: &SettingsDraft,
        now: Timestamp,
    ) -> Option<Self> {
        if account.debit_denied {
            return Some(Self::DebitDenied);
        }
        let refuses = rules.policy.guard.redeem_on_opening_day == OnSuspicion::Refuse;
        let opened_today = day_of(account.opened_at, rules) == day_of(now, rules);
        (refuses && opened_today).then_some(Self::OpeningDay)
    }

    pub(in crate::ledger) const fn bound(self) -> RedeemBound {
        match self {
            Self::DebitDenied => RedeemBound::DebitDenied,
            Self::OpeningDay => RedeemBound::OpeningDay,
        }
    }
}

/// Whether a customer may redeem anything.
pub(in crate::ledger) fn admit_redemption(
    account: &Account,
    field: &'static str,
    rules: &SettingsDraft,
    now: Timestamp,
) -> Result<(), Refusal> {
    match RedeemBar::of(account, rules, now) {
        None => Ok(()),
        Some(RedeemBar::DebitDenied) => Err(Refusal::DebitDenied { field }),
        Some(RedeemBar::OpeningDay) => Err(Refusal::RedemptionOnOpeningDay { field }),
    }
}

/// Whether the customer agreed, where that is needed, to redeem `asked` after `before` of the same order.
pub(in crate::ledger) fn confirm(
    asked: Bonus,
    before: Bonus,
    confirmation: Confirmation,
    rules: &SettingsDraft,
) -> Result<(), Refusal> {
    let guard = &rules.policy.guard;
    match guard.redeem_confirm_from {
        Some(from) if guard.needs_code(asked, before) && confirmation != Confirmation::Proved => {
            Err(Refusal::ConfirmationMissing { from })
        }
        Some(_) | None => Ok(()),
    }
}
