//! Holds answers of the routers against the documents of their dialects.

use crate::contract::{
    assert_documented_in, assert_proof_documented, bonusplus_document, document,
};
use kopilka::api::{bonusplus_routes, routes};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Holds an answer against the document of its dialect; of many of a kind the first ones, since it takes its time.
/// `proven`: it carries what proves that something was written.
pub(crate) fn check_documented(
    (method, path): (&str, &str),
    status: u16,
    body: &Value,
    proven: bool,
) {
    const CHECKED_MAX: usize = 40;
    thread_local! {
        static CHECKED: RefCell<BTreeMap<(String, u16), usize>> = const { RefCell::new(BTreeMap::new()) };
    }
    let path: String = path
        .split('/')
        .filter(|part| !part.is_empty())
        .fold(String::new(), |all, it| all + "/" + it);
    let of_bonusplus =
        (path == "/api" || path.starts_with("/api/")) && !path.starts_with("/api/v1");
    let routes = if of_bonusplus { bonusplus_routes() } else { routes() };
    let found = routes.iter().find(|(verb, template)| *verb == method && is_at(&path, template));
    let Some((_, template)) = found else {
        assert!(of_bonusplus && status == 404, "{method} {path} is no route");
        return;
    };
    let document = if of_bonusplus { bonusplus_document() } else { document() };
    if proven {
        assert_proof_documented(document, (method, template), status);
    }
    let checked = CHECKED.with_borrow_mut(|checked| {
        let count = checked.entry((format!("{method} {template}"), status)).or_insert(0);
        *count += 1;
        *count
    });
    if checked > CHECKED_MAX {
        return;
    }
    assert_documented_in(document, (method, template), status, body);
}

fn is_at(path: &str, template: &str) -> bool {
    let (parts, wanted): (Vec<&str>, Vec<&str>) =
        (path.split('/').collect(), template.split('/').collect());
    parts.len() == wanted.len()
        && parts.iter().zip(&wanted).all(|(part, wanted)| wanted.starts_with('{') || part == wanted)
}
