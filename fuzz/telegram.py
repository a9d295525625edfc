"""What Telegram would have signed for the bot of the chain that is fuzzed."""

import hashlib
import hmac
import json
import time
from urllib.parse import urlencode

BOT_TOKEN = "123456:ABC-def"
USER = 279058397


def signed(name, value):
    pairs = {"auth_date": str(int(time.time())), name: json.dumps(value)}
    text = "\n".join(f"{key}={pairs[key]}" for key in sorted(pairs))
    secret = hmac.new(b"WebAppData", BOT_TOKEN.encode(), hashlib.sha256).digest()
    hash_of_text = hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
    return urlencode({**pairs, "hash": hash_of_text})


def init_data():
    return signed("user", {"id": USER, "first_name": "Anna"})


def contact(phone):
    return signed("contact", {"user_id": USER, "phone_number": phone.lstrip("+"), "first_name": "Anna"})
