//! The two languages of the dialect's messages, chosen by `Accept-Language`.

use axum::http::{HeaderMap, header};

/// Longest header that is looked at, in bytes.
const HEADER_MAX: usize = 256;

/// A language of messages; Russian is the vendor's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::api) enum Language {
    #[default]
    Russian,
    English,
}

impl Language {
    /// The language that the caller likes best of the two; the first one of several alike.
    pub(in crate::api) fn of(headers: &HeaderMap) -> Self {
        let text = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let text = text.filter(|text| text.len() <= HEADER_MAX).unwrap_or_default();
        let mut best = None;
        for (language, weight) in text.split(',').filter_map(wish) {
            if weight > 0 && best.is_none_or(|(_, most)| weight > most) {
                best = Some((language, weight));
            }
        }
        best.map(|(language, _)| language).unwrap_or_default()
    }
}

/// One entry, such as `en-GB;q=0.8`: a language of ours and its weight in thousandths.
fn wish(entry: &str) -> Option<(Language, u32)> {
    let mut parts = entry.split(';').map(str::trim);
    let tag = parts.next()?;
    let primary = tag.split('-').next()?;
    let language = if primary.eq_ignore_ascii_case("ru") {
        Language::Russian
    } else if primary.eq_ignore_ascii_case("en") {
        Language::English
    } else {
        return None;
    };
    let weight = parts.find_map(|part| part.strip_prefix("q="));
    Some((language, weight.map_or(Some(1_000), thousandths)?))
}

/// `1`, `0.8`, `0.125`; `None` if it is no weight.
fn thousandths(text: &str) -> Option<u32> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = part.len() <= 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    let part: u32 = format!("{part:0<3}").parse().ok().filter(|_| digits)?;
    match whole {
        "0" => Some(part),
        "1" if part == 0 => Some(1_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_liked_language_is_taken() {
        let check = |text: &str, expected: Language| {
            let headers = [(header::ACCEPT_LANGUAGE, text.parse().unwrap())].into_iter().collect();
            assert_eq!(Language::of(&headers), expected, "{text}");
        };
        assert_eq!(Language::of(&HeaderMap::new()), Language::Russian);
        check("en", Language::English);
        check("EN-gb", Language::English);
        check("ru-RU,ru;q=0.9,en-US;q=0.8,en;q=0.7", Language::Russian);
        check("en;q=0.5, ru;q=0.4", Language::English);
        check("ru;q=0.125,en;q=0.25", Language::English);
        check("de, fr;q=0.9", Language::Russian);
        check("en;q=0", Language::Russian);
        check("en;q=2", Language::Russian);
        check("*", Language::Russian);
    }
}
