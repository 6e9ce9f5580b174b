"""The fault menu: what a gateway does wrong on purpose, where, so many times, and how often it did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from paybooth.domain.payment import Channel

AT = ("charge", "present", "query", "undo", "refund", "refund_query", "bill")
"""What a shop can ask of a wallet. A fault of the reply may hit any of these."""

_REPLY = {
    "request_lost": "the request never arrives",
    "reply_lost": "it is carried out, but no answer comes back",
    "reply_late": "the answer takes `seconds`",
    "reply_drips": "the answer comes byte by byte and never ends",
    "wrong_amount": "the answer states another amount",
    "wrong_number": "the answer states another order number",
    "error_5xx": "system error, not carried out",
    "error_5xx_but_paid": "system error, carried out all the same",
    "garbage": "the answer is not JSON",
    "cut_json": "the answer ends in the middle",
    "huge_json": "the answer has two megabytes",
    "unsigned": "the answer has no signature",
    "bad_signature": "the answer's signature does not fit",
    "unsigned_error": "an error without a signature, not carried out",
    "rate_limit": "too many requests",
    "undocumented_code": "an error code nobody wrote down",
}
_ELSEWHERE = {
    "needs_password": "the wallet asks for the password",
    "password_abandoned": "the wallet asks for the password and the shopper never types it",
    "pay_error": "the shopper's bank refuses after the charge was taken in",
    "code_expired": "the payment code counts as expired",
    "no_money": "the wallet is empty",
    "reverse_refused": "taking back is refused while the shopper is paying",
    "reverse_5xx": "taking back answers system error",
    "close_race": "closing collides with the payment",
    "query_5xx": "asking answers system error",
    "query_not_found": "asking says there is no such order",
    "no_notification": "no notification is sent",
    "duplicate_notification": "each notification comes twice",
    "forged_notification": "a notification with a foreign signature comes first",
    "clock_skew": "the gateway's clock is off by `seconds`",
    "maintenance": "every request answers 503",
}
_BILL = {
    "bill_not_ready": "the bill is still being made",
    "bill_missing_column": "the bill lacks the orders' amounts",
    "bill_wrong_encoding": "the bill comes in the other wallet's encoding",
    "bill_other_day": "the bill is of the day before",
    "bill_cut": "the bill ends in the middle",
    "bill_totals_off": "the bill's totals are off by a fen",
    "bill_row_missing": "the bill lacks a payment",
    "bill_row_extra": "the bill has a payment nobody made",
    "bill_amount_off": "the bill states another amount",
    "bill_row_twice": "the bill has a row twice",
    "bill_status_off": "the bill says otherwise of a payment",
    "bill_fee_off": "the bill takes too much of a fee",
    "bill_refund_missing": "the bill lacks a refund",
    "bill_hash_off": "WeChat: the bill's hash does not fit",
}
"""Faults that have one place of their own."""

REPLY = frozenset(_REPLY)
MENU = {**_REPLY, **_ELSEWHERE, **_BILL}
_OWN = ""


@dataclass(slots=True)
class Armed:
    times: int
    seconds: float = 0.0


@dataclass(slots=True)
class Faults:
    """Armed faults of both channels, by where they strike."""

    armed: dict[tuple[Channel, str, str], Armed] = field(default_factory=dict)
    hits: Counter[str] = field(default_factory=Counter)

    def arm(
        self, channel: Channel, name: str, times: int = 1, seconds: float = 0.0, at: Iterable[str] = ("charge",)
    ) -> None:
        """Do this wrong the next `times` times at each of `at`, which only faults of the reply look at.

        Raises KeyError for a name or place that does not exist.
        """
        MENU[name]
        places = tuple(at) if name in REPLY else (_OWN,)
        for place in places:
            if place not in (*AT, _OWN):
                raise KeyError(place)
        for place in places:
            self.armed[channel, name, place] = Armed(times, seconds)

    def take(self, channel: Channel, name: str, at: str = _OWN) -> Armed | None:
        """The fault if it is armed there, counted down."""
        key = (channel, name, at if name in REPLY else _OWN)
        armed = self.armed.get(key)
        if armed is None:
            return None
        armed.times -= 1
        if armed.times <= 0:
            del self.armed[key]
        self.hits[name] += 1
        return armed

    def peek(self, channel: Channel, name: str) -> Armed | None:
        return self.armed.get((channel, name, _OWN))

    def clear(self) -> None:
        self.armed.clear()
