//! `kopilka load`: signed sales over real connections, measured from outside, with the no-op route of the
//! same server as the yardstick.

mod chain;
mod disk;
mod mold;
mod own_server;
mod pace;
mod parts;
mod prepare;
mod restart;
mod rounds;
mod sale_file;
mod spread;
mod tally;
mod target;
mod told;
mod told_text;
mod wire;

use crate::admin::cli::Load;
use crate::admin::exit::Failure;
use crate::admin::load::parts::{Posts, Stage};
use crate::admin::load::prepare::prepare;
use crate::admin::load::restart::{kill, restart};
use crate::admin::load::rounds::{measure, warm_up};
use crate::admin::load::spread::Picker;
use crate::admin::load::target::Target;
use crate::admin::load::told::{PartTold, Told};
use crate::admin::logging::LogFormat;
use crate::admin::{logging, terminal};
use crate::engine::Entropy;
use indicatif::{ProgressBar, ProgressStyle};
use std::sync::Arc;

const LOG: &str = "warn";

pub(super) async fn run(asked: &Load) -> Result<(), Failure> {
    let _exported = logging::start(LOG, LogFormat::Text)?;
    let lines = asked.file.as_deref().map(sale_file::read).transpose()?.unwrap_or_default();
    let target = Target::reach(asked).await?;
    let (target, prepared) = prepare(asked, target, &lines).await?;
    let mut told = Told::of(asked, prepared.customers);
    told.registrations = prepared.registrations.as_ref().map(|part| PartTold::of([part]));
    if !asked.registrations_only {
        load(asked, target, lines, &mut told).await?;
    } else if let Some(own) = target.own {
        told.resident(&own.server);
        own.server.stop()?;
    }
    terminal::say(&if asked.json { told.json()? } else { told.text() });
    judge(&told)
}

/// Everything that comes after the customers are there.
async fn load(
    asked: &Load,
    target: Target,
    lines: Vec<String>,
    told: &mut Told,
) -> Result<(), Failure> {
    let before = target.folder().map(disk::bytes_of);
    let picker = Picker::new(asked.spread, asked.customers, Entropy::seeded(asked.seed));
    let posts = Posts { redeem_share: asked.redeem_share, batch: asked.batch, lines };
    let stage = Arc::new(Stage::new(&target, asked.connections, picker, posts)?);
    let warmed = warm_up(asked, &target, &stage).await?;
    let rounds = measure(asked, &target, &stage).await?;
    told.measured(&rounds);
    let Some(own) = target.own else { return Ok(()) };
    told.resident(&own.server);
    if asked.kill {
        let folder = kill(own, &stage).await?;
        let (server, restarted) = restart(&folder, &target.chain).await?;
        told.restarted = Some(restarted);
        return server.stop();
    }
    own.server.stop()?;
    let grown = disk::bytes_of(&own.folder).saturating_sub(before.unwrap_or_default());
    told.disk_bytes_per_sale = grown.checked_div(warmed.saturating_add(stage.sold()));
    Ok(())
}

/// A load that measured nothing but refusals is no measurement.
fn judge(told: &Told) -> Result<(), Failure> {
    let nothing = |part: &Option<PartTold>| part.as_ref().is_some_and(|part| part.done == 0);
    if nothing(&told.sales) {
        return Err(Failure::Refused("no sale was taken".to_owned()));
    }
    if nothing(&told.no_op) {
        let reason = "the server has no no-op route: start it with --bench-routes";
        return Err(Failure::Refused(reason.to_owned()));
    }
    Ok(())
}

/// Goes up as answers come; `count` 0: nobody knows how many there will be.
fn bar(count: u64, what: &str) -> ProgressBar {
    let (bar, template) = if count == 0 {
        (ProgressBar::new_spinner(), "  {spinner} {elapsed}  {pos} {msg}  {per_sec}")
    } else {
        (ProgressBar::new(count), "  {bar:40} {pos}/{len} {msg}  {per_sec}  {eta} left")
    };
    let style = ProgressStyle::with_template(template);
    bar.with_message(what.to_owned())
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
