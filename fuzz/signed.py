"""Signs what schemathesis sends: tenant token, partner signature over the raw body, Bearer tokens, the key
of the BonusPlus dialect."""

import base64
import hashlib
import hmac
import os
import re
import time
from urllib.parse import urlsplit

import schemathesis
from requests.auth import AuthBase

from fuzz.known import seen

TENANT_TOKEN = os.environ["KOPILKA_TENANT_TOKEN"]
PARTNER_SECRET = os.environ["KOPILKA_PARTNER_SECRET"]
OPERATOR_TOKEN = os.environ["KOPILKA_OPERATOR_TOKEN"]
API_KEY = base64.b64encode(os.environ["KOPILKA_BONUSPLUS_KEY"].encode()).decode()


class Signed(AuthBase):
    """What a request needs follows from its path."""

    def __call__(self, request):
        # A long poll that is valid is a short one here.
        request.url = re.sub(r"([?&]wait_seconds=)(?:[1-9]|[12]\d|30)(?=&|$)", r"\g<1>0", request.url)
        path = urlsplit(request.url).path
        if path.startswith(("/operator/", "/metrics")):
            request.headers["Authorization"] = f"Bearer {OPERATOR_TOKEN}"
            return request
        if path.startswith("/api/") and not path.startswith("/api/v1/"):
            request.headers["Authorization"] = f"ApiKey {API_KEY}"
            return request
        request.headers["X-Tenant-Token"] = TENANT_TOKEN
        if "/client/" in path and "/partner/" not in path:
            request.headers["Authorization"] = f"Bearer {seen['bearer']}"
        if "/partner/" in path:
            self.sign(request, path)
        return request

    def sign(self, request, path):
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else body
        timestamp = str(int(time.time()))
        signed = b".".join([timestamp.encode(), request.method.encode(), path.encode(), body])
        signature = hmac.new(PARTNER_SECRET.encode(), signed, hashlib.sha256)
        request.headers["X-Partner-Timestamp"] = timestamp
        request.headers["X-Partner-Signature"] = signature.hexdigest()


schemathesis.auth.set_from_requests(Signed())
