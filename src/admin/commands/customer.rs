//! `kopilka customer`: what a customer has, and what an operator may change about them.

use crate::admin::cli::{
    Customer, CustomerCard, CustomerList, CustomerMerge, CustomerName, CustomerPhone, CustomerShow,
    CustomerTier,
};
use crate::admin::exit::Failure;
use crate::admin::gateway::Request;
use crate::admin::way_in::Missing;
use crate::admin::{requests, sheet, terminal};

const COLUMNS: [&str; 7] = [
    "id",
    "phone",
    "bonus_balance",
    "redeemable_balance",
    "held_balance",
    "total_spent",
    "is_blocked",
];

/// Where the answer has the customers.
const LIST: &str = "customers";

pub(in crate::admin) async fn customer(asked: &Customer) -> Result<(), Failure> {
    match asked {
        Customer::Show(asked) => show(asked).await,
        Customer::List(asked) => list(asked).await,
        Customer::Block(who) => {
            change(who, requests::block(who.tenant, &who.customer), "is blocked").await
        }
        Customer::Unblock(who) => {
            change(who, requests::unblock(who.tenant, &who.customer), "is not blocked").await
        }
        Customer::SetCard(asked) => set_card(asked).await,
        Customer::SetTier(asked) => set_tier(asked).await,
        Customer::Staff(asked) => {
            let done =
                if asked.yes { "works for the chain" } else { "does not work for the chain" };
            let request = requests::set_staff(asked.who.tenant, &asked.who.customer, asked.yes)?;
            change(&asked.who, request, done).await
        }
        Customer::Debit(asked) => {
            let done = if asked.denied { "may not redeem" } else { "may redeem" };
            let request = requests::set_debit(asked.who.tenant, &asked.who.customer, asked.denied)?;
            change(&asked.who, request, done).await
        }
        Customer::SetPhone(asked) => set_phone(asked).await,
        Customer::Merge(asked) => merge(asked).await,
    }
}

async fn show(asked: &CustomerShow) -> Result<(), Failure> {
    let who = &asked.who;
    let request = requests::show_customer(who.tenant, &who.customer);
    let answer = who.way_in.ask(request, Missing::Refuse).await?;
    let data = answer.data()?;
    terminal::say(&if asked.json { data.to_owned() } else { sheet::lines(data)? });
    Ok(())
}

async fn list(asked: &CustomerList) -> Result<(), Failure> {
    let request = requests::list_customers(asked.tenant, asked.after, asked.limit);
    let answer = asked.way_in.ask(request, Missing::Refuse).await?;
    let data = answer.data()?;
    terminal::say(&if asked.json {
        data.to_owned()
    } else {
        sheet::table(sheet::field_of(data, LIST)?, &COLUMNS)?
    });
    Ok(())
}

async fn set_card(asked: &CustomerCard) -> Result<(), Failure> {
    let who = &asked.who;
    let request = requests::set_card(who.tenant, &who.customer, asked.card.as_deref())?;
    let done = match &asked.card {
        Some(card) => format!("has card {card}"),
        None => "has no card".to_owned(),
    };
    change(who, request, &done).await
}

async fn set_tier(asked: &CustomerTier) -> Result<(), Failure> {
    let who = &asked.who;
    let request = requests::set_tier(who.tenant, &who.customer, asked.tier.as_deref())?;
    let done = match &asked.tier {
        Some(tier) => format!("has tier {tier} until it is taken away"),
        None => "has the tier of what they spend".to_owned(),
    };
    change(who, request, &done).await
}

async fn set_phone(asked: &CustomerPhone) -> Result<(), Failure> {
    let who = &asked.who;
    let request = requests::set_phone(who.tenant, &who.customer, &asked.phone, &asked.reason)?;
    change(who, request, &format!("has phone {}", asked.phone)).await
}

async fn merge(asked: &CustomerMerge) -> Result<(), Failure> {
    let (who, key) = (&asked.who, asked.id.as_deref());
    let wanted = (asked.into.as_str(), asked.reason.as_str());
    let request = requests::merge(who.tenant, &who.customer, wanted, key)?;
    let answer = who.way_in.ask(request, Missing::Refuse).await?;
    let data = answer.data()?;
    terminal::say(&if asked.json { data.to_owned() } else { sheet::lines(data)? });
    Ok(())
}

async fn change(who: &CustomerName, request: Request, done: &str) -> Result<(), Failure> {
    who.way_in.ask(request, Missing::Refuse).await?.data()?;
    terminal::say(&format!("customer {} {done}", who.customer));
    Ok(())
}
