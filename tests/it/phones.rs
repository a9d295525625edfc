//! Phones that change hands: the one that was given up takes late sales for a while, cannot log in, and
//! gets nobody a second welcome.

use crate::house::{Answer, Ask, PHONE, Shop, TestHouse, run};
use crate::merges::path_of;
use serde_json::json;

const NEW: &str = "+992901234599";

async fn set_phone(house: &TestHouse, shop: &Shop, who: &str, phone: &str) -> Answer {
    let body = json!({"phone": phone, "reason": "lost the SIM card"});
    house.operate("PUT", &path_of(shop, who, "phone"), body).await
}

async fn sell(house: &TestHouse, shop: &Shop, phone: &str) -> Answer {
    house.sell(shop, json!({"client_phone": phone, "total_amount": 100})).await
}

async fn by_code(house: &TestHouse, shop: &Shop, path: &str, phone: &str) -> Answer {
    house.advance_seconds(61);
    let token = shop.token.as_str();
    let send = Ask::post("/auth/send-otp", &json!({"phone": phone}));
    assert_eq!(house.raw(send.with("x-tenant-token", token)).await.status, 200);
    let code = house.last_code(phone).await;
    let ask = Ask::post(path, &json!({"phone": phone, "code": code}));
    house.raw(ask.with("x-tenant-token", token)).await
}

#[test]
fn the_phone_before_takes_late_sales_and_nothing_else() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({"backdate_days_max": 3, "redeem_hold_seconds": 0})).await;
        house.log_in(&shop, PHONE).await;
        let changed = set_phone(&house, &shop, PHONE, NEW).await;
        assert_eq!(changed.data()["phone"], json!(NEW));
        for phone in [PHONE, NEW] {
            assert_eq!(sell(&house, &shop, phone).await.status, 201, "{phone}");
            assert_eq!(house.client(&shop, phone).await["phone"], json!(NEW));
        }
        let redeemed = json!({"client_phone": PHONE, "amount": 1, "total_amount": 100});
        assert_eq!(house.redeem(&shop, redeemed).await.status, 200);
        assert_eq!(house.log_in(&shop, PHONE).await.error(), (422, "phone_kept", Some("phone")));
        let registered = by_code(&house, &shop, "/auth/register", PHONE).await;
        assert_eq!(registered.error(), (422, "phone_kept", Some("phone")));
        let verified = by_code(&house, &shop, "/auth/verify-otp", PHONE).await;
        assert_eq!(verified.error().1, "customer_not_found");
        let verified = by_code(&house, &shop, "/auth/verify-otp", NEW).await;
        assert_eq!(verified.status, 200);
        let house = house.reopen().await;
        house.advance_days(2);
        assert_eq!(sell(&house, &shop, PHONE).await.status, 201);
        house.advance_days(1);
        assert_eq!(sell(&house, &shop, PHONE).await.error().1, "customer_not_found");
        // Somebody else has it from now on.
        assert_eq!(house.log_in(&shop, PHONE).await.status, 201);
        assert_eq!(sell(&house, &shop, PHONE).await.status, 201);
        assert_eq!(house.client(&shop, PHONE).await["id"], json!(2));
        house.close_and_verify().await;
    });
}

#[test]
fn a_phone_that_is_taken_is_refused_and_one_s_own_is_not() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        house.log_in(&shop, PHONE).await;
        house.log_in(&shop, "+992901234570").await;
        let taken = set_phone(&house, &shop, PHONE, "+992901234570").await;
        assert_eq!(taken.error(), (422, "phone_taken", Some("phone")));
        for phone in [PHONE, NEW, PHONE, NEW] {
            assert_eq!(set_phone(&house, &shop, phone, phone).await.status, 200);
            let other = if phone == PHONE { NEW } else { PHONE };
            assert_eq!(set_phone(&house, &shop, phone, other).await.status, 200, "{phone}");
        }
        let kept = set_phone(&house, &shop, "+992901234570", NEW).await;
        assert_eq!(kept.error(), (422, "phone_kept", Some("phone")));
        let unknown = set_phone(&house, &shop, "+992900000000", NEW).await;
        assert_eq!(unknown.error().0, 404);
        let path = path_of(&shop, PHONE, "phone");
        let bad = house.operate("PUT", &path, json!({"phone": "1", "reason": "r"})).await;
        assert_eq!(bad.error().2, Some("phone"));
        house.reopen().await.close_and_verify().await;
    });
}

#[test]
fn a_phone_gets_its_welcome_once() {
    run(async {
        let house = TestHouse::new().await;
        let rules = json!({"backdate_days_max": 1, "welcome_bonus": "10.00",
            "referral_invitee_bonus": "25.00", "referral_min_amount": "100.00"});
        let shop = house.shop(rules).await;
        let bearer = house.bearer(&shop, PHONE).await;
        let code = house.app(&shop, &bearer, Ask::get("/client/referral")).await;
        let code = code.data()["code"].as_str().unwrap().to_owned();
        assert_eq!(house.client(&shop, PHONE).await["welcome_bonus_balance"], json!(10));
        assert_eq!(set_phone(&house, &shop, PHONE, NEW).await.status, 200);
        house.advance_days(2);
        // What is remembered outlives memory and tables.
        let dir = house.close().await;
        std::fs::remove_dir_all(dir.path().join("ledger/tables")).unwrap();
        let clock = kopilka::engine::Clock::standing(
            kopilka::values::Timestamp::parse_rfc3339("2026-03-05T09:00:00Z").unwrap(),
        );
        let options = kopilka::engine::HouseOptions {
            clock,
            ..crate::house::options(&dir.path().join("ledger"))
        };
        let house = TestHouse::open(dir, options).await;
        let invited = json!({"phone": PHONE, "referral_code": code});
        let refused = house.ask(&shop, Ask::post("/partner/auth", &invited)).await;
        assert_eq!(refused.error(), (422, "referral_too_late", Some("referral_code")));
        assert_eq!(house.log_in(&shop, PHONE).await.status, 201);
        assert_eq!(house.client(&shop, PHONE).await["welcome_bonus_balance"], json!(0));
        house.close_and_verify().await;
    });
}
