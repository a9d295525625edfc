//! A ledger of tests as couriers see it, and a time that passes when the test says so.

use crate::courier::pacing::Pacing;
use crate::courier::sources::{AddressedCode, Asked, SourceError, Sources};
use crate::engine::Clock;
use crate::journal::{EntityEvents, Numbered, Operation};
use crate::ledger::{
    AccountEvent, Actor, CourierChannel, PartnerSecret, Tenant, TenantAction, TenantCommand,
    TenantEvent, sample_settings, step_tenant,
};
use crate::values::{
    Balance, CustomerId, EventNumber, Phone, SettingsVersion, TenantId, Text, Timestamp,
    TransactionId,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;

/// When every test begins.
pub(in crate::courier) fn start() -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000)
}

/// Pauses that pass at once, and the clock with them; each is kept.
pub(in crate::courier) fn hurried(clock: &Clock) -> (Pacing, Arc<Mutex<Vec<u64>>>) {
    let pauses = Arc::new(Mutex::new(Vec::new()));
    let (clock, kept) = (clock.clone(), Arc::clone(&pauses));
    let pacing = Pacing::new(move |pause: Duration| {
        kept.lock().unwrap().push(pause.as_secs());
        clock.set(clock.now().plus_millis(i64::try_from(pause.as_millis()).unwrap()));
        std::future::ready(())
    });
    (pacing, pauses)
}

/// A time that passes when the test says so.
#[derive(Clone)]
pub(in crate::courier) struct Time {
    pub(in crate::courier) clock: Clock,
    hand: Arc<watch::Sender<Timestamp>>,
}

impl Time {
    pub(in crate::courier) fn new() -> Self {
        Self { clock: Clock::standing(start()), hand: Arc::new(watch::Sender::new(start())) }
    }

    pub(in crate::courier) fn pass(&self, seconds: i64) {
        self.clock.set(self.clock.now().plus_seconds(seconds));
        self.hand.send_replace(self.clock.now());
    }

    pub(in crate::courier) fn pacing(&self) -> Pacing {
        let time = self.clone();
        Pacing::new(move |pause: Duration| {
            let millis = i64::try_from(pause.as_millis()).unwrap();
            let (until, mut hand) = (time.clock.now().plus_millis(millis), time.hand.subscribe());
            async move {
                hand.wait_for(|now| *now >= until).await.unwrap();
            }
        })
    }
}

/// Lets everything else work until `holds`.
pub(in crate::courier) async fn until(holds: impl Fn() -> bool) {
    let held = async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    };
    let held = tokio::time::timeout(Duration::from_secs(20), held).await;
    held.expect("what the test waits for comes to be");
}

/// Lets everything else work that can.
pub(in crate::courier) async fn settled() {
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
}

#[derive(Default)]
struct Chain {
    tenant: Option<Tenant>,
    operations: Vec<Numbered>,
    codes: BTreeMap<u64, Vec<AddressedCode>>,
}

#[derive(Default)]
struct Shared {
    chains: BTreeMap<TenantId, Chain>,
    devices: BTreeSet<(TenantId, CustomerId, String)>,
    /// Pages with something on them that were read, by tenant.
    pages: BTreeMap<TenantId, u64>,
    advances: Vec<(TenantId, CourierChannel, u64)>,
    /// So many answers fail.
    failing: u32,
}

/// A ledger in memory; clones are the same one.
#[derive(Clone)]
pub(in crate::courier) struct TestLedger {
    time: Time,
    shared: Arc<Mutex<Shared>>,
    grown: Arc<watch::Sender<u64>>,
}

impl TestLedger {
    pub(in crate::courier) fn new(time: &Time) -> Self {
        let shared = Arc::default();
        Self { time: time.clone(), shared, grown: Arc::new(watch::Sender::new(0)) }
    }

    pub(in crate::courier) fn create(&self, tenant: TenantId) {
        self.shared.lock().unwrap().chains.insert(tenant, Chain::default());
        let action = TenantAction::Create {
            tenant,
            name: Text::parse("Khorosho").unwrap(),
            token: [1; 32],
            secret: PartnerSecret::new("secret"),
            settings: Box::new(sample_settings()),
            plus_key: [2; 32],
        };
        self.change(tenant, action);
    }

    /// An operation that sends a code.
    pub(in crate::courier) fn send_code(&self, tenant: TenantId, phone: u64, code: &str) -> u64 {
        let phone = Phone::from_number(phone).unwrap();
        let number = self.append(tenant, vec![EntityEvents::Account(CustomerId(1), Vec::new())]);
        let mut shared = self.shared.lock().unwrap();
        let chain = shared.chains.get_mut(&tenant).unwrap();
        chain.codes.insert(number, vec![AddressedCode { phone, code: code.into() }]);
        number
    }

    /// An operation that gives a customer bonuses.
    pub(in crate::courier) fn give(&self, tenant: TenantId, customer: CustomerId) -> u64 {
        let event = AccountEvent::AdjustmentRecorded {
            transaction: TransactionId(1),
            amount: Balance::from_cents(500),
            reason: Text::parse("sorry").unwrap(),
            balance_after: Balance::from_cents(700),
        };
        self.append(tenant, vec![EntityEvents::Account(customer, vec![event])])
    }

    pub(in crate::courier) fn register(&self, tenant: TenantId, customer: CustomerId, token: &str) {
        self.shared.lock().unwrap().devices.insert((tenant, customer, token.to_owned()));
    }

    pub(in crate::courier) fn device_count(&self) -> usize {
        self.shared.lock().unwrap().devices.len()
    }

    pub(in crate::courier) fn fail(&self, answers: u32) {
        self.shared.lock().unwrap().failing = answers;
    }

    /// Every cursor that was journaled.
    pub(in crate::courier) fn advances(&self) -> Vec<(TenantId, CourierChannel, u64)> {
        self.shared.lock().unwrap().advances.clone()
    }

    /// How many pages with something on them were read.
    pub(in crate::courier) fn pages(&self, tenant: TenantId) -> u64 {
        self.shared.lock().unwrap().pages.get(&tenant).copied().unwrap_or_default()
    }

    fn append(&self, tenant: TenantId, entities: Vec<EntityEvents>) -> u64 {
        let mut shared = self.shared.lock().unwrap();
        let chain = shared.chains.get_mut(&tenant).unwrap();
        let tenant_number = u64::try_from(chain.operations.len()).unwrap() + 1;
        let operation = Operation {
            tenant,
            at: self.time.clock.now(),
            actor: Actor::House,
            rule_version: SettingsVersion(1),
            mark: None,
            entities,
        };
        let first_event = EventNumber(tenant_number);
        chain.operations.push(Numbered { operation, first_event, tenant_number });
        drop(shared);
        self.grown.send_modify(|count| *count += 1);
        tenant_number
    }

    fn change(&self, tenant: TenantId, action: TenantAction) {
        let command = TenantCommand { now: self.time.clock.now(), action };
        let before = self.shared.lock().unwrap().chains[&tenant].tenant.clone();
        let step = step_tenant(before.as_ref(), &command).unwrap();
        let events: Vec<TenantEvent> = step.events;
        if !events.is_empty() {
            self.append(tenant, vec![EntityEvents::Tenant(events)]);
        }
        self.shared.lock().unwrap().chains.get_mut(&tenant).unwrap().tenant = Some(step.tenant);
    }

    fn answer(&self) -> Result<(), SourceError> {
        let mut shared = self.shared.lock().unwrap();
        if shared.failing == 0 {
            return Ok(());
        }
        shared.failing -= 1;
        Err(SourceError("it is being opened".into()))
    }

    fn count(&self, tenant: TenantId) -> u64 {
        u64::try_from(self.shared.lock().unwrap().chains[&tenant].operations.len()).unwrap()
    }
}

impl Sources for TestLedger {
    fn new_tenants<'a>(&'a self, known: &'a [TenantId]) -> Asked<'a, Vec<TenantId>> {
        Box::pin(async move {
            let mut grown = self.grown.subscribe();
            loop {
                let all: Vec<TenantId> =
                    self.shared.lock().unwrap().chains.keys().copied().collect();
                let new: Vec<TenantId> =
                    all.into_iter().filter(|tenant| !known.contains(tenant)).collect();
                if !new.is_empty() {
                    return new;
                }
                grown.changed().await.unwrap();
            }
        })
    }

    fn tenant(&self, tenant: TenantId) -> Result<Arc<Tenant>, SourceError> {
        self.answer()?;
        Ok(Arc::new(self.shared.lock().unwrap().chains[&tenant].tenant.clone().unwrap()))
    }

    fn operations_after(
        &self,
        tenant: TenantId,
        after: u64,
        limit: u64,
    ) -> Asked<'_, Result<Vec<Numbered>, SourceError>> {
        Box::pin(async move {
            self.answer()?;
            let mut shared = self.shared.lock().unwrap();
            let operations = shared.chains[&tenant].operations.iter();
            let behind = operations
                .filter(|one| one.tenant_number > after)
                .take(usize::try_from(limit).unwrap());
            let page: Vec<Numbered> = behind.cloned().collect();
            *shared.pages.entry(tenant).or_default() += u64::from(!page.is_empty());
            Ok(page)
        })
    }

    fn grows(&self, tenant: TenantId, _channel: CourierChannel, after: u64) -> Asked<'_, ()> {
        Box::pin(async move {
            let mut grown = self.grown.subscribe();
            while self.count(tenant) <= after {
                grown.changed().await.unwrap();
            }
        })
    }

    fn login_codes(&self, operation: &Numbered) -> Result<Vec<AddressedCode>, SourceError> {
        self.answer()?;
        let shared = self.shared.lock().unwrap();
        let codes = &shared.chains[&operation.operation.tenant].codes;
        Ok(codes.get(&operation.tenant_number).cloned().unwrap_or_default())
    }

    fn is_current(&self, tenant: TenantId, code: &AddressedCode) -> Result<bool, SourceError> {
        let shared = self.shared.lock().unwrap();
        let sent = shared.chains[&tenant].codes.values().flatten();
        let last = sent.rev().find(|sent| sent.phone == code.phone);
        Ok(last == Some(code))
    }

    fn devices(
        &self,
        tenant: TenantId,
        customer: CustomerId,
    ) -> Asked<'_, Result<Vec<String>, SourceError>> {
        Box::pin(async move {
            self.answer()?;
            let shared = self.shared.lock().unwrap();
            let of_customer =
                shared.devices.iter().filter(|(of, who, _)| (*of, *who) == (tenant, customer));
            Ok(of_customer.map(|(_, _, token)| token.clone()).collect())
        })
    }

    fn forget_device(
        &self,
        tenant: TenantId,
        customer: CustomerId,
        token: String,
    ) -> Asked<'_, Result<(), SourceError>> {
        Box::pin(async move {
            self.shared.lock().unwrap().devices.remove(&(tenant, customer, token));
            Ok(())
        })
    }

    fn advance(
        &self,
        tenant: TenantId,
        channel: CourierChannel,
        through: u64,
    ) -> Asked<'_, Result<(), SourceError>> {
        Box::pin(async move {
            self.answer()?;
            self.shared.lock().unwrap().advances.push((tenant, channel, through));
            self.change(tenant, TenantAction::AdvanceCourier { channel, through });
            Ok(())
        })
    }
}
