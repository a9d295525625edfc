//! What operators are answered behind the door: one row for each operation and status.

use super::row::{Row, done, refused};
use super::world::{BLOCKED, OTHER, UNKNOWN, World};
use crate::house::PHONE;
use serde_json::json;

pub(super) fn rows(world: &World) -> Vec<Row> {
    [
        tenants(world),
        promotions(),
        customers(),
        vouchers(),
        webhooks(),
        snapshots(),
        operators(),
        inquiries(),
        books(),
        proof(),
        letters(),
    ]
    .concat()
}

/// Last: who is forgotten is there for no other row.
fn letters() -> Vec<Row> {
    let unknown = |row: Row| row.at("identifier", UNKNOWN);
    vec![
        done("exportCustomer", 200),
        unknown(refused("exportCustomer", 404, "customer_not_found")),
        unknown(refused("forgetCustomer", 404, "customer_not_found")),
        refused("forgetCustomer", 422, "required").body(&json!({})),
        done("forgetCustomer", 200).at("identifier", BLOCKED),
    ]
}

fn tenants(world: &World) -> Vec<Row> {
    let plain = world.plain.id.to_string();
    vec![
        done("createTenant", 201),
        refused("createTenant", 422, "required").body(&json!({})),
        done("listTenants", 200),
        done("showTenant", 200),
        done("listSettings", 200),
        done("changeSettings", 200).body(&json!({"settings": {"currency": "TJS"}})),
        refused("changeSettings", 422, "effective_from_in_the_past"),
        done("rotate", 200),
        refused("rotate", 422, "unknown_value").body(&json!({"what": "name"})),
        done("showStores", 200),
        done("listStores", 200).body(&json!({"stores": [{"name": "Rudaki"}]})),
        refused("listStores", 422, "stores_invalid")
            .body(&json!({"stores": [{"name": "A"}, {"name": "A"}]})),
        done("setTelegramBot", 200).at("tenant", &plain),
        refused("setTelegramBot", 422, "invalid_bot_token")
            .body(&json!({"bot_token": "x", "bot_username": "khorosho_bot"})),
        done("suspendTenant", 200).at("tenant", &plain),
        done("resumeTenant", 200).at("tenant", &plain),
    ]
}

fn promotions() -> Vec<Row> {
    vec![
        done("listPromotions", 200),
        done("createPromotion", 201),
        refused("createPromotion", 422, "required").body(&json!({})),
        done("changePromotion", 200),
        refused("changePromotion", 404, "promotion_not_found").at("promotion", "99"),
        done("endPromotion", 200),
        refused("endPromotion", 404, "promotion_not_found").at("promotion", "99"),
        refused("changePromotion", 422, "promotion_over"),
    ]
}

fn customers() -> Vec<Row> {
    let other = |row: Row| row.at("identifier", OTHER);
    let base = json!({"tier": "Base"});
    let mut rows = vec![
        done("listCustomers", 200).query("?after=0&limit=1"),
        refused("listCustomers", 422, "not_whole_number").query("?limit=201"),
        done("showCustomer", 200),
        other(done("blockCustomer", 200)),
        other(done("unblockCustomer", 200)),
        done("setCard", 200),
        other(refused("setCard", 422, "card_taken")),
        done("setTier", 200).body(&base),
        refused("setTier", 422, "tier_unknown"),
        done("adjust", 201),
        refused("adjust", 422, "adjustment_of_nothing").body(&json!({"amount": 0, "reason": "x"})),
    ];
    for about_one in ["showCustomer", "blockCustomer", "unblockCustomer", "setCard", "adjust"] {
        rows.push(refused(about_one, 404, "customer_not_found").at("identifier", UNKNOWN));
    }
    let taken = json!({"phone": PHONE, "reason": "x"});
    let day = "?from=2026-01-01&to=2026-01-31&by=cashier";
    rows.push(done("reportAbuse", 200).query(day));
    rows.push(done("setStaff", 200));
    rows.push(done("setDebit", 200).body(&json!({"denied": false})));
    rows.push(done("setStaff", 200).body(&json!({"staff": false})));
    rows.push(other(done("setPhone", 200)));
    rows.push(other(refused("setPhone", 422, "phone_taken")).body(&taken));
    rows.push(refused("merge", 422, "merge_into_itself"));
    rows.push(other(done("merge", 200)));
    let unknown = refused("setTier", 404, "customer_not_found").at("identifier", UNKNOWN);
    rows.push(unknown.body(&base));
    rows
}

fn vouchers() -> Vec<Row> {
    let card = |row: Row| row.at("code", "STATUS-1");
    let coupons = json!({"promotion_id": 2, "codes": ["STATUS-2"]});
    vec![
        done("issueGiftCard", 201).body(&json!({"code": "STATUS-1", "nominal": "500.00"})),
        done("listGiftCards", 200),
        card(done("showGiftCard", 200)),
        card(done("blockGiftCard", 200)),
        card(done("unblockGiftCard", 200)),
        card(done("moveGiftCardExpiry", 200)),
        card(done("voidGiftCard", 200)),
        done("issueCoupons", 201).body(&coupons),
        done("listCoupons", 200),
        done("showCoupon", 200).at("code", "STATUS-2"),
        done("endCoupon", 200).at("code", "STATUS-2"),
    ]
}

/// What an old system knew, and what is read out of the ledger. Examples with dates of later on are left out.
fn books() -> Vec<Row> {
    let ndjson = "?format=ndjson";
    vec![
        done("importCustomers", 201),
        done("importCustomers", 200),
        refused("importCustomers", 422, "import_rows_invalid")
            .body(&json!({"batch": "wrong", "rows": [{}]})),
        done("importSales", 201),
        done("importSales", 200),
        refused("importSales", 422, "required").body(&json!({"rows": []})),
        done("reverseImport", 200),
        refused("reverseImport", 404, "import_batch_not_found").body(&json!({"batch": "no"})),
        done("reportLiability", 200).query(""),
        refused("reportLiability", 422, "invalid_date").query("?from=yesterday"),
        done("reportTrialBalance", 200).query(""),
        refused("reportTrialBalance", 422, "as_of_invalid").query("?as_of=2099-01-01"),
        done("exportOperations", 200).query(ndjson),
        refused("exportOperations", 422, "unknown_value").query("?format=xml"),
        done("exportBalances", 200).query(ndjson),
        done("exportLots", 200).query(ndjson),
    ]
}

fn operators() -> Vec<Row> {
    vec![
        done("addOperator", 201),
        refused("addOperator", 422, "operator_name_taken"),
        done("listOperators", 200),
        done("rotateOperator", 200),
        refused("rotateOperator", 404, "operator_not_found").at("operator", "nobody"),
        done("revokeOperator", 200),
        refused("revokeOperator", 404, "operator_not_found").at("operator", "No Body"),
        refused("rotateOperator", 422, "operator_revoked"),
    ]
}

fn inquiries() -> Vec<Row> {
    let nobody = "?tenant=1&customer=%2B992900000004";
    vec![
        done("readAudit", 200).query("?limit=2"),
        refused("readAudit", 404, "customer_not_found").query(nobody),
        refused("readAudit", 422, "required").query("?customer=1"),
        done("checkSettings", 200),
        refused("checkSettings", 422, "settings_version_unknown").body(&json!({"version": 99})),
        done("rollBackSettings", 200),
        refused("rollBackSettings", 422, "required").body(&json!({})),
        done("findSales", 200).query("?external_id=sold"),
        refused("findSales", 422, "required"),
        done("showSale", 200),
        refused("showSale", 404, "sale_not_found").at("sale", "99"),
        done("sendCode", 200).at("identifier", BLOCKED),
        refused("sendCode", 422, "code_throttled"),
        refused("sendCode", 404, "customer_not_found").at("identifier", UNKNOWN),
    ]
}

fn webhooks() -> Vec<Row> {
    vec![
        done("operatorListWebhooks", 200),
        done("operatorReplayWebhook", 200).at("webhook", "1").body(&json!({"after": 1})),
    ]
}

/// That only one is made at a time is asked apart.
fn snapshots() -> Vec<Row> {
    vec![
        done("createSnapshot", 202),
        refused("createSnapshot", 422, "wrong_type").query("?incremental=perhaps"),
        done("listSnapshots", 200),
        done("showArchive", 200),
        done("pruneSnapshots", 200).query("?keep=1"),
        refused("pruneSnapshots", 422, "required"),
    ]
}

fn proof() -> Vec<Row> {
    vec![
        done("checkReceipts", 200),
        refused("checkReceipts", 422, "invalid_hash")
            .body(&json!({"receipts": [{"event": 1, "hash": "x"}]})),
        done("startVerification", 202),
        done("showVerification", 200),
    ]
}
