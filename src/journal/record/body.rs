//! The body of a group: its operations one after the other, each with its header, its entities and
//! their events. The number of an operation's first event follows from the place, so it is not stored.

use crate::journal::codec::{BorrowDecode, CodecError, Decode, Encode, decode_front, encode_into};
use crate::journal::operation::{EntityEvents, Numbered, Operation};
use crate::journal::record::account::StoredAccountEvent;
use crate::journal::record::fields::{instant, optional, text};
use crate::journal::record::login::StoredLoginEvent;
use crate::journal::record::merkle::{Hash, leaf};
use crate::journal::record::tenant::StoredTenantEvent;
use crate::journal::record::voucher::StoredVoucherEvent;
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
pub(in crate::journal) fn write_operation(
    numbered: &Numbered,
    body: &mut Vec<u8>,
    leaves: &mut Vec<Hash>,
) {
    let operation = &numbered.operation;
    let mut number = numbered.first_event.number();
    let header = write(body, &stored_header(numbered));
    encode_into(&operation.entities.len(), body);
    for entity in &operation.entities {
        let stored = match entity {
            EntityEvents::Tenant(_) => StoredEntity::Tenant,
            EntityEvents::Account(customer, _) => StoredEntity::Account(customer.number()),
            EntityEvents::Login(key, _) => StoredEntity::Login(*key),
            EntityEvents::Voucher(key, id, _) => StoredEntity::Voucher(*key, id.number()),
        };
        let entity_bytes = write(body, &stored);
        encode_into(&entity.count(), body);
        let mut finish = |body: &[u8], event: Range<usize>| {
            leaves.push(leaf(
                number,
                &body[header.clone()],
                &body[entity_bytes.clone()],
                &body[event],
            ));
            number = number.saturating_add(1);
        };
        match entity {
            EntityEvents::Tenant(events) => events.iter().for_each(|event| {
                let range = write(body, &StoredTenantEvent::from(event));
                finish(body, range);
            }),
            EntityEvents::Account(_, events) => events.iter().for_each(|event| {
                let range = write(body, &StoredAccountEvent::from(event));
                finish(body, range);
            }),
            EntityEvents::Login(_, events) => events.iter().for_each(|event| {
                let range = write(body, &StoredLoginEvent::from(event));
                finish(body, range);
            }),
            EntityEvents::Voucher(_, _, events) => events.iter().for_each(|event| {
                let range = write(body, &StoredVoucherEvent::from(event));
                finish(body, range);
            }),
        }
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
    mut leaves: Option<&mut Vec<Hash>>,
) -> Result<Vec<Numbered>, CodecError> {
    let mut cursor = Cursor { body, at: 0, number: first_event };
    let mut operations = Vec::new();
    while cursor.at < body.len() {
        operations.push(cursor.operation(leaves.as_deref_mut())?);
    }
    Ok(operations)
}

/// A place in a body, and the number of the next event there.
struct Cursor<'a> {
    body: &'a [u8],
    at: usize,
    number: EventNumber,
}

impl<'a> Cursor<'a> {
    fn operation(&mut self, mut leaves: Option<&mut Vec<Hash>>) -> Result<Numbered, CodecError> {
        let first_event = self.number;
        let (header, header_range) = self.read::<StoredHeader<'_>>()?;
        let (entity_count, _) = self.read::<usize>()?;
        let mut entities = Vec::new();
        for _ in 0..entity_count {
            entities.push(self.entity(&header_range, leaves.as_deref_mut())?);
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
                    let (event, range) = self.read::<StoredTenantEvent<'_>>()?;
                    tenant_events.push(TenantEvent::try_from(event)?);
                    range
                }
                StoredEntity::Account(_) => {
                    let (event, range) = self.read::<StoredAccountEvent<'_>>()?;
                    account_events.push(AccountEvent::try_from(event)?);
                    range
                }
                StoredEntity::Login(_) => {
                    let (event, range) = self.read::<StoredLoginEvent>()?;
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
        every_event, fifth_events, forget_events, later_events, random_operation, third_events,
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
            write_operation(&one, &mut body, &mut leaves);
            numbered.push(one);
        }
        let mut read_leaves = Vec::new();
        let read = read_operations(&body, EventNumber(100), Some(&mut read_leaves)).unwrap();
        assert_eq!(read, numbered);
        assert_eq!(root(&read_leaves), root(&leaves));
        assert_eq!(u64::try_from(leaves.len()).unwrap(), first_event.number() - 100);
        assert_eq!(read_operations(&body, EventNumber(100), None).unwrap(), numbered);
        if let Some(cut) = body.len().checked_sub(1) {
            assert!(read_operations(&body[..cut], EventNumber(100), None).is_err());
        }
    }

    #[test]
    fn every_event_survives() {
        check(&every_event());
        check(&later_events());
        check(&third_events());
        check(&fifth_events());
        check(&forget_events());
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
