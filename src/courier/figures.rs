//! The figures of an operation, as partners are told of them.

use crate::courier::amount::Amount;
use crate::ledger::{
    AccountEvent, RecordedRedemption, RecordedReserve, RecordedReturn, RecordedSale, ReferralEvent,
    ReleaseReason, ReserveRelease, TenantEvent, TierEvent, WebhookEvent,
};
use crate::values::TierId;
use serde::Serialize;

/// The figures of the request itself; those that it has none of are left out.
#[derive(Debug, Default, Serialize)]
pub(super) struct Figures<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    sale_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_sale_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    store: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cashier: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sale_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    late: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_amount: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gross_amount: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bonus_accrued: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bonus_redeemed: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_balance: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settings_version: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook_id: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    returned_sale_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_refund_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refund_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bonus_restored: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accrual_reversed: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    already_expired: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unfunded: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reserve_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_reserve_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reserved: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    released: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tier_id: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_tier_id: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    manual_tier_id: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiring: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inviter_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invitee_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    merged_from: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    merged_into: Option<u64>,
}

impl<'a> Figures<'a> {
    pub(super) fn take_account(&mut self, event: &'a AccountEvent) {
        match event {
            AccountEvent::SaleRecorded(sale) => self.take_sale(sale),
            AccountEvent::RedemptionRecorded(redemption) => self.take_redemption(redemption),
            AccountEvent::ReturnRecorded(returned) => self.take_return(returned),
            AccountEvent::Reserved(recorded) => self.take_reserve(recorded),
            AccountEvent::Tier(event) => self.take_tier(event),
            AccountEvent::Referral(event) => self.take_referral(event),
            AccountEvent::ExpiryNoticed { amount, expires_at, .. } => {
                self.expiring = Some((*amount).into());
                self.expires_at = Some(expires_at.to_string());
            }
            AccountEvent::ReserveReleased(release) => self.take_release(release),
            AccountEvent::AdjustmentRecorded { transaction, amount, reason, balance_after } => {
                self.transaction_id = Some(transaction.number());
                self.amount = Some((*amount).into());
                self.reason = Some(reason.as_str());
                self.new_balance = Some((*balance_after).into());
            }
            AccountEvent::MergedOut(out) => self.merged_into = Some(out.into.number()),
            AccountEvent::MergedIn(merged) => {
                self.merged_from = Some(merged.from.number());
                self.amount = Some(merged.amount.into());
                self.reason = Some(merged.reason.as_str());
            }
            AccountEvent::Forgotten { reason, .. } => self.reason = Some(reason.as_str()),
            AccountEvent::AccountOpened { .. }
            | AccountEvent::Import(_)
            | AccountEvent::PhoneRetired { .. }
            | AccountEvent::PhoneMarked { .. }
            | AccountEvent::GiftForfeited(_)
            | AccountEvent::PhoneAssigned { .. }
            | AccountEvent::CardAssigned { .. }
            | AccountEvent::ProfileChanged(_)
            | AccountEvent::Person(_)
            | AccountEvent::TokenIssued { .. }
            | AccountEvent::TokenRevoked { .. }
            | AccountEvent::Blocked { .. }
            | AccountEvent::FlagSet { .. }
            | AccountEvent::Unblocked { .. }
            | AccountEvent::Credited(_)
            | AccountEvent::LotActivated { .. }
            | AccountEvent::LotExpired { .. }
            | AccountEvent::Debited(_)
            | AccountEvent::DayCounted(_)
            | AccountEvent::ClawedBack(_)
            | AccountEvent::Restored(_)
            | AccountEvent::LotKept { .. }
            | AccountEvent::ExpiryReverted(_)
            | AccountEvent::DebtPaid { .. }
            | AccountEvent::DebtDated { .. }
            | AccountEvent::DebtWrittenOff { .. }
            | AccountEvent::TelegramLinked(_)
            | AccountEvent::DeviceRegistered(_)
            | AccountEvent::DeviceForgotten { .. }
            | AccountEvent::BirthdayAwaited(_)
            | AccountEvent::RewardTakenBack(_)
            | AccountEvent::LimitsGivenBack(_)
            | AccountEvent::OverstockNoticed { .. } => {}
        }
    }

    /// Leaves out who is not the customer: staff, and those whom a referral ties to them.
    pub(super) fn hide_others(&mut self) {
        self.cashier = None;
        self.inviter_id = None;
        self.invitee_id = None;
    }

    fn take_sale(&mut self, sale: &'a RecordedSale) {
        self.sale_id = Some(sale.id.number());
        self.external_sale_id = sale.external_id.as_ref().map(|id| id.as_str());
        self.receipt_number = sale.receipt_number.as_ref().map(|number| number.as_str());
        self.store = sale.point_of_sale.store.as_ref().map(|store| store.as_str());
        self.cashier = sale.point_of_sale.cashier.as_ref().map(|cashier| cashier.as_str());
        self.sale_date = Some(sale.at.to_string());
        self.late = Some(sale.late);
        self.total_amount = Some(sale.total.into());
        self.gross_amount = sale.gross.map(Amount::from);
        self.bonus_accrued = Some(sale.accrued.into());
        self.bonus_redeemed = Some(sale.redeemed.into());
        self.unfunded = (!sale.unfunded.is_zero()).then(|| sale.unfunded.into());
        self.new_balance = Some(sale.balance_after.into());
    }

    fn take_redemption(&mut self, redemption: &'a RecordedRedemption) {
        self.sale_id = Some(redemption.id.number());
        self.transaction_id = Some(redemption.transaction.number());
        self.external_sale_id = redemption.external_id.as_ref().map(|id| id.as_str());
        self.total_amount = Some(redemption.order_total.into());
        self.bonus_redeemed = Some(redemption.amount.into());
        self.new_balance = Some(redemption.balance_after.into());
    }

    fn take_return(&mut self, returned: &'a RecordedReturn) {
        self.sale_id = Some(returned.id.number());
        self.returned_sale_id = Some(returned.of.number());
        self.external_refund_id = returned.external_id.as_ref().map(|id| id.as_str());
        self.store = returned.point_of_sale.store.as_ref().map(|store| store.as_str());
        self.cashier = returned.point_of_sale.cashier.as_ref().map(|cashier| cashier.as_str());
        self.refund_date = Some(returned.at.to_string());
        self.total_amount = Some(returned.money.into());
        self.bonus_restored = Some(returned.restored.into());
        self.accrual_reversed = Some(returned.reversed.into());
        self.already_expired = Some(returned.already_expired.into());
        self.reason = returned.reason.as_ref().map(|reason| reason.as_str());
        self.new_balance = Some(returned.balance_after.into());
    }

    fn take_reserve(&mut self, recorded: &'a RecordedReserve) {
        self.reserve_id = Some(recorded.reserve.as_str());
        self.external_reserve_id = recorded.external_id.as_ref().map(|id| id.as_str());
        self.amount = Some(recorded.amount.into());
        self.reserved = Some(recorded.total.into());
        self.new_balance = Some(recorded.balance_after.into());
    }

    /// What a sale or a redemption spends of a reserve is told by its own figures.
    fn take_release(&mut self, release: &'a ReserveRelease) {
        match release.why {
            ReleaseReason::Released => {
                self.reserve_id = Some(release.reserve.as_str());
                self.released = Some(release.amount.into());
                self.reserved = Some(release.left.into());
            }
            ReleaseReason::Committed | ReleaseReason::Rest => {
                self.reserve_id = Some(release.reserve.as_str());
            }
            ReleaseReason::Lapsed => {}
        }
    }

    fn take_tier(&mut self, event: &TierEvent) {
        match event {
            TierEvent::Changed { from, to, .. } => {
                self.previous_tier_id = Some(from.number());
                self.tier_id = Some(to.number());
            }
            TierEvent::Assigned { tier, .. } => self.manual_tier_id = tier.map(TierId::number),
            TierEvent::Kept { .. } => {}
        }
    }

    fn take_referral(&mut self, event: &ReferralEvent) {
        match event {
            ReferralEvent::Invited { inviter, .. }
            | ReferralEvent::Completed { inviter, .. }
            | ReferralEvent::Reopened { inviter, .. }
            | ReferralEvent::Undone { inviter, .. } => self.inviter_id = Some(inviter.number()),
            ReferralEvent::InviteeJoined { invitee, .. }
            | ReferralEvent::InviteeCompleted { invitee, .. }
            | ReferralEvent::InviteeReopened { invitee, .. }
            | ReferralEvent::InviteeUndone { invitee, .. } => {
                self.invitee_id = Some(invitee.number());
            }
            ReferralEvent::CodeAssigned { .. } | ReferralEvent::Told { .. } => {}
        }
    }

    pub(super) fn take_tenant(&mut self, event: &TenantEvent) {
        match event {
            TenantEvent::SettingsAdopted { settings, .. } => {
                self.settings_version = Some(settings.version.number());
                self.effective_from = Some(settings.effective_from.to_string());
            }
            TenantEvent::Webhook(event) => self.take_webhook(event),
            TenantEvent::CourierAdvanced { through, .. } => self.after = Some(*through),
            TenantEvent::TenantCreated { .. }
            | TenantEvent::TokenSet { .. }
            | TenantEvent::SecretSet { .. }
            | TenantEvent::TelegramBotSet { .. }
            | TenantEvent::PlusKeySet { .. }
            | TenantEvent::InventorySynced { .. }
            | TenantEvent::StoresListed { .. }
            | TenantEvent::PromotionSet { .. }
            | TenantEvent::PromotionEnded { .. }
            | TenantEvent::Campaign(_)
            | TenantEvent::Suspended { .. }
            | TenantEvent::Resumed { .. } => {}
        }
    }

    fn take_webhook(&mut self, event: &WebhookEvent) {
        let (webhook, after) = match event {
            WebhookEvent::Set { webhook, after, .. }
            | WebhookEvent::Subscribed { webhook, after, .. }
            | WebhookEvent::Replayed { webhook, after, .. } => (webhook, Some(*after)),
            WebhookEvent::Advanced { webhook, through, .. }
            | WebhookEvent::AdvancedSkipping { webhook, through, .. } => (webhook, Some(*through)),
            WebhookEvent::Removed { webhook, .. } | WebhookEvent::Paused { webhook, .. } => {
                (webhook, None)
            }
        };
        self.webhook_id = Some(webhook.number());
        self.after = after;
    }
}
