//! What apps make happen: logins, Telegram users and bots, devices.

use super::{account_operation, at, text};
use crate::journal::operation::{EntityEvents, Operation};
use crate::ledger::{
    AccountEvent, Actor, BotToken, Device, LoginEvent, Platform, TelegramBot, TelegramUser,
    TenantEvent,
};
use crate::values::{Phone, TelegramId};

/// Operations with all of it; one of them changes a login together with an account.
pub(super) fn app_events() -> Vec<Operation> {
    let bot = TelegramBot { token: BotToken::new("57:AAH5-_x"), username: text("shop_bot") };
    let tenant = vec![TenantEvent::TelegramBotSet { bot, at: at(14) }];
    let wrong = vec![LoginEvent::CodeRefused { at: at(15) }];
    let of_app = |entities| Operation {
        actor: Actor::Customer,
        mark: None,
        entities,
        ..account_operation(Vec::new())
    };
    let account = account_operation(account_events()).entities;
    let used = vec![LoginEvent::CodeUsed { at: at(16) }];
    vec![
        of_app(vec![EntityEvents::Tenant(tenant)]),
        of_app(vec![EntityEvents::Login([5; 16], vec![code_sent()])]),
        of_app(vec![EntityEvents::Login([5; 16], wrong)]),
        of_app(account.into_iter().chain([EntityEvents::Login([5; 16], used)]).collect()),
    ]
}

fn code_sent() -> LoginEvent {
    LoginEvent::CodeSent {
        phone: Phone::from_number(992_901_234_567),
        nonce: [6; 16],
        expires_at: at(300_014),
        attempts: 5,
        at: at(14),
    }
}

fn account_events() -> Vec<AccountEvent> {
    let linked = |username| {
        AccountEvent::TelegramLinked(Box::new(TelegramUser {
            id: TelegramId(279_058_397),
            username,
        }))
    };
    let registered =
        |platform| AccountEvent::DeviceRegistered(Device { token: text("device:token"), platform });
    vec![
        linked(Some(text("vdkfrost"))),
        linked(None),
        registered(Some(Platform::Android)),
        registered(Some(Platform::Ios)),
        registered(None),
        AccountEvent::DeviceForgotten { token: text("device:token") },
    ]
}
