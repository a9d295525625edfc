//! Whatever the operator API can do has a command: each is run once against a real server, and the list
//! of them is the list of routes.

use crate::process::{Server, http_client};
use crate::program::{Chain, chain, ended, run};
use crate::witness::send_signed;
use kopilka::api::operator_permissions;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const SETTINGS: &str = "currency = \"TJS\"\nmin_redeem = \"2.00\"\n";
const STORES: &str = "[[stores]]\nname = \"Rudaki\"\n";
const PROMOTION: &str = "name = \"Gift\"\ntype = \"fixed_bonus\"\ncondition = { coupon = true }\nreward = { bonus = \"1.00\" }\n";

const OLD_CUSTOMERS: &str = "phone,full_name,lot1_amount\n+992900000005,Vera,50.00\n";
const OLD_SALES: &str =
    "external_sale_id,phone,sale_date,total_amount\nO-1,+992900000005,2025-01-31,90.00\n";

/// Route, and a command that asks it. In this order: later ones need what earlier ones made.
const COMMANDS: &[(&str, &str)] = &[
    ("POST /tenants", "tenant create --name Second --settings {settings}"),
    ("GET /tenants", "tenant list"),
    ("GET /tenants/{tenant}", "tenant show --tenant 1"),
    ("GET /tenants/{tenant}/settings", "settings versions --tenant 1"),
    ("GET /tenants/{tenant}/settings", "settings show --tenant 1"),
    ("POST /tenants/{tenant}/settings/check", "settings validate --tenant 1 --file {settings}"),
    ("POST /tenants/{tenant}/settings/check", "settings diff --tenant 1 --file {settings}"),
    ("POST /tenants/{tenant}/settings/check", "settings diff --tenant 1 --version 1"),
    (
        "PUT /tenants/{tenant}/settings",
        "settings schedule --tenant 1 --file {settings} --effective-from 2999-01-01T00:00:00Z",
    ),
    ("PUT /tenants/{tenant}/settings", "tenant settings --tenant 1 --set {settings}"),
    ("POST /tenants/{tenant}/settings/rollback", "settings rollback --tenant 1 --version 1"),
    ("POST /tenants/{tenant}/rotate", "tenant rotate --tenant 2 --token"),
    ("POST /tenants/{tenant}/suspend", "tenant suspend --tenant 2"),
    ("POST /tenants/{tenant}/resume", "tenant resume --tenant 2"),
    (
        "PUT /tenants/{tenant}/telegram",
        "tenant telegram --tenant 2 --bot-token 1:a --bot-username b_bot",
    ),
    ("PUT /tenants/{tenant}/stores", "tenant stores --tenant 1 --set {stores}"),
    ("GET /tenants/{tenant}/stores", "tenant stores --tenant 1"),
    ("POST /tenants/{tenant}/promotions", "tenant promotions --tenant 1 --set {promotion}"),
    (
        "PUT /tenants/{tenant}/promotions/{promotion}",
        "tenant promotions --tenant 1 --set {promotion} --promotion 1",
    ),
    ("GET /tenants/{tenant}/promotions", "tenant promotions --tenant 1"),
    ("GET /tenants/{tenant}/customers", "customer list --tenant 1"),
    ("GET /tenants/{tenant}/customers", "customer find --tenant 1 --name anna"),
    ("GET /tenants/{tenant}/customers/{identifier}", "customer show --tenant 1 --customer {anna}"),
    (
        "POST /tenants/{tenant}/customers/{identifier}/block",
        "customer block --tenant 1 --customer {anna}",
    ),
    (
        "POST /tenants/{tenant}/customers/{identifier}/unblock",
        "customer unblock --tenant 1 --customer {anna}",
    ),
    (
        "POST /tenants/{tenant}/customers/{identifier}/code",
        "customer send-code --tenant 1 --customer {anna}",
    ),
    (
        "PUT /tenants/{tenant}/customers/{identifier}/card",
        "customer set-card --tenant 1 --customer {anna} --card 7",
    ),
    (
        "PUT /tenants/{tenant}/customers/{identifier}/tier",
        "customer set-tier --tenant 1 --customer {anna} --tier Base",
    ),
    (
        "PUT /tenants/{tenant}/customers/{identifier}/staff",
        "customer staff --tenant 1 --customer {anna} --no",
    ),
    (
        "PUT /tenants/{tenant}/customers/{identifier}/debit",
        "customer debit --tenant 1 --customer {anna} --allowed",
    ),
    (
        "PUT /tenants/{tenant}/customers/{identifier}/phone",
        "customer set-phone --tenant 1 --customer {boris} --phone +992900000009 --reason lost",
    ),
    (
        "POST /tenants/{tenant}/customers/{identifier}/adjustments",
        "adjust --tenant 1 --customer {anna} --amount 5 --reason sorry --id a-1",
    ),
    ("GET /tenants/{tenant}/sales", "sale find --tenant 1 --external-id R-1"),
    ("GET /tenants/{tenant}/sales/{sale}", "sale show --tenant 1 --sale 1"),
    (
        "GET /tenants/{tenant}/reports/abuse",
        "report abuse --tenant 1 --from 2026-03-01 --to 2026-03-31 --by store",
    ),
    (
        "POST /tenants/{tenant}/gift-cards",
        "gift-card issue --tenant 1 --nominal 500.00 --code G-1 --id g-1 --expires-at 2999-01-01T00:00:00Z",
    ),
    ("GET /tenants/{tenant}/gift-cards", "gift-card list --tenant 1 --status active"),
    ("GET /tenants/{tenant}/gift-cards/{code}", "gift-card show --tenant 1 --code g-1"),
    ("POST /tenants/{tenant}/gift-cards/{code}/block", "gift-card block --tenant 1 --code G-1"),
    ("POST /tenants/{tenant}/gift-cards/{code}/unblock", "gift-card unblock --tenant 1 --code G-1"),
    (
        "PUT /tenants/{tenant}/gift-cards/{code}/expiry",
        "gift-card set-expiry --tenant 1 --code G-1 --never",
    ),
    ("POST /tenants/{tenant}/gift-cards/{code}/void", "gift-card void --tenant 1 --code G-1"),
    (
        "POST /tenants/{tenant}/coupons",
        "coupon issue --tenant 1 --promotion 1 --codes C-1,C-2 --uses-max 3 --id c-1",
    ),
    ("GET /tenants/{tenant}/coupons", "coupon list --tenant 1"),
    ("GET /tenants/{tenant}/coupons/{code}", "coupon show --tenant 1 --code C-1"),
    ("POST /tenants/{tenant}/coupons/{code}/end", "coupon end --tenant 1 --code C-1"),
    ("POST /tenants/{tenant}/promotions/{promotion}/end", "tenant promotions --tenant 1 --end 1"),
    ("GET /tenants/{tenant}/webhooks", "webhook list --tenant 1"),
    (
        "POST /tenants/{tenant}/webhooks/{webhook}/replay",
        "webhook replay --tenant 1 --webhook 1 --after 0",
    ),
    ("POST /operators", "operator add {new} --role support"),
    ("GET /operators", "operator list"),
    ("POST /operators/{operator}/rotate", "operator rotate {first}"),
    ("POST /operators/{operator}/revoke", "operator revoke {new}"),
    ("GET /audit", "audit --tenant 1 --kind adjustment"),
    (
        "POST /tenants/{tenant}/customers/{identifier}/merge",
        "customer merge --tenant 1 --customer +992900000009 --into {anna} --reason same --id m-1",
    ),
    (
        "POST /tenants/{tenant}/imports/customers",
        "import customers --tenant 1 --file {customers} --batch old",
    ),
    (
        "POST /tenants/{tenant}/imports/sales",
        "import sales --tenant 1 --file {sales} --batch sold --expect-sales 1 --expect-total 90.00",
    ),
    ("POST /tenants/{tenant}/imports/reversals", "import reverse --tenant 1 --batch old"),
    ("GET /tenants/{tenant}/reports/liability", "report liability --tenant 1 --from 2026-03-01"),
    ("GET /tenants/{tenant}/reports/trial-balance", "report trial-balance --tenant 1"),
    ("GET /tenants/{tenant}/exports/operations", "export operations --tenant 1"),
    ("GET /tenants/{tenant}/exports/balances", "export balances --tenant 1 --as-of-event 9"),
    ("GET /tenants/{tenant}/exports/lots", "export lots --tenant 1"),
    (
        "GET /tenants/{tenant}/customers/{identifier}/export",
        "customer export --tenant 1 --customer {anna}",
    ),
    (
        "POST /tenants/{tenant}/customers/{identifier}/forget",
        "customer forget --tenant 1 --customer 2000000000022 --reason letter --yes",
    ),
    ("POST /snapshots", "snapshot create"),
    ("GET /snapshots", "snapshot list"),
    ("DELETE /snapshots", "snapshot prune --keep 1"),
    ("GET /archive", "archive status"),
    ("POST /verification", "verify"),
    ("GET /verification", "verify"),
];

/// Asked by what scrapes figures, and about receipts that a till has.
const OTHERWISE: [&str; 2] = ["GET /metrics", "POST /operator/v1/receipts/check"];

/// Refused when it is done a second time.
const ONCE: [&str; 1] = ["customer send-code"];
/// What prints lines, and knows no `--json`.
const LINES: &str = "export";

/// What stands in a line for files and names.
fn filled(line: &str, files: &str, name: &str) -> Vec<String> {
    let word = |word: &str| match word {
        "{settings}" | "{stores}" | "{promotion}" => {
            format!("{files}/{}.toml", word.trim_matches(['{', '}']))
        }
        "{customers}" | "{sales}" => format!("{files}/{}.csv", word.trim_matches(['{', '}'])),
        "{anna}" => "+992901234567".to_owned(),
        "{boris}" => "+992900000002".to_owned(),
        "{new}" => name.to_owned(),
        "{first}" => "first".to_owned(),
        word => word.to_owned(),
    };
    line.split(' ').map(word).collect()
}

async fn furnish(chain: &Chain, server: &Server) {
    let (client, shop) = (http_client(), &chain.shop);
    for (path, body) in [
        ("/partner/auth", json!({"phone": "+992901234567", "full_name": "Anna"})),
        ("/partner/auth", json!({"phone": "+992900000002"})),
        (
            "/partner/sale",
            json!({"client_phone": "+992901234567", "total_amount": 100, "external_sale_id": "R-1"}),
        ),
        ("/partner/webhooks", json!({"url": "http://127.0.0.1:9/"})),
    ] {
        let (status, answer) =
            send_signed(&client, &server.public, shop, path, &body, None).await.unwrap();
        assert_eq!(status, 201, "{path}: {answer}");
    }
    for (name, text) in [("settings", SETTINGS), ("stores", STORES), ("promotion", PROMOTION)] {
        std::fs::write(chain.dir.path().join(format!("{name}.toml")), text).unwrap();
    }
    for (name, text) in [("customers", OLD_CUSTOMERS), ("sales", OLD_SALES)] {
        std::fs::write(chain.dir.path().join(format!("{name}.csv")), text).unwrap();
    }
}

#[test]
fn every_route_of_operators_has_a_command_that_works_on_a_server() {
    run(async {
        let chain = chain();
        let server = Server::start(&chain.data_dir(), &[]);
        furnish(&chain, &server).await;
        let files = chain.dir.path().to_str().unwrap().to_owned();
        let token_file = chain.data_dir().join("operator.token");
        let way_in = ["--url", &server.operator, "--token-file", token_file.to_str().unwrap()];
        let ask = |line: &str, name: &str, json: bool| {
            let words = filled(line, &files, name);
            let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
            words.extend(way_in);
            words.extend(json.then_some("--json"));
            ended(&words)
        };
        assert_eq!(ask("operator add first --role owner", "", false).0, Some(0));
        for (route, line) in COMMANDS {
            let (status, said, err) = ask(line, "told", false);
            assert_eq!(status, Some(0), "{route} {line}: {err}");
            assert!(!said.trim().is_empty() && !said.starts_with('{'), "{line}: {said}");
            if ONCE.iter().all(|once| !line.starts_with(once))
                && !line.starts_with("customer set-phone")
                && !line.starts_with(LINES)
            {
                let (status, said, err) = ask(line, "counted", true);
                assert_eq!(status, Some(0), "{route} {line} --json: {err}");
                let read = serde_json::from_str::<Value>(&said);
                assert!(read.is_ok_and(|it| it.is_object() || it.is_array()), "{line}: {said}");
            }
        }
        let asked: BTreeSet<String> =
            COMMANDS.iter().map(|(route, _)| route.replacen('/', "/operator/v1/", 1)).collect();
        let routes: BTreeSet<String> = operator_permissions()
            .into_iter()
            .map(|(verb, path, _)| format!("{verb} {path}"))
            .filter(|route| !OTHERWISE.contains(&route.as_str()))
            .collect();
        assert_eq!(asked, routes, "commands and routes");
        assert_eq!(server.terminate(), Some(0));
        let (status, _, err) = chain.run("verify");
        assert_eq!(status, Some(0), "{err}");
    });
}

#[test]
fn an_operator_who_is_revoked_is_out_at_once_and_on_a_closed_folder_too() {
    run(async {
        let chain = chain();
        let (status, added, err) = chain.run("operator add sam --role support --json");
        assert_eq!(status, Some(0), "{err}");
        let added: Value = serde_json::from_str(&added).unwrap();
        let token = added["token"].as_str().unwrap().to_owned();
        let server = Server::start(&chain.data_dir(), &[]);
        let as_sam = |line: &str| {
            let mut words: Vec<&str> = line.split(' ').collect();
            words.extend(["--url", &server.operator, "--operator-token", &token]);
            ended(&words)
        };
        assert_eq!(as_sam("tenant list").0, Some(0));
        let (status, _, err) = as_sam("settings versions --tenant 1");
        assert_eq!(status, Some(1));
        assert_eq!(err, "kopilka: The role support may not read settings and webhooks.\n");
        let token_file = chain.data_dir().join("operator.token");
        let words = ["operator", "revoke", "sam", "--url", &server.operator, "--token-file"];
        let revoked = ended(&[&words[..], &[token_file.to_str().unwrap()]].concat());
        assert_eq!(revoked.1, "operator sam is revoked\n");
        assert_eq!(as_sam("tenant list").0, Some(1));
        assert_eq!(server.terminate(), Some(0));
        let (_, listed, _) = chain.run("operator list --json");
        let listed: Value = serde_json::from_str(&listed).unwrap();
        let history = listed[0]["history"].as_array().unwrap();
        assert_eq!(history.len(), 2, "{listed}");
        let (status, _, err) = chain.run("operator rotate sam");
        assert_eq!(status, Some(1), "{err}");
    });
}
