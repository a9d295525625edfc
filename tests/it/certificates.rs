//! Gift cards through the BonusPlus dialect: issued, found, spent at once by many, voided.

use crate::house::{Shop, TestHouse, run};
use crate::parallel::together;
use crate::retail::sale;
use serde_json::{Value, json};

async fn issue(house: &TestHouse, shop: &Shop, body: Value) -> Value {
    let issued = house.plus(shop, "POST", "/certificate", body).await;
    assert_eq!(issued.status, 200, "{issued:?}");
    issued.body
}

async fn refused(
    house: &TestHouse,
    shop: &Shop,
    ask: (&'static str, &str, Value),
) -> (u16, String) {
    let (method, path, body) = ask;
    let answer = house.plus(shop, method, path, body).await;
    (answer.status, answer.body["code"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn a_certificate_is_issued_found_and_voided() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.retail_shop(json!({})).await;
        let asked = json!({
            "number": "Gift-7", "nominal": "500", "expirationDate": "02.03.2027", "phone": "992901234567",
        });
        let made = issue(&house, &shop, asked).await;
        assert_eq!((&made["id"], &made["nominal"]), (&json!("Gift-7"), &json!(500)));
        assert_eq!((&made["balance"], &made["status"]), (&json!(500), &json!("active")));
        assert_eq!(made["phone"], json!("992901234567"));
        assert!(made["expirationDate"].as_str().unwrap().starts_with("2027-03-02T23:59:59"));
        for path in ["/certificate/gift-7", "/certificate/number?number=GIFT-7"] {
            let found = house.plus(&shop, "GET", path, Value::Null).await;
            assert_eq!((found.status, &found.body), (200, &made), "{path}");
        }
        let own = issue(&house, &shop, json!({"nominal": 20})).await;
        assert_eq!((own["id"].as_str().unwrap().len(), &own["phone"]), (13, &Value::Null));
        let voided = house.plus(&shop, "DELETE", "/certificate/Gift-7", Value::Null).await;
        assert_eq!((voided.status, voided.body), (204, Value::Null));
        let found = house.plus(&shop, "GET", "/certificate/Gift-7", Value::Null).await;
        assert_eq!((&found.body["status"], &found.body["balance"]), (&json!("void"), &json!(0)));
        house.close_and_verify().await;
    });
}

#[test]
fn what_is_wrong_with_a_certificate_is_said() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.retail_shop(json!({})).await;
        issue(&house, &shop, json!({"number": "A", "nominal": 1})).await;
        let check = async |method, path, body, status: u16, code: &str| {
            let found = refused(&house, &shop, (method, path, body)).await;
            assert_eq!(found, (status, code.to_owned()), "{method} {path}");
        };
        let taken = json!({"number": "a", "nominal": 1});
        check("POST", "/certificate", taken, 412, "VOUCHER_CODE_TAKEN").await;
        check("POST", "/certificate", json!({}), 412, "REQUIRED").await;
        check("POST", "/certificate", json!({"nominal": 0}), 412, "TOO_SMALL").await;
        let stranger = json!({"nominal": 1, "phone": "992900000099"});
        check("POST", "/certificate", stranger, 412, "CUSTOMER_NOT_FOUND").await;
        check("GET", "/certificate/none", Value::Null, 404, "VOUCHER_NOT_FOUND").await;
        check("GET", "/certificate/number", Value::Null, 412, "REQUIRED").await;
        check("DELETE", "/certificate/none", Value::Null, 404, "VOUCHER_NOT_FOUND").await;
    });
}

#[test]
fn many_tills_at_once_spend_no_more_than_a_certificate_holds() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.retail_shop(json!({})).await;
        issue(&house, &shop, json!({"number": "Shared", "nominal": 100})).await;
        let sales = (0..32).map(|index| {
            let (house, shop) = (&house, &shop);
            async move {
                let mut asked = sale(&format!("R-{index}"), &[("50", &format!("i-{index}"))], "0");
                asked["giftCards"] = json!([{"id": "Shared", "paymentSum": "10"}]);
                house.retail(shop, asked).await
            }
        });
        let answers = together(sales).await;
        let paid = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(paid, 10, "{answers:?}");
        let others = answers.iter().filter(|answer| answer.status != 200);
        for answer in others {
            assert_eq!(answer.body["code"], json!("GIFT_CARD_BALANCE_TOO_LOW"), "{answer:?}");
        }
        let left = house.plus(&shop, "GET", "/certificate/Shared", Value::Null).await;
        assert_eq!(left.body["balance"], json!(0));
        house.close_and_verify().await;
    });
}
