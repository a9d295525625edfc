//! What a chain refuses so that nobody abuses it, through the doors: limits reached exactly and by one
//! more, refusals that change nothing, quotes and batches that say the same.

use crate::batch::{post_lines, single, statuses};
use crate::house::{Answer, Ask, PHONE, Shop, TestHouse, run};
use serde_json::{Value, json};

const WHO: &str = "%2B992901234567";

async fn quote(house: &TestHouse, shop: &Shop, sale: &Value) -> Answer {
    house.ask(shop, Ask::post("/partner/quote", sale)).await
}

/// A shop with a customer who joined the day before and has 1000 bonuses.
async fn shop_with(house: &TestHouse, settings: Value) -> Shop {
    let shop = house.shop(settings).await;
    house.log_in(&shop, PHONE).await;
    house.grant(&shop, PHONE, "1000.00").await;
    house.advance_days(1);
    shop
}

fn sale(redeem: u32, more: Value) -> Value {
    let mut sale = json!({
        "client_phone": PHONE, "total_amount": 1000 - redeem, "bonus_redeem_amount": redeem,
    });
    let Value::Object(more) = more else { panic!("{more} is no object") };
    for (name, value) in more {
        sale[name] = value;
    }
    sale
}

impl TestHouse {
    async fn flag(&self, shop: &Shop, path: &str, body: Value) -> Answer {
        self.operate("PUT", &format!("/tenants/{}/customers/{WHO}/{path}", shop.id), body).await
    }

    async fn set(&self, shop: &Shop, changes: Value) {
        let path = format!("/tenants/{}/settings", shop.id);
        let listed = self.operate("GET", &path, Value::Null).await;
        let versions = listed.data().as_array().unwrap();
        let current = versions.iter().find(|version| version["current"] == json!(true)).unwrap();
        let mut settings = current["settings"].clone();
        for (name, value) in changes.as_object().unwrap() {
            settings[name] = value.clone();
        }
        let changed = self.operate("PUT", &path, json!({ "settings": settings })).await;
        assert_eq!(changed.status, 200, "{changed:?}");
    }

    async fn send_code(&self, shop: &Shop) -> Answer {
        let path = format!("/partner/client/{WHO}/send-code");
        self.ask(shop, Ask { body: String::new(), ..Ask::post(&path, &Value::Null) }).await
    }

    async fn agreed(&self, shop: &Shop) -> String {
        let sent = self.send_code(shop).await;
        assert_eq!(sent.status, 200, "{sent:?}");
        self.last_code(PHONE).await
    }

    /// The quote, the sale and a line of a batch are refused alike, and nothing is changed.
    async fn refused_alike(&self, shop: &Shop, sale: &Value, expected: (&str, Option<&str>)) {
        let before = (self.client(shop, PHONE).await, self.operations().await.len());
        let quoted = quote(self, shop, sale).await;
        assert_eq!(quoted.error(), (422, expected.0, expected.1), "{sale}");
        let sold = self.sell(shop, sale.clone()).await;
        assert_eq!(sold.body, quoted.body, "{sale}");
        let mut line = sale.clone();
        line["external_sale_id"] = json!("line");
        let results = post_lines(self, shop, &[line.to_string()]).await;
        assert_eq!(single(&results[0]), (422, quoted.body), "{sale}");
        let after = (self.client(shop, PHONE).await, self.operations().await.len());
        assert_eq!(after, before, "{sale}");
    }

    /// What is quoted is sold.
    async fn sold_as_quoted(&self, shop: &Shop, sale: &Value) -> Value {
        let quoted = quote(self, shop, sale).await;
        assert_eq!(quoted.status, 200, "{quoted:?}");
        let sold = self.sell(shop, sale.clone()).await;
        assert_eq!(sold.status, 201, "{sold:?}");
        for figure in ["bonus_accrued", "bonus_redeemed", "new_balance"] {
            assert_eq!(quoted.data()[figure], sold.data()[figure], "{figure}");
        }
        quoted.data().clone()
    }
}

fn wrong(code: &str) -> String {
    let last = if code.ends_with('1') { '2' } else { '1' };
    format!("{}{last}", &code[..5])
}

#[test]
fn a_large_redemption_needs_the_code_that_the_customer_got() {
    run(async {
        let house = TestHouse::new().await;
        let shop = shop_with(&house, json!({"redeem_confirm_from": "50.00"})).await;
        let missing = (422, "confirmation_required", Some("confirmation_code"));
        let quoted = house.sold_as_quoted(&shop, &sale(49, json!({}))).await;
        assert_eq!(quoted["confirmation_required"], json!(false));
        // A quote needs no code and says that the sale does.
        let quoted = quote(&house, &shop, &sale(50, json!({}))).await;
        assert_eq!(quoted.data()["confirmation_required"], json!(true));
        let before = house.client(&shop, PHONE).await;
        assert_eq!(house.sell(&shop, sale(50, json!({}))).await.error(), missing);
        assert_eq!(house.client(&shop, PHONE).await, before);
        let code = house.agreed(&shop).await;
        let with = |redeem, code: &str| sale(redeem, json!({"confirmation_code": code}));
        let refused = house.sell(&shop, with(50, &wrong(&code))).await;
        assert_eq!(refused.error(), (422, "confirmation_invalid", Some("confirmation_code")));
        assert_eq!(house.client(&shop, PHONE).await, before);
        // A refusal for another reason leaves it good, and so does a sale that does not need it.
        let over = house.sell(&shop, with(400, &code)).await;
        assert_eq!(over.error(), (422, "redeem_over_cap", Some("bonus_redeem_amount")));
        assert_eq!(house.sell(&shop, with(10, &wrong(&code))).await.status, 201);
        let sold = house.sell(&shop, with(50, &code)).await;
        assert_eq!((sold.status, &sold.data()["bonus_redeemed"]), (201, &json!(50)));
        assert_eq!(quoted.data()["bonus_accrued"], sold.data()["bonus_accrued"]);
        // It is used up.
        let again = house.sell(&shop, with(50, &code)).await;
        assert_eq!(again.error(), (422, "confirmation_invalid", Some("confirmation_code")));
        let throttled = house.send_code(&shop).await;
        assert_eq!(throttled.error(), (422, "code_throttled", Some("identifier")));
        assert!(throttled.retry_after.is_some());
        for bad in [json!("12345"), json!("1234567"), json!("12345a")] {
            let sale = sale(50, json!({ "confirmation_code": bad }));
            let refused = house.sell(&shop, sale).await;
            assert_eq!(refused.error(), (422, "invalid_code", Some("confirmation_code")), "{bad}");
        }
        house.close_and_verify().await;
    });
}

#[test]
fn redemptions_without_a_sale_and_lines_of_batches_bring_the_code_too() {
    run(async {
        let house = TestHouse::new().await;
        let shop = shop_with(&house, json!({"redeem_confirm_from": "50.00"})).await;
        let missing = (422, "confirmation_required", Some("confirmation_code"));
        let order = |amount: u32, code: Option<&str>| {
            json!({
                "client_phone": PHONE, "amount": amount, "total_amount": 1000,
                "confirmation_code": code,
            })
        };
        assert_eq!(house.redeem(&shop, order(50, None)).await.error(), missing);
        let code = house.agreed(&shop).await;
        assert_eq!(house.redeem(&shop, order(50, Some(&code))).await.status, 200);
        // With a key: the first answer again, whatever the code is now.
        house.advance_seconds(60);
        let code = house.agreed(&shop).await;
        let keyed = |code: &str| {
            Ask::post("/partner/redeem", &order(60, Some(code))).with("idempotency-key", "k-1")
        };
        let refused = house.ask(&shop, keyed(&wrong(&code))).await;
        assert_eq!(refused.error(), (422, "confirmation_invalid", Some("confirmation_code")));
        let done = house.ask(&shop, keyed(&code)).await;
        assert_eq!(done.status, 200, "{done:?}");
        assert_eq!(house.ask(&shop, keyed(&code)).await.body, done.body);
        house.advance_seconds(60);
        let asked = json!({"client_phone": PHONE, "amount": 80});
        let reserve = house.ask(&shop, Ask::post("/partner/reserve", &asked)).await;
        let path = format!("/partner/reserve/{}/commit", reserve.data()["id"].as_str().unwrap());
        let commit = |code: Option<&str>| {
            let body = json!({"amount": 80, "total_amount": 1000, "confirmation_code": code});
            Ask::post(&path, &body)
        };
        assert_eq!(house.ask(&shop, commit(None)).await.error(), missing);
        let code = house.agreed(&shop).await;
        assert_eq!(house.ask(&shop, commit(Some(&code))).await.status, 200);
        house.advance_seconds(60);
        let code = house.agreed(&shop).await;
        let line = |id: &str, code: Option<&str>| {
            sale(70, json!({"external_sale_id": id, "confirmation_code": code})).to_string()
        };
        // Of two lines with one code the first one has it.
        let lines = [line("a", None), line("b", Some(&code)), line("c", Some(&code))];
        let results = post_lines(&house, &shop, &lines).await;
        assert_eq!(statuses(&results), [422, 201, 422]);
        assert_eq!(single(&results[0]).1["code"], json!("confirmation_required"));
        assert_eq!(single(&results[2]).1["code"], json!("confirmation_invalid"));
        house.close_and_verify().await;
    });
}

#[test]
fn after_five_wrong_codes_not_even_the_right_one_is_taken() {
    run(async {
        let house = TestHouse::new().await;
        let shop = shop_with(&house, json!({"redeem_confirm_from": "50.00"})).await;
        let code = house.agreed(&shop).await;
        let with = |code: &str| sale(50, json!({"confirmation_code": code}));
        for _ in 0..5 {
            let refused = house.sell(&shop, with(&wrong(&code))).await;
            assert_eq!(refused.error().1, "confirmation_invalid");
        }
        // A restart forgets none of them.
        let house = house.reopen().await;
        let refused = house.sell(&shop, with(&code)).await;
        let expected = (422, "confirmation_attempts_used_up", Some("confirmation_code"));
        assert_eq!(refused.error(), expected);
        assert!(refused.retry_after.is_some());
        house.advance_seconds(60);
        let code = house.agreed(&shop).await;
        assert_eq!(house.sell(&shop, with(&code)).await.status, 201);
        // 404 and 403 come before everything about the code.
        let path = format!("/tenants/{}/customers/{WHO}/block", shop.id);
        house.operate("POST", &path, Value::Null).await;
        let blocked = house.sell(&shop, with("123456")).await;
        assert_eq!(blocked.error(), (403, "customer_blocked", None));
        assert_eq!(house.send_code(&shop).await.error(), (403, "customer_blocked", None));
        let nobody = Ask::post("/partner/client/%2B992900000000/send-code", &Value::Null);
        let nobody = house.ask(&shop, Ask { body: String::new(), ..nobody }).await;
        assert_eq!(nobody.error(), (404, "customer_not_found", None));
        house.close_and_verify().await;
    });
}

#[test]
fn limits_of_a_day_are_reached_exactly() {
    run(async {
        let house = TestHouse::new().await;
        let shop = shop_with(&house, json!({"sales_per_day_refuse_from": 3})).await;
        let expected = ("too_many_sales_today", None);
        for _ in 0..2 {
            house.sold_as_quoted(&shop, &sale(10, json!({}))).await;
        }
        house.refused_alike(&shop, &sale(10, json!({})), expected).await;
        let late = json!({"sale_date": "2026-03-03T01:00:00Z"});
        house.refused_alike(&shop, &sale(0, late), expected).await;
        // The count outlives a restart, and ends at midnight in Dushanbe.
        let house = house.reopen().await;
        house.refused_alike(&shop, &sale(10, json!({})), expected).await;
        house.advance_seconds(10 * 3_600);
        house.sold_as_quoted(&shop, &sale(10, json!({}))).await;
        house.close_and_verify().await;
    });
}

#[test]
fn late_sales_and_redemptions_of_newcomers_are_refused_where_the_chain_says_so() {
    run(async {
        let house = TestHouse::new().await;
        let shop =
            shop_with(&house, json!({"late_sales": "refuse", "redeem_on_opening_day": "refuse"}))
                .await;
        let on = |time: &str| sale(0, json!({"sale_date": format!("2026-03-03T{time}Z")}));
        house.sold_as_quoted(&shop, &on("08:55:00")).await;
        house.refused_alike(&shop, &on("08:54:59"), ("late_sale", Some("sale_date"))).await;
        house.sold_as_quoted(&shop, &sale(10, json!({}))).await;
        let newcomer = "+992907654321";
        house.log_in(&shop, newcomer).await;
        house.grant(&shop, newcomer, "100.00").await;
        let of = |redeem: u32| {
            json!({
                "client_phone": newcomer, "total_amount": 100 - redeem,
                "bonus_redeem_amount": redeem,
            })
        };
        let field = Some("bonus_redeem_amount");
        house.refused_alike(&shop, &of(10), ("redemption_on_opening_day", field)).await;
        let asked = json!({"client_phone": newcomer, "amount": 10, "total_amount": 100});
        let refused = house.redeem(&shop, asked).await;
        assert_eq!(refused.error(), (422, "redemption_on_opening_day", Some("amount")));
        let quoted = house.sold_as_quoted(&shop, &of(0)).await;
        assert_eq!(quoted["max_redeem_amount"], json!(0));
        assert_eq!(quoted["redeem_limit"]["reason"], json!("redeem_on_opening_day"));
        house.advance_days(1);
        house.sold_as_quoted(&shop, &of(10)).await;
        house.close_and_verify().await;
    });
}

#[test]
fn staff_earn_nothing_and_who_is_denied_redeems_nothing() {
    run(async {
        let house = TestHouse::new().await;
        let shop = shop_with(&house, json!({})).await;
        let set = house.flag(&shop, "staff", json!({"staff": true})).await;
        assert_eq!((set.status, &set.data()["staff"]), (200, &json!(true)));
        let promotion = json!({
            "name": "For all", "type": "fixed_bonus", "reward": {"bonus": "50.00"},
        });
        let path = format!("/tenants/{}/promotions", shop.id);
        let promoted = house.operate("POST", &path, promotion).await;
        assert_eq!(promoted.status, 201, "{promoted:?}");
        let quoted = house.sold_as_quoted(&shop, &sale(10, json!({}))).await;
        assert_eq!(quoted["bonus_accrued"], json!(0));
        assert_eq!(quoted["accrual"]["capped_by"], json!("staff"));
        assert_eq!(quoted["unlisted"]["reason"], json!("receipt"));
        house.flag(&shop, "staff", json!({"staff": false})).await;
        let quoted = house.sold_as_quoted(&shop, &sale(0, json!({}))).await;
        assert_eq!(quoted["bonus_accrued"], json!(100));
        let set = house.flag(&shop, "debit", json!({"denied": true})).await;
        assert_eq!((set.status, &set.data()["debit_denied"]), (200, &json!(true)));
        let field = Some("bonus_redeem_amount");
        house.refused_alike(&shop, &sale(10, json!({})), ("debit_denied", field)).await;
        let asked = json!({"client_phone": PHONE, "amount": 10, "total_amount": 100});
        let denied = (422, "debit_denied", Some("amount"));
        assert_eq!(house.redeem(&shop, asked.clone()).await.error(), denied);
        let reserve = house.ask(&shop, Ask::post("/partner/reserve", &asked)).await;
        assert_eq!(reserve.error(), denied);
        let quoted = house.sold_as_quoted(&shop, &sale(0, json!({}))).await;
        assert_eq!(quoted["bonus_accrued"], json!(100));
        assert_eq!(quoted["redeem_limit"]["reason"], json!("debit_denied"));
        // Both outlive a restart, with the tables and without.
        let house = house.reopen().await;
        assert_eq!(house.redeem(&shop, asked.clone()).await.error(), denied);
        house.flag(&shop, "debit", json!({"denied": false})).await;
        assert_eq!(house.redeem(&shop, asked).await.status, 200);
        assert_eq!(house.flag(&shop, "debit", json!({})).await.error().1, "required");
        house.close_and_verify().await;
    });
}

#[test]
fn a_sale_of_staff_leaves_the_referral_open() {
    run(async {
        let house = TestHouse::new().await;
        let settings = json!({
            "referral_inviter_bonus": "50.00", "referral_invitee_bonus": "25.00",
            "referral_min_amount": "100.00", "referral_hold_days": 0,
        });
        let shop = house.shop(settings).await;
        let bearer = house.bearer(&shop, PHONE).await;
        let told = house.app(&shop, &bearer, Ask::get("/client/referral")).await;
        let code = told.data()["code"].clone();
        let friend = "+992901234568";
        let body = json!({"phone": friend, "referral_code": code});
        assert_eq!(house.ask(&shop, Ask::post("/partner/auth", &body)).await.status, 201);
        let path = format!("/tenants/{}/customers/%2B992901234568/staff", shop.id);
        let sell = json!({"client_phone": friend, "total_amount": 200});
        for (staff, balance) in [(true, 0), (false, 35)] {
            house.operate("PUT", &path, json!({ "staff": staff })).await;
            assert_eq!(house.sell(&shop, sell.clone()).await.status, 201);
            let shown = house.client(&shop, friend).await;
            assert_eq!(shown["bonus_balance"], json!(balance), "{staff}");
        }
        house.close_and_verify().await;
    });
}

#[test]
fn external_ids_are_unique_by_store_where_the_chain_says_so() {
    run(async {
        let house = TestHouse::new().await;
        let shop = shop_with(&house, json!({})).await;
        let at = |store: Option<&str>, id: &str| {
            sale(0, json!({"external_sale_id": id, "store": store}))
        };
        let duplicate = (422, "duplicate_sale", Some("external_sale_id"));
        let sold = async |store, id| house.sell(&shop, at(store, id)).await;
        assert_eq!(sold(Some("A"), "1").await.status, 201);
        assert_eq!(sold(Some("B"), "1").await.error(), duplicate);
        house.set(&shop, json!({"external_id_scope": "store"})).await;
        // What was taken in the whole chain is taken still, at every store.
        assert_eq!(sold(Some("A"), "1").await.error(), duplicate);
        assert_eq!(sold(Some("B"), "1").await.error(), duplicate);
        assert_eq!(sold(None, "1").await.error(), duplicate);
        for store in [Some("A"), Some("B"), None] {
            assert_eq!(sold(store, "2").await.status, 201, "{store:?}");
            assert_eq!(sold(store, "2").await.error(), duplicate, "{store:?}");
            let quoted = quote(&house, &shop, &at(store, "2")).await;
            assert_eq!(quoted.error(), duplicate, "{store:?}");
        }
        assert_eq!(sold(Some("C"), "3").await.status, 201);
        // Also without memory, from the tables and from the journal.
        house.house.checkpoint().await.unwrap();
        let house = house.reopen().await;
        let sold = async |store, id| house.sell(&shop, at(store, id)).await;
        assert_eq!(sold(Some("B"), "2").await.error(), duplicate);
        let lines = ["A", "D"].map(|store| at(Some(store), "2").to_string());
        assert_eq!(statuses(&post_lines(&house, &shop, &lines).await), [422, 201]);
        // A return finds the sale of its own store.
        let back = |store: Option<&str>, id: &str| {
            json!({
                "client_phone": PHONE, "external_sale_id": "3", "store": store,
                "external_refund_id": id,
            })
        };
        let refund =
            async |body: Value| house.ask(&shop, Ask::post("/partner/refund", &body)).await;
        assert_eq!(refund(back(None, "r-1")).await.error().0, 404);
        assert_eq!(refund(back(Some("C"), "r-2")).await.status, 201);
        house.set(&shop, json!({"external_id_scope": "tenant"})).await;
        assert_eq!(sold(Some("C"), "3").await.error(), duplicate);
        assert_eq!(sold(Some("D"), "3").await.status, 201);
        house.close_and_verify().await;
    });
}
