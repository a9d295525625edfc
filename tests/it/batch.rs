//! Batches of late sales: told in the order sent, done in the order of business time, harmless when sent
//! again, and no more than the caller waits for.

use crate::chance::Chance;
use crate::contract::assert_documented;
use crate::house::{Answer, Ask, PHONE, Shop, TestHouse, run};
use crate::parallel::together;
use http_body_util::BodyExt as _;
use kopilka::journal::EntityEvents;
use kopilka::ledger::Account;
use kopilka::values::CustomerId;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) const PATH: &str = "/partner/sales/batch";
pub(crate) const CUSTOMERS: u64 = 30;
const SALES_EACH: u64 = 40;
/// Customers of one batch that are served at once.
pub(crate) const AT_ONCE: usize = 64;

pub(crate) fn ask(lines: &[String]) -> Ask {
    Ask { body: lines.join("\n"), ..Ask::post(PATH, &Value::Null) }
}

/// The results that a text has lines of; the document allows them.
pub(crate) fn results(text: &[u8]) -> Vec<Value> {
    assert!(text.ends_with(b"\n"));
    let lines = std::str::from_utf8(text).unwrap().lines();
    let results: Vec<Value> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    for (index, result) in results.iter().enumerate() {
        assert_eq!(result["line"], json!(index + 1));
    }
    let shown = json!(results.iter().take(50).collect::<Vec<_>>());
    assert_documented("POST", "/api/v1/partner/sales/batch", 200, &shown);
    results
}

pub(crate) async fn post(house: &TestHouse, shop: &Shop, ask: Ask) -> Vec<Value> {
    let response = house.respond(shop, ask).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/x-ndjson");
    assert_eq!(response.headers()["cache-control"], "no-store");
    results(&response.into_body().collect().await.unwrap().to_bytes())
}

pub(crate) async fn post_lines(house: &TestHouse, shop: &Shop, lines: &[String]) -> Vec<Value> {
    post(house, shop, ask(lines)).await
}

/// A result without its place: the answer of the single call.
pub(crate) fn single(result: &Value) -> (u64, Value) {
    let mut envelope = result.clone();
    let fields = envelope.as_object_mut().unwrap();
    for name in ["line", "ledger_event", "ledger_hash"] {
        fields.remove(name);
    }
    let status = fields.remove("status").unwrap();
    (status.as_u64().unwrap(), envelope)
}

pub(crate) fn statuses(results: &[Value]) -> Vec<u64> {
    results.iter().map(|result| single(result).0).collect()
}

pub(crate) fn phone(customer: u64) -> String {
    format!("+99290{:07}", 1_000_000 + customer)
}

pub(crate) fn sale(customer: u64, id: &str) -> String {
    let sale =
        json!({"client_phone": phone(customer), "total_amount": 100, "external_sale_id": id});
    sale.to_string()
}

/// A sale of each of so many customers.
pub(crate) fn one_each(customers: u64) -> Vec<String> {
    (0..customers).map(|customer| sale(customer, &format!("b-{customer}"))).collect()
}

pub(crate) async fn log_in_all(house: &TestHouse, shop: &Shop, customers: u64) {
    for customer in 0..customers {
        assert_eq!(house.log_in(shop, &phone(customer)).await.status, 201);
    }
}

#[test]
fn every_line_is_told_as_by_the_single_call_in_the_order_sent() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        log_in_all(&house, &shop, 3).await;
        let path = format!("/tenants/{}/customers/{}/block", shop.id, phone(2).replace('+', "%2B"));
        assert_eq!(house.operate("POST", &path, Value::Null).await.status, 200);
        assert_eq!(
            house.ask(&shop, Ask { body: sale(0, "taken"), ..sell_ask() }).await.status,
            201
        );
        let lines = [
            sale(0, "a").replace(":100", ":955.00"),
            "{\"client_phone\":".to_owned(),
            sale(99, "b"),
            sale(2, "c"),
            sale(1, "taken"),
            String::new(),
            sale(1, "d").replace("\"client", "\"reserve\":1,\"client"),
            sale(1, "e").replace(":100", ":100,\"lines\":[{},{\"sku\":5}]"),
            sale(1, "f").replace(":100", ":100,\"sale_date\":\"2026-01-01T00:00:00Z\""),
            sale(1, "g").replace(":100", &format!(":{}100", " ".repeat(1 << 20))),
            sale(1, " "),
            "[]\r".to_owned(),
            refund_of(
                &json!({"client_phone": phone(0), "external_sale_id": "taken", "sale_date": null}),
                1,
            ),
            refund_of(&json!({"client_phone": phone(0), "external_sale_id": "nothing"}), 1),
            refund_of(&json!({"client_phone": phone(0), "external_sale_id": "x"}), 1)
                .replace("back of x", " "),
            sale(1, "h"),
        ];
        let sent = [&lines[..], &[String::new(), " ".into()]].concat();
        let told = post_lines(&house, &shop, &sent).await;
        assert_eq!(
            statuses(&told),
            [201, 422, 404, 403, 422, 422, 422, 422, 422, 413, 422, 422, 201, 404, 422, 201]
        );
        for (line, result) in lines.iter().zip(&told) {
            let alone = house.ask(&shop, single_ask(line)).await;
            match (single(result), alone) {
                ((201, told), _) => {
                    let data = &told["data"];
                    let id = data.get("external_refund_id").unwrap_or(&data["external_sale_id"]);
                    assert!(line.contains(id.as_str().unwrap()), "{told}");
                }
                // What a batch alone demands, and what was sold between.
                ((422, told), _)
                    if ["required", "duplicate_sale"].contains(&told["code"].as_str().unwrap()) =>
                {
                    assert!(told["field"].as_str().unwrap().starts_with("external_"), "{told}");
                }
                ((status, told), alone) => {
                    assert_eq!((status, told), (u64::from(alone.status), alone.body), "{line}");
                }
            }
        }
        let field = |index: usize| told[index]["field"].as_str().unwrap();
        assert_eq!(
            [1, 5, 6, 7, 10].map(field),
            ["body", "body", "reserve", "lines[1].sku", "external_sale_id"]
        );
        house.close_and_verify().await;
    });
}

fn sell_ask() -> Ask {
    Ask::post("/partner/sale", &Value::Null)
}

#[test]
fn a_batch_that_is_no_batch_is_refused_as_a_whole() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        house.log_in(&shop, PHONE).await;
        let before = house.operations().await.len();
        let lines = |count: u64| (0..count).map(|n| sale(n, "x")).collect::<Vec<_>>();
        let refused = async |ask: Ask| house.ask(&shop, ask).await;
        let check = |answer: Answer, status: u16, code: &str, field: Option<&str>| {
            assert_eq!(answer.error(), (status, code, field));
        };
        let whole = Some("body");
        check(refused(ask(&lines(10_001))).await, 422, "too_many_entries", whole);
        check(refused(ask(&[])).await, 422, "required", whole);
        check(refused(ask(&["\n \n".to_owned()])).await, 422, "required", whole);
        let bad_key = ask(&lines(1)).with("idempotency-key", "a b");
        check(refused(bad_key).await, 422, "invalid_key", Some("Idempotency-Key"));
        let large = Ask { body: " ".repeat((16 << 20) + 1), ..ask(&[]) };
        check(refused(large).await, 413, "body_too_large", None);
        let unsigned = ask(&lines(1)).with("x-tenant-token", &shop.token);
        check(house.raw(unsigned).await, 401, "signature_missing", None);
        assert_eq!(house.operations().await.len(), before);
        let most = post_lines(&house, &shop, &lines(10_000)).await;
        assert_eq!(statuses(&most), [404; 10_000]);
        house.close_and_verify().await;
    });
}

/// A line is kept as it was read, or read again behind many receipt lines: that tells nobody.
#[test]
fn what_is_kept_of_a_batch_makes_no_difference() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        log_in_all(&house, &shop, 2).await;
        let told = async |before: &[String], run: &str| {
            let own: Value = serde_json::from_str(&sale(0, &format!("{run}-0"))).unwrap();
            let sent = [
                own.to_string(),
                refund_of(&own, 1),
                sale(1, &format!("{run}-1"))
                    .replace(":100", ":100,\"lines\":[{\"line_amount\":100}]"),
                sale(1, &format!("{run}-0")),
                sale(1, &format!("{run}-2")).replace(":100", ":5"),
                "{}".to_owned(),
            ];
            let lines = [before, &sent].concat();
            let results = post_lines(&house, &shop, &lines).await.split_off(before.len());
            let figures = |result: &Value| {
                let (status, told) = single(result);
                (status, told["code"].clone(), told["data"]["bonus_accrued"].clone())
            };
            results.iter().map(figures).collect::<Vec<_>>()
        };
        let kept = told(&[], "a").await;
        let receipt = ["{}"; 200].join(",");
        let many =
            |n| sale(99, &format!("x-{n}")).replace(":100", &format!(":100,\"lines\":[{receipt}]"));
        let read_again = told(&(0..330).map(many).collect::<Vec<_>>(), "b").await;
        assert_eq!(kept, read_again);
        assert_eq!(kept.iter().map(|it| it.0).collect::<Vec<_>>(), [201, 201, 201, 422, 201, 422]);
        house.close_and_verify().await;
    });
}

/// A return at the instant of its sale: of a line where there are lines, else of the whole.
fn refund_of(sale: &Value, number: u64) -> String {
    let id = sale["external_sale_id"].as_str().unwrap();
    let mut refund = json!({
        "client_phone": sale["client_phone"], "external_sale_id": id, "external_refund_id": format!("back of {id}"),
        "refund_date": sale["sale_date"],
    });
    if number.is_multiple_of(2) {
        refund["lines"] = json!([{"line": 1}]);
    }
    refund.to_string()
}

/// The single call that a line is the body of.
fn single_ask(line: &str) -> Ask {
    let is_refund = line.contains("external_refund_id");
    let path = if is_refund { "/partner/refund" } else { "/partner/sale" };
    Ask { body: line.to_owned(), ..Ask::post(path, &Value::Null) }
}

/// Late sales and returns of many customers, each customer's in the order of business time.
fn late_sales() -> Vec<Vec<String>> {
    let of_customer = |customer: u64| {
        let sale_of = |number: u64| {
            let (day, minute) = (3 + number / 3, (number * 7 + customer) % 60);
            let mut sale = json!({
                "client_phone": phone(customer), "total_amount": 20 + (number * 37 + customer) % 400,
                "external_sale_id": format!("late-{customer}-{number:02}"), "store": format!("Store {}", number % 4),
                "sale_date": format!("2026-03-{day:02}T{:02}:{minute:02}:00+05:00", 10 + number % 3),
            });
            if number.is_multiple_of(2) {
                sale["lines"] = json!([{"sku": "a", "line_amount": 10}, {"sku": "b", "quantity": 2, "unit_price": 2.5}]);
            }
            if number + 1 == SALES_EACH {
                sale.as_object_mut().unwrap().remove("sale_date");
                sale["bonus_redeem_amount"] = json!(5.05);
            }
            let refund = (number % 3 == 2).then(|| refund_of(&sale, number));
            [Some(sale.to_string()), refund].into_iter().flatten()
        };
        (0..SALES_EACH).flat_map(sale_of).collect()
    };
    (0..CUSTOMERS).map(of_customer).collect()
}

/// A house whose customers joined twenty days ago.
async fn house_of_old_customers() -> (TestHouse, Shop) {
    let house = TestHouse::new().await;
    let tiers = json!([
        {"name": "Base", "color": "#8A8A8A", "from_total_spent": "0.00", "bonus_percent": "5"},
        {"name": "Gold", "color": "#FFD700", "from_total_spent": "3000.00", "bonus_percent": "7"},
    ]);
    let shop = house.shop(json!({"tiers": tiers})).await;
    log_in_all(&house, &shop, CUSTOMERS).await;
    house.advance_days(20);
    (house, shop)
}

fn shuffled(mut lines: Vec<String>, chance: &mut Chance) -> Vec<String> {
    for index in (1..lines.len()).rev() {
        let other = usize::try_from(chance.below(u64::try_from(index).unwrap() + 1)).unwrap();
        lines.swap(index, other);
    }
    lines
}

/// Every customer as the till sees them, and every lot without its number.
async fn figures(house: &TestHouse, shop: &Shop) -> (Vec<Value>, Vec<String>) {
    let mut clients = Vec::new();
    for customer in 0..CUSTOMERS {
        clients.push(house.client(shop, &phone(customer)).await);
    }
    let mut accounts: BTreeMap<CustomerId, Account> = BTreeMap::new();
    for numbered in house.operations().await {
        for entity in numbered.operation.entities {
            let EntityEvents::Account(customer, events) = entity else { continue };
            for event in &events {
                if let Some(account) = accounts.get_mut(&customer) {
                    account.apply(event).unwrap();
                } else {
                    accounts.insert(customer, Account::open(event).unwrap());
                }
            }
        }
    }
    let lots = accounts.iter().flat_map(|(customer, account)| {
        account.lots.iter().map(move |lot| {
            let when = (lot.activates_at, lot.expires_at);
            format!(
                "{customer:?} {:?} {} {} {} {when:?}",
                lot.pool, lot.amount, lot.remaining, lot.active
            )
        })
    });
    (clients, lots.collect())
}

#[test]
fn a_shuffled_batch_comes_to_the_same_as_single_calls_in_order() {
    run(async {
        let (by_calls, shop) = house_of_old_customers().await;
        let of_customer = async |sales: Vec<String>| {
            for line in sales {
                let sold = by_calls.ask(&shop, single_ask(&line)).await;
                assert_eq!(sold.status, 201, "{sold:?}");
            }
        };
        together(late_sales().into_iter().map(of_customer)).await;
        let expected = figures(&by_calls, &shop).await;
        by_calls.close_and_verify().await;
        let (house, shop) = house_of_old_customers().await;
        let mut chance = Chance::announced("a_shuffled_batch");
        let lines = shuffled(late_sales().concat(), &mut chance);
        let told = post_lines(&house, &shop, &lines).await;
        assert_eq!(statuses(&told), vec![201; lines.len()]);
        for (line, result) in lines.iter().zip(&told) {
            let sent: Value = serde_json::from_str(line).unwrap();
            for id in ["external_sale_id", "external_refund_id"] {
                let told = result["data"].get(id);
                assert!(told.is_none_or(|told| *told == sent[id]), "{sent} {result}");
            }
        }
        assert_eq!(figures(&house, &shop).await, expected);
        let house = house.reopen().await;
        let again = post_lines(&house, &shop, &shuffled(lines.clone(), &mut chance)).await;
        let ids: BTreeSet<String> =
            told.iter().map(|sold| sold["data"]["id"].to_string()).collect();
        for result in &again {
            assert_eq!(result["status"], json!(422));
            let code = result["code"].as_str().unwrap();
            assert!(["duplicate_sale", "duplicate_refund"].contains(&code), "{result}");
            let text = result["error"].as_str().unwrap();
            let names_a_sale = text.split(|c: char| !c.is_ascii_digit()).any(|id| ids.contains(id));
            assert!(names_a_sale, "{text}");
        }
        assert_eq!(figures(&house, &shop).await, expected);
        house.close_and_verify().await;
    });
}

#[test]
fn under_one_key_every_line_gets_its_first_answer_again() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        log_in_all(&house, &shop, 20).await;
        let mut lines = one_each(20);
        lines.push(sale(3, "b-3"));
        lines.push(sale(999, "nobody"));
        let keyed = |lines: &[String]| ask(lines).with("idempotency-key", "night-1");
        let first = post(&house, &shop, keyed(&lines)).await;
        assert_eq!(statuses(&first)[18..], [201, 201, 422, 404]);
        let house = house.reopen().await;
        assert_eq!(post(&house, &shop, keyed(&lines)).await, first);
        // The key of a single call is another key.
        let alone = Ask { body: sale(0, "alone"), ..sell_ask() };
        let alone = house.ask(&shop, alone.with("idempotency-key", "night-1")).await;
        assert_eq!(alone.status, 201);
        lines.swap(0, 1);
        let other = post(&house, &shop, keyed(&lines)).await;
        for result in &other[..2] {
            assert_eq!(result["code"], json!("idempotency_key_reused"));
        }
        assert_eq!(other[2..], first[2..]);
        house.close_and_verify().await;
    });
}
