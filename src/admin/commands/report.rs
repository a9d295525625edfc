//! `kopilka report`: reports as tables.

use crate::admin::cli::{Report, ReportAbuse};
use crate::admin::exit::Failure;
use crate::admin::way_in::Missing;
use crate::admin::{requests, sheet, terminal};

const COLUMNS: [&str; 13] = [
    "store",
    "cashier",
    "sales",
    "sales_amount",
    "late_sales",
    "late_redemptions",
    "late_redeemed",
    "unfunded",
    "busy_cards",
    "opening_day_redemptions",
    "opening_day_redeemed",
    "returns",
    "returned_amount",
];
const CARD_COLUMNS: [&str; 3] = ["client_id", "day", "sales"];

pub(in crate::admin) async fn report(asked: &Report) -> Result<(), Failure> {
    match asked {
        Report::Abuse(asked) => abuse(asked).await,
    }
}

async fn abuse(asked: &ReportAbuse) -> Result<(), Failure> {
    let request = requests::report_abuse(asked.tenant, (asked.from, asked.to), asked.by.name());
    let answer = asked.inquiry.way_in.ask(request, Missing::Refuse).await?;
    let data = answer.data()?;
    if asked.inquiry.json {
        terminal::say(data);
        return Ok(());
    }
    terminal::say(&sheet::table(sheet::field_of(data, "rows")?, &COLUMNS)?);
    let cards = sheet::table(sheet::field_of(data, "busy_cards")?, &CARD_COLUMNS)?;
    terminal::say(&format!("\nbusy cards\n{cards}"));
    Ok(())
}
