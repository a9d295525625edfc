//! What a shop of the BonusPlus dialect changes of a customer beyond their data: the phone, the tier; and
//! whom its filters find.

use crate::house::{Answer, Shop, TestHouse, run};
use serde_json::{Value, json};

const ANNA: &str = "992901234567";
const BORIS: &str = "992901234568";
const NEW: &str = "992901234599";

async fn create(house: &TestHouse, shop: &Shop, body: Value) -> Value {
    let created = house.plus(shop, "POST", "/customer", body).await;
    assert_eq!(created.status, 200, "{created:?}");
    created.body
}

async fn change(house: &TestHouse, shop: &Shop, phone: &str, body: Value) -> Answer {
    house.plus(shop, "PUT", &format!("/customer/{phone}"), body).await
}

async fn two_tiers(house: &TestHouse) -> Shop {
    let tiers = json!([
        {"name": "Base", "color": "#8A8A8A", "from_total_spent": "0.00", "bonus_percent": "5"},
        {"name": "Gold", "color": "#C9A227", "from_total_spent": "1000.00", "bonus_percent": "7"},
    ]);
    house.shop(json!({"tiers": tiers, "redeem_hold_seconds": 0, "backdate_days_max": 3})).await
}

#[test]
fn a_new_phone_takes_the_place_of_the_old_one() {
    run(async {
        let house = TestHouse::new().await;
        let shop = two_tiers(&house).await;
        let created = create(&house, &shop, json!({"phone": ANNA})).await;
        create(&house, &shop, json!({"phone": BORIS, "card": "B-1"})).await;
        // All of it or nothing: the card is taken, so the phone stays.
        let both = json!({"newPhone": NEW, "cardNumber": "B-1", "fn": "Anna"});
        assert_eq!(change(&house, &shop, ANNA, both).await.plus_error(), (412, "CARD_TAKEN"));
        assert_eq!(house.client(&shop, ANNA).await["full_name"], Value::Null);
        let both = json!({"newPhone": format!("+{NEW}"), "fn": "Anna"});
        let changed = change(&house, &shop, ANNA, both.clone()).await;
        assert_eq!((changed.status, &changed.body["phone"]), (200, &json!(NEW)), "{changed:?}");
        assert_eq!(
            (&changed.body["id"], &changed.body["person"]["fn"]),
            (&created["id"], &json!("Anna"))
        );
        let house = house.reopen().await;
        // The phone before still leads there; said as the one that names the customer, it is no change.
        let same = change(&house, &shop, ANNA, json!({"phone": ANNA, "mn": "B"})).await;
        assert_eq!((same.status, &same.body["phone"]), (200, &json!(NEW)));
        let again = change(&house, &shop, ANNA, both).await;
        assert_eq!((again.status, &again.body["phone"]), (200, &json!(NEW)));
        let taken = change(&house, &shop, BORIS, json!({"newPhone": NEW})).await;
        assert_eq!(taken.plus_error(), (412, "CUSTOMER_ALREADY_EXISTS"));
        assert_eq!(taken.body["msg"], "Клиент с таким телефоном уже есть.");
        let kept = change(&house, &shop, BORIS, json!({"newPhone": ANNA})).await;
        assert_eq!(kept.plus_error(), (412, "PHONE_KEPT"));
        house.advance_days(4);
        let gone = house.plus(&shop, "GET", &format!("/customer?phone={ANNA}"), Value::Null).await;
        assert_eq!(gone.plus_error(), (412, "CUSTOMER_NOT_FOUND"));
        let freed = change(&house, &shop, BORIS, json!({"phone": ANNA})).await;
        assert_eq!((freed.status, &freed.body["phone"]), (200, &json!(ANNA)));
        house.close_and_verify().await;
    });
}

#[test]
fn a_tier_is_set_by_hand_unless_it_is_only_sent_back() {
    run(async {
        let house = TestHouse::new().await;
        let shop = two_tiers(&house).await;
        let anna = create(&house, &shop, json!({"phone": ANNA, "discountCardTypeId": 1})).await;
        assert_eq!(anna["nextCardName"], "Gold");
        let gold = create(&house, &shop, json!({"phone": BORIS, "card": "gold"})).await;
        assert_eq!(
            (&gold["discountCardName"], &gold["nextCardName"]),
            (&json!("Gold"), &Value::Null)
        );
        // As it was shown, and nothing of it is set by hand.
        let back = change(&house, &shop, ANNA, anna.clone()).await;
        assert_eq!((back.status, &back.body["nextCardName"]), (200, &json!("Gold")), "{back:?}");
        let none = change(&house, &shop, BORIS, json!({"discountCardTypeId": ""})).await;
        assert_eq!(none.body["discountCardTypeId"], json!(2));
        let up = change(&house, &shop, ANNA, json!({"newCard": "2"})).await;
        assert_eq!((&up.body["discountCardTypeId"], up.status), (&json!(2), 200));
        assert_eq!(up.body["baseBonusCreditPercent"], json!(7));
        for (body, field) in [
            (json!({"discountCardTypeId": 9}), "discountCardTypeId"),
            (json!({"newCard": "Silver"}), "newCard"),
            (json!({"card": "Silver"}), "card"),
        ] {
            let refused = change(&house, &shop, ANNA, body).await;
            assert_eq!(refused.plus_error(), (412, "UNKNOWN_VALUE"));
            assert_eq!(refused.body["devMsg"], json!(format!("unknown_value: {field}")));
            assert!(refused.body["msg"].as_str().unwrap().contains("2 (Gold)"), "{refused:?}");
        }
        house.close_and_verify().await;
    });
}

#[test]
fn a_list_is_of_those_whom_the_filter_fits() {
    run(async {
        let house = TestHouse::new().await;
        let shop = two_tiers(&house).await;
        let anna = json!({
            "phone": ANNA, "fn": "Анна", "ln": "Иванова", "email": "Anna@Example.com",
            "birthDay": "31.12.1990", "sex": "Female", "store": "Rudaki", "ean": "A-1", "cashier": 7,
        });
        create(&house, &shop, anna).await;
        house.advance_days(1);
        let boris =
            json!({"phone": BORIS, "fn": "Борис", "newCard": "Gold", "birthDay": "01.06.2001"});
        create(&house, &shop, boris).await;
        house.log_in(&shop, &format!("+{NEW}")).await;
        house.grant(&shop, BORIS, "50.00").await;
        let item = json!({"sum": 200, "qnt": 1, "product": "x"});
        let sale = json!({"phone": ANNA, "items": [item], "bonusDebit": 0, "store": "Airport"});
        assert_eq!(house.plus(&shop, "POST", "/retail", sale).await.status, 200);
        let house = house.reopen().await;
        let check = async |filter: Value, expected: &[&str]| {
            let listed = house.plus(&shop, "POST", "/customer/list", filter.clone()).await;
            let rows = listed.body.as_array().unwrap_or_else(|| panic!("{listed:?}"));
            let phones: Vec<_> = rows.iter().map(|row| row["phone"].as_str().unwrap()).collect();
            assert_eq!(phones, expected, "{filter}");
        };
        check(json!({"phone": [BORIS, ANNA, "992900000000"]}), &[ANNA, BORIS]).await;
        check(json!({"phone": [BORIS, ANNA], "rowCount": 1, "startRow": 2}), &[BORIS]).await;
        check(json!({"phone": [BORIS, ANNA], "sex": ["female"]}), &[ANNA]).await;
        check(json!({"phone": "", "ean": null, "email": []}), &[ANNA, BORIS, NEW]).await;
        check(json!({"cardNumber": "A-1"}), &[ANNA]).await;
        check(json!({"lastName": "ванов"}), &[ANNA]).await;
        check(json!({"firstName": ["анна", "борис"]}), &[ANNA, BORIS]).await;
        check(json!({"email": "anna@example.com"}), &[ANNA]).await;
        check(json!({"card": [2]}), &[BORIS]).await;
        check(json!({"discountCardName": "base"}), &[ANNA, NEW]).await;
        check(json!({"store": ["rudaki"], "cashier": [7]}), &[ANNA]).await;
        check(json!({"lastOperationStore": "Airport"}), &[ANNA]).await;
        check(json!({"birthday": {"from": "1990-01-01", "to": "31.12.1990"}}), &[ANNA]).await;
        check(json!({"age": {"to": "30"}}), &[BORIS]).await;
        check(json!({"bonusAmount": {"from": 1}}), &[ANNA, BORIS]).await;
        check(json!({"bonusAmount": [{"to": 0}, {"from": "50"}]}), &[BORIS, NEW]).await;
        check(json!({"creationDate": [{"to": "2026-03-02"}]}), &[ANNA]).await;
        check(json!({"creationDate": {"from": "2026-03-03T00:00:00+05:00"}}), &[BORIS, NEW]).await;
        check(json!({"lastPurchaseDate": {"from": "2026-03-03"}}), &[ANNA]).await;
        check(json!({"purchasesCount": {"to": 0}, "unknown": {"a": 1}}), &[BORIS, NEW]).await;
        check(json!({"telegramStatus": 1}), &[]).await;
        for (filter, field) in [
            (json!({"phone": ["12"]}), "phone"),
            (json!({"age": {"from": "x"}}), "age.from"),
            (json!({"creationDate": [{"to": "soon"}]}), "creationDate[0].to"),
        ] {
            let refused = house.plus(&shop, "POST", "/customer/list", filter).await;
            assert!(refused.body["devMsg"].as_str().unwrap().ends_with(field), "{refused:?}");
        }
        // A store that nobody listed has a number from its first use on.
        let anna = house.plus(&shop, "POST", "/customer/list", json!({"phone": ANNA})).await.body;
        let person = &anna[0]["person"];
        let [created, last] = ["createdInStoreId", "lastOperationStoreID"];
        assert!(
            person[created].is_u64() && person[last].is_u64() && person[created] != person[last]
        );
        let by_number = json!({"lastOperationStore": person[last]});
        check(by_number, &[ANNA]).await;
        house.close_and_verify().await;
    });
}

#[test]
fn whoever_was_merged_is_listed_once() {
    run(async {
        let house = TestHouse::new().await;
        let shop = two_tiers(&house).await;
        create(&house, &shop, json!({"phone": ANNA, "ean": "A-1"})).await;
        create(&house, &shop, json!({"phone": BORIS})).await;
        let path = format!("/tenants/{}/customers/+{ANNA}/merge", shop.id);
        let into = json!({"into": format!("+{BORIS}"), "reason": "one person"});
        assert_eq!(house.operate("POST", &path.replace('+', "%2B"), into).await.status, 200);
        for house in [house.reopen().await] {
            let all = house.plus(&shop, "POST", "/customer/list", Value::Null).await.body;
            assert_eq!(all.as_array().map(Vec::len), Some(1), "{all}");
            // The card of the one is the other's now.
            let card = change(&house, &shop, BORIS, json!({"cardNumber": "A-1"})).await;
            assert_eq!((card.status, &card.body["discountCardNumber"]), (200, &json!("A-1")));
            house.close_and_verify().await;
        }
    });
}
