//! The tables held against the journal: every account at its own event, every look-up, every row.

use crate::journal::error::JournalError;
use crate::journal::keys::{self, LookUpKey};
use crate::journal::operation::OperationRef;
use crate::journal::reader::JournalReader;
use crate::journal::tables::{Due, Lead, Tables, TenantCounts};
use crate::journal::verify::audit::Audited;
use crate::journal::verify::digest::Digest;
use crate::journal::verify::feed::FeedMet;
use crate::journal::verify::pinpoint;
use crate::journal::verify::report::{Difference, Place};
use crate::journal::verify::states::{differing_field, differing_part};
use crate::journal::verify::usage::UsageAudit;
use crate::ledger::{Account, Tenant};
use crate::values::{CustomerId, EventNumber, TenantId};
use std::collections::BTreeMap;

/// The tables, and how much of them was met so far.
pub(super) struct Stored<'a> {
    pub(super) tables: &'a Tables,
    pub(super) journal: &'a JournalReader,
    pub(super) covers: EventNumber,
    /// A crash lay in the middle of their last checkpoint: there may be more in them than the states
    /// say, and it is written over by the next recovery.
    pub(super) interrupted: bool,
    /// Those that were not compared yet.
    pub(super) tenants: BTreeMap<TenantId, (Tenant, EventNumber)>,
    tenants_as_of: BTreeMap<TenantId, EventNumber>,
    counts: BTreeMap<TenantId, TenantCounts>,
    counts_compared: bool,
    pub(super) usage: UsageAudit,
    pub(super) operations_met: u64,
    pub(super) identifiers_met: u64,
    pub(super) trails_met: u64,
    pub(super) feed: FeedMet,
}

impl<'a> Stored<'a> {
    pub(super) fn new(
        tables: &'a Tables,
        journal: &'a JournalReader,
    ) -> Result<Self, JournalError> {
        let tenants = tables.tenants()?;
        let tenants_as_of = tenants.iter().map(|(tenant, as_of)| (tenant.id, *as_of)).collect();
        let covers = tables.checkpoint()?.covers;
        Ok(Self {
            covers,
            interrupted: tables.interrupted()?,
            tenants: tenants.into_iter().map(|(tenant, at)| (tenant.id, (tenant, at))).collect(),
            counts: tables.counts()?.into_iter().collect(),
            tenants_as_of,
            counts_compared: false,
            usage: UsageAudit::new(tables, covers)?,
            operations_met: 0,
            identifiers_met: 0,
            trails_met: 0,
            feed: FeedMet::default(),
            tables,
            journal,
        })
    }

    /// The event at which the tables have an account; 0: they do not.
    pub(super) fn as_of(
        &self,
        (tenant, customer): (TenantId, CustomerId),
    ) -> Result<EventNumber, JournalError> {
        let stored = self.tables.account(tenant, customer)?;
        Ok(stored.map_or(EventNumber::default(), |(_, as_of)| as_of))
    }

    /// The counts must be compared when the journal has been read as far as the tables cover.
    pub(super) fn compare_counts_at(
        &mut self,
        next_event: EventNumber,
        counts: &BTreeMap<TenantId, TenantCounts>,
    ) -> Result<(), Box<Difference>> {
        if self.counts_compared || next_event <= self.covers {
            return Ok(());
        }
        self.counts_compared = true;
        for (tenant, expected) in counts {
            let place = Place::of_tenant(*tenant, self.covers);
            let found = self.counts.get(tenant).copied().unwrap_or_default();
            // Ids that were taken and never used leave gaps, so the tables may be ahead.
            let behind = found.counters.max(expected.counters) != found.counters
                || found.operations < expected.operations;
            if behind {
                let (expected, found) = (format!("{expected:?}"), format!("{found:?}"));
                return Err(place.differs("the counts of ids in the tables", expected, found));
            }
        }
        Ok(())
    }

    /// A tenant before an event that the tables do not have, or at the end.
    pub(super) fn compare_tenant(
        &mut self,
        tenant: &Tenant,
        as_of: EventNumber,
        next_event: Option<EventNumber>,
    ) -> Result<(), Box<Difference>> {
        let Some((_, stored_as_of)) = self.tenants.get(&tenant.id) else { return Ok(()) };
        if next_event.is_some_and(|next| next <= *stored_as_of) {
            return Ok(());
        }
        let Some((found, stored_as_of)) = self.tenants.remove(&tenant.id) else { return Ok(()) };
        let place = Place::of_tenant(tenant.id, as_of);
        place.same("the event of the tenant in the tables", as_of, stored_as_of)?;
        match differing_part(tenant, &found) {
            Some(part) => {
                let what = format!("{part} of the tenant in the tables");
                Err(place.differs(what, "what its events say", "something else"))
            }
            None => Ok(()),
        }
    }

    /// What the tables cover of a tenant they must have.
    pub(super) fn check_tenant_not_behind(
        &self,
        tenant: TenantId,
        last: EventNumber,
    ) -> Result<(), Box<Difference>> {
        let stored_as_of = self.tenants_as_of.get(&tenant).copied().unwrap_or_default();
        if last <= self.covers && last > stored_as_of {
            let place = Place::of_tenant(tenant, last);
            return Err(place.differs("the tenant in the tables", last, stored_as_of));
        }
        Ok(())
    }

    /// What the tables cover of an account they must have.
    pub(super) fn check_not_behind(
        &self,
        audited: &Audited,
        place: Place,
        last: EventNumber,
    ) -> Result<(), Box<Difference>> {
        if last <= self.covers && last > audited.stored_as_of {
            let expected = format!("one with event {last}");
            let found = match audited.stored_as_of.number() {
                0 => "none".to_owned(),
                as_of => format!("one that ends with event {as_of}"),
            };
            return Err(place.differs("the account in the tables", expected, found));
        }
        Ok(())
    }

    /// An external id or a mark of an account that the tables have up to `stored_as_of`.
    pub(super) fn compare_operation(
        &mut self,
        key: &LookUpKey,
        expected: &OperationRef,
        stored_as_of: EventNumber,
        place: Place,
    ) -> Result<(), Box<Difference>> {
        let found = self.tables.operation(key)?;
        let must_be_there = place.event.is_some_and(|event| event <= stored_as_of);
        if found.is_none() && !must_be_there {
            return Ok(());
        }
        if found.as_ref() != Some(expected) {
            let what = format!("operation {} in the tables", hex::encode(key));
            return Err(place.differs(what, format!("{expected:?}"), shown(found.as_ref())));
        }
        if !must_be_there {
            return Ok(());
        }
        self.operations_met += 1;
        self.check_seen(key, place)
    }

    /// An account as the journal has it at the event at which the tables have it. `ended`: it has no
    /// later event.
    pub(super) fn compare_account(
        &mut self,
        (tenant, customer): (TenantId, CustomerId),
        audited: &mut Audited,
        ended: bool,
    ) -> Result<(), Box<Difference>> {
        audited.compared = true;
        let Some((expected, as_of)) = audited.state() else { return Ok(()) };
        let place = Place::of_account(tenant, customer, as_of);
        let Some((found, stored_as_of)) = self.tables.account(tenant, customer)? else {
            return Err(place.differs("the account in the tables", "one", "none"));
        };
        place.same("the event of the account in the tables", as_of, stored_as_of)?;
        if let Some((field, expected, found)) = differing_field(expected, &found) {
            return Err(place.differs(format!("{field} in the tables"), expected, found));
        }
        self.compare_rows((tenant, customer), audited.rows, as_of, place)?;
        self.compare_sales((tenant, customer), audited.sales, as_of, place)?;
        if let Some(at) = expected.next_due()
            && !self.tables.is_due(&Due { at, tenant, customer })?
        {
            return Err(place.differs("the due date in the tables", at, "none"));
        }
        self.compare_identifiers(tenant, expected, as_of, ended)
    }

    fn compare_rows(
        &self,
        (tenant, customer): (TenantId, CustomerId),
        expected: Digest,
        as_of: EventNumber,
        place: Place,
    ) -> Result<(), Box<Difference>> {
        let (mut found, mut next, mut in_order) = (Digest::default(), 0, true);
        while let Some((first, mut rows)) = self.tables.history_bucket(tenant, customer, next)? {
            in_order &= first == found.count || self.interrupted;
            if self.interrupted {
                rows.truncate(length(expected.count.saturating_sub(first)));
            }
            found.add_rows(&rows);
            next = first.saturating_add(1);
        }
        if in_order && found == expected {
            return Ok(());
        }
        Err(pinpoint::row(self.tables, self.journal, (tenant, customer), as_of)?.unwrap_or_else(
            || place.differs("history rows in the tables", expected.count, found.count),
        ))
    }

    fn compare_sales(
        &self,
        (tenant, customer): (TenantId, CustomerId),
        expected: Digest,
        as_of: EventNumber,
        place: Place,
    ) -> Result<(), Box<Difference>> {
        let (mut found, mut next, mut in_order) = (Digest::default(), 0, true);
        while let Some((first, mut sales)) = self.tables.sales_bucket(tenant, customer, next)? {
            in_order &= first == found.count || self.interrupted;
            next = first.saturating_add(1);
            if self.interrupted {
                sales.retain(|sale| sale.event <= as_of);
            }
            found.add_sales(&sales);
        }
        if in_order && found == expected {
            return Ok(());
        }
        Err(pinpoint::sale(self.tables, self.journal, (tenant, customer), as_of)?.unwrap_or_else(
            || place.differs("sale records in the tables", expected.count, found.count),
        ))
    }

    /// An identifier may lead to an account that got it later; then the tables have that account at a
    /// later event.
    fn compare_identifiers(
        &mut self,
        tenant: TenantId,
        account: &Account,
        as_of: EventNumber,
        ended: bool,
    ) -> Result<(), Box<Difference>> {
        let place = Place::of_account(tenant, account.id, as_of);
        if self.tables.is_forgotten(tenant, account.id)? {
            return Ok(());
        }
        for (name, key) in identifiers(tenant, account) {
            let found = self.tables.lead(&key)?;
            let leads_here = |lead: &Lead| (lead.tenant, lead.customer) == (tenant, account.id);
            let moved_on = found.is_some_and(|lead| lead.as_of > as_of) || !ended;
            if found.as_ref().is_some_and(leads_here) {
                self.identifiers_met += 1;
                self.check_seen(&self.tables.kept_key(&key), place)?;
            } else if !moved_on {
                let what = format!("where {name} leads in the tables");
                let found = found.map(|lead| lead.customer);
                return Err(place.differs(what, account.id, shown(found.as_ref())));
            }
        }
        Ok(())
    }

    fn check_seen(&self, key: &LookUpKey, place: Place) -> Result<(), Box<Difference>> {
        if self.tables.seen().maybe(key) {
            return Ok(());
        }
        let what = format!("key {} in the filter of seen ids", hex::encode(key));
        Err(place.differs(what, "maybe", "never seen"))
    }
}

/// Everything that leads to an account, with what it is called.
pub(in crate::journal) fn identifiers(
    tenant: TenantId,
    account: &Account,
) -> Vec<(&'static str, LookUpKey)> {
    let phone = account.phone.map(|phone| ("the phone", keys::phone_key(tenant, phone)));
    let card = account.card.as_ref().map(|card| ("the card", keys::card_key(tenant, card)));
    let tokens = account.tokens.iter().map(|token| ("a token", keys::token_key(tenant, token.id)));
    let reserves = account.reserves.iter();
    let reserves = reserves.map(|reserve| ("a reserve", keys::reserve_key(tenant, &reserve.id)));
    let telegram = account.telegram.as_ref();
    let telegram = telegram.map(|user| ("the Telegram user", keys::telegram_key(tenant, user.id)));
    let devices = account.devices.iter();
    let devices = devices.map(|device| ("a device", keys::device_key(tenant, &device.token)));
    let app = telegram.into_iter().chain(devices);
    let code =
        account.referral.code.map(|code| ("the referral code", keys::referral_key(tenant, code)));
    let former = account.former_phones.iter();
    let former =
        former.map(|known| ("a former phone", keys::former_phone_key(tenant, known.phone)));
    let merged = account.absorbed.iter();
    let merged = merged.map(|id| ("a merged customer", keys::merged_key(tenant, *id)));
    let own = phone.into_iter().chain(former).chain(merged).chain(card).chain(tokens).chain(code);
    let rows = account.imported.iter().map(|row| ("a row of an import", *row));
    own.chain(reserves).chain(app).chain(rows).collect()
}

fn shown<T: std::fmt::Debug>(found: Option<&T>) -> String {
    found.map_or_else(|| "none".to_owned(), |found| format!("{found:?}"))
}

fn length(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
