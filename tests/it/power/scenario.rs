//! What the program is used for while it is recorded: a chain with its customers and their sales, restarts, copies
//! of all kinds, a customer who is forgotten; and what of it was told to somebody.

use crate::chance::Chance;
use crate::house::Shop;
use crate::power::facts::Fact;
use crate::power::recording::Recording;
use crate::process::{Server, http_client, kopilka, stderr, stdout};
use crate::witness::ask_signed;
use serde_json::{Value, json};

const CUSTOMERS: u64 = 4;
/// Sales of each session of a server.
const SALES: u64 = 12;
/// Short sessions: enough that runs of the tables are merged.
const ADJUSTMENTS: u64 = 4;
/// Where copies lie, in the recorded folder.
pub(super) const LEDGER: &str = "ledger";
pub(super) const ARCHIVE: &str = "archive";
pub(super) const SHELF: &str = "copies";

/// Somebody who uses the program.
struct Till<'a> {
    recording: &'a Recording,
    shop: Shop,
    client: reqwest::Client,
    chance: Chance,
    sold: u64,
    /// The newest event that was told.
    last_event: u64,
}

pub(super) fn phone(customer: u64) -> String {
    format!("+99290{:07}", 4_000_000 + customer)
}

/// Plays all of it.
pub(super) async fn play(recording: &Recording, chance: Chance) {
    let shop = chain(recording);
    let client = http_client();
    let mut till = Till { recording, shop, client, chance, sold: 0, last_event: 0 };
    let server = till.serve();
    for customer in 0..CUSTOMERS {
        till.register(&server, customer).await;
    }
    till.session(&server).await;
    let first = till.snapshot(&server, &[]);
    till.session(&server).await;
    till.forget(&server);
    till.operator(&server);
    till.until_archived(&server);
    assert_eq!(server.terminate(), Some(0));
    for count in 1..=ADJUSTMENTS {
        till.adjust(count);
    }
    let server = till.serve();
    till.register(&server, CUSTOMERS).await;
    till.session(&server).await;
    let second = till.snapshot(&server, &["--incremental"]);
    till.session(&server).await;
    let last = till.snapshot(&server, &[]);
    till.prune(&server, &[first, second]);
    till.until_archived(&server);
    assert_eq!(server.terminate(), Some(0));
    till.copy_whole(&last);
    till.last_session().await;
}

/// A chain in a new data directory.
fn chain(recording: &Recording) -> Shop {
    let ledger = recording.path(LEDGER);
    let made =
        recording.run(&["tenant", "create", "--name", "Cut off", "--json", "--data-dir", &ledger]);
    let made: Value = serde_json::from_str(&stdout(&made)).unwrap();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    let shop = Shop {
        id: made["tenant_id"].as_u64().unwrap(),
        token: text("tenant_token"),
        secret: text("partner_secret"),
        key: text("bonusplus_key"),
    };
    recording.tell(&Fact::Shop(shop.clone()).to_json());
    shop
}

impl Till<'_> {
    fn tell(&self, fact: &Fact) {
        self.recording.tell(&fact.to_json());
    }

    fn serve(&self) -> Server {
        let (archive, shelf) = (self.recording.path(ARCHIVE), self.recording.path(SHELF));
        let rhythm = ["--checkpoint-seconds", "1", "--idle-seconds", "1"];
        let copies = ["--archive-dir", &archive, "--snapshot-dir", &shelf];
        let server = self.recording.serve(&[rhythm, copies].concat());
        let token = std::fs::read_to_string(self.token_file()).unwrap();
        self.tell(&Fact::OperatorToken(token));
        server
    }

    fn token_file(&self) -> String {
        self.recording.path("ledger/operator.token")
    }

    async fn ask(&mut self, server: &Server, path: &str, body: &Value, key: Option<&str>) {
        let asked = (path, body);
        let answer = ask_signed(&self.client, &server.public, &self.shop, asked, key).await;
        let answer = answer.unwrap();
        assert!(matches!(answer.status, 200 | 201), "{}", answer.body);
        let receipt = answer.receipt.unwrap();
        let (event, hash) = receipt.split_once(' ').unwrap();
        self.last_event = event.parse().unwrap();
        self.tell(&Fact::Receipt(self.last_event, hash.to_owned()));
    }

    async fn register(&mut self, server: &Server, customer: u64) {
        let name = format!("Customer {customer}");
        let body = json!({"phone": phone(customer), "full_name": name});
        self.ask(server, "/partner/auth", &body, None).await;
        self.tell(&Fact::Customer(phone(customer), name));
    }

    /// Some sales, and what else tills do, of those who are not told elsewhere how much they have.
    async fn session(&mut self, server: &Server) {
        for _ in 0..SALES {
            let customer = 2 + self.chance.below(CUSTOMERS - 2);
            let id = format!("s-{}", self.sold);
            self.sold += 1;
            let sale = json!({
                "client_phone": phone(customer), "total_amount": 50 + self.chance.below(500),
                "external_sale_id": id, "lines": [{"sku": "a", "line_amount": 20}],
            });
            self.ask(server, "/partner/sale", &sale, Some(&id)).await;
        }
    }

    /// Has a running server do something; what it said.
    fn operate(&self, server: &Server, words: &[&str]) -> String {
        let token = self.token_file();
        let way_in = ["--url", &server.operator, "--token-file", &token];
        let output = kopilka(&[words, &way_in].concat());
        assert!(output.status.success(), "{words:?}: {}", stderr(&output));
        stdout(&output)
    }

    /// A snapshot of a running server; its name.
    fn snapshot(&self, server: &Server, more: &[&str]) -> String {
        let words = [&["snapshot", "create", "--json"], more].concat();
        let made: Value = serde_json::from_str(&self.operate(server, &words)).unwrap();
        let name = made["name"].as_str().unwrap().to_owned();
        self.tell(&Fact::Snapshot(name.clone()));
        name
    }

    /// Has all snapshots removed but the newest.
    fn prune(&self, server: &Server, older: &[String]) {
        for name in older {
            self.tell(&Fact::AskedToPrune(name.clone()));
        }
        self.operate(server, &["snapshot", "prune", "--keep", "1"]);
        let shelf = self.recording.disk.join(SHELF);
        assert!(older.iter().all(|name| !shelf.join(name).exists()));
    }

    fn forget(&self, server: &Server) {
        let (tenant, phone) = (self.shop.id.to_string(), phone(1));
        self.tell(&Fact::AskedToForget(phone.clone()));
        let words = ["customer", "forget", "--tenant", &tenant, "--customer", &phone];
        self.operate(server, &[&words[..], &["--reason", "letter", "--yes"]].concat());
        self.tell(&Fact::Forgotten(phone));
    }

    fn operator(&self, server: &Server) {
        self.operate(server, &["operator", "add", "anna", "--role", "auditor"]);
        self.tell(&Fact::Operator("anna".to_owned()));
    }

    /// One bonus more for the first customer, in a session of its own.
    fn adjust(&self, count: u64) {
        let (ledger, tenant, phone) =
            (self.recording.path(LEDGER), self.shop.id.to_string(), phone(0));
        let who = ["adjust", "--data-dir", &ledger, "--tenant", &tenant, "--customer", &phone];
        self.recording.run(&[&who[..], &["--amount", "1.00", "--reason", "kind"]].concat());
        self.tell(&Fact::Adjusted(count));
    }

    /// Waits until the server says that the archive has all that was told.
    fn until_archived(&self, server: &Server) {
        let archived = || {
            let told = self.operate(server, &["archive", "status", "--json"]);
            serde_json::from_str::<Value>(&told).unwrap()["last_event"].as_u64().unwrap()
        };
        while archived() < self.last_event {}
        self.tell(&Fact::Archived(self.last_event));
    }

    /// A data directory restored of copies, and one that is written anew.
    fn copy_whole(&self, snapshot: &str) {
        let path = |name: &str| self.recording.path(name);
        let snapshot = format!("{}/{snapshot}", path(SHELF));
        let (key, archive) = (path("ledger/master.key"), path(ARCHIVE));
        let sources = ["--from", &snapshot, "--archive", &archive, "--master-key", &key];
        let into = path("restored");
        self.recording.run(&[&["restore", "--data-dir", &into][..], &sources].concat());
        self.tell(&Fact::Whole("restored".to_owned()));
        let (ledger, sealed) = (path(LEDGER), path("resealed"));
        self.recording.run(&["reseal", "--data-dir", &ledger, "--into", &sealed]);
        self.tell(&Fact::Whole("resealed".to_owned()));
    }

    /// The tables made anew, and another session on them.
    async fn last_session(&mut self) {
        self.recording.run(&["rebuild", "--data-dir", &self.recording.path(LEDGER)]);
        let server = self.serve();
        self.session(&server).await;
        assert_eq!(server.terminate(), Some(0));
    }
}
