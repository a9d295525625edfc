//! What Telegram vouches for with a tenant's bot: who opened a mini app, and whose phone was shared in it.
//! Nothing of it is believed before its signature is checked (rule 39).

use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::api::path;
use crate::ledger::{BotToken, FullName, TelegramName, TelegramUser};
use crate::values::{Phone, TelegramId, Text, Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;
use std::collections::BTreeMap;

/// How old signed data may be, in seconds.
const AGE_SECONDS_MAX: i64 = 86_400;
/// How far ahead of our clock it may be, in seconds.
const AHEAD_SECONDS_MAX: i64 = 300;
/// The longest signed data that is looked at, in bytes.
const DATA_BYTES_MAX: usize = 8_192;
/// From what the signing key is derived, together with the bot's token.
const KEY_OF: &[u8] = b"WebAppData";

/// A phone that a Telegram user shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::api) struct Contact {
    pub(in crate::api) user: TelegramId,
    pub(in crate::api) phone: Phone,
    /// As the user is called in Telegram.
    pub(in crate::api) full_name: Option<FullName>,
}

/// `user` of initData; it has more fields.
#[derive(Deserialize)]
struct UserJson {
    id: u64,
    username: Option<String>,
}

/// `contact` of a shared contact; it has more fields.
#[derive(Deserialize)]
struct ContactJson {
    user_id: u64,
    phone_number: String,
    first_name: Option<String>,
    last_name: Option<String>,
}

/// Who opened the mini app, from `window.Telegram.WebApp.initData`.
pub(in crate::api) fn user_of(
    init_data: &str,
    bot: &BotToken,
    now: Timestamp,
) -> Result<TelegramUser, ApiError> {
    let json = signed(init_data, ("init_data", "user"), bot, now)?;
    let read = || {
        let user: UserJson = serde_json::from_str(&json).ok()?;
        let username = user.username.filter(|name| !name.is_empty());
        let username = username.map(|name| TelegramName::parse(&name)).transpose().ok()?;
        Some(TelegramUser { id: TelegramId(user.id), username })
    };
    read().ok_or_else(|| malformed("init_data").into())
}

/// Whose phone was shared, from the raw response of `requestContact`.
pub(in crate::api) fn contact_of(
    contact: &str,
    bot: &BotToken,
    now: Timestamp,
) -> Result<Contact, ApiError> {
    let json = signed(contact, ("contact", "contact"), bot, now)?;
    let contact: ContactJson = serde_json::from_str(&json).map_err(|_| malformed("contact"))?;
    // E.164 with or without its plus; no country completes it.
    let number = contact.phone_number.trim().trim_start_matches('+');
    let phone = Phone::parse(&format!("+{number}"), None)
        .map_err(|error| FieldError::new("contact", error))?;
    let names = [contact.first_name, contact.last_name].into_iter().flatten();
    let names: Vec<String> = names.filter(|name| !name.trim().is_empty()).collect();
    let full_name = (!names.is_empty()).then(|| Text::parse(names.join(" ").trim()).ok());
    Ok(Contact { user: TelegramId(contact.user_id), phone, full_name: full_name.flatten() })
}

/// The value of `part`, once hash and age of the whole are good.
fn signed(
    raw: &str,
    (field, part): (&'static str, &str),
    bot: &BotToken,
    now: Timestamp,
) -> Result<String, ApiError> {
    let mut pairs = pairs(raw).ok_or_else(|| malformed(field))?;
    let hash = pairs.remove("hash").ok_or_else(|| malformed(field))?;
    let mut given = [0_u8; 32];
    hex::decode_to_slice(&hash, &mut given).map_err(|_| malformed(field))?;
    let signed_at: i64 = pairs
        .get("auth_date")
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| malformed(field))?;
    if !pairs.contains_key(part) {
        return Err(malformed(field).into());
    }
    mac_of(&pairs, bot).verify_slice(&given).map_err(|_| ApiError::TelegramHashInvalid)?;
    let age = now.millis().div_euclid(1_000).saturating_sub(signed_at);
    if !(-AHEAD_SECONDS_MAX..=AGE_SECONDS_MAX).contains(&age) {
        return Err(ApiError::TelegramDataExpired);
    }
    pairs.remove(part).ok_or_else(|| malformed(field).into())
}

/// The pairs of a query string, decoded and by key; `None` if it is none, or has a key twice.
pub(super) fn pairs(raw: &str) -> Option<BTreeMap<String, String>> {
    if raw.len() > DATA_BYTES_MAX {
        return None;
    }
    let mut pairs = BTreeMap::new();
    for pair in raw.split('&') {
        let (key, value) = pair.split_once('=')?;
        let (key, value) = (path::decode(key, true)?, path::decode(value, true)?);
        if pairs.insert(key, value).is_some() {
            return None;
        }
    }
    Some(pairs)
}

/// Over all pairs but the hash, `key=value` in the order of the keys, a line each.
pub(super) fn mac_of(pairs: &BTreeMap<String, String>, bot: &BotToken) -> Hmac<Sha256> {
    let lines: Vec<String> = pairs.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let key = keyed(KEY_OF).chain_update(bot.as_str()).finalize().into_bytes();
    keyed(&key).chain_update(lines.join("\n"))
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("a key of any length is taken")
}

fn malformed(field: &'static str) -> FieldError {
    FieldError::new(field, Complaint::NotTelegramData)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "5768337691:AAH5YkoiEuPk8-FZa32hStHTqXiLPtAEhx8";
    const SIGNED_AT: i64 = 1_662_771_648;
    const INIT_DATA: &str = "query_id=AAHdF6IQAAAAAN0XohDhrOrc&user=%7B%22id%22%3A279058397%2C%22first_name%22%3A%22Vladislav%22%2C%22last_name%22%3A%22Kibenko%22%2C%22username%22%3A%22vdkfrost%22%2C%22language_code%22%3A%22ru%22%2C%22is_premium%22%3Atrue%7D&auth_date=1662771648&hash=c501b71e775f74ce10e377dea85a7ea24ecd640b223ea86dfe453e0eaed2e2b2";
    const CONTACT: &str = "contact=%7B%22user_id%22%3A279058397%2C%22phone_number%22%3A%22998901234567%22%2C%22first_name%22%3A%22Vladislav%22%2C%22last_name%22%3A%22Kibenko%22%7D&auth_date=1662771700&hash=2e24c6752581361f420fdb406a8618397a9e83dc11ebc0032850d56e0cbda7ce";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    fn user(raw: &str, seconds: i64) -> Result<TelegramUser, ApiError> {
        user_of(raw, &BotToken::new(TOKEN), at(seconds))
    }

    /// Signs as Telegram does: pairs that are not encoded.
    fn sign(pairs: &[(&str, &str)]) -> String {
        let bot = BotToken::new(TOKEN);
        let map = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let hash = hex::encode(mac_of(&map.collect(), &bot).finalize().into_bytes());
        let encode =
            |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02X}")).collect() };
        let mut raw: Vec<String> =
            pairs.iter().map(|(key, value)| format!("{key}={}", encode(value))).collect();
        raw.push(format!("hash={hash}"));
        raw.join("&")
    }

    #[test]
    fn the_vectors_are_accepted() {
        let known = user(INIT_DATA, SIGNED_AT).unwrap();
        assert_eq!(known.id, TelegramId(279_058_397));
        assert_eq!(known.username.unwrap().as_str(), "vdkfrost");
        let contact = contact_of(CONTACT, &BotToken::new(TOKEN), at(SIGNED_AT)).unwrap();
        assert_eq!((contact.user, contact.phone.to_string()), (known.id, "+998901234567".into()));
        assert_eq!(contact.full_name.unwrap().as_str(), "Vladislav Kibenko");
    }

    #[test]
    fn nothing_near_the_vectors_is_accepted() {
        let forged = |raw: &str, token: &str| {
            let found = user_of(raw, &BotToken::new(token), at(SIGNED_AT));
            assert_eq!(found, Err(ApiError::TelegramHashInvalid), "{raw}");
        };
        forged(INIT_DATA, "5768337691:AAH5YkoiEuPk8-FZa32hStHTqXiLPtAEhx9");
        forged(&INIT_DATA.replace("279058397", "279058398"), TOKEN);
        forged(&INIT_DATA.replace("1662771648", "1662771649"), TOKEN);
        forged(&INIT_DATA.replace("hash=c5", "hash=c6"), TOKEN);
        forged(&format!("{INIT_DATA}&signature=abc"), TOKEN);
    }

    #[test]
    fn what_is_signed_has_its_time() {
        let check = |seconds: i64, fine: bool| {
            let expected = if fine { None } else { Some(ApiError::TelegramDataExpired) };
            assert_eq!(user(INIT_DATA, SIGNED_AT + seconds).err(), expected, "{seconds}");
        };
        check(AGE_SECONDS_MAX, true);
        check(AGE_SECONDS_MAX + 1, false);
        check(-AHEAD_SECONDS_MAX, true);
        check(-AHEAD_SECONDS_MAX - 1, false);
    }

    #[test]
    fn malformed_data_is_told_from_forged() {
        let json = r#"{"id":7}"#;
        let check = |raw: &str, fine: bool| {
            let expected = if fine { None } else { Some(malformed("init_data").into()) };
            assert_eq!(user(raw, SIGNED_AT).err(), expected, "{raw}");
        };
        let date = SIGNED_AT.to_string();
        check(&sign(&[("user", json), ("auth_date", &date)]), true);
        check(&sign(&[("user", json), ("auth_date", &date), ("signature", "kept")]), true);
        check(&sign(&[("auth_date", &date)]), false);
        check(&sign(&[("user", json)]), false);
        check(&sign(&[("user", json), ("auth_date", "soon")]), false);
        check(&sign(&[("user", "{}"), ("auth_date", &date)]), false);
        check(&sign(&[("user", r#"{"id":"7"}"#), ("auth_date", &date)]), false);
        check(&sign(&[("user", r#"{"id":7,"id":8}"#), ("auth_date", &date)]), false);
        let twice = sign(&[("user", json), ("auth_date", &date)]);
        check(&format!("{twice}&auth_date={date}"), false);
        check(INIT_DATA.split("&hash=").next().unwrap(), false);
        check(&INIT_DATA.replace("hash=c501", "hash=c5"), false);
        check(&INIT_DATA.replace("%7B", "%7"), false);
        check("", false);
        check(&"x=1&".repeat(DATA_BYTES_MAX), false);
    }

    #[test]
    fn a_contact_may_lack_a_name_but_not_a_phone() {
        let contact = |json: &str| {
            let raw = sign(&[("contact", json), ("auth_date", &SIGNED_AT.to_string())]);
            contact_of(&raw, &BotToken::new(TOKEN), at(SIGNED_AT))
        };
        let nameless = contact(r#"{"user_id":7,"phone_number":"+7 916 123-45-67"}"#).unwrap();
        assert_eq!((nameless.phone.to_string(), nameless.full_name), ("+79161234567".into(), None));
        let error = contact(r#"{"user_id":7,"phone_number":"12"}"#).unwrap_err();
        assert_eq!(error.row().code, "invalid_phone");
        let error = contact(r#"{"user_id":7}"#).unwrap_err();
        assert_eq!(error, malformed("contact").into());
    }
}
