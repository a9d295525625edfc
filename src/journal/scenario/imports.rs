//! What an old system knew of the scenario's customers: batches come, and some go back.

use super::{Scenario, Who};
use crate::journal::keys;
use crate::ledger::{
    Account, AccountEvent, Action, BatchKey, BusinessTime, Carried, Confirmation, CustomerChange,
    ExternalId, ExternalIdScope, ImportCustomer, ImportEvent, ImportReversal, ImportSale,
    ImportedLot, LotEnd, LotOrigin, Newcomer, OpeningLot, PointOfSale, RedeemMode, Sell,
};
use crate::values::{Bonus, CustomerId, Money, Phone, ReferralCode, TenantId};

/// One customer in so many comes by an import.
const NEWCOMERS: u64 = 4;
/// One operation in so many is of an import.
const IMPORTS: u64 = 23;

impl Scenario {
    /// A batch of its own for every row.
    fn batch_key(&self) -> BatchKey {
        (u128::from(self.next_event.number()) | 1 << 120).to_be_bytes()
    }

    fn import(&self, tenant: TenantId, newcomer: Option<Newcomer>) -> Action {
        let event = self.next_event.number();
        let lot = |cents: u64, days: i64, end| OpeningLot {
            amount: Bonus::from_cents(cents).unwrap(),
            activates_at: Some(self.now().plus_seconds(86_400 * days)),
            end,
        };
        let lots = vec![
            lot(5_000 + event % 100, -200, LotEnd::Never),
            lot(700, 3, LotEnd::AsSettingsSay),
            lot(300, -900, LotEnd::AsSettingsSay),
        ];
        let carried = Carried {
            total_spent: Money::from_cents(25_000).unwrap(),
            purchases: 3,
            last_purchase_at: Some(self.now().plus_seconds(-86_400 * 40)),
        };
        Action::ImportCustomer(Box::new(ImportCustomer {
            batch: self.batch_key(),
            row: keys::import_row_key(tenant, &event.to_string()),
            newcomer,
            change: Box::new(CustomerChange::default()),
            tier: None,
            carried,
            lots,
        }))
    }

    /// A customer whom an import opens, or who comes by themselves.
    pub(super) fn newcomer(&mut self, tenant: TenantId, customer: CustomerId) -> Action {
        if !customer.number().is_multiple_of(NEWCOMERS) {
            return self.register(customer);
        }
        let newcomer = Newcomer {
            customer,
            phone: Phone::from_number(992_900_000_000 + customer.number()).unwrap(),
            mark: Some((u128::from(self.next_event.number()) | 2 << 100).to_be_bytes()),
            referral_code: ReferralCode::parse(&format!("CODE{:04}", customer.number())).unwrap(),
        };
        self.import(tenant, Some(newcomer))
    }

    /// What becomes of a customer who is here.
    pub(super) fn action_or_import(&mut self, tenant: TenantId, account: &Account) -> Action {
        match self.import_action(tenant, account) {
            Some(action) => action,
            None => self.action(tenant, account),
        }
    }

    /// Something of an import; `None`: it is not the time.
    fn import_action(&self, tenant: TenantId, account: &Account) -> Option<Action> {
        let event = self.next_event.number();
        if !event.is_multiple_of(IMPORTS) {
            return None;
        }
        match event.div_euclid(IMPORTS) % 3 {
            0 => Some(self.import(tenant, None)),
            1 => Some(self.old_sale()),
            _ => self.reversal(tenant, account),
        }
    }

    fn old_sale(&self) -> Action {
        let event = self.next_event;
        let sell = Sell {
            total_amount: Money::from_cents(4_000).unwrap(),
            gross_amount: None,
            redeem_mode: RedeemMode::Discount,
            redeem: Bonus::ZERO,
            external_id: Some(ExternalId::parse(&format!("OLD-{event}")).unwrap()),
            receipt_number: None,
            payment_method: None,
            point_of_sale: PointOfSale::default(),
            sale_date: Some(BusinessTime::Instant(self.now().plus_seconds(-86_400 * 500))),
            lines: vec![super::chain::line(1)],
            reserve: None,
            gift_cards: Vec::new(),
            coupons: Vec::new(),
            retail: None,
            confirmation: Confirmation::default(),
            external_scope: ExternalIdScope::Tenant,
        };
        let redeemed = Bonus::from_cents(250).unwrap();
        let (batch, sell) = (self.batch_key(), Box::new(sell));
        let accrues = event.number().is_multiple_of(2);
        Action::ImportSale(Box::new(ImportSale { batch, sell, redeemed, accrues }))
    }

    /// The first batch of which there is a lot left.
    fn reversal(&self, tenant: TenantId, account: &Account) -> Option<Action> {
        let batch = account.lots.iter().find_map(|lot| match lot.origin {
            LotOrigin::Import(batch) => Some(batch),
            LotOrigin::Sale(_)
            | LotOrigin::Registration
            | LotOrigin::Adjustment(_)
            | LotOrigin::Birthday
            | LotOrigin::Referral(_) => None,
        })?;
        let own = account.lots.iter().filter(|lot| lot.origin == LotOrigin::Import(batch));
        let lots = own.map(|lot| ImportedLot {
            lot: lot.id,
            amount: lot.amount,
            expires_at: lot.expires_at,
        });
        let event = u128::from_be_bytes(batch) & u128::from(u64::MAX);
        Some(Action::ReverseImport(Box::new(ImportReversal {
            batch,
            row: keys::import_row_key(tenant, &event.to_string()),
            lots: lots.collect(),
            carried: Carried {
                total_spent: Money::from_cents(25_000).unwrap(),
                purchases: 3,
                last_purchase_at: None,
            },
        })))
    }

    pub(super) fn note_import(&mut self, (_, customer): Who, event: &ImportEvent) {
        match event {
            ImportEvent::CustomerTaken { row, .. } => {
                self.identifiers.insert(*row, customer);
            }
            ImportEvent::CustomerReversed { row, .. } => {
                if self.identifiers.get(row) == Some(&customer) {
                    self.identifiers.remove(row);
                }
            }
            ImportEvent::SaleTaken { .. } => {}
        }
    }
}

/// Whether all that this file plays is met.
#[test]
fn customers_and_sales_are_taken_over_and_back() {
    use crate::journal::operation::EntityEvents;
    let mut world = Scenario::new(1);
    let played = world.play(1_500);
    let events: Vec<&AccountEvent> = played
        .iter()
        .flat_map(|numbered| &numbered.operation.entities)
        .filter_map(|entity| match entity {
            EntityEvents::Account(_, events) => Some(events),
            EntityEvents::Tenant(_) | EntityEvents::Login(..) | EntityEvents::Voucher(..) => None,
        })
        .flatten()
        .collect();
    let met = |kind: fn(&ImportEvent) -> bool| {
        events.iter().any(|event| matches!(event, AccountEvent::Import(event) if kind(event)))
    };
    assert!(met(|event| matches!(event, ImportEvent::CustomerTaken { .. })));
    assert!(met(|event| matches!(event, ImportEvent::SaleTaken { .. })));
    assert!(met(|event| event.taken().is_some()));
}
