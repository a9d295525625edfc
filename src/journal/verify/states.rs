//! Which part of a state differs, told without personal data and secrets.

use crate::ledger::{Account, Lot, Tenant};

/// The first field in which two accounts differ, with what each has there.
pub(super) fn differing_field(
    expected: &Account,
    found: &Account,
) -> Option<(String, String, String)> {
    if expected == found {
        return None;
    }
    let figures = |account: &Account| {
        [
            ("the opening instant", account.opened_at.to_string()),
            ("blocked", account.blocked.to_string()),
            ("the debt", account.debt.to_string()),
            ("the money spent", account.total_spent.to_string()),
            ("the number of purchases", account.purchases.to_string()),
            ("the last visit", format!("{:?}", account.last_visit_at)),
            ("the sum of the history", account.history_balance.to_string()),
            ("the number of history rows", account.rows.to_string()),
            ("the instant of the last history row", account.last_row_at.to_string()),
            ("the number of sale records", account.sale_records.to_string()),
            ("the number of open lots", account.lots.len().to_string()),
            ("what is counted against limits", format!("{:?}", account.tallies)),
            ("the money kept for the tier", account.kept_for_tier.to_string()),
            ("the last return", format!("{:?}", account.last_return_at)),
            ("open clawbacks", format!("{:?}", account.clawed)),
            ("the number of open reserves", account.reserves.len().to_string()),
            ("what reserves cover", account.covered().to_string()),
            ("the number of slices that expired lately", account.expired.len().to_string()),
            ("when debt is written off", format!("{:?}", account.debt_write_off_at)),
            ("the referral", format!("{:?}", account.referral)),
            ("the tier", format!("{:?}", account.standing)),
            ("the last birthday bonus", format!("{:?}", account.birthday_paid_at)),
            ("the last notice", format!("{:?}", account.noticed_through)),
            ("the last notice of overstock", format!("{:?}", account.overstock_noticed)),
            ("the gifts", format!("{:?}", account.gifts)),
            ("the account it was merged into", format!("{:?}", account.merged_into)),
            ("the accounts merged into it", format!("{:?}", account.absorbed)),
            ("when the customer was forgotten", format!("{:?}", account.forgotten_at)),
        ]
    };
    let differing = figures(expected)
        .into_iter()
        .zip(figures(found))
        .find(|((_, expected), (_, found))| expected != found)
        .map(|((name, expected), (_, found))| (name.to_owned(), expected, found));
    let lots = || {
        let mut lots = expected.lots.iter().zip(&found.lots);
        lots.find(|(expected, found)| expected != found).map(differing_lot)
    };
    let personal = || {
        let name = match () {
            () if expected.phone != found.phone => "the phone",
            () if expected.card != found.card => "the card",
            () if expected.former_phones != found.former_phones => "the former phones",
            () if expected.profile != found.profile => "the profile",
            () if expected.birthday != found.birthday => "the birthday",
            () if expected.tokens != found.tokens => "the tokens",
            () if expected.telegram != found.telegram => "the Telegram user",
            () if expected.devices != found.devices => "the devices",
            () => "the account",
        };
        Some((name.to_owned(), "what the events say".to_owned(), "something else".to_owned()))
    };
    differing.or_else(lots).or_else(personal)
}

fn differing_lot((expected, found): (&Lot, &Lot)) -> (String, String, String) {
    (format!("lot {}", expected.id), format!("{expected:?}"), format!("{found:?}"))
}

/// The first part in which two tenants differ.
pub(super) fn differing_part(expected: &Tenant, found: &Tenant) -> Option<&'static str> {
    match () {
        () if expected == found => None,
        () if expected.name != found.name => Some("the name"),
        () if expected.suspended != found.suspended => Some("the suspension"),
        () if expected.token != found.token => Some("the token"),
        () if expected.secret != found.secret => Some("the secret"),
        () if expected.settings != found.settings => Some("the settings"),
        () if expected.stores != found.stores => Some("the stores"),
        () if expected.promotions != found.promotions => Some("the promotions"),
        () if expected.couriers != found.couriers => Some("how far a courier has got"),
        () if expected.webhooks != found.webhooks => Some("a webhook"),
        () if expected.telegram != found.telegram => Some("the Telegram bot"),
        () => Some("the state"),
    }
}
