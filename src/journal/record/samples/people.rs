//! What shops of the BonusPlus dialect make happen: a key, settings, people.

use super::{account_operation, at, other_words, text};
use crate::journal::operation::{EntityEvents, Operation};
use crate::ledger::{
    AccountEvent, Actor, Person, PersonEvent, PlusRules, Relative, Sex, SignificantDate,
    TenantEvent, UnknownCustomer,
};
use std::sync::Arc;

/// Operations with all of it.
pub(super) fn people_events() -> Vec<Operation> {
    let key = TenantEvent::PlusKeySet { hash: [7; 32], previous_until: at(1), at: at(22) };
    let adopted = |unknown_customer| {
        let mut settings = other_words();
        settings.rules.policy.plus = PlusRules { unknown_customer, reserve_deadline_seconds: 60 };
        TenantEvent::SettingsAdopted { settings: Arc::new(settings), at: at(22) }
    };
    let tenant =
        vec![key, adopted(UnknownCustomer::NotFound), adopted(UnknownCustomer::PreconditionFailed)];
    let tenant = Operation {
        actor: Actor::Partner,
        mark: None,
        entities: vec![EntityEvents::Tenant(tenant)],
        ..account_operation(Vec::new())
    };
    let people = [
        PersonEvent::Changed(Box::new(person())),
        PersonEvent::Changed(Box::default()),
        PersonEvent::PhoneConfirmed { at: at(23) },
        PersonEvent::Archived { at: at(24) },
        PersonEvent::Revived { at: at(25) },
    ];
    vec![tenant, account_operation(people.map(AccountEvent::Person).to_vec())]
}

fn person() -> Person {
    let relative = |gender| Relative {
        name: Some(text("Ольга")),
        birth_date: "1990-12-31".parse().ok(),
        gender,
    };
    let day = SignificantDate {
        id: Some(text("b8365c98")),
        occasion: Some(text("6983459a")),
        kind: Some(3),
        name: Some(text("wedding")),
        date: "2015-06-01".parse().ok(),
        gender: Some(1),
    };
    Person {
        first_name: Some(text("Анна")),
        last_name: Some(text("Иванова")),
        middle_name: Some(text("Петровна")),
        email: Some(text("anna@example.com")),
        description: Some(text("likes tea")),
        instagram: Some(text("anna")),
        vkontakte: Some(text("id1")),
        odnoklassniki: Some(text("anna1")),
        address: Some(text("12 Rudaki Ave")),
        utm_source: Some(text("flyer")),
        created_in_store: Some(text("Рудаки")),
        created_by_cashier: Some(7),
        registration_source: Some(text("site")),
        no_promotion_messages: true,
        no_messages: true,
        relatives: vec![relative(Some(Sex::Female)), relative(Some(Sex::Male)), relative(None)],
        significant_dates: vec![day],
        e_card_status: Some(1),
        vk_status: Some(2),
        changed_at: at(22),
    }
}
