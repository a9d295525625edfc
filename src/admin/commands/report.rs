//! `kopilka report`: reports as tables.

use crate::admin::cli::{Report, ReportAbuse, ReportLiability, ReportTrialBalance};
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
const LIABILITY_COLUMNS: [&str; 9] = [
    "line", "opening", "issued", "redeemed", "expired", "reversed", "adjusted", "moved", "closing",
];
const AGE_COLUMNS: [&str; 7] =
    ["line", "held", "days_0_30", "days_31_90", "days_91_180", "days_181_365", "days_366_on"];
const CARD_COLUMNS: [&str; 3] = ["client_id", "day", "sales"];

pub(in crate::admin) async fn report(asked: &Report) -> Result<(), Failure> {
    match asked {
        Report::Abuse(asked) => abuse(asked).await,
        Report::Liability(asked) => liability(asked).await,
        Report::TrialBalance(asked) => trial_balance(asked).await,
    }
}

async fn liability(asked: &ReportLiability) -> Result<(), Failure> {
    let (from, to) = (asked.from.as_deref(), asked.to.as_deref());
    let request = requests::report_liability(asked.tenant, from, (to, asked.to_event));
    let answer = asked.inquiry.way_in.ask(request, Missing::Refuse).await?;
    let data = answer.data()?;
    if asked.inquiry.json {
        terminal::say(data);
        return Ok(());
    }
    let cut = |name: &str| {
        let place = sheet::field_of(data, name)?;
        if place == "null" {
            return Ok("the beginning".to_owned());
        }
        let (event, at) = (sheet::field_of(place, "event")?, sheet::field_of(place, "at")?);
        Ok::<_, Failure>(format!("{} (event {event})", at.trim_matches('"')))
    };
    terminal::say(&format!("What is owed in bonuses, from {} to {}\n", cut("from")?, cut("to")?));
    terminal::say(&sheet::table(sheet::field_of(data, "rows")?, &LIABILITY_COLUMNS)?);
    terminal::say(&format!("\ntotal\n{}", sheet::lines(sheet::field_of(data, "total")?)?));
    let ages = sheet::table(sheet::field_of(data, "ages")?, &AGE_COLUMNS)?;
    terminal::say(&format!("\nby age, at the end\n{ages}"));
    Ok(())
}

async fn trial_balance(asked: &ReportTrialBalance) -> Result<(), Failure> {
    let as_of = (asked.as_of.as_deref(), asked.as_of_event);
    let request = requests::report_trial_balance(asked.tenant, as_of);
    let answer = asked.inquiry.way_in.ask(request, Missing::Refuse).await?;
    let data = answer.data()?;
    if asked.inquiry.json {
        terminal::say(data);
        return Ok(());
    }
    terminal::say(&sheet::table(sheet::field_of(data, "books")?, &["book", "amount"])?);
    terminal::say(&format!("total {}", sheet::field_of(data, "total")?));
    Ok(())
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
