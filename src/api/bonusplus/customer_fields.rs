//! What a body says about a customer, in the body itself or in `person` within it.

use super::customer_tier::{is_card_number, tier_in};
use super::reader::Fields;
use crate::api::complaint::{Complaint, FieldError};
use crate::ledger::{
    Change, CustomerChange, Gender, PERSON_ENTRIES_MAX, PersonChange, ProfileChange, Relative, Sex,
    SignificantDate, Tier,
};
use crate::values::Text;

/// Ways to write a sex; the words of both languages, and none at all.
const SEXES: [(&str, Option<Sex>); 9] = [
    ("male", Some(Sex::Male)),
    ("m", Some(Sex::Male)),
    ("м", Some(Sex::Male)),
    ("female", Some(Sex::Female)),
    ("f", Some(Sex::Female)),
    ("ж", Some(Sex::Female)),
    ("", None),
    ("none", None),
    ("unknown", None),
];

/// What a body changes about a customer.
pub(super) fn customer_change(
    body: &Fields<'_>,
    tiers: &[Tier],
) -> Result<CustomerChange, FieldError> {
    let inner = body.inner("person")?;
    let person = inner.as_ref().unwrap_or(body);
    Ok(CustomerChange {
        profile: profile_change(person)?,
        person: person_change(person, body)?,
        card: card(body, tiers)?,
        revives: false,
        phone: None,
        tier: tier_in(body, tiers)?,
    })
}

/// The number of a card has many names; the first that is given counts. `card` may be a tier as well.
fn card(body: &Fields<'_>, tiers: &[Tier]) -> Result<Change<Text<64>>, FieldError> {
    for name in ["newCardNumber", "cardNumber", "ean", "card"] {
        let change = body.text_change(name)?;
        let is_tier = name == "card"
            && matches!(&change, Change::Set(text) if !is_card_number(text.as_str(), tiers));
        if change != Change::Keep && !is_tier {
            return Ok(change);
        }
    }
    Ok(Change::Keep)
}

fn profile_change(person: &Fields<'_>) -> Result<ProfileChange, FieldError> {
    let gender = match sex(person, "sex")? {
        None => Change::Keep,
        Some(None) => Change::Clear,
        Some(Some(sex)) => Gender::parse(gender_of(sex)).map_or(Change::Clear, Change::Set),
    };
    let mut birth_date = Change::Keep;
    for name in ["birthDay", "birthday"] {
        match (person.date(name)?, person.string(name)?) {
            (Some(date), _) => birth_date = Change::Set(date),
            (None, Some(_)) => birth_date = Change::Clear,
            (None, None) => {}
        }
    }
    Ok(ProfileChange { full_name: Change::Keep, birth_date, gender })
}

fn person_change(person: &Fields<'_>, body: &Fields<'_>) -> Result<PersonChange, FieldError> {
    Ok(PersonChange {
        first_name: person.text_change("fn")?,
        last_name: person.text_change("ln")?,
        middle_name: person.text_change("mn")?,
        email: person.text_change("email")?,
        description: person.text_change("desc")?,
        instagram: person.text_change("profileInstagram")?,
        vkontakte: person.text_change("profileVkontakte")?,
        odnoklassniki: person.text_change("profileOdnoklassniki")?,
        address: person.text_change("address")?,
        utm_source: person.text_change("utmSource")?,
        created_in_store: Change::Keep,
        created_by_cashier: Change::Keep,
        registration_source: body.text_change("registrationSourceId")?,
        no_promotion_messages: person.flag("disablePromoSMS")?,
        no_messages: body.flag("disableAllMessages")?,
        relatives: relatives(person)?,
        significant_dates: significant_dates(person)?,
        e_card_status: number_change(body, "eCardStatusID")?,
        vk_status: number_change(body, "vkStatusID")?,
    })
}

/// Where a new customer comes from.
pub(super) fn origin(body: &Fields<'_>, change: &mut CustomerChange) -> Result<(), FieldError> {
    change.person.created_in_store = body.text_change("store")?;
    change.person.created_by_cashier = number_change(body, "cashier")?;
    Ok(())
}

fn number_change(body: &Fields<'_>, name: &str) -> Result<Change<u32>, FieldError> {
    let number = body.whole(name, 0, u64::from(u32::MAX))?;
    Ok(number.and_then(|number| u32::try_from(number).ok()).map_or(Change::Keep, Change::Set))
}

fn number(body: &Fields<'_>, name: &str) -> Result<Option<u32>, FieldError> {
    let number = body.whole(name, 0, u64::from(u32::MAX))?;
    Ok(number.and_then(|number| u32::try_from(number).ok()))
}

fn relatives(person: &Fields<'_>) -> Result<Option<Vec<Relative>>, FieldError> {
    let Some(entries) = person.entries("relatives", PERSON_ENTRIES_MAX)? else { return Ok(None) };
    let relative = |entry: &Fields<'_>| {
        Ok(Relative {
            name: entry.text("name")?,
            birth_date: entry.date("birthDay")?,
            gender: sex(entry, "sex")?.flatten(),
        })
    };
    entries.iter().map(relative).collect::<Result<_, _>>().map(Some)
}

fn significant_dates(person: &Fields<'_>) -> Result<Option<Vec<SignificantDate>>, FieldError> {
    let entries = person.entries("significantDates", PERSON_ENTRIES_MAX)?;
    let Some(entries) = entries else { return Ok(None) };
    let day = |entry: &Fields<'_>| {
        Ok(SignificantDate {
            id: entry.text("id")?,
            occasion: entry.text("significantDateId")?,
            kind: number(entry, "significantDateType")?,
            name: entry.text("name")?,
            date: entry.date("date")?,
            gender: number(entry, "sex")?,
        })
    };
    entries.iter().map(day).collect::<Result<_, _>>().map(Some)
}

fn sex(fields: &Fields<'_>, name: &str) -> Result<Option<Option<Sex>>, FieldError> {
    let Some(text) = fields.string(name)? else { return Ok(None) };
    let text = text.to_lowercase();
    let found = SEXES.iter().find(|(word, _)| *word == text);
    let complaint = || Complaint::NotOneOf("Male, Female".to_owned());
    found.map(|(_, sex)| Some(*sex)).ok_or_else(|| fields.complain(name, complaint()))
}

/// How a profile writes it.
pub(super) const fn gender_of(sex: Sex) -> &'static str {
    match sex {
        Sex::Male => "male",
        Sex::Female => "female",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<CustomerChange, String> {
        customer_change(&Fields::parse(json.as_bytes()).unwrap(), &[]).map_err(|error| error.field)
    }

    #[test]
    fn data_stand_in_the_body_or_in_person() {
        let flat = read(r#"{"fn": "Анна", "sex": "Female", "birthDay": "31.12.1990"}"#).unwrap();
        let nested =
            read(r#"{"person": {"fn": "Анна", "sex": "Ж", "birthDay": "1990-12-31"}}"#).unwrap();
        assert_eq!(flat, nested);
        assert_eq!(flat.profile.gender, Change::Set(Text::parse("female").unwrap()));
        assert_eq!(flat.person.first_name, Change::Set(Text::parse("Анна").unwrap()));
        assert_eq!(read("{}"), Ok(CustomerChange::default()));
        assert_eq!(read(r#"{"fn": null, "birthDay": null}"#), Ok(CustomerChange::default()));
    }

    #[test]
    fn an_empty_text_clears() {
        let change = read(r#"{"fn": "", "birthDay": "", "sex": "", "cardNumber": ""}"#).unwrap();
        assert_eq!(change.person.first_name, Change::Clear);
        assert_eq!(change.profile.birth_date, Change::Clear);
        assert_eq!((change.profile.gender, change.card), (Change::Clear, Change::Clear));
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_its_place() {
        assert_eq!(read(r#"{"sex": "maybe"}"#), Err("sex".into()));
        assert_eq!(read(r#"{"birthDay": "soon"}"#), Err("birthDay".into()));
        assert_eq!(read(r#"{"relatives": [{"sex": "x"}]}"#), Err("relatives[0].sex".into()));
        assert_eq!(read(r#"{"person": {"fn": {}}}"#), Err("person.fn".into()));
        let many = format!(r#"{{"relatives": [{}]}}"#, vec!["{}"; 21].join(","));
        assert_eq!(read(&many), Err("relatives".into()));
    }
}
