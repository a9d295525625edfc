//! Which messages an operation implies: a pure table by event. The journal is the outbox; nothing else
//! is written down about a message.

use crate::courier::sms::Sms;
use crate::courier::sources::AddressedCode;
use crate::journal::{EntityEvents, Numbered};
use crate::ledger::{
    AccountEvent, CourierChannel, RecordedRedemption, RecordedSale, SettingsDraft, Tenant,
};
use crate::values::{Balance, Bonus, CustomerId};

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
            codes.iter().map(|code| Message::Sms(login_code(code, chain.as_str()))).collect()
        }
        CourierChannel::Push => notices(numbered, rules).map(Message::Push).collect(),
    }
}

fn login_code(code: &AddressedCode, chain: &str) -> Sms {
    let text = format!("{} is your code for {chain}. Do not tell it to anyone.", code.code);
    Sms { phone: code.phone, text }
}

fn notices(numbered: &Numbered, rules: &SettingsDraft) -> impl Iterator<Item = Notice> {
    numbered.operation.entities.iter().flat_map(|entity| match entity {
        EntityEvents::Tenant(_) | EntityEvents::Login(..) => Vec::new(),
        EntityEvents::Account(customer, events) => {
            let told = events.iter().filter_map(|event| notice(*customer, event, rules));
            told.collect()
        }
    })
}

fn notice(customer: CustomerId, event: &AccountEvent, rules: &SettingsDraft) -> Option<Notice> {
    let writer = Writer { customer, unit: rules.bonus_unit.as_str() };
    match event {
        AccountEvent::SaleRecorded(sale) => writer.sale(sale),
        AccountEvent::RedemptionRecorded(redemption) => Some(writer.redemption(redemption)),
        AccountEvent::AdjustmentRecorded { amount, balance_after, .. } => {
            writer.adjustment(*amount, *balance_after)
        }
        // A credit or debit is told by the sale, redemption or adjustment that it belongs to; the rest
        // is no news, or not for a screen that anyone may see.
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
        | AccountEvent::Debited(_)
        | AccountEvent::DayCounted(_)
        | AccountEvent::TelegramLinked(_)
        | AccountEvent::DeviceRegistered(_)
        | AccountEvent::DeviceForgotten { .. } => None,
    }
}

/// Writes the notices of one customer.
struct Writer<'a> {
    customer: CustomerId,
    unit: &'a str,
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
