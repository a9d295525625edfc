//! A store that fails at the n-th write or sync, for every n: what was acknowledged survives, reads never
//! show what may be lost, and the house says 503 and opens again.

use crate::house::{Answer, Ask, PHONE, Shop, TestHouse, options, run};
use crate::parallel::together;
use crate::stores::{FailsAt, Gate, Harm, Watch, watched};
use kopilka::engine::HouseOptions;
use serde_json::{Value, json};
use std::sync::Arc;

/// Appends of the scenario that may fail: creating the tenant is the first.
const APPENDS: usize = 14;
/// The phone that logs in half-way.
const LATE_COMER: &str = "+992907654321";

pub(crate) async fn house_on(watch: Arc<dyn Watch>) -> TestHouse {
    let dir = tempfile::tempdir().unwrap();
    let options = HouseOptions { log: Some(watched(watch)), ..options(&dir.path().join("ledger")) };
    TestHouse::open(dir, options).await
}

/// Waits until a house that failed has opened itself again.
async fn until_ready(house: &TestHouse) {
    while house.house.not_ready().is_some() {
        tokio::task::yield_now().await;
    }
}

/// The requests of the scenario, each with a key: asking twice must not do it twice.
fn requests() -> Vec<Ask> {
    let sale = |id: usize, phone: &str, total: u32, redeem: u32| {
        let body = json!({"client_phone": phone, "total_amount": total, "bonus_redeem_amount": redeem,
            "external_sale_id": format!("r-{id}")});
        Ask::post("/partner/sale", &body).with("idempotency-key", &format!("k-{id}"))
    };
    let redemption = |id: usize, amount: u32| {
        let body = json!({"client_phone": PHONE, "amount": amount, "total_amount": 100, "external_sale_id": format!("r-{id}")});
        Ask::post("/partner/redeem", &body).with("idempotency-key", &format!("k-{id}"))
    };
    vec![
        Ask::post("/partner/auth", &json!({"phone": PHONE})),
        sale(1, PHONE, 1000, 0),
        sale(2, PHONE, 200, 20),
        redemption(3, 5),
        Ask::post("/partner/auth", &json!({"phone": LATE_COMER})),
        sale(4, LATE_COMER, 300, 0),
        sale(5, PHONE, 100, 10),
        redemption(6, 7),
        sale(7, LATE_COMER, 150, 15),
        sale(8, PHONE, 99, 0),
    ]
}

/// Asks until there is an answer other than 503; says whether there was a 503.
pub(crate) async fn persist(house: &TestHouse, shop: &Shop, ask: &Ask) -> (Answer, bool) {
    let mut failed = false;
    loop {
        let answer = house.ask(shop, ask.clone()).await;
        if answer.status != 503 {
            return (answer, failed);
        }
        assert!(answer.retry_after.is_some());
        failed = true;
        until_ready(house).await;
        tokio::task::yield_now().await;
    }
}

async fn figures(house: &TestHouse, shop: &Shop) -> Vec<Value> {
    let mut shown = Vec::new();
    for phone in [PHONE, LATE_COMER] {
        let mut client = house.client(shop, phone).await;
        // The second try of a failed registration finds the customer there, or makes another number.
        for name in ["id", "barcode_ean13", "account_number"] {
            client[name] = Value::Null;
        }
        shown.push(client);
    }
    shown
}

/// Runs the scenario; returns the figures at its end and how many requests met a failure.
async fn run_scenario(watch: Arc<dyn Watch>) -> (Vec<Value>, usize) {
    let house = house_on(watch).await;
    let shop = loop {
        // The tenant itself may be what fails.
        if house.house.not_ready().is_none()
            && let Some(shop) = house.try_shop(json!({"redeem_hold_seconds": 0})).await
        {
            break shop;
        }
        tokio::task::yield_now().await;
    };
    let mut failures = 0;
    let mut told = Vec::new();
    for ask in requests() {
        let (answer, failed) = persist(&house, &shop, &ask).await;
        failures += usize::from(failed);
        assert!(matches!(answer.status, 200 | 201), "{ask:?}: {answer:?}");
        told.push((ask, answer));
    }
    let before = figures(&house, &shop).await;
    for (ask, answer) in told.iter().filter(|(ask, _)| !ask.path.ends_with("/auth")) {
        let again = house.ask(&shop, ask.clone()).await;
        assert_eq!((again.status, &again.body), (answer.status, &answer.body));
    }
    assert_eq!(figures(&house, &shop).await, before);
    house.close_and_verify().await;
    (before, failures)
}

struct Healthy;

impl Watch for Healthy {}

#[test]
fn whichever_write_fails_what_was_acknowledged_survives() {
    run(async {
        let (expected, failures) = run_scenario(Arc::new(Healthy)).await;
        assert_eq!(failures, 0);
        let mut met = 0;
        for harm in [Harm::BeforeTheWrite, Harm::AfterTheWrite] {
            for count in 1..=APPENDS {
                let (found, failures) = run_scenario(Arc::new(FailsAt { count, harm })).await;
                assert_eq!(found, expected, "{harm:?} at append {count}");
                met += failures;
            }
        }
        assert!(met >= 2 * (requests().len() - 1), "the failures were met: {met}");
    });
}

#[test]
fn a_read_does_not_show_what_may_still_be_lost() {
    run(async {
        for fails in [false, true] {
            let gate = Arc::new(Gate::default());
            let house = house_on(Arc::clone(&gate) as Arc<dyn Watch>).await;
            let shop = house.shop(json!({})).await;
            house.log_in(&shop, PHONE).await;
            house.grant(&shop, PHONE, "100").await;
            gate.shut();
            let sale = house.sell(&shop, json!({"client_phone": PHONE, "total_amount": 1000}));
            let read = async {
                while !gate.someone_waits() {
                    tokio::task::yield_now().await;
                }
                let path = "/partner/client/%2B992901234567";
                house.ask(&shop, Ask::get(path)).await
            };
            let refused = async {
                while !gate.someone_waits() {
                    tokio::task::yield_now().await;
                }
                house
                    .redeem(
                        &shop,
                        json!({"client_phone": PHONE, "amount": 101, "total_amount": 1000}),
                    )
                    .await
            };
            let opener = async {
                while !gate.someone_waits() {
                    tokio::task::yield_now().await;
                }
                // The read and the refusal are sent now and must wait, as the sale does.
                for _ in 0..1_000 {
                    tokio::task::yield_now().await;
                }
                gate.open(fails);
                Answer { status: 0, body: Value::Null, retry_after: None }
            };
            type Boxed<'a> = std::pin::Pin<Box<dyn Future<Output = Answer> + 'a>>;
            let all: [Boxed<'_>; 4] =
                [Box::pin(sale), Box::pin(read), Box::pin(refused), Box::pin(opener)];
            let answers = together(all).await;
            if fails {
                assert_eq!(answers[0].status, 503);
                // Whoever came late, to the ledger opened again, sees it as it was before.
                let seen = answers[1].body["data"]["bonus_balance"].as_u64();
                assert!(answers[1].status == 503 || seen == Some(100), "{:?}", answers[1]);
                assert!(matches!(answers[2].status, 503 | 422), "{:?}", answers[2]);
                until_ready(&house).await;
                assert_eq!(house.client(&shop, PHONE).await["bonus_balance"].to_string(), "100");
            } else {
                assert_eq!(answers[0].status, 201);
                assert_eq!(answers[1].data()["bonus_balance"].to_string(), "150");
                assert_eq!(answers[2].error().1, "balance_too_low");
            }
            house.close_and_verify().await;
        }
    });
}

#[test]
fn a_refused_change_of_a_tenant_rests_on_what_is_durable_as_well() {
    run(async {
        for fails in [false, true] {
            let gate = Arc::new(Gate::default());
            let house = house_on(Arc::clone(&gate) as Arc<dyn Watch>).await;
            let shop = house.shop(json!({})).await;
            let path = format!("/tenants/{}/settings", shop.id);
            gate.shut();
            let adopted = house.operate("PUT", &path, json!({"settings": {}}));
            let refused = async {
                while !gate.someone_waits() {
                    tokio::task::yield_now().await;
                }
                let past = json!({"settings": {}, "effective_from": "2026-03-01T00:00:00Z"});
                let mut asked = Box::pin(house.operate("PUT", &path, past));
                // It is refused, and must not say so before the gate is open.
                for _ in 0..1_000 {
                    let answer = ask_once(asked.as_mut()).await;
                    assert!(answer.is_none(), "{answer:?}");
                    tokio::task::yield_now().await;
                }
                gate.open(fails);
                asked.await
            };
            type Boxed<'a> = std::pin::Pin<Box<dyn Future<Output = Answer> + 'a>>;
            let all: [Boxed<'_>; 2] = [Box::pin(adopted), Box::pin(refused)];
            let answers = together(all).await;
            let expected = if fails { 503 } else { 200 };
            assert_eq!(answers[0].status, expected);
            // Whoever came late meets the ledger opened again, and is refused there.
            let told = answers[1].status;
            assert!(told == 422 || (fails && told == 503), "{:?}", answers[1]);
            until_ready(&house).await;
            house.close_and_verify().await;
        }
    });
}

/// Asks a future once; `None`: it is not ready.
async fn ask_once<F: Future + Unpin>(mut future: F) -> Option<F::Output> {
    std::future::poll_fn(|context| {
        let polled = std::pin::Pin::new(&mut future).poll(context);
        std::task::Poll::Ready(match polled {
            std::task::Poll::Ready(output) => Some(output),
            std::task::Poll::Pending => None,
        })
    })
    .await
}
