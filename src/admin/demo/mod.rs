//! `kopilka demo`: a year of real sales through the whole house over real HTTP, then the proof.
//! Its engine runs on a clock that is moved along the dates of the sales.

mod client;
mod curl;
mod figures;
mod goods_back;
mod phones;
mod posting;
mod sales;
mod visit;
mod wire;

use crate::admin::cli::Demo;
use crate::admin::demo::client::{Credentials, Till};
use crate::admin::demo::figures::{Books, Figures};
use crate::admin::demo::posting::Posting;
use crate::admin::demo::sales::Year;
use crate::admin::exit::Failure;
use crate::admin::serve::{Served, gateway_to, open, until_asked_to_stop};
use crate::admin::{logging, requests, settings_file, terminal, verification};
use crate::engine::{Clock, House, HouseOptions, Stopwatch};
use crate::values::TenantId;
use std::fs;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

const CHAIN: &str = include_str!("../../../data/demo-chain.toml");
const CHAIN_NAME: &str = "Demo chain";
const PARENT: &str = "data";
/// Most demo folders that are looked past for a free number.
const FOLDERS_MAX: u32 = 10_000;
const CLOSE_MAX: Duration = Duration::from_secs(60);
const LOG: &str = "warn";

/// What the show came to.
struct Show {
    figures: Figures,
    books: Books,
    credentials: Credentials,
    address: SocketAddr,
}

pub(super) async fn run(asked: &Demo) -> Result<(), Failure> {
    logging::start(LOG)?;
    let clock = Clock::wall();
    let year = Arc::new(Year::shipped().ending_before(clock.now()));
    let folder = new_folder(Path::new(PARENT))?;
    terminal::say(&format!(
        "a year of sales, {} times over, into {}",
        asked.copies,
        folder.display()
    ));
    clock.set(year.begins());
    let show = play(asked, &year, &clock, &folder).await?;
    clock.hand_to_wall();
    let proof = prove(&show, &folder);
    let house = open(options(&folder, &clock)).await?;
    let served = Served::with_public_door(house, show.address).await?;
    terminal::say(&curl::ready_to_paste(&show.credentials, show.address, &year));
    if !asked.exit {
        if let Err(failure) = &proof {
            terminal::complain(&failure.to_string());
        }
        terminal::say(&format!("serving on http://{} until Ctrl-C", show.address));
        until_asked_to_stop().await?;
    }
    served.close(CLOSE_MAX).await?;
    proof
}

/// Serves a new chain, posts the year to it, prints the summary and closes.
async fn play(
    asked: &Demo,
    year: &Arc<Year>,
    clock: &Clock,
    folder: &Path,
) -> Result<Show, Failure> {
    let house = open(options(folder, clock)).await?;
    let credentials = create_chain(&house).await?;
    let listen = asked.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)));
    let served = Served::with_public_door(house, listen).await?;
    let address = served.public_address().unwrap_or(listen);
    terminal::say(&format!("serving on http://{address}"));
    let till = Till::new(address, credentials.clone(), clock.clone(), asked.connections)?;
    let posting = Posting {
        year,
        copies: asked.copies,
        connections: asked.connections,
        till: &till,
        house: &served.house,
    };
    let stopwatch = Stopwatch::start();
    let figures = posting.all().await?;
    let took = stopwatch.elapsed();
    let books = figures.books(posting.close().await?)?;
    terminal::say(&figures.summary(&books, year.left_out, asked.copies, took));
    drop(till);
    served.close(CLOSE_MAX).await?;
    Ok(Show { figures, books, credentials, address })
}

/// Reads the journal anew and holds it against what the answers told.
fn prove(show: &Show, folder: &Path) -> Result<(), Failure> {
    let verified = verification::verify(folder)?;
    terminal::say(&verified.covered);
    let tenant = TenantId(show.credentials.tenant_id);
    let journaled = verified.books.get(&tenant);
    let differences = match journaled {
        Some(journaled) => show.books.differences(&Books::of_journal(journaled)?),
        None => vec!["the journal has no books of the demo chain".to_owned()],
    };
    let unexpected = show.figures.told.iter().map(|refused| {
        format!("an answer was not expected: {} ({})", refused.code, refused.reason)
    });
    let wrong: Vec<String> =
        verified.difference.into_iter().chain(differences).chain(unexpected).collect();
    if wrong.is_empty() {
        terminal::say("the answers and the journal agree to the cent");
        return Ok(());
    }
    Err(Failure::Differs(wrong.join("; ")))
}

async fn create_chain(house: &House) -> Result<Credentials, Failure> {
    let settings = settings_file::parse(CHAIN).map_err(Failure::Differs)?;
    let request = requests::create_tenant(CHAIN_NAME, Some(&settings))?;
    gateway_to(house).call(request).await?.read()
}

fn options(folder: &Path, clock: &Clock) -> HouseOptions {
    HouseOptions { clock: clock.clone(), ..HouseOptions::new(folder.to_path_buf()) }
}

/// Makes the first `demo-N` that is free.
fn new_folder(parent: &Path) -> Result<PathBuf, Failure> {
    let failed = |path: &Path, error: &std::io::Error| {
        Failure::DataDir(format!("cannot make {}: {error}", path.display()))
    };
    fs::create_dir_all(parent).map_err(|error| failed(parent, &error))?;
    for number in 1..=FOLDERS_MAX {
        let folder = parent.join(format!("demo-{number}"));
        match fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(&folder, &error)),
        }
    }
    Err(Failure::DataDir(format!("{} has {FOLDERS_MAX} demo folders", parent.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_demo_has_a_folder_of_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let parent = dir.path().join("data");
        assert_eq!(new_folder(&parent), Ok(parent.join("demo-1")));
        assert_eq!(new_folder(&parent), Ok(parent.join("demo-2")));
        fs::remove_dir(parent.join("demo-1")).unwrap();
        assert_eq!(new_folder(&parent), Ok(parent.join("demo-1")));
    }

    #[test]
    fn the_demo_chain_is_a_settings_file() {
        let settings = settings_file::parse(CHAIN).unwrap();
        assert_eq!(settings["redeem_hold_seconds"], 7 * 86_400);
        assert_eq!(settings["expire_after_days"], 180);
        assert_eq!(settings["time_zone"], "Europe/London");
    }
}
