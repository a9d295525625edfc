//! Personal data and secrets as they are stored: in an envelope that says whether, and how, its
//! contents are sealed.

use crate::journal::codec::{BorrowDecode, CodecError, Decode, Encode, decode, encode};
use crate::journal::error::JournalError;
use crate::journal::record::fields::{date, instant, optional, phone, text};
use crate::journal::record::person::StoredPerson;
use crate::journal::vault::{Contents, Holder, Place, Sealing};
use crate::ledger::{
    AccountEvent, Authorization, Birthday, BotToken, Device, DeviceToken, PartnerSecret, Person,
    PersonEvent, Platform, Profile, TelegramBot, TelegramUser,
};
use crate::values::{Date, Phone, TelegramId, Text, Timestamp};

/// Contents that anyone who can read the file can read.
const PLAIN: u8 = 0;

/// Contents that are sealed under the key of their holder, which lies in the vault.
const SEALED: u8 = 1;
/// Contents that are gone: their key was destroyed before they were written here.
const GONE: u8 = 2;
/// What stands for a secret that nobody reads.
const UNREAD: &str = "unread";

/// Contents that are sealed in the way the flag says. What reads and makes events of them meets them
/// unsealed; they are sealed last before they are written, and unsealed first after they are read.
#[derive(Debug, Encode, Decode)]
pub(in crate::journal) struct Envelope {
    sealing: u8,
    payload: Vec<u8>,
}

/// An event that says something about a person.
#[derive(Debug, Encode, BorrowDecode)]
pub(super) enum StoredPersonal<'a> {
    PhoneAssigned { phone: u64 },
    CardAssigned { card: Option<&'a str> },
    ProfileChanged(StoredProfile<'a>),
    TelegramLinked { id: u64, username: Option<&'a str> },
    DeviceRegistered { token: &'a str, platform: Option<StoredPlatform> },
    DeviceForgotten { token: &'a str },
    BirthdayAwaited(Option<StoredBirthday>),
    PhoneRetired { phone: u64, until: i64, reason: Option<&'a str> },
    PersonChanged(Box<StoredPerson<'a>>),
}

#[derive(Debug, Encode, Decode)]
pub(super) enum StoredPlatform {
    Android,
    Ios,
}

/// A tenant's Telegram bot.
#[derive(Debug, Encode, BorrowDecode)]
struct StoredBot<'a> {
    token: &'a str,
    username: &'a str,
}

/// The birthday that an account waits for.
#[derive(Debug, Encode, Decode)]
pub(super) struct StoredBirthday {
    /// Days since 1970-01-01.
    date: i32,
    known_since: i64,
    next_at: i64,
}

/// What a customer told about themselves.
#[derive(Debug, Encode, BorrowDecode)]
pub(super) struct StoredProfile<'a> {
    full_name: Option<&'a str>,
    /// Days since 1970-01-01.
    birth_date: Option<i32>,
    gender: Option<&'a str>,
}

impl Envelope {
    fn plain(payload: Vec<u8>) -> Self {
        Self { sealing: PLAIN, payload }
    }

    /// An envelope whose contents are gone.
    pub(in crate::journal) const fn gone() -> Self {
        Self { sealing: GONE, payload: Vec::new() }
    }

    /// The contents; `None`: they are gone.
    fn open(&self) -> Result<Option<&[u8]>, CodecError> {
        match self.sealing {
            PLAIN => Ok(Some(&self.payload)),
            GONE => Ok(None),
            unknown => Err(CodecError::UnknownSealing(unknown)),
        }
    }

    /// Seals the contents for a place, unless they are gone.
    pub(in crate::journal) fn seal(
        &mut self,
        sealing: &Sealing,
        place: &Place,
    ) -> Result<(), JournalError> {
        if self.sealing != PLAIN {
            return Ok(());
        }
        match sealing.seal(place, &self.payload)? {
            None => {}
            Some(Contents::Readable(payload)) => *self = Self { sealing: SEALED, payload },
            Some(Contents::Gone) => *self = Self::gone(),
        }
        Ok(())
    }

    /// Unseals what was sealed for a place; what was written plainly is as it is, unless the key of its
    /// holder was destroyed since.
    pub(in crate::journal) fn unseal(
        &mut self,
        sealing: &Sealing,
        place: &Place,
    ) -> Result<(), CodecError> {
        if self.sealing == SEALED {
            *self = match sealing.open(place, &self.payload).map_err(CodecError::Sealed)? {
                Contents::Readable(payload) => Self::plain(payload),
                Contents::Gone => Self::gone(),
            };
        } else if self.sealing == PLAIN && sealing.is_gone(place).map_err(CodecError::Sealed)? {
            *self = Self::gone();
        }
        // Tenants are not forgotten: a house never serves one by a secret that nobody knows.
        if self.sealing == GONE && !sealing.is_blind() && matches!(place.holder, Holder::Tenant(_))
        {
            return Err(CodecError::OutOfRange("a secret without its key"));
        }
        Ok(())
    }

    /// Seals several as one, for the tables.
    pub(in crate::journal) fn seal_together(
        all: &mut Vec<Self>,
        sealing: &Sealing,
        place: &Place,
    ) -> Result<(), JournalError> {
        if all.is_empty() {
            return Ok(());
        }
        let mut one = Self::plain(encode(&*all));
        one.seal(sealing, place)?;
        match one.sealing {
            SEALED => *all = vec![one],
            GONE => all.clear(),
            _ => {}
        }
        Ok(())
    }

    /// Unseals what was sealed as one; nothing, if it is gone.
    pub(in crate::journal) fn unseal_together(
        all: &mut Vec<Self>,
        sealing: &Sealing,
        place: &Place,
    ) -> Result<(), CodecError> {
        let [one] = all.as_mut_slice() else { return Ok(()) };
        if one.sealing != SEALED {
            return Ok(());
        }
        one.unseal(sealing, place)?;
        let unsealed = one.open()?.map(decode::<Vec<Self>>).transpose()?;
        *all = unsealed.unwrap_or_default();
        Ok(())
    }

    pub(in crate::journal) fn of_phone(phone: Phone) -> Self {
        Self::plain(encode(&StoredPersonal::PhoneAssigned { phone: phone.number() }))
    }

    pub(in crate::journal) fn of_retired_phone(
        phone: Phone,
        until: Timestamp,
        reason: Option<&str>,
    ) -> Self {
        let (phone, until) = (phone.number(), until.millis());
        Self::plain(encode(&StoredPersonal::PhoneRetired { phone, until, reason }))
    }

    pub(in crate::journal) fn of_card(card: Option<&str>) -> Self {
        Self::plain(encode(&StoredPersonal::CardAssigned { card }))
    }

    pub(in crate::journal) fn of_profile(profile: &Profile) -> Self {
        Self::plain(encode(&StoredPersonal::ProfileChanged(StoredProfile {
            full_name: profile.full_name.as_ref().map(Text::as_str),
            birth_date: profile.birth_date.as_ref().map(Date::to_epoch_days),
            gender: profile.gender.as_ref().map(Text::as_str),
        })))
    }

    pub(in crate::journal) fn of_telegram(user: &TelegramUser) -> Self {
        let username = user.username.as_ref().map(Text::as_str);
        Self::plain(encode(&StoredPersonal::TelegramLinked { id: user.id.number(), username }))
    }

    pub(in crate::journal) fn of_device(device: &Device) -> Self {
        let platform = device.platform.map(|platform| match platform {
            Platform::Android => StoredPlatform::Android,
            Platform::Ios => StoredPlatform::Ios,
        });
        let token = device.token.as_str();
        Self::plain(encode(&StoredPersonal::DeviceRegistered { token, platform }))
    }

    pub(in crate::journal) fn of_forgotten_device(token: &DeviceToken) -> Self {
        Self::plain(encode(&StoredPersonal::DeviceForgotten { token: token.as_str() }))
    }

    pub(in crate::journal) fn of_bot(bot: &TelegramBot) -> Self {
        let (token, username) = (bot.token.as_str(), bot.username.as_str());
        Self::plain(encode(&StoredBot { token, username }))
    }
    pub(in crate::journal) fn of_birthday(birthday: Option<&Birthday>) -> Self {
        let stored = birthday.map(|birthday| StoredBirthday {
            date: birthday.date.to_epoch_days(),
            known_since: birthday.known_since.millis(),
            next_at: birthday.next_at.millis(),
        });
        Self::plain(encode(&StoredPersonal::BirthdayAwaited(stored)))
    }

    pub(in crate::journal) fn of_person(person: &Person) -> Self {
        Self::plain(encode(&StoredPersonal::PersonChanged(Box::new(person.into()))))
    }

    pub(in crate::journal) fn of_authorization(authorization: &Authorization) -> Self {
        Self::plain(authorization.as_str().as_bytes().to_vec())
    }

    pub(in crate::journal) fn of_secret(secret: &PartnerSecret) -> Self {
        Self::plain(secret.as_str().as_bytes().to_vec())
    }

    /// The personal event inside.
    pub(in crate::journal) fn personal_event(&self) -> Result<AccountEvent, CodecError> {
        let Some(contents) = self.open()? else {
            return Ok(AccountEvent::Person(PersonEvent::Unreadable));
        };
        Ok(match decode(contents)? {
            StoredPersonal::PhoneAssigned { phone: number } => {
                AccountEvent::PhoneAssigned { phone: phone(number)? }
            }
            StoredPersonal::CardAssigned { card } => {
                AccountEvent::CardAssigned { card: optional(card, text)? }
            }
            StoredPersonal::ProfileChanged(stored) => {
                AccountEvent::ProfileChanged(Box::new(Profile {
                    full_name: optional(stored.full_name, text)?,
                    birth_date: optional(stored.birth_date, date)?,
                    gender: optional(stored.gender, text)?,
                }))
            }
            StoredPersonal::TelegramLinked { id, username } => {
                let username = optional(username, text)?;
                AccountEvent::TelegramLinked(Box::new(TelegramUser {
                    id: TelegramId(id),
                    username,
                }))
            }
            StoredPersonal::DeviceRegistered { token, platform } => {
                let platform = platform.map(|platform| match platform {
                    StoredPlatform::Android => Platform::Android,
                    StoredPlatform::Ios => Platform::Ios,
                });
                AccountEvent::DeviceRegistered(Device { token: text(token)?, platform })
            }
            StoredPersonal::DeviceForgotten { token } => {
                AccountEvent::DeviceForgotten { token: text(token)? }
            }
            StoredPersonal::BirthdayAwaited(stored) => {
                AccountEvent::BirthdayAwaited(optional(stored.as_ref(), birthday)?)
            }
            StoredPersonal::PhoneRetired { phone: number, until, reason } => {
                let (phone, until) = (phone(number)?, instant(until)?);
                AccountEvent::PhoneRetired { phone, until, reason: optional(reason, text)? }
            }
            StoredPersonal::PersonChanged(stored) => {
                AccountEvent::Person(PersonEvent::Changed(Box::new((*stored).try_into()?)))
            }
        })
    }

    /// The phone inside; `None`: it is gone.
    pub(in crate::journal) fn phone(&self) -> Result<Option<Phone>, CodecError> {
        let Some(contents) = self.open()? else { return Ok(None) };
        match decode(contents)? {
            StoredPersonal::PhoneAssigned { phone: number } => phone(number).map(Some),
            StoredPersonal::CardAssigned { .. }
            | StoredPersonal::ProfileChanged(_)
            | StoredPersonal::TelegramLinked { .. }
            | StoredPersonal::DeviceRegistered { .. }
            | StoredPersonal::DeviceForgotten { .. }
            | StoredPersonal::BirthdayAwaited(_)
            | StoredPersonal::PhoneRetired { .. }
            | StoredPersonal::PersonChanged(_) => {
                Err(CodecError::OutOfRange("an envelope with a phone"))
            }
        }
    }

    /// The bot inside.
    pub(in crate::journal) fn bot(&self) -> Result<TelegramBot, CodecError> {
        let Some(contents) = self.open()? else {
            return Ok(TelegramBot { token: BotToken::new(UNREAD), username: text(UNREAD)? });
        };
        let stored: StoredBot<'_> = decode(contents)?;
        Ok(TelegramBot { token: BotToken::new(stored.token), username: text(stored.username)? })
    }

    /// The secret inside.
    pub(in crate::journal) fn secret(&self) -> Result<PartnerSecret, CodecError> {
        let text = std::str::from_utf8(self.open()?.unwrap_or(UNREAD.as_bytes()))
            .map_err(|_| CodecError::OutOfRange("the text of a secret"))?;
        Ok(PartnerSecret::new(text))
    }

    /// The value of an `Authorization` header inside.
    pub(in crate::journal) fn authorization(&self) -> Result<Authorization, CodecError> {
        const WHAT: &str = "the value of an Authorization header";
        let bytes = self.open()?.unwrap_or(UNREAD.as_bytes());
        let text = std::str::from_utf8(bytes).map_err(|_| CodecError::OutOfRange(WHAT))?;
        Authorization::parse(text).ok_or(CodecError::OutOfRange(WHAT))
    }
}

fn birthday(stored: &StoredBirthday) -> Result<Birthday, CodecError> {
    Ok(Birthday {
        date: date(stored.date)?,
        known_since: instant(stored.known_since)?,
        next_at: instant(stored.next_at)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_sealing_is_refused_by_its_number() {
        let phone = Phone::from_number(992_901_234_567).unwrap();
        let mut envelope = Envelope::of_phone(phone);
        assert_eq!(envelope.personal_event(), Ok(AccountEvent::PhoneAssigned { phone }));
        envelope.sealing = 3;
        let refusal = envelope.personal_event().unwrap_err();
        assert_eq!(refusal, CodecError::UnknownSealing(3));
        assert!(refusal.to_string().contains("way 3"));
        assert_eq!(envelope.secret(), Err(CodecError::UnknownSealing(3)));
    }
}
