"""Who may come in: the door's mode, what they show, how many are inside. Nothing here is ever asked of who leaves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from enum import StrEnum

from .door import Mode


class Guest(StrEnum):
    """What somebody at the entry has shown."""

    STRANGER = "stranger"
    MEMBER = "member"
    STAFF = "staff"


class Refusal(StrEnum):
    """Why the door stays shut for somebody outside."""

    CLOSED = "closed"
    FULL = "full"  # one out, one in
    MEMBERS_ONLY = "members_only"
    STAFF_ONLY = "staff_only"
    TOO_MANY_TRIES = "too_many_tries"


_STRANGERS: dict[Mode, Refusal | None] = {
    Mode.OPEN: None,
    Mode.DELIVERY: None,
    Mode.MEMBERS: Refusal.MEMBERS_ONLY,
    Mode.STAFF: Refusal.STAFF_ONLY,
    Mode.CLEANING: Refusal.STAFF_ONLY,
    Mode.CLOSING: Refusal.CLOSED,
    Mode.CLOSED: Refusal.CLOSED,
}


def admit(mode: Mode, guest: Guest, inside: int, limit: int) -> Refusal | None:
    """None = come in. Staff always may; a member where members may; the limit holds for shoppers alone."""
    if guest is Guest.STAFF:
        return None
    refusal = _STRANGERS[mode]
    if refusal is Refusal.MEMBERS_ONLY and guest is Guest.MEMBER:
        refusal = None
    if refusal is None and limit and inside >= limit:
        return Refusal.FULL
    return refusal


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening hours of every day; `closes` before `opens` means past midnight."""

    opens: time
    closes: time

    def open_at(self, now: time) -> bool:
        if self.opens <= self.closes:
            return self.opens <= now < self.closes
        return now >= self.opens or now < self.closes


def parse_hours(text: str) -> Hours | None:
    """`07:00-23:00`; empty: always open. Raises ValueError."""
    if not text:
        return None
    opens, dash, closes = text.partition("-")
    if not dash:
        raise ValueError(f"{text!r} is not like '07:00-23:00'")
    found = Hours(time.fromisoformat(opens.strip()), time.fromisoformat(closes.strip()))
    if found.opens == found.closes:
        raise ValueError(f"{text!r} is never open; leave hours out for always")
    return found
