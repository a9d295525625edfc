//! `kopilka customer forget` and `kopilka customer export`: what a person may ask of a chain by letter.

use crate::admin::cli::{CustomerExport, CustomerForget};
use crate::admin::exit::Failure;
use crate::admin::paper::paper;
use crate::admin::way_in::Missing;
use crate::admin::{requests, sheet, terminal};
use std::fs::File;
use std::io::Write;

/// The word that means it.
const MEANT: &str = "forget";

/// Asks first whether it is meant: nothing brings a person back.
pub(in crate::admin) async fn forget(asked: &CustomerForget) -> Result<(), Failure> {
    let who = &asked.who;
    if !asked.yes {
        confirm(&who.customer)?;
    }
    let key = asked.id.as_deref();
    let request = requests::forget(who.tenant, &who.customer, &asked.reason, key)?;
    let answer = who.inquiry.way_in.ask(request, Missing::Refuse).await?;
    let data = answer.data()?;
    terminal::say(&if who.inquiry.json { data.to_owned() } else { told(data)? });
    Ok(())
}

fn told(data: &str) -> Result<String, Failure> {
    let number = sheet::field_of(data, "client_id")?;
    let at = sheet::field_of(data, "forgotten_at")?.trim_matches('"').to_owned();
    let merged = sheet::items(sheet::field_of(data, "merged_client_ids")?).len();
    let merged = match merged {
        0 => String::new(),
        count => format!(", with {count} that had been merged into them"),
    };
    Ok(format!(
        "customer {number} is forgotten since {at}{merged}; snapshots made before still know them"
    ))
}

fn confirm(customer: &str) -> Result<(), Failure> {
    let question = format!(
        "Forget customer {customer}? Bonuses are given up, and nothing brings them back. \
         Type \"{MEANT}\" to go on: "
    );
    let said = terminal::ask(&question)
        .ok_or_else(|| Failure::Usage("say --yes where nobody can be asked".into()))?;
    if said.trim() == MEANT { Ok(()) } else { Err(Failure::Usage("nothing was forgotten".into())) }
}

/// To be read by the person, or (`--json`) by a program.
pub(in crate::admin) async fn export(asked: &CustomerExport) -> Result<(), Failure> {
    let who = &asked.who;
    let mut file = asked.out.as_ref().map(File::create_new).transpose().map_err(|error| {
        let name = asked.out.as_ref().map(|path| path.display().to_string());
        Failure::Usage(format!("cannot make {}: {error}", name.unwrap_or_default()))
    })?;
    let request = requests::export_customer(who.tenant, &who.customer);
    let answer = who.inquiry.way_in.ask(request, Missing::Refuse).await?;
    let data = answer.data()?;
    let text = if who.inquiry.json { data.to_owned() } else { paper(data)? };
    match (&mut file, &asked.out) {
        (Some(file), Some(path)) => {
            writeln!(file, "{text}").and_then(|()| file.sync_all()).map_err(|error| {
                Failure::Unreachable(format!("cannot write to {}: {error}", path.display()))
            })?;
            terminal::say(&format!(
                "all that is kept of {} is in {}",
                who.customer,
                path.display()
            ));
        }
        _ => terminal::say(&text),
    }
    Ok(())
}
