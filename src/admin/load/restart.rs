//! A server that is killed amid sales, and how long it takes until another one answers the next sale.

use crate::admin::exit::Failure;
use crate::admin::load::bar;
use crate::admin::load::chain::Chain;
use crate::admin::load::mold::{Kind, Mold, RUN_LENGTH, Sale};
use crate::admin::load::own_server::OwnServer;
use crate::admin::load::pace::Pace;
use crate::admin::load::parts::{Part, Stage};
use crate::admin::load::target::Own;
use crate::admin::load::wire::Wire;
use crate::engine::{Clock, Entropy, Stopwatch};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How long sales go on before the server is killed, and how long they would without.
const KILLED_AFTER: Duration = Duration::from_secs(2);
const SALES_LAST: Duration = Duration::from_secs(60);
/// Longest wait for the first sale.
const WAIT_MAX: Duration = Duration::from_secs(60);
/// Between two attempts at the first sale.
const PAUSE: Duration = Duration::from_millis(5);
const CREATED: u16 = 201;

/// A server that came back after SIGKILL; times count from the start of its process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Restarted {
    /// Until it listened, in milliseconds.
    pub listened_ms: u64,
    /// Until the first sale was answered, in milliseconds.
    pub first_sale_ms: u64,
    /// The number of the first sale's last event: what the ledger holds.
    pub events: u64,
}

/// Kills the server while sales are under way; the folder of its ledger.
pub(super) async fn kill(own: Own, stage: &Arc<Stage>) -> Result<PathBuf, Failure> {
    let Own { server, folder } = own;
    let posting = Arc::clone(stage);
    let posted = tokio::spawn(async move {
        let bar = bar(0, "sales, until the server is killed");
        let measured = posting.measure(Part::Sales, || Pace::closed(SALES_LAST), &bar).await;
        bar.finish_and_clear();
        measured
    });
    tokio::time::sleep(KILLED_AFTER).await;
    server.kill();
    match posted.await {
        Ok(Err(_)) => Ok(folder),
        Ok(Ok(_)) => Err(Failure::Differs("sales went on without a server".to_owned())),
        Err(error) => Err(Failure::Differs(format!("the sales broke: {error}"))),
    }
}

/// Starts a server on a ledger that was left behind, and posts a sale until it is taken.
pub(super) async fn restart(
    folder: &Path,
    chain: &Chain,
) -> Result<(OwnServer, Restarted), Failure> {
    let since = Stopwatch::start();
    let server = OwnServer::start(folder, &Entropy::system())?;
    let listened_ms = millis(since.elapsed());
    let mold = Mold::new(server.public.to_string(), &chain.keys, Clock::wall())?;
    let mut wire = Wire::open(server.public).await?;
    let (mut body, mut request) = (Vec::new(), Vec::new());
    let run = Entropy::system().text(RUN_LENGTH);
    Sale { customer: 0, run: &run, number: 0, redeems: false }.write(&mut body);
    while since.elapsed() < WAIT_MAX {
        mold.write(&mut request, Kind::Sale, &body);
        if wire.ask(&request).await?.status == CREATED {
            let first_sale_ms = millis(since.elapsed());
            let events = wire.ledger_event().unwrap_or_default();
            return Ok((server, Restarted { listened_ms, first_sale_ms, events }));
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(Failure::Differs(format!("no sale was taken within {} s", WAIT_MAX.as_secs())))
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
