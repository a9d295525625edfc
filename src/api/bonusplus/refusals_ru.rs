//! Every refusal of the business in Russian, as a cashier reads it.

use super::field_names::named_here;
use crate::ledger::Refusal;

/// The message of a refusal.
#[expect(clippy::too_many_lines, reason = "a table with a row for each of a closed list")]
pub(super) fn russian(refusal: &Refusal) -> String {
    let fixed = match refusal {
        Refusal::DuplicateSale { sale } => {
            return format!("externalId уже занят: под ним записана продажа {sale}.");
        }
        Refusal::DuplicateRedemption { sale } => {
            return format!("externalId уже занят: под ним записано списание {sale}.");
        }
        Refusal::OrderAmountExceeded { sale, total, redeemed, order_total } => {
            return format!(
                "Сумма {total} и списание {redeemed} больше суммы заказа {order_total} (списание {sale})."
            );
        }
        Refusal::GrossAmountTooSmall { gross, redeemed, total } => {
            return format!(
                "Сумма до скидок {gross} за вычетом списания {redeemed} меньше итога {total}."
            );
        }
        Refusal::RedeemOverCap { asked, cap, .. } => {
            return format!("Списание {asked} больше допустимого для этого чека: {cap}.");
        }
        Refusal::ConfirmationMissing { from } => {
            return format!(
                "Для списания от {from} нужен код клиента, а этот запрос его не несёт."
            );
        }
        Refusal::ConfirmationAttemptsUsedUp { retry_after_seconds } => {
            return format!(
                "Слишком много неверных кодов; новый можно отправить через {retry_after_seconds} с."
            );
        }
        Refusal::TooManySalesToday { from } => {
            return format!("Магазин не принимает продажу клиента номер {from} за день и дальше.");
        }
        Refusal::PhoneKept { until } => {
            return format!("Телефон недавно сменил другой клиент; он освободится {until}.");
        }
        Refusal::TooManyPhones { most } => {
            return format!("У клиента было уже {most} телефонов.");
        }
        Refusal::FilterTooWide { most } => {
            return format!(
                "Фильтру пришлось бы просмотреть больше {most} клиентов: укажите телефоны или карты либо запросите меньше строк."
            );
        }
        Refusal::AlreadyMerged { into } => {
            return format!("Клиент уже объединён с клиентом {into}.");
        }
        Refusal::BalanceTooLow { asked, redeemable, held, .. } => {
            return format!(
                "Списание {asked} больше доступных бонусов {redeemable} (ещё не активны: {held})."
            );
        }
        Refusal::RedeemOffStep { asked, step, .. } => {
            return format!("Списание {asked} не кратно {step}.");
        }
        Refusal::RedeemTooSmall { asked, least, .. } => {
            return format!("Списание {asked} меньше минимального {least}.");
        }
        Refusal::RedeemOverReceiptMax { asked, most, .. } => {
            return format!("Списание {asked} больше максимума на чек {most}.");
        }
        Refusal::SaleDateAhead { at } => {
            return format!("Дата продажи {at} более чем на 5 минут впереди.");
        }
        Refusal::SaleDateTooOld { at, days } => {
            return format!("Дата продажи {at} более чем на {days} дн. в прошлом.");
        }
        Refusal::SaleDateBeforeJoin { at, hours } => {
            return format!("Дата продажи {at} более чем за {hours} ч до регистрации клиента.");
        }
        Refusal::AmountTooLarge { field } => {
            let field = named_here(field);
            return format!("Поле {field}: сумма слишком велика.");
        }
        Refusal::AdjustmentBelowBalance { asked, redeemable } => {
            return format!("Изменить баланс на {asked} нельзя: доступно бонусов {redeemable}.");
        }
        Refusal::SettingsInvalid { field, reason } => {
            return format!("Настройка {field}: {reason}.");
        }
        Refusal::StoresInvalid { field, reason } => {
            return format!("Магазины, поле {field}: {reason}.");
        }
        Refusal::RedeemOverDayMax { asked, most, left, .. } => {
            return format!("Списание {asked} больше остатка {left} из {most} на день.");
        }
        Refusal::PromotionInvalid { field, reason } => {
            return format!("Акция, поле {field}: {reason}.");
        }
        Refusal::DuplicateRefund { refund } => {
            return format!("Возврат уже записан под этим номером: {refund}.");
        }
        Refusal::ReturnOfReturn { sale, .. } => {
            return format!("Операция {sale} сама является возвратом.");
        }
        Refusal::RedemptionCompleted { by, .. } => {
            return format!("Списание вошло в продажу {by}: верните её.");
        }
        Refusal::ReturnTooOld { sold_at, days } => {
            return format!("Продаже от {sold_at} более {days} дн.");
        }
        Refusal::RefundDateAhead { at } => {
            return format!("Дата возврата {at} более чем на 5 минут впереди.");
        }
        Refusal::RefundDateTooOld { at, days } => {
            return format!("Дата возврата {at} более чем на {days} дн. в прошлом.");
        }
        Refusal::RefundBeforeSale { at, sold_at } => {
            return format!("Дата возврата {at} раньше продажи {sold_at}.");
        }
        Refusal::ReserveNotOpen { reserve } => {
            return format!(
                "Резерв {reserve} не открыт: такого нет, или он списан, снят или истёк."
            );
        }
        Refusal::DuplicateReserve { reserve } => {
            return format!("Резерв уже записан: {reserve}.");
        }
        Refusal::ReserveOfAnotherCustomer { reserve } => {
            return format!("Резерв {reserve} принадлежит другому клиенту.");
        }
        Refusal::TooManyReserves { most } => {
            return format!("У клиента уже {most} открытых резервов.");
        }
        Refusal::RedeemOverReserve { asked, left } => {
            return format!("Списание {asked} больше остатка резерва {left}.");
        }
        Refusal::CodeThrottled { retry_after_seconds, .. } => {
            return format!("Код уже отправлен; повторите через {retry_after_seconds} с.");
        }
        Refusal::CodeAttemptsUsedUp { retry_after_seconds } => {
            return format!(
                "Слишком много неверных кодов; запросите новый через {retry_after_seconds} с."
            );
        }
        Refusal::GiftCardNotFound { card } => {
            return format!("Подарочной карты {card} нет.");
        }
        Refusal::GiftCardNotActive { card } => {
            return format!("Подарочная карта {card} ещё не действует.");
        }
        Refusal::GiftCardBlocked { card } => {
            return format!("Подарочная карта {card} заблокирована.");
        }
        Refusal::GiftCardExpired { card } => {
            return format!("Срок подарочной карты {card} истёк.");
        }
        Refusal::GiftCardVoid { card } => {
            return format!("Подарочная карта {card} аннулирована.");
        }
        Refusal::GiftCardBalanceTooLow { card, asked, balance } => {
            return format!("На подарочной карте {card} осталось {balance}, запрошено {asked}.");
        }
        Refusal::GiftCardsOverReceipt { asked, left } => {
            return format!("Подарочными картами оплачено {asked}, а к оплате остаётся {left}.");
        }
        Refusal::CouponNotFound { coupon } => {
            return format!("Купона {coupon} нет.");
        }
        Refusal::CouponNotActive { coupon } => {
            return format!("Купон {coupon} ещё не действует.");
        }
        Refusal::CouponExpired { coupon } => {
            return format!("Срок купона {coupon} истёк.");
        }
        Refusal::CouponEnded { coupon } => {
            return format!("Купон {coupon} отменён.");
        }
        Refusal::CouponUsedUp { coupon } => {
            return format!("Купон {coupon} уже использован.");
        }
        Refusal::VoucherNotFound { code } => {
            return format!("Подарочной карты или купона {code} нет.");
        }
        Refusal::VoucherCodeTaken { code } => {
            return format!("Код {code} уже выдавался и второй раз не выдаётся.");
        }
        Refusal::VoucherInvalid { field, reason } => {
            let reason = voucher_reason(reason);
            return format!("Поле {}: {reason}.", named_here(field));
        }
        Refusal::CustomerNotFound => "Клиент не найден.",
        Refusal::CustomerBlocked => "Клиент заблокирован.",
        Refusal::RedeemFromAppDisabled => "Списание бонусов из приложения отключено.",
        Refusal::IdempotencyKeyReused => {
            "Этот Idempotency-Key уже использован для другого запроса."
        }
        Refusal::ExternalIdRequired => "Магазин требует externalId.",
        Refusal::RedemptionOfAnotherCustomer => {
            "Списание с таким externalId принадлежит другому клиенту."
        }
        Refusal::GrossAmountMissing => "Не указана сумма до скидок.",
        Refusal::NothingLeftToPay => "Деньгами должно быть оплачено не меньше 0.01.",
        Refusal::LateRedemption => "В чеке старше 300 секунд бонусы списать нельзя.",
        Refusal::AdjustmentOfNothing => "Сумма не может быть нулевой.",
        Refusal::ExpiresTooEarly => "Бонусы сгорят раньше, чем станут активны.",
        Refusal::CardTaken => "Номер карты уже принадлежит другому клиенту.",
        Refusal::EffectiveFromInThePast => "Настройки не могут действовать с прошедшего момента.",
        Refusal::TenantNotFound => "Магазин не найден.",
        Refusal::CustomerNumbersUsedUp => "Номера штрихкодов этого магазина исчерпаны.",
        Refusal::InventoryFull => "В каталоге слишком много товаров.",
        Refusal::BirthDateOutOfRange => {
            "Дата рождения должна быть с 1900-01-01 по сегодняшний день."
        }
        Refusal::PromotionNotFound => "Акция не найдена.",
        Refusal::PromotionOver => "Акция завершена.",
        Refusal::TooManyPromotions => "Акций уже слишком много.",
        Refusal::TransactionNotFound => "Операция не найдена.",
        Refusal::SaleNotFound { .. } => "Продажа не найдена.",
        Refusal::ExternalRefundIdRequired => "Магазин требует номер возврата.",
        Refusal::SaleOfAnotherCustomer { .. } => "Продажа принадлежит другому клиенту.",
        Refusal::NothingLeftToReturn { .. } => "Возвращать больше нечего.",
        Refusal::OverReturn { .. } => "Возвращается больше, чем осталось.",
        Refusal::LineUnknown => "В продаже нет такой позиции.",
        Refusal::SkuNotUnique => "В продаже несколько таких позиций: укажите её номер.",
        Refusal::ReturnNeedsLines => "Укажите возвращаемые позиции.",
        Refusal::ReturnWithoutLines => "Позиций нет: укажите сумму.",
        Refusal::WebhookNotFound => "Подписка не найдена.",
        Refusal::TooManyWebhooks => "Подписок уже 16.",
        Refusal::ReserveNotFound => "Резерв не найден: его нет, он списан, снят или истёк.",
        Refusal::CodeInvalid => "Код неверен или больше не действует.",
        Refusal::ReferralCodeUnknown => "Такого кода приглашения нет.",
        Refusal::PhoneTaken => "Клиент с таким телефоном уже есть.",
        Refusal::LoginOfBlocked => "Клиент заблокирован и не может войти.",
        Refusal::TelegramDisabled => "У магазина нет бота Telegram.",
        Refusal::TelegramNotLinked => "Этот Telegram не связан с клиентом.",
        Refusal::TelegramTaken => "Этот Telegram связан с другим клиентом.",
        Refusal::TelegramOfPhoneDiffers => "Клиент связан с другим Telegram.",
        Refusal::ReferralCodeOwn => "Нельзя пригласить самого себя.",
        Refusal::ReferralTooLate => "Пригласить можно только нового клиента.",
        Refusal::TierUnknown => "Такой карты нет.",
        Refusal::ConfirmationInvalid => "Код неверен или больше не действует.",
        Refusal::LateSale => "Магазин не принимает продажи старше 300 секунд.",
        Refusal::RedemptionOnOpeningDay { .. } => "В день регистрации бонусы списать нельзя.",
        Refusal::DebitDenied { .. } => "Этому клиенту списание бонусов запрещено.",
        Refusal::ReportPeriodInvalid => "Неверный период отчёта.",
        Refusal::MergeIntoItself => "Клиента нельзя объединить с самим собой.",
        Refusal::MergeTargetNotFound => "Клиент, с которым объединяют, не найден.",
        Refusal::DuplicateExt => "Позиция с таким ext уже есть в другом чеке.",
        Refusal::AmbiguousExt => "Позиции с таким ext есть в нескольких чеках: укажите positionId.",
        Refusal::PositionNotFound => {
            "Позиция с таким ext или positionId не продавалась; повторите после продажи."
        }
        Refusal::ImportBatchReused => "Пакет с таким именем уже загружен с другими строками.",
        Refusal::ImportBatchReversed => "Пакет с таким именем был загружен и отменён.",
        Refusal::ImportBatchNotFound => "Такого пакета нет.",
        Refusal::ImportRowTwice { .. } => "Такая же строка уже есть в пакете.",
        Refusal::AsOfInvalid { .. } => "Момент отчёта должен быть в прошлом.",
    };
    fixed.to_owned()
}

/// What is wrong with the terms of a gift card or a coupon.
fn voucher_reason(reason: &str) -> &str {
    match reason {
        "must be above 0" => "должно быть больше 0",
        "must be later than now and than activates_at" => {
            "должно быть позже сегодняшнего дня и дня начала действия"
        }
        other => other,
    }
}
