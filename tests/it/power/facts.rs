//! What was told to somebody before the power was cut, and must be true afterwards.

use crate::house::Shop;
use crate::receipts::Receipt;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// One thing that was told, or asked for.
pub(super) enum Fact {
    Shop(Shop),
    /// In the file that is named to operators.
    OperatorToken(String),
    Receipt(u64, String),
    /// A phone and a name.
    Customer(String, String),
    AskedToForget(String),
    Forgotten(String),
    /// How many bonuses the first customer was given by hand.
    Adjusted(u64),
    Operator(String),
    Snapshot(String),
    AskedToPrune(String),
    /// The archive has every event through this one.
    Archived(u64),
    /// A data directory that was made of another one is whole.
    Whole(String),
}

impl Fact {
    pub(super) fn to_json(&self) -> Value {
        match self {
            Self::Shop(Shop { id, token, secret, key }) => {
                json!({"shop": {"id": id, "token": token, "secret": secret, "key": key}})
            }
            Self::OperatorToken(token) => json!({"operator_token": token}),
            Self::Receipt(event, hash) => json!({"receipt": [event, hash]}),
            Self::Customer(phone, name) => json!({"customer": [phone, name]}),
            Self::AskedToForget(phone) => json!({"asked_to_forget": phone}),
            Self::Forgotten(phone) => json!({"forgotten": phone}),
            Self::Adjusted(count) => json!({"adjusted": count}),
            Self::Operator(name) => json!({"operator": name}),
            Self::Snapshot(name) => json!({"snapshot": name}),
            Self::AskedToPrune(name) => json!({"asked_to_prune": name}),
            Self::Archived(event) => json!({"archived": event}),
            Self::Whole(name) => json!({"whole": name}),
        }
    }

    fn read(told: &Value) -> Self {
        let (name, value) = told.as_object().unwrap().iter().next().unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let number = |value: &Value| value.as_u64().unwrap();
        match name.as_str() {
            "shop" => Self::Shop(Shop {
                id: number(&value["id"]),
                token: text(&value["token"]),
                secret: text(&value["secret"]),
                key: text(&value["key"]),
            }),
            "operator_token" => Self::OperatorToken(text(value)),
            "receipt" => Self::Receipt(number(&value[0]), text(&value[1])),
            "customer" => Self::Customer(text(&value[0]), text(&value[1])),
            "asked_to_forget" => Self::AskedToForget(text(value)),
            "forgotten" => Self::Forgotten(text(value)),
            "adjusted" => Self::Adjusted(number(value)),
            "operator" => Self::Operator(text(value)),
            "snapshot" => Self::Snapshot(text(value)),
            "asked_to_prune" => Self::AskedToPrune(text(value)),
            "archived" => Self::Archived(number(value)),
            "whole" => Self::Whole(text(value)),
            other => panic!("nobody tells {other}"),
        }
    }
}

/// All that was told by some moment.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    pub(super) shop: Option<Shop>,
    pub(super) operator_token: Option<String>,
    pub(super) receipts: Vec<Receipt>,
    pub(super) customers: BTreeMap<String, String>,
    /// Asked to be forgotten, with whether it was told done.
    pub(super) forgotten: BTreeMap<String, bool>,
    pub(super) adjusted: u64,
    pub(super) operators: BTreeSet<String>,
    pub(super) snapshots: BTreeSet<String>,
    pub(super) archived: u64,
    pub(super) whole: BTreeSet<String>,
}

impl Facts {
    pub(super) fn take(&mut self, told: &str) {
        match Fact::read(&serde_json::from_str(told).unwrap()) {
            Fact::Shop(shop) => self.shop = Some(shop),
            Fact::OperatorToken(token) => self.operator_token = Some(token),
            Fact::Receipt(event, hash) => self.receipts.push((event, hash)),
            Fact::Customer(phone, name) => {
                self.customers.insert(phone, name);
            }
            Fact::AskedToForget(phone) => {
                self.forgotten.insert(phone, false);
            }
            Fact::Forgotten(phone) => {
                self.forgotten.insert(phone, true);
            }
            Fact::Adjusted(count) => self.adjusted = count,
            Fact::Operator(name) => {
                self.operators.insert(name);
            }
            Fact::Snapshot(name) => {
                self.snapshots.insert(name);
            }
            Fact::AskedToPrune(name) => {
                self.snapshots.remove(&name);
            }
            Fact::Archived(event) => self.archived = event,
            Fact::Whole(name) => {
                self.whole.insert(name);
            }
        }
    }
}
