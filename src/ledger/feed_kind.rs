//! What kind of thing an operation was, in the words that callers are told: a closed list.

use crate::ledger::campaign::CampaignEvent;
use crate::ledger::event::{AccountEvent, TenantEvent};
use crate::ledger::referral::ReferralEvent;
use crate::ledger::reserve::ReleaseReason;
use crate::ledger::standing::TierEvent;
use crate::ledger::voucher::{CouponEvent, GiftCardEvent, VoucherEvent};
use crate::ledger::webhook::WebhookEvent;

/// The kind of an operation. An operation has many events; it is of the last kind in this list that
/// one of them has. So what accompanies others stands before what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FeedKind {
    /// A courier noted how far it has got: bookkeeping, never delivered.
    CourierAdvanced,
    /// What had become due was done: bonuses became spendable or expired.
    Settlement,
    /// The tier of a customer is another one.
    TierChanged,
    /// A customer is told that bonuses expire soon.
    ExpiryNoticed,
    /// What was left on a gift card expired.
    GiftCardExpired,
    /// Something about who brought whom.
    Referral,
    /// A code was sent to a phone, or a wrong one was refused.
    LoginCode,
    CustomerLoggedOut,
    CustomerUpdated,
    PhoneChanged,
    CustomerLoggedIn,
    CustomerBlocked,
    CustomerUnblocked,
    CustomerRegistered,
    /// Two customers became one.
    CustomerMerged,
    /// Bonuses set aside were released by request.
    ReserveReleased,
    Reserve,
    Adjustment,
    Redemption,
    Sale,
    Return,
    TokenRotated,
    SecretRotated,
    TelegramBotSet,
    SettingsAdopted,
    InventorySynced,
    StoresListed,
    PromotionSet,
    PromotionEnded,
    TenantSuspended,
    TenantResumed,
    TenantCreated,
    WebhookSet,
    WebhookRemoved,
    WebhookPaused,
    WebhookReplayed,
    GiftCardIssued,
    GiftCardBlocked,
    GiftCardUnblocked,
    GiftCardExpiryMoved,
    GiftCardVoided,
    CouponIssued,
    CouponEnded,
    /// A batch of what an old system knew was taken over, or taken back.
    Imported,
    /// A customer was forgotten: nothing that names them is left.
    CustomerForgotten,
}

impl FeedKind {
    /// Every kind there is.
    pub const ALL: [Self; 45] = [
        Self::CourierAdvanced,
        Self::Settlement,
        Self::TierChanged,
        Self::ExpiryNoticed,
        Self::GiftCardExpired,
        Self::Referral,
        Self::LoginCode,
        Self::CustomerLoggedOut,
        Self::CustomerUpdated,
        Self::PhoneChanged,
        Self::CustomerLoggedIn,
        Self::CustomerBlocked,
        Self::CustomerUnblocked,
        Self::CustomerRegistered,
        Self::CustomerMerged,
        Self::ReserveReleased,
        Self::Reserve,
        Self::Adjustment,
        Self::Redemption,
        Self::Sale,
        Self::Return,
        Self::TokenRotated,
        Self::SecretRotated,
        Self::TelegramBotSet,
        Self::SettingsAdopted,
        Self::InventorySynced,
        Self::StoresListed,
        Self::PromotionSet,
        Self::PromotionEnded,
        Self::TenantSuspended,
        Self::TenantResumed,
        Self::TenantCreated,
        Self::WebhookSet,
        Self::WebhookRemoved,
        Self::WebhookPaused,
        Self::WebhookReplayed,
        Self::GiftCardIssued,
        Self::GiftCardBlocked,
        Self::GiftCardUnblocked,
        Self::GiftCardExpiryMoved,
        Self::GiftCardVoided,
        Self::CouponIssued,
        Self::CouponEnded,
        Self::Imported,
        Self::CustomerForgotten,
    ];

    /// The word that callers are told; also what is stored of a subscription, so it never changes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CourierAdvanced => "courier_advanced",
            Self::Settlement => "settlement",
            Self::TierChanged => "tier_changed",
            Self::ExpiryNoticed => "expiry_noticed",
            Self::Referral => "referral",
            Self::LoginCode => "login_code",
            Self::CustomerLoggedOut => "customer_logged_out",
            Self::CustomerUpdated => "customer_updated",
            Self::PhoneChanged => "phone_changed",
            Self::CustomerLoggedIn => "customer_logged_in",
            Self::CustomerBlocked => "customer_blocked",
            Self::CustomerUnblocked => "customer_unblocked",
            Self::CustomerRegistered => "customer_registered",
            Self::CustomerMerged => "customer_merged",
            Self::ReserveReleased => "reserve_released",
            Self::Reserve => "reserve",
            Self::Adjustment => "adjustment",
            Self::Redemption => "redemption",
            Self::Sale => "sale",
            Self::Return => "return",
            Self::TokenRotated => "token_rotated",
            Self::SecretRotated => "secret_rotated",
            Self::TelegramBotSet => "telegram_bot_set",
            Self::SettingsAdopted => "settings_adopted",
            Self::InventorySynced => "inventory_synced",
            Self::StoresListed => "stores_listed",
            Self::PromotionSet => "promotion_set",
            Self::PromotionEnded => "promotion_ended",
            Self::TenantSuspended => "tenant_suspended",
            Self::TenantResumed => "tenant_resumed",
            Self::TenantCreated => "tenant_created",
            Self::WebhookSet => "webhook_set",
            Self::WebhookRemoved => "webhook_removed",
            Self::WebhookPaused => "webhook_paused",
            Self::WebhookReplayed => "webhook_replayed",
            Self::GiftCardExpired => "gift_card_expired",
            Self::GiftCardIssued => "gift_card_issued",
            Self::GiftCardBlocked => "gift_card_blocked",
            Self::GiftCardUnblocked => "gift_card_unblocked",
            Self::GiftCardExpiryMoved => "gift_card_expiry_moved",
            Self::GiftCardVoided => "gift_card_voided",
            Self::CouponIssued => "coupon_issued",
            Self::CouponEnded => "coupon_ended",
            Self::Imported => "imported",
            Self::CustomerForgotten => "customer_forgotten",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether a webhook may be told of it. A note of how far a webhook has got must not make another.
    #[must_use]
    pub const fn is_deliverable(self) -> bool {
        !matches!(self, Self::CourierAdvanced)
    }

    /// What an event of an account makes of its operation.
    #[must_use]
    pub const fn of_account(event: &AccountEvent) -> Self {
        match event {
            AccountEvent::AccountOpened { .. } => Self::CustomerRegistered,
            AccountEvent::PhoneAssigned { .. }
            | AccountEvent::CardAssigned { .. }
            | AccountEvent::ProfileChanged(_)
            | AccountEvent::Person(_)
            | AccountEvent::TelegramLinked(_)
            | AccountEvent::DeviceRegistered(_)
            | AccountEvent::DeviceForgotten { .. }
            | AccountEvent::FlagSet { .. } => Self::CustomerUpdated,
            AccountEvent::TokenIssued { .. } => Self::CustomerLoggedIn,
            AccountEvent::TokenRevoked { .. } => Self::CustomerLoggedOut,
            AccountEvent::Blocked { .. } => Self::CustomerBlocked,
            AccountEvent::Unblocked { .. } => Self::CustomerUnblocked,
            AccountEvent::Credited(_)
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
            | AccountEvent::DebtWrittenOff { .. } => Self::Settlement,
            AccountEvent::BirthdayAwaited(_)
            | AccountEvent::RewardTakenBack(_)
            | AccountEvent::LimitsGivenBack(_)
            | AccountEvent::OverstockNoticed { .. }
            | AccountEvent::PhoneMarked { .. }
            | AccountEvent::GiftForfeited(_) => Self::Settlement,
            AccountEvent::Import(_) => Self::Imported,
            AccountEvent::Forgotten { .. } => Self::CustomerForgotten,
            AccountEvent::PhoneRetired { .. } => Self::PhoneChanged,
            AccountEvent::MergedOut(_) | AccountEvent::MergedIn(_) => Self::CustomerMerged,
            AccountEvent::ExpiryNoticed { .. } => Self::ExpiryNoticed,
            AccountEvent::Tier(event) => match event {
                TierEvent::Changed { .. } | TierEvent::Assigned { .. } => Self::TierChanged,
                TierEvent::Kept { .. } => Self::Settlement,
            },
            AccountEvent::Referral(event) => match event {
                ReferralEvent::CodeAssigned { .. } | ReferralEvent::Told { .. } => Self::Settlement,
                ReferralEvent::Invited { .. }
                | ReferralEvent::Completed { .. }
                | ReferralEvent::Reopened { .. }
                | ReferralEvent::InviteeJoined { .. }
                | ReferralEvent::InviteeCompleted { .. }
                | ReferralEvent::InviteeReopened { .. }
                | ReferralEvent::Undone { .. }
                | ReferralEvent::InviteeUndone { .. } => Self::Referral,
            },
            AccountEvent::Reserved(_) => Self::Reserve,
            AccountEvent::ReserveReleased(release) => match release.why {
                ReleaseReason::Released => Self::ReserveReleased,
                // Of the sale or redemption that spends it, or of what was due.
                ReleaseReason::Committed | ReleaseReason::Rest | ReleaseReason::Lapsed => {
                    Self::Settlement
                }
            },
            AccountEvent::SaleRecorded(_) => Self::Sale,
            AccountEvent::ReturnRecorded(_) => Self::Return,
            AccountEvent::RedemptionRecorded(_) => Self::Redemption,
            AccountEvent::AdjustmentRecorded { .. } => Self::Adjustment,
        }
    }

    /// What an event of a tenant makes of its operation.
    #[must_use]
    pub const fn of_tenant(event: &TenantEvent) -> Self {
        match event {
            TenantEvent::TenantCreated { .. } => Self::TenantCreated,
            TenantEvent::TokenSet { .. } | TenantEvent::PlusKeySet { .. } => Self::TokenRotated,
            TenantEvent::SecretSet { .. } => Self::SecretRotated,
            TenantEvent::TelegramBotSet { .. } => Self::TelegramBotSet,
            TenantEvent::SettingsAdopted { .. } => Self::SettingsAdopted,
            TenantEvent::InventorySynced { .. } => Self::InventorySynced,
            TenantEvent::StoresListed { .. } => Self::StoresListed,
            TenantEvent::PromotionSet { .. } => Self::PromotionSet,
            TenantEvent::PromotionEnded { .. } => Self::PromotionEnded,
            TenantEvent::CourierAdvanced { .. } => Self::CourierAdvanced,
            TenantEvent::Suspended { .. } => Self::TenantSuspended,
            TenantEvent::Resumed { .. } => Self::TenantResumed,
            TenantEvent::Campaign(event) => match event {
                CampaignEvent::Begun { .. } => Self::InventorySynced,
                CampaignEvent::Advanced { .. } | CampaignEvent::Ended { .. } => {
                    Self::CourierAdvanced
                }
            },
            TenantEvent::Webhook(event) => match event {
                WebhookEvent::Set { .. } | WebhookEvent::Subscribed { .. } => Self::WebhookSet,
                WebhookEvent::Removed { .. } => Self::WebhookRemoved,
                WebhookEvent::Advanced { .. } | WebhookEvent::AdvancedSkipping { .. } => {
                    Self::CourierAdvanced
                }
                WebhookEvent::Paused { .. } => Self::WebhookPaused,
                WebhookEvent::Replayed { .. } => Self::WebhookReplayed,
            },
        }
    }

    /// What an event of a gift card or coupon makes of its operation; what a sale or a return does to
    /// them is theirs.
    #[must_use]
    pub const fn of_voucher(event: &VoucherEvent) -> Self {
        match event {
            VoucherEvent::GiftCard(event) => match event {
                GiftCardEvent::Issued { .. } => Self::GiftCardIssued,
                GiftCardEvent::Spent { .. } | GiftCardEvent::Restored { .. } => Self::Settlement,
                GiftCardEvent::Expired { .. } => Self::GiftCardExpired,
                GiftCardEvent::Blocked { .. } => Self::GiftCardBlocked,
                GiftCardEvent::Unblocked { .. } => Self::GiftCardUnblocked,
                GiftCardEvent::ExpiryMoved { .. } => Self::GiftCardExpiryMoved,
                GiftCardEvent::Voided { .. } => Self::GiftCardVoided,
            },
            VoucherEvent::Coupon(event) => match event {
                CouponEvent::Issued { .. } => Self::CouponIssued,
                CouponEvent::Used { .. } | CouponEvent::GivenBack { .. } => Self::Settlement,
                CouponEvent::Ended { .. } => Self::CouponEnded,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::command::Action;
    use crate::ledger::testing::{DAY, Scene, adjust, hold, plain, redeem, sale};

    #[test]
    fn every_kind_is_listed_once_and_found_by_its_name() {
        let mut sorted = FeedKind::ALL;
        sorted.sort_unstable();
        assert_eq!(sorted, FeedKind::ALL, "in the order that decides");
        for kind in FeedKind::ALL {
            assert_eq!(FeedKind::named(kind.name()), Some(kind));
        }
        assert_eq!(FeedKind::named("Sale"), None);
    }

    #[test]
    fn an_operation_is_of_the_kind_that_was_asked_for() {
        let mut scene = Scene::new(plain);
        let kind_of = |scene: &mut Scene, action: Action| {
            let events = scene.perform(action).unwrap();
            events.iter().map(FeedKind::of_account).max()
        };
        let mut check = |wait: bool, action: Action, expected: Option<FeedKind>| {
            if wait {
                scene.wait(DAY);
            }
            assert_eq!(kind_of(&mut scene, action), expected);
        };
        check(false, adjust("100.00"), Some(FeedKind::Adjustment));
        check(false, hold("5.00", DAY), Some(FeedKind::Adjustment));
        // What became due comes first in the events; the kind is still that of the request.
        check(true, sale("100.00").act(), Some(FeedKind::Sale));
        check(true, redeem("10.00", "100.00"), Some(FeedKind::Redemption));
        check(true, Action::Block, Some(FeedKind::CustomerBlocked));
        check(false, Action::Unblock, Some(FeedKind::CustomerUnblocked));
        check(false, Action::Settle, None);
    }
}
