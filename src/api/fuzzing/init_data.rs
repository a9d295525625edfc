//! For fuzzers: what claims to be signed by Telegram, as it came and signed anew, so that what stands behind
//! the signature is reached.

use crate::api::error::ApiError;
use crate::api::telegram::{contact_of, mac_of, pairs, user_of};
use crate::fuzzing;
use crate::ledger::BotToken;
use crate::values::Timestamp;
use hmac::Mac;

const TOKEN: &str = "5768337691:AAH5YkoiEuPk8-FZa32hStHTqXiLPtAEhx8";
const NOW: i64 = 1_662_771_700_000;
const SEEDS: &str = "query_id=AAHdF6IQAAAAAN0XohDhrOrc&user=%7B%22id%22%3A279058397%2C%22first_name%22%3A%22Vladislav%22%2C%22last_name%22%3A%22Kibenko%22%2C%22username%22%3A%22vdkfrost%22%2C%22language_code%22%3A%22ru%22%2C%22is_premium%22%3Atrue%7D&auth_date=1662771648&hash=c501b71e775f74ce10e377dea85a7ea24ecd640b223ea86dfe453e0eaed2e2b2
contact=%7B%22user_id%22%3A279058397%2C%22phone_number%22%3A%22998901234567%22%2C%22first_name%22%3A%22Vladislav%22%2C%22last_name%22%3A%22Kibenko%22%7D&auth_date=1662771700&hash=2e24c6752581361f420fdb406a8618397a9e83dc11ebc0032850d56e0cbda7ce
user={\"id\":1}&auth_date=1662771648&hash=00";

pub(super) fn seeds() -> Vec<Vec<u8>> {
    fuzzing::lines(SEEDS)
}

/// Nothing is believed under the key of another bot; what is signed is refused for other reasons alone.
pub(super) fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (bot, other) = (BotToken::new(TOKEN), BotToken::new("1:another"));
    let now = Timestamp::from_millis(NOW);
    let (user, contact) = (user_of(text, &bot, now), contact_of(text, &bot, now));
    assert!(user.is_err() || user_of(text, &other, now) == Err(ApiError::TelegramHashInvalid));
    assert!(contact.is_err() || contact_of(text, &other, now).is_err());
    let Some(signed) = signed(text, &bot) else { return };
    let hash_is_wrong = |error: &ApiError| *error == ApiError::TelegramHashInvalid;
    assert!(!user_of(&signed, &bot, now).is_err_and(|error| hash_is_wrong(&error)), "{signed}");
    assert!(!contact_of(&signed, &bot, now).is_err_and(|error| hash_is_wrong(&error)), "{signed}");
}

/// The same pairs under a hash that belongs to them.
fn signed(text: &str, bot: &BotToken) -> Option<String> {
    let unsigned: Vec<&str> = text.split('&').filter(|pair| !pair.starts_with("hash=")).collect();
    let unsigned = unsigned.join("&");
    let pairs = pairs(&unsigned)?;
    let hash = hex::encode(mac_of(&pairs, bot).finalize().into_bytes());
    (!pairs.contains_key("hash")).then(|| format!("{unsigned}&hash={hash}"))
}
