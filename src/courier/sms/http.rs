//! The generic HTTP gateway: URL, headers and body as the provider's manual wants them, from templates.

use crate::courier::outbound::{Outbound, OutboundRequest, Outcome, Verb};
use crate::courier::sms::Sms;
use crate::courier::sms::settings::{BodyFormat, GatewayError, SmsSettings};
use crate::courier::sms::template::{Escape, Slot, Template};
use crate::values::Phone;
use reqwest::header::{HeaderName, HeaderValue};

/// Text that shows at the start whether a template escapes: every character that could break out.
const TRICKY: &str = "\"\\{}&=?#/ %\n";
const SAMPLE_PHONE: u64 = 992_900_000_000;

/// A provider that takes messages over HTTP.
#[derive(Clone)]
pub struct HttpSms {
    outbound: Outbound,
    verb: Verb,
    url: Template,
    headers: Vec<(String, String)>,
    body: Option<(BodyFormat, Template)>,
    sender: String,
    success_contains: Option<String>,
}

impl HttpSms {
    /// Checks the settings by filling everything in once.
    pub(super) fn new(settings: &SmsSettings, outbound: Outbound) -> Result<Self, GatewayError> {
        let url = settings.url.as_deref().unwrap_or_default();
        let verb = settings.method.unwrap_or(Verb::Post);
        let gateway = Self {
            outbound,
            verb,
            url: template("sms.url", url)?,
            headers: headers(settings)?,
            body: body(settings, verb)?,
            sender: settings.sender.clone().unwrap_or_default(),
            success_contains: settings.success_contains.clone().filter(|text| !text.is_empty()),
        };
        gateway.check()?;
        Ok(gateway)
    }

    pub(super) async fn send(&self, sms: &Sms) -> Outcome {
        let answer = match self.outbound.ask(self.request(sms)).await {
            Ok(answer) => answer,
            Err(outcome) => return outcome,
        };
        match (answer.outcome(), &self.success_contains) {
            (Outcome::Delivered, Some(sign)) if !contains(&answer.body, sign.as_bytes()) => {
                Outcome::Refused(answer.rejection())
            }
            (outcome, _) => outcome,
        }
    }

    fn request(&self, sms: &Sms) -> OutboundRequest {
        let fill = |template: &Template, escape| template.fill(escape, sms, &self.sender);
        let body = self.body.as_ref().map(|(format, body)| fill(body, format.escape()));
        OutboundRequest {
            verb: self.verb,
            url: fill(&self.url, Escape::Percent),
            headers: self.headers.clone(),
            body: body.unwrap_or_default().into_bytes(),
        }
    }

    fn check(&self) -> Result<(), GatewayError> {
        let phone = Phone::from_number(SAMPLE_PHONE).expect("the sample is a phone number");
        let request = self.request(&Sms { phone, text: TRICKY.to_owned() });
        let url = reqwest::Url::parse(&request.url)
            .map_err(|error| GatewayError::new("sms.url", format!("is no address: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(GatewayError::new("sms.url", "must begin with http:// or https://"));
        }
        if let Some((BodyFormat::Json, _)) = self.body {
            serde_json::from_slice::<serde_json::Value>(&request.body).map_err(|error| {
                GatewayError::new("sms.body", format!("is not JSON once filled in: {error}"))
            })?;
        }
        self.check_slots()
    }

    fn check_slots(&self) -> Result<(), GatewayError> {
        let templates: Vec<&Template> =
            std::iter::once(&self.url).chain(self.body.as_ref().map(|(_, body)| body)).collect();
        let somewhere = |slots: &[Slot]| templates.iter().any(|template| template.has(slots));
        let wanted: [(&[Slot], &str); 2] = [
            (&[Slot::Phone, Slot::PhoneDigits], "{phone} or {phone_digits}"),
            (&[Slot::Text], "{text}"),
        ];
        for (slots, words) in wanted {
            if !somewhere(slots) {
                return Err(GatewayError::new("sms.body", format!("or sms.url must say {words}")));
            }
        }
        if somewhere(&[Slot::Sender]) && self.sender.is_empty() {
            return Err(GatewayError::new("sms.sender", "is wanted by a template"));
        }
        Ok(())
    }
}

impl BodyFormat {
    fn escape(self) -> Escape {
        match self {
            Self::Json => Escape::Json,
            Self::Form => Escape::Percent,
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Form => "application/x-www-form-urlencoded",
        }
    }
}

impl std::fmt::Debug for HttpSms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpSms").field("verb", &self.verb).finish_non_exhaustive()
    }
}

fn template(field: &'static str, text: &str) -> Result<Template, GatewayError> {
    Template::parse(text)
        .map_err(|error| GatewayError::new(field, format!("has an unknown place: {error}")))
}

fn body(
    settings: &SmsSettings,
    verb: Verb,
) -> Result<Option<(BodyFormat, Template)>, GatewayError> {
    match (&settings.body, verb) {
        (Some(_), Verb::Get) => Err(GatewayError::new("sms.body", "does not go with GET")),
        (Some(text), Verb::Post | Verb::Put) => {
            let format = settings.body_format.unwrap_or_default();
            Ok(Some((format, template("sms.body", text)?)))
        }
        (None, _) if settings.body_format.is_some() => {
            Err(GatewayError::new("sms.body_format", "needs sms.body"))
        }
        (None, _) => Ok(None),
    }
}

/// The headers of the settings, and the content type of the body unless they name one.
fn headers(settings: &SmsSettings) -> Result<Vec<(String, String)>, GatewayError> {
    let mut headers = Vec::new();
    for (name, value) in &settings.headers {
        let known = HeaderName::from_bytes(name.as_bytes());
        known.map_err(|_| GatewayError::new("sms.headers", format!("has no header {name:?}")))?;
        HeaderValue::from_str(value).map_err(|_| {
            GatewayError::new("sms.headers", format!("cannot send the value of {name:?}"))
        })?;
        headers.push((name.clone(), value.clone()));
    }
    let named = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    if settings.body.is_some() && !named {
        let format = settings.body_format.unwrap_or_default();
        headers.push(("Content-Type".to_owned(), format.content_type().to_owned()));
    }
    Ok(headers)
}

fn contains(body: &[u8], sign: &[u8]) -> bool {
    body.windows(sign.len()).any(|window| window == sign)
}
