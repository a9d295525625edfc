//! How an account lies in the tables: plain figures in our own types, never the ledger's.

use crate::journal::codec::{CodecError, Decode, Encode, decode_front};
use crate::journal::error::JournalError;
use crate::journal::record::fields::{all, balance, bonus, instant, money, optional, text};
use crate::journal::record::{Envelope, StoredLotOrigin, StoredPool, StoredSlice};
use crate::journal::tables::program_record::ProgramRecord;
use crate::journal::tables::tallies_record::TalliesRecord;
use crate::journal::vault::{Holder, Place, Sealing};
use crate::ledger::{
    Account, Clawed, ExpiredSlice, FormerPhone, Gifts, Kept, Lot, Membership, Referral, Reserve,
    Slice, Standing, Token, Turnover,
};
use crate::values::{CustomerId, EventNumber, LotId, SaleId, TenantId, Timestamp, TokenId};

/// An account at an event; of its lots the first ones, the others lie in pieces beside it.
#[derive(Debug, Encode, Decode)]
pub(super) struct AccountRecord {
    pub(super) as_of: u64,
    /// Whether they are no customer of their own any more: merged into another one, or forgotten. In front,
    /// so that customers are counted without decoding the rest.
    gone: bool,
    opened_at: i64,
    /// Phone, card, profile, birthday, Telegram user, person and devices, each as the event that brought it.
    personal: Vec<Envelope>,
    blocked: bool,
    tokens: Vec<(u64, [u8; 32])>,
    debt: u64,
    total_spent: u64,
    purchases: u64,
    last_visit_at: Option<i64>,
    history_balance: i64,
    rows: u64,
    last_row_at: i64,
    sale_records: u64,
    tallies: TalliesRecord,
    program: ProgramRecord,
    pub(super) lots: Vec<LotRecord>,
    /// How many pieces with further lots there are.
    pub(super) lot_pieces: u32,
    kept_for_tier: u64,
    last_return_at: Option<i64>,
    clawed: Vec<ClawedRecord>,
    reserves: Vec<ReserveRecord>,
    expired: Vec<ExpiredRecord>,
    debt_write_off_at: Option<i64>,
    staff: bool,
    debit_denied: bool,
    imported: Vec<[u8; 16]>,
    forgotten_at: Option<i64>,
}

#[derive(Debug, Encode, Decode)]
struct ClawedRecord {
    sale: u64,
    let_go: u64,
    slices: Vec<StoredSlice>,
}

#[derive(Debug, Encode, Decode)]
struct ReserveRecord {
    id: String,
    amount: u64,
    deadline: i64,
}

/// A slice that expired lately.
#[derive(Debug, Encode, Decode)]
struct ExpiredRecord {
    lot: LotRecord,
    at: i64,
}

#[derive(Debug, Encode, Decode)]
enum KeptRecord {
    Covered,
    Until(i64),
}

#[derive(Debug, Encode, Decode)]
pub(super) struct LotRecord {
    id: u64,
    origin: StoredLotOrigin,
    pool: StoredPool,
    amount: u64,
    remaining: u64,
    active: bool,
    activates_at: i64,
    expires_at: Option<i64>,
    graced: bool,
    kept: Option<KeptRecord>,
}

impl AccountRecord {
    /// The account without its lots.
    pub(super) fn of(account: &Account, as_of: EventNumber) -> Self {
        Self {
            as_of: as_of.number(),
            gone: account.merged_into.is_some() || account.is_forgotten(),
            opened_at: account.opened_at.millis(),
            personal: personal(account),
            blocked: account.blocked,
            tokens: account.tokens.iter().map(|token| (token.id.number(), token.hash)).collect(),
            debt: account.debt.cents(),
            total_spent: account.total_spent.cents(),
            purchases: account.purchases,
            last_visit_at: account.last_visit_at.map(Timestamp::millis),
            history_balance: account.history_balance.cents(),
            rows: account.rows,
            last_row_at: account.last_row_at.millis(),
            sale_records: account.sale_records,
            tallies: TalliesRecord::of(&account.tallies),
            program: ProgramRecord::of(account),
            lots: Vec::new(),
            lot_pieces: 0,
            kept_for_tier: account.kept_for_tier.cents(),
            last_return_at: account.last_return_at.map(Timestamp::millis),
            clawed: account.clawed.iter().map(ClawedRecord::of).collect(),
            reserves: account.reserves.iter().map(ReserveRecord::of).collect(),
            expired: account.expired.iter().map(ExpiredRecord::of).collect(),
            debt_write_off_at: account.debt_write_off_at.map(Timestamp::millis),
            staff: account.staff,
            debit_denied: account.debit_denied,
            imported: account.imported.clone(),
            forgotten_at: account.forgotten_at.map(Timestamp::millis),
        }
    }

    /// Whether the customer whose record these bytes are is no customer of their own any more.
    pub(super) fn is_gone(bytes: &[u8]) -> Result<bool, CodecError> {
        let ((_, gone), _): ((u64, bool), usize) = decode_front(bytes)?;
        Ok(gone)
    }

    /// Seals what is personal of it, all as one.
    pub(super) fn seal(
        &mut self,
        sealing: &Sealing,
        tenant: TenantId,
        id: CustomerId,
    ) -> Result<(), JournalError> {
        let place = self.place(tenant, id);
        Envelope::seal_together(&mut self.personal, sealing, &place)
    }

    /// Unseals it; of a customer whose key was destroyed, nothing personal is left.
    pub(super) fn unseal(
        &mut self,
        sealing: &Sealing,
        tenant: TenantId,
        id: CustomerId,
    ) -> Result<(), CodecError> {
        let place = self.place(tenant, id);
        Envelope::unseal_together(&mut self.personal, sealing, &place)
    }

    const fn place(&self, tenant: TenantId, id: CustomerId) -> Place {
        Place::in_table(Holder::Customer(tenant, id), EventNumber(self.as_of))
    }

    pub(super) fn restore(self, id: CustomerId) -> Result<Account, CodecError> {
        let token = |(id, hash)| Token { id: TokenId(id), hash };
        let mut account = Account {
            id,
            opened_at: instant(self.opened_at)?,
            phone: None,
            card: None,
            profile: None,
            blocked: self.blocked,
            tokens: self.tokens.into_iter().map(token).collect(),
            lots: all(self.lots, LotRecord::restore)?.into_iter().collect(),
            debt: bonus(self.debt)?,
            total_spent: money(self.total_spent)?,
            purchases: self.purchases,
            last_visit_at: optional(self.last_visit_at, instant)?,
            history_balance: balance(self.history_balance),
            rows: self.rows,
            last_row_at: instant(self.last_row_at)?,
            sale_records: self.sale_records,
            tallies: self.tallies.restore()?,
            kept_for_tier: money(self.kept_for_tier)?,
            last_return_at: optional(self.last_return_at, instant)?,
            clawed: all(self.clawed, ClawedRecord::restore)?,
            reserves: all(self.reserves, ReserveRecord::restore)?,
            expired: all(self.expired, ExpiredRecord::restore)?,
            debt_write_off_at: optional(self.debt_write_off_at, instant)?,
            telegram: None,
            devices: Vec::new(),
            referral: Referral::default(),
            standing: Standing::default(),
            birthday: None,
            birthday_paid_at: None,
            noticed_through: None,
            overstock_noticed: None,
            staff: self.staff,
            debit_denied: self.debit_denied,
            gifts: Gifts::default(),
            former_phones: Vec::new(),
            merged_into: None,
            absorbed: Vec::new(),
            person: None,
            membership: Membership::default(),
            turnover: Turnover::default(),
            imported: self.imported,
            forgotten_at: optional(self.forgotten_at, instant)?,
        };
        for envelope in &self.personal {
            let applied = account.apply(&envelope.personal_event()?);
            applied.map_err(|_| CodecError::OutOfRange("personal data"))?;
        }
        // Behind the phone: with one that is new to an account, what was confirmed before is not.
        self.program.restore_into(&mut account)?;
        Ok(account)
    }
}

impl ClawedRecord {
    fn of(clawed: &Clawed) -> Self {
        Self {
            sale: clawed.sale.number(),
            let_go: clawed.let_go.cents(),
            slices: clawed.slices.iter().map(StoredSlice::from).collect(),
        }
    }

    fn restore(self) -> Result<Clawed, CodecError> {
        Ok(Clawed {
            sale: SaleId(self.sale),
            let_go: bonus(self.let_go)?,
            slices: all(self.slices, Slice::try_from)?,
        })
    }
}

impl LotRecord {
    pub(super) fn of(lot: &Lot) -> Self {
        Self {
            id: lot.id.number(),
            origin: lot.origin.into(),
            pool: lot.pool.into(),
            amount: lot.amount.cents(),
            remaining: lot.remaining.cents(),
            active: lot.active,
            activates_at: lot.activates_at.millis(),
            expires_at: lot.expires_at.map(Timestamp::millis),
            graced: lot.graced,
            kept: lot.kept.map(|kept| match kept {
                Kept::Covered => KeptRecord::Covered,
                Kept::Until(end) => KeptRecord::Until(end.millis()),
            }),
        }
    }

    fn restore(self) -> Result<Lot, CodecError> {
        Ok(Lot {
            id: LotId(self.id),
            origin: self.origin.into(),
            pool: self.pool.into(),
            amount: bonus(self.amount)?,
            remaining: bonus(self.remaining)?,
            active: self.active,
            activates_at: instant(self.activates_at)?,
            expires_at: optional(self.expires_at, instant)?,
            graced: self.graced,
            kept: optional(self.kept, |kept| {
                Ok(match kept {
                    KeptRecord::Covered => Kept::Covered,
                    KeptRecord::Until(end) => Kept::Until(instant(end)?),
                })
            })?,
        })
    }
}

impl ReserveRecord {
    fn of(reserve: &Reserve) -> Self {
        Self {
            id: reserve.id.as_str().to_owned(),
            amount: reserve.amount.cents(),
            deadline: reserve.deadline.millis(),
        }
    }

    fn restore(self) -> Result<Reserve, CodecError> {
        Ok(Reserve {
            id: text(&self.id)?,
            amount: bonus(self.amount)?,
            deadline: instant(self.deadline)?,
        })
    }
}

impl ExpiredRecord {
    fn of(slice: &ExpiredSlice) -> Self {
        Self { lot: LotRecord::of(&slice.lot), at: slice.at.millis() }
    }

    fn restore(self) -> Result<ExpiredSlice, CodecError> {
        Ok(ExpiredSlice { lot: self.lot.restore()?, at: instant(self.at)? })
    }
}

fn personal(account: &Account) -> Vec<Envelope> {
    let phone = account.phone.map(Envelope::of_phone);
    let card = account.card.as_ref().map(|card| Envelope::of_card(Some(card.as_str())));
    let profile = account.profile.as_deref().map(Envelope::of_profile);
    let telegram = account.telegram.as_deref().map(Envelope::of_telegram);
    let devices = account.devices.iter().map(Envelope::of_device);
    let birthday = account.birthday.as_ref().map(|birthday| Envelope::of_birthday(Some(birthday)));
    let person = account.person.as_deref().map(Envelope::of_person);
    // First, so that a phone that is the customer's again is so.
    let retired =
        |former: &FormerPhone| Envelope::of_retired_phone(former.phone, former.until, None);
    let former = account.former_phones.iter().map(retired);
    let own = [phone, card, profile, birthday, telegram, person].into_iter().flatten();
    former.chain(own).chain(devices).collect()
}
