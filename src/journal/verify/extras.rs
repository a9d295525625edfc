//! What is in the tables beyond what the journal has: nothing may be.

use crate::journal::derive::derive;
use crate::journal::error::JournalError;
use crate::journal::keys::LookUpKey;
use crate::journal::operation::OperationRef;
use crate::journal::recovery::for_each_turn;
use crate::journal::tables::Lead;
use crate::journal::verify::audit::Audited;
use crate::journal::verify::compare::{Stored, identifiers};
use crate::journal::verify::report::{Difference, Place};
use crate::values::{CustomerId, TenantId};
use std::collections::HashMap;

/// Entries read at a time.
const PAGE: usize = 1_000;

impl Stored<'_> {
    /// Nothing may be in the tables that the journal does not have.
    pub(super) fn finish(
        &self,
        accounts: &HashMap<(TenantId, CustomerId), Audited>,
    ) -> Result<(), Box<Difference>> {
        self.no_other_accounts(accounts)?;
        if let Some((tenant, (_, as_of))) = self.tenants.first_key_value() {
            let place = Place::of_tenant(*tenant, *as_of);
            return Err(place.differs("the tenant in the tables", "none", "one"));
        }
        if self.interrupted {
            return Ok(());
        }
        self.no_other_feed()?;
        self.no_other_operations()?;
        self.no_other_identifiers()?;
        self.no_other_trails()
    }

    fn no_other_accounts(
        &self,
        accounts: &HashMap<(TenantId, CustomerId), Audited>,
    ) -> Result<(), Box<Difference>> {
        let mut last = None;
        loop {
            let page = self.tables.accounts_after(last, PAGE)?;
            let Some(end) = page.last() else { return Ok(()) };
            last = Some(*end);
            if let Some(other) = page.iter().find(|key| !accounts.contains_key(key)) {
                let place = Place::of_account(other.0, other.1, self.as_of(*other)?);
                return Err(place.differs("the account in the tables", "none", "one"));
            }
        }
    }

    fn no_other_operations(&self) -> Result<(), Box<Difference>> {
        let mut found = 0;
        self.each_operation(|_, _| {
            found += 1;
            Ok(())
        })?;
        if found == self.operations_met {
            return Ok(());
        }
        self.each_operation(|key, reference| self.check_operation_exists(key, reference))?;
        let expected = self.operations_met;
        Err(Place::default().differs("operations in the tables", expected, found))
    }

    fn each_operation(
        &self,
        mut visit: impl FnMut(&LookUpKey, &OperationRef) -> Result<(), Box<Difference>>,
    ) -> Result<(), Box<Difference>> {
        let mut last = None;
        loop {
            let page = self.tables.operations_after(last, PAGE)?;
            let Some((end, _)) = page.last() else { return Ok(()) };
            last = Some(*end);
            for (key, reference) in &page {
                visit(key, reference)?;
            }
        }
    }

    /// Whether the operation that an entry names has its key.
    fn check_operation_exists(
        &self,
        key: &LookUpKey,
        reference: &OperationRef,
    ) -> Result<(), Box<Difference>> {
        let (customer, event) = match *reference {
            OperationRef::Sale { customer, event, .. }
            | OperationRef::Redemption { customer, event, .. }
            | OperationRef::Marked { customer, event, .. }
            | OperationRef::Return { customer, event, .. }
            | OperationRef::Reserve { customer, event }
            | OperationRef::PhoneMark { customer, event }
            | OperationRef::Item { customer, event, .. } => (Some(customer), event),
            OperationRef::MarkedAlone { event, .. } => (None, event),
        };
        let mut made = Vec::new();
        let named = self.journal.operation(event)?;
        if let Some(numbered) = &named {
            for_each_turn(numbered, |turn| {
                made.extend(derive(turn.operation, turn.customer, None, event).operations);
                Ok::<_, JournalError>(())
            })?;
            let lone = numbered.operation.lone_mark(event);
            made.extend(lone.map(|mark| (mark.key, mark.reference())));
        }
        if made.iter().any(|(of, _)| of == key) {
            return Ok(());
        }
        let what = format!("operation {} in the tables", hex::encode(key));
        let tenant = named.map(|numbered| numbered.operation.tenant);
        let place = Place { record: None, event: Some(event), tenant, customer };
        Err(place.differs(what, "none", format!("{reference:?}")))
    }

    fn no_other_identifiers(&self) -> Result<(), Box<Difference>> {
        let mut found = 0;
        self.each_identifier(|_, lead| {
            found += u64::from(!self.tables.is_forgotten(lead.tenant, lead.customer)?);
            Ok(())
        })?;
        if found == self.identifiers_met {
            return Ok(());
        }
        self.each_identifier(|key, lead| self.check_identifier_held(key, lead))?;
        let expected = self.identifiers_met;
        Err(Place::default().differs("identifiers in the tables", expected, found))
    }

    fn each_identifier(
        &self,
        mut visit: impl FnMut(&LookUpKey, &Lead) -> Result<(), Box<Difference>>,
    ) -> Result<(), Box<Difference>> {
        let mut last = None;
        loop {
            let page = self.tables.identifiers_after(last, PAGE)?;
            let Some((end, _)) = page.last() else { return Ok(()) };
            last = Some(*end);
            for (key, lead) in &page {
                visit(key, lead)?;
            }
        }
    }

    fn check_identifier_held(&self, key: &LookUpKey, lead: &Lead) -> Result<(), Box<Difference>> {
        if self.tables.is_forgotten(lead.tenant, lead.customer)? {
            return Ok(());
        }
        let stored = self.tables.account(lead.tenant, lead.customer)?;
        let held = stored.as_ref().is_some_and(|(account, _)| {
            identifiers(lead.tenant, account).iter().any(|(_, of)| self.tables.kept_key(of) == *key)
        });
        if held {
            return Ok(());
        }
        let place = Place::of_account(lead.tenant, lead.customer, lead.as_of);
        let what = format!("identifier {} in the tables", hex::encode(key));
        Err(place.differs(what, "one that the account has", "one that it has not"))
    }
}
