//! What goes wrong before any field or rule is looked at, in Russian.

use crate::api::error::ApiError;
use crate::engine::EngineError;

/// The message of an error that is neither of a field nor of a rule.
pub(super) const fn russian(error: &ApiError) -> &'static str {
    match error {
        ApiError::RouteUnknown => "По этому адресу ничего нет.",
        ApiError::MethodNotAllowed => "Этот адрес не отвечает на такой метод.",
        ApiError::BodyTooLarge => "Тело запроса слишком большое.",
        ApiError::TenantTokenInvalid
        | ApiError::SignatureMissing
        | ApiError::TimestampOutOfRange
        | ApiError::SignatureInvalid
        | ApiError::BearerInvalid
        | ApiError::OperatorTokenInvalid
        | ApiError::TelegramHashInvalid
        | ApiError::TelegramDataExpired
        | ApiError::Operator(_) => "Доступ запрещён.",
        ApiError::SnapshotUnderWay => "Снимок уже создаётся.",
        ApiError::PlusKeyInvalid => "Ключ API не указан или неверен.",
        ApiError::TenantSuspended => "Магазин приостановлен.",
        ApiError::Field(_) | ApiError::BadRequest(_) => "Запрос не удалось прочитать.",
        ApiError::Engine(EngineError::Overloaded) => {
            "Слишком много запросов одновременно; повторите попытку."
        }
        ApiError::Engine(
            EngineError::Unavailable(_) | EngineError::ClockSteppedBack | EngineError::Broken(_),
        )
        | ApiError::NotReady(_) => "Сервис сейчас недоступен; повторите попытку.",
        ApiError::UriTooLong => "Адрес запроса слишком длинный.",
        ApiError::RateLimited { .. } => {
            "Слишком много запросов за этот срок; повторите попытку позже."
        }
        ApiError::TooManyWrongKeys { .. } => {
            "С этого адреса пришло слишком много неверных ключей; повторите попытку позже."
        }
        ApiError::Engine(EngineError::Refused(_)) => "В операции отказано.",
    }
}
