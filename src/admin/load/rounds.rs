//! The rounds of a load: warming up, then sales and no-ops in turn, the disk before each; at the end half of
//! the rate that was reached.

use crate::admin::cli::Load;
use crate::admin::exit::Failure;
use crate::admin::load::disk::{self, DiskTimes};
use crate::admin::load::own_server::OwnServer;
use crate::admin::load::pace::Pace;
use crate::admin::load::parts::{Measured, Part, Stage};
use crate::admin::load::prepare::sell_in_turn;
use crate::admin::load::target::Target;
use crate::admin::load::{bar, told};
use std::sync::Arc;
use std::time::Duration;

/// What was measured.
pub(super) struct Rounds {
    pub sales: Vec<Measured>,
    /// As many as of sales, or none.
    pub no_ops: Vec<Measured>,
    /// The disk before each round, where it is one of this machine.
    pub disk: Vec<DiskTimes>,
    /// Sales at half of the rate that was reached, and that half.
    pub at_half: Option<(u32, Measured)>,
}

/// Sells to every customer once, so that all of them are in memory and own bonuses, and then as it will be
/// measured. How many of those sales were taken; those of the second kind are the stage's.
pub(super) async fn warm_up(
    asked: &Load,
    target: &Target,
    stage: &Arc<Stage>,
) -> Result<u64, Failure> {
    if asked.warm_seconds == 0 || asked.file.is_some() {
        return Ok(0);
    }
    let customers = u64::from(asked.customers);
    let sold = sell_in_turn(asked, target, customers, "sales, one to each customer").await?;
    let bar = bar(0, "sales, warming up");
    let warm = Duration::from_secs(asked.warm_seconds);
    stage.measure(Part::Sales, || pace(asked.rate, warm), &bar).await?;
    bar.finish_and_clear();
    Ok(sold)
}

/// Measures the parts in turn: sales, no-op, sales, no-op.
pub(super) async fn measure(
    asked: &Load,
    target: &Target,
    stage: &Arc<Stage>,
) -> Result<Rounds, Failure> {
    let lasts = Duration::from_secs(asked.seconds);
    let count = if asked.file.is_some() { 1 } else { asked.rounds };
    let (mut sales, mut no_ops, mut disk) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..count {
        disk.extend(target.folder().map(disk::measure).transpose()?);
        let measured = one(stage, Part::Sales, asked.rate, (lasts, target)).await?;
        let answer_bytes = measured.tally.bytes.checked_div(measured.tally.answered);
        sales.push(measured);
        if asked.baseline {
            let part = Part::NoOp { answer_bytes: answer_bytes.unwrap_or_default() };
            no_ops.push(one(stage, part, None, (lasts, target)).await?);
        }
    }
    let mut at_half = None;
    if asked.at_half {
        let half = told::per_second_of(&sales).div_euclid(2).max(1);
        let half = u32::try_from(half).unwrap_or(u32::MAX);
        disk.extend(target.folder().map(disk::measure).transpose()?);
        at_half = Some((half, one(stage, Part::Sales, Some(half), (lasts, target)).await?));
    }
    Ok(Rounds { sales, no_ops, disk, at_half })
}

/// One part, and the CPU time that the server used for it.
async fn one(
    stage: &Arc<Stage>,
    part: Part,
    rate: Option<u32>,
    (lasts, target): (Duration, &Target),
) -> Result<Measured, Failure> {
    let bar = bar(0, if part == Part::Sales { "sales" } else { "no-ops" });
    let cpu = || target.own_server().and_then(OwnServer::cpu_micros);
    let before = cpu();
    let mut measured = stage.measure(part, || pace(rate, lasts), &bar).await?;
    bar.finish_and_clear();
    measured.cpu_micros = before.zip(cpu()).map(|(before, after)| after.saturating_sub(before));
    Ok(measured)
}

fn pace(rate: Option<u32>, lasts: Duration) -> Pace {
    match rate {
        Some(rate) => Pace::open(lasts, rate),
        None => Pace::closed(lasts),
    }
}
