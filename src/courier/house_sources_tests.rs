//! The desk over a real house: a code that was sent logs its customer in, a notice reaches a device, and
//! the next opening repeats neither.

use crate::courier::deliveries::Deliveries;
use crate::courier::desk::Desk;
use crate::courier::errand::Gateways;
use crate::courier::house_sources::HouseSources;
use crate::courier::pacing::Pacing;
use crate::courier::push::{PushGateway, SentPushes};
use crate::courier::sms::{SentSms, SmsGateway};
use crate::courier::test_kit::until;
use crate::engine::{
    Clock, Done, Entropy, House, HouseOptions, Identifier, Order, TenantOrder, TenantWish, Wish,
};
use crate::ledger::{Actor, Adjust, CourierChannel, Device, LoginCode, Reason, sample_settings};
use crate::values::{Balance, Phone, TenantId, Text, Timestamp};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

fn at() -> Timestamp {
    Timestamp::parse_rfc3339("2026-03-02T09:00:00Z").unwrap()
}

fn phone() -> Phone {
    Phone::from_number(992_901_234_567).unwrap()
}

async fn open(dir: &Path) -> House {
    let options = HouseOptions {
        clock: Clock::standing(at()),
        entropy: Entropy::seeded(1),
        checkpoint_seconds: 1_000_000,
        ..HouseOptions::new(dir.join("ledger"))
    };
    House::open(options).await.unwrap()
}

async fn perform(house: &House, tenant: TenantId, wish: Wish) -> Done {
    let who = Identifier::Phone(phone());
    let order = Order { tenant, at: at(), actor: Actor::House, mark: None, who, wish };
    house.perform(order).await.unwrap()
}

/// A desk over the house, and what it sends.
fn desk(house: &House) -> (Desk, SentSms, SentPushes) {
    let (sms, pushes) = (SentSms::default(), SentPushes::default());
    let gateways =
        Gateways { sms: SmsGateway::Log(sms.clone()), push: PushGateway::Log(pushes.clone()) };
    let sources = Arc::new(HouseSources::new(house.clone(), Pacing::wall()));
    let (clock, pacing) = (house.clock().clone(), Pacing::wall());
    let desk = Desk::start(sources, gateways, clock, pacing, Deliveries::default());
    (desk, sms, pushes)
}

async fn scene(dir: &Path) {
    let house = open(dir).await;
    let wish = TenantWish::Create {
        name: Text::parse("Chain").unwrap(),
        settings: Box::new(sample_settings()),
    };
    let order = TenantOrder { at: at(), actor: Actor::House, wish };
    let tenant = house.change_tenant(order).await.unwrap().tenant.id;
    perform(
        &house,
        tenant,
        Wish::LogIn { full_name: None, create_if_missing: true, referral_code: None },
    )
    .await;
    let (first_desk, sms, pushes) = desk(&house);

    house.send_code(tenant, at(), phone()).await.unwrap();
    until(|| !sms.messages().is_empty()).await;
    let sent = sms.messages().remove(0);
    assert_eq!(sent.phone, phone());
    let code = LoginCode::parse(&sent.text[..6]).unwrap();
    let logged_in = perform(&house, tenant, Wish::LogInByCode(code)).await;
    assert!(matches!(logged_in, Done::LoggedIn { created: false, .. }), "{logged_in:?}");

    let device = Device { token: Text::parse("device").unwrap(), platform: None };
    perform(&house, tenant, Wish::RegisterDevice(device)).await;
    let adjust = Adjust {
        amount: Balance::from_cents(500),
        reason: Reason::parse("test").unwrap(),
        hold_seconds: 0,
        expires: None,
        allow_debt: false,
    };
    perform(&house, tenant, Wish::Adjust(adjust)).await;
    until(|| !pushes.notices().is_empty()).await;
    assert_eq!(pushes.notices()[0].token, "device");

    assert!(first_desk.stop(Duration::from_secs(20)).await);
    let cursors = house.tenant(tenant).unwrap().unwrap().couriers;
    let through = CourierChannel::ALL.map(|channel| cursors.through(channel));
    assert!(through.iter().all(|through| *through > 2), "{through:?}");
    house.close().await.unwrap();

    // A rebuilt house knows the cursors, and repeats nothing.
    std::fs::remove_dir_all(dir.join("ledger/tables")).unwrap();
    let house = open(dir).await;
    assert_eq!(house.tenant(tenant).unwrap().unwrap().couriers, cursors);
    let (second_desk, sms, pushes) = desk(&house);
    let other = Phone::from_number(992_901_234_568).unwrap();
    house.send_code(tenant, at(), other).await.unwrap();
    until(|| !sms.messages().is_empty()).await;
    assert!(second_desk.stop(Duration::from_secs(20)).await);
    let phones: Vec<Phone> = sms.messages().iter().map(|sms| sms.phone).collect();
    assert_eq!((phones, pushes.notices().len()), (vec![other], 0));
    house.close().await.unwrap();
}

#[test]
fn codes_and_notices_of_a_house_leave_once() {
    let dir = tempfile::tempdir().unwrap();
    actix::System::new().block_on(scene(dir.path()));
}
