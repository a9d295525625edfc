//! What must be there before anything is measured: every customer, and as many earlier sales as asked.

use crate::admin::cli::Load;
use crate::admin::exit::Failure;
use crate::admin::load::bar;
use crate::admin::load::mold::phone_of;
use crate::admin::load::pace::Pace;
use crate::admin::load::parts::{Measured, Part, Posts, Stage};
use crate::admin::load::sale_file::buyers;
use crate::admin::load::spread::Picker;
use crate::admin::load::target::Target;
use crate::engine::Entropy;
use std::sync::Arc;
use std::time::Duration;

/// Sales of a batch that is not measured, and such batches under way at once.
const BATCH: u16 = 1_000;
const BATCHES_AT_ONCE: u16 = 8;

/// What was made ready.
pub(super) struct Prepared {
    pub customers: u64,
    /// What their registration came to; `None`: they were there already.
    pub registrations: Option<Measured>,
}

/// Registers who will buy and fills the ledger; then its own server starts anew, so that neither is written
/// to the tables while sales are measured.
pub(super) async fn prepare(
    asked: &Load,
    mut target: Target,
    lines: &[String],
) -> Result<(Target, Prepared), Failure> {
    let phones: Arc<[String]> = buyers(lines)?.into_iter().collect();
    let prepared = if phones.is_empty() {
        register_numbers(asked, &mut target).await?
    } else {
        let customers = count_of(&phones);
        let phone = move |number: u64| phones.get(usize::try_from(number).ok()?).cloned();
        let registrations = Some(register(asked, &target, customers, phone).await?);
        Prepared { customers, registrations }
    };
    if asked.fill > 0 {
        sell_in_turn(asked, &target, asked.fill, "sales, filling the ledger").await?;
    }
    let changed = asked.fill > 0 || prepared.registrations.is_some();
    let settles = changed && !asked.registrations_only;
    Ok((if settles { target.settle()? } else { target }, prepared))
}

/// Posts so many sales in batches, to one customer after the other; how many were taken.
pub(super) async fn sell_in_turn(
    asked: &Load,
    target: &Target,
    count: u64,
    what: &str,
) -> Result<u64, Failure> {
    let picker = Picker::in_turn(asked.customers);
    let posts = Posts { redeem_share: 0, batch: Some(BATCH), lines: Vec::new() };
    let connections = asked.connections.min(BATCHES_AT_ONCE);
    let stage = Arc::new(Stage::new(target, connections, picker, posts)?.ending_at(count));
    let bar = bar(count, what);
    let sold = stage.measure(Part::Sales, || Pace::closed(Duration::MAX), &bar).await?;
    bar.finish_and_clear();
    if sold.tally.refused.is_empty() {
        return Ok(sold.tally.done);
    }
    Err(Failure::Refused(format!("sales before the measuring: {:?}", sold.tally.refused)))
}

/// Registers those made-up customers that are not there yet.
async fn register_numbers(asked: &Load, target: &mut Target) -> Result<Prepared, Failure> {
    let (known, customers) = (target.chain.customers, u64::from(asked.customers));
    let missing = customers.saturating_sub(known);
    if missing == 0 {
        return Ok(Prepared { customers, registrations: None });
    }
    let phone = move |number: u64| {
        Some(number).filter(|number| *number < missing).map(|it| phone_of(known.saturating_add(it)))
    };
    let registrations = register(asked, target, missing, phone).await?;
    target.registered(customers)?;
    Ok(Prepared { customers, registrations: Some(registrations) })
}

async fn register(
    asked: &Load,
    target: &Target,
    count: u64,
    phone: impl Fn(u64) -> Option<String> + Send + Sync + 'static,
) -> Result<Measured, Failure> {
    let picker = Picker::new(asked.spread, 1, Entropy::seeded(asked.seed));
    let stage = Arc::new(Stage::new(target, asked.connections, picker, Posts::default())?);
    let bar = bar(count, "customers");
    let measured = stage.register(Arc::new(phone), &bar).await?;
    bar.finish_and_clear();
    if measured.tally.refused.is_empty() {
        return Ok(measured);
    }
    let refused = &measured.tally.refused;
    Err(Failure::Refused(format!("customers could not be registered: {refused:?}")))
}

fn count_of(phones: &[String]) -> u64 {
    u64::try_from(phones.len()).unwrap_or(u64::MAX)
}
