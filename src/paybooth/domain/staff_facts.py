"""Facts about staff: who signed in, what they prove themselves with, whose session ended. Never a secret.

The same rules as facts.py, which has those of money and `staff.added`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .facts import Fact, Privacy, fact
from .goods import ComingPrice, Product
from .plan import Plan
from .pricing import Rule


@fact("staff.signed_in", Privacy.STAFF)
@dataclass(frozen=True, slots=True)
class SignedIn(Fact):
    """`how`: password, code (password and one-time code), passkey or link."""

    name: str
    session: int
    how: str
    address: str


@fact("staff.signed_out", Privacy.STAFF)
@dataclass(frozen=True, slots=True)
class SignedOut(Fact):
    """A session ended before its time; `by` somebody else where they revoked it."""

    name: str
    session: int
    by: str
    reason: str


@fact("staff.refused", Privacy.STAFF)
@dataclass(frozen=True, slots=True)
class SignInRefused(Fact):
    """Somebody failed so often that they must wait. `name` is what was typed, where there is such a name."""

    name: str
    address: str
    misses: int


@fact("staff.proof_changed", Privacy.STAFF)
@dataclass(frozen=True, slots=True)
class ProofChanged(Fact):
    """`what`: password, code or passkey; `change`: set or removed; `by` themselves or who reset it."""

    name: str
    what: str
    change: str
    by: str


@fact("staff.link_made", Privacy.STAFF)
@dataclass(frozen=True, slots=True)
class LinkMade(Fact):
    """A one-time link for somebody to choose a password; all they proved themselves with before is void once used."""

    name: str
    by: str
    reason: str


@fact("staff.assisted", Privacy.STAFF)
@dataclass(frozen=True, slots=True)
class Assisted(Fact):
    """Staff did something at a booth, from wherever they are. What became of the basket follows in the same commit."""

    booth: str
    sale: str
    """Empty without one."""
    by: str
    act: str
    """begin, end, add, price, approve_age, remove, count, say, speak, ask_wallet or reprint. No voice is kept."""
    reason: str
    detail: str = ""
    """What it was about, such as a product's number or the line."""


@fact("product.changed", Privacy.STAFF)
@dataclass(frozen=True, slots=True)
class ProductChanged(Fact):
    """Staff changed what the catalogue says of a product; its number and codes stay. Both are the whole product."""

    sku: str
    before: Product
    after: Product
    by: str
    reason: str


@fact("price.planned", Privacy.STAFF)
@dataclass(frozen=True, slots=True)
class PricePlanned(Fact):
    """Staff said what a product will cost from some time on."""

    coming: ComingPrice


@fact("price.settled", Privacy.STAFF)
@dataclass(frozen=True, slots=True)
class PriceSettled(Fact):
    """A planned price is over. taken: it is in the catalogue (`product.changed` beside it, unless it was so already) ·
    withdrawn: staff thought better of it · unfit: it could not be, `reason` says why.
    """

    number: int
    outcome: Literal["taken", "withdrawn", "unfit"]
    by: str
    reason: str


@fact("device.serviced", Privacy.STAFF)
@dataclass(frozen=True, slots=True)
class DeviceServiced(Fact):
    """Staff tried a device, or took it out of service and back."""

    device: str
    by: str
    act: str
    """test, maintenance or in_service."""
    reason: str
    outcome: str = ""


@fact("shift.handed_over", Privacy.STAFF)
@dataclass(frozen=True, slots=True)
class ShiftHandedOver(Fact):
    """Somebody goes and says to whoever comes what to know. What they had claimed stays theirs until it is taken."""

    handover: int
    by: str
    text: str
    incidents: tuple[int, ...]
    """What they had."""


@fact("shift.taken", Privacy.STAFF)
@dataclass(frozen=True, slots=True)
class ShiftTaken(Fact):
    """Somebody read it and goes on from there; the incidents they take are claimed right after it."""

    handover: int
    by: str


@fact("plan.changed", Privacy.STAFF)
@dataclass(frozen=True, slots=True)
class PlanChanged(Fact):
    """Staff drew the floor anew: the whole plan, under the next number."""

    number: int
    plan: Plan
    by: str
    reason: str


@fact("rules.changed", Privacy.STAFF)
@dataclass(frozen=True, slots=True)
class RulesChanged(Fact):
    """Staff wrote other price rules: all of them, under the next number. None: those of the file again."""

    number: int
    rules: tuple[Rule, ...] | None
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class SettingChange:
    """One setting from one value to another, each as text; None is what the configuration file says."""

    key: str
    before: str | None
    after: str | None


@fact("settings.changed", Privacy.STAFF)
@dataclass(frozen=True, slots=True)
class SettingsChanged(Fact):
    """Staff changed how the shop works, from the next shopper on."""

    changes: tuple[SettingChange, ...]
    by: str
    reason: str


@fact("notify.tested", Privacy.STAFF)
@dataclass(frozen=True, slots=True)
class NotifyTested(Fact):
    """Staff had a test message sent; `outcome` is empty where the target took it, else why not."""

    target: str
    by: str
    reason: str
    outcome: str = ""
