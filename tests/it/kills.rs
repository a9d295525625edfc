//! The real program killed with SIGKILL amid what takes longer: an import, on a closed ledger and through a
//! server, and the writing of the tables. Done again, everything is there once.

use crate::backup::{filled, kill_amid};
use crate::chance::Chance;
use crate::house::verify;
use crate::process::{Server, command, kopilka, stderr, stdout};
use crate::program::{Chain, chain};
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

const CUSTOMERS: u64 = 400;
/// Kills of each kind.
const KILLS: u64 = 5;
/// Rows that are imported at once, and how many of such batches may be on disk when the program dies.
const BATCH: usize = 7;
const BATCHES_MAX: u64 = 50;

/// Counts records as they become durable, by the mark that follows each.
struct Records {
    mark: PathBuf,
    last: RefCell<Vec<u8>>,
    wanted: Cell<u64>,
}

impl Records {
    /// Waits for so many of a ledger, from now on.
    fn of(ledger: &Path, wanted: u64) -> Self {
        let mark = ledger.join("high-water");
        let last = RefCell::new(fs::read(&mark).unwrap());
        Self { mark, last, wanted: Cell::new(wanted) }
    }

    /// Whether they are there.
    fn are_there(&self) -> bool {
        let found = fs::read(&self.mark).unwrap();
        if *self.last.borrow() != found {
            self.last.replace(found);
            self.wanted.set(self.wanted.get().saturating_sub(1));
        }
        self.wanted.get() == 0
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Customers with an opening balance of 1.50 each.
fn customers(chain: &Chain) -> String {
    let rows = (0..CUSTOMERS).map(|number| format!("K-{number},+99291{number:07},1.50\n"));
    let file = chain.dir.path().join("customers.csv");
    fs::write(&file, format!("key,phone,lot1_amount\n{}", rows.collect::<String>())).unwrap();
    text(&file).to_owned()
}

/// Sales of 10.00 each of customers who were imported before.
fn sales(chain: &Chain) -> String {
    let rows =
        (0..CUSTOMERS).map(|number| format!("S-{number},+99291{number:07},2024-06-01,10.00\n"));
    let file = chain.dir.path().join("sales.csv");
    let head = "external_sale_id,phone,sale_date,total_amount\n";
    fs::write(&file, format!("{head}{}", rows.collect::<String>())).unwrap();
    text(&file).to_owned()
}

fn spawn(arguments: &[&str]) -> Child {
    command(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// How many balances there are, and what they come to in cents.
fn balances(ledger: &str) -> (usize, u64) {
    let told = kopilka(&["export", "balances", "--tenant", "1", "--data-dir", ledger]);
    assert!(told.status.success(), "{}", stderr(&told));
    let told = stdout(&told);
    let mut lines = told.lines();
    let head: Vec<&str> = lines.next().unwrap().split(',').collect();
    let column = head.iter().position(|name| *name == "balance").unwrap();
    let cents = |line: &str| -> u64 {
        line.split(',').nth(column).unwrap().replace('.', "").parse().unwrap()
    };
    let all: Vec<u64> = lines.map(cents).collect();
    (all.len(), all.iter().sum())
}

#[test]
fn an_import_that_is_killed_is_done_once_when_it_is_done_again() {
    let mut chance = Chance::announced("SIGKILL amid imports");
    let chain = chain();
    let ledger = chain.data_dir();
    let (customers, sales) = (customers(&chain), sales(&chain));
    let batches = [("customers", &customers), ("sales", &sales)];
    for (what, file) in batches {
        let import = [
            "import",
            what,
            "--tenant",
            "1",
            "--file",
            file,
            "--batch",
            what,
            "--batch-rows",
            "7",
            "--data-dir",
            text(&ledger),
        ];
        let mut killed = 0;
        for _ in 0..KILLS {
            let records = Records::of(&ledger, 1 + chance.below(BATCHES_MAX / KILLS));
            killed += u64::from(kill_amid(&import, || records.are_there(), &mut chance));
            verify_after_a_kill(&ledger);
        }
        println!("{killed} of {KILLS} were killed while importing {what}");
        let done = kopilka(&import);
        assert!(done.status.success(), "{}", stderr(&done));
        let again = kopilka(&import);
        assert!(stdout(&again).contains("nothing is done twice"), "{}", stdout(&again));
    }
    let expected = usize::try_from(CUSTOMERS).unwrap();
    assert_eq!(balances(text(&ledger)), (expected, CUSTOMERS * 150));
    assert_eq!(spent(&ledger), "10");
    verify(&ledger);
}

/// What one of the customers has spent.
fn spent(ledger: &Path) -> String {
    let words = ["customer", "show", "--tenant", "1", "--customer", "+992910000003", "--json"];
    let shown = kopilka(&[&words[..], &["--data-dir", text(ledger)]].concat());
    let shown: Value = serde_json::from_str(&stdout(&shown)).unwrap();
    shown["total_spent"].to_string()
}

fn verify_after_a_kill(ledger: &Path) {
    let told = kopilka(&["verify", "--data-dir", text(ledger)]);
    assert!(told.status.success(), "{}{}", stdout(&told), stderr(&told));
}

#[test]
fn a_server_that_is_killed_under_an_import_has_each_batch_whole_or_not() {
    let mut chance = Chance::announced("SIGKILL of a server under an import");
    let chain = chain();
    let ledger = chain.data_dir();
    let file = customers(&chain);
    let token = ledger.join("operator.token");
    let import = |server: &Server| {
        let words = ["import", "customers", "--tenant", "1", "--file", &file, "--batch", "old"];
        let way = ["--batch-rows", "7", "--url", &server.operator, "--token-file", text(&token)];
        [&words[..], &way].concat().into_iter().map(str::to_owned).collect::<Vec<String>>()
    };
    for _ in 0..KILLS {
        let server = Server::start(&ledger, &["--checkpoint-seconds", "1"]);
        let records = Records::of(&ledger, chance.below(BATCHES_MAX / KILLS));
        let words = import(&server);
        let mut child = spawn(&words.iter().map(String::as_str).collect::<Vec<_>>());
        while !records.are_there() && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        server.kill();
        child.wait().unwrap();
        let (count, sum) = balances(text(&ledger));
        assert_eq!(sum, u64::try_from(count).unwrap() * 150, "{count} customers");
        let all = usize::try_from(CUSTOMERS).unwrap();
        assert!(count.is_multiple_of(BATCH) || count == all, "batches are whole: {count}");
        println!("{count} of {all} customers when the server was killed");
    }
    let server = Server::start(&ledger, &[]);
    let words = import(&server);
    let done = kopilka(&words.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(done.status.success(), "{}", stderr(&done));
    assert_eq!(server.terminate(), Some(0));
    let expected = usize::try_from(CUSTOMERS).unwrap();
    assert_eq!(balances(text(&ledger)), (expected, CUSTOMERS * 150));
    verify(&ledger);
}

/// While the tables are written their note is empty: that is when the program dies.
#[test]
fn tables_that_are_killed_while_they_are_written_are_caught_up() {
    let mut chance = Chance::announced("SIGKILL amid a checkpoint");
    let dir = filled();
    let ledger = dir.path().join("data/ledger");
    let note = ledger.join("tables/note");
    let before = balances(text(&ledger));
    let adjust = [
        "adjust",
        "--tenant",
        "1",
        "--customer",
        "+992902000001",
        "--amount",
        "1.00",
        "--reason",
        "a test",
        "--data-dir",
        text(&ledger),
    ];
    let mut amid = 0;
    for _ in 0..KILLS {
        let writes = || fs::read(&note).is_ok_and(|note| note.is_empty());
        kill_amid(&adjust, writes, &mut chance);
        amid += u64::from(writes());
        let told = kopilka(&["verify", "--data-dir", text(&ledger)]);
        assert!(told.status.success(), "{}{}", stdout(&told), stderr(&told));
    }
    println!("{amid} of {KILLS} were killed while they wrote the tables");
    let (count, sum) = balances(text(&ledger));
    assert!(count == before.0 && sum >= before.1 && sum <= before.1 + 100 * KILLS, "{sum}");
    // Any command that opens the ledger to write catches the tables up and closes them whole.
    assert!(kopilka(&adjust).status.success());
    verify(&ledger);
}
