//! How views and receipts become the JSON shapes of the Bonex dialect.

mod date_time;

pub(in crate::api) use date_time::date_time;

use super::shapes::{
    CashierClientShape, ClientShape, CommitShape, LineShape, LoyaltyShape, RedemptionShape,
    ReleaseShape, ReserveShape, SaleShape, TierProjectionShape, TierShape,
};
use crate::api::amount::Amount;
use crate::api::vouchers::{GiftPartShape, gift_share};
use crate::ledger::{
    AccountView, CommitReceipt, PromotedLine, RecordedLine, RecordedRedemption, RecordedReserve,
    RecordedSale, ReleaseReceipt, SettingsDraft, Tier, TierProjection,
};
use crate::values::{CustomerId, Timestamp, ean13_of};

/// Renders for a tenant: dates appear in its zone.
#[derive(Debug, Clone, Copy)]
pub(in crate::api) struct Rendering<'a> {
    rules: &'a SettingsDraft,
}

impl<'a> Rendering<'a> {
    pub(in crate::api) const fn new(rules: &'a SettingsDraft) -> Self {
        Self { rules }
    }

    pub(super) const fn rules(&self) -> &'a SettingsDraft {
        self.rules
    }

    /// A customer as they see themselves.
    pub(in crate::api) fn client<'v>(&self, view: &'v AccountView) -> ClientShape<'v> {
        let profile = view.profile.as_deref();
        let gender = profile.and_then(|profile| profile.gender.as_ref());
        let username = view.telegram.as_deref().and_then(|user| user.username.as_ref());
        ClientShape {
            id: view.id.number(),
            phone: phone_of(view),
            barcode_ean13: bar_code_of(view.id),
            club_card_number: view.card.as_ref().map(|card| card.as_str()),
            account_number: account_number_of(view.id),
            full_name: full_name_of(view),
            birth_date: profile.and_then(|it| it.birth_date).map(|date| date.to_string()),
            gender: gender.map(|gender| gender.as_str()),
            bonus_balance: view.balance.into(),
            welcome_bonus_balance: view.welcome.0.into(),
            welcome_expires_at: self.optional_date_time(view.welcome.1),
            birthday_bonus_balance: view.birthday.0.into(),
            birthday_expires_at: self.optional_date_time(view.birthday.1),
            total_spent: view.total_spent.into(),
            tier: tier_of(&view.tier),
            telegram_username: username.map(|name| name.as_str()),
            has_mobile_app: !view.devices.is_empty(),
            is_blocked: view.blocked,
            last_visit_at: self.optional_date_time(view.last_visit_at),
            tier_projection: self.projection(&view.projection),
        }
    }

    /// A customer as a cashier sees them.
    pub(super) fn cashier_client<'v>(&self, view: &'v AccountView) -> CashierClientShape<'v> {
        let loyalty = &view.loyalty;
        CashierClientShape {
            id: view.id.number(),
            phone: phone_of(view),
            barcode_ean13: bar_code_of(view.id),
            club_card_number: view.card.as_ref().map(|card| card.as_str()),
            account_number: account_number_of(view.id),
            full_name: full_name_of(view),
            bonus_balance: view.balance.into(),
            redeemable_balance: view.redeemable.into(),
            held_balance: view.held.into(),
            welcome_bonus_balance: view.welcome.0.into(),
            total_spent: view.total_spent.into(),
            tier: tier_of(&view.tier),
            is_blocked: view.blocked,
            last_visit_at: self.optional_date_time(view.last_visit_at),
            loyalty: LoyaltyShape {
                bonus_percent: loyalty.bonus_percent.into(),
                max_redeem_percent: loyalty.max_redeem_percent.into(),
                redeem_hold_seconds: loyalty.redeem_hold_seconds,
                redeem_hold_human: human_span(loyalty.redeem_hold_seconds),
                redeemable_balance: view.redeemable.into(),
                held_balance: view.held.into(),
                min_purchase_amount: loyalty.min_purchase_amount.into(),
                currency: loyalty.currency.as_str(),
                max_redeem_amount: loyalty.max_redeem_amount.map(Amount::from),
            },
            reserved_balance: view.reserved.into(),
            tier_projection: self.projection(&view.projection),
        }
    }

    /// A sale as it was recorded; a repeated answer is rendered from the same record.
    pub(super) fn sale<'s>(&self, customer: CustomerId, sale: &'s RecordedSale) -> SaleShape<'s> {
        SaleShape {
            id: sale.id.number(),
            client_id: customer.number(),
            total_amount: sale.total.into(),
            bonus_accrued: sale.accrued.into(),
            bonus_redeemed: sale.redeemed.into(),
            external_sale_id: sale.external_id.as_ref().map(|id| id.as_str()),
            sale_date: date_time(sale.at, self.rules),
            new_balance: sale.balance_after.into(),
            lines: (0_u16..).zip(&sale.lines).map(|it| line_of(sale, it)).collect(),
            unfunded_discount: (!sale.unfunded.is_zero()).then(|| sale.unfunded.into()),
            gift_cards: GiftPartShape::list(&sale.gift_cards),
            coupons: sale.coupons.iter().map(|used| used.code.as_str()).collect(),
        }
    }

    /// A reserve as it was when bonuses were put into it.
    pub(super) fn reserve<'r>(&self, recorded: &'r RecordedReserve) -> ReserveShape<'r> {
        ReserveShape {
            id: recorded.reserve.as_str(),
            amount: recorded.total.into(),
            expires_at: date_time(recorded.deadline, self.rules),
            redeemable_balance: recorded.redeemable_after.into(),
            new_balance: recorded.balance_after.into(),
            external_reserve_id: recorded.external_id.as_ref().map(|id| id.as_str()),
        }
    }

    pub(super) fn commit(commit: &CommitReceipt) -> CommitShape {
        CommitShape {
            redemption: Self::redemption(&commit.redemption),
            released: commit.released.into(),
        }
    }

    pub(super) fn release(release: &ReleaseReceipt) -> ReleaseShape<'_> {
        ReleaseShape { id: release.reserve.as_str(), released: release.released.into() }
    }

    pub(super) fn redemption(redemption: &RecordedRedemption) -> RedemptionShape {
        RedemptionShape {
            transaction_id: redemption.transaction.number(),
            amount_redeemed: redemption.amount.into(),
            new_balance: redemption.balance_after.into(),
            sale_id: redemption.id.number(),
        }
    }

    /// A tier is kept through its last second, as bonuses are.
    fn projection<'v>(&self, projection: &'v TierProjection) -> TierProjectionShape<'v> {
        let last_second = projection.keep_until.map(|end| end.plus_seconds(-1));
        TierProjectionShape {
            next: projection.next.as_ref().map(tier_of),
            to_spend: projection.to_spend.map(Amount::from),
            keep_until: self.optional_date_time(last_second),
            to_keep: projection.to_keep.map(Amount::from),
        }
    }

    fn optional_date_time(&self, at: Option<Timestamp>) -> Option<String> {
        at.map(|at| date_time(at, self.rules))
    }
}

/// A customer without a phone has none to show.
fn phone_of(view: &AccountView) -> String {
    view.phone.map(|phone| phone.to_string()).unwrap_or_default()
}

fn bar_code_of(customer: CustomerId) -> String {
    ean13_of(customer.number()).expect("customer numbers fit their bar code")
}

fn account_number_of(customer: CustomerId) -> String {
    format!("ACC-{:06}", customer.number())
}

fn full_name_of(view: &AccountView) -> Option<&str> {
    let profile = view.profile.as_deref()?;
    profile.full_name.as_ref().map(|name| name.as_str())
}

pub(super) fn tier_of(tier: &Tier) -> TierShape<'_> {
    TierShape { id: tier.id.number(), name: tier.name.as_str(), color: tier.color.as_str() }
}

fn line_of(sale: &RecordedSale, (index, line): (u16, &RecordedLine)) -> LineShape {
    let promoted = sale.promoted.iter().find(|promoted| promoted.line == Some(index));
    let numbers = |promoted: &PromotedLine| {
        promoted.promotions.iter().map(|it| it.promotion.number()).collect()
    };
    LineShape {
        promotions: promoted.map_or_else(Vec::new, numbers),
        redeem_share: line.split.redeem_share.into(),
        gift_share: gift_share(line.split.gift_share),
        net: line.split.net.into(),
        accrual: line.split.accrual.into(),
    }
}

/// In the largest unit that leaves no rest: hours, minutes, seconds.
fn human_span(seconds: u32) -> String {
    const MINUTE: u32 = 60;
    const HOUR: u32 = 3_600;
    if seconds.is_multiple_of(HOUR) {
        format!("{} h", seconds.div_euclid(HOUR))
    } else if seconds.is_multiple_of(MINUTE) {
        format!("{} min", seconds.div_euclid(MINUTE))
    } else {
        format!("{seconds} s")
    }
}

#[cfg(test)]
pub(in crate::api) mod tests;
