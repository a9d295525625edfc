//! Webhooks from the door to the receiver: everything arrives in order, whatever the receiver does, and
//! nobody else waits for it.

use crate::house::{Ask, PHONE, Shop, TestHouse, run};
use crate::receiver::{Act, Receiver};
use kopilka::courier::{Outbound, OutboundLimits, Pacing, WebhookCouriers};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What a test waits for a receiver that never answers.
const ANSWER_WITHIN: Duration = Duration::from_millis(500);

/// The couriers of a house, and how long they paused.
pub(crate) struct Couriers {
    pub(crate) running: WebhookCouriers,
    pub(crate) pauses: Arc<Mutex<Vec<Duration>>>,
}

impl Couriers {
    /// Pauses pass at once, by the clock of the house.
    pub(crate) fn start(house: &TestHouse) -> Self {
        Self::start_with(house, |_| true)
    }

    /// The same, but pauses that do not pass last for ever.
    pub(crate) fn start_with(house: &TestHouse, passes: fn(Duration) -> bool) -> Self {
        let (clock, pauses) = (house.clock.clone(), Arc::<Mutex<Vec<Duration>>>::default());
        let noted = Arc::clone(&pauses);
        let pacing = Pacing::new(move |pause| {
            noted.lock().unwrap().push(pause);
            let millis = i64::try_from(pause.as_millis()).unwrap();
            let clock = clock.clone();
            async move {
                if !passes(pause) {
                    std::future::pending::<()>().await;
                }
                tokio::task::yield_now().await;
                clock.set(clock.now().plus_millis(millis));
            }
        });
        let limits = OutboundLimits { connect: ANSWER_WITHIN, total: ANSWER_WITHIN };
        let outbound = Outbound::new(limits).unwrap();
        let deliveries = house.deliveries.clone();
        let running = WebhookCouriers::start(house.house.clone(), outbound, pacing, deliveries);
        Self { running, pauses }
    }
}

/// Sets a webhook; its id, secret and first entry.
async fn set(house: &TestHouse, shop: &Shop, request: Value) -> (u64, String, u64) {
    let answer = house.ask(shop, Ask::post("/partner/webhooks", &request)).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let data = answer.data();
    let secret = data["secret"].as_str().unwrap().to_owned();
    (data["id"].as_u64().unwrap(), secret, data["after"].as_u64().unwrap())
}

async fn list(house: &TestHouse, shop: &Shop) -> Value {
    house.ask(shop, Ask::get("/partner/webhooks")).await.data().clone()
}

async fn sell(house: &TestHouse, shop: &Shop, count: usize) {
    for _ in 0..count {
        let sale = json!({"client_phone": PHONE, "total_amount": 100});
        assert_eq!(house.sell(shop, sale).await.status, 201);
    }
}

async fn last(house: &TestHouse, shop: &Shop) -> u64 {
    let answer = house.ask(shop, Ask::get("/partner/events?limit=1")).await;
    answer.data()["last"].as_u64().unwrap()
}

/// Asks until the list says so; every question lets the couriers go on.
async fn until(house: &TestHouse, shop: &Shop, said: impl Fn(&Value) -> bool) -> Value {
    loop {
        let hooks = list(house, shop).await;
        if said(&hooks) {
            return hooks;
        }
        tokio::task::yield_now().await;
    }
}

async fn shop_with_customer(house: &TestHouse) -> Shop {
    let shop = house.shop(json!({})).await;
    house.log_in(&shop, PHONE).await;
    shop
}

#[test]
fn everything_arrives_in_order_however_the_receiver_behaves() {
    run(async {
        let house = TestHouse::new().await;
        let shop = shop_with_customer(&house).await;
        let script = [
            Act::Answer(500),
            Act::BreakOff,
            Act::NeverAnswer,
            Act::Redirect,
            Act::Answer(404),
            Act::Answer(200),
            Act::Answer(503),
        ];
        let mut receiver = Receiver::start(&script, Act::Answer(200)).await;
        let (id, secret, after) = set(&house, &shop, json!({"url": receiver.url})).await;
        assert_eq!(after, 2);
        sell(&house, &shop, 120).await;
        let couriers = Couriers::start(&house);
        let mut taken = Vec::new();
        let mut attempts: Vec<(String, String)> = Vec::new();
        while taken.last().is_none_or(|number| *number < 123) {
            let received = receiver.next().await;
            assert!(received.is_signed_with(&secret), "{received:?}");
            assert!(!received.is_signed_with(&shop.secret));
            assert!(received.numbers().len() <= 100);
            let (first, last) = (received.numbers()[0], *received.numbers().last().unwrap());
            assert_eq!(received.delivery(), format!("{id}-{first}-{last}"));
            assert_eq!(received.headers["content-type"], "application/json");
            if received.act == Act::Answer(200) {
                taken.extend(received.numbers());
            }
            attempts.push((received.delivery().to_owned(), received.body.clone()));
        }
        assert_eq!(taken, (3..=123).collect::<Vec<_>>());
        // Every attempt at a delivery is the same delivery.
        assert_eq!(attempts.len(), 8);
        assert!(attempts[..6].iter().all(|attempt| *attempt == attempts[0]));
        assert_eq!(attempts[6], attempts[7]);
        let pauses = couriers.pauses.lock().unwrap()[..6].to_vec();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 1].map(Duration::from_secs));
        let hooks = until(&house, &shop, |hooks| hooks[0]["after"].as_u64() >= Some(123)).await;
        assert_eq!((&hooks[0]["state"], &hooks[0]["last_error"]), (&json!("active"), &Value::Null));
        couriers.running.stop().await;
        house.close_and_verify().await;
    });
}

#[test]
fn a_note_of_how_far_it_got_makes_no_other_note() {
    run(async {
        let house = TestHouse::new().await;
        let shop = shop_with_customer(&house).await;
        let mut receiver = Receiver::start(&[], Act::Answer(200)).await;
        set(&house, &shop, json!({"url": receiver.url})).await;
        let couriers = Couriers::start(&house);
        assert_eq!(receiver.taken_through(3).await, [3]);
        until(&house, &shop, |hooks| hooks[0]["after"] == json!(3)).await;
        // The note is entry 4; nothing follows it.
        for _ in 0..50 {
            assert_eq!(last(&house, &shop).await, 4);
        }
        sell(&house, &shop, 1).await;
        assert_eq!(receiver.taken_through(5).await, [5]);
        couriers.running.stop().await;
        let note = house.ask(&shop, Ask::get("/partner/events?after=3&limit=1")).await;
        assert_eq!(note.data()["events"][0]["kind"], json!("courier_advanced"));
        house.close_and_verify().await;
    });
}

#[test]
fn a_webhook_goes_on_where_it_stopped_and_begins_again_where_it_is_told() {
    run(async {
        let house = TestHouse::new().await;
        let shop = shop_with_customer(&house).await;
        let mut receiver = Receiver::start(&[], Act::Answer(200)).await;
        let kinds = json!(["sale", "customer_blocked"]);
        let (id, ..) = set(&house, &shop, json!({"url": receiver.url, "kinds": kinds})).await;
        // How far it has got is not written down before it is stopped.
        let couriers = Couriers::start_with(&house, |pause| pause < Duration::from_secs(10));
        for number in [4, 5] {
            sell(&house, &shop, 1).await;
            assert_eq!(receiver.taken_through(number).await, [number]);
        }
        couriers.running.stop().await;
        let house = house.reopen().await;
        sell(&house, &shop, 1).await;
        let sold = last(&house, &shop).await;
        let couriers = Couriers::start(&house);
        let taken = receiver.taken_through(sold).await;
        // The courier may have been stopped before it read the last answer.
        assert!(taken == [sold] || taken == [5, sold], "{taken:?}");
        let replay = json!({"after": 4});
        let path = format!("/partner/webhooks/{id}/replay");
        let answer = house.ask(&shop, Ask::post(&path, &replay)).await;
        assert_eq!((answer.status, &answer.data()["after"]), (200, &json!(4)));
        assert_eq!(receiver.taken_through(sold).await, [5, sold]);
        couriers.running.stop().await;
        house.close_and_verify().await;
    });
}

#[test]
fn a_receiver_that_fails_for_days_is_paused_until_it_is_replayed() {
    run(async {
        let house = TestHouse::new().await;
        let shop = shop_with_customer(&house).await;
        let mut receiver = Receiver::start(&[], Act::Answer(500)).await;
        let (id, ..) = set(&house, &shop, json!({"url": receiver.url})).await;
        let began = house.clock.now();
        let couriers = Couriers::start(&house);
        receiver.next().await;
        let failing = until(&house, &shop, |hooks| hooks[0]["state"] != json!("active")).await;
        assert_eq!(failing[0]["last_error"], json!("the answer was status 500"));
        let paused = until(&house, &shop, |hooks| hooks[0]["state"] == json!("paused")).await;
        assert_eq!(paused[0]["failing_since"], json!("2026-03-02T14:00:00+05:00"));
        assert_eq!(paused[0]["after"], json!(2), "nothing was skipped");
        let days = house.clock.now().millis_since(began) / 86_400_000;
        assert!((2..=3).contains(&days), "{days}");
        while !receiver.is_quiet() {}
        receiver.now(Act::Answer(200));
        sell(&house, &shop, 1).await;
        assert!(receiver.is_quiet());
        let path = format!("/partner/webhooks/{id}/replay");
        let replayed = house.ask(&shop, Ask::post(&path, &json!({"after": 2}))).await;
        assert_eq!(replayed.data()["state"], json!("active"));
        // The webhook, its pause, the sale, its replay.
        assert_eq!(receiver.taken_through(6).await, [3, 4, 5, 6]);
        couriers.running.stop().await;
        house.close_and_verify().await;
    });
}

#[test]
fn a_receiver_that_never_answers_holds_back_nobody_else() {
    run(async {
        let house = TestHouse::new().await;
        let shop = shop_with_customer(&house).await;
        let mut silent = Receiver::start(&[], Act::NeverAnswer).await;
        let mut prompt = Receiver::start(&[], Act::Answer(200)).await;
        set(&house, &shop, json!({"url": silent.url})).await;
        set(&house, &shop, json!({"url": prompt.url})).await;
        let couriers = Couriers::start(&house);
        silent.next().await;
        sell(&house, &shop, 20).await;
        let taken = prompt.taken_through(24).await;
        assert_eq!(taken.first(), Some(&4));
        couriers.running.stop().await;
        house.close_and_verify().await;
    });
}

#[test]
fn webhooks_are_set_listed_and_removed() {
    run(async {
        let house = TestHouse::new().await;
        let (shop, other) = (shop_with_customer(&house).await, shop_with_customer(&house).await);
        let url = json!({"url": "https://erp.example/hook", "kinds": ["sale"]});
        let (id, secret, _) = set(&house, &shop, url.clone()).await;
        assert_eq!((id, secret.len()), (1, 64));
        let hooks = list(&house, &shop).await;
        assert_eq!((&hooks[0]["kinds"], &hooks[0]["state"]), (&json!(["sale"]), &json!("active")));
        assert!(!hooks.to_string().contains(&secret));
        for _ in 1..16 {
            set(&house, &shop, url.clone()).await;
        }
        let one_more = house.ask(&shop, Ask::post("/partner/webhooks", &url)).await;
        assert_eq!(one_more.error(), (422, "too_many_webhooks", None));
        let remove =
            |id: &str| Ask { method: "DELETE", ..Ask::get(&format!("/partner/webhooks/{id}")) };
        assert_eq!(house.ask(&other, remove("1")).await.error(), (404, "webhook_not_found", None));
        assert_eq!(house.ask(&shop, remove("1")).await.data(), &json!({"id": 1}));
        assert_eq!(house.ask(&shop, remove("1")).await.error(), (404, "webhook_not_found", None));
        assert_eq!(
            house.ask(&shop, remove("x")).await.error(),
            (422, "not_whole_number", Some("id"))
        );
        assert_eq!(set(&house, &shop, url).await.0, 17, "an id is never used again");
        let replay = |after: u64| Ask::post("/partner/webhooks/2/replay", &json!({"after": after}));
        let beyond = house.ask(&shop, replay(1_000)).await;
        assert_eq!(beyond.error(), (422, "not_whole_number", Some("after")));
        assert_eq!(house.ask(&other, replay(0)).await.error(), (404, "webhook_not_found", None));
        let house = house.reopen().await;
        assert_eq!(list(&house, &shop).await.as_array().unwrap().len(), 16);
        house.close_and_verify().await;
    });
}
