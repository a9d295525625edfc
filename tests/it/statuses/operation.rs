//! The operations of the documents: who may call each, and what is said of their requests.

use crate::contract::{bonusplus_document, document, operations_of, resolved_in};
use serde_json::Value;
use std::collections::BTreeSet;

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    /// Anybody: the probes.
    Open,
    /// Who has the tenant's token.
    Tenant,
    /// Who signs with the partner's secret besides.
    Partner,
    /// A customer with a Bearer token besides.
    Customer {
        optional: bool,
    },
    Operator,
    /// Who has the tenant's key of the BonusPlus dialect.
    Till,
}

/// Which document an operation stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// The operators' operations too.
    Bonex,
    BonusPlus,
}

/// An operation as its document has it.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    pub(super) dialect: Dialect,
    pub(super) id: &'static str,
    pub(super) method: &'static str,
    /// With `{name}` where texts vary.
    pub(super) path: &'static str,
    said: &'static Value,
}

impl Dialect {
    fn document(self) -> &'static Value {
        match self {
            Self::Bonex => document(),
            Self::BonusPlus => bonusplus_document(),
        }
    }

    fn routes(self) -> Vec<(&'static str, &'static str)> {
        match self {
            Self::Bonex => kopilka::api::routes(),
            Self::BonusPlus => kopilka::api::bonusplus_routes(),
        }
    }

    /// A stable code as the dialect writes it.
    pub(super) fn spelled(self, code: &str) -> String {
        match self {
            Self::Bonex => code.to_owned(),
            Self::BonusPlus => code.to_ascii_uppercase(),
        }
    }
}

impl Operation {
    pub(super) fn all(dialect: Dialect) -> Vec<Self> {
        let routes = dialect.routes();
        let told = |(method, path, said): (String, &'static str, &'static Value)| {
            let route = routes.iter().find(|route| route.0 == method && route.1 == path);
            let (method, _) = *route.unwrap_or_else(|| panic!("{method} {path} is no route"));
            Self { dialect, id: said["operationId"].as_str().unwrap(), method, path, said }
        };
        operations_of(dialect.document()).into_iter().map(told).collect()
    }

    pub(super) fn named(dialect: Dialect, id: &str) -> Self {
        let found = Self::all(dialect).into_iter().find(|operation| operation.id == id);
        found.unwrap_or_else(|| panic!("the document of {dialect:?} has no {id}"))
    }

    pub(super) fn door(&self) -> Door {
        if self.dialect == Dialect::BonusPlus {
            return Door::Till;
        }
        let ways = self.said["security"].as_array().unwrap();
        let asked = |scheme: &str| ways.iter().any(|way| way.get(scheme).is_some());
        if asked("OperatorToken") {
            Door::Operator
        } else if asked("PartnerSignature") {
            Door::Partner
        } else if asked("BearerAuth") {
            Door::Customer { optional: ways.iter().any(|way| way.get("BearerAuth").is_none()) }
        } else if asked("TenantToken") {
            Door::Tenant
        } else {
            Door::Open
        }
    }

    pub(super) fn declares(&self, status: u16) -> bool {
        self.said["responses"].get(status.to_string()).is_some()
    }

    /// Every status of the operation, under its name.
    pub(super) fn statuses(&self) -> BTreeSet<(&'static str, u16)> {
        let statuses = self.said["responses"].as_object().unwrap().keys();
        statuses.map(|status| (self.id, status.parse().unwrap())).collect()
    }

    /// The example of the body in the document, as it would be sent.
    pub(super) fn example_body(&self) -> Option<String> {
        let content = self.said.get("requestBody")?["content"].as_object().unwrap();
        let (kind, told) = content.iter().next().unwrap();
        let example = &told["example"];
        Some(if kind == "application/x-ndjson" { lines(example) } else { example.to_string() })
    }

    /// What the document gives as an example for a part of the path.
    pub(super) fn example_of(&self, name: &str) -> String {
        let document = self.dialect.document();
        let of_path = document["paths"][self.path]["parameters"].as_array();
        let own = self.said["parameters"].as_array();
        let mut all = of_path.into_iter().chain(own).flatten().map(|it| resolved_in(document, it));
        let found = all.find(|parameter| parameter["in"] == "path" && parameter["name"] == name);
        let example = &found.unwrap_or_else(|| panic!("{}: no {name}", self.id))["example"];
        example.as_str().map_or_else(|| example.to_string(), str::to_owned)
    }
}

/// Each entry as a line of JSON.
pub(super) fn lines(entries: &Value) -> String {
    entries.as_array().unwrap().iter().map(|entry| format!("{entry}\n")).collect()
}
