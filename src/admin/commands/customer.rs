//! `kopilka customer` and `kopilka adjust`: what a customer has, and what an operator may change about
//! them; a balance corrected by hand, with a reason that the journal keeps.

use crate::admin::cli::{Adjust, Customer, CustomerExport, CustomerForget, CustomerName, Inquiry};
use crate::admin::commands::forget::{export, forget};
use crate::admin::exit::Failure;
use crate::admin::gateway::Request;
use crate::admin::requests::{self, Adjustment};
use crate::admin::shown::Shown;

const COLUMNS: [&str; 8] = [
    "id",
    "phone",
    "full_name",
    "bonus_balance",
    "redeemable_balance",
    "held_balance",
    "total_spent",
    "is_blocked",
];
/// Where the answer has the customers.
const LIST: &str = "customers";

pub(in crate::admin) async fn customer(asked: &Customer) -> Result<(), Failure> {
    match asked_of(asked)? {
        Asked::Inquiry(inquiry, request, shown) => inquiry.tell(*request, &shown).await,
        Asked::Forget(asked) => forget(asked).await,
        Asked::Export(asked) => export(asked).await,
    }
}

/// What a command comes to.
enum Asked<'a> {
    Inquiry(&'a Inquiry, Box<Request>, Shown),
    Forget(&'a CustomerForget),
    Export(&'a CustomerExport),
}

pub(in crate::admin) async fn adjust(asked: &Adjust) -> Result<(), Failure> {
    let adjustment = Adjustment {
        amount: asked.amount,
        reason: &asked.reason,
        hold_seconds: asked.hold_seconds,
        expires: asked.expires,
        allow_debt: asked.allow_debt,
        key: asked.id.as_deref(),
    };
    let who = &asked.who;
    let request = requests::adjust(who.tenant, &who.customer, &adjustment)?;
    who.inquiry.tell(request, &Shown::Lines).await
}

/// What each command asks, and how its answer is shown.
fn asked_of(asked: &Customer) -> Result<Asked<'_>, Failure> {
    let (inquiry, request, shown) = match asked {
        Customer::Forget(asked) => return Ok(Asked::Forget(asked)),
        Customer::Export(asked) => return Ok(Asked::Export(asked)),
        Customer::Show(who) => {
            (&who.inquiry, requests::show_customer(who.tenant, &who.customer), Shown::Lines)
        }
        Customer::List(asked) => {
            let request = requests::list_customers(asked.tenant, asked.after, asked.limit);
            (&asked.inquiry, request, Shown::page(LIST, &COLUMNS))
        }
        Customer::Find(asked) => {
            let list = &asked.list;
            let request =
                requests::find_customers(list.tenant, &asked.name, list.after, list.limit);
            (&list.inquiry, request, Shown::page(LIST, &COLUMNS))
        }
        Customer::Block(who) => {
            changed(who, requests::block(who.tenant, &who.customer), "is blocked")
        }
        Customer::Unblock(who) => {
            changed(who, requests::unblock(who.tenant, &who.customer), "is not blocked")
        }
        Customer::SendCode(who) => {
            changed(who, requests::send_code(who.tenant, &who.customer), "is sent a code")
        }
        Customer::SetCard(asked) => {
            let done = match &asked.card {
                Some(card) => format!("has card {card}"),
                None => "has no card".to_owned(),
            };
            let (who, card) = (&asked.who, asked.card.as_deref());
            changed(who, requests::set_card(who.tenant, &who.customer, card)?, &done)
        }
        Customer::SetTier(asked) => {
            let done = match &asked.tier {
                Some(tier) => format!("has tier {tier} until it is taken away"),
                None => "has the tier of what they spend".to_owned(),
            };
            let (who, tier) = (&asked.who, asked.tier.as_deref());
            changed(who, requests::set_tier(who.tenant, &who.customer, tier)?, &done)
        }
        Customer::Staff(asked) => {
            let done =
                if asked.yes { "works for the chain" } else { "does not work for the chain" };
            let who = &asked.who;
            changed(who, requests::set_staff(who.tenant, &who.customer, asked.yes)?, done)
        }
        Customer::Debit(asked) => {
            let done = if asked.denied { "may not redeem" } else { "may redeem" };
            let who = &asked.who;
            changed(who, requests::set_debit(who.tenant, &who.customer, asked.denied)?, done)
        }
        Customer::SetPhone(asked) => {
            let (who, done) = (&asked.who, format!("has phone {}", asked.phone));
            let request =
                requests::set_phone(who.tenant, &who.customer, &asked.phone, &asked.reason)?;
            changed(who, request, &done)
        }
        Customer::Merge(asked) => {
            let (who, key) = (&asked.who, asked.id.as_deref());
            let wanted = (asked.into.as_str(), asked.reason.as_str());
            let request = requests::merge(who.tenant, &who.customer, wanted, key)?;
            (&who.inquiry, request, Shown::Lines)
        }
    };
    Ok(Asked::Inquiry(inquiry, Box::new(request), shown))
}

/// A change that is told in a sentence.
fn changed<'a>(
    who: &'a CustomerName,
    request: Request,
    done: &str,
) -> (&'a Inquiry, Request, Shown) {
    (&who.inquiry, request, Shown::Sentence(format!("customer {} {done}", who.customer)))
}
