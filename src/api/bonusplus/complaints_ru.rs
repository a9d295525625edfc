//! What can be wrong with a field of a request, in Russian.

use crate::api::complaint::{Complaint, FieldError};
use crate::values::{DecimalError, TextError};

/// The message: the field and what is wrong with it.
pub(super) fn text(error: &FieldError) -> String {
    format!("Поле {}: {}.", error.field, complaint(&error.complaint))
}

fn complaint(complaint: &Complaint) -> String {
    let fixed = match complaint {
        Complaint::MalformedJson { line, column } => {
            return format!("неверный JSON (строка {line}, позиция {column})");
        }
        Complaint::NotWhole { least, most } => {
            return format!("требуется целое число от {least} до {most}");
        }
        Complaint::TooManyEntries(most) => return format!("не более {most} элементов"),
        Complaint::Decimal(error) => return decimal(*error),
        Complaint::TooSmall(least) => return format!("не меньше {least}"),
        Complaint::Text(TextError::TooLong(most)) => return format!("не более {most} символов"),
        Complaint::NotOneOf(words) => return format!("допустимые значения: {words}"),
        Complaint::Excluded(other) => return format!("нельзя указать вместе с {other}"),
        Complaint::NotReceived => "не получено",
        Complaint::NotAnObject => "требуется объект JSON",
        Complaint::Unknown => "неизвестное поле",
        Complaint::Duplicate => "указано дважды",
        Complaint::Required => "не заполнено",
        Complaint::NotText => "требуется строка",
        Complaint::NumberInQuotes | Complaint::NumberNotInQuotes => "требуется число",
        Complaint::NotFlag => "требуется true или false",
        Complaint::NotList => "требуется список",
        Complaint::Text(TextError::ControlCharacter) => "недопустимые символы",
        Complaint::Phone(_) => "требуется номер телефона из 8-15 цифр",
        Complaint::NotInstant | Complaint::NotDate => "неверная дата",
        Complaint::NotTimeZone => "неизвестный часовой пояс",
        Complaint::NotDecodable => "неверная кодировка",
        Complaint::NotAKey => "требуется от 1 до 255 видимых символов",
        Complaint::NotAUrl => "требуется адрес http:// или https://",
        Complaint::Code(_) => "неверный код",
        Complaint::NotTelegramData => "не подписано Telegram",
        Complaint::NotBotToken => "требуется токен бота",
        Complaint::NotBotUsername => "требуется имя бота",
        Complaint::NotAHeader => "требуется от 1 до 1024 печатных символов ASCII",
        Complaint::NotOperatorName => "требуется от 1 до 32 символов: a-z, 0-9, . _ -",
        Complaint::NotAHash => "требуется 64 шестнадцатеричных знака",
    };
    fixed.to_owned()
}

fn decimal(error: DecimalError) -> String {
    match error {
        DecimalError::NotANumber => "требуется число".to_owned(),
        DecimalError::Negative => "не может быть отрицательным".to_owned(),
        DecimalError::TooManyDecimals(most) => format!("не более {most} знаков после запятой"),
        DecimalError::TooLarge => "слишком большое число".to_owned(),
        DecimalError::Above(most) => format!("не больше {most}"),
    }
}
