//! Logins through Telegram and devices through the real router, with data signed as Telegram signs it.

use crate::house::{Answer, Ask, PHONE, Shop, TestHouse, run};
use hmac::{Hmac, KeyInit, Mac};
use kopilka::values::{CustomerId, TenantId};
use serde_json::{Value, json};
use sha2::Sha256;

const BOT_TOKEN: &str = "5768337691:AAH5YkoiEuPk8-FZa32hStHTqXiLPtAEhx8";
const OTHER: &str = "+992907654321";

/// Signs pairs, in the order of their keys, at the time of the house.
fn sign(house: &TestHouse, key: &str, json: &Value, token: &str) -> String {
    let date = (house.clock.now().millis() / 1_000).to_string();
    let text = json.to_string();
    let mut pairs = [("auth_date", date.as_str()), (key, text.as_str())];
    pairs.sort_unstable();
    let lines: Vec<String> = pairs.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let keyed = |key: &[u8], message: &str| {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(message.as_bytes());
        mac.finalize().into_bytes()
    };
    let hash = keyed(&keyed(b"WebAppData", token), &lines.join("\n"));
    let encode =
        |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02X}")).collect() };
    let raw: Vec<String> =
        pairs.iter().map(|(key, value)| format!("{key}={}", encode(value))).collect();
    format!("{}&hash={}", raw.join("&"), hex::encode(hash))
}

pub(crate) fn init_data(house: &TestHouse, user: u64, username: &str) -> String {
    sign(house, "user", &json!({"id": user, "first_name": "A", "username": username}), BOT_TOKEN)
}

pub(crate) fn contact(house: &TestHouse, user: u64, phone: &str) -> String {
    let phone = phone.trim_start_matches('+');
    let json = json!({"user_id": user, "phone_number": phone, "first_name": "Vladislav"});
    sign(house, "contact", &json, BOT_TOKEN)
}

impl TestHouse {
    pub(crate) async fn telegram_shop(&self) -> Shop {
        let shop = self.shop(json!({})).await;
        let body = json!({"bot_token": BOT_TOKEN, "bot_username": "@khorosho_bot"});
        let set = self.operate("PUT", &format!("/tenants/{}/telegram", shop.id), body).await;
        assert_eq!(set.data()["telegram_bot_username"], json!("khorosho_bot"), "{set:?}");
        assert!(!set.body.to_string().contains("AAH5"), "the token is a secret");
        shop
    }

    async fn ask_app(&self, shop: &Shop, path: &str, body: Value) -> Answer {
        self.raw(Ask::post(path, &body).with("x-tenant-token", &shop.token)).await
    }

    async fn by_telegram(&self, shop: &Shop, user: u64, username: &str) -> Answer {
        let init_data = init_data(self, user, username);
        self.ask_app(shop, "/auth/telegram", json!({ "init_data": init_data })).await
    }

    async fn by_contact(&self, shop: &Shop, user: u64, phone: &str) -> Answer {
        let body = json!({
            "init_data": init_data(self, user, "john"), "contact": contact(self, user, phone),
        });
        self.ask_app(shop, "/auth/telegram-contact", body).await
    }

    async fn link(&self, shop: &Shop, bearer: &str, user: u64) -> Answer {
        let body = json!({ "init_data": init_data(self, user, "john") });
        self.app(shop, bearer, Ask::post("/client/link-telegram", &body)).await
    }

    async fn add_device(&self, shop: &Shop, bearer: &str, token: &str) -> Answer {
        let body = json!({"token": token, "platform": "ios"});
        self.app(shop, bearer, Ask::post("/client/device-token", &body)).await
    }

    async fn devices_of(&self, shop: &Shop, customer: u64) -> Vec<String> {
        let tenant = TenantId(u32::try_from(shop.id).unwrap());
        let devices = self.house.devices(tenant, CustomerId(customer)).await.unwrap();
        devices.iter().map(|device| device.token.as_str().to_owned()).collect()
    }
}

#[test]
fn a_contact_creates_or_finds_the_customer_and_links_both() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.telegram_shop().await;
        let unlinked = house.by_telegram(&shop, 7, "john").await;
        assert_eq!(unlinked.error(), (404, "telegram_not_linked", None));
        let created = house.by_contact(&shop, 7, PHONE).await;
        assert_eq!(created.status, 201, "{created:?}");
        assert_eq!(created.data()["client"]["phone"], json!(PHONE));
        assert_eq!(created.data()["client"]["full_name"], json!("Vladislav"));
        assert_eq!(created.data()["client"]["telegram_username"], json!("john"));
        assert_eq!(house.by_contact(&shop, 7, PHONE).await.status, 200);
        // A user name changes with the next login.
        let renamed = house.by_telegram(&shop, 7, "jack").await;
        assert_eq!(renamed.data()["client"]["telegram_username"], json!("jack"));

        house.log_in(&shop, OTHER).await;
        let house = house.reopen().await;
        let taken = house.by_contact(&shop, 7, OTHER).await;
        assert_eq!(taken.error(), (422, "telegram_taken", Some("init_data")));
        let differs = house.by_contact(&shop, 8, PHONE).await;
        assert_eq!(differs.error(), (422, "telegram_of_phone_differs", Some("init_data")));
        let known = house.by_contact(&shop, 8, OTHER).await;
        assert_eq!((known.status, &known.data()["client"]["id"]), (200, &json!(2)));
        let again = house.by_telegram(&shop, 8, "").await;
        assert_eq!(again.data()["client"]["telegram_username"], Value::Null);
        house.close_and_verify().await;
    });
}

#[test]
fn what_is_not_signed_for_this_bot_and_user_is_refused() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.telegram_shop().await;
        let good = init_data(&house, 7, "john");
        let path = "/auth/telegram";
        let init = |text: &str| json!({ "init_data": text });
        let forged = sign(&house, "user", &json!({"id": 7}), "1:forged");
        let error = house.ask_app(&shop, path, init(&forged)).await;
        assert_eq!(error.error(), (401, "telegram_hash_invalid", None));
        let malformed = (400, "invalid_telegram_data", Some("init_data"));
        assert_eq!(house.ask_app(&shop, path, init("nonsense")).await.error(), malformed);
        let missing = house.ask_app(&shop, path, json!({})).await;
        assert_eq!(missing.error(), (400, "required", Some("init_data")));
        let mut broken = Ask::post(path, &Value::Null);
        broken.body = "{".into();
        let broken = house.raw(broken.with("x-tenant-token", &shop.token)).await;
        assert_eq!(broken.error(), (400, "malformed_json", Some("body")));
        let of_another = json!({"init_data": good, "contact": contact(&house, 8, PHONE)});
        let of_another = house.ask_app(&shop, "/auth/telegram-contact", of_another).await;
        assert_eq!(of_another.error(), (401, "telegram_hash_invalid", None));
        let nonsense = json!({"init_data": good, "contact": "nonsense"});
        let nonsense = house.ask_app(&shop, "/auth/telegram-contact", nonsense).await;
        assert_eq!(nonsense.error(), (422, "invalid_telegram_data", Some("contact")));
        let invited = json!({
            "init_data": good, "contact": contact(&house, 7, PHONE), "referral_code": "AB12CD34",
        });
        let invited = house.ask_app(&shop, "/auth/telegram-contact", invited).await;
        assert_eq!(invited.error(), (422, "referral_code_unknown", Some("referral_code")));
        house.advance_seconds(86_401);
        let old = house.ask_app(&shop, path, init(&good)).await;
        assert_eq!(old.error(), (401, "telegram_data_expired", None));
        let without_bot = house.shop(json!({})).await;
        let disabled = house.ask_app(&without_bot, path, init(&good)).await;
        assert_eq!(disabled.error(), (403, "telegram_disabled", None));
        house.close_and_verify().await;
    });
}

#[test]
fn a_customer_links_telegram_once() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.telegram_shop().await;
        let (first, second) = (house.bearer(&shop, PHONE).await, house.bearer(&shop, OTHER).await);
        assert_eq!(house.link(&shop, &first, 7).await.data()["linked"], json!(true));
        assert_eq!(house.link(&shop, &first, 7).await.status, 200);
        let differs = house.link(&shop, &first, 8).await;
        assert_eq!(differs.error(), (422, "telegram_of_phone_differs", Some("init_data")));
        let taken = house.link(&shop, &second, 7).await;
        assert_eq!(taken.error(), (422, "telegram_taken", Some("init_data")));
        assert_eq!(house.link(&shop, "nonsense", 9).await.error().1, "bearer_invalid");
        assert_eq!(house.by_telegram(&shop, 7, "john").await.data()["client"]["id"], json!(1));
        // A refused link leaves the user free.
        assert_eq!(house.link(&shop, &second, 8).await.status, 200);
        // A blocked customer cannot log in.
        let path = format!("/tenants/{}/customers/%2B992901234567/block", shop.id);
        house.operate("POST", &path, Value::Null).await;
        let blocked = house.by_telegram(&shop, 7, "john").await;
        assert_eq!(blocked.error(), (422, "login_of_blocked", None));
        house.close_and_verify().await;
    });
}

#[test]
fn a_device_belongs_to_whoever_registered_it_last() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let (first, second) = (house.bearer(&shop, PHONE).await, house.bearer(&shop, OTHER).await);
        let profile = async |house: &TestHouse, bearer: &str| {
            let shown = house.app(&shop, bearer, Ask::get("/client/profile")).await;
            shown.data()["has_mobile_app"].as_bool().unwrap()
        };
        assert!(!profile(&house, &first).await);
        let added = house.add_device(&shop, &first, "one").await;
        assert_eq!(added.data()["registered"], json!(true));
        assert!(profile(&house, &first).await);
        house.add_device(&shop, &second, "one").await;
        assert_eq!(house.devices_of(&shop, 2).await, ["one"]);
        assert!(!profile(&house, &first).await);

        for number in 1..=11 {
            house.add_device(&shop, &first, &format!("d{number}")).await;
        }
        let house = house.reopen().await;
        let devices = house.devices_of(&shop, 1).await;
        assert_eq!((devices.len(), devices[0].as_str(), devices[9].as_str()), (10, "d2", "d11"));
        // What was let go is free for others, and back again.
        house.add_device(&shop, &second, "d1").await;
        house.add_device(&shop, &second, "d2").await;
        assert_eq!(house.devices_of(&shop, 2).await, ["one", "d1", "d2"]);
        assert_eq!(house.devices_of(&shop, 1).await.len(), 9);
        for _ in 0..2 {
            let mut ask = Ask::post("/client/device-token", &json!({"token": "one"}));
            ask.method = "DELETE";
            let deleted = house.app(&shop, &second, ask).await;
            assert_eq!(deleted.data()["deleted"], json!(true));
        }
        assert_eq!(house.devices_of(&shop, 2).await, ["d1", "d2"]);
        house.close_and_verify().await;
    });
}
