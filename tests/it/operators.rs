//! Operators of every role at every door, their tokens from the first to the last, and their trail.

use crate::house::{Ask, OPERATOR_TOKEN, PHONE, TestHouse, run};
use kopilka::api::operator_permissions;
use kopilka::ledger::Role;
use serde_json::{Value, json};

async fn added(house: &TestHouse, name: &str, role: &str) -> String {
    let answer = house.operate("POST", "/operators", json!({"name": name, "role": role})).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.data()["token"].as_str().unwrap().to_owned()
}

/// A path with something in every part that varies.
fn filled(template: &str) -> String {
    let part = |part: &str| match part {
        "{tenant}" => "1".to_owned(),
        "{identifier}" => "%2B992901234567".to_owned(),
        part if part.starts_with('{') => "1".to_owned(),
        part => part.to_owned(),
    };
    let path = template.strip_prefix("/operator/v1").unwrap();
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

#[test]
fn every_role_gets_through_exactly_the_doors_that_are_its_own() {
    run(async {
        let house = TestHouse::new().await;
        house.shop(json!({})).await;
        let mut tokens = vec![(Role::Owner, OPERATOR_TOKEN.to_owned())];
        for role in Role::ALL {
            let token = added(&house, &format!("a-{role}"), role.name()).await;
            tokens.push((role, token));
        }
        let permissions = operator_permissions();
        assert!(permissions.len() >= 50);
        for (verb, template, roles) in permissions {
            let path = filled(template);
            for (role, token) in &tokens {
                let answer = house.operate_as(token, (verb, &path), Value::Null, &[]).await;
                let denied = answer.body["code"] == "operator_not_allowed";
                assert_eq!(denied, answer.status == 403, "{role} {verb} {template}: {answer:?}");
                assert_eq!(denied, !roles.contains(role), "{role} {verb} {template}: {answer:?}");
                assert_ne!(answer.status, 401, "{role} {verb} {template}");
            }
        }
        house.close_and_verify().await;
    });
}

#[test]
fn an_auditor_changes_nothing() {
    run(async {
        let house = TestHouse::new().await;
        house.shop(json!({})).await;
        let token = added(&house, "ida", "auditor").await;
        let before = house.operations().await.len();
        for (verb, template, _) in operator_permissions() {
            house.operate_as(&token, (verb, &filled(template)), json!({}), &[]).await;
        }
        assert_eq!(house.operations().await.len(), before);
        assert_eq!(house.house.operators().history().len(), 1);
    });
}

#[test]
fn a_token_is_good_until_it_is_rotated_or_revoked_also_after_a_restart() {
    run(async {
        let house = TestHouse::new().await;
        let check = async |house: &TestHouse, token: &str, expected: u16| {
            let answer = house.operate_as(token, ("GET", "/tenants"), Value::Null, &[]).await;
            assert_eq!(answer.status, expected, "{answer:?}");
        };
        let first = added(&house, "anna", "support").await;
        check(&house, &first, 200).await;
        let rotated = house.operate("POST", "/operators/anna/rotate", Value::Null).await;
        let second = rotated.data()["token"].as_str().unwrap().to_owned();
        check(&house, &first, 401).await;
        let house = house.reopen().await;
        check(&house, &first, 401).await;
        check(&house, &second, 200).await;
        // Whoever is not an owner cannot let themselves in again.
        let rotate = ("POST", "/operators/anna/rotate");
        assert_eq!(house.operate_as(&second, rotate, Value::Null, &[]).await.status, 403);
        let headers = [("x-operator-name", "olga")];
        let revoke = "/operators/anna/revoke";
        let revoked = house.operate_with("POST", revoke, Value::Null, &headers).await;
        let changes = revoked.data()["history"].as_array().unwrap();
        let told: Vec<_> = changes.iter().map(|it| (&it["what"], &it["by"])).collect();
        let (operator, olga) = (json!("operator"), json!("olga"));
        let [added, rotated, revoked] = ["added", "rotated", "revoked"].map(Value::from);
        assert_eq!(told, [(&added, &operator), (&rotated, &operator), (&revoked, &olga)]);
        check(&house, &second, 401).await;
        let house = house.reopen().await;
        check(&house, &second, 401).await;
        let again = house.operate("POST", "/operators", json!({"name": "anna", "role": "owner"}));
        assert_eq!(again.await.error(), (422, "operator_name_taken", Some("name")));
        let dir = house.close().await;
        let file = std::fs::read_to_string(dir.path().join("ledger/operators")).unwrap();
        assert!(!file.contains(&first) && !file.contains(&second));
    });
}

#[test]
fn support_corrects_as_much_as_the_setting_says() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({"support_adjust_max": "50.00"})).await;
        house.log_in(&shop, PHONE).await;
        let token = added(&house, "sam", "support").await;
        let path = format!("/tenants/{}/customers/%2B992901234567/adjustments", shop.id);
        let adjust = async |amount: &str, allow_debt: bool| {
            let body = json!({"amount": amount, "reason": "sorry", "allow_debt": allow_debt});
            house.operate_as(&token, ("POST", &path), body, &[]).await
        };
        assert_eq!(adjust("50.00", false).await.status, 201);
        assert_eq!(adjust("-50.00", false).await.status, 201);
        let over = (403, "adjustment_over_support_max", Some("amount"));
        assert_eq!(adjust("50.01", false).await.error(), over);
        assert_eq!(adjust("-50.01", false).await.error(), over);
        assert_eq!(adjust("1", true).await.error(), (403, "debt_by_support", Some("allow_debt")));
        house.grant(&shop, PHONE, "50.01").await;
    });
}

#[test]
fn the_trail_says_who_did_what_to_whom_and_when() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({"support_adjust_max": "50.00"})).await;
        for phone in [PHONE, "+992900000002"] {
            house.log_in(&shop, phone).await;
        }
        let token = added(&house, "sam", "support").await;
        house.advance_seconds(86_400);
        let of = |phone: &str| format!("/tenants/{}/customers/%2B{}", shop.id, &phone[1..]);
        let adjust = json!({"amount": "7.50", "reason": "sorry"});
        let request = [("x-request-id", "req-1"), ("x-operator-name", "olga")];
        let path = format!("{}/adjustments", of(PHONE));
        let done = house.operate_as(&token, ("POST", &path), adjust, &request).await;
        assert_eq!(done.status, 201, "{done:?}");
        house.advance_seconds(86_400);
        let block = format!("{}/block", of("+992900000002"));
        house.operate_with("POST", &block, Value::Null, &[("x-operator-name", "olga")]).await;
        let house = house.reopen().await;

        let trail = async |query: &str| -> Vec<Value> {
            let answer = house.operate("GET", &format!("/audit{query}"), Value::Null).await;
            assert_eq!(answer.data()["next_after"], Value::Null, "{answer:?}");
            answer.data()["entries"].as_array().unwrap().clone()
        };
        let told = async |query: &str| -> Vec<String> {
            let entries = trail(query).await;
            let kind = |entry: &Value| {
                let [who, what] = [&entry["operator"], &entry["operation"]["kind"]];
                format!("{} {}", who.as_str().unwrap(), what.as_str().unwrap())
            };
            entries.iter().map(kind).collect()
        };
        let (created, adjusted, blocked) =
            ("operator tenant_created", "sam adjustment", "olga customer_blocked");
        assert_eq!(told("").await, [created, adjusted, blocked]);
        assert_eq!(told("?operator=sam").await, [adjusted]);
        assert_eq!(told("?kind=customer_blocked").await, [blocked]);
        assert_eq!(told("?tenant=1&customer=%2B992900000002").await, [blocked]);
        assert_eq!(told("?tenant=2").await, Vec::<String>::new());
        let (second, third) = ("2026-03-03T09:00:00Z", "2026-03-04T09:00:00Z");
        assert_eq!(told(&format!("?from={second}")).await, [adjusted, blocked]);
        assert_eq!(told(&format!("?to={second}")).await, [created]);
        assert_eq!(told(&format!("?from={second}&to={third}")).await, [adjusted]);
        assert_eq!(told("?from=2027-01-01T00:00:00Z").await, Vec::<String>::new());

        let entry = &trail("?operator=sam").await[0];
        assert_eq!((&entry["role"], &entry["own_token"]), (&json!("support"), &json!(true)));
        assert_eq!((&entry["request_id"], &entry["tenant_id"]), (&json!("req-1"), &json!(1)));
        let operation = &entry["operation"];
        assert_eq!(
            (&operation["at"], &operation["client_id"]),
            (&json!("2026-03-03T09:00:00.000Z"), &json!(1))
        );
        assert_eq!(
            (&operation["figures"]["amount"], &operation["figures"]["reason"]),
            (&json!(7.5), &json!("sorry"))
        );
        let entry = &trail("?operator=olga").await[0];
        assert_eq!((&entry["role"], &entry["own_token"]), (&json!("owner"), &json!(false)));

        // Page by page it is the same.
        let (mut after, mut found) = (0, Vec::new());
        loop {
            let path = format!("/audit?limit=1&after={after}");
            let page = house.operate("GET", &path, Value::Null).await;
            found.extend(page.data()["entries"].as_array().unwrap().clone());
            let Some(next) = page.data()["next_after"].as_u64() else { break };
            after = next;
        }
        assert_eq!(found, trail("").await);
        house.close_and_verify().await;
    });
}

#[test]
fn settings_are_tried_compared_and_taken_back() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({"min_redeem": "1.00"})).await;
        let of = |what: &str| format!("/tenants/{}/settings{what}", shop.id);
        let check = async |body: Value| house.operate("POST", &of("/check"), body).await;
        let first = house.operate("GET", &of(""), Value::Null).await.data()[0].clone();
        let mut document = first["settings"].clone();
        document["min_redeem"] = json!("2.00");
        document["bonus_unit"] = json!("star");
        let before = house.operations().await.len();
        let tried = check(json!({"settings": document})).await;
        let changed = |answer: &crate::house::Answer| {
            let changes = answer.data()["changes"].as_array().unwrap().clone();
            let field = |it: &Value| format!("{} {} {}", it["field"], it["from"], it["to"]);
            changes.iter().map(field).collect::<Vec<_>>()
        };
        let expected = ["\"bonus_unit\" \"bonus\" \"star\"", "\"min_redeem\" \"1.00\" \"2.00\""];
        assert_eq!(changed(&tried), expected);
        assert_eq!(tried.data()["against_version"], json!(1));
        let bad = check(json!({"settings": {"max_redeem_percent": "101"}})).await;
        assert_eq!((bad.status, bad.error().2), (422, Some("max_redeem_percent")));
        let past = json!({"settings": {}, "effective_from": "2020-01-01T00:00:00Z"});
        assert_eq!(check(past).await.error().1, "effective_from_in_the_past");
        assert_eq!(house.operations().await.len(), before, "a check adopts nothing");

        let later = "2026-04-01T00:00:00Z";
        let body = json!({"settings": document, "effective_from": later});
        assert_eq!(house.operate("PUT", &of(""), body).await.status, 200);
        let back = check(json!({"version": 1, "against": later})).await;
        assert_eq!(back.data()["against_version"], json!(2));
        assert_eq!(changed(&back).len(), 2);
        let body = json!({"version": 1, "effective_from": "2026-05-01T00:00:00Z"});
        let rolled = house.operate("POST", &of("/rollback"), body).await;
        assert_eq!(rolled.data()["version"], json!(3));
        let versions = house.operate("GET", &of(""), Value::Null).await;
        let versions = versions.data().as_array().unwrap();
        assert_eq!(versions.len(), 3);
        assert_eq!(versions[0]["settings"], versions[2]["settings"]);
        let unknown = house.operate("POST", &of("/rollback"), json!({"version": 9})).await;
        assert_eq!(unknown.error(), (422, "settings_version_unknown", Some("version")));
    });
}

#[test]
fn sales_are_found_by_the_tills_id_and_shown_with_their_returns() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        house.log_in(&shop, PHONE).await;
        let line = json!({"sku": "M-1", "quantity": 2, "unit_price": 50, "line_amount": 100});
        let sale = json!({
            "client_phone": PHONE, "total_amount": 100, "external_sale_id": "R-1",
            "lines": [line], "cashier": "17",
        });
        assert_eq!(house.sell(&shop, sale).await.status, 201);
        for (external, quantity) in [("B-1", 1), ("B-2", 1)] {
            let refund = json!({
                "client_phone": PHONE, "external_refund_id": external, "external_sale_id": "R-1",
                "lines": [{"line": 1, "quantity": quantity}],
            });
            let back = house.ask(&shop, Ask::post("/partner/refund", &refund)).await;
            assert_eq!(back.status, 201, "{back:?}");
        }
        let of = |what: &str| format!("/tenants/{}/sales{what}", shop.id);
        let found = house.operate("GET", &of("?external_id=R-1"), Value::Null).await;
        let shown = house.operate("GET", &of("/1"), Value::Null).await;
        assert_eq!(found.data(), &json!([shown.data()]));
        let sale = shown.data();
        assert_eq!((&sale["client_id"], &sale["cashier"]), (&json!(1), &json!("17")));
        assert_eq!(sale["figures"][0]["accrual"], json!(5));
        let returns = sale["returns"].as_array().unwrap();
        let ids: Vec<_> = returns.iter().map(|it| &it["external_refund_id"]).collect();
        assert_eq!(ids, [&json!("B-1"), &json!("B-2")]);
        let found = house.operate("GET", &of("?external_id=B-2"), Value::Null).await;
        assert_eq!(found.data()[0]["record"]["return_of"], json!(1));
        let none = house.operate("GET", &of("?external_id=R-2"), Value::Null).await;
        assert_eq!(none.data(), &json!([]));
    });
}

#[test]
fn customers_are_found_by_a_part_of_their_name_and_sent_a_code() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        for (phone, name) in
            [(PHONE, "Азиз Рахимов"), ("+992900000002", "Азиза"), ("+992900000003", "Boris")]
        {
            let body = json!({"phone": phone, "full_name": name});
            let made = house.ask(&shop, Ask::post("/partner/auth", &body)).await;
            assert_eq!(made.status, 201, "{made:?}");
        }
        house.house.checkpoint().await.unwrap();
        let named = async |query: &str| {
            let path = format!("/tenants/{}/customers{query}", shop.id);
            let answer = house.operate("GET", &path, Value::Null).await;
            let customers = answer.data()["customers"].as_array().unwrap().clone();
            let ids: Vec<u64> = customers.iter().map(|it| it["id"].as_u64().unwrap()).collect();
            (ids, answer.data()["next_after"].as_u64())
        };
        // "азиз"
        let aziz = "?name=%D0%B0%D0%B7%D0%B8%D0%B7";
        assert_eq!(named(aziz).await, (vec![1, 2], None));
        assert_eq!(named(&format!("{aziz}&limit=1")).await, (vec![1], Some(1)));
        assert_eq!(named(&format!("{aziz}&limit=1&after=1")).await, (vec![2], Some(2)));
        assert_eq!(named("?name=OR").await, (vec![3], None));
        assert_eq!(named("?name=nobody").await, (vec![], None));

        let token = added(&house, "sam", "support").await;
        let path = format!("/tenants/{}/customers/%2B992900000003/code", shop.id);
        let sent = house.operate_as(&token, ("POST", &path), Value::Null, &[]).await;
        assert_eq!(sent.data(), &json!({"client_id": 3, "phone": "+992900000003"}));
        assert_eq!(house.last_code("+992900000003").await.len(), 6);
        let trail = house.operate("GET", "/audit?kind=login_code", Value::Null).await;
        assert_eq!(trail.data()["entries"][0]["operator"], json!("sam"));
    });
}
