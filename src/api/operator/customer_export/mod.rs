//! `GET .../customers/{identifier}/export`: all that is kept of a customer as one document, for them to have.
//! Consistent at the event that it names; written while the ledger is read. Of other people nothing is
//! in it, and no secret.

mod operation;
mod person;
mod standing;

use self::operation::Told;
use self::person::PersonShape;
use self::standing::StandingShape;
use super::Call;
use super::growing::{Growing, growing};
use crate::api::bonex::date_time;
use crate::api::error::ApiError;
use crate::engine::{CustomerStory, EngineError, Identifier};
use crate::ledger::{LookUp, Tenant, view};
use crate::values::Timestamp;
use axum::body::Body;
use axum::http::Response;
use serde::Serialize;
use std::sync::Arc;

/// What stands before the operations.
#[derive(Serialize)]
struct HeadShape<'a> {
    tenant_id: u32,
    tenant_name: &'a str,
    /// Every event up to this one is in the document, and none after.
    as_of_event: u64,
    made_at: String,
    client_id: u64,
    person: PersonShape<'a>,
    standing: StandingShape<'a>,
    /// The accounts that were merged into the customer's, with what still leads to them.
    merged: Vec<PersonShape<'a>>,
}

pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let (tenant, at) = (call.tenant()?, call.asked.at);
    let who = Identifier::Text(call.asked.identifier()?);
    let story = call.house.customer_story((tenant.id, at), who).await?;
    let head = head_of(&story, &tenant, at)?;
    let write = async move |pages| tell(head, story, &tenant, &pages).await;
    Ok(growing("application/json", write))
}

/// Everything up to where the operations begin.
fn head_of(
    story: &CustomerStory,
    tenant: &Arc<Tenant>,
    at: Timestamp,
) -> Result<String, EngineError> {
    let rules = &tenant.settings.at(at).rules;
    let shown = view(&story.account, &tenant.settings, LookUp::default(), at);
    let head = HeadShape {
        tenant_id: tenant.id.number(),
        tenant_name: tenant.name.as_str(),
        as_of_event: story.through.number(),
        made_at: date_time(at, rules),
        client_id: story.account.id.number(),
        person: PersonShape::of(&story.account, rules),
        standing: StandingShape::of(&story.account, &shown, rules),
        merged: story.aliases.iter().map(|alias| PersonShape::of(alias, rules)).collect(),
    };
    let mut text = written(&head)?;
    // The object goes on.
    text.pop();
    Ok(format!("{{\"success\":true,\"data\":{text},\"operations\":["))
}

async fn tell(
    head: String,
    mut story: CustomerStory,
    tenant: &Tenant,
    pages: &Growing,
) -> Result<(), EngineError> {
    let accounts: Vec<_> = story.customers().collect();
    let mut text = head;
    let mut separator = "";
    loop {
        let chapters = story.next().await?;
        let over = chapters.is_empty();
        for chapter in &chapters {
            let rules = &tenant.settings.at(chapter.numbered.operation.at).rules;
            let told = Told::new(chapter, &accounts);
            text.push_str(separator);
            text.push_str(&written(&told.shape(tenant, rules))?);
            separator = ",\n";
        }
        if over {
            text.push_str("]}}");
        }
        if !pages.send(std::mem::take(&mut text).into()).await || over {
            return Ok(());
        }
    }
}

fn written(shape: &impl Serialize) -> Result<String, EngineError> {
    serde_json::to_string(shape).map_err(|error| EngineError::Broken(error.to_string()))
}
