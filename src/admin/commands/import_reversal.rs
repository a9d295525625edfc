//! `kopilka import reverse`: what a file brought is taken back, batch by batch.

use crate::admin::cli::ImportReverse;
use crate::admin::commands::import::part_of;
use crate::admin::exit::Failure;
use crate::admin::gateway::Gateway;
use crate::admin::way_in::Missing;
use crate::admin::{requests, sheet, terminal};

/// The code of a batch that is not there.
const NOT_FOUND: u16 = 404;

pub(super) async fn reverse(asked: &ImportReverse) -> Result<(), Failure> {
    let door = asked.inquiry.way_in.open(Missing::Refuse).await?;
    let done = reverse_parts(asked, &door.gateway).await;
    door.close().await?;
    done
}

/// The parts of a file, as far as they go; else the batch that has the name itself.
async fn reverse_parts(asked: &ImportReverse, gateway: &Gateway) -> Result<(), Failure> {
    let mut parts = 0_u64;
    loop {
        let name = part_of(&asked.batch, parts.saturating_add(1));
        if !reverse_one(asked, gateway, &name).await? {
            break;
        }
        parts = parts.saturating_add(1);
    }
    if parts > 0 || reverse_one(asked, gateway, &asked.batch).await? {
        return Ok(());
    }
    Err(Failure::Refused(format!("there is no batch {}", asked.batch)))
}

/// Whether there is such a batch.
async fn reverse_one(
    asked: &ImportReverse,
    gateway: &Gateway,
    name: &str,
) -> Result<bool, Failure> {
    let answer = gateway.call(requests::reverse_import(asked.tenant, name, asked.dry_run)?).await?;
    if answer.status == NOT_FOUND && answer.body.contains("import_batch_not_found") {
        return Ok(false);
    }
    let data = answer.data()?;
    if asked.inquiry.json {
        terminal::say(data);
        return Ok(true);
    }
    let done =
        if asked.dry_run { "would be taken back: this is a dry run" } else { "is taken back" };
    terminal::say(&format!("batch {name} {done}"));
    terminal::say(&sheet::lines(data)?);
    Ok(true)
}
