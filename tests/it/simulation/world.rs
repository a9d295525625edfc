//! A house in a simulation beside the naive tenant: asked, killed, restored, and compared.

use super::checks::{cents, check_answer, check_has};
use super::deed::Deed;
use super::disk::{Disk, Fate};
use super::draw::rules;
use super::life::Life;
use super::naive::Naive;
use super::requests::{Names, phone_of, settings};
use crate::asking::{Answer, Ask};
use crate::chance::Chance;
use crate::house::{START, Shop, TestHouse, options};
use crate::mains::Mains;
use kopilka::engine::{Clock, Entropy, HouseOptions};
use kopilka::values::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;
use tempfile::TempDir;

/// How often it is looked whether a house is back.
const LOOKS_EVERY: Duration = Duration::from_millis(1);

/// Why a simulation stopped.
pub(super) type Fails = Result<(), String>;

/// The same request as it was answered once.
pub(super) struct Told {
    pub(super) deed: Deed,
    /// Whom it was about, if it named them.
    pub(super) person: Option<usize>,
    pub(super) key: String,
    pub(super) asked_at: i64,
    pub(super) status: u16,
    pub(super) body: Value,
}

pub(super) struct World {
    house: Option<TestHouse>,
    pub(super) mains: Mains,
    pub(super) disk: Disk,
    pub(super) shop: Shop,
    pub(super) naive: Naive,
    pub(super) clock: Clock,
    /// The latest instant of anything that was done.
    latest: i64,
    pub(super) names: Names,
    pub(super) told: Vec<Told>,
    seed: u64,
    openings: u64,
    /// Whether an archive follows it.
    has_archive: bool,
}

impl World {
    /// A chain with its rules, whose customers bring one another where news may be brought.
    pub(super) async fn new(life: &Life, chance: &mut Chance) -> Self {
        let clock = Clock::standing(Timestamp::parse_rfc3339(START).unwrap());
        let disk = Disk::new();
        let mains = Mains::default();
        let mut world = Self {
            house: None,
            mains,
            disk,
            shop: Shop { id: 0, token: String::new(), secret: String::new(), key: String::new() },
            naive: Naive::new(life.sweeps),
            clock,
            latest: 0,
            names: Names::new(),
            told: Vec::new(),
            seed: life.seed,
            openings: 0,
            has_archive: life.archives,
        };
        world.open().await.unwrap();
        let first = rules(chance, 0);
        world.shop = world.house().shop(settings(&first)).await;
        world.naive.rules.push(first);
        world.issue_coupon(chance).await;
        if chance.below(2) == 0 {
            world.promote().await;
        }
        world
    }

    /// What a receipt's second line earns counts twice, however early it was sold.
    async fn promote(&mut self) {
        let document = json!({
            "name": "Double", "type": "sku_multiplier", "starts_at": "2026-01-01T00:00:00Z",
            "condition": {"skus": ["s-1"]}, "reward": {"multiplier": "2"},
        });
        let path = format!("/tenants/{}/promotions", self.shop.id);
        let set = self.operate(("POST", &path), document, "").await;
        assert_eq!(set.status, 201, "{set:?}");
        self.naive.has_promotion = true;
    }

    async fn issue_coupon(&mut self, chance: &mut Chance) {
        let uses = 1 + chance.below(3);
        let issued = crate::vouchers::coupons(
            self.house(),
            &self.shop,
            json!({"codes": ["K"], "uses_max": uses}),
        );
        assert_eq!(issued.await.status, 201);
        self.naive.coupons.insert("K".to_owned(), i64::try_from(uses).unwrap());
    }

    pub(super) fn has_archive(&self) -> bool {
        self.has_archive
    }

    pub(super) fn house(&self) -> &TestHouse {
        self.house.as_ref().unwrap()
    }

    /// Opens what is on the disk.
    pub(super) async fn open(&mut self) -> Fails {
        self.openings += 1;
        let folder = TempDir::new_in(self.disk.root()).unwrap();
        let options = HouseOptions {
            clock: self.clock.clone(),
            entropy: Entropy::seeded(self.seed.wrapping_add(self.openings << 48)),
            log: Some(self.mains.factory()),
            cache_bytes: 1 << 20,
            keys_at_once: 16,
            archive_dir: self.has_archive.then(|| self.disk.archive()),
            arbiters: 1,
            ..options(&self.disk.ledger())
        };
        let opened = TestHouse::try_open(folder, options).await;
        self.house = Some(opened.map_err(|error| format!("it does not open: {error}"))?);
        self.disk.keep();
        Ok(())
    }

    /// Closes it as an operator would.
    pub(super) async fn close(&mut self) {
        self.house.take().unwrap().abandon().await;
    }

    /// Ends the simulation, however it stands.
    pub(super) async fn leave(mut self) {
        if self.house.is_some() {
            self.close().await;
        }
    }

    /// What the house takes the time for: its clock, but never before what was done.
    pub(super) fn now(&self) -> i64 {
        self.clock.now().millis().max(self.latest)
    }

    /// Does a deed in both worlds.
    pub(super) async fn live(&mut self, number: usize, deed: &Deed, fate: Fate) -> Fails {
        let key = format!("k-{number}");
        let now = self.now();
        let before = self.naive.clone();
        let expected = deed.live(&mut self.naive, now);
        let (answer, faults) = ask_until_told(self, deed, (&key, now), &before, fate).await?;
        let Some(answer) = answer else {
            self.naive = before;
            return Ok(());
        };
        if matches!(answer.status, 412 | 422) && !self.is_foretold(deed, now) {
            self.naive = before;
            return Ok(());
        }
        check_answer(deed, &answer, &expected, faults)?;
        if answer.status < 300 {
            self.latest = now;
            self.note(deed, key, now, answer);
        }
        if std::mem::take(&mut self.naive.has_news) {
            self.bring_news(fate).await?;
            for phone in self.phones(now) {
                self.compare(Some(phone)).await?;
            }
        }
        self.compare(deed.phone()).await
    }

    /// Whether it is known if there are bonuses enough.
    fn is_foretold(&self, deed: &Deed, now: i64) -> bool {
        let person = deed.phone().and_then(|phone| self.naive.who(phone, now));
        !deed.spends() || person.is_none_or(|person| self.naive.is_exact(person))
    }

    fn note(&mut self, deed: &Deed, key: String, asked_at: i64, answer: Answer) {
        if let Deed::SetAside { id, .. } = deed {
            let name = answer.body["data"]["id"].as_str().unwrap().to_owned();
            self.names.insert(id.clone(), name);
        }
        if let Deed::SellPlus(sale) = deed {
            self.names.insert(sale.id.clone(), answer.body["id"].to_string());
        }
        let Answer { status, body, .. } = answer;
        let person = deed.phone().and_then(|phone| self.naive.who(phone, asked_at));
        self.told.push(Told { deed: deed.clone(), person, key, asked_at, status, body });
    }

    /// Waits until a house that failed has opened itself again; `false` if its power is gone.
    pub(super) async fn is_back(&self) -> bool {
        while self.house().house.not_ready().is_some() {
            if self.mains.is_off() {
                return false;
            }
            // The cores belong to whoever opens it.
            tokio::time::sleep(LOOKS_EVERY).await;
        }
        if self.mains.is_off() {
            return false;
        }
        // What it wrote to open itself again is synced.
        self.disk.keep();
        true
    }

    /// The machine goes down where it stands, and comes up with what its disk held.
    pub(super) async fn come_up_again(&mut self, fate: Fate) -> Fails {
        let house = self.house.take().unwrap();
        house.abandon().await;
        self.disk.take_image(fate);
        self.mains.turn_on();
        self.open().await
    }

    /// Holds what the till sees of a customer against what the naive tenant has.
    async fn compare(&mut self, phone: Option<usize>) -> Fails {
        let Some(phone) = phone else { return Ok(()) };
        let now = self.now();
        let Some(person) = self.naive.who(phone, now) else { return Ok(()) };
        let expected = self.naive.has(person, now);
        let shown = self.shown(phone).await?;
        check_has(phone, &shown, &expected)
    }

    /// Everybody, and that the history of everybody adds up to what they have.
    pub(super) async fn compare_all(&mut self) -> Fails {
        let now = self.now();
        for phone in self.phones(now) {
            self.compare(Some(phone)).await?;
            let mut sum = 0;
            let mut page = 1;
            loop {
                let path = format!(
                    "/partner/client/{}/transactions?page={page}&per_page=50",
                    phone_of(phone).replace('+', "%2B")
                );
                let answer = self.till(Ask::get(&path)).await;
                let rows = answer.body["data"]["data"].as_array().cloned();
                let rows = rows.ok_or_else(|| format!("history of {phone}: {answer:?}"))?;
                sum += rows.iter().map(|row| cents(&row["amount"])).sum::<i64>();
                if answer.body["data"]["last_page"].as_i64() <= Some(page) {
                    break;
                }
                page += 1;
            }
            let balance = cents(&self.shown(phone).await?["bonus_balance"]);
            if balance != sum {
                return Err(format!("phone {phone} has {balance}, the history says {sum}"));
            }
        }
        for (code, balance) in &self.naive.cards {
            let path = format!("/tenants/{}/gift-cards/{code}", self.shop.id);
            let shown = self.operate(("GET", &path), Value::Null, "").await;
            let found = cents(&shown.body["data"]["balance"]);
            if found != *balance {
                return Err(format!("card {code} has {found} instead of {balance}"));
            }
        }
        Ok(())
    }

    /// Everybody's own phone.
    pub(super) fn phones(&self, now: i64) -> Vec<usize> {
        let people =
            (0..self.naive.people.len()).map(|person| (person, self.naive.people[person].phone));
        people
            .filter(|(person, phone)| self.naive.who(*phone, now) == Some(*person))
            .map(|(_, phone)| phone)
            .collect()
    }

    /// Steps back too far for anything to be done, and comes back.
    pub(super) async fn step_back(&mut self, deed: &Deed) -> Fails {
        let before = self.clock.now();
        self.clock.set(Timestamp::from_millis(self.latest - 5_001));
        let answer = self.ask(deed, "never", self.latest).await;
        self.clock.set(before);
        match answer {
            Some(answer) if self.latest > 0 && answer.status != 503 => {
                Err(format!("five seconds back: {answer:?}"))
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// Asks until there is an answer other than 503, through whatever happens to the house on the way. `None`: it
/// cannot be asked, or was given up after the machine went down with nothing done.
async fn ask_until_told(
    world: &mut World,
    deed: &Deed,
    (key, now): (&str, i64),
    before: &Naive,
    fate: Fate,
) -> Result<(Option<Answer>, usize), String> {
    let mut faults = 0;
    loop {
        let Some(answer) = world.ask(deed, key, now).await else { return Ok((None, faults)) };
        if answer.status != 503 {
            return Ok((Some(answer), faults));
        }
        faults += 1;
        if faults > 5 {
            return Err(format!("{deed:?}: {answer:?} again and again"));
        }
        if !world.is_back().await {
            world.come_up_again(fate).await?;
            let undone = world.check_once_or_not_at_all(deed, before).await?;
            if undone && fate.gives_up() {
                return Ok((None, faults));
            }
        }
    }
}

impl World {
    /// What was not answered is there or is not; whether it is certain that it is not.
    async fn check_once_or_not_at_all(
        &mut self,
        deed: &Deed,
        before: &Naive,
    ) -> Result<bool, String> {
        let Some(phone) = deed.phone() else { return Ok(false) };
        let now = self.now();
        let figures = |naive: &Naive| naive.who(phone, now).map(|person| naive.has(person, now));
        let (was, is) = (figures(before), figures(&self.naive));
        let (Some(was), Some(is)) = (was, is) else { return Ok(false) };
        let shown = self.shown(phone).await?;
        let undone = check_has(phone, &shown, &was);
        let done = check_has(phone, &shown, &is);
        match (undone, done) {
            (Err(undone), Err(done)) => {
                Err(format!("{deed:?} is there neither once ({done}) nor not at all ({undone})"))
            }
            (Ok(()), Err(_)) => Ok(was.bonuses.is_some() && deed.moves_value()),
            (_, Ok(())) => Ok(false),
        }
    }
}
