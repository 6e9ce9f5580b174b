"""Facts to a program of the shop's owner: one signed POST of JSON per batch (docs/operate/machines.md).

Paybooth-Signature: t=<Unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">
Paybooth-Delivery:  <the batch's own number: the same again is the same batch, byte for byte>
"""

from __future__ import annotations

import hashlib
import hmac

import msgspec

from paybooth.outgoing import entry_json
from paybooth.ports import Clock, Fault, FaultKind, Secret
from paybooth.ports_machines import Answer, Batch

from .card import Card
from .pay_http import PayHttp, check_url

CARDS = (Card("https", "Hook", "Webhook of facts", ("signed", "replay"), "lab", ("the lab's listener",)),)
SECRET_LEAST = 16
READ_S = 5.0
GONE = 410


def body_of(batch: Batch) -> bytes:
    """The same batch is the same bytes, whenever it is sent."""
    return msgspec.json.encode(
        {
            "shop": batch.shop,
            "webhook": batch.hook,
            "after": batch.after,
            "until": batch.until,
            "facts": [entry_json(entry) for entry in batch.entries],
        }
    )


def sign(secret: Secret, at_s: int, body: bytes) -> str:
    """The header's value."""
    digest = hmac.new(secret.reveal().encode(), b"%d." % at_s + body, hashlib.sha256).hexdigest()
    return f"t={at_s},v1={digest}"


class PostHook:
    """See ports_machines.Hook. Any 2xx means taken, 410 never again; redirects are not followed: who answers one is
    not who was configured.
    """

    def __init__(self, name: str, url: str, secret: Secret, clock: Clock) -> None:
        self.name = name
        self._url = check_url(url)
        if len(secret.reveal()) < SECRET_LEAST:
            raise ValueError(f"its secret needs at least {SECRET_LEAST} characters")
        self._secret = secret
        self._clock = clock
        self._http = PayHttp(read_s=READ_S)

    async def deliver(self, batch: Batch) -> Answer:
        body = body_of(batch)
        headers = {
            "content-type": "application/json; charset=utf-8",
            "paybooth-signature": sign(self._secret, self._clock.now_ms() // 1000, body),
            "paybooth-delivery": hashlib.sha256(body).hexdigest()[:32],
        }
        reply = await self._http.send("POST", self._url, headers=headers, body=body)
        if 200 <= reply.status < 300:
            return Answer.TAKEN
        if reply.status == GONE:
            return Answer.GONE
        busy = reply.status == 429 or reply.status >= 500
        raise Fault(FaultKind.BUSY if busy else FaultKind.DENIED, f"answered {reply.status}", may_have_happened=True)

    async def aclose(self) -> None:
        await self._http.aclose()
