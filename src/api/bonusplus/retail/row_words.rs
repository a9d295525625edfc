//! What a row of bonus history is called in the dialect's two languages.

use crate::api::bonusplus::language::Language;
use crate::ledger::RowKind;

/// The name of a kind of row.
pub(super) const fn name_of(kind: RowKind, language: Language) -> &'static str {
    let (russian, english) = match kind {
        RowKind::Accrual => ("Начисление за покупку", "Accrual for purchase"),
        RowKind::Redeem => ("Списание в счёт покупки", "Redemption towards a purchase"),
        RowKind::Welcome => ("Приветственные бонусы", "Welcome bonus"),
        RowKind::Expire => ("Сгорание бонусов", "Bonuses expired"),
        RowKind::Adjust => ("Корректировка", "Correction"),
        RowKind::RefundAccrual => ("Возврат: отмена начисления", "Taken back for a return"),
        RowKind::RefundRedeem => ("Возврат: отмена списания", "Given back for a return"),
        RowKind::ExpireRevert => ("Отмена сгорания", "Expiry undone"),
        RowKind::DebtWrittenOff => ("Списание долга", "Debt written off"),
        RowKind::Birthday => ("Бонусы ко дню рождения", "Birthday bonus"),
        RowKind::ReferralInviter => ("Бонусы за друга", "Bonus for a friend who came"),
        RowKind::MergeOut => ("Перенос на другую карту", "Moved to another card"),
        RowKind::MergeIn => ("Перенос с другой карты", "Moved from another card"),
        RowKind::Forfeit => ("Списание при объединении", "Forfeited in a merge"),
        RowKind::Import => ("Перенос из прежней системы", "Carried over from the system before"),
        RowKind::ReferralInvitee => ("Бонусы по приглашению", "Bonus for coming with a friend"),
    };
    match language {
        Language::Russian => russian,
        Language::English => english,
    }
}
