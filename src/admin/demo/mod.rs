//! `kopilka demo`: a year of real sales through the whole house over real HTTP, then the proof.
//! Its engine runs on a clock that is moved along the dates of the sales.

mod at_once;
mod attempt;
mod client;
mod connections;
mod curl;
mod figures;
mod goods_back;
mod grocery;
mod inbox;
mod phones;
mod posting;
mod registration;
mod sales;
mod visit;
mod wire;

pub(in crate::admin) use client::{AUTH_PATH, Credentials, SALE_PATH};

use crate::admin::cli::{Demo, DemoDialect};
use crate::admin::couriers::{WaysOut, printed};
use crate::admin::demo::client::Till;
use crate::admin::demo::connections::Connections;
use crate::admin::demo::figures::{Books, Figures};
use crate::admin::demo::grocery::Groceries;
use crate::admin::demo::inbox::Inbox;
use crate::admin::demo::posting::Posting;
use crate::admin::demo::sales::Year;
use crate::admin::exit::Failure;
use crate::admin::logging::LogFormat;
use crate::admin::serve::{Entrance, Served, gateway_to, open};
use crate::admin::stop_signals::StopSignals;
use crate::admin::verification::{ClosedLedger, books_of, for_people};
use crate::admin::{folders, logging, requests, settings_file, terminal};
use crate::api::VerifyDocument;
use crate::courier::SentSms;
use crate::engine::{Clock, House, HouseOptions, Stopwatch};
use crate::journal::Proof;
use crate::values::TenantId;
use serde::de::DeserializeOwned;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const CHAIN: &str = include_str!("../../../data/demo-chain.toml");
const CHAIN_NAME: &str = "Demo chain";
const PARENT: &str = "data";
const FOLDER: &str = "demo";
const CLOSE_MAX: Duration = Duration::from_secs(60);
const LOG: &str = "warn";

/// Whose year is posted.
enum Story {
    GiftWare(Arc<Year>),
    Grocery(Arc<Groceries>),
}

/// Where a year is posted.
struct Stage<'a> {
    asked: &'a Demo,
    /// Stands where the demo puts its clock.
    house: &'a House,
    address: SocketAddr,
    /// Where customers who register with a code read it.
    inbox: &'a Inbox,
}

/// What the answers told.
struct Told {
    tenant: TenantId,
    figures: Figures,
    books: Books,
    /// What proves every answer that wrote something.
    receipts: Vec<Proof>,
    /// The figures as they are printed.
    summary: String,
    /// The chain's keys, and a sale to paste into a shell.
    paste: String,
}

/// What the show came to.
struct Show {
    told: Told,
    address: SocketAddr,
}

impl Story {
    /// A year of sales, or its beginning, moved so that it ended yesterday.
    fn of(asked: &Demo, clock: &Clock) -> Self {
        let now = clock.now();
        let count = asked.sales.map_or(usize::MAX, usize::from);
        match asked.dialect {
            DemoDialect::Bonex => {
                Self::GiftWare(Arc::new(Year::shipped().first(count).ending_before(now)))
            }
            DemoDialect::BonusPlus => {
                Self::Grocery(Arc::new(Groceries::shipped().first(count).ending_before(now)))
            }
        }
    }

    fn year(&self) -> &Year {
        match self {
            Self::GiftWare(year) => year,
            Self::Grocery(groceries) => &groceries.year,
        }
    }

    async fn tell(&self, stage: &Stage<'_>) -> Result<Told, Failure> {
        match self {
            Self::GiftWare(year) => tell_of_gift_ware(stage, year).await,
            Self::Grocery(groceries) => grocery::tell(stage, groceries).await,
        }
    }
}

pub(super) async fn run(asked: &Demo) -> Result<(), Failure> {
    let _exported = logging::start(LOG, LogFormat::Text)?;
    let clock = Clock::wall();
    let story = Story::of(asked, &clock);
    let folder = folders::new_folder(Path::new(PARENT), FOLDER)?;
    terminal::say(&format!(
        "a year of sales, {} times over, into {}",
        asked.copies,
        folder.display()
    ));
    clock.set(story.year().begins());
    let show = play(asked, &story, &clock, &folder).await?;
    clock.hand_to_wall();
    let proof = prove(&show.told, &folder);
    let house = open(options(&folder, &clock)).await?;
    let served = serve(house, show.address, printed()).await?;
    terminal::say(&show.told.paste);
    if !asked.exit {
        if let Err(failure) = &proof {
            terminal::complain(&failure.to_string());
        }
        let stop = StopSignals::listen()?;
        terminal::say(&format!("serving on http://{} until Ctrl-C", show.address));
        stop.come().await?;
    }
    served.close(CLOSE_MAX).await?;
    proof
}

/// Serves a new chain, posts the year to it, prints the summary and closes.
async fn play(asked: &Demo, story: &Story, clock: &Clock, folder: &Path) -> Result<Show, Failure> {
    let house = open(options(folder, clock)).await?;
    let listen = asked.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)));
    let inbox = Inbox::new();
    let served = serve(house, listen, inbox.sent()).await?;
    let address = served.public_address().unwrap_or(listen);
    terminal::say(&format!("serving on http://{address}"));
    let stage = Stage { asked, house: &served.house, address, inbox: &inbox };
    let told = story.tell(&stage).await?;
    terminal::say(&told.summary);
    tell_messages(&inbox);
    served.close(CLOSE_MAX).await?;
    Ok(Show { told, address })
}

async fn tell_of_gift_ware(stage: &Stage<'_>, year: &Arc<Year>) -> Result<Told, Failure> {
    let Demo { copies, connections, .. } = *stage.asked;
    let credentials: Credentials = create_chain(stage.house, CHAIN).await?;
    let clock = stage.house.clock().clone();
    let http = Connections::new(stage.address, connections)?;
    let till = Till::new(http.clone(), credentials.clone(), clock);
    let (inbox, house) = (stage.inbox, stage.house);
    let posting = Posting { year, copies, connections, till: &till, inbox, house };
    let stopwatch = Stopwatch::start();
    let figures = posting.all().await?;
    let took = stopwatch.elapsed();
    let books = figures.books(posting.close().await?)?;
    Ok(Told {
        tenant: TenantId(credentials.tenant_id),
        receipts: http.receipts(),
        summary: figures.summary(&books, year.left_out, copies, took),
        paste: curl::ready_to_paste(&credentials, stage.address, year),
        figures,
        books,
    })
}

/// Opens the public door and lets the couriers keep in `sent` what they would send.
async fn serve(house: House, listen: SocketAddr, sent: SentSms) -> Result<Served, Failure> {
    let ways = WaysOut::kept_in(sent)?;
    let mut served = Served::with_public_door(house, listen, Entrance::default()).await?;
    served.start_couriers(ways);
    Ok(served)
}

/// Shows the login codes with which customers registered; their phones are made up.
fn tell_messages(inbox: &Inbox) {
    let told = inbox.told();
    terminal::say(&format!(
        "{} customers registered in an app; the log gateway \"sent\":",
        told.len()
    ));
    for message in told {
        terminal::say(&format!("  {message}"));
    }
    terminal::say("");
}

/// Reads the journal anew and holds it against what the answers told.
fn prove(told: &Told, folder: &Path) -> Result<(), Failure> {
    let ledger = ClosedLedger::open(folder)?;
    let report = ledger.verify()?;
    let found = VerifyDocument::from(&report);
    terminal::say(&for_people(&found));
    let books = books_of(&report)?;
    let journaled = books.get(&told.tenant);
    let differences = match journaled {
        Some(journaled) => told.books.differences(&Books::of_journal(journaled)?),
        None => vec!["the journal has no books of the demo chain".to_owned()],
    };
    let unexpected = told.figures.told.iter().map(|refused| {
        format!("an answer was not expected: {} ({})", refused.code, refused.reason)
    });
    let receipts = ledger.receipts(&told.receipts)?;
    terminal::say(&format!(
        "of {} receipts that the answers carried, {} are in the journal",
        told.receipts.len(),
        receipts.present
    ));
    let lost = receipts.holes.into_iter().map(|hole| hole.sentence);
    let difference = found.difference.map(|difference| difference.sentence);
    let wrong: Vec<String> =
        difference.into_iter().chain(differences).chain(unexpected).chain(lost).collect();
    if wrong.is_empty() {
        terminal::say("the answers and the journal agree to the cent");
        return Ok(());
    }
    Err(Failure::Differs(wrong.join("; ")))
}

/// Creates the demo chain with these settings; what it was given, as the caller wants to know it.
async fn create_chain<T: DeserializeOwned>(house: &House, settings: &str) -> Result<T, Failure> {
    let settings = settings_file::parse(settings).map_err(Failure::Differs)?;
    let request = requests::create_tenant(CHAIN_NAME, Some(&settings))?;
    gateway_to(house).call(request).await?.read()
}

fn options(folder: &Path, clock: &Clock) -> HouseOptions {
    HouseOptions { clock: clock.clone(), ..HouseOptions::new(folder.to_path_buf()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_chain_is_a_settings_file() {
        let settings = settings_file::parse(CHAIN).unwrap();
        assert_eq!(settings["redeem_hold_seconds"], 7 * 86_400);
        assert_eq!(settings["expire_after_days"], 180);
        assert_eq!(settings["time_zone"], "Europe/London");
    }
}
