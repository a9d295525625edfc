//! The public page of a receipt.

use crate::house::{PHONE, TestHouse, run};
use crate::retail::sale;
use http_body_util::BodyExt;
use serde_json::json;

impl TestHouse {
    /// Fetches a page as a browser would: its status, its headers in lower case, its text.
    pub(crate) async fn page(&self, path: &str) -> (u16, String, String) {
        let response = self.fetch(path).await;
        let status = response.status().as_u16();
        let headers = format!("{:?}", response.headers()).to_lowercase();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, headers, String::from_utf8(bytes.to_vec()).unwrap())
    }
}

#[test]
fn the_page_shows_what_came_back() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.retail_shop(json!({})).await;
        let sold = house.retail(&shop, sale("R-1", &[("600", "a"), ("400", "b")], "0")).await;
        let path = sold.body["orderUrl"].as_str().unwrap().to_owned();
        assert!(!house.page(&path).await.2.contains("Возврат"));
        let back = house.plus(&shop, "PUT", "/retail/back", json!({"ext": "a"})).await;
        assert_eq!(back.status, 200, "{back:?}");
        let page = house.page(&path).await.2;
        for wanted in ["Возврат", "600.00", "−30.00"] {
            assert!(page.contains(wanted), "{wanted}: {page}");
        }
        house.close_and_verify().await;
    });
}

#[test]
fn a_receipt_has_a_page_that_nobody_can_guess() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.retail_shop(json!({"store_name": "<Хорошо>"})).await;
        let mut asked = sale("R-1", &[("1000", "a")], "45");
        asked["items"][0]["product"] = json!("<script>alert(1)</script>");
        asked["store"] = json!("Rudaki & 1");
        let sold = house.retail(&shop, asked).await;
        let uid = sold.body["orderUid"].as_str().unwrap();
        assert_eq!(sold.body["orderUrl"], json!(format!("/r/{uid}")));
        let (status, headers, page) = house.page(&format!("/r/{uid}")).await;
        assert_eq!(status, 200);
        for wanted in ["&lt;Хорошо&gt;", "Rudaki &amp; 1", "&lt;script&gt;", "955.00", "+47.75"]
        {
            assert!(page.contains(wanted), "{wanted}: {page}");
        }
        assert!(!page.contains("<script") && !page.contains(&PHONE[4..]));
        for wanted in ["default-src 'none'", "no-store", "noindex", "no-referrer"] {
            assert!(headers.contains(wanted), "{wanted}: {headers}");
        }
        let house = house.reopen().await;
        assert_eq!(house.page(&format!("/r/{}", uid.to_uppercase())).await.2, page);
        for wrong in ["00000000-0000-4000-8000-000000000001", "1", "x", &uid.replace('-', "")] {
            let (status, _, page) = house.page(&format!("/r/{wrong}")).await;
            assert_eq!((status, page.contains("Чек не найден")), (404, true), "{wrong}");
        }
        house.close_and_verify().await;
    });
}
