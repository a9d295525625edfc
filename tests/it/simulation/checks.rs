//! What a house says, held against what the naive tenant foretold.

use super::deed::Deed;
use super::naive::{Expected, Has};
use super::world::Fails;
use crate::asking::Answer;
use serde_json::{Value, json};

/// A plain number in cents; one that is none is a figure that nothing has.
pub(super) fn cents(amount: &Value) -> i64 {
    let text = amount.to_string();
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    format!("{whole}{part:0<2}").parse().unwrap_or(i64::MIN)
}

/// What stands at a path, in the data of an answer if it has data.
fn figure_of<'a>(body: &'a Value, path: &str) -> &'a Value {
    let root = if body["data"].is_object() { &body["data"] } else { body };
    path.split('/').fold(root, |value, part| match part.parse::<usize>() {
        Ok(index) => &value[index],
        Err(_) => &value[part],
    })
}

pub(super) fn check_answer(
    deed: &Deed,
    answer: &Answer,
    expected: &Expected,
    faults: usize,
) -> Fails {
    let told = || {
        format!("{deed:?}\n  expected {expected:?}\n  answered {} {}", answer.status, answer.body)
    };
    match expected {
        Expected::Done(figures) => {
            // What has no key of its own may meet itself after a fault.
            if faults > 0 && matches!(answer.status, 412 | 422) && !deed.moves_value() {
                return Ok(());
            }
            // A batch that was there already says no more than that.
            if faults > 0 && answer.body["data"]["repeated"] == json!(true) {
                return Ok(());
            }
            // What is taken back goes on where it was, and counts what it did now.
            let goes_on = faults > 0 && matches!(deed, Deed::TakeBack { .. });
            let same = |(name, figure): &(&str, i64)| {
                let told = cents(figure_of(&answer.body, name));
                told == *figure || (goes_on && (0..*figure).contains(&told))
            };
            if answer.status >= 300 || !figures.iter().all(same) {
                return Err(told());
            }
        }
        Expected::Refused(status, code) => {
            let coded = code.is_none_or(|code| answer.body["code"] == json!(code));
            if answer.status != *status || !coded {
                return Err(told());
            }
        }
    }
    Ok(())
}

/// Nothing is told of who was forgotten but that.
pub(super) fn check_unknown(deed: &Deed, answer: &Answer) -> Fails {
    let code = answer.body["code"].as_str().unwrap_or_default().to_lowercase();
    if matches!(answer.status, 404 | 412) && code == "customer_not_found" {
        return Ok(());
    }
    Err(format!("{deed:?} of somebody forgotten: {answer:?}"))
}

pub(super) fn check_has(phone: usize, shown: &Value, expected: &Has) -> Fails {
    let mut figures = vec![("total_spent", expected.spent)];
    if let Some(bonuses) = expected.bonuses {
        figures.push(("bonus_balance", bonuses.balance));
        figures.push(("redeemable_balance", bonuses.redeemable));
        figures.push(("held_balance", bonuses.held));
        figures.push(("reserved_balance", bonuses.reserved));
    }
    for (name, figure) in figures {
        if cents(&shown[name]) != figure {
            return Err(format!("phone {phone}: {name} should be {figure}: {shown}"));
        }
    }
    Ok(())
}
