//! Explanations of what is no plain sale: returns, expiry, birthdays, referrals, reserves, corrections,
//! late debits; exact figures.

use crate::explain::{command, explained};
use crate::house::{Ask, PHONE, Shop, TestHouse, run};
use serde_json::{Value, json};

const FRIEND: &str = "+992907654321";

/// What is earned can be spent at once, at 10 percent.
async fn quick_shop(house: &TestHouse, more: Value) -> Shop {
    let mut settings = json!({
        "redeem_hold_seconds": 0, "max_redeem_percent": "100",
        "tiers": [{"name": "Base", "color": "#8A8A8A", "from_total_spent": "0.00", "bonus_percent": "10"}],
    });
    for (name, value) in more.as_object().unwrap() {
        settings[name] = value.clone();
    }
    let shop = house.shop(settings).await;
    house.log_in(&shop, PHONE).await;
    shop
}

/// What the last row of the history is, with what stands behind it: type, amount, drawn, refilled,
/// debt made, debt paid.
fn figures(explanation: &Value) -> Value {
    let row = &explanation["transaction"];
    let rest =
        ["drawn", "refilled", "debt_made", "debt_paid"].map(|name| explanation[name].clone());
    json!([row["type"], row["amount"], rest[0], rest[1], rest[2], rest[3]])
}

fn made(explanation: &Value, figure: &str) -> Value {
    explanation["made"][figure].clone()
}

/// A part of a lot, and what is left in the lot now.
fn part(lot: &Value, amount: &Value, now: Option<(&str, &Value, &Value)>) -> Value {
    let now = now.map(
        |(pool, sale, remaining)| json!({"pool": pool, "sale_id": sale, "remaining": remaining}),
    );
    json!({"lot_id": lot, "amount": amount, "now": now})
}

/// Without the dates of the lots.
fn undated(mut figures: Value) -> Value {
    for lists in [2, 3] {
        for part in figures[lists].as_array_mut().unwrap() {
            if let Some(now) = part["now"].as_object_mut() {
                assert!(now.remove("expires_at").is_some());
            }
        }
    }
    figures
}

async fn refund(house: &TestHouse, shop: &Shop, more: Value) -> Value {
    let mut body = json!({"client_phone": PHONE});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    let answer = house.ask(shop, Ask::post("/partner/refund", &body)).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.data().clone()
}

#[test]
fn a_return_is_explained_by_the_lots_it_takes_from_and_gives_to() {
    run(async {
        let house = TestHouse::new().await;
        let shop = quick_shop(&house, json!({})).await;
        house.grant(&shop, PHONE, "50.00").await;
        let sale = json!({
            "client_phone": PHONE, "total_amount": 90, "gross_amount": 100, "bonus_redeem_amount": 10,
            "external_sale_id": "o-1",
            "lines": [{"line_amount": 60}, {"line_amount": 30}, {"line_amount": 10}],
        });
        let sold = house.sell(&shop, sale).await.data()["id"].clone();
        let told =
            refund(&house, &shop, json!({"external_sale_id": "o-1", "lines": [{"line": 2}]})).await;
        assert_eq!((&told["accrual_reversed"], &told["bonus_restored"]), (&json!(2.7), &json!(3)));
        let all = explained(&house, &shop, PHONE).await;
        let [grant, _, earned, clawed, restored] = &all[..] else { panic!("{all:?}") };
        let (own, granted) = (made(earned, "lot_id"), made(grant, "lot_id"));
        let left = ("main", &sold, &json!(6.3));
        let expected = part(&own, &json!(2.7), Some(left));
        let expected = json!(["refund_accrual", -2.7, [expected], [], 0, 0]);
        assert_eq!(undated(figures(clawed)), expected);
        let left = ("manual", &Value::Null, &json!(43));
        let expected = part(&granted, &json!(3), Some(left));
        assert_eq!(undated(figures(restored)), json!(["refund_redeem", 3, [], [expected], 0, 0]));
        for row in [clawed, restored] {
            assert_eq!(command(row), (&json!("return"), &json!("partner"), &json!(1)));
            assert_eq!(
                (&row["sale"], &row["made"], &row["reason"]),
                (&json!(null), &json!(null), &json!(null))
            );
            assert_eq!(row["transaction"]["sale_id"], sold);
            assert_eq!(row["operation"]["number"], clawed["operation"]["number"]);
        }
        house.close_and_verify().await;
    });
}

#[test]
fn a_return_of_what_is_spent_is_explained_by_the_debt_it_makes() {
    run(async {
        let house = TestHouse::new().await;
        let shop = quick_shop(&house, json!({})).await;
        let sale = json!({"client_phone": PHONE, "total_amount": 90, "external_sale_id": "o-1"});
        house.sell(&shop, sale).await;
        let order = json!({"client_phone": PHONE, "amount": 7, "total_amount": 70, "external_sale_id": "r-1"});
        assert_eq!(house.redeem(&shop, order).await.status, 200);
        refund(&house, &shop, json!({"external_sale_id": "o-1"})).await;
        // The redemption comes back: 5 pay the debt, the rest would be spendable.
        refund(&house, &shop, json!({"external_sale_id": "r-1", "amount": 5})).await;
        let all = explained(&house, &shop, PHONE).await;
        let [earned, _, clawed, restored] = &all[..] else { panic!("{all:?}") };
        let own = part(&made(earned, "lot_id"), &json!(2), None);
        assert_eq!(figures(clawed), json!(["refund_accrual", -9, [own], [], 7, 0]));
        assert_eq!(figures(restored), json!(["refund_redeem", 5, [], [], 0, 5]));
        house.close_and_verify().await;
    });
}

#[test]
fn a_restored_redemption_goes_back_into_its_lots() {
    run(async {
        let house = TestHouse::new().await;
        let shop = quick_shop(&house, json!({"welcome_bonus": "25.00"})).await;
        house.grant(&shop, PHONE, "50.00").await;
        let order = json!({"client_phone": PHONE, "amount": 40, "total_amount": 100, "external_sale_id": "r-1"});
        assert_eq!(house.redeem(&shop, order).await.status, 200);
        refund(&house, &shop, json!({"external_sale_id": "r-1", "amount": 18})).await;
        let all = explained(&house, &shop, PHONE).await;
        let [welcome, grant, spent, restored] = &all[..] else { panic!("{all:?}") };
        let (welcome, grant) = (made(welcome, "lot_id"), made(grant, "lot_id"));
        let none = Value::Null;
        let drawn = figures(spent);
        let amounts: Vec<&Value> =
            drawn[2].as_array().unwrap().iter().map(|one| &one["amount"]).collect();
        assert_eq!(amounts, [&json!(25), &json!(15)]);
        // What was drawn last comes back first.
        let expected = [
            part(&grant, &json!(15), Some(("manual", &none, &json!(50)))),
            part(&welcome, &json!(3), Some(("welcome", &none, &json!(3)))),
        ];
        let expected = json!(["refund_redeem", 18, [], expected, 0, 0]);
        assert_eq!(undated(figures(restored)), expected);
        house.close_and_verify().await;
    });
}

#[test]
fn expiry_and_birthdays_are_settlements_of_the_house_itself() {
    run(async {
        let house = TestHouse::new().await;
        let settings = json!({
            "welcome_bonus": "25.00", "welcome_expire_after_days": 5, "birthday_bonus": "10.00",
        });
        let shop = quick_shop(&house, settings).await;
        let bearer = house.bearer(&shop, PHONE).await;
        let born = Ask::put("/client/profile", &json!({"birth_date": "1990-04-15"}));
        assert_eq!(house.app(&shop, &bearer, born).await.status, 200);
        house.advance_days(50);
        house.house.sweep().await.unwrap();
        let all = explained(&house, &shop, PHONE).await;
        let [welcome, expired, birthday] = &all[..] else { panic!("{all:?}") };
        let by_the_house = (&json!("settlement"), &json!("house"), &json!(1));
        let gone = part(&made(welcome, "lot_id"), &json!(25), None);
        assert_eq!(figures(expired), json!(["expire", -25, [gone], [], 0, 0]));
        assert_eq!(expired["transaction"]["exact_at"], json!("2026-03-08T00:00:00+05:00"));
        assert_eq!(figures(birthday), json!(["birthday", 10, [], [], 0, 0]));
        let lot = &birthday["made"];
        let expected = json!({
            "lot_id": lot["lot_id"], "pool": "birthday", "amount": 10, "remaining": 10,
            "activates_at": "2026-04-15T00:00:00+05:00", "expires_at": "2026-05-16T00:00:00+05:00",
        });
        assert_eq!(lot, &expected);
        for row in [expired, birthday] {
            assert_eq!(command(row), by_the_house);
        }
        house.close_and_verify().await;
    });
}

#[test]
fn a_referral_is_explained_on_both_sides() {
    run(async {
        let house = TestHouse::new().await;
        let settings = json!({
            "referral_inviter_bonus": "50.00", "referral_invitee_bonus": "25.00",
            "referral_min_amount": "100.00", "referral_hold_days": 14,
        });
        let shop = quick_shop(&house, settings).await;
        let bearer = house.bearer(&shop, PHONE).await;
        let told = house.app(&shop, &bearer, Ask::get("/client/referral")).await;
        let code = &told.data()["code"];
        let joins = json!({"phone": FRIEND, "referral_code": code});
        assert_eq!(house.ask(&shop, Ask::post("/partner/auth", &joins)).await.status, 201);
        house.sell(&shop, json!({"client_phone": FRIEND, "total_amount": 100})).await;
        house.house.sweep().await.unwrap();
        for (phone, kind, amount) in
            [(PHONE, "referral_inviter", 50), (FRIEND, "referral_invitee", 25)]
        {
            let all = explained(&house, &shop, phone).await;
            let paid = all.iter().find(|row| row["transaction"]["type"] == kind).unwrap();
            assert_eq!(figures(paid), json!([kind, amount, [], [], 0, 0]));
            let lot = &paid["made"];
            let expected = json!({
                "lot_id": lot["lot_id"], "pool": "referral", "amount": amount, "remaining": amount,
                "activates_at": "2026-03-16T14:00:00+05:00", "expires_at": "2027-03-17T00:00:00+05:00",
            });
            assert_eq!(lot, &expected, "{kind}");
            assert_eq!(paid["sale"], json!(null), "{kind}");
        }
        house.close_and_verify().await;
    });
}

#[test]
fn a_reserves_commit_and_a_correction_are_explained_by_the_lots_they_draw() {
    run(async {
        let house = TestHouse::new().await;
        let shop = quick_shop(&house, json!({"welcome_bonus": "25.00"})).await;
        house.grant(&shop, PHONE, "50.00").await;
        let reserve = json!({"client_phone": PHONE, "amount": 30});
        let made_id = house.ask(&shop, Ask::post("/partner/reserve", &reserve)).await;
        let id = made_id.data()["id"].as_str().unwrap();
        let order = json!({"amount": 28, "total_amount": 100});
        let paid =
            house.ask(&shop, Ask::post(&format!("/partner/reserve/{id}/commit"), &order)).await;
        let path = format!("/tenants/{}/customers/%2B992901234567/adjustments", shop.id);
        let wrong = json!({"amount": "-7.50", "reason": "wrong receipt"});
        assert_eq!(house.operate("POST", &path, wrong).await.status, 201);
        let all = explained(&house, &shop, PHONE).await;
        let [welcome, grant, spent, taken] = &all[..] else { panic!("{all:?}") };
        let (welcome, grant) = (made(welcome, "lot_id"), made(grant, "lot_id"));
        let none = Value::Null;
        let left = Some(("manual", &none, &json!(39.5)));
        let first = part(&welcome, &json!(25), None);
        let expected = json!(["redeem", -28, [first, part(&grant, &json!(3), left)], [], 0, 0]);
        assert_eq!(undated(figures(spent)), expected);
        assert_eq!(command(spent), (&json!("redemption"), &json!("partner"), &json!(1)));
        assert_eq!(spent["transaction"]["id"], paid.data()["transaction_id"]);
        let expected = json!(["adjust", -7.5, [part(&grant, &json!(7.5), left)], [], 0, 0]);
        assert_eq!(undated(figures(taken)), expected);
        assert_eq!(command(taken), (&json!("adjustment"), &json!("operator"), &json!(1)));
        assert_eq!(taken["reason"], json!("wrong receipt"));
        house.close_and_verify().await;
    });
}

/// A late debit draws what has expired since: the expiry is taken back, then the bonuses are redeemed.
#[test]
fn a_late_debit_is_explained_by_the_expiry_it_takes_back() {
    run(async {
        let house = TestHouse::new().await;
        let settings = json!({
            "welcome_bonus": "25.00", "welcome_expire_after_days": 5, "offline_debit": "allow_debt",
            "offline_debt_max": "10.00",
        });
        let shop = quick_shop(&house, settings).await;
        house.advance_days(7);
        let late = json!({
            "client_phone": PHONE, "total_amount": 100, "bonus_redeem_amount": 31,
            "sale_date": "2026-03-05T12:00:00+05:00",
        });
        let sold = house.sell(&shop, late).await;
        assert_eq!(sold.status, 201, "{sold:?}");
        let all = explained(&house, &shop, PHONE).await;
        let [welcome, expired, reverted, spent, earned] = &all[..] else { panic!("{all:#?}") };
        let gone = || part(&made(welcome, "lot_id"), &json!(25), None);
        assert_eq!(figures(expired), json!(["expire", -25, [gone()], [], 0, 0]));
        assert_eq!(figures(reverted), json!(["expire_revert", 25, [], [gone()], 0, 0]));
        assert_eq!(figures(spent), json!(["redeem", -31, [gone()], [], 6, 0]));
        assert_eq!((&earned["debt_paid"], &made(earned, "remaining")), (&json!(6), &json!(4)));
        for row in [reverted, spent, earned] {
            assert_eq!(command(row).0, &json!("sale"));
        }
        assert_eq!(spent["sale"]["late"], json!(true));
        house.close_and_verify().await;
    });
}
