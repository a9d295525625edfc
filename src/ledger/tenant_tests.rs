//! Tenants from creation to suspension: given events, when a command, then events or a refusal.

use crate::ledger::command::TokenHash;
use crate::ledger::courier::CourierChannel;
use crate::ledger::event::TenantEvent;
use crate::ledger::plus_key::PlusKey;
use crate::ledger::promotion::PromotionReward;
use crate::ledger::promotion::tests::{on_categories, times};
use crate::ledger::settings::SettingsDraft;
use crate::ledger::settings::tests::draft;
use crate::ledger::store::StoreDraft;
use crate::ledger::telegram::{BotToken, TelegramBot};
use crate::ledger::tenant::{PartnerSecret, Tenant, TenantAction, TenantCommand, step_tenant};
use crate::values::{Money, PromotionId, TenantId, Text, Timestamp};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000).plus_seconds(seconds)
}

fn hash(byte: u8) -> TokenHash {
    [byte; 32]
}

fn bot(token: &str) -> TelegramBot {
    let username = Text::parse("khorosho_bot").unwrap();
    TelegramBot { token: BotToken::new(token), username }
}

fn changed(cents: u64) -> Box<SettingsDraft> {
    let min_purchase_amount = Money::from_cents(cents).unwrap();
    Box::new(SettingsDraft { min_purchase_amount, ..draft() })
}

fn create() -> TenantAction {
    TenantAction::Create {
        tenant: TenantId(3),
        name: Text::parse("Khorosho").unwrap(),
        token: hash(1),
        secret: PartnerSecret::new("first secret"),
        settings: changed(0),
        plus_key: hash(9),
    }
}

/// A tenant and all its events.
struct Chain {
    tenant: Option<Tenant>,
    events: Vec<TenantEvent>,
}

impl Chain {
    fn new() -> Self {
        let mut chain = Self { tenant: None, events: Vec::new() };
        chain.perform(0, create()).unwrap();
        chain
    }

    /// Runs a command; says how many events it made, or the refusal.
    fn perform(&mut self, seconds: i64, action: TenantAction) -> Result<usize, String> {
        let command = TenantCommand { now: at(seconds), action };
        let step = step_tenant(self.tenant.as_ref(), &command)
            .map_err(|refusal| refusal.code().to_owned())?;
        self.events.extend(step.events.iter().cloned());
        self.tenant = Some(step.tenant);
        assert_eq!(Tenant::fold(None, &self.events), self.tenant, "fold = state");
        Ok(step.events.len())
    }

    fn tenant(&self) -> &Tenant {
        self.tenant.as_ref().unwrap()
    }

    fn accepts(&self, byte: u8, seconds: i64) -> bool {
        self.tenant().accepts_token(&hash(byte), at(seconds))
    }
}

#[test]
fn a_tenant_is_created_whole() {
    let chain = Chain::new();
    assert_eq!(chain.events.len(), 5);
    let tenant = chain.tenant();
    assert_eq!((tenant.id, tenant.created_at, tenant.suspended), (TenantId(3), at(0), false));
    assert_eq!((tenant.previous_token, tenant.previous_secret.clone()), (None, None));
    assert_eq!(tenant.secret.as_str(), "first secret");
    assert_eq!(format!("{:?}", tenant.secret), "PartnerSecret(..)");
    assert!(chain.accepts(1, 0) && !chain.accepts(2, 0));
    assert_eq!(tenant.plus_key, Some(PlusKey { hash: hash(9), previous: None }));
    let settings = tenant.settings.at(at(-1));
    assert_eq!((settings.version.number(), settings.effective_from), (1, at(0)));
}

#[test]
fn a_tenant_with_wrong_settings_is_not_created() {
    let mut settings = draft();
    settings.tiers.clear();
    let TenantAction::Create { tenant, name, token, secret, plus_key, .. } = create() else {
        return;
    };
    let settings = Box::new(settings);
    let action = TenantAction::Create { tenant, name, token, secret, settings, plus_key };
    let mut nobody = Chain { tenant: None, events: Vec::new() };
    assert_eq!(nobody.perform(0, action), Err("settings_invalid".into()));
    assert_eq!(nobody.tenant, None);
}

#[test]
fn nobody_but_a_tenant_can_be_changed() {
    for action in [
        TenantAction::ChangeSettings { settings: changed(0), effective_from: None },
        TenantAction::ChangeSettings { settings: changed(0), effective_from: Some(at(-1)) },
        TenantAction::RotateToken { token: hash(2), grace_seconds: 0 },
        TenantAction::RotateSecret { secret: PartnerSecret::new("x"), grace_seconds: 0 },
        TenantAction::Suspend,
        TenantAction::Resume,
        TenantAction::AdvanceCourier { channel: CourierChannel::Sms, through: 1 },
        TenantAction::SetTelegramBot(bot("1:a")),
    ] {
        let mut nobody = Chain { tenant: None, events: Vec::new() };
        assert_eq!(nobody.perform(0, action), Err("tenant_not_found".into()));
    }
}

#[test]
fn settings_change_from_now_or_later_never_before() {
    let mut chain = Chain::new();
    let mut change = |seconds, cents, from: Option<i64>| {
        let effective_from = from.map(at);
        let action = TenantAction::ChangeSettings { settings: changed(cents), effective_from };
        chain.perform(seconds, action)
    };
    assert_eq!(change(10, 100, None), Ok(1));
    assert_eq!(change(20, 200, Some(1_000)), Ok(1));
    assert_eq!(change(30, 300, Some(30)), Ok(1));
    assert_eq!(change(40, 400, Some(39)), Err("effective_from_in_the_past".into()));
    // Scheduled for the same instant as another: the last word counts.
    assert_eq!(change(50, 500, Some(1_000)), Ok(1));
    let check = |seconds: i64, version: u32, cents: u64| {
        let settings = chain.tenant().settings.at(at(seconds));
        let found = (settings.version.number(), settings.rules.min_purchase_amount.cents());
        assert_eq!(found, (version, cents), "{seconds}");
    };
    check(-1, 1, 0);
    check(9, 1, 0);
    check(10, 2, 100);
    check(30, 4, 300);
    check(999, 4, 300);
    check(1_000, 5, 500);
}

#[test]
fn a_rotated_token_is_good_within_its_grace() {
    let mut chain = Chain::new();
    let rotate =
        |byte, grace_seconds| TenantAction::RotateToken { token: hash(byte), grace_seconds };
    assert_eq!(chain.perform(10, rotate(2, 60)), Ok(1));
    assert!(chain.accepts(2, 10));
    assert!(chain.accepts(1, 10) && chain.accepts(1, 69) && !chain.accepts(1, 70));
    // Without grace the one before is void at once, and the one before that always.
    assert_eq!(chain.perform(20, rotate(3, 0)), Ok(1));
    assert!(chain.accepts(3, 20) && !chain.accepts(2, 20) && !chain.accepts(1, 20));
}

#[test]
fn a_rotated_secret_is_good_within_its_grace() {
    let mut chain = Chain::new();
    let secret = PartnerSecret::new("second secret");
    let rotate = TenantAction::RotateSecret { secret, grace_seconds: 60 };
    assert_eq!(chain.perform(10, rotate), Ok(1));
    let tenant = chain.tenant();
    assert_eq!(tenant.secret.as_str(), "second secret");
    let before = PartnerSecret::new("first secret");
    assert_eq!(tenant.previous_secret, Some((before, at(70))));
    assert_eq!(tenant.token, hash(1));
}

#[test]
fn a_bot_is_set_and_its_token_is_never_printed() {
    let mut chain = Chain::new();
    let set = |token: &str| TenantAction::SetTelegramBot(bot(token));
    assert_eq!(chain.perform(1, set("1:first")), Ok(1));
    assert_eq!(chain.perform(2, set("1:first")), Ok(0));
    assert_eq!(chain.perform(3, set("1:another")), Ok(1));
    assert_eq!(chain.tenant().telegram, Some(bot("1:another")));
    assert!(!format!("{:?}", chain.tenant()).contains("1:another"));
}

#[test]
fn suspending_twice_changes_nothing() {
    let mut chain = Chain::new();
    assert_eq!(chain.perform(1, TenantAction::Resume), Ok(0));
    assert_eq!(chain.perform(2, TenantAction::Suspend), Ok(1));
    assert!(chain.tenant().suspended);
    assert_eq!(chain.perform(3, TenantAction::Suspend), Ok(0));
    assert_eq!(chain.perform(4, TenantAction::Resume), Ok(1));
    assert!(!chain.tenant().suspended);
    assert_eq!(chain.perform(5, TenantAction::Resume), Ok(0));
}

#[test]
fn events_that_begin_with_no_creation_make_no_tenant() {
    let chain = Chain::new();
    assert_eq!(Tenant::fold(None, &chain.events[..3]), None);
    assert_eq!(Tenant::fold(None, &chain.events[1..]), None);
    assert_eq!(Tenant::fold(None, &[]), None);
}

#[test]
fn stores_are_listed_whole_and_the_same_list_changes_nothing() {
    let mut chain = Chain::new();
    let list = |names: &[&str]| TenantAction::ListStores {
        stores: names
            .iter()
            .map(|name| StoreDraft { id: None, name: Text::parse(name).unwrap(), address: None })
            .collect(),
    };
    assert_eq!(chain.perform(1, list(&[])), Ok(0));
    assert_eq!(chain.perform(2, list(&["Rudaki", "Somoni"])), Ok(1));
    assert_eq!(chain.perform(3, list(&["Somoni", "Rudaki"])), Ok(0));
    assert_eq!(chain.perform(4, list(&["Somoni", "Somoni"])), Err("stores_invalid".into()));
    assert_eq!(chain.perform(5, list(&["Somoni"])), Ok(1));
    let open: Vec<u32> = chain.tenant().stores.open().map(|store| store.id.number()).collect();
    assert_eq!(open, [2]);
    assert_eq!(chain.tenant().stores.all().len(), 2);
    let mut nobody = Chain { tenant: None, events: Vec::new() };
    assert_eq!(nobody.perform(0, list(&["Somoni"])), Err("tenant_not_found".into()));
}

#[test]
fn promotions_are_set_changed_and_ended() {
    let mut chain = Chain::new();
    let set = |promotion: Option<u32>, reward: PromotionReward| TenantAction::SetPromotion {
        promotion: promotion.map(PromotionId),
        terms: Box::new(on_categories(&["dairy"], reward)),
    };
    let end = |promotion| TenantAction::EndPromotion { promotion: PromotionId(promotion) };
    let running = |chain: &Chain, seconds| {
        let promotions = chain.tenant().promotions.running_at(at(seconds));
        promotions.map(|it| (it.id.number(), it.version.number())).collect::<Vec<_>>()
    };
    assert_eq!(chain.perform(1, set(None, times("2"))), Ok(1));
    assert_eq!(chain.perform(2, set(None, times("3"))), Ok(1));
    assert_eq!(chain.perform(3, set(Some(1), times("4"))), Ok(1));
    assert_eq!(running(&chain, 2), [(1, 1), (2, 2)]);
    assert_eq!(running(&chain, 3), [(1, 3), (2, 2)]);
    assert_eq!(chain.perform(4, end(1)), Ok(1));
    assert_eq!(chain.perform(5, end(1)), Ok(0));
    assert_eq!(running(&chain, 5), [(2, 2)]);
    let refused = |code: &str| Err(code.to_owned());
    assert_eq!(chain.perform(6, set(Some(1), times("2"))), refused("promotion_over"));
    assert_eq!(chain.perform(6, set(Some(3), times("2"))), refused("promotion_not_found"));
    assert_eq!(chain.perform(6, end(3)), refused("promotion_not_found"));
    assert_eq!(chain.perform(6, set(None, times("1"))), refused("promotion_invalid"));
    // The events once more, over what they made: nothing happens twice.
    let folded = Tenant::fold(chain.tenant.clone(), &chain.events[4..]);
    assert_eq!(folded.unwrap().promotions, chain.tenant().promotions);
}
