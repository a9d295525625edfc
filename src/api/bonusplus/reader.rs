//! Reads what plug-ins send: numbers in strings and strings that are numbers, "" for zero, null for
//! absent, fields nobody knows. Figures are read from their text, exactly, and rounded half-up.

use crate::api::complaint::{Complaint, FieldError};
use crate::api::request::json_text;
use crate::api::scan::{self, Raw};
use crate::ledger::Change;
use crate::values::{
    Balance, Bonus, Country, Date, DecimalError, Money, Phone, Precision, Quantity, Text,
    UnitPrice, parse_scaled,
};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// Most fields of an object that are looked at; later ones are as good as unknown.
const FIELDS_MAX: usize = 256;
/// Decimals of a whole number, and of an amount.
const WHOLE_SCALE: u32 = 0;
const AMOUNT_SCALE: u32 = 2;
/// `31.12.1990` and `1990-12-31`, digits shown as zeros.
const DAY_FIRST: &[u8] = b"00.00.0000";
const YEAR_FIRST: &[u8] = b"0000-00-00";

/// The fields of an object by name; of a name that occurs twice, the last one.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    /// What stands before the name of a field when it is complained of: `items[3].`
    place: String,
    values: BTreeMap<Cow<'a, str>, Raw<'a>>,
}

impl<'a> Fields<'a> {
    /// Reads a body; an empty one has no fields.
    pub(super) fn parse(body: &'a [u8]) -> Result<Self, FieldError> {
        let text = json_text(body)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.trim().is_empty() {
            return Ok(Self { place: String::new(), values: BTreeMap::new() });
        }
        Self::read(text, String::new(), "body")
    }

    fn read(json: &'a str, place: String, itself: &str) -> Result<Self, FieldError> {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        let read = deserializer.deserialize_map(Everything);
        let read = read.and_then(|values| deserializer.end().map(|()| values));
        let values = read.map_err(|error| FieldError::new(itself, scan::complaint_of(&error)))?;
        Ok(Self { place, values })
    }

    /// A complaint about a field.
    pub(super) fn complain(&self, name: &str, complaint: impl Into<Complaint>) -> FieldError {
        FieldError::new(format_args!("{}{name}", self.place), complaint)
    }

    /// The value of a field that must be there.
    pub(super) fn required<T>(&self, name: &str, value: Option<T>) -> Result<T, FieldError> {
        value.ok_or_else(|| self.complain(name, Complaint::Required))
    }

    /// The field as it was written; null counts as absent.
    fn raw(&self, name: &str) -> Option<Raw<'a>> {
        self.values.get(name).copied().filter(|raw| raw.get() != "null")
    }

    /// The field as text, without the spaces around it: a string, a number, a flag.
    pub(super) fn string(&self, name: &str) -> Result<Option<String>, FieldError> {
        let Some(raw) = self.raw(name) else { return Ok(None) };
        let text = scalar(raw).ok_or_else(|| self.complain(name, Complaint::NotText))?;
        Ok(Some(text.trim().to_owned()))
    }

    /// A text of at most `MAX` characters; an empty one counts as absent.
    pub(super) fn text<const MAX: usize>(
        &self,
        name: &str,
    ) -> Result<Option<Text<MAX>>, FieldError> {
        let text = self.string(name)?.filter(|text| !text.is_empty());
        let text = text.map(|text| Text::parse(&text)).transpose();
        text.map_err(|error| self.complain(name, error))
    }

    /// A number, from its text; "" is zero.
    fn number<T>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, DecimalError>,
    ) -> Result<Option<T>, FieldError> {
        let Some(text) = self.string(name)? else { return Ok(None) };
        let text = if text.is_empty() { "0" } else { text.as_str() };
        let text = text.strip_prefix('+').unwrap_or(text);
        parse(text).map(Some).map_err(|error| self.complain(name, error))
    }

    /// A signed amount.
    pub(super) fn balance(&self, name: &str) -> Result<Option<Balance>, FieldError> {
        self.number(name, |text| {
            let cents = parse_scaled(text, AMOUNT_SCALE, Precision::HalfUp)?;
            let balance = i64::try_from(cents).map(Balance::from_cents);
            let balance = balance.map_err(|_| DecimalError::TooLarge)?;
            balance.magnitude().map(|_| balance).ok_or(DecimalError::TooLarge)
        })
    }

    /// A whole number from `least` to `most`; `5`, `5.0` and `"5"` are the same.
    pub(super) fn whole(
        &self,
        name: &str,
        least: u64,
        most: u64,
    ) -> Result<Option<u64>, FieldError> {
        let read = |text: &str| parse_scaled(text, WHOLE_SCALE, Precision::Exact);
        let Some(number) = self.number(name, read)? else { return Ok(None) };
        let number = u64::try_from(number).ok().filter(|number| (least..=most).contains(number));
        let complaint = || Complaint::NotWhole { least, most };
        number.map(Some).ok_or_else(|| self.complain(name, complaint()))
    }

    /// A flag; "", 0 and "false" are no, 1 and "true" are yes.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, FieldError> {
        let Some(text) = self.string(name)? else { return Ok(None) };
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" => Ok(Some(true)),
            "false" | "0" | "" => Ok(Some(false)),
            _ => Err(self.complain(name, Complaint::NotFlag)),
        }
    }

    /// A day such as `31.12.1990` or `1990-12-31`, with or without a time behind it.
    pub(super) fn date(&self, name: &str) -> Result<Option<Date>, FieldError> {
        let Some(text) = self.string(name)?.filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        day_of(&text).map(Some).ok_or_else(|| self.complain(name, Complaint::NotDate))
    }

    /// A phone, completed as the tenant's country has it; an empty one counts as absent.
    pub(super) fn phone(
        &self,
        name: &str,
        country: Option<Country>,
    ) -> Result<Option<Phone>, FieldError> {
        let Some(text) = self.string(name)?.filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let phone = Phone::parse(&text, country);
        phone.map(Some).map_err(|error| self.complain(name, error))
    }

    /// The entries of a list of objects.
    pub(super) fn entries(
        &self,
        name: &str,
        most: usize,
    ) -> Result<Option<Vec<Fields<'a>>>, FieldError> {
        let Some(entries) = self.list(name, most)? else { return Ok(None) };
        let entry = |(index, raw): (usize, Raw<'a>)| {
            let itself = format!("{}{name}[{index}]", self.place);
            Fields::read(raw.get(), format!("{itself}."), &itself)
        };
        entries.into_iter().enumerate().map(entry).collect::<Result<_, _>>().map(Some)
    }

    /// An object that is itself a field; its fields are called as if they stood here.
    pub(super) fn inner(&self, name: &str) -> Result<Option<Fields<'a>>, FieldError> {
        let Some(raw) = self.raw(name).filter(|raw| raw.get() != "\"\"") else { return Ok(None) };
        let itself = format!("{}{name}", self.place);
        Fields::read(raw.get(), format!("{itself}."), &itself).map(Some)
    }

    /// The objects of a list, or the one that stands in its place; without any, the field counts as absent.
    pub(super) fn one_or_more(
        &self,
        name: &str,
        most: usize,
    ) -> Result<Option<Vec<Fields<'a>>>, FieldError> {
        let objects = match self.is_list(name) {
            true => self.entries(name, most)?,
            false => self.inner(name)?.map(|object| vec![object]),
        };
        Ok(objects.filter(|objects| !objects.is_empty()))
    }

    /// What becomes of a text: "" clears it, null and absence keep it.
    pub(super) fn text_change<const MAX: usize>(
        &self,
        name: &str,
    ) -> Result<Change<Text<MAX>>, FieldError> {
        if self.raw(name).is_none() {
            return Ok(Change::Keep);
        }
        Ok(self.text(name)?.map_or(Change::Clear, Change::Set))
    }

    fn list(&self, name: &str, most: usize) -> Result<Option<Vec<Raw<'a>>>, FieldError> {
        let Some(raw) = self.raw(name).filter(|raw| raw.get() != "\"\"") else { return Ok(None) };
        scan::list(raw.get(), most).map(Some).map_err(|complaint| self.complain(name, complaint))
    }
}

impl Fields<'_> {
    pub(super) fn money(&self, name: &str) -> Result<Option<Money>, FieldError> {
        self.number(name, |text| Money::parse(text, Precision::HalfUp))
    }

    pub(super) fn bonus(&self, name: &str) -> Result<Option<Bonus>, FieldError> {
        self.number(name, |text| Bonus::parse(text, Precision::HalfUp))
    }

    pub(super) fn quantity(&self, name: &str) -> Result<Option<Quantity>, FieldError> {
        self.number(name, Quantity::parse)
    }

    pub(super) fn unit_price(&self, name: &str) -> Result<Option<UnitPrice>, FieldError> {
        self.number(name, UnitPrice::parse)
    }

    /// The texts of a list, or the one that stands in its place; without any, the field counts as absent.
    pub(super) fn words(&self, name: &str, most: usize) -> Result<Option<Vec<String>>, FieldError> {
        let words = match self.is_list(name) {
            true => self.texts::<255>(name, most)?.unwrap_or_default(),
            false => self.text(name)?.into_iter().collect(),
        };
        let given = words.iter().map(|word| word.as_str()).filter(|word| !word.is_empty());
        let words: Vec<String> = given.map(str::to_owned).collect();
        Ok((!words.is_empty()).then_some(words))
    }

    fn is_list(&self, name: &str) -> bool {
        self.raw(name).is_some_and(|raw| raw.get().starts_with('['))
    }

    /// The entries of a list of texts.
    pub(super) fn texts<const MAX: usize>(
        &self,
        name: &str,
        most: usize,
    ) -> Result<Option<Vec<Text<MAX>>>, FieldError> {
        let Some(entries) = self.list(name, most)? else { return Ok(None) };
        let entry = |(index, raw): (usize, Raw<'_>)| {
            let complain =
                |complaint: Complaint| self.complain(&format!("{name}[{index}]"), complaint);
            let text = scalar(raw).ok_or_else(|| complain(Complaint::NotText))?;
            Text::parse(text.trim()).map_err(|error| complain(error.into()))
        };
        entries.into_iter().enumerate().map(entry).collect::<Result<_, _>>().map(Some)
    }
}

/// What a string, a number or a flag says; `None` for a list or an object.
fn scalar(raw: Raw<'_>) -> Option<Cow<'_, str>> {
    match raw.get().as_bytes().first()? {
        b'"' => serde_json::from_str::<String>(raw.get()).ok().map(Cow::Owned),
        b'[' | b'{' => None,
        _ => Some(Cow::Borrowed(raw.get())),
    }
}

fn day_of(text: &str) -> Option<Date> {
    let head = text.get(..DAY_FIRST.len())?;
    let is = |pattern: &[u8]| {
        head.bytes().zip(pattern).all(|(byte, wanted)| match wanted {
            b'0' => byte.is_ascii_digit(),
            other => byte == *other,
        })
    };
    if is(DAY_FIRST) {
        let (day, month, year) = (head.get(..2)?, head.get(3..5)?, head.get(6..)?);
        return format!("{year}-{month}-{day}").parse().ok();
    }
    head.parse().ok().filter(|_| is(YEAR_FIRST))
}

/// Takes every field of an object.
struct Everything;

impl<'a> Visitor<'a> for Everything {
    type Value = BTreeMap<Cow<'a, str>, Raw<'a>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut values = BTreeMap::new();
        while let Some(name) = map.next_key::<Cow<'a, str>>()? {
            let value = map.next_value::<&'a RawValue>()?.into();
            if values.len() < FIELDS_MAX || values.contains_key(&name) {
                values.insert(name, value);
            }
        }
        Ok(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(json: &str) -> Fields<'_> {
        Fields::parse(json.as_bytes()).unwrap()
    }

    #[test]
    fn numbers_are_read_whatever_they_are_wrapped_in() {
        let check = |value: &str, expected: Result<Option<i64>, &str>| {
            let json = format!(r#"{{"amount":{value},"other":[{{}}]}}"#);
            let found = fields(&json).balance("amount");
            let found = found.map(|amount| amount.map(Balance::cents));
            assert_eq!(found.map_err(|error| error.complaint.code()), expected, "{value}");
        };
        check("5", Ok(Some(500)));
        check(r#""5""#, Ok(Some(500)));
        check(r#"" 5.125 ""#, Ok(Some(513)));
        check("-5.125", Ok(Some(-513)));
        check(r#""+5""#, Ok(Some(500)));
        check(r#""""#, Ok(Some(0)));
        check("1e2", Ok(Some(10_000)));
        check("null", Ok(None));
        check("0.1", Ok(Some(10)));
        check(r#""five""#, Err("wrong_type"));
        check("true", Err("wrong_type"));
        check("[5]", Err("wrong_type"));
        check("1e40", Err("too_large"));
    }

    #[test]
    fn whole_numbers_count_by_value() {
        let check = |value: &str, expected: Result<Option<u64>, &str>| {
            let json = format!(r#"{{"rowCount":{value}}}"#);
            let found = fields(&json).whole("rowCount", 0, 1_000);
            assert_eq!(found.map_err(|error| error.complaint.code()), expected, "{value}");
        };
        check("5", Ok(Some(5)));
        check("5.0", Ok(Some(5)));
        check(r#""5""#, Ok(Some(5)));
        check(r#""""#, Ok(Some(0)));
        check("5.5", Err("too_many_decimals"));
        check("1001", Err("not_whole_number"));
        check("-1", Err("not_whole_number"));
    }

    #[test]
    fn texts_flags_and_days_are_read_as_they_are_meant() {
        let all = fields(
            r#"{"store": 12, "cashier": "", "a": "true", "b": 0, "c": "yes", "d": "31.12.1990",
                "e": "1990-12-31T00:00:00", "f": "31.02.1990", "store": " 13 ", "g": {}}"#,
        );
        assert_eq!(all.text::<9>("store").unwrap().unwrap().as_str(), "13");
        assert_eq!(all.text::<9>("cashier").unwrap(), None);
        assert_eq!((all.flag("a"), all.flag("b")), (Ok(Some(true)), Ok(Some(false))));
        assert!(all.flag("c").is_err() && all.text::<9>("g").is_err());
        let day = Date::from_ymd_opt(1990, 12, 31);
        assert_eq!((all.date("d"), all.date("e")), (Ok(day), Ok(day)));
        assert!(all.date("f").is_err() && all.date("c").is_err());
    }

    #[test]
    fn bodies_may_be_empty_but_not_broken() {
        let code = |body: &[u8]| Fields::parse(body).map(|_| ()).map_err(|it| it.complaint.code());
        assert_eq!((code(b""), code(b" \r\n"), code(b"{}")), (Ok(()), Ok(()), Ok(())));
        assert_eq!(code("\u{feff}{}".as_bytes()), Ok(()));
        assert_eq!(code(b"{"), Err("malformed_json"));
        assert_eq!(code(b"{} {}"), Err("malformed_json"));
        assert_eq!(code(b"\xff"), Err("malformed_json"));
        assert_eq!(code(b"[]"), Err("wrong_type"));
        let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(400_000), "]".repeat(400_000));
        assert_eq!(code(deep.as_bytes()), Ok(()));
    }

    #[test]
    fn entries_are_complained_of_by_their_place() {
        let all =
            fields(r#"{"items": [{"sum": 1}, {"sum": -1}], "coupons": ["a", 7], "none": ""}"#);
        let items = all.entries("items", 2).unwrap().unwrap();
        assert_eq!(items[0].money("sum").unwrap(), Money::from_cents(100));
        assert_eq!(items[1].money("sum").unwrap_err().field, "items[1].sum");
        let coupons = all.texts::<9>("coupons", 5).unwrap().unwrap();
        assert_eq!(coupons.iter().map(Text::as_str).collect::<Vec<_>>(), ["a", "7"]);
        assert!(all.entries("coupons", 5).is_err() && all.entries("items", 1).is_err());
        assert!(all.entries("none", 5).unwrap().is_none());
    }
}
