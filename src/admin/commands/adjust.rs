//! `kopilka adjust`: a balance corrected by hand, with a reason that the journal keeps.

use crate::admin::cli::Adjust;
use crate::admin::exit::Failure;
use crate::admin::requests::Adjustment;
use crate::admin::way_in::Missing;
use crate::admin::{requests, sheet, terminal};

pub(in crate::admin) async fn adjust(asked: &Adjust) -> Result<(), Failure> {
    let adjustment = Adjustment {
        amount: asked.amount,
        reason: &asked.reason,
        hold_seconds: asked.hold_seconds,
        expires: asked.expires,
        allow_debt: asked.allow_debt,
        key: asked.id.as_deref(),
    };
    let who = &asked.who;
    let request = requests::adjust(who.tenant, &who.customer, &adjustment)?;
    let answer = who.way_in.ask(request, Missing::Refuse).await?;
    let data = answer.data()?;
    terminal::say(&if asked.json { data.to_owned() } else { sheet::lines(data)? });
    Ok(())
}
