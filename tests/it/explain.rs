//! Explanations of postings over the API: who, by which command, under which rules, from which lots.

use crate::house::{Answer, Ask, PHONE, Shop, TestHouse, run};
use serde_json::{Value, json};

async fn explain(house: &TestHouse, shop: &Shop, phone: &str, transaction: &str) -> Answer {
    let phone = phone.replace('+', "%2B");
    let path = format!("/partner/client/{phone}/explain/{transaction}");
    house.ask(shop, Ask::get(&path)).await
}

/// The history of a customer, newest first.
async fn history(house: &TestHouse, shop: &Shop, phone: &str, page: u32) -> Vec<Value> {
    let phone = phone.replace('+', "%2B");
    let path = format!("/partner/client/{phone}/transactions?page={page}");
    let answer = house.ask(shop, Ask::get(&path)).await;
    answer.data()["data"].as_array().unwrap().clone()
}

/// The explanation of every row of a customer's first page, oldest first; each shows its row as the
/// history does.
pub(crate) async fn explained(house: &TestHouse, shop: &Shop, phone: &str) -> Vec<Value> {
    let mut found = Vec::new();
    for row in history(house, shop, phone, 1).await.iter().rev() {
        let answer = explain(house, shop, phone, &row["id"].to_string()).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(&answer.data()["transaction"], row);
        found.push(answer.data().clone());
    }
    found
}

pub(crate) fn command(explanation: &Value) -> (&Value, &Value, &Value) {
    let operation = &explanation["operation"];
    (&operation["command"], &operation["actor"], &operation["settings_version"])
}

#[test]
fn every_posting_says_what_it_follows_from() {
    run(async {
        let house = TestHouse::new().await;
        let settings = json!({
            "welcome_bonus": "25.00", "welcome_expire_after_days": 5, "redeem_hold_seconds": 0,
        });
        let shop = house.shop(settings).await;
        house.log_in(&shop, PHONE).await;
        house.grant(&shop, PHONE, "120.00").await;
        let sale = json!({
            "client_phone": PHONE, "total_amount": 955, "gross_amount": 1000, "bonus_redeem_amount": 45,
            "lines": [{"line_amount": 40}, {"line_amount": 960}],
        });
        let sold = house.sell(&shop, sale).await.data().clone();
        let redemption = json!({"client_phone": PHONE, "amount": 10, "total_amount": 200});
        house.redeem(&shop, redemption).await;
        house.advance_seconds(60);
        let all = explained(&house, &shop, PHONE).await;
        let [welcome, grant, spent, earned, paid] = &all[..] else { panic!("{all:?}") };
        let (by, first) = (json!("partner"), json!(1));
        assert_eq!(command(welcome), (&json!("registration"), &by, &first));
        assert_eq!(
            (&welcome["made"]["pool"], &welcome["made"]["remaining"]),
            (&json!("welcome"), &json!(0))
        );
        assert_eq!(command(grant), (&json!("adjustment"), &json!("operator"), &first));
        assert_eq!(grant["reason"], json!("test"));
        assert_eq!(grant["made"]["remaining"], json!(90));
        assert_eq!(command(spent), (&json!("sale"), &by, &first));
        // The welcome bonus ends first, so it is spent first.
        let lot = |explanation: &Value| explanation["made"]["lot_id"].clone();
        let drawn = |lot: Value, amount: u32, now: Value| json!({"lot_id": lot, "amount": amount, "now": now});
        let open = &spent["drawn"][1]["now"];
        assert_eq!((&open["pool"], &open["remaining"]), (&json!("manual"), &json!(90)));
        let expected = [drawn(lot(welcome), 25, json!(null)), drawn(lot(grant), 20, open.clone())];
        assert_eq!(spent["drawn"], json!(expected));
        assert_eq!(command(earned), (&json!("sale"), &by, &first));
        assert_eq!(earned["sale"]["sale_id"], sold["id"]);
        assert_eq!(earned["sale"]["percent"], json!(5));
        assert_eq!(earned["sale"]["lines"][1]["accrual"], sold["lines"][1]["accrual"]);
        assert_eq!(earned["made"]["amount"], sold["bonus_accrued"]);
        assert_eq!(earned["operation"]["number"], spent["operation"]["number"]);
        assert_eq!(command(paid), (&json!("redemption"), &by, &first));
        assert_eq!(paid["drawn"][0]["lot_id"], lot(grant));
        // The same from the tables, and after a restart.
        house.house.checkpoint().await.unwrap();
        assert_eq!(explained(&house, &shop, PHONE).await, all);
        let house = house.reopen().await;
        assert_eq!(explained(&house, &shop, PHONE).await, all);
        house.close_and_verify().await;
    });
}

#[test]
fn what_expired_and_what_was_owed_is_explained_too() {
    run(async {
        let house = TestHouse::new().await;
        let settings = json!({"welcome_bonus": "25.00", "welcome_expire_after_days": 5});
        let shop = house.shop(settings).await;
        house.log_in(&shop, PHONE).await;
        house.advance_days(7);
        let path = format!("/tenants/{}/customers/%2B992901234567/adjustments", shop.id);
        let owed = json!({"amount": "-8.00", "reason": "fraud", "allow_debt": true});
        assert_eq!(house.operate("POST", &path, owed).await.status, 201);
        house.grant(&shop, PHONE, "20.00").await;
        let all = explained(&house, &shop, PHONE).await;
        let [welcome, expired, owed, paid] = &all[..] else { panic!("{all:?}") };
        // Whatever comes first writes off what was due.
        assert_eq!(expired["operation"]["command"], json!("adjustment"));
        assert_eq!(expired["operation"]["number"], owed["operation"]["number"]);
        assert_eq!(expired["reason"], json!(null));
        let drawn = json!([{"lot_id": welcome["made"]["lot_id"], "amount": 25, "now": null}]);
        assert_eq!(expired["drawn"], drawn);
        assert_eq!((&owed["debt_made"], &owed["reason"]), (&json!(8), &json!("fraud")));
        assert_eq!((&paid["debt_paid"], &paid["made"]["remaining"]), (&json!(8), &json!(12)));
        house.close_and_verify().await;
    });
}

#[test]
fn only_a_customers_own_transactions_are_explained() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let other = "+992907654321";
        for phone in [PHONE, other] {
            house.log_in(&shop, phone).await;
        }
        // In turns, so that neither has all the ids of a stretch; some in the tables, some in memory.
        for round in 0..14 {
            house.grant(&shop, PHONE, "1.00").await;
            house.grant(&shop, other, "2.00").await;
            if round == 7 {
                house.house.checkpoint().await.unwrap();
            }
        }
        let ids = async |phone| {
            let rows = history(&house, &shop, phone, 1).await;
            rows.iter().map(|row| row["id"].as_u64().unwrap()).collect::<Vec<u64>>()
        };
        let (own, others) = (ids(PHONE).await, ids(other).await);
        assert_eq!((own.len(), others.len()), (14, 14));
        assert_eq!(explained(&house, &shop, PHONE).await.len(), 14);
        let unknown = [0, own[0] + 100, u64::MAX];
        for id in others.iter().chain(&unknown) {
            let answer = explain(&house, &shop, PHONE, &id.to_string()).await;
            assert_eq!(answer.error(), (404, "transaction_not_found", None), "{id}");
        }
        let stranger = explain(&house, &shop, "+992900000000", "1").await;
        assert_eq!(stranger.error(), (404, "customer_not_found", None));
        let odd = explain(&house, &shop, PHONE, "x").await;
        assert_eq!(odd.error(), (422, "not_whole_number", Some("transaction_id")));
        house.close_and_verify().await;
    });
}
