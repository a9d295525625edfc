//! One operation on a customer's account, as the export tells: what it was, what it wrote into the history
//! and why, what was bought, what was written down about the customer, and what they were shown.

use super::person::DetailsShape;
use crate::api::bonex::{LineFigures, PurchaseShape, Rendering, TransactionShape};
use crate::courier::{FeedEntry, screen_texts};
use crate::engine::Chapter;
use crate::journal::{EntityEvents, Numbered};
use crate::ledger::{
    AccountEvent, AccountFlag, CourierChannel, ImportEvent, PersonEvent, Profile, ReferralEvent,
    SaleRecord, SettingsDraft, Tenant,
};
use crate::values::CustomerId;
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct OperationShape<'a> {
    event: u64,
    /// The version of the settings it was decided by.
    settings_version: u32,
    #[serde(flatten)]
    entry: FeedEntry<'a>,
    rows: Vec<TransactionShape<'a>>,
    sales: Vec<SaleShape<'a>>,
    noted: Vec<NotedShape<'a>>,
    messages: Vec<MessageShape>,
}

/// A sale, a redemption or a return, and how the bonuses of its lines came about.
#[derive(Serialize)]
struct SaleShape<'a> {
    record: PurchaseShape<'a>,
    figures: Vec<LineFigures>,
    unlisted: Option<LineFigures>,
}

/// Something that was written down about the customer; null: it was taken away.
#[derive(Serialize)]
struct NotedShape<'a> {
    what: &'static str,
    value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<DetailsShape<'a>>,
}

/// What the customer's devices were shown, or will be.
#[derive(Serialize)]
struct MessageShape {
    channel: &'static str,
    title: String,
    body: String,
    /// Not sent yet.
    waiting: bool,
}

/// An operation with the parts of it that are told.
pub(super) struct Told<'a> {
    chapter: &'a Chapter,
    accounts: &'a [CustomerId],
    records: Vec<SaleRecord>,
}

impl<'a> Told<'a> {
    pub(super) fn new(chapter: &'a Chapter, accounts: &'a [CustomerId]) -> Self {
        let own = events_of(&chapter.numbered, accounts);
        let records = own.filter_map(SaleRecord::of).collect();
        Self { chapter, accounts, records }
    }

    pub(super) fn shape(
        &'a self,
        tenant: &'a Tenant,
        rules: &'a SettingsDraft,
    ) -> OperationShape<'a> {
        let Chapter { numbered, rows } = self.chapter;
        let rendering = Rendering::new(rules);
        let sale = |record: &'a SaleRecord| SaleShape {
            record: rendering.purchase(record, &tenant.stores),
            figures: match record {
                SaleRecord::Purchase(sale) => LineFigures::of_lines(sale).collect(),
                SaleRecord::Redemption(_) | SaleRecord::Return(_) => Vec::new(),
            },
            unlisted: match record {
                SaleRecord::Purchase(sale) => LineFigures::of_unlisted(sale),
                SaleRecord::Redemption(_) | SaleRecord::Return(_) => None,
            },
        };
        OperationShape {
            event: numbered.first_event.number(),
            settings_version: numbered.operation.rule_version.number(),
            entry: FeedEntry::of_accounts(numbered, self.accounts),
            rows: rows.iter().map(|row| rendering.transaction(row)).collect(),
            sales: self.records.iter().map(sale).collect(),
            noted: events_of(numbered, self.accounts)
                .flat_map(|event| noted(event, rules))
                .collect(),
            messages: self.messages(tenant),
        }
    }

    fn messages(&self, tenant: &Tenant) -> Vec<MessageShape> {
        let numbered = &self.chapter.numbered;
        let sent_through = tenant.couriers.through(CourierChannel::Push);
        let waiting = numbered.tenant_number > sent_through;
        let texts = screen_texts(numbered, tenant).into_iter();
        let own = texts.filter(|text| self.accounts.contains(&text.customer));
        own.map(|text| MessageShape {
            channel: "push",
            title: text.title,
            body: text.body,
            waiting,
        })
        .collect()
    }
}

fn events_of<'a>(
    numbered: &'a Numbered,
    accounts: &'a [CustomerId],
) -> impl Iterator<Item = &'a AccountEvent> {
    numbered.operation.entities.iter().flat_map(|entity| match entity {
        EntityEvents::Account(customer, events) if accounts.contains(customer) => events.as_slice(),
        EntityEvents::Account(..)
        | EntityEvents::Tenant(_)
        | EntityEvents::Login(..)
        | EntityEvents::Voucher(..) => &[],
    })
}

fn note(what: &'static str, value: Option<String>) -> NotedShape<'static> {
    NotedShape { what, value, details: None }
}

/// What an event wrote down that is no figure; figures are told beside it.
fn noted<'a>(event: &'a AccountEvent, rules: &SettingsDraft) -> Vec<NotedShape<'a>> {
    let one = |what, value: String| vec![note(what, Some(value))];
    match event {
        AccountEvent::PhoneAssigned { phone } => one("phone", phone.to_string()),
        AccountEvent::PhoneRetired { phone, .. } => one("former_phone", phone.to_string()),
        AccountEvent::CardAssigned { card } => {
            vec![note("card", card.as_ref().map(ToString::to_string))]
        }
        AccountEvent::ProfileChanged(profile) => of_profile(profile),
        AccountEvent::Person(event) => vec![of_person(event, rules)],
        AccountEvent::TokenIssued { token, .. } => one("login", token.to_string()),
        AccountEvent::TokenRevoked { token, .. } => one("logout", token.to_string()),
        AccountEvent::TelegramLinked(user) => {
            let name = user.username.as_ref().map(ToString::to_string);
            vec![note("telegram_id", Some(user.id.to_string())), note("telegram_username", name)]
        }
        AccountEvent::DeviceRegistered(device) => one("device", device.token.to_string()),
        AccountEvent::DeviceForgotten { token } => one("device_removed", token.to_string()),
        AccountEvent::BirthdayAwaited(birthday) => {
            vec![note("birthday", birthday.map(|birthday| birthday.date.to_string()))]
        }
        AccountEvent::FlagSet { flag, on, .. } => one(flag_name(*flag), on.to_string()),
        AccountEvent::Referral(ReferralEvent::CodeAssigned { code }) => {
            one("referral_code", code.as_str().to_owned())
        }
        AccountEvent::Import(ImportEvent::CustomerTaken { .. }) => vec![note("imported", None)],
        AccountEvent::AccountOpened { .. }
        | AccountEvent::Blocked { .. }
        | AccountEvent::Unblocked { .. }
        | AccountEvent::Credited(_)
        | AccountEvent::LotActivated { .. }
        | AccountEvent::LotExpired { .. }
        | AccountEvent::Debited(_)
        | AccountEvent::SaleRecorded(_)
        | AccountEvent::RedemptionRecorded(_)
        | AccountEvent::AdjustmentRecorded { .. }
        | AccountEvent::DayCounted(_)
        | AccountEvent::ClawedBack(_)
        | AccountEvent::Restored(_)
        | AccountEvent::ReturnRecorded(_)
        | AccountEvent::Reserved(_)
        | AccountEvent::ReserveReleased(_)
        | AccountEvent::LotKept { .. }
        | AccountEvent::ExpiryReverted(_)
        | AccountEvent::DebtPaid { .. }
        | AccountEvent::DebtDated { .. }
        | AccountEvent::DebtWrittenOff { .. }
        | AccountEvent::Referral(_)
        | AccountEvent::Tier(_)
        | AccountEvent::ExpiryNoticed { .. }
        | AccountEvent::RewardTakenBack(_)
        | AccountEvent::LimitsGivenBack(_)
        | AccountEvent::OverstockNoticed { .. }
        | AccountEvent::PhoneMarked { .. }
        | AccountEvent::MergedOut(_)
        | AccountEvent::MergedIn(_)
        | AccountEvent::GiftForfeited(_)
        | AccountEvent::Import(_)
        | AccountEvent::Forgotten { .. } => Vec::new(),
    }
}

const fn flag_name(flag: AccountFlag) -> &'static str {
    match flag {
        AccountFlag::Staff => "staff",
        AccountFlag::DebitDenied => "debit_denied",
    }
}

fn of_profile(profile: &Profile) -> Vec<NotedShape<'static>> {
    vec![
        note("full_name", profile.full_name.as_ref().map(ToString::to_string)),
        note("birth_date", profile.birth_date.map(|date| date.to_string())),
        note("gender", profile.gender.as_ref().map(ToString::to_string)),
    ]
}

fn of_person<'a>(event: &'a PersonEvent, rules: &SettingsDraft) -> NotedShape<'a> {
    match event {
        PersonEvent::Changed(person) => NotedShape {
            what: "details",
            value: None,
            details: Some(DetailsShape::of(person, rules)),
        },
        PersonEvent::PhoneConfirmed { .. } => note("phone_confirmed", None),
        PersonEvent::Archived { .. } => note("archived", None),
        PersonEvent::Revived { .. } => note("revived", None),
        PersonEvent::Unreadable => note("unreadable", None),
    }
}
