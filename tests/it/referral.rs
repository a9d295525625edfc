//! The referral program through the doors: who may bring whom, who is paid when, and that each side is
//! paid exactly once whatever breaks in between.

use crate::chance::Chance;
use crate::house::{Answer, Ask, PHONE, Shop, TestHouse, options, run};
use crate::stores::{Watch, watched};
use kopilka::engine::HouseOptions;
use kopilka::journal::LogError;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const FRIEND: &str = "+992901234568";

fn program() -> Value {
    json!({
        "referral_inviter_bonus": "50.00", "referral_invitee_bonus": "25.00",
        "referral_min_amount": "100.00", "min_purchase_amount": "1000000.00",
    })
}

async fn register(house: &TestHouse, shop: &Shop, phone: &str, code: Option<&str>) -> Answer {
    let body = json!({"phone": phone, "referral_code": code});
    house.ask(shop, Ask::post("/partner/auth", &body)).await
}

fn token_of(answer: &Answer) -> String {
    answer.data()["token"].as_str().unwrap().to_owned()
}

/// Asks until the house serves.
async fn referral(house: &TestHouse, shop: &Shop, token: &str) -> Value {
    let ask = Ask::get("/client/referral")
        .with("x-tenant-token", &shop.token)
        .with("authorization", &format!("Bearer {token}"));
    loop {
        let answer = house.raw(ask.clone()).await;
        if answer.status != 503 {
            assert_eq!(answer.status, 200, "{answer:?}");
            return answer.data().clone();
        }
        until_ready(house).await;
    }
}

/// Waits until a house that failed has opened itself again.
async fn until_ready(house: &TestHouse) {
    while house.house.not_ready().is_some() {
        tokio::task::yield_now().await;
    }
}

async fn sell(house: &TestHouse, shop: &Shop, phone: &str, total: u64) {
    let sold = house.sell(shop, json!({"client_phone": phone, "total_amount": total})).await;
    assert_eq!(sold.status, 201, "{sold:?}");
}

async fn held(house: &TestHouse, shop: &Shop, phone: &str) -> String {
    house.client(shop, phone).await["held_balance"].to_string()
}

#[test]
fn a_first_sale_that_is_large_enough_pays_both() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(program()).await;
        let token = token_of(&house.log_in(&shop, PHONE).await);
        let fresh = referral(&house, &shop, &token).await;
        let code = fresh["code"].as_str().unwrap().to_owned();
        assert_eq!(fresh["telegram_start_param"], json!(format!("ref_{code}")));
        assert_eq!(fresh["invite_url"], Value::Null);
        assert!(fresh["share_text"].as_str().unwrap().contains(&code));
        let friend = register(&house, &shop, FRIEND, Some(&code.to_lowercase())).await;
        assert_eq!(friend.status, 201);
        house.house.sweep().await.unwrap();
        sell(&house, &shop, FRIEND, 99).await;
        assert_eq!(held(&house, &shop, FRIEND).await, "0");
        sell(&house, &shop, FRIEND, 100).await;
        sell(&house, &shop, FRIEND, 100).await;
        house.house.sweep().await.unwrap();
        assert_eq!(held(&house, &shop, FRIEND).await, "25");
        assert_eq!(held(&house, &shop, PHONE).await, "50");
        let told = referral(&house, &shop, &token).await;
        let counts = ["invited_count", "completed_count", "bonuses_earned"].map(|name| &told[name]);
        assert_eq!(counts, [&json!(1), &json!(1), &json!(50)]);
        house.advance_days(14);
        assert_eq!(house.client(&shop, PHONE).await["redeemable_balance"], json!(50));
        house.close_and_verify().await;
    });
}

#[test]
fn a_code_that_does_not_count_is_refused() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(program()).await;
        let token = token_of(&house.log_in(&shop, PHONE).await);
        let code = referral(&house, &shop, &token).await["code"].as_str().unwrap().to_owned();
        let friend = token_of(&register(&house, &shop, FRIEND, Some(&code)).await);
        let back = referral(&house, &shop, &friend).await["code"].as_str().unwrap().to_owned();
        let third = token_of(&house.log_in(&shop, "+992901234560").await);
        let third = referral(&house, &shop, &third).await["code"].as_str().unwrap().to_owned();
        for (phone, code, expected) in [
            ("+992901234569", "ZZZZZZZ0", "referral_code_unknown"),
            ("+992901234569", "short", "referral_code_unknown"),
            (PHONE, &*code, "referral_code_own"),
            // The friend brings the one who brought them.
            (PHONE, &*back, "referral_too_late"),
            (FRIEND, &*third, "referral_too_late"),
        ] {
            let refused = register(&house, &shop, phone, Some(code)).await;
            assert_eq!(refused.error(), (422, expected, Some("referral_code")), "{phone} {code}");
        }
        // The code somebody came with may be said again, as after an answer that was lost.
        assert_eq!(register(&house, &shop, FRIEND, Some(&code)).await.status, 200);
        // A refused registration leaves the phone free.
        assert_eq!(register(&house, &shop, "+992901234569", None).await.status, 201);
        // A code of another tenant leads to nobody.
        let other = house.shop(program()).await;
        let refused = register(&house, &other, PHONE, Some(&code)).await;
        assert_eq!(refused.error().1, "referral_code_unknown");
        house.close_and_verify().await;
    });
}

#[test]
fn a_referral_needs_a_bearer() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(program()).await;
        let ask = || Ask::get("/client/referral").with("x-tenant-token", &shop.token);
        assert_eq!(house.raw(ask()).await.error().0, 401);
        let wrong = ask().with("authorization", &format!("Bearer 1|{}", "x".repeat(40)));
        assert_eq!(house.raw(wrong).await.error().1, "bearer_invalid");
    });
}

/// Every code of a chain is another one.
#[test]
fn codes_are_unique() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let mut codes = std::collections::BTreeSet::new();
        for number in 0..30 {
            let phone = format!("+99290{:07}", 2_000_000 + number);
            let token = token_of(&house.log_in(&shop, &phone).await);
            codes.insert(referral(&house, &shop, &token).await["code"].to_string());
        }
        assert_eq!(codes.len(), 30);
    });
}

/// Fails every so many appends, before or after the write, as long as it is told to.
struct FailsOften {
    every: usize,
    on: AtomicBool,
}

impl FailsOften {
    fn fails(&self, count: usize, turn: usize) -> Result<(), LogError> {
        let failures = count / self.every;
        let now = count.is_multiple_of(self.every) && failures % 2 == turn;
        if now && self.on.load(Ordering::Relaxed) {
            return Err(LogError::Unavailable("the test took the disk away".to_owned()));
        }
        Ok(())
    }
}

impl Watch for FailsOften {
    fn before(&self, count: usize) -> Result<(), LogError> {
        self.fails(count, 0)
    }

    fn after(&self, count: usize) -> Result<(), LogError> {
        self.fails(count, 1)
    }
}

/// Asks until there is an answer other than 503.
async fn persist(house: &TestHouse, shop: &Shop, ask: Ask) -> Answer {
    loop {
        let answer = house.ask(shop, ask.clone()).await;
        if answer.status != 503 {
            assert!(matches!(answer.status, 200 | 201), "{ask:?}: {answer:?}");
            return answer;
        }
        until_ready(house).await;
    }
}

/// Customers of the simulation.
struct Crowd {
    codes: Vec<String>,
    tokens: Vec<String>,
    inviters: Vec<Option<usize>>,
    bought: Vec<bool>,
}

impl Crowd {
    fn phone(number: usize) -> String {
        format!("+99290{:07}", 3_000_000 + number)
    }

    fn pick(&self, chance: &mut Chance) -> usize {
        usize::try_from(chance.below(u64::try_from(self.codes.len()).unwrap())).unwrap()
    }

    async fn grow(&mut self, house: &TestHouse, shop: &Shop, chance: &mut Chance) {
        let number = self.codes.len();
        let invited = number > 0 && chance.below(5) > 0;
        let inviter = invited.then(|| self.pick(chance));
        let code = inviter.map(|inviter| &self.codes[inviter]);
        let body = json!({"phone": Self::phone(number), "referral_code": code});
        let done = persist(house, shop, Ask::post("/partner/auth", &body)).await;
        let token = token_of(&done);
        let told = referral(house, shop, &token).await;
        self.codes.push(told["code"].as_str().unwrap().to_owned());
        self.tokens.push(token);
        self.inviters.push(inviter);
        self.bought.push(false);
    }

    async fn buy(&mut self, house: &TestHouse, shop: &Shop, chance: &mut Chance, step: usize) {
        let buyer = self.pick(chance);
        let total = 99 + chance.below(2);
        let body = json!({"client_phone": Self::phone(buyer), "total_amount": total});
        let key = format!("step-{step}");
        let ask = Ask::post("/partner/sale", &body).with("idempotency-key", &key);
        persist(house, shop, ask).await;
        self.bought[buyer] |= total == 100;
    }

    /// What every inviter is told of those they brought, and what everybody got.
    async fn check(&self, house: &TestHouse, shop: &Shop) {
        for (number, token) in self.tokens.iter().enumerate() {
            let brought =
                || self.inviters.iter().zip(&self.bought).filter(|one| *one.0 == Some(number));
            let (invited, completed) = (brought().count(), brought().filter(|one| *one.1).count());
            let told = referral(house, shop, token).await;
            let counts = ["invited_count", "completed_count", "bonuses_earned"];
            let expected = [invited, completed, 50 * completed].map(|count| json!(count));
            assert_eq!(counts.map(|name| told[name].clone()), expected, "{number}");
            let own = if self.inviters[number].is_some() && self.bought[number] { 25 } else { 0 };
            let found = held(house, shop, &Self::phone(number)).await;
            assert_eq!(found, (own + 50 * completed).to_string(), "{number}");
        }
    }
}

/// Fifty customers bring one another in a random order, while every so many writes fail, so that the house
/// is thrown away and opened again with messages under way: at the end each pair was paid exactly once.
#[test]
fn each_pair_is_paid_exactly_once_whatever_breaks_in_between() {
    const CUSTOMERS: usize = 50;
    for (seed, every) in [(1, 1_000_000), (2, 7), (3, 11), (4, 4)] {
        run(async {
            println!("seed {seed}, every {every}");
            let mut chance = Chance::new(seed);
            let watch = Arc::new(FailsOften { every, on: AtomicBool::new(false) });
            let dir = tempfile::tempdir().unwrap();
            let log = Some(watched(Arc::clone(&watch) as Arc<dyn Watch>));
            let options = HouseOptions { log, ..options(&dir.path().join("ledger")) };
            let house = TestHouse::open(dir, options).await;
            let shop = house.shop(program()).await;
            watch.on.store(true, Ordering::Relaxed);
            let mut crowd =
                Crowd { codes: vec![], tokens: vec![], inviters: vec![], bought: vec![] };
            crowd.grow(&house, &shop, &mut chance).await;
            for step in 0.. {
                match chance.below(5) {
                    0 if crowd.codes.len() == CUSTOMERS => break,
                    0 | 1 if crowd.codes.len() < CUSTOMERS => {
                        crowd.grow(&house, &shop, &mut chance).await;
                    }
                    2 => drop(house.house.sweep().await),
                    _ => crowd.buy(&house, &shop, &mut chance, step).await,
                }
            }
            watch.on.store(false, Ordering::Relaxed);
            while house.house.not_ready().is_some() || house.house.sweep().await.is_err() {
                tokio::task::yield_now().await;
            }
            crowd.check(&house, &shop).await;
            house.close_and_verify().await;
        });
    }
}
