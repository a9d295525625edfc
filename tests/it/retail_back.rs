//! Returns of the BonusPlus dialect: items named by their own ids or by their positions.

use crate::house::{PHONE, TestHouse, run};
use crate::retail::{cents, sale};
use serde_json::{Value, json};

#[test]
fn an_item_comes_back_in_parts_that_close_to_the_cent() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.retail_shop(json!({"require_external_id": true})).await;
        house.retail(&shop, sale("R-1", &[("100", "a"), ("100", "b")], "10")).await;
        let back = async |body: Value| house.plus(&shop, "PUT", "/retail/back", body).await;
        let first = back(json!({"ext": "a", "sum": 33.33})).await;
        assert_eq!((first.status, &first.body["returnedPurchaseId"]), (200, &json!(2)));
        let over = back(json!({"ext": "a", "sum": 66.68})).await;
        assert_eq!(over.plus_error(), (412, "OVER_RETURN"));
        let rest = back(json!({"ext": "a"})).await;
        assert_eq!(rest.status, 200, "{rest:?}");
        let told = async |id: &Value| {
            house.plus(&shop, "GET", &format!("/retail/{id}"), Value::Null).await.body
        };
        let parts = [told(&json!(2)).await, told(&rest.body["returnedPurchaseId"]).await];
        let sum = |name: &str| parts.iter().map(|part| cents(&part[name])).sum::<u64>();
        assert_eq!((sum("sum"), sum("bonusDebit"), sum("bonusCredit")), (9_500, 500, 475));
        assert_eq!((&parts[0]["type"], &parts[0]["parentId"]), (&json!("return"), &json!(1)));
        let nothing = back(json!({"ext": "a"})).await;
        assert_eq!(nothing.plus_error(), (412, "OVER_RETURN"));
        let unknown = back(json!({"ext": "c"})).await;
        assert_eq!(unknown.plus_error(), (404, "POSITION_NOT_FOUND"));
        house.close_and_verify().await;
    });
}

#[test]
fn an_ext_of_two_receipts_names_nothing_alone() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.retail_shop(json!({})).await;
        for id in ["R-1", "R-2", "R-3"] {
            let sold = house.retail(&shop, sale(id, &[("100", "a")], "0")).await;
            assert_eq!(sold.status, 200, "{sold:?}");
        }
        let house = house.reopen().await;
        let back = async |body: Value| house.plus(&shop, "PUT", "/retail/back", body).await;
        assert_eq!(back(json!({"ext": "a"})).await.plus_error(), (412, "AMBIGUOUS_EXT"));
        let other = back(json!({"ext": "b", "positionId": 2_001})).await;
        assert_eq!(other.plus_error(), (404, "POSITION_NOT_FOUND"));
        for wrong in [2_002, 9_001, 1, 2_000] {
            let answer = back(json!({"positionId": wrong})).await;
            assert_eq!(answer.plus_error(), (404, "POSITION_NOT_FOUND"), "{wrong}");
        }
        let named = back(json!({"ext": "a", "positionId": 2_001})).await;
        assert_eq!(named.body["returnedPurchaseId"], json!(4), "{named:?}");
        let neither = back(json!({"sum": 1})).await;
        assert_eq!(neither.plus_error(), (412, "REQUIRED"));
        house.close_and_verify().await;
    });
}

#[test]
fn a_chain_may_want_every_ext_once() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.retail_shop(json!({"ext_unique": "strict"})).await;
        house.retail(&shop, sale("R-1", &[("100", "a")], "0")).await;
        let twice = house.retail(&shop, sale("R-2", &[("100", "b"), ("100", "a")], "0")).await;
        assert_eq!(twice.plus_error(), (412, "DUPLICATE_EXT"));
        // What was refused left no id behind.
        let sold = house.retail(&shop, sale("R-2", &[("100", "b")], "0")).await;
        assert_eq!(sold.status, 200, "{sold:?}");
        house.close_and_verify().await;
    });
}

#[test]
fn a_bonex_sale_is_returned_by_its_position() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.retail_shop(json!({})).await;
        let lines = json!([{"sku": "A", "line_amount": 60}, {"sku": "B", "line_amount": 40}]);
        house
            .sell(&shop, json!({"client_phone": PHONE, "total_amount": 100, "lines": lines}))
            .await;
        let back = json!({"positionId": 1_002, "sum": 10});
        let back = house.plus(&shop, "PUT", "/retail/back", back).await;
        assert_eq!(back.status, 200, "{back:?}");
        let told = house.plus(&shop, "GET", "/retail/2", Value::Null).await.body;
        assert_eq!((&told["sum"], &told["positions"][0]["product"]), (&json!(10), &json!("B")));
        house.close_and_verify().await;
    });
}
