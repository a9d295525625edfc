//! How a customer stands with the chain, as the export tells: balance, tier, totals, limits, referrals.

use crate::api::amount::Amount;
use crate::api::bonex::date_time;
use crate::api::operator::render::LotShape;
use crate::ledger::{Account, AccountView, DayCount, Reserve, SettingsDraft};
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct StandingShape<'a> {
    balance: Amount,
    redeemable: Amount,
    held: Amount,
    reserved: Amount,
    debt: Amount,
    lots: Vec<LotShape>,
    reserves: Vec<ReserveShape<'a>>,
    tier_id: u32,
    tier: &'a str,
    /// Since when an operator's word sets it.
    tier_set_at: Option<String>,
    total_spent: Amount,
    purchases: u64,
    last_visit_at: Option<String>,
    last_store: Option<&'a str>,
    blocked: bool,
    staff: bool,
    debit_denied: bool,
    /// Whether somebody's code brought them.
    invited: bool,
    invited_count: u64,
    completed_count: u64,
    bonuses_earned: Amount,
    /// Bought lately, the latest last.
    categories: Vec<&'a str>,
    promotions_used: Vec<UsesShape>,
    coupons_used: Vec<UsesShape>,
    /// What counts against limits of a day.
    days: Vec<DayShape>,
    last_birthday_bonus_at: Option<String>,
    /// Expiries up to then were told of.
    expiries_told_through: Option<String>,
}

#[derive(Serialize)]
struct ReserveShape<'a> {
    reserve_id: &'a str,
    amount: Amount,
    expires_at: String,
}

#[derive(Serialize)]
struct UsesShape {
    id: u64,
    uses: u64,
}

#[derive(Serialize)]
struct DayShape {
    date: String,
    earned: Amount,
    redeemed: Amount,
    sales: u32,
}

impl<'a> StandingShape<'a> {
    pub(super) fn of(account: &'a Account, shown: &'a AccountView, rules: &SettingsDraft) -> Self {
        let Account { referral, tallies, .. } = account;
        let manual = account.standing.manual;
        let promotions = tallies.promotions.iter();
        let coupons = tallies.coupons.iter();
        Self {
            balance: shown.balance.into(),
            redeemable: shown.redeemable.into(),
            held: shown.held.into(),
            reserved: shown.reserved.into(),
            debt: shown.debt.into(),
            lots: shown.lots.iter().map(|lot| LotShape::new(lot, rules)).collect(),
            reserves: shown.reserves.iter().map(|it| ReserveShape::of(it, rules)).collect(),
            tier_id: shown.tier.id.number(),
            tier: shown.tier.name.as_str(),
            tier_set_at: manual.map(|manual| date_time(manual.since, rules)),
            total_spent: shown.total_spent.into(),
            purchases: shown.purchases,
            last_visit_at: shown.last_visit_at.map(|at| date_time(at, rules)),
            last_store: account.turnover.last_store.as_ref().map(|store| store.as_str()),
            blocked: shown.blocked,
            staff: shown.staff,
            debit_denied: shown.debit_denied,
            invited: referral.inviter.is_some(),
            invited_count: referral.invited,
            completed_count: referral.completions,
            bonuses_earned: referral.earned.into(),
            categories: tallies.categories.iter().map(|category| category.as_str()).collect(),
            promotions_used: promotions
                .map(|it| UsesShape::of(it.promotion.number().into(), it.uses))
                .collect(),
            coupons_used: coupons.map(|it| UsesShape::of(it.coupon.number(), it.uses)).collect(),
            days: tallies.days.iter().map(DayShape::of).collect(),
            last_birthday_bonus_at: account.birthday_paid_at.map(|at| date_time(at, rules)),
            expiries_told_through: account.noticed_through.map(|at| date_time(at, rules)),
        }
    }
}

impl<'a> ReserveShape<'a> {
    fn of(reserve: &'a Reserve, rules: &SettingsDraft) -> Self {
        Self {
            reserve_id: reserve.id.as_str(),
            amount: reserve.amount.into(),
            expires_at: date_time(reserve.deadline, rules),
        }
    }
}

impl UsesShape {
    fn of(id: u64, uses: impl Into<u64>) -> Self {
        Self { id, uses: uses.into() }
    }
}

impl DayShape {
    fn of(day: &DayCount) -> Self {
        Self {
            date: day.day.to_string(),
            earned: day.earned.into(),
            redeemed: day.redeemed.into(),
            sales: day.sales,
        }
    }
}
