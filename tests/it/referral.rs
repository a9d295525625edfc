//! The referral program through the doors: who may bring whom, who is paid when, and that each side is
//! paid exactly once whatever breaks in between.

use crate::chance::Chance;
use crate::house::{Answer, Ask, PHONE, Shop, TestHouse, run};
use serde_json::{Value, json};
use std::collections::BTreeMap;

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

async fn referral(house: &TestHouse, shop: &Shop, token: &str) -> Value {
    let ask = Ask::get("/client/referral")
        .with("x-tenant-token", &shop.token)
        .with("authorization", &format!("Bearer {token}"));
    let answer = house.raw(ask).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.data().clone()
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
        for (phone, code, expected) in [
            ("+992901234569", "ZZZZZZZ0", "referral_code_unknown"),
            ("+992901234569", "short", "referral_code_unknown"),
            (PHONE, &*code, "referral_code_own"),
            // The friend brings the one who brought them.
            (PHONE, &*back, "referral_too_late"),
            (FRIEND, &*code, "referral_too_late"),
        ] {
            let refused = register(&house, &shop, phone, Some(code)).await;
            assert_eq!(refused.error(), (422, expected, Some("referral_code")), "{phone} {code}");
        }
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

/// Fifty customers bring one another in a random order, with the house closed and opened in between and
/// messages that were never sent: at the end each pair was paid exactly once.
#[test]
fn each_pair_is_paid_exactly_once_whatever_happens_in_between() {
    const CUSTOMERS: u64 = 50;
    for seed in 1..=2 {
        run(async {
            println!("seed {seed}");
            let mut chance = Chance::new(seed);
            let mut house = TestHouse::new().await;
            let shop = house.shop(program()).await;
            let phone = |number: u64| format!("+99290{:07}", 3_000_000 + number);
            let mut tokens: Vec<String> = Vec::new();
            let mut inviters: Vec<Option<u64>> = Vec::new();
            let mut bought: Vec<bool> = Vec::new();
            while tokens.len() < usize::try_from(CUSTOMERS).unwrap() {
                let known = u64::try_from(tokens.len()).unwrap();
                match chance.below(3) {
                    0 if known > 0 => {
                        let buyer = chance.below(known);
                        let total = if chance.below(2) == 0 { 99 } else { 100 };
                        sell(&house, &shop, &phone(buyer), total).await;
                        bought[usize::try_from(buyer).unwrap()] |= total == 100;
                    }
                    1 if chance.below(4) == 0 => house = house.reopen().await,
                    1 if chance.below(4) == 0 => {
                        house.house.sweep().await.unwrap();
                    }
                    _ => {
                        let inviter =
                            (known > 0 && chance.below(5) > 0).then(|| chance.below(known));
                        let mut code = None;
                        if let Some(inviter) = inviter {
                            let token = &tokens[usize::try_from(inviter).unwrap()];
                            let told = referral(&house, &shop, token).await;
                            code = Some(told["code"].as_str().unwrap().to_owned());
                        }
                        let done = register(&house, &shop, &phone(known), code.as_deref()).await;
                        assert_eq!(done.status, 201, "{done:?}");
                        tokens.push(token_of(&done));
                        inviters.push(inviter);
                        bought.push(false);
                    }
                }
            }
            house = house.reopen().await;
            house.house.sweep().await.unwrap();
            house.house.sweep().await.unwrap();
            check_pairs(&house, &shop, &tokens, &inviters, &bought).await;
            for (number, inviter) in inviters.iter().enumerate() {
                let own = if inviter.is_some() && bought[number] { 25 } else { 0 };
                let brought = inviters.iter().zip(&bought);
                let me = Some(u64::try_from(number).unwrap());
                let completed = brought.filter(|(by, bought)| **by == me && **bought).count();
                let expected = own + 50 * completed;
                let number = u64::try_from(number).unwrap();
                let found = held(&house, &shop, &phone(number)).await;
                assert_eq!(found, expected.to_string(), "seed {seed}, customer {number}");
            }
            house.close_and_verify().await;
        });
    }
}

/// What every inviter is told of those they brought.
async fn check_pairs(
    house: &TestHouse,
    shop: &Shop,
    tokens: &[String],
    inviters: &[Option<u64>],
    bought: &[bool],
) {
    let mut expected: BTreeMap<u64, (u64, u64)> = BTreeMap::new();
    for (inviter, bought) in inviters.iter().zip(bought) {
        if let Some(inviter) = inviter {
            let counts = expected.entry(*inviter).or_default();
            counts.0 += 1;
            counts.1 += u64::from(*bought);
        }
    }
    for (number, token) in (0_u64..).zip(tokens) {
        let told = referral(house, shop, token).await;
        let (invited, completed) = expected.get(&number).copied().unwrap_or_default();
        assert_eq!(told["invited_count"], json!(invited), "{number}");
        assert_eq!(told["completed_count"], json!(completed), "{number}");
        assert_eq!(told["bonuses_earned"], json!(50 * completed), "{number}");
    }
}
