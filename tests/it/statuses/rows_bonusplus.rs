//! What tills of the BonusPlus dialect are answered behind the door: one row for each operation and status.

use super::row::{Row, plus_done, plus_refused};
use super::world::{NEWCOMER, OTHER, UNKNOWN, UNTOLD, World};
use crate::house::PHONE;
use serde_json::{Value, json};

pub(super) fn rows(world: &World) -> Vec<Row> {
    [
        customers(),
        of_unknown_customers(world),
        codes(world),
        bonuses(),
        sales(),
        certificates(world),
        chain(world),
    ]
    .concat()
}

fn customers() -> Vec<Row> {
    let other = |row: Row| row.at("phone", OTHER);
    let mut rows = vec![
        plus_done("findCustomer", 200).query("?phone=992901234567"),
        plus_done("createCustomer", 200).body(&json!({"phone": "992900000010"})),
        plus_refused("createCustomer", 412, "CUSTOMER_ALREADY_EXISTS")
            .body(&json!({"phone": PHONE})),
        plus_done("listCustomers", 200),
        plus_refused("listCustomers", 412, "NOT_WHOLE_NUMBER").body(&json!({"rowCount": 1_001})),
        plus_done("customerStat", 200),
        other(plus_done("archiveCustomer", 200)),
    ];
    for operation in ["replaceCustomer", "changeCustomer"] {
        let too_young = json!({"birthDay": "01.01.2030"});
        rows.push(plus_done(operation, 200));
        rows.push(plus_refused(operation, 412, "BIRTH_DATE_OUT_OF_RANGE").body(&too_young));
    }
    rows
}

/// Lets a row ask about somebody.
type Asking = Box<dyn Fn(Row) -> Row>;

/// An unknown customer is 412, or 404 where the chain has it so.
fn of_unknown_customers(world: &World) -> Vec<Row> {
    let with = |fields: Value| move |row: Row| row.body(&fields);
    let at = |row: Row| row.at("phone", UNKNOWN);
    let item = json!([{"sum": 100}]);
    let sale = || with(json!({"phone": UNKNOWN, "items": item, "bonusDebit": 0}));
    let asked: [(&str, Asking); 10] = [
        ("findCustomer", Box::new(|row| row.query("?phone=992900000004"))),
        ("replaceCustomer", Box::new(at)),
        ("changeCustomer", Box::new(at)),
        ("archiveCustomer", Box::new(at)),
        ("changeBalance", Box::new(at)),
        ("changeReserve", Box::new(at)),
        ("showReserve", Box::new(at)),
        ("doRetail", Box::new(sale())),
        ("calcRetail", Box::new(sale())),
        ("bonusActivities", Box::new(with(json!({"phone": UNKNOWN})))),
    ];
    let refused = asked.iter().flat_map(|(operation, ask)| {
        let row = |status| ask(plus_refused(operation, status, "CUSTOMER_NOT_FOUND"));
        [row(412), row(404).of(&world.plain)]
    });
    refused.collect()
}

fn codes(world: &World) -> Vec<Row> {
    let told = |phone: &str, code: &str| json!({"phone": phone, "code": code});
    let (code, newcomers) = (&world.made.code, &world.made.newcomers_code);
    vec![
        plus_done("sendCode", 204).at("phone", UNTOLD),
        plus_refused("sendCode", 412, "CODE_THROTTLED").at("phone", UNTOLD),
        plus_done("sendCodeByBody", 204).body(&json!({"phone": UNKNOWN})),
        plus_refused("sendCodeByBody", 412, "CODE_THROTTLED").body(&json!({"phone": UNKNOWN})),
        plus_refused("checkCode", 412, "CODE_INVALID").at("code", "000000"),
        plus_done("checkCode", 204).at("code", code),
        plus_refused("checkCodeByBody", 412, "CODE_INVALID").body(&told(NEWCOMER, "000000")),
        plus_done("checkCodeByBody", 204).body(&told(NEWCOMER, newcomers)),
    ]
}

fn bonuses() -> Vec<Row> {
    vec![
        plus_done("changeBalance", 200),
        plus_refused("changeBalance", 412, "ADJUSTMENT_BELOW_BALANCE")
            .body(&json!({"amount": -1_000_000})),
        plus_done("changeReserve", 204),
        plus_refused("changeReserve", 412, "BALANCE_TOO_LOW")
            .body(&json!({"id": "cart-18", "amount": 1_000_000})),
        plus_done("showReserve", 200),
        plus_refused("showReserve", 404, "RESERVE_NOT_FOUND").at("id", "gone"),
        plus_done("removeReserve", 204),
        plus_refused("removeReserve", 412, "REQUIRED").body(&json!({})),
    ]
}

fn sales() -> Vec<Row> {
    let over = json!({"phone": PHONE, "items": [{"sum": 100}], "bonusDebit": 31});
    vec![
        plus_done("calcRetail", 200),
        plus_refused("calcRetail", 412, "REDEEM_OVER_CAP").body(&over),
        plus_done("doRetail", 200),
        plus_refused("doRetail", 412, "REDEEM_OVER_CAP").body(&over),
        plus_done("getRetail", 200).at("id", "1"),
        plus_refused("getRetail", 404, "SALE_NOT_FOUND").at("id", "99"),
        plus_done("backRetail", 200),
        plus_refused("backRetail", 404, "POSITION_NOT_FOUND").body(&json!({"ext": "item-3"})),
        plus_refused("backRetail", 412, "OVER_RETURN").body(&json!({"ext": "item-2", "sum": 500})),
        plus_done("bonusActivities", 200),
        plus_refused("bonusActivities", 412, "UNKNOWN_VALUE")
            .body(&json!({"phone": PHONE, "sort": "sideways"})),
    ]
}

fn certificates(world: &World) -> Vec<Row> {
    let card = |row: Row| row.at("id", "STATUS-1");
    let no_card = |operation| plus_refused(operation, 404, "VOUCHER_NOT_FOUND");
    let too_long = |operation| plus_refused(operation, 412, "TOO_LONG").at("id", &"x".repeat(65));
    let of_nobody = json!({"nominal": 1, "phone": UNKNOWN});
    vec![
        plus_done("issueCertificate", 200).body(&json!({"number": "STATUS-1", "nominal": 500})),
        plus_refused("issueCertificate", 412, "REQUIRED").body(&json!({})),
        plus_refused("issueCertificate", 404, "CUSTOMER_NOT_FOUND")
            .body(&of_nobody)
            .of(&world.plain),
        plus_done("findCertificateByNumber", 200).query("?number=STATUS-1"),
        plus_refused("findCertificateByNumber", 412, "REQUIRED"),
        no_card("findCertificateByNumber").query("?number=none"),
        card(plus_done("findCertificate", 200)),
        too_long("findCertificate"),
        no_card("findCertificate").at("id", "none"),
        card(plus_done("voidCertificate", 204)),
        too_long("voidCertificate"),
        no_card("voidCertificate").at("id", "none"),
    ]
}

fn chain(world: &World) -> Vec<Row> {
    vec![
        plus_done("account", 200),
        plus_done("importProducts", 204),
        plus_refused("importProducts", 412, "REQUIRED").body(&json!({})),
        plus_done("subscribe", 200),
        plus_refused("subscribe", 412, "REQUIRED").body(&json!({})),
        plus_done("unsubscribe", 204).at("id", &world.made.subscription),
        plus_refused("unsubscribe", 404, "WEBHOOK_NOT_FOUND").at("id", "99"),
    ]
}
