//! What may be asked of an account next.

use super::{CARDS, Dice, Scenario};
use crate::journal::keys;
use crate::journal::scenario::chain::line;
use crate::ledger::{
    Account, Action, Adjust, Authenticate, BusinessTime, CardNumber, ExternalId, NewToken, Reason,
    Redeem, RedeemMode, Register, Sell,
};
use crate::values::{
    Balance, Bonus, CustomerId, EventNumber, Money, Phone, ReferralCode, TenantId, Text, TokenId,
};

impl Scenario {
    pub(super) fn register(&mut self, customer: CustomerId) -> Action {
        Action::Register(Register {
            customer,
            phone: Phone::from_number(992_900_000_000 + customer.number()).unwrap(),
            full_name: Some(Text::parse("Имя").unwrap()),
            token: None,
            welcome: self.dice.below(2) == 0,
            mark: None,
            telegram: None,
            referral_code: ReferralCode::parse(&format!("CODE{:04}", customer.number())).ok(),
            inviter: (customer.number() > 1).then_some(CustomerId(1)),
            change: None,
            confirmed: false,
        })
    }

    pub(super) fn action(&mut self, tenant: TenantId, account: &Account) -> Action {
        let external = |dice: &mut Dice, event: EventNumber| {
            (dice.below(2) == 0).then(|| ExternalId::parse(&format!("R-{event}")).unwrap())
        };
        match self.dice.below(25) {
            0 => Action::Settle,
            24 => self.beyond_sales(tenant, account),
            22 if self.dice.below(2) == 0 => self.person_action(),
            22 | 23 => self.app_action(tenant, account),
            19..=21 => self.reserve_action(account),
            1 => {
                let id = TokenId(self.counts[&tenant].counters.token + 1);
                Action::Authenticate(Authenticate::of(NewToken {
                    id,
                    hash: [u8::try_from(id.number() % 250).unwrap(); 32],
                }))
            }
            2 => self.set_card(tenant, account),
            3 => {
                if account.blocked {
                    Action::Unblock
                } else {
                    Action::Block
                }
            }
            4 | 5 => {
                let cents = i64::try_from(1 + self.dice.below(2_000)).unwrap();
                let sign = if self.dice.below(2) == 0 { 1 } else { -1 };
                Action::Adjust(Adjust {
                    amount: Balance::from_cents(sign * cents),
                    reason: Reason::parse("test").unwrap(),
                    hold_seconds: u32::try_from(self.dice.below(2) * 90_000).unwrap(),
                    expires: None,
                    allow_debt: true,
                })
            }
            16..=18 => self.refund((tenant, account.id)),
            6 | 7 => Action::Redeem(Redeem {
                amount: Bonus::from_cents(1 + self.dice.below(500)).unwrap(),
                order_total: Money::from_cents(100_000).unwrap(),
                external_id: external(&mut self.dice, self.next_event),
                confirmation: self.confirmation(),
            }),
            _ => {
                let back = [0, 0, 0, 7_200, 200_000][self.pick(5)];
                let redeem = self.dice.below(3) * 25;
                let (gift_cards, coupons) = self.named_vouchers();
                let sell = Sell {
                    total_amount: Money::from_cents(1_000 + self.dice.below(50_000)).unwrap(),
                    gross_amount: None,
                    redeem_mode: RedeemMode::Discount,
                    redeem: Bonus::from_cents(redeem).unwrap(),
                    external_id: external(&mut self.dice, self.next_event),
                    receipt_number: None,
                    payment_method: None,
                    point_of_sale: self.point_of_sale(),
                    sale_date: Some(BusinessTime::Instant(self.now.plus_seconds(-back))),
                    lines: (0..self.dice.below(3)).map(|n| line(n + 1)).collect(),
                    reserve: self.named_reserve(account),
                    gift_cards,
                    coupons,
                    retail: None,
                    confirmation: self.confirmation(),
                    external_scope: self.external_scope(tenant),
                };
                Action::Sell(Box::new(self.in_some_dialect(tenant, sell)))
            }
        }
    }

    /// A card that is free, or none.
    fn set_card(&mut self, tenant: TenantId, account: &Account) -> Action {
        let card = CardNumber::parse(&format!("CARD-{}", self.dice.below(CARDS))).unwrap();
        let taken = self.identifiers.contains_key(&keys::card_key(tenant, &card));
        Action::SetCard((!taken && account.card.as_ref() != Some(&card)).then_some(card))
    }
}
