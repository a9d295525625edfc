//! What partners are answered behind the door: one row for each operation and status.

use super::operation::lines;
use super::row::{Row, Sent, done, refused};
use super::world::{BLOCKED, NEWCOMER, OTHER, UNKNOWN, UNTOLD, World};
use crate::house::PHONE;
use serde_json::{Value, json};

pub(super) fn rows(world: &World) -> Vec<Row> {
    [customers(), sales(world), reserves(world), refunds(), batches(), webhooks()].concat()
}

fn customers() -> Vec<Row> {
    let at = |row: Row, phone| row.at("identifier", phone);
    let not_made = json!({"phone": UNKNOWN, "create_if_missing": false});
    let mut rows = vec![
        done("partnerAuth", 200),
        done("partnerAuth", 201).body(&json!({"phone": "+992900000009"})),
        refused("partnerAuth", 404, "customer_not_found").body(&not_made),
        done("partnerClient", 200).query("?check_amount=200"),
        at(done("partnerSendCode", 200), UNTOLD),
        at(refused("partnerSendCode", 422, "code_throttled"), UNTOLD),
        at(refused("partnerSendCode", 404, "customer_not_found"), UNKNOWN),
        refused("partnerClient", 422, "wrong_type").query("?check_amount=x"),
        done("partnerExplain", 200),
        refused("partnerExplain", 404, "transaction_not_found").at("transaction_id", "0"),
        refused("partnerExplain", 422, "not_whole_number").at("transaction_id", "x"),
    ];
    for paged in ["partnerClientTransactions", "partnerClientPurchases"] {
        rows.push(done(paged, 200));
        rows.push(refused(paged, 422, "not_whole_number").query("?page=0"));
    }
    rows.push(refused("partnerClientPurchases", 422, "not_whole_number").query("?per_page=51"));
    for about_one in
        ["partnerClient", "partnerClientTransactions", "partnerClientPurchases", "partnerExplain"]
    {
        rows.push(at(refused(about_one, 404, "customer_not_found"), UNKNOWN));
        rows.push(at(refused(about_one, 422, "required"), " "));
    }
    rows
}

/// A sale, a quote, a redemption and a reserve of the same customer.
fn of(phone: &str) -> [(&'static str, Value); 4] {
    let sale = json!({"client_phone": phone, "total_amount": 100});
    let redemption = json!({"client_phone": phone, "amount": 10, "total_amount": 100});
    let reserve = json!({"client_phone": phone, "amount": 10});
    [
        ("partnerQuote", sale.clone()),
        ("partnerSale", sale),
        ("partnerRedeem", redemption),
        ("partnerReserve", reserve),
    ]
}

fn sales(world: &World) -> Vec<Row> {
    let mut rows = Vec::new();
    for (operation, body) in of(UNKNOWN) {
        rows.push(refused(operation, 404, "customer_not_found").body(&body));
    }
    for (operation, body) in of(BLOCKED) {
        rows.push(refused(operation, 403, "customer_blocked").body(&body));
    }
    let statuses = [200, 201, 200, 201];
    for ((operation, body), status) in of(PHONE).into_iter().zip(statuses) {
        let text = json!({"client_phone": PHONE, "total_amount": "100", "amount": "10"});
        rows.push(refused(operation, 422, "wrong_type").body(&only(&body, &text)));
        rows.push(done(operation, status).body(&body));
    }
    let [_, _, (redeem, body), _] = of(PHONE);
    rows.push(refused(redeem, 403, "redeem_from_app_disabled").body(&body).of(&world.plain));
    let again = json!({"client_phone": PHONE, "total_amount": 1, "external_sale_id": "sold"});
    for operation in ["partnerSale", "partnerQuote"] {
        rows.push(refused(operation, 422, "duplicate_sale").body(&again));
    }
    rows
}

/// The fields of a body as `other` has them.
fn only(body: &Value, other: &Value) -> Value {
    let fields = body.as_object().unwrap();
    fields.keys().map(|name| (name.clone(), other[name].clone())).collect()
}

fn reserves(world: &World) -> Vec<Row> {
    let [_, second, third] = &world.made.reserves[..] else { panic!("three reserves") };
    let order = json!({"amount": 10, "total_amount": 100});
    vec![
        refused("partnerReserveCommit", 404, "reserve_not_found").at("id", "gone").body(&order),
        refused("partnerReserveCommit", 422, "redeem_over_reserve")
            .at("id", second)
            .body(&json!({"amount": 21, "total_amount": 100})),
        done("partnerReserveCommit", 200).at("id", second).body(&order),
        refused("partnerReserveRelease", 404, "reserve_not_found").at("id", "gone"),
        refused("partnerReserveRelease", 422, "too_long").at("id", &"x".repeat(129)),
        done("partnerReserveRelease", 200).at("id", third),
    ]
}

fn refunds() -> Vec<Row> {
    let of = |phone, sale| json!({"client_phone": phone, "external_sale_id": sale});
    vec![
        refused("partnerRefund", 404, "customer_not_found").body(&of(UNKNOWN, "sold")),
        refused("partnerRefund", 404, "sale_not_found").body(&of(PHONE, "unsold")),
        refused("partnerRefund", 422, "sale_of_another_customer").body(&of(OTHER, "sold")),
        done("partnerRefund", 201).body(&of(PHONE, "sold")),
        refused("partnerRefund", 422, "nothing_left_to_return").body(&of(PHONE, "sold")),
    ]
}

fn batches() -> Vec<Row> {
    let sale =
        |phone, sale| json!({"client_phone": phone, "total_amount": 10, "external_sale_id": sale});
    let refund = json!({
        "client_phone": PHONE, "external_sale_id": "sold-late", "external_refund_id": "returned-late",
    });
    let mixed = json!([sale(PHONE, "b-1"), sale(NEWCOMER, "b-2"), refund, {"unreadable": true}]);
    vec![
        refused("partnerSalesBatch", 422, "too_many_entries")
            .sent(Sent::Text("{}\n".repeat(10_001))),
        done("partnerSalesBatch", 200).sent(Sent::Text(lines(&mixed))),
    ]
}

fn webhooks() -> Vec<Row> {
    vec![
        done("partnerEvents", 200).query("?after=1&limit=5&wait_seconds=0"),
        refused("partnerEvents", 422, "not_whole_number").query("?limit=501"),
        done("setWebhook", 201),
        refused("setWebhook", 422, "invalid_url").body(&json!({"url": "ftp://erp.example"})),
        done("listWebhooks", 200),
        done("replayWebhook", 200).body(&json!({"after": 1})),
        refused("replayWebhook", 404, "webhook_not_found")
            .at("id", "99")
            .body(&json!({"after": 1})),
        refused("replayWebhook", 422, "not_whole_number").at("id", "x"),
        done("removeWebhook", 200).at("id", "2"),
        refused("removeWebhook", 404, "webhook_not_found").at("id", "2"),
        refused("removeWebhook", 422, "not_whole_number").at("id", "x"),
    ]
}
