"""Lets every other request be about what exists, so that the fuzzing gets behind "not found": the customer
that the script made, and the ids that earlier answers gave out. Every fourth is plain besides: without an
Idempotency-Key and the fields that are seldom right together with others."""

import collections
import itertools
import os

import schemathesis

from fuzz import telegram

PHONE = os.environ["KOPILKA_CUSTOMER_PHONE"]
NEW_PHONES = (f"+992910{number:06}" for number in itertools.count())
# Of customers who may get codes and be merged, moved and forgotten, one after the other.
SPARE_PHONES = itertools.cycle(os.environ["KOPILKA_SPARE_PHONES"].split())
TENANT = os.environ["KOPILKA_TENANT"]

# Which figure of which answer is remembered under which name.
REMEMBERED = {
    "partnerAuth": {"token": "bearer"},
    # Of a customer's many tokens the oldest are forgotten.
    "authTelegram": {"token": "bearer"},
    "authTelegramContact": {"token": "bearer"},
    "partnerSale": {"id": "sale_id"},
    "partnerRedeem": {"transaction_id": "transaction_id"},
    "partnerReserve": {"id": "reserve_id"},
    "setWebhook": {"id": "webhook_id"},
    "createPromotion": {"promotion_id": "promotion"},
    "issueGiftCard": {"code": "gift_card"},
    "issueCoupons": {"0.code": "coupon"},
    "addOperator": {"name": "operator"},
    # Of the BonusPlus dialect.
    "findCustomer": {"id": "guid", "discountCardNumber": "ean"},
    "doRetail": {"id": "retail_id"},
    "getRetail": {"positions.0.positionId": "positionId"},
    "issueCertificate": {"id": "gift_card"},
    "subscribe": {"id": "subscription_id"},
}
# What a plain request does without.
SELDOM_RIGHT = {
    "confirmation_code",
    "sale_date",
    "refund_date",
    "gross_amount",
    "redeem_mode",
    "bonus_redeem_amount",
    "reserve_id",
    "referral_code",
    "gift_cards",
    "coupons",
    "activates_at",
    "starts_at",
    "codes",
    "ext",
    "newPhone",
    "parentPhone",
    "parentphone",
    "cardNumber",
    "newCard",
    "birthDay",
    "date",
    "reserveId",
    "giftCards",
}
# What a plain request takes off a balance.
SMALL = {"amount": 1, "total_amount": 200}
# What `id` names, by what is in the path.
IDS = {
    "/webhooks/": "webhook_id",
    "/webhook/subscription/": "subscription_id",
    "/certificate/": "gift_card",
    "/api/retail/": "retail_id",
    "/balance/reserve": "cart",
    "/customer": "guid",
}
# What `code` names, likewise.
CODES = {"/gift-cards/": "gift_card", "/coupons/": "coupon"}
# How paths end of what is done to a customer only once, or only so often.
ONCE = ("code", "/send-otp", "/merge", "/phone", "/forget")
# What is given back or released only once: of these the ids take turns.
several = {name: collections.deque(maxlen=100) for name in ("sale_id", "reserve_id")}
several["cart"] = collections.deque(["cart-0", "cart-1", "cart-2"])
# What ends something for good ends the first of its kind, which nothing else is about then.
FOR_GOOD = ("/revoke", "/end", "/void", "/customer/balance/reserve")
first = {"cart": "cart-0"}
seen = {
    "bearer": os.environ["KOPILKA_CUSTOMER_TOKEN"],
    "client_phone": PHONE,
    "phone": PHONE,
    "identifier": PHONE,
    "into": PHONE,
    "newPhone": PHONE,
    "tier": "Gold",
    "tenant": TENANT,
    "promotion_id": 1,
}
# Signed anew for each request: it has the time in it.
SIGNED = {"init_data": telegram.init_data, "contact": lambda: telegram.contact(PHONE)}
turns = itertools.count()


def by_path(path, names, otherwise=None):
    return next((name for part, name in names.items() if part in path), otherwise)


def remembered(name):
    ids = several.get(name)
    if not ids:
        return seen.get(name)
    ids.rotate(1)
    return ids[0]


def named(name, path):
    """What a name stands for; `id` and `code` are of whatever the path is about. What is done only once is
    done to other customers than the first; a phone that somebody moves to is nobody's yet."""
    if name in ("identifier", "phone") and path.lower().endswith(ONCE):
        is_new = name == "phone" and path.endswith("/phone")
        return None if is_new else next(SPARE_PHONES)
    if name == "id":
        name = by_path(path, IDS, "reserve_id")
    if name == "code":
        name = by_path(path, CODES)
    if name == "number" and path.endswith("/certificate/number"):
        name = "gift_card"
    return first.get(name) if path.endswith(FOR_GOOD) and name in first else remembered(name)


def put_known(fields, path):
    for name in fields:
        known = named(name, path)
        if known is not None:
            fields[name] = known
        elif name in SIGNED:
            fields[name] = SIGNED[name]()


def make_plain(fields, path):
    for name in SELDOM_RIGHT & fields.keys():
        del fields[name]
    is_return = path.endswith("/refund") or "external_refund_id" in fields
    if is_return and several["sale_id"]:
        for name in ("external_sale_id", "lines", "amount"):
            fields.pop(name, None)
        fields["sale_id"] = remembered("sale_id")
    if path.endswith(("/redeem", "/reserve", "/commit")):
        fields.update({name: value for name, value in SMALL.items() if name in fields})
    if "/promotions" in path and "reward" in fields:
        fields.update(type="fixed_bonus", reward={"bonus": "1.00"}, condition={"coupon": True})
    if path.endswith("/retail/back") and "positionId" in seen:
        fields["positionId"] = seen["positionId"]


def parts_of(case):
    """Where a request has fields: its path, its query, its body or the entries of it."""
    for fields in (case.path_parameters, case.query):
        if isinstance(fields, dict):
            yield fields
    entries = case.body if isinstance(case.body, list) else [case.body]
    yield from (entry for entry in entries if isinstance(entry, dict))


@schemathesis.hook
def before_call(_context, case, _kwargs):
    turn = next(turns)
    if turn % 2:
        return
    path = case.operation.path
    is_plain = turn % 4 == 0
    if is_plain and case.headers:
        case.headers.pop("Idempotency-Key", None)
    for fields in parts_of(case):
        put_known(fields, path)
        if is_plain:
            make_plain(fields, path)
    operation = case.operation.definition.raw.get("operationId")
    if operation == "createCustomer" and isinstance(case.body, dict):
        case.body["phone"] = next(NEW_PHONES)


def figure_of(data, figure):
    """A figure of an answer, whose parts are told apart by dots; `None` in a list that is empty."""
    for part in figure.split("."):
        if data == []:
            return None
        data = data[int(part)] if isinstance(data, list) else data[part]
    return data


@schemathesis.hook
def after_call(_context, case, response):
    figures = REMEMBERED.get(case.operation.definition.raw.get("operationId"), {})
    if not figures or response.status_code >= 300:
        return
    data = response.json()
    data = data.get("data", data)
    found = {name: figure_of(data, figure) for figure, name in figures.items()}
    found = {name: figure for name, figure in found.items() if figure is not None}
    first.update({name: figure for name, figure in found.items() if name not in first})
    seen.update(found)
    for name in several.keys() & found.keys():
        several[name].append(found[name])
