//! Sales with a gift card and a coupon, from many tills of both dialects at once, while the real server is
//! killed with SIGKILL again and again: each acknowledged sale is there whole, each other one whole or not
//! at all, and cards, coupons, customers and their histories tell the same.

use crate::bonusplus_frame::api_key;
use crate::chance::Chance;
use crate::house::{Shop, TestHouse, options, run};
use crate::process::{Server, http_client};
use crate::retail::amount;
use crate::vouchers::{coupons, issue};
use crate::vouchers_kill_books::Books;
use crate::witness::send_signed;
use kopilka::engine::{Clock, HouseOptions};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;
use tokio::task::JoinSet;

const ROUNDS: usize = 5;
const WORKERS: usize = 8;
/// The server is killed after so many acknowledgements of a round, at the most.
const KILL_WITHIN: u64 = 120;
/// Bonuses that every customer has at the beginning, in cents.
pub(crate) const GRANTED: u64 = 20_000;
pub(crate) const PHONES: [&str; 3] = ["+992901000001", "+992901000002", "+992901000003"];
/// What the gift cards are issued with, in cents: the second one is used up on the way.
pub(crate) const CARDS: [(&str, u64); 2] = [("rich", 10_000_000), ("poor", 30_000)];
/// How often the coupons can be used: the second one is used up on the way.
pub(crate) const COUPONS: [(&str, u64); 2] = [("often", 1_000_000), ("seldom", 40)];

/// Which contract a till speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Till {
    Bonex,
    BonusPlus,
}

/// A sale as a till asked for it, and what is known of its outcome.
#[derive(Debug, Clone)]
pub(crate) struct Deed {
    till: Till,
    /// The caller's own id, of one dialect alone.
    pub(crate) id: String,
    pub(crate) phone: &'static str,
    pub(crate) card: &'static str,
    pub(crate) coupon: &'static str,
    /// In cents: money that is paid, what the card pays, and bonuses.
    pub(crate) money: u64,
    pub(crate) gift: u64,
    pub(crate) bonuses: u64,
    /// Whether it was said to be done; `None`: the server died before it said anything.
    pub(crate) told: Option<bool>,
}

impl Deed {
    fn new(chance: &mut Chance, id: String) -> Self {
        let one_of = |chance: &mut Chance, names: [&'static str; 2]| {
            names[usize::from(chance.below(3) == 0)]
        };
        let phone = usize::try_from(chance.below(PHONES.len() as u64)).unwrap();
        Self {
            till: if chance.below(2) == 0 { Till::Bonex } else { Till::BonusPlus },
            id,
            phone: PHONES[phone],
            card: one_of(chance, CARDS.map(|(code, _)| code)),
            coupon: one_of(chance, COUPONS.map(|(code, _)| code)),
            money: 2_000 + chance.below(10_000),
            gift: 1 + chance.below(900),
            bonuses: chance.below(3) * chance.below(100),
            told: None,
        }
    }

    fn body(&self) -> Value {
        match self.till {
            Till::Bonex => json!({
                "client_phone": self.phone, "total_amount": amount(self.money),
                "gross_amount": amount(self.money + self.gift + self.bonuses),
                "bonus_redeem_amount": amount(self.bonuses), "external_sale_id": self.id,
                "gift_cards": [{"code": self.card, "amount": amount(self.gift)}],
                "coupons": [self.coupon],
            }),
            Till::BonusPlus => json!({
                "phone": self.phone, "bonusDebit": amount(self.bonuses), "externalId": self.id,
                "items": [{"sum": amount(self.money + self.gift + self.bonuses), "ext": self.id}],
                "giftCards": [{"id": self.card, "paymentSum": amount(self.gift)}],
                "coupons": [self.coupon],
            }),
        }
    }

    /// Sends it; what the server said, or nothing if it was gone.
    async fn send(&self, client: &reqwest::Client, server: &str, shop: &Shop) -> Option<bool> {
        let body = self.body();
        let status = match self.till {
            Till::Bonex => {
                let sent =
                    send_signed(client, server, shop, "/partner/sale", &body, Some(&self.id));
                sent.await?.0
            }
            Till::BonusPlus => {
                let request = client
                    .post(format!("{server}/api/retail"))
                    .header("authorization", api_key(&shop.key))
                    .body(body.to_string());
                let response = request.send().await.ok()?;
                let status = response.status().as_u16();
                response.bytes().await.ok()?;
                status
            }
        };
        assert!(matches!(status, 200 | 201 | 412 | 422), "{status}: {self:?}");
        Some(status < 300)
    }
}

/// Opens what a killed server left; a house in this process can be asked for all that there is.
async fn reopened(dir: TempDir) -> TestHouse {
    let data_dir = dir.path().join("ledger");
    let options = HouseOptions { clock: Clock::wall(), ..options(&data_dir) };
    TestHouse::open(dir, options).await
}

/// A shop with its customers, cards and coupons.
async fn opened() -> (TempDir, Shop) {
    let house = reopened(tempfile::tempdir().unwrap()).await;
    let shop = house.shop(json!({"redeem_hold_seconds": 0})).await;
    for phone in PHONES {
        house.log_in(&shop, phone).await;
        house.grant(&shop, phone, &amount(GRANTED).to_string()).await;
    }
    for (code, nominal) in CARDS {
        issue(&house, &shop, code, &amount(nominal).to_string()).await;
    }
    for (code, uses_max) in COUPONS {
        let terms = json!({"codes": [code], "uses_max": uses_max});
        assert_eq!(coupons(&house, &shop, terms).await.status, 201);
    }
    (house.close().await, shop)
}

/// Sends sales from many tills until so many were answered, then kills the server.
async fn load_and_kill(
    data_dir: &Path,
    shop: &Shop,
    round: usize,
    (chance, deeds): (&mut Chance, &mut Vec<Deed>),
) {
    // A short rhythm, so that kills also meet checkpoints and departures.
    let server = Server::start(data_dir, &["--checkpoint-seconds", "1", "--idle-seconds", "1"]);
    let client = http_client();
    for deed in deeds.iter_mut().filter(|deed| deed.told.is_none()) {
        deed.told = Some(deed.send(&client, &server.public, shop).await.unwrap());
    }
    let kill_after = usize::try_from(1 + chance.below(KILL_WITHIN)).unwrap();
    let answered = Arc::new(AtomicUsize::new(0));
    let mut workers = JoinSet::new();
    for worker in 0..WORKERS {
        let (shop, address, answered) = (shop.clone(), server.public.clone(), answered.clone());
        let mut chance = Chance::new(chance.next());
        workers.spawn(async move {
            let client = http_client();
            let mut deeds = Vec::new();
            loop {
                let mut deed = Deed::new(&mut chance, format!("{round}-{worker}-{}", deeds.len()));
                deed.told = deed.send(&client, &address, &shop).await;
                let gone = deed.told.is_none();
                deeds.push(deed);
                if gone {
                    return deeds;
                }
                answered.fetch_add(1, Ordering::AcqRel);
            }
        });
    }
    while answered.load(Ordering::Acquire) < kill_after {
        tokio::task::yield_now().await;
    }
    server.kill();
    deeds.extend(workers.join_all().await.into_iter().flatten());
}

#[test]
fn whatever_kills_the_server_a_sale_with_card_and_coupon_is_there_whole_or_not_at_all() {
    let mut chance = Chance::announced("gift cards and coupons under SIGKILL");
    run(async {
        let (mut dir, shop) = opened().await;
        let mut deeds: Vec<Deed> = Vec::new();
        for round in 0..ROUNDS {
            let data_dir = dir.path().join("ledger");
            load_and_kill(&data_dir, &shop, round, (&mut chance, &mut deeds)).await;
            let house = reopened(dir).await;
            Books::of(&house, &shop).await.check(&deeds);
            dir = house.close_and_verify().await;
        }
        let told = |told| deeds.iter().filter(|deed| deed.told == told).count();
        assert!(told(Some(true)) > 0 && told(None) > 0, "there was load, and it was cut off");
    });
}
