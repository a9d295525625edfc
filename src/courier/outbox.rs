//! Which messages an operation implies: a pure table by event. The journal is the outbox; nothing else
//! is written down about a message.

use crate::courier::sms::Sms;
use crate::courier::sources::AddressedCode;
use crate::journal::{EntityEvents, Numbered};
use crate::ledger::{
    AccountEvent, CourierChannel, Credit, CreditKind, GuardRules, Promotion, Promotions,
    RecordedRedemption, RecordedReturn, RecordedSale, SettingsDraft, Tenant,
};
use crate::values::{Balance, Bonus, CustomerId, Timestamp};

/// Longest body of an offer: more no screen shows.
const OFFER_CHARACTERS_MAX: usize = 200;

/// Something to be said to a customer.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Message {
    Sms(Sms),
    Push(Notice),
}

/// What a customer's devices are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Notice {
    pub(super) customer: CustomerId,
    pub(super) title: String,
    pub(super) body: String,
    /// For the app, not for the eye.
    pub(super) data: Vec<(&'static str, String)>,
}

/// The messages of an operation that leave by `channel`; `codes` are its login codes.
pub(super) fn messages(
    channel: CourierChannel,
    numbered: &Numbered,
    codes: &[AddressedCode],
    tenant: &Tenant,
) -> Vec<Message> {
    let rules = &tenant.settings.at(numbered.operation.at).rules;
    match channel {
        CourierChannel::Sms => {
            let chain = rules.policy.brand.store_name.as_ref().unwrap_or(&tenant.name);
            let text = |code| code_text(code, chain.as_str(), &rules.policy.guard);
            codes.iter().map(|code| Message::Sms(text(code))).collect()
        }
        CourierChannel::Push => {
            notices(numbered, rules, &tenant.promotions).map(Message::Push).collect()
        }
    }
}

/// Where tills ask for codes, customers must know that a cashier may be told.
fn code_text(code: &AddressedCode, chain: &str, guard: &GuardRules) -> Sms {
    let advice = match guard.redeem_confirm_from {
        None => "Do not tell it to anyone.",
        Some(_) => "Tell it to nobody but a cashier, when you pay with bonuses.",
    };
    let text = format!("{} is your code for {chain}. {advice}", code.code);
    Sms { phone: code.phone, text }
}

/// A text for the screens of a customer's devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScreenText {
    pub customer: CustomerId,
    pub title: String,
    pub body: String,
}

/// What an operation has shown on the devices of customers.
#[must_use]
pub fn screen_texts(numbered: &Numbered, tenant: &Tenant) -> Vec<ScreenText> {
    let rules = &tenant.settings.at(numbered.operation.at).rules;
    let shown = notices(numbered, rules, &tenant.promotions);
    shown.map(|Notice { customer, title, body, .. }| ScreenText { customer, title, body }).collect()
}

fn notices(
    numbered: &Numbered,
    rules: &SettingsDraft,
    promotions: &Promotions,
) -> impl Iterator<Item = Notice> {
    numbered.operation.entities.iter().flat_map(|entity| match entity {
        EntityEvents::Tenant(_) | EntityEvents::Login(..) | EntityEvents::Voucher(..) => Vec::new(),
        // What an old system knew is no news.
        EntityEvents::Account(_, events) if events.iter().any(AccountEvent::is_import) => {
            Vec::new()
        }
        EntityEvents::Account(customer, events) => {
            let told =
                events.iter().filter_map(|event| notice(*customer, event, (rules, promotions)));
            told.collect()
        }
    })
}

fn notice(
    customer: CustomerId,
    event: &AccountEvent,
    (rules, promotions): (&SettingsDraft, &Promotions),
) -> Option<Notice> {
    let writer = Writer { customer, unit: rules.bonus_unit.as_str(), rules };
    match event {
        AccountEvent::SaleRecorded(sale) => writer.sale(sale),
        AccountEvent::RedemptionRecorded(redemption) => Some(writer.redemption(redemption)),
        AccountEvent::AdjustmentRecorded { amount, balance_after, .. } => {
            writer.adjustment(*amount, *balance_after)
        }
        AccountEvent::ReturnRecorded(returned) => writer.restored(returned),
        AccountEvent::Credited(credit) => writer.gift(credit),
        AccountEvent::ExpiryNoticed { amount, expires_at, .. } => {
            Some(writer.expiry(*amount, *expires_at))
        }
        AccountEvent::OverstockNoticed { promotion, .. } => {
            promotions.course(*promotion).map(|course| writer.offer(course.latest()))
        }
        // Any other credit or debit is told by the sale, redemption, return or adjustment that it belongs to; the rest
        // is no news, or not for a screen that anyone may see.
        AccountEvent::AccountOpened { .. }
        | AccountEvent::PhoneAssigned { .. }
        | AccountEvent::CardAssigned { .. }
        | AccountEvent::ProfileChanged(_)
        | AccountEvent::Person(_)
        | AccountEvent::TokenIssued { .. }
        | AccountEvent::TokenRevoked { .. }
        | AccountEvent::Blocked { .. }
        | AccountEvent::FlagSet { .. }
        | AccountEvent::Unblocked { .. }
        | AccountEvent::LotActivated { .. }
        | AccountEvent::LotExpired { .. }
        | AccountEvent::Debited(_)
        | AccountEvent::DayCounted(_)
        | AccountEvent::ClawedBack(_)
        | AccountEvent::Restored(_)
        | AccountEvent::Reserved(_)
        | AccountEvent::ReserveReleased(_)
        | AccountEvent::LotKept { .. }
        | AccountEvent::ExpiryReverted(_)
        | AccountEvent::DebtPaid { .. }
        | AccountEvent::DebtDated { .. }
        | AccountEvent::DebtWrittenOff { .. }
        | AccountEvent::TelegramLinked(_)
        | AccountEvent::DeviceRegistered(_)
        | AccountEvent::DeviceForgotten { .. }
        | AccountEvent::Referral(_)
        | AccountEvent::Tier(_)
        | AccountEvent::BirthdayAwaited(_)
        | AccountEvent::RewardTakenBack(_)
        | AccountEvent::LimitsGivenBack(_)
        | AccountEvent::PhoneRetired { .. }
        | AccountEvent::PhoneMarked { .. }
        | AccountEvent::MergedOut(_)
        | AccountEvent::MergedIn(_)
        | AccountEvent::GiftForfeited(_)
        | AccountEvent::Forgotten { .. }
        | AccountEvent::Import(_) => None,
    }
}

/// Writes the notices of one customer.
struct Writer<'a> {
    customer: CustomerId,
    unit: &'a str,
    rules: &'a SettingsDraft,
}

impl Writer<'_> {
    fn sale(&self, sale: &RecordedSale) -> Option<Notice> {
        let unit = self.unit;
        let (earned, paid) = (sale.accrued, sale.redeemed);
        let said = match (earned > Bonus::ZERO, paid > Bonus::ZERO) {
            (true, true) => format!("You paid {paid} {unit} and earned {earned} {unit}."),
            (true, false) => format!("You earned {earned} {unit}."),
            (false, true) => format!("You paid {paid} {unit}."),
            (false, false) => return None,
        };
        let title = if earned > Bonus::ZERO { "Thank you for your purchase" } else { "Payment" };
        let mut notice = self.notice("sale", title, &said, sale.balance_after);
        notice.data.push(("sale_id", sale.id.number().to_string()));
        notice.data.push(("accrued", earned.to_string()));
        notice.data.push(("redeemed", paid.to_string()));
        Some(notice)
    }

    fn redemption(&self, redemption: &RecordedRedemption) -> Notice {
        let said = format!("You paid {} {}.", redemption.amount, self.unit);
        let mut notice = self.notice("redemption", "Payment", &said, redemption.balance_after);
        notice.data.push(("sale_id", redemption.id.number().to_string()));
        notice.data.push(("redeemed", redemption.amount.to_string()));
        notice
    }

    /// What is taken back is told at the till; what comes back is good news.
    fn restored(&self, returned: &RecordedReturn) -> Option<Notice> {
        if returned.restored.is_zero() {
            return None;
        }
        let said = format!("You got back {} {}.", returned.restored, self.unit);
        let mut notice = self.notice("return", "Your return", &said, returned.balance_after);
        notice.data.push(("sale_id", returned.id.number().to_string()));
        notice.data.push(("restored", returned.restored.to_string()));
        Some(notice)
    }

    /// What an operator took away is not announced: it is explained in person.
    fn adjustment(&self, amount: Balance, balance_after: Balance) -> Option<Notice> {
        if amount <= Balance::ZERO {
            return None;
        }
        let said = format!("You were given {amount} {}.", self.unit);
        let mut notice = self.notice("adjustment", "A gift for you", &said, balance_after);
        notice.data.push(("amount", amount.to_string()));
        Some(notice)
    }

    /// What nobody asked for at a till: a birthday, a friend.
    fn gift(&self, credit: &Credit) -> Option<Notice> {
        let (kind, title, why) = match credit.kind {
            CreditKind::Birthday => ("birthday", "Happy birthday", "for your birthday"),
            CreditKind::ReferralInviter => {
                ("referral_inviter", "Thank you for your friend", "for your friend's purchase")
            }
            CreditKind::ReferralInvitee => {
                ("referral_invitee", "Welcome", "for coming by a friend")
            }
            CreditKind::Accrual | CreditKind::Welcome | CreditKind::Adjust | CreditKind::Import => {
                return None;
            }
        };
        let (amount, unit) = (credit.amount, self.unit);
        let from = if credit.held {
            format!(", to be spent from {}", self.day_of(credit.activates_at))
        } else {
            String::new()
        };
        let body = format!("You were given {amount} {unit} {why}{from}.");
        let data = vec![("kind", kind.to_owned()), ("amount", amount.to_string())];
        Some(Notice { customer: self.customer, title: title.to_owned(), body, data })
    }

    fn expiry(&self, amount: Bonus, expires_at: Timestamp) -> Notice {
        let last_day = self.day_of(expires_at.plus_millis(-1));
        Notice {
            customer: self.customer,
            title: "Your bonuses expire soon".to_owned(),
            body: format!("{amount} {} can be spent until {last_day}.", self.unit),
            data: vec![
                ("kind", "expiry".to_owned()),
                ("amount", amount.to_string()),
                ("last_day", last_day),
            ],
        }
    }

    /// Goods that are to be sold off, to who buys such.
    fn offer(&self, promotion: &Promotion) -> Notice {
        let terms = &promotion.terms;
        let words = terms.description.as_ref().map_or(terms.name.as_str(), |text| text.as_str());
        Notice {
            customer: self.customer,
            title: terms.name.as_str().to_owned(),
            body: words.chars().take(OFFER_CHARACTERS_MAX).collect(),
            data: vec![
                ("kind", "promotion".to_owned()),
                ("promotion_id", promotion.id.number().to_string()),
            ],
        }
    }

    /// The local day of an instant.
    fn day_of(&self, at: Timestamp) -> String {
        at.to_utc().with_timezone(&self.rules.time_zone).date_naive().to_string()
    }

    fn notice(&self, kind: &str, title: &str, said: &str, balance: Balance) -> Notice {
        Notice {
            customer: self.customer,
            title: title.to_owned(),
            body: format!("{said} Balance: {balance} {}.", self.unit),
            data: vec![("kind", kind.to_owned()), ("balance_after", balance.to_string())],
        }
    }
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sms(_) => "Sms(..)",
            Self::Push(_) => "Push(..)",
        })
    }
}
