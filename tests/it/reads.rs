//! Everything that can be read of a ledger, to hold two of them against each other.

use crate::house::{Ask, Shop, TestHouse};
use serde_json::Value;

/// Every read there is: tenants, settings, customers, histories, purchases, the feed, explanations. What was
/// not answered is told as the error that came.
pub(crate) async fn every_read(
    house: &TestHouse,
    shops: &[&Shop],
    phones: &[String],
) -> Vec<(String, Value)> {
    let mut told = Vec::new();
    let operator = async |path: String| {
        let answer = house.operate("GET", &path, Value::Null).await;
        (path, answer.body)
    };
    for shop in shops {
        let of_shop = |rest: &str| format!("/tenants/{}{rest}", shop.id);
        for rest in ["", "/settings", "/customers?after=0&limit=200", "/promotions", "/stores"] {
            told.push(operator(of_shop(rest)).await);
        }
        let partner = async |path: String| {
            let answer = house.ask(shop, Ask::get(&path)).await;
            (path, answer.body)
        };
        told.push(partner("/partner/events?after=0&limit=500".into()).await);
        for phone in phones {
            let client = format!("/partner/client/{}", phone.replace('+', "%2B"));
            told.push(partner(client.clone()).await);
            for list in ["transactions", "purchases"] {
                let mut page = 1;
                loop {
                    let shown = partner(format!("{client}/{list}?page={page}")).await;
                    let last = shown.1["data"]["last_page"].as_u64().unwrap_or_default();
                    for row in shown.1["data"]["data"].as_array().into_iter().flatten() {
                        if list == "transactions" {
                            told.push(partner(format!("{client}/explain/{}", row["id"])).await);
                        }
                    }
                    told.push(shown);
                    page += 1;
                    if page > last {
                        break;
                    }
                }
            }
        }
    }
    told
}

/// The same of a ledger that answers everything.
pub(crate) async fn every_good_read(
    house: &TestHouse,
    shops: &[&Shop],
    phones: &[String],
) -> Vec<(String, Value)> {
    let told = every_read(house, shops, phones).await;
    for (path, body) in &told {
        assert_eq!(body["success"], Value::Bool(true), "{path}: {body}");
    }
    told
}
