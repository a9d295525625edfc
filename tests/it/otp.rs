//! Logins by code through the real router: throttles, attempts, one use, and that no answer tells
//! whether a phone is known.

use crate::house::{Answer, Ask, PHONE, Shop, TestHouse, run};
use crate::parallel::together;
use serde_json::{Value, json};

const OTHER: &str = "+992907654321";

impl TestHouse {
    async fn post(&self, shop: &Shop, path: &str, body: Value) -> Answer {
        self.raw(Ask::post(path, &body).with("x-tenant-token", &shop.token)).await
    }

    async fn send_otp(&self, shop: &Shop, phone: &str) -> Answer {
        self.post(shop, "/auth/send-otp", json!({ "phone": phone })).await
    }

    async fn verify(&self, shop: &Shop, phone: &str, code: &str) -> Answer {
        self.post(shop, "/auth/verify-otp", json!({ "phone": phone, "code": code })).await
    }

    async fn register(&self, shop: &Shop, phone: &str, code: &str) -> Answer {
        self.post(shop, "/auth/register", json!({ "phone": phone, "code": code })).await
    }

    /// Sends a code and reads it as the phone would.
    async fn code(&self, shop: &Shop, phone: &str) -> String {
        let sent = self.send_otp(shop, phone).await;
        assert_eq!(sent.status, 200, "{sent:?}");
        self.last_code(phone).await
    }
}

/// Any other code.
fn wrong(code: &str) -> String {
    let last = if code.ends_with('1') { '2' } else { '1' };
    format!("{}{last}", &code[..5])
}

const INVALID: (u16, &str, Option<&str>) = (422, "code_invalid", Some("code"));

#[test]
fn a_customer_registers_once_and_logs_in_again() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({"welcome_bonus": "25.00"})).await;
        let code = house.code(&shop, PHONE).await;
        // The code is right and nobody has the phone; it stays good for the registration.
        let unknown = house.verify(&shop, PHONE, &code).await;
        assert_eq!(unknown.error(), (404, "customer_not_found", None));
        let body = json!({"phone": PHONE, "code": code, "full_name": "John Smith"});
        let registered = house.post(&shop, "/auth/register", body).await;
        assert_eq!(registered.status, 201, "{registered:?}");
        assert_eq!(registered.data()["client_id"], json!(1));
        let bearer = format!("Bearer {}", registered.data()["token"].as_str().unwrap());
        let profile = Ask::get("/client/profile").with("authorization", &bearer);
        let shown = house.raw(profile.with("x-tenant-token", &shop.token)).await;
        assert_eq!(shown.data()["full_name"], json!("John Smith"));
        assert_eq!(shown.data()["welcome_bonus_balance"], json!(25));
        // Used up.
        assert_eq!(house.verify(&shop, PHONE, &code).await.error(), INVALID);
        assert_eq!(house.register(&shop, PHONE, &code).await.error(), INVALID);

        house.advance_seconds(60);
        let code = house.code(&shop, PHONE).await;
        // Registered already: the code stays good for the login.
        let twice = house.register(&shop, PHONE, &code).await;
        assert_eq!(twice.error(), (422, "phone_taken", Some("phone")));
        let house = house.reopen().await;
        let logged_in = house.verify(&shop, PHONE, &code).await;
        assert_eq!((logged_in.status, &logged_in.data()["client_id"]), (200, &json!(1)));
        assert_eq!(house.verify(&shop, PHONE, &code).await.error(), INVALID);
        house.close_and_verify().await;
    });
}

#[test]
fn a_registration_refused_for_its_referral_code_leaves_the_code_good() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let code = house.code(&shop, PHONE).await;
        for referral in ["ref_AB12CD34", "nobody"] {
            let body = json!({"phone": PHONE, "code": code, "referral_code": referral});
            let refused = house.post(&shop, "/auth/register", body).await;
            let expected = (422, "referral_code_unknown", Some("referral_code"));
            assert_eq!(refused.error(), expected, "{referral}");
        }
        // Who does not have the code learns nothing about referral codes.
        let body = json!({"phone": PHONE, "code": wrong(&code), "referral_code": "AB12CD34"});
        assert_eq!(house.post(&shop, "/auth/register", body).await.error(), INVALID);
        assert_eq!(house.register(&shop, PHONE, &code).await.status, 201);
        house.close_and_verify().await;
    });
}

#[test]
fn codes_are_throttled_also_after_a_restart() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let throttled = |answer: Answer| {
            assert_eq!(answer.error(), (422, "code_throttled", Some("phone")), "{answer:?}");
            answer.retry_after.unwrap()
        };
        house.code(&shop, PHONE).await;
        assert_eq!(throttled(house.send_otp(&shop, PHONE).await), "60");
        // Another phone and another tenant have limits of their own.
        house.code(&shop, OTHER).await;
        let other_shop = house.shop(json!({})).await;
        house.code(&other_shop, PHONE).await;
        house.advance_seconds(59);
        assert_eq!(throttled(house.send_otp(&shop, PHONE).await), "1");
        for _ in 0..4 {
            house.advance_seconds(60);
            house.code(&shop, PHONE).await;
        }
        house.advance_seconds(60);
        let house = house.reopen().await;
        let waiting: u32 = throttled(house.send_otp(&shop, PHONE).await).parse().unwrap();
        house.checkpoint_and_advance(i64::from(waiting) - 1).await;
        assert_eq!(throttled(house.send_otp(&shop, PHONE).await), "1");
        house.advance_seconds(1);
        for _ in 0..5 {
            house.code(&shop, PHONE).await;
            house.advance_seconds(3_600);
        }
        throttled(house.send_otp(&shop, PHONE).await);
        house.advance_days(1);
        house.code(&shop, PHONE).await;
        house.close_and_verify().await;
    });
}

#[test]
fn wrong_codes_use_up_their_attempts_also_over_a_restart() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let code = house.code(&shop, PHONE).await;
        for _ in 0..3 {
            assert_eq!(house.verify(&shop, PHONE, &wrong(&code)).await.error(), INVALID);
        }
        let house = house.reopen().await;
        assert_eq!(house.register(&shop, PHONE, &wrong(&code)).await.error(), INVALID);
        assert_eq!(house.verify(&shop, PHONE, &wrong(&code)).await.error(), INVALID);
        let written = house.operations().await.len();
        for given in [&code, &wrong(&code)] {
            let used_up = house.verify(&shop, PHONE, given).await;
            assert_eq!(used_up.error(), (422, "code_attempts_used_up", Some("code")));
            assert_eq!(used_up.retry_after.as_deref(), Some("60"));
        }
        assert_eq!(house.operations().await.len(), written, "nothing more is written");
        house.advance_seconds(60);
        let code = house.code(&shop, PHONE).await;
        house.advance_seconds(299);
        assert_eq!(house.register(&shop, PHONE, &code).await.status, 201);
        house.advance_seconds(1);
        let code = house.code(&shop, PHONE).await;
        house.advance_seconds(300);
        assert_eq!(house.verify(&shop, PHONE, &code).await.error(), INVALID);
        house.close_and_verify().await;
    });
}

#[test]
fn no_answer_tells_whether_a_phone_is_known() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        house.log_in(&shop, PHONE).await;
        let mut told = Vec::new();
        for phone in [PHONE, OTHER] {
            let mut answers = vec![house.verify(&shop, phone, "123456").await];
            answers.push(house.send_otp(&shop, phone).await);
            answers.push(house.send_otp(&shop, phone).await);
            let wrong = wrong(&house.last_code(phone).await);
            answers.push(house.verify(&shop, phone, &wrong).await);
            answers.push(house.register(&shop, phone, &wrong).await);
            for _ in 0..4 {
                answers.push(house.verify(&shop, phone, &wrong).await);
            }
            let all = answers.into_iter().map(|it| (it.status, it.body, it.retry_after));
            told.push(all.collect::<Vec<_>>());
        }
        assert_eq!(told[0], told[1]);
        house.close_and_verify().await;
    });
}

#[test]
fn a_blocked_customer_cannot_log_in_by_code_and_the_code_stays() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        house.log_in(&shop, PHONE).await;
        let path = format!("/tenants/{}/customers/%2B992901234567", shop.id);
        let block = house.operate("POST", &format!("{path}/block"), Value::Null).await;
        assert_eq!(block.status, 200);
        let code = house.code(&shop, PHONE).await;
        let blocked = house.verify(&shop, PHONE, &code).await;
        assert_eq!(blocked.error(), (422, "login_of_blocked", None));
        house.operate("POST", &format!("{path}/unblock"), Value::Null).await;
        assert_eq!(house.verify(&shop, PHONE, &code).await.status, 200);
        house.close_and_verify().await;
    });
}

#[test]
fn of_many_at_once_one_has_the_code() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        house.log_in(&shop, PHONE).await;
        let code = house.code(&shop, PHONE).await;
        let logged_in = together((0..20).map(|_| house.verify(&shop, PHONE, &code))).await;
        let (good, refused): (Vec<_>, Vec<_>) =
            logged_in.iter().partition(|answer| answer.status == 200);
        assert_eq!(good.len(), 1);
        assert!(refused.iter().all(|answer| answer.error() == INVALID));

        let code = house.code(&shop, OTHER).await;
        let registered = together((0..20).map(|_| house.register(&shop, OTHER, &code))).await;
        assert_eq!(registered.iter().filter(|answer| answer.status == 201).count(), 1);

        house.advance_seconds(60);
        let code = house.code(&shop, PHONE).await;
        let wrong = wrong(&code);
        let refused = together((0..20).map(|_| house.verify(&shop, PHONE, &wrong))).await;
        let of = |code: &str| refused.iter().filter(|answer| answer.error().1 == code).count();
        assert_eq!((of("code_invalid"), of("code_attempts_used_up")), (5, 15));
        let right = house.verify(&shop, PHONE, &code).await;
        assert_eq!(right.error().1, "code_attempts_used_up");
        house.close_and_verify().await;
    });
}

/// The token and the use of the code are one operation: neither is there without the other.
#[test]
fn a_code_is_used_up_in_the_operation_of_its_token() {
    run(async {
        use kopilka::journal::EntityEvents;
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let code = house.code(&shop, PHONE).await;
        house.register(&shop, PHONE, &code).await;
        let last = house.operations().await.pop().unwrap().operation;
        let kinds: Vec<bool> = last
            .entities
            .iter()
            .map(|entity| match entity {
                EntityEvents::Account(..) => true,
                EntityEvents::Login(..) => false,
                EntityEvents::Tenant(_) | EntityEvents::Voucher(..) => {
                    panic!("nothing else changed")
                }
            })
            .collect();
        assert_eq!(kinds, [true, false]);
        house.close_and_verify().await;
    });
}

/// What is over leaves memory and tables, and whoever goes through the journal finds nothing amiss.
#[test]
fn logins_of_yesterday_leave_the_tables() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let code = house.code(&shop, PHONE).await;
        house.verify(&shop, PHONE, &wrong(&code)).await;
        house.checkpoint_and_advance(0).await;
        house.advance_days(2);
        house.code(&shop, OTHER).await;
        house.checkpoint_and_advance(0).await;
        let dir = house.close_and_verify().await;
        let data_dir = dir.path().join("ledger");
        assert_eq!(crate::house::logins_in_tables(&data_dir), 1);
        assert!(data_dir.join("vault/house.keys").exists());
        // The same from the journal alone.
        std::fs::remove_dir_all(data_dir.join("tables")).unwrap();
        let house = TestHouse::open(dir, crate::house::options(&data_dir)).await;
        house.clock.set(house.clock.now().plus_seconds(3 * 86_400));
        house.code(&shop, PHONE).await;
        house.close_and_verify().await;
    });
}

/// A code never stands in the journal.
#[test]
fn the_journal_tells_no_code() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let code = house.code(&shop, PHONE).await;
        let told = format!("{:?}", house.operations().await);
        assert!(!told.contains(&code), "{told}");
        house.close_and_verify().await;
    });
}
