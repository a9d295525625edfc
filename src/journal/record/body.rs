//! The body of a group: its operations one after the other, each with its header, its entities and
//! their events. The number of an operation's first event follows from the place, so it is not stored.

use crate::journal::codec::{BorrowDecode, CodecError, Decode, Encode, decode_front, encode_into};
use crate::journal::error::JournalError;
use crate::journal::operation::{EntityEvents, Numbered, Operation};
use crate::journal::record::account::StoredAccountEvent;
use crate::journal::record::fields::{instant, optional, text};
use crate::journal::record::login::StoredLoginEvent;
use crate::journal::record::merkle::{Hash, leaf};
use crate::journal::record::sealing::Envelope;
use crate::journal::record::tenant::StoredTenantEvent;
use crate::journal::record::voucher::StoredVoucherEvent;
use crate::journal::vault::{Day, Holder, Place, Sealing};
use crate::ledger::{
    AccountEvent, ActingAs, Actor, LoginEvent, OperationMark, Operator, RequestId, Role,
    TenantEvent, VoucherEvent,
};
use crate::values::{CustomerId, EventNumber, SettingsVersion, TenantId, VoucherId};
use std::ops::Range;

/// What an operation's events have in common.
#[derive(Debug, Encode, BorrowDecode)]
struct StoredHeader<'a> {
    tenant: u32,
    tenant_number: u64,
    at: i64,
    actor: StoredActor<'a>,
    rule_version: u32,
    mark: Option<StoredMark>,
}

#[derive(Debug, Encode, BorrowDecode)]
enum StoredActor<'a> {
    Partner,
    Operator(&'a str),
    House,
    Integration,
    Customer,
    /// An operator whose role is known.
    Acting {
        name: &'a str,
        role: StoredRole,
        own_token: bool,
        request: Option<&'a str>,
    },
}

stored_words!(StoredRole is Role { Owner, Operator, Auditor, Support });

#[derive(Debug, Encode, Decode)]
struct StoredMark {
    key: [u8; 16],
    meaning: [u8; 16],
}

/// Whom a list of events happened to.
#[derive(Debug, Encode, Decode)]
enum StoredEntity {
    Tenant,
    Account(u64),
    Login([u8; 16]),
    Voucher([u8; 16], u64),
}

/// Appends an operation to a body, and the hashes of its events to `leaves`.
///
/// # Errors
/// If what is personal or secret cannot be sealed; the body is of no use then.
pub(in crate::journal) fn write_operation(
    numbered: &Numbered,
    sealing: &Sealing,
    body: &mut Vec<u8>,
    leaves: &mut Vec<Hash>,
) -> Result<(), JournalError> {
    let operation = &numbered.operation;
    let header = write(body, &stored_header(numbered));
    encode_into(&operation.entities.len(), body);
    let (event, entity) = (numbered.first_event, 0..0);
    let mut scribe = Scribe { sealing, body, leaves, header, entity, event };
    for entity in &operation.entities {
        let holder = holder_of(entity, operation);
        scribe.begin(entity);
        match entity {
            EntityEvents::Tenant(events) => events.iter().try_for_each(|event| {
                let mut stored = StoredTenantEvent::from(event);
                scribe.seal(stored.envelope(), holder)?;
                scribe.write(&stored);
                Ok(())
            }),
            EntityEvents::Account(_, events) => events.iter().try_for_each(|event| {
                let mut stored = StoredAccountEvent::from(event);
                scribe.seal(stored.envelope(), holder)?;
                scribe.write(&stored);
                Ok(())
            }),
            EntityEvents::Login(_, events) => events.iter().try_for_each(|event| {
                let mut stored = StoredLoginEvent::from(event);
                scribe.seal(stored.envelope(), holder)?;
                scribe.write(&stored);
                Ok(())
            }),
            EntityEvents::Voucher(_, _, events) => {
                events.iter().for_each(|event| scribe.write(&StoredVoucherEvent::from(event)));
                Ok(())
            }
        }?;
    }
    Ok(())
}

/// Writes the events of an operation one after the other.
struct Scribe<'a> {
    sealing: &'a Sealing,
    body: &'a mut Vec<u8>,
    leaves: &'a mut Vec<Hash>,
    header: Range<usize>,
    /// Where the entity stands whose events are written.
    entity: Range<usize>,
    /// The number of the next event.
    event: EventNumber,
}

impl Scribe<'_> {
    fn begin(&mut self, entity: &EntityEvents) {
        let stored = match entity {
            EntityEvents::Tenant(_) => StoredEntity::Tenant,
            EntityEvents::Account(customer, _) => StoredEntity::Account(customer.number()),
            EntityEvents::Login(key, _) => StoredEntity::Login(*key),
            EntityEvents::Voucher(key, id, _) => StoredEntity::Voucher(*key, id.number()),
        };
        self.entity = write(self.body, &stored);
        encode_into(&entity.count(), self.body);
    }

    fn seal(&self, envelope: Option<&mut Envelope>, holder: Holder) -> Result<(), JournalError> {
        let Some(envelope) = envelope else { return Ok(()) };
        envelope.seal(self.sealing, &Place::in_record(holder, self.event))
    }

    fn write<T: Encode>(&mut self, event: &T) {
        let event = write(self.body, event);
        let part = |range: &Range<usize>| &self.body[range.clone()];
        let number = self.event.number();
        self.leaves.push(leaf(number, part(&self.header), part(&self.entity), part(&event)));
        self.event = self.event.plus(1);
    }
}

/// Whose key seals the events of an entity.
fn holder_of(entity: &EntityEvents, operation: &Operation) -> Holder {
    let tenant = operation.tenant;
    match entity {
        EntityEvents::Account(customer, _) => Holder::Customer(tenant, *customer),
        EntityEvents::Login(..) => Holder::Day(tenant, Day::of(operation.at)),
        // Nothing of a gift card or coupon is sealed.
        EntityEvents::Tenant(_) | EntityEvents::Voucher(..) => Holder::Tenant(tenant),
    }
}

/// Appends a value; returns where its bytes are.
fn write<T: Encode>(body: &mut Vec<u8>, value: &T) -> Range<usize> {
    let start = body.len();
    encode_into(value, body);
    start..body.len()
}

fn stored_header(numbered: &Numbered) -> StoredHeader<'_> {
    let operation = &numbered.operation;
    StoredHeader {
        tenant: operation.tenant.number(),
        tenant_number: numbered.tenant_number,
        at: operation.at.millis(),
        actor: match &operation.actor {
            Actor::Partner => StoredActor::Partner,
            Actor::Operator(operator) => stored_operator(operator),
            Actor::House => StoredActor::House,
            Actor::Integration => StoredActor::Integration,
            Actor::Customer => StoredActor::Customer,
        },
        rule_version: operation.rule_version.number(),
        mark: operation.mark.map(|mark| StoredMark { key: mark.key, meaning: mark.meaning }),
    }
}

/// Without a role as it was stored before there were roles.
fn stored_operator(operator: &Operator) -> StoredActor<'_> {
    let name = operator.name.as_str();
    match &operator.acting {
        None => StoredActor::Operator(name),
        Some(ActingAs { role, own_token, request }) => StoredActor::Acting {
            name,
            role: (*role).into(),
            own_token: *own_token,
            request: request.as_ref().map(RequestId::as_str),
        },
    }
}

/// The operations of a body whose first event has number `first_event`. Where `leaves` are wanted,
/// the hashes of all events are appended to them.
pub(in crate::journal) fn read_operations(
    body: &[u8],
    first_event: EventNumber,
    sealing: &Sealing,
    mut leaves: Option<&mut Vec<Hash>>,
) -> Result<Vec<Numbered>, CodecError> {
    let mut cursor = Cursor { body, sealing, at: 0, number: first_event };
    let mut operations = Vec::new();
    while cursor.at < body.len() {
        operations.push(cursor.operation(leaves.as_deref_mut())?);
    }
    Ok(operations)
}

/// A place in a body, and the number of the next event there.
struct Cursor<'a> {
    body: &'a [u8],
    sealing: &'a Sealing,
    at: usize,
    number: EventNumber,
}

impl<'a> Cursor<'a> {
    fn operation(&mut self, mut leaves: Option<&mut Vec<Hash>>) -> Result<Numbered, CodecError> {
        let first_event = self.number;
        let (header, header_range) = self.read::<StoredHeader<'_>>()?;
        let (entity_count, _) = self.read::<usize>()?;
        let mut entities = Vec::new();
        let (tenant, day) = (TenantId(header.tenant), Day::of(instant(header.at)?));
        for _ in 0..entity_count {
            entities.push(self.entity((tenant, day), &header_range, leaves.as_deref_mut())?);
        }
        let operation = Operation {
            tenant: TenantId(header.tenant),
            at: instant(header.at)?,
            actor: match header.actor {
                StoredActor::Partner => Actor::Partner,
                StoredActor::Operator(name) => Actor::Operator(Operator::unsigned(text(name)?)),
                StoredActor::House => Actor::House,
                StoredActor::Integration => Actor::Integration,
                StoredActor::Customer => Actor::Customer,
                StoredActor::Acting { name, role, own_token, request } => {
                    let (role, request) = (role.into(), optional(request, text)?);
                    let acting = Some(ActingAs { role, own_token, request });
                    Actor::Operator(Operator { name: text(name)?, acting })
                }
            },
            rule_version: SettingsVersion(header.rule_version),
            mark: header.mark.map(|mark| OperationMark { key: mark.key, meaning: mark.meaning }),
            entities,
        };
        Ok(Numbered { operation, first_event, tenant_number: header.tenant_number })
    }

    fn entity(
        &mut self,
        (tenant, day): (TenantId, Day),
        header: &Range<usize>,
        mut leaves: Option<&mut Vec<Hash>>,
    ) -> Result<EntityEvents, CodecError> {
        let (entity, entity_range) = self.read::<StoredEntity>()?;
        let (count, _) = self.read::<u64>()?;
        let mut tenant_events = Vec::new();
        let mut account_events = Vec::new();
        let mut login_events = Vec::new();
        let mut voucher_events = Vec::new();
        for _ in 0..count {
            let range = match entity {
                StoredEntity::Tenant => {
                    let (mut event, range) = self.read::<StoredTenantEvent<'_>>()?;
                    self.unseal(event.envelope(), Holder::Tenant(tenant))?;
                    tenant_events.push(TenantEvent::try_from(event)?);
                    range
                }
                StoredEntity::Account(number) => {
                    let (mut event, range) = self.read::<StoredAccountEvent<'_>>()?;
                    let holder = Holder::Customer(tenant, CustomerId(number));
                    self.unseal(event.envelope(), holder)?;
                    account_events.push(AccountEvent::try_from(event)?);
                    range
                }
                StoredEntity::Login(_) => {
                    let (mut event, range) = self.read::<StoredLoginEvent>()?;
                    self.unseal(event.envelope(), Holder::Day(tenant, day))?;
                    login_events.push(LoginEvent::try_from(event)?);
                    range
                }
                StoredEntity::Voucher(..) => {
                    let (event, range) = self.read::<StoredVoucherEvent<'_>>()?;
                    voucher_events.push(VoucherEvent::try_from(event)?);
                    range
                }
            };
            if let Some(leaves) = leaves.as_deref_mut() {
                let part = |range: &Range<usize>| &self.body[range.clone()];
                let number = self.number.number();
                leaves.push(leaf(number, part(header), part(&entity_range), part(&range)));
            }
            self.number = self.number.plus(1);
        }
        Ok(match entity {
            StoredEntity::Tenant => EntityEvents::Tenant(tenant_events),
            StoredEntity::Account(number) => {
                EntityEvents::Account(CustomerId(number), account_events)
            }
            StoredEntity::Login(key) => EntityEvents::Login(key, login_events),
            StoredEntity::Voucher(key, id) => {
                EntityEvents::Voucher(key, VoucherId(id), voucher_events)
            }
        })
    }

    fn unseal(&self, envelope: Option<&mut Envelope>, holder: Holder) -> Result<(), CodecError> {
        let Some(envelope) = envelope else { return Ok(()) };
        envelope.unseal(self.sealing, &Place::in_record(holder, self.number))
    }

    fn read<T: BorrowDecode<'a, ()>>(&mut self) -> Result<(T, Range<usize>), CodecError> {
        let rest = self.body.get(self.at..).unwrap_or_default();
        let (value, length) = decode_front(rest)?;
        let start = self.at;
        self.at = start.saturating_add(length);
        Ok((value, start..self.at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::record::merkle::root;
    use crate::journal::record::samples::{
        every_event, fifth_events, fourth_events, later_events, random_operation, sixth_events,
        third_events,
    };
    use proptest::prelude::*;

    fn check(operations: &[Operation]) {
        let mut body = Vec::new();
        let mut leaves = Vec::new();
        let mut first_event = EventNumber(100);
        let mut numbered = Vec::new();
        for (index, operation) in operations.iter().enumerate() {
            let one = Numbered {
                operation: operation.clone(),
                first_event,
                tenant_number: u64::try_from(index).unwrap() * 1_000,
            };
            first_event = first_event.plus(operation.count());
            write_operation(&one, &Sealing::Plain, &mut body, &mut leaves).unwrap();
            numbered.push(one);
        }
        let mut read_leaves = Vec::new();
        let read =
            read_operations(&body, EventNumber(100), &Sealing::Plain, Some(&mut read_leaves))
                .unwrap();
        assert_eq!(read, numbered);
        assert_eq!(root(&read_leaves), root(&leaves));
        assert_eq!(u64::try_from(leaves.len()).unwrap(), first_event.number() - 100);
        assert_eq!(
            read_operations(&body, EventNumber(100), &Sealing::Plain, None).unwrap(),
            numbered
        );
        if let Some(cut) = body.len().checked_sub(1) {
            assert!(
                read_operations(&body[..cut], EventNumber(100), &Sealing::Plain, None).is_err()
            );
        }
    }

    #[test]
    fn every_event_survives() {
        check(&every_event());
        check(&later_events());
        check(&third_events());
        check(&fourth_events());
        check(&fifth_events());
        check(&sixth_events());
        check(&[]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn random_operations_survive(seeds in proptest::collection::vec(any::<u64>(), 1..8)) {
            let operations: Vec<Operation> = seeds.into_iter().map(random_operation).collect();
            check(&operations);
        }
    }
}
