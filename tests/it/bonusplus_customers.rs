//! Customers of the BonusPlus dialect: found, created, changed, archived, revived, listed and counted.

use crate::house::{Answer, Ask, Shop, TestHouse, run};
use serde_json::{Value, json};

const ANNA: &str = "992901234567";
const BORIS: &str = "992901234568";

async fn create(house: &TestHouse, shop: &Shop, body: Value) -> Answer {
    house.plus(shop, "POST", "/customer", body).await
}

async fn find(house: &TestHouse, shop: &Shop, query: &str) -> Answer {
    house.plus(shop, "GET", &format!("/customer?{query}"), Value::Null).await
}

#[test]
fn a_customer_is_created_with_all_that_a_shop_writes_down() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({"welcome_bonus": "10.00"})).await;
        let body = json!({
            "phone": format!("+{ANNA}"), "fn": "Анна", "ln": "Иванова", "mn": "", "sex": "Female",
            "email": "anna@example.com", "desc": null, "birthDay": "31.12.1990", "card": 77123,
            "address": "12 Rudaki Ave", "utmSource": "flyer", "store": "Rudaki", "cashier": "7",
            "disablePromoSMS": "true", "eCardStatusID": "2", "unknown": {"a": [1]},
            "relatives": [{"name": "Ivan", "sex": "Male", "birthDay": "01.06.2015"}],
            "significantDates": [{"name": "wedding", "significantDateType": 3, "date": "2014-06-01"}],
        });
        let created = create(&house, &shop, body).await;
        assert_eq!(created.status, 200, "{created:?}");
        let customer = &created.body;
        assert_eq!(customer["phone"], ANNA);
        assert_eq!(customer["discountCardNumber"], "77123");
        assert_eq!(customer["availableBonuses"], json!(10));
        assert_eq!(customer["totalBonusCredit"], json!(10));
        assert_eq!(customer["eCardStatusID"], json!(2));
        let person = &customer["person"];
        assert_eq!((&person["fn"], &person["mn"]), (&json!("Анна"), &Value::Null));
        assert_eq!((&person["sex"], &person["birthDay"]), (&json!("Female"), &json!("31.12.1990")));
        assert_eq!(person["disablePromoSMS"], json!(true));
        assert_eq!(person["createdByCashierId"], json!(7));
        assert_eq!(person["relatives"][0]["name"], "Ivan");
        assert_eq!(person["significantDates"][0]["date"], "2014-06-01T00:00:00Z");
        // The same customer in the other dialect.
        let client = house.client(&shop, ANNA).await;
        assert_eq!(
            (&client["full_name"], &client["club_card_number"]),
            (&json!("Иванова Анна"), &json!("77123"))
        );
        let again = create(&house, &shop, json!({"phone": ANNA})).await;
        assert_eq!(again.plus_error(), (412, "CUSTOMER_ALREADY_EXISTS"));
        let taken = create(&house, &shop, json!({"phone": BORIS, "card": "77123"})).await;
        assert_eq!(taken.plus_error(), (412, "CARD_TAKEN"));
        let house = house.reopen().await;
        assert_eq!(find(&house, &shop, &format!("phone={ANNA}")).await.body, *customer);
        house.close_and_verify().await;
    });
}

#[test]
fn a_customer_is_found_by_id_bar_code_card_and_phone() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({"default_country": "TJ"})).await;
        let created = create(&house, &shop, json!({"phone": "901234567"})).await.body;
        let id = created["id"].as_str().unwrap();
        let ean = created["discountCardNumber"].as_str().unwrap();
        for query in [
            format!("id={id}"),
            format!("ean={ean}"),
            format!("phone={ANNA}"),
            format!("phone=+{ANNA}"),
            format!("phone=%2B{ANNA}&id=&ean="),
            "phone=901234567".to_owned(),
        ] {
            let found = find(&house, &shop, &query).await;
            assert_eq!((found.status, &found.body), (200, &created), "{query}");
        }
        for query in [
            format!("phone={BORIS}"),
            "id=00000001-0001-8000-8000-0000000000ff".to_owned(),
            "id=x".to_owned(),
            "ean=1".to_owned(),
        ] {
            let found = find(&house, &shop, &query).await;
            assert_eq!(found.plus_error(), (412, "CUSTOMER_NOT_FOUND"), "{query}");
        }
        assert_eq!(find(&house, &shop, "phone=12").await.plus_error(), (412, "INVALID_PHONE"));
        assert_eq!(find(&house, &shop, "").await.plus_error(), (412, "REQUIRED"));
        assert_eq!(find(&house, &shop, "phone=%zz").await.plus_error(), (400, "INVALID_ENCODING"));
        let other = house.shop(json!({"unknown_customer_status": 404})).await;
        let found = find(&house, &other, &format!("id={id}")).await;
        assert_eq!(found.plus_error(), (404, "CUSTOMER_NOT_FOUND"));
    });
}

#[test]
fn what_is_sent_changes_and_the_rest_stays() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        create(&house, &shop, json!({"phone": ANNA, "fn": "Anna", "email": "a@b.c"})).await;
        create(&house, &shop, json!({"phone": BORIS, "card": "B-1"})).await;
        let path = format!("/customer/{ANNA}");
        house.advance_seconds(60);
        let change = json!({"person": {"ln": "Ivanova", "email": ""}, "cardNumber": "A-1"});
        let changed = house.plus(&shop, "PUT", &path, change).await;
        let person = &changed.body["person"];
        assert_eq!((&person["fn"], &person["ln"]), (&json!("Anna"), &json!("Ivanova")));
        assert_eq!(
            (&person["email"], &changed.body["discountCardNumber"]),
            (&Value::Null, &json!("A-1"))
        );
        assert_ne!(person["lastUpdateDate"], person["creationDate"]);
        // An empty body changes nothing.
        let same = house.plus(&shop, "PUT", &path, Value::Null).await;
        assert_eq!((same.status, &same.body), (200, &changed.body));
        let patched = house
            .plus(&shop, "PATCH", &format!("/customer/+{ANNA}"), json!({"vkStatusID": 1}))
            .await;
        assert_eq!(patched.body["vkStatusID"], json!(1));
        for (body, code) in [
            (json!({"cardNumber": "B-1"}), "CARD_TAKEN"),
            (json!({"newCardNumber": "B-1"}), "CARD_TAKEN"),
            (json!({"newCard": "Platinum"}), "UNKNOWN_VALUE"),
            (json!({"newPhone": BORIS}), "CUSTOMER_ALREADY_EXISTS"),
            (json!({"phone": BORIS}), "CUSTOMER_ALREADY_EXISTS"),
            (json!({"newPhone": "12"}), "INVALID_PHONE"),
            (json!({"parentPhone": BORIS}), "REFERRAL_TOO_LATE"),
            (json!({"parentPhone": ANNA}), "REFERRAL_CODE_OWN"),
            (json!({"birthDay": "31.12.2090"}), "BIRTH_DATE_OUT_OF_RANGE"),
            (json!({"fn": "x".repeat(81)}), "TOO_LONG"),
        ] {
            let refused = house.plus(&shop, "PATCH", &path, body).await;
            assert_eq!(refused.plus_error(), (412, code));
        }
        let unknown = house.plus(&shop, "PUT", "/customer/992900000000", json!({"fn": "x"})).await;
        assert_eq!(unknown.plus_error(), (412, "CUSTOMER_NOT_FOUND"));
        let broken = Ask { body: "{".into(), ..Ask::plus("PUT", &path, &Value::Null) };
        let broken = house.raw(broken.with_key(&shop.key)).await;
        assert_eq!(broken.plus_error(), (400, "MALFORMED_JSON"));
        house.close_and_verify().await;
    });
}

#[test]
fn an_archived_customer_comes_back_with_their_bonuses() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let created = create(&house, &shop, json!({"phone": ANNA})).await.body;
        house.grant(&shop, ANNA, "50.00").await;
        let path = format!("/customer/{ANNA}");
        let archived = house.plus(&shop, "DELETE", &path, Value::Null).await;
        assert_eq!((archived.status, &archived.body["archived"]), (200, &json!(true)));
        let again = house.plus(&shop, "DELETE", &path, Value::Null).await;
        assert_eq!(again.body, archived.body);
        let house = house.reopen().await;
        let revived = create(&house, &shop, json!({"phone": ANNA, "fn": "Anna"})).await;
        assert_eq!((revived.status, &revived.body["archived"]), (200, &json!(false)));
        assert_eq!(
            (&revived.body["id"], &revived.body["availableBonuses"]),
            (&created["id"], &json!(50))
        );
        assert_eq!(revived.body["person"]["fn"], "Anna");
        let again = create(&house, &shop, json!({"phone": ANNA})).await;
        assert_eq!(again.plus_error(), (412, "CUSTOMER_ALREADY_EXISTS"));
        house.close_and_verify().await;
    });
}

#[test]
fn a_parent_is_a_customer_and_is_shown() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({"welcome_bonus": "10.00"})).await;
        let orphan = create(&house, &shop, json!({"phone": BORIS, "parentphone": ANNA})).await;
        assert_eq!(orphan.plus_error(), (412, "REFERRAL_CODE_UNKNOWN"));
        let own = create(&house, &shop, json!({"phone": BORIS, "parentphone": BORIS})).await;
        assert_eq!(own.plus_error(), (412, "REFERRAL_CODE_OWN"));
        create(&house, &shop, json!({"phone": ANNA, "regBonus": 0})).await;
        let child = create(&house, &shop, json!({"phone": BORIS, "parentphone": ANNA})).await;
        assert_eq!(child.body["parentphone"], ANNA);
        assert_eq!(child.body["availableBonuses"], json!(10));
        let parent = find(&house, &shop, &format!("phone={ANNA}")).await.body;
        assert_eq!(
            (&parent["parentphone"], &parent["availableBonuses"]),
            (&Value::Null, &json!(0))
        );
        let again = json!({"parentPhone": format!("+{ANNA}")});
        let again = house.plus(&shop, "PATCH", &format!("/customer/{BORIS}"), again).await;
        assert_eq!(again.status, 200);
    });
}

/// Who was merged into another or forgotten is no customer of a list and of no count, whether the tables know
/// it by now or memory alone.
#[test]
fn who_is_gone_is_neither_listed_nor_counted() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let phones: Vec<String> = (1..=5).map(|last| format!("99290123456{last}")).collect();
        for phone in &phones {
            create(&house, &shop, json!({"phone": phone})).await;
        }
        let counted = async |house: &TestHouse| {
            let stat = house.plus(&shop, "GET", "/customer/stat", Value::Null).await;
            let part = json!({"startRow": 1, "rowCount": 2});
            let listed = house.plus(&shop, "POST", "/customer/list", part).await;
            let phone_of = |row: &Value| row["phone"].as_str().unwrap().to_owned();
            let listed: Vec<String> =
                listed.body.as_array().unwrap().iter().map(phone_of).collect();
            (stat.body["allCount"].as_u64().unwrap(), listed)
        };
        house.house.checkpoint().await.unwrap();
        assert_eq!(counted(&house).await, (5, phones[..2].to_vec()));
        let plus = |index: usize| format!("+{}", phones[index]);
        let path = crate::merges::path_of(&shop, &plus(0), "forget");
        let forgotten = house.operate("POST", &path, json!({"reason": "asked for"})).await;
        assert_eq!(forgotten.status, 200, "{forgotten:?}");
        assert_eq!(counted(&house).await.0, 4);
        let merged = crate::merges::merge(&house, &shop, &plus(1), &plus(2)).await;
        assert_eq!(merged.status, 200, "{merged:?}");
        assert_eq!(counted(&house).await.0, 3);
        house.house.checkpoint().await.unwrap();
        assert_eq!(counted(&house).await, (3, phones[2..4].to_vec()));
        let house = house.reopen().await;
        assert_eq!(counted(&house).await, (3, phones[2..4].to_vec()));
        house.close_and_verify().await;
    });
}

#[test]
fn customers_are_listed_and_counted_in_the_order_in_which_they_came() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let phones: Vec<String> = (0..7).map(|n| format!("99290123450{n}")).collect();
        for phone in &phones[..4] {
            create(&house, &shop, json!({"phone": phone})).await;
        }
        // Some in the tables, some in memory alone, none of another chain.
        let house = house.reopen().await;
        let other = house.shop(json!({})).await;
        create(&house, &other, json!({"phone": phones[0]})).await;
        for phone in &phones[4..] {
            create(&house, &shop, json!({"phone": phone})).await;
        }
        let listed = async |body: Value| {
            let answer = house.plus(&shop, "POST", "/customer/list", body).await;
            let rows = answer.body.as_array().unwrap().clone();
            rows.iter().map(|row| row["phone"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(listed(Value::Null).await, phones);
        assert_eq!(listed(json!({"startRow": 1, "rowCount": "2"})).await, phones[..2]);
        assert_eq!(listed(json!({"startRow": "4", "rowCount": 2})).await, phones[3..5]);
        assert_eq!(listed(json!({"startRow": 7, "rowCount": 5})).await, phones[6..]);
        assert!(listed(json!({"startRow": 8})).await.is_empty());
        assert_eq!(listed(json!({"phone": phones[2]})).await, phones[2..3]);
        assert!(listed(json!({"phone": "992900000000"})).await.is_empty());
        let many = house.plus(&shop, "POST", "/customer/list", json!({"rowCount": 1_001})).await;
        assert_eq!(many.plus_error(), (412, "NOT_WHOLE_NUMBER"));
        let stat = house.plus(&shop, "GET", "/customer/stat", Value::Null).await;
        assert_eq!(stat.body, json!({"allCount": 7}));
        let stat = house.plus(&other, "GET", "/customer/stat", Value::Null).await;
        assert_eq!(stat.body, json!({"allCount": 1}));
        house.close_and_verify().await;
    });
}

#[test]
fn figures_of_sales_in_the_other_dialect_are_shown() {
    run(async {
        let house = TestHouse::new().await;
        let tiers = json!([
            {"name": "Base", "color": "#8A8A8A", "from_total_spent": "0.00", "bonus_percent": "5"},
            {"name": "Gold", "color": "#C9A227", "from_total_spent": "1000.00", "bonus_percent": "7"},
        ]);
        let shop = house.shop(json!({"tiers": tiers})).await;
        create(&house, &shop, json!({"phone": ANNA})).await;
        house
            .sell(&shop, json!({"client_phone": format!("+{ANNA}"), "total_amount": 600.00}))
            .await;
        house.advance_days(2);
        let customer = find(&house, &shop, &format!("phone={ANNA}")).await.body;
        for (field, expected) in [
            ("availableBonuses", json!(30)),
            ("notActiveBonuses", json!(0)),
            ("totalBonusCredit", json!(30)),
            ("purchasesTotalSum", json!(600)),
            ("purchasesSumToNextCard", json!(400)),
            ("nextCardName", json!("Gold")),
            ("discountCardName", json!("Base")),
            ("avgPurchasesTotal", json!(600)),
            ("purchasesCount", json!(1)),
            ("firstPurchaseDate", json!("2026-03-02T14:00:00+05:00")),
            ("lastPurchaseDate", json!("2026-03-02T14:00:00+05:00")),
            ("nearestBonusesExpirationAmount", json!(30)),
            ("nearestBonusesExpirationDate", json!("2027-03-03T23:59:59+05:00")),
            ("baseBonusCreditPercent", json!(5)),
            ("baseBonusDebitPercent", json!(30)),
        ] {
            assert_eq!(customer[field], expected, "{field}");
        }
    });
}
