//! Operations for benches: a chain whose customers register and then buy, three lines a sale, as the ledger
//! decided them.

use kopilka::api::read_settings_document;
use kopilka::journal::{Counters, EntityEvents, Numbered, Operation};
use kopilka::ledger::{
    Account, AccountEvent, Action, Actor, Command, Confirmation, ExternalId, ExternalIdScope,
    Facts, HeldVouchers, IdBlock, LineInput, PartnerSecret, PointOfSale, PromotionFacts,
    RedeemMode, Register, Sell, SettingsDraft, SettingsHistory, TenantAction, TenantCommand,
    TenantName, step, step_tenant,
};
use kopilka::values::{
    Bonus, CustomerId, EventNumber, LotId, Money, Phone, Quantity, SaleId, SettingsVersion,
    TenantId, Text, Timestamp, TransactionId,
};
use std::collections::BTreeMap;
use std::sync::Arc;

const TENANT: TenantId = TenantId(1);
pub(super) const CUSTOMERS: u64 = 2_000;

/// Of a chain whose bonuses mature after a day and expire after thirty.
const SETTINGS: &str =
    r#"{"redeem_hold_seconds": 86400, "expire_after_days": 30, "welcome_expire_after_days": 0}"#;

/// A chain whose customers buy something every few minutes.
struct Chain {
    now: Timestamp,
    settings: Arc<SettingsHistory>,
    accounts: BTreeMap<CustomerId, Account>,
    counters: Counters,
    operations: Vec<Numbered>,
    next_event: EventNumber,
}

impl Chain {
    fn new() -> Self {
        let now = Timestamp::parse_rfc3339("2026-01-01T00:00:00Z").unwrap();
        let action = TenantAction::Create {
            tenant: TENANT,
            name: TenantName::parse("Chain").unwrap(),
            token: [1; 32],
            secret: PartnerSecret::new("s3cr3t"),
            settings: Box::new(settings()),
            plus_key: [2; 32],
        };
        let created = step_tenant(None, &TenantCommand { now, action }).unwrap();
        let mut chain = Self {
            now,
            settings: created.tenant.settings,
            accounts: BTreeMap::new(),
            counters: Counters::default(),
            operations: Vec::new(),
            next_event: EventNumber(1),
        };
        chain.push(EntityEvents::Tenant(created.events));
        chain
    }

    fn push(&mut self, entity: EntityEvents) {
        let operation = Operation {
            tenant: TENANT,
            at: self.now,
            actor: Actor::Partner,
            rule_version: SettingsVersion(1),
            mark: None,
            entities: vec![entity],
        };
        self.counters.take(&operation);
        let first_event = self.next_event;
        self.next_event = first_event.plus(operation.count());
        let tenant_number = u64::try_from(self.operations.len()).unwrap() + 1;
        self.operations.push(Numbered { operation, first_event, tenant_number });
    }

    fn perform(&mut self, customer: CustomerId, action: Action) {
        self.now = self.now.plus_seconds(60);
        let ids = IdBlock {
            sale: SaleId(self.counters.sale + 1),
            transaction: TransactionId(self.counters.transaction + 1),
            lot: LotId(self.counters.lot + 1),
        };
        let settings = Arc::clone(&self.settings);
        let facts = Facts {
            settings,
            ids,
            completes: None,
            past: None,
            returned: None,
            vouchers: HeldVouchers::default(),
            promotions: PromotionFacts::default(),
        };
        let command = Command { now: self.now, action, facts };
        let step = step(self.accounts.get(&customer), &command).unwrap();
        self.accounts.insert(customer, *step.account);
        let events: Vec<AccountEvent> = step.events;
        self.push(EntityEvents::Account(customer, events));
    }
}

fn settings() -> SettingsDraft {
    read_settings_document(SETTINGS).unwrap()
}

fn register(customer: CustomerId) -> Action {
    let phone = Phone::from_number(992_900_000_000 + customer.number()).unwrap();
    Action::Register(Register {
        customer,
        phone,
        full_name: None,
        token: None,
        welcome: false,
        mark: None,
        telegram: None,
        referral_code: None,
        inviter: None,
        change: None,
        confirmed: false,
    })
}

fn sell(number: u64) -> Action {
    Action::Sell(Box::new(Sell {
        total_amount: Money::from_cents(10_000).unwrap(),
        gross_amount: None,
        redeem_mode: RedeemMode::Discount,
        redeem: Bonus::ZERO,
        external_id: Some(ExternalId::parse(&format!("RECEIPT-{number}")).unwrap()),
        receipt_number: None,
        payment_method: None,
        point_of_sale: PointOfSale::default(),
        sale_date: None,
        lines: lines().to_vec(),
        reserve: None,
        confirmation: Confirmation::Missing,
        external_scope: ExternalIdScope::Tenant,
        gift_cards: Vec::new(),
        coupons: Vec::new(),
        retail: None,
    }))
}

/// A receipt of three lines, 100.00 in all.
fn lines() -> [LineInput; 3] {
    [("dairy", "Milk 1L", 2_000), ("bakery", "Bread", 3_000), ("grocery", "Tea 100 g", 5_000)].map(
        |(category, name, cents)| LineInput {
            sku: Some(Text::parse("4601234000011").unwrap()),
            category_code: Some(Text::parse(category).unwrap()),
            name: Some(Text::parse(name).unwrap()),
            quantity: Some(Quantity::ONE),
            unit_price: None,
            line_amount: Some(Money::from_cents(cents).unwrap()),
        },
    )
}

/// The customers come first, then so many sales that go round among them.
pub(super) fn operations(sales: u64) -> Vec<Numbered> {
    let mut chain = Chain::new();
    for customer in (1..=CUSTOMERS).map(CustomerId) {
        chain.perform(customer, register(customer));
    }
    for number in 0..sales {
        chain.perform(CustomerId(1 + number.wrapping_mul(7_919) % CUSTOMERS), sell(number));
    }
    chain.operations
}
