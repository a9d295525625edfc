//! `kopilka operator` and `kopilka audit`: who operates a house, and what they did.

use crate::admin::cli::{Audit, Inquiry, Operator};
use crate::admin::exit::Failure;
use crate::admin::gateway::Request;
use crate::admin::requests;
use crate::admin::shown::Shown;
use crate::admin::way_in::Missing;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

const COLUMNS: [&str; 4] = ["name", "role", "added_at", "revoked_at"];
const TRAIL_COLUMNS: [&str; 8] = [
    "event",
    "operation.at",
    "tenant_id",
    "operator",
    "role",
    "operation.kind",
    "operation.client_id",
    "operation.figures",
];
/// Where the answer has the entries.
const LIST: &str = "entries";

/// A page of the trail, as it came.
#[derive(Deserialize, Serialize)]
struct Page {
    entries: Vec<Box<RawValue>>,
    next_after: Option<u64>,
}

pub(in crate::admin) async fn operator(asked: &Operator) -> Result<(), Failure> {
    let (inquiry, request, shown) = inquiry_of(asked)?;
    inquiry.tell(request, &shown).await
}

fn inquiry_of(asked: &Operator) -> Result<(&Inquiry, Request, Shown), Failure> {
    Ok(match asked {
        Operator::Add(asked) => {
            let (operator, role) = (&asked.operator, asked.role.name());
            (&operator.inquiry, requests::add_operator(&operator.name, role), Shown::Secrets)
        }
        Operator::List(inquiry) => (inquiry, requests::list_operators(), Shown::table(&COLUMNS)),
        Operator::Rotate(asked) => {
            (&asked.inquiry, requests::rotate_operator(&asked.name), Shown::Secrets)
        }
        Operator::Revoke(asked) => {
            let done = format!("operator {} is revoked", asked.name);
            (&asked.inquiry, requests::revoke_operator(&asked.name), Shown::Sentence(done))
        }
    })
}

/// Asks on where a call found too little, until there is enough or no more.
pub(in crate::admin) async fn audit(asked: &Audit) -> Result<(), Failure> {
    let mut found = Page { entries: Vec::new(), next_after: Some(asked.after) };
    let limit = usize::from(asked.limit);
    while let Some(after) = found.next_after.filter(|_| found.entries.len() < limit) {
        let left = limit.saturating_sub(found.entries.len());
        let answer = asked.inquiry.way_in.ask(requests::audit(asked, after, left), Missing::Refuse);
        let page: Page = answer.await?.read()?;
        found.entries.extend(page.entries);
        found.next_after = page.next_after;
    }
    let data = serde_json::to_string(&found)
        .map_err(|error| Failure::Unreachable(format!("the trail cannot be shown: {error}")))?;
    asked.inquiry.print(&data, &Shown::page(LIST, &TRAIL_COLUMNS))
}
