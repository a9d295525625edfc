//! What apps and an ERP are answered behind the door: one row for each operation and status.

use super::row::{Row, done, refused};
use super::world::{BLOCKED, NEWCOMER, OTHER, UNKNOWN, World};
use crate::house::PHONE;
use crate::telegram::{contact, init_data};
use serde_json::json;

/// Telegram users: one with a phone of its own, one who is linked later, one who is nobody.
const NEW_USER: u64 = 7;
const LINKED_USER: u64 = 8;
const STRANGER: u64 = 9;
const PHONE_OF_NEW_USER: &str = "+992900000008";

pub(super) fn rows(world: &World) -> Vec<Row> {
    [codes(world), telegram(world), own_pages(), shelves()].concat()
}

fn codes(world: &World) -> Vec<Row> {
    let with = |phone: &str, code: &str| json!({"phone": phone, "code": code});
    let made = &world.made;
    vec![
        done("authSendOtp", 200).body(&json!({"phone": UNKNOWN})),
        refused("authSendOtp", 422, "code_throttled").body(&json!({"phone": UNKNOWN})),
        refused("authSendOtp", 422, "invalid_phone").body(&json!({"phone": "12"})),
        refused("authVerifyOtp", 422, "code_invalid").body(&with(UNKNOWN, "000000")),
        refused("authVerifyOtp", 404, "customer_not_found")
            .body(&with(NEWCOMER, &made.newcomers_code)),
        done("authVerifyOtp", 200).body(&with(PHONE, &made.code)),
        refused("authVerifyOtp", 422, "code_invalid").body(&with(PHONE, &made.code)),
        refused("authRegister", 422, "code_invalid").body(&with(OTHER, "000000")),
        done("authRegister", 201).body(&with(NEWCOMER, &made.newcomers_code)),
    ]
}

fn telegram(world: &World) -> Vec<Row> {
    let init = |user| init_data(&world.house, user, "john");
    let by = |user| json!({"init_data": init(user)});
    let nonsense = json!({"init_data": "nonsense"});
    let forged = json!({"init_data": forged(init(NEW_USER))});
    let share = |user: u64, phone: &str| json!({"init_data": init(user), "contact": contact(&world.house, user, phone)});
    let of_another = json!({
        "init_data": init(NEW_USER), "contact": contact(&world.house, STRANGER, PHONE_OF_NEW_USER),
    });
    let mut rows = vec![
        done("authTelegramContact", 201).body(&share(NEW_USER, PHONE_OF_NEW_USER)),
        done("authTelegramContact", 200).body(&share(NEW_USER, PHONE_OF_NEW_USER)),
        refused("authTelegramContact", 401, "telegram_hash_invalid").body(&of_another),
        refused("authTelegramContact", 422, "telegram_taken").body(&share(NEW_USER, OTHER)),
        refused("authTelegramContact", 422, "login_of_blocked").body(&share(STRANGER, BLOCKED)),
        done("authTelegram", 200).body(&by(NEW_USER)),
        refused("authTelegram", 404, "telegram_not_linked").body(&by(STRANGER)),
        done("clientLinkTelegram", 200).body(&by(LINKED_USER)),
        refused("clientLinkTelegram", 422, "telegram_of_phone_differs").body(&by(STRANGER)),
    ];
    for operation in ["authTelegram", "clientLinkTelegram"] {
        rows.push(refused(operation, 400, "invalid_telegram_data").body(&nonsense));
        rows.push(refused(operation, 401, "telegram_hash_invalid").body(&forged));
    }
    for operation in ["authTelegram", "authTelegramContact"] {
        let body = share(NEW_USER, PHONE);
        let body = if operation == "authTelegram" { by(NEW_USER) } else { body };
        rows.push(refused(operation, 403, "telegram_disabled").body(&body).of(&world.plain));
    }
    rows
}

/// With another last digit of the hash.
fn forged(mut init_data: String) -> String {
    let last = if init_data.pop() == Some('0') { '1' } else { '0' };
    init_data.push(last);
    init_data
}

fn own_pages() -> Vec<Row> {
    let mut rows = vec![
        done("clientProfile", 200),
        done("changeClientProfile", 200),
        refused("changeClientProfile", 422, "birth_date_out_of_range")
            .body(&json!({"birth_date": "2030-01-01"})),
        done("clientReferral", 200),
        done("clientRegisterDevice", 200),
        refused("clientRegisterDevice", 422, "unknown_value")
            .body(&json!({"token": "t", "platform": "windows"})),
        done("clientForgetDevice", 200),
        done("clientStores", 200),
        done("clientSettings", 200),
        done("clientPromotions", 200),
        done("clientPromotions", 200).without("authorization"),
    ];
    for paged in ["clientTransactions", "clientPurchases"] {
        rows.push(done(paged, 200));
        rows.push(refused(paged, 422, "not_whole_number").query("?page=x"));
    }
    rows
}

fn shelves() -> Vec<Row> {
    let twice = json!({"items": [{"sku": "A"}, {"sku": "A"}]});
    vec![done("inventorySync", 200), refused("inventorySync", 422, "duplicate_field").body(&twice)]
}
