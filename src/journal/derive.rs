//! What one operation adds to the tables besides an account's state. The live engine and the fold ask
//! the same function, so tables and memory agree by construction.

use crate::journal::keys::{self, LookUpKey};
use crate::journal::operation::{EntityEvents, Operation, OperationRef};
use crate::ledger::{
    Account, AccountEvent, CardNumber, ImportEvent, MergedIn, MergedOut, PhoneMark,
    RecordedRedemption, RecordedReserve, RecordedReturn, RecordedSale, ReferralEvent, RetailItem,
    SaleKind, SaleRow, Trailed, trail_of,
};
use crate::values::{
    Bonus, CustomerId, EventNumber, Money, Phone, SaleId, TelegramId, TenantId, Timestamp,
};

/// What an operation adds to the tables on behalf of one of its accounts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Derived {
    /// Where the operation begins.
    pub first_event: EventNumber,
    pub sales: Vec<SaleRow>,
    /// External ids and the mark, by look-up key.
    pub operations: Vec<(LookUpKey, OperationRef)>,
    /// Identifiers in the order of the events; `None`: no longer leads anywhere.
    pub identifiers: Vec<(LookUpKey, Option<CustomerId>)>,
    /// Steps of the trails of sales.
    pub trails: Vec<Trailed>,
}

impl Derived {
    /// Says where the operation begins, once that is known.
    pub fn place(&mut self, first_event: EventNumber) {
        self.first_event = first_event;
        for sale in &mut self.sales {
            sale.event = first_event;
        }
        for trailed in &mut self.trails {
            trailed.event = first_event;
        }
        for (_, reference) in &mut self.operations {
            let (OperationRef::Sale { event, .. }
            | OperationRef::Redemption { event, .. }
            | OperationRef::Marked { event, .. }
            | OperationRef::Return { event, .. }
            | OperationRef::Reserve { event, .. }
            | OperationRef::PhoneMark { event, .. }
            | OperationRef::Item { event, .. }
            | OperationRef::MarkedAlone { event, .. }) = reference;
            *event = first_event;
        }
    }
}

/// What `operation` adds to the tables on behalf of `customer`, whose account was `before` it
/// (`None`: it opens it). The mark of an operation belongs to its first account.
#[must_use]
pub fn derive(
    operation: &Operation,
    customer: CustomerId,
    before: Option<&Account>,
    first_event: EventNumber,
) -> Derived {
    let mut sieve = Sieve {
        tenant: operation.tenant,
        customer,
        first_event,
        phone: before.and_then(|account| account.phone),
        card: before.and_then(|account| account.card.as_ref()),
        telegram: before.and_then(|account| account.telegram.as_ref()).map(|user| user.id),
        before,
        derived: Derived { first_event, ..Derived::default() },
    };
    let mut marked = operation.mark;
    for entity in &operation.entities {
        let EntityEvents::Account(owner, events) = entity else { continue };
        let mark = marked.take();
        if *owner != customer {
            continue;
        }
        for event in events {
            sieve.take(event);
        }
        let mut trails = trail_of(before, customer, events, first_event);
        if sieve.derived.trails.is_empty() {
            sieve.derived.trails = trails;
        } else {
            sieve.derived.trails.append(&mut trails);
        }
        if let Some(mark) = mark {
            let reference =
                OperationRef::Marked { customer, event: first_event, meaning: mark.meaning };
            sieve.take_operation(mark.key, reference);
        }
    }
    sieve.derived
}

/// The keys that lead to another account once this one was merged into it, by events of that one.
pub fn handed_over(tenant: TenantId, before: &Account, at: Timestamp) -> Vec<LookUpKey> {
    let reserves = before.reserves.iter().map(|one| keys::reserve_key(tenant, &one.id));
    let kept = before.former_phones.iter().filter(|former| former.until > at);
    let phones = kept.map(|former| keys::former_phone_key(tenant, former.phone));
    let absorbed = before.absorbed.iter().map(|id| keys::merged_key(tenant, *id));
    reserves.chain(phones).chain(absorbed).collect()
}

/// Most operations add one of a kind, and an account keeps it as it is until the tables have it: so there
/// is no room to spare for a second one.
fn push<T>(list: &mut Vec<T>, entry: T) {
    if list.is_empty() {
        list.reserve_exact(1);
    }
    list.push(entry);
}

/// Goes through the events of one account.
struct Sieve<'a> {
    tenant: TenantId,
    customer: CustomerId,
    first_event: EventNumber,
    phone: Option<Phone>,
    card: Option<&'a CardNumber>,
    telegram: Option<TelegramId>,
    before: Option<&'a Account>,
    derived: Derived,
}

impl<'a> Sieve<'a> {
    #[expect(clippy::too_many_lines, reason = "a table with a row for each of a closed list")]
    fn take(&mut self, event: &'a AccountEvent) {
        match event {
            AccountEvent::SaleRecorded(sale) => self.sale(sale),
            AccountEvent::RedemptionRecorded(redemption) => self.redemption(redemption),
            AccountEvent::ReturnRecorded(returned) => self.returned(returned),
            AccountEvent::PhoneAssigned { phone } => {
                let before = self.phone.replace(*phone);
                let key = |phone| keys::phone_key(self.tenant, phone);
                let (before, after) = (before.map(key), key(*phone));
                self.move_identifier(before, Some(after));
            }
            AccountEvent::CardAssigned { card } => {
                let before = std::mem::replace(&mut self.card, card.as_ref());
                let key = |card| keys::card_key(self.tenant, card);
                let (before, after) = (before.map(key), card.as_ref().map(key));
                self.move_identifier(before, after);
            }
            AccountEvent::TokenIssued { token, .. } => {
                self.move_identifier(None, Some(keys::token_key(self.tenant, *token)));
            }
            AccountEvent::TokenRevoked { token, .. } => {
                self.move_identifier(Some(keys::token_key(self.tenant, *token)), None);
            }
            AccountEvent::TelegramLinked(user) => {
                let before = self.telegram.replace(user.id);
                let key = |user| keys::telegram_key(self.tenant, user);
                let (before, after) = (before.map(key), key(user.id));
                self.move_identifier(before, Some(after));
            }
            AccountEvent::DeviceRegistered(device) => {
                self.move_identifier(None, Some(keys::device_key(self.tenant, &device.token)));
            }
            AccountEvent::DeviceForgotten { token } => {
                self.move_identifier(Some(keys::device_key(self.tenant, token)), None);
            }
            AccountEvent::PhoneRetired { phone, .. } => self.retire_phone(*phone),
            AccountEvent::PhoneMarked { mark } => self.mark_phone(*mark),
            AccountEvent::MergedIn(merged) => self.take_over(merged),
            AccountEvent::MergedOut(out) => self.hand_over(out),
            AccountEvent::Forgotten { at, .. } => self.forget(*at),
            AccountEvent::AccountOpened { .. }
            | AccountEvent::GiftForfeited(_)
            | AccountEvent::ProfileChanged(_)
            | AccountEvent::Person(_)
            | AccountEvent::Blocked { .. }
            | AccountEvent::FlagSet { .. }
            | AccountEvent::Unblocked { .. }
            | AccountEvent::Credited(_)
            | AccountEvent::LotActivated { .. }
            | AccountEvent::LotExpired { .. }
            | AccountEvent::Debited(_)
            | AccountEvent::AdjustmentRecorded { .. }
            | AccountEvent::DayCounted(_)
            | AccountEvent::ClawedBack(_)
            | AccountEvent::Restored(_)
            | AccountEvent::LotKept { .. }
            | AccountEvent::ExpiryReverted(_)
            | AccountEvent::DebtPaid { .. }
            | AccountEvent::DebtDated { .. }
            | AccountEvent::DebtWrittenOff { .. }
            | AccountEvent::Tier(_)
            | AccountEvent::BirthdayAwaited(_)
            | AccountEvent::ExpiryNoticed { .. }
            | AccountEvent::RewardTakenBack(_)
            | AccountEvent::LimitsGivenBack(_)
            | AccountEvent::OverstockNoticed { .. } => {}
            AccountEvent::Referral(event) => self.referral(event),
            AccountEvent::Import(event) => self.import(event),
            AccountEvent::Reserved(recorded) => self.reserve(recorded),
            AccountEvent::ReserveReleased(release) => {
                let key = keys::reserve_key(self.tenant, &release.reserve);
                self.move_identifier(release.closed().then_some(key), None);
            }
        }
    }

    /// It leads here as a former phone before it leads here no more as the customer's own.
    fn retire_phone(&mut self, phone: Phone) {
        self.move_identifier(None, Some(keys::former_phone_key(self.tenant, phone)));
        let own = self.phone.take_if(|own| *own == phone);
        self.move_identifier(own.map(|own| keys::phone_key(self.tenant, own)), None);
    }

    /// What leads to whoever takes everything over no longer leads here.
    fn hand_over(&mut self, out: &MergedOut) {
        let Some(before) = self.before else { return };
        for key in handed_over(self.tenant, before, out.at) {
            self.move_identifier(Some(key), None);
        }
    }

    /// Nothing that named the customer leads here any more. Of the phones before, those that had become free
    /// may be somebody else's by now.
    fn forget(&mut self, at: Timestamp) {
        let tenant = self.tenant;
        let phone = self.phone.take().map(|phone| keys::phone_key(tenant, phone));
        let card = self.card.take().map(|card| keys::card_key(tenant, card));
        let telegram = self.telegram.take().map(|user| keys::telegram_key(tenant, user));
        let mut freed: Vec<LookUpKey> = [phone, card, telegram].into_iter().flatten().collect();
        if let Some(before) = self.before {
            let code = before.referral.code.map(|code| keys::referral_key(tenant, code));
            let tokens = before.tokens.iter().map(|token| keys::token_key(tenant, token.id));
            let devices = before.devices.iter().map(|it| keys::device_key(tenant, &it.token));
            let kept = before.former_phones.iter().filter(|former| former.until > at);
            let former = kept.map(|former| keys::former_phone_key(tenant, former.phone));
            freed.extend(tokens.chain(devices).chain(former).chain(code));
        }
        for key in freed {
            self.move_identifier(Some(key), None);
        }
    }

    fn mark_phone(&mut self, mark: PhoneMark) {
        let (customer, event) = (self.customer, self.first_event);
        self.take_operation(mark, OperationRef::PhoneMark { customer, event });
    }

    /// The numbers of those that were merged, and the names of their reserves, lead here.
    fn take_over(&mut self, merged: &MergedIn) {
        for customer in merged.estate.absorbed.iter().chain([&merged.from]) {
            self.move_identifier(None, Some(keys::merged_key(self.tenant, *customer)));
        }
        for reserve in &merged.estate.reserves {
            self.move_identifier(None, Some(keys::reserve_key(self.tenant, &reserve.id)));
        }
    }

    /// The name of a reserve leads to its customer as long as it is open.
    fn reserve(&mut self, recorded: &RecordedReserve) {
        if recorded.opened() {
            let key = keys::reserve_key(self.tenant, &recorded.reserve);
            self.move_identifier(None, Some(key));
        }
        if let Some(id) = &recorded.external_id {
            let key = keys::external_reserve_key(self.tenant, id);
            let reference =
                OperationRef::Reserve { customer: self.customer, event: self.first_event };
            self.take_operation(key, reference);
        }
    }

    fn referral(&mut self, event: &ReferralEvent) {
        match event {
            ReferralEvent::CodeAssigned { code } => {
                self.move_identifier(None, Some(keys::referral_key(self.tenant, *code)));
            }
            ReferralEvent::Invited { .. }
            | ReferralEvent::Completed { .. }
            | ReferralEvent::Reopened { .. }
            | ReferralEvent::Told { .. }
            | ReferralEvent::InviteeJoined { .. }
            | ReferralEvent::InviteeCompleted { .. }
            | ReferralEvent::InviteeReopened { .. }
            | ReferralEvent::Undone { .. }
            | ReferralEvent::InviteeUndone { .. } => {}
        }
    }

    /// A row leads to its customer until its batch is taken back. Of a customer who was merged into another
    /// since, it stays: it is not the other's to free.
    fn import(&mut self, event: &ImportEvent) {
        match event {
            ImportEvent::CustomerTaken { row, .. } => self.move_identifier(None, Some(*row)),
            ImportEvent::CustomerReversed { row, .. } => {
                if self.before.is_some_and(|account| account.imported.contains(row)) {
                    self.move_identifier(Some(*row), None);
                }
            }
            ImportEvent::SaleTaken { .. } => {}
        }
    }

    fn sale(&mut self, sale: &RecordedSale) {
        self.take_sale(SaleRow {
            id: sale.id,
            kind: SaleKind::Purchase,
            event: self.first_event,
            at: sale.at,
            total: sale.total,
            accrued: sale.accrued,
            redeemed: sale.redeemed,
            unspent_at: None,
        });
        if let Some(id) = &sale.external_id {
            let store = sale.point_of_sale.store.as_ref();
            let key = keys::sale_key(self.tenant, sale.dialect(), sale.external_scope, store, id);
            let reference = OperationRef::Sale {
                customer: self.customer,
                sale: sale.id,
                event: self.first_event,
                meaning: sale.retail.as_ref().map(|retail| retail.meaning),
            };
            self.take_operation(key, reference);
        }
        let items = sale.retail.iter().flat_map(|retail| &retail.items);
        for (line, item) in (0_u16..).zip(items) {
            self.item(sale.id, line, item);
        }
    }

    fn item(&mut self, sale: SaleId, line: u16, item: &RetailItem) {
        let ext = item.ext.as_ref();
        let Some(key) = ext.and_then(|ext| keys::item_key(self.tenant, ext, item.ext_use)) else {
            return;
        };
        let (customer, event) = (self.customer, self.first_event);
        self.take_operation(key, OperationRef::Item { customer, sale, line, event });
    }

    fn redemption(&mut self, redemption: &RecordedRedemption) {
        self.take_sale(SaleRow {
            id: redemption.id,
            kind: SaleKind::Redemption,
            event: self.first_event,
            at: redemption.at,
            total: Money::ZERO,
            accrued: Bonus::ZERO,
            redeemed: redemption.amount,
            unspent_at: None,
        });
        if let Some(id) = &redemption.external_id {
            let key = keys::external_key(self.tenant, SaleKind::Redemption, id);
            let reference = OperationRef::Redemption {
                customer: self.customer,
                sale: redemption.id,
                event: self.first_event,
                amount: redemption.amount,
                order_total: redemption.order_total,
            };
            self.take_operation(key, reference);
        }
    }

    fn returned(&mut self, returned: &RecordedReturn) {
        self.take_sale(SaleRow {
            id: returned.id,
            kind: SaleKind::Return,
            event: self.first_event,
            at: returned.at,
            total: returned.money,
            accrued: returned.accrual,
            redeemed: returned.restored,
            unspent_at: returned.drops_tier.then_some(returned.sold_at),
        });
        if let Some(id) = &returned.external_id {
            let key = keys::external_key(self.tenant, SaleKind::Return, id);
            let reference = OperationRef::Return {
                customer: self.customer,
                sale: returned.id,
                event: self.first_event,
            };
            self.take_operation(key, reference);
        }
    }

    fn take_sale(&mut self, row: SaleRow) {
        push(&mut self.derived.sales, row);
    }

    fn take_operation(&mut self, key: LookUpKey, reference: OperationRef) {
        push(&mut self.derived.operations, (key, reference));
    }

    fn move_identifier(&mut self, before: Option<LookUpKey>, after: Option<LookUpKey>) {
        let freed = before.filter(|key| Some(*key) != after).map(|key| (key, None));
        let taken = after.map(|key| (key, Some(self.customer)));
        self.derived.identifiers.extend(freed.into_iter().chain(taken));
    }
}
