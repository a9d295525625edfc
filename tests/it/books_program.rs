//! Imports, exports and reports through the program: files as other systems write them, on a closed data
//! directory and on a running server.

use crate::process::Server;
use crate::program::{Chain, assert_one_sentence, chain, ended};
use serde_json::Value;

const FIRST: &str = "+992901110001";

impl Chain {
    /// Writes a file beside the ledger; its path.
    fn file(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// What a command prints that must succeed.
    fn said(&self, line: &str) -> String {
        let (status, said, err) = self.run(line);
        assert_eq!(status, Some(0), "{line}: {err}");
        said
    }
}

/// As a spreadsheet of the region saves it: a byte order mark, `;`, decimals with a comma, CRLF, quotes.
fn spreadsheet() -> Vec<u8> {
    let lines = [
        "key;phone;full_name;birth_date;card;total_spent;purchases;lot1_amount;lot1_expires;lot2_amount",
        "K-1;+992901110001;\"Anna \"\"A\"\"; née B\";1990-04-05;4600051000057;1500,50;12;120,50;never;30,00",
        "K-2;+992901110002;;;;;;9,75;never;",
    ];
    format!("\u{feff}{}\r\n", lines.join("\r\n")).into_bytes()
}

#[test]
fn a_file_of_a_spreadsheet_is_imported_once() {
    let chain = chain();
    let file = chain.file("customers.csv", &spreadsheet());
    let import = format!("import customers --tenant 1 --file {file} --batch old --separator ;");
    let dry = chain.said(&format!("{import} --dry-run"));
    assert!(dry.contains("2 customers would be opened"), "{dry}");
    assert!(dry.ends_with("Nothing was imported: this was a dry run.\n"), "{dry}");
    let (status, _, err) = chain.run(&format!("{import} --expect-balance 160.26"));
    assert_eq!(status, Some(1));
    assert!(err.contains("the file comes to 160.25, 160.26 is expected"), "{err}");
    let expected = "--expect-customers 2 --expect-balance 160.25";
    let said = chain.said(&format!("{import} {expected}"));
    assert!(said.contains("2 customers opened, 0 who are here already joined"), "{said}");
    let again = chain.said(&format!("{import} {expected}"));
    assert!(again.contains("1 batches were imported before; nothing is done twice"), "{again}");

    let shown = chain.said(&format!("customer show --tenant 1 --customer {FIRST} --json"));
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["full_name"], "Anna \"A\"; née B");
    let balances = chain.said("export balances --tenant 1");
    let figures: Vec<&str> = balances.lines().map(|line| line.split(',').nth(1).unwrap()).collect();
    assert_eq!(figures, ["balance", "150.50", "9.75"]);
    chain.said("verify");
}

#[test]
fn what_is_wrong_is_told_by_line_and_field() {
    let chain = chain();
    let check = |name: &str, bytes: &[u8], more: &str, expected: &[&str]| {
        let file = chain.file(name, bytes);
        let line = format!("import customers --tenant 1 --file {file} --batch bad{more}");
        let (status, said, err) = chain.run(&line);
        assert_ne!(status, Some(0), "{name}: {said}");
        for part in expected {
            assert!(err.contains(part), "{name}: {part:?} is not in {err}");
        }
        assert!(!err.contains("panicked"), "{err}");
    };
    let lines = b"phone;full_name;lot1_amount\r\n+992901110001;\"two\r\nlines\";1,00\r\n12;B;2,00\r\n\r\n+992901110003;C;abc\r\n+992901110001;D;1,00\r\n+992901110004;E\r\n";
    let told = [
        "line 2, full_name: ",
        "line 4, phone: ",
        "line 6, lots[0].amount: ",
        "line 7, phone: it is the same as in line 2",
        "line 8: it has 2 fields, the header has 3",
        "nothing was imported: 5 lines are wrong",
    ];
    check("lines.csv", lines, " --separator ;", &told);
    let windows = b"phone,full_name\n+992901110001,\xc0\xed\xed\xe0\n";
    check("windows.csv", windows, "", &["line 2, full_name: it is not UTF-8"]);
    check("utf16.csv", b"\xff\xfep\0h\0", "", &["is UTF-16: save it as UTF-8"]);
    check("header.csv", b"phone,balance\n", "", &["line 1: there is no field \"balance\""]);
    check("twice.csv", b"phone,phone\n", "", &["line 1: phone is there twice"]);
    let ndjson = b"{\"phone\":\"+992901110001\"}\r\n\r\n[1]\n{\"phone\":\n{\"phone\":\"+992901110002\",\"purchases\":-1}\n";
    let told = ["line 3: it is not a JSON object", "line 4: ", "line 5, purchases: "];
    check("rows.ndjson", ndjson, "", &told);
    let mut long = vec![b' '; (1 << 20) + 5];
    long.extend(b"\n{}\n");
    check("long.ndjson", &long, "", &["line 1: it has more than", "line 2, phone: "]);
    assert_eq!(chain.said("export balances --tenant 1").lines().count(), 1);
}

#[test]
fn reports_and_exports_are_the_same_both_ways_in() {
    let chain = chain();
    let file = chain.file("customers.csv", &spreadsheet());
    chain.said(&format!("import customers --tenant 1 --file {file} --batch old --separator ;"));
    let sales = "{\"external_sale_id\":\"7\",\"phone\":\"+992901110001\",\"sale_date\":\"2025-03-01\",\"total_amount\":100,\"redeemed\":5}\n";
    let file = chain.file("sales.ndjson", sales.as_bytes());
    let import = format!("import sales --tenant 1 --file {file} --batch sold --accrue --json");
    let done: Value = serde_json::from_str(&chain.said(&import)).unwrap();
    assert_eq!((&done["sales"], &done["sum"]), (&1.into(), &"100.00".into()));

    let liability = "report liability --tenant 1 --to 2999-01-01";
    let (status, _, err) = chain.run(liability);
    assert_eq!(status, Some(1));
    assert_one_sentence(&err);
    let text = chain.said("report liability --tenant 1");
    assert!(text.starts_with("What is owed in bonuses, from the beginning to "), "{text}");
    assert!(text.lines().any(|line| line.starts_with("import ")), "{text}");
    let asked = "report liability --tenant 1 --json";
    let closed: Value = serde_json::from_str(&chain.said(asked)).unwrap();
    let (event, at) = (&closed["to"]["event"], closed["to"]["at"].as_str().unwrap());
    let named = format!("{asked} --to {at} --to-event {event}");
    let books = chain.said("report trial-balance --tenant 1");
    assert!(books.ends_with("total 0\n"), "{books}");
    let out = chain.dir.path().join("lots.csv");
    let lots = format!("export lots --tenant 1 --out {}", out.to_str().unwrap());
    assert!(chain.said(&lots).starts_with("3 rows are in "), "{lots}");
    let (status, _, err) = chain.run(&lots);
    assert_eq!(status, Some(2), "nothing is overwritten: {err}");
    let operations = chain.said("export operations --tenant 1 --format ndjson");

    let server = Server::start(&chain.data_dir(), &[]);
    let token_file = chain.data_dir().join("operator.token");
    let by_url = |line: &str| {
        let mut words: Vec<&str> = line.split(' ').collect();
        words.extend(["--url", &server.operator, "--token-file", token_file.to_str().unwrap()]);
        let (status, said, err) = ended(&words);
        assert_eq!(status, Some(0), "{line}: {err}");
        said
    };
    let served: Value = serde_json::from_str(&by_url(&named)).unwrap();
    assert_eq!(served, closed);
    assert_eq!(by_url("export lots --tenant 1"), std::fs::read_to_string(&out).unwrap());
    assert_eq!(by_url("export operations --tenant 1 --format ndjson"), operations);
    let balances = by_url("export balances --tenant 1");
    let dry = by_url("import reverse --tenant 1 --batch old --dry-run");
    assert!(dry.starts_with("batch old.1 would be taken back: this is a dry run\n"), "{dry}");
    assert_eq!(by_url("export balances --tenant 1"), balances);
    let back = by_url("import reverse --tenant 1 --batch old");
    assert!(back.starts_with("batch old.1 is taken back\n"), "{back}");
    let lots = by_url("export balances --tenant 1");
    assert_eq!(lots.lines().count(), 3, "{lots}");
    assert_eq!(server.terminate(), Some(0));
    chain.said("verify");
}
