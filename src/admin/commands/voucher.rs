//! `kopilka gift-card` and `kopilka coupon`: vouchers of a chain.

use crate::admin::cli::{Coupon, GiftCard, Inquiry, VoucherList, VoucherNamed};
use crate::admin::exit::Failure;
use crate::admin::gateway::Request;
use crate::admin::requests::{self, Vouchers};
use crate::admin::shown::Shown;

const CARD_COLUMNS: [&str; 7] =
    ["id", "code", "status", "nominal", "balance", "expires_at", "customer_id"];
const COUPON_COLUMNS: [&str; 7] =
    ["id", "code", "status", "promotion_id", "uses", "uses_max", "ends_at"];

pub(in crate::admin) async fn gift_card(asked: &GiftCard) -> Result<(), Failure> {
    let cards = Vouchers::GiftCards;
    let (inquiry, request, shown) = match asked {
        GiftCard::Issue(asked) => {
            (&asked.of.inquiry, requests::issue_gift_card(asked), Shown::Lines)
        }
        GiftCard::List(asked) => listed(asked, cards, Shown::page("gift_cards", &CARD_COLUMNS)),
        GiftCard::Show(asked) => shown(asked, cards),
        GiftCard::Block(asked) => done(asked, cards, "block"),
        GiftCard::Unblock(asked) => done(asked, cards, "unblock"),
        GiftCard::Void(asked) => done(asked, cards, "void"),
        GiftCard::SetExpiry(asked) => {
            let request = requests::set_gift_card_expiry(&asked.card, asked.expires_at);
            (&asked.card.of.inquiry, request, Shown::Lines)
        }
    };
    inquiry.tell(request, &shown).await
}

pub(in crate::admin) async fn coupon(asked: &Coupon) -> Result<(), Failure> {
    let coupons = Vouchers::Coupons;
    let (inquiry, request, shown) = match asked {
        Coupon::Issue(asked) => {
            let table = Shown::table(&COUPON_COLUMNS);
            (&asked.of.inquiry, requests::issue_some_coupons(asked), table)
        }
        Coupon::List(asked) => listed(asked, coupons, Shown::page("coupons", &COUPON_COLUMNS)),
        Coupon::Show(asked) => shown(asked, coupons),
        Coupon::End(asked) => done(asked, coupons, "end"),
    };
    inquiry.tell(request, &shown).await
}

fn listed(asked: &VoucherList, of: Vouchers, shown: Shown) -> (&Inquiry, Request, Shown) {
    (&asked.of.inquiry, requests::list_vouchers(asked, of), shown)
}

fn shown(asked: &VoucherNamed, of: Vouchers) -> (&Inquiry, Request, Shown) {
    (&asked.of.inquiry, requests::show_voucher(asked, of), Shown::Lines)
}

/// What the API does under a word of its own.
fn done<'a>(asked: &'a VoucherNamed, of: Vouchers, what: &str) -> (&'a Inquiry, Request, Shown) {
    (&asked.of.inquiry, requests::change_voucher(asked, of, what), Shown::Lines)
}
