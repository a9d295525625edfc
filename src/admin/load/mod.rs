//! `kopilka load`: signed sales over real connections, measured from outside, with the no-op route of the
//! same server as the yardstick.

mod disk;
mod mold;
mod own_server;
mod pace;
mod parts;
mod spread;
mod tally;
mod told;
mod wire;

use crate::admin::cli::Load;
use crate::admin::demo::Credentials;
use crate::admin::exit::Failure;
use crate::admin::gateway::Gateway;
use crate::admin::load::mold::{Mold, phone_of};
use crate::admin::load::own_server::OwnServer;
use crate::admin::load::pace::Pace;
use crate::admin::load::parts::{Measured, Part, Stage};
use crate::admin::load::spread::Picker;
use crate::admin::load::told::{PartTold, Told};
use crate::admin::logging::LogFormat;
use crate::admin::{folders, logging, requests, settings_file, terminal};
use crate::engine::{Clock, Entropy};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const CHAIN: &str = include_str!("../../../data/load-chain.toml");
const CHAIN_NAME: &str = "Load";
const LOG: &str = "warn";
/// Characters that tell one run's external ids from another's.
const RUN_LENGTH: usize = 8;

/// Where it is posted, and with whose keys.
struct Target {
    server: SocketAddr,
    keys: Credentials,
    own: Option<(OwnServer, PathBuf)>,
}

/// What a line of a file must at least say.
#[derive(Deserialize)]
struct Buyer {
    client_phone: String,
}

pub(super) async fn run(asked: &Load) -> Result<(), Failure> {
    let _exported = logging::start(LOG, LogFormat::Text)?;
    let lines = asked.file.as_deref().map(read_lines).transpose()?.unwrap_or_default();
    let target = Target::reach(asked).await?;
    let stage = Arc::new(stage(asked, &target, lines)?);
    let registered = register(asked, &stage).await?;
    let before = target.own.as_ref().map(|(_, folder)| disk::bytes_of(folder));
    let disk_us = target.own.as_ref().map(|(_, folder)| disk::measure(folder)).transpose()?;
    let mut told = measure(asked, &stage, target.own.as_ref().map(|(own, _)| own)).await?;
    told.customers = registered;
    told.disk_us = disk_us;
    if let Some((server, folder)) = target.own {
        told.server_resident_kib = server.resident_kib();
        server.stop()?;
        let grown = disk::bytes_of(&folder).saturating_sub(before.unwrap_or_default());
        told.disk_bytes_per_sale = grown.checked_div(stage.sold.load(Ordering::Relaxed));
    }
    terminal::say(&if asked.json { told.json()? } else { told.text() });
    judge(&told)
}

/// A load that measured nothing but refusals is no measurement.
fn judge(told: &Told) -> Result<(), Failure> {
    if told.sales.done == 0 {
        return Err(Failure::Refused("no sale was taken".to_owned()));
    }
    if told.no_op.as_ref().is_some_and(|no_op| no_op.done == 0) {
        let reason = "the server has no no-op route: start it with --bench-routes";
        return Err(Failure::Refused(reason.to_owned()));
    }
    Ok(())
}

impl Target {
    async fn reach(asked: &Load) -> Result<Self, Failure> {
        if let (Some(url), Some(keys)) = (&asked.url, &asked.keys) {
            return Ok(Self { server: address_of(url)?, keys: read_keys(keys)?, own: None });
        }
        let folder = match &asked.data_dir {
            Some(folder) => folder.clone(),
            None => folders::new_folder(Path::new("data"), "load")?,
        };
        terminal::complain(&format!("the ledger of this load is {}", folder.display()));
        let server = OwnServer::start(&folder, &Entropy::system())?;
        let keys = create_chain(&server).await?;
        Ok(Self { server: server.public, keys, own: Some((server, folder)) })
    }
}

fn stage(asked: &Load, target: &Target, lines: Vec<String>) -> Result<Stage, Failure> {
    let host = target.server.to_string();
    Ok(Stage {
        server: target.server,
        connections: asked.connections,
        mold: Mold::new(host, &target.keys, Clock::wall())?,
        picker: Picker::new(asked.spread, asked.customers, Entropy::seeded(asked.seed)),
        run: Entropy::system().text(RUN_LENGTH),
        redeem_share: asked.redeem_share,
        batch: asked.batch,
        lines,
        next: AtomicU64::new(0),
        sold: AtomicU64::new(0),
    })
}

/// Registers who will buy; how many they are.
async fn register(asked: &Load, stage: &Arc<Stage>) -> Result<u64, Failure> {
    let phones: Vec<String> = buyers(&stage.lines)?.into_iter().collect();
    let count = if phones.is_empty() { u64::from(asked.customers) } else { count_of(&phones) };
    let bar = bar(count, "customers");
    let made_up = phones.is_empty();
    let phone = move |number: u64| {
        if made_up {
            return Some(number).filter(|number| *number < count).map(phone_of);
        }
        usize::try_from(number).ok().and_then(|index| phones.get(index).cloned())
    };
    let tally = stage.register(Arc::new(phone), &bar).await?;
    bar.finish_and_clear();
    if tally.refused.is_empty() {
        return Ok(count);
    }
    Err(Failure::Refused(format!("customers could not be registered: {:?}", tally.refused)))
}

/// Warms up, then measures the parts in turn: sales, no-op, sales, no-op.
async fn measure(
    asked: &Load,
    stage: &Arc<Stage>,
    own: Option<&OwnServer>,
) -> Result<Told, Failure> {
    let part = Duration::from_secs(asked.seconds);
    let rounds = if asked.file.is_some() { 1 } else { asked.rounds };
    let mut answer_bytes = 0;
    if asked.warm_seconds > 0 && asked.file.is_none() {
        let bar = bar(0, "sales, warming up");
        let warm = Duration::from_secs(asked.warm_seconds);
        let warmed = stage.measure(Part::Sales, || pace(asked, warm), &bar).await?;
        answer_bytes = warmed.tally.bytes.checked_div(warmed.tally.answered).unwrap_or_default();
        bar.finish_and_clear();
    }
    let (mut sales, mut no_ops): (Vec<Measured>, Vec<Measured>) = (Vec::new(), Vec::new());
    let (mut cpu, mut no_op_cpu) = (0_u64, 0_u64);
    for _ in 0..rounds {
        let (measured, used) = one(asked, stage, Part::Sales, part, own).await?;
        sales.push(measured);
        cpu = cpu.saturating_add(used.unwrap_or_default());
        if asked.baseline {
            let part_of = Part::NoOp { answer_bytes };
            let (measured, used) = one(asked, stage, part_of, part, own).await?;
            no_ops.push(measured);
            no_op_cpu = no_op_cpu.saturating_add(used.unwrap_or_default());
        }
    }
    let known = |cpu: u64| Some(cpu).filter(|_| own.is_some_and(|own| own.cpu_micros().is_some()));
    let mut told = Told {
        connections: asked.connections,
        customers: 0,
        seconds: asked.seconds,
        rate: asked.rate,
        batch: asked.batch,
        sales: PartTold::of(&sales, known(cpu)),
        no_op: asked.baseline.then(|| PartTold::of(&no_ops, known(no_op_cpu))),
        ratio_hundredths: None,
        ratios_hundredths: Vec::new(),
        disk_us: None,
        server_resident_kib: None,
        disk_bytes_per_sale: None,
    };
    told.compare();
    Ok(told)
}

/// One part, and the CPU time that the server used for it.
async fn one(
    asked: &Load,
    stage: &Arc<Stage>,
    part: Part,
    lasts: Duration,
    own: Option<&OwnServer>,
) -> Result<(Measured, Option<u64>), Failure> {
    let bar = bar(0, if part == Part::Sales { "sales" } else { "no-ops" });
    let before = own.and_then(OwnServer::cpu_micros);
    let measured = stage.measure(part, || pace(asked, lasts), &bar).await?;
    let after = own.and_then(OwnServer::cpu_micros);
    bar.finish_and_clear();
    let used = before.zip(after).map(|(before, after)| after.saturating_sub(before));
    Ok((measured, used))
}

fn pace(asked: &Load, lasts: Duration) -> Pace {
    match asked.rate {
        Some(rate) => Pace::open(lasts, rate),
        None => Pace::closed(lasts),
    }
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

async fn create_chain(server: &OwnServer) -> Result<Credentials, Failure> {
    let settings = settings_file::parse(CHAIN).map_err(Failure::Differs)?;
    let request = requests::create_tenant(CHAIN_NAME, Some(&settings))?;
    let gateway = Gateway::to_server(&server.operator_url, server.operator_token.clone())?;
    gateway.call(request).await?.read()
}

fn address_of(url: &str) -> Result<SocketAddr, Failure> {
    let unusable = || {
        Failure::Usage(format!("--url must be http://HOST:PORT of a public listener, not {url:?}"))
    };
    let host = url.strip_prefix("http://").ok_or_else(unusable)?.trim_end_matches('/');
    let mut found = host.to_socket_addrs().map_err(|_| unusable())?;
    found.next().ok_or_else(unusable)
}

fn read_keys(path: &Path) -> Result<Credentials, Failure> {
    let text = read(path)?;
    serde_json::from_str(&text).map_err(|error| {
        let shown = path.display();
        Failure::Usage(format!("{shown} is not what `tenant create --json` prints: {error}"))
    })
}

fn read_lines(path: &Path) -> Result<Vec<String>, Failure> {
    let lines: Vec<String> =
        read(path)?.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect();
    if lines.is_empty() {
        return Err(Failure::Usage(format!("{} holds no sale", path.display())));
    }
    Ok(lines)
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path)
        .map_err(|error| Failure::Usage(format!("cannot read {}: {error}", path.display())))
}

/// Who buys in these sales.
fn buyers(lines: &[String]) -> Result<BTreeSet<String>, Failure> {
    let mut phones = BTreeSet::new();
    for (index, line) in lines.iter().enumerate() {
        let buyer: Buyer = serde_json::from_str(line).map_err(|error| {
            let number = index.saturating_add(1);
            Failure::Usage(format!("line {number} of the file is not a sale: {error}"))
        })?;
        phones.insert(buyer.client_phone);
    }
    Ok(phones)
}

fn count_of(phones: &[String]) -> u64 {
    u64::try_from(phones.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chain_of_the_load_is_a_settings_file() {
        let settings = settings_file::parse(CHAIN).unwrap();
        assert_eq!(settings["welcome_bonus"], "1000.00");
    }

    #[test]
    fn a_file_must_be_sales() {
        let lines =
            ["{\"client_phone\":\"+992900000001\"}", "{\"client_phone\":\"+992900000001\"}"];
        let lines: Vec<String> = lines.map(str::to_owned).to_vec();
        assert_eq!(buyers(&lines).unwrap().len(), 1);
        let failure = buyers(&["{}".to_owned()]).unwrap_err();
        assert!(failure.to_string().contains("line 1"), "{failure}");
    }

    #[test]
    fn an_address_is_one_of_plain_http() {
        assert_eq!(address_of("http://127.0.0.1:8081/").unwrap().port(), 8_081);
        assert!(address_of("https://127.0.0.1:8081").is_err());
        assert!(address_of("http://127.0.0.1").is_err());
    }
}
