"""The fault menu: what a gateway does wrong on purpose, so many times, and how often it did."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from paybooth.domain.payment import Channel

MENU = {
    "request_lost": "the request never arrives",
    "reply_lost": "it is carried out, but no answer comes back",
    "reply_late": "the answer takes `seconds`",
    "needs_password": "the wallet asks for the password",
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


@dataclass(slots=True)
class Armed:
    times: int
    seconds: float = 0.0


@dataclass(slots=True)
class Faults:
    """Armed faults of both channels."""

    armed: dict[tuple[Channel, str], Armed] = field(default_factory=dict)
    hits: Counter[str] = field(default_factory=Counter)

    def arm(self, channel: Channel, name: str, times: int = 1, seconds: float = 0.0) -> None:
        """Do this wrong the next `times` times. Raises KeyError for a name that is not on the menu."""
        MENU[name]
        self.armed[channel, name] = Armed(times, seconds)

    def take(self, channel: Channel, name: str) -> Armed | None:
        """The fault if it is armed, counted down."""
        armed = self.armed.get((channel, name))
        if armed is None:
            return None
        armed.times -= 1
        if armed.times <= 0:
            del self.armed[channel, name]
        self.hits[name] += 1
        return armed

    def peek(self, channel: Channel, name: str) -> Armed | None:
        return self.armed.get((channel, name))

    def clear(self) -> None:
        self.armed.clear()
