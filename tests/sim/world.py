"""What exists outside the box and outlives every power cut: time, chance, banks, paper, faults, and what is on its way."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count

from paybooth.domain.payment import Channel
from paybooth.lab.models import Bank

from .loop import PowerCutError

ALONE_FEN = 1500
"""What one member of staff may give back alone: less than half of all baskets."""

START_MS = 1_790_000_000_000
"""Wall clock at virtual second 0."""

FAULTS: dict[str, float] = {
    # name → chance per occasion at full rate; the swarm picks which exist in a seed, and how often
    "request_lost": 0.05,
    "request_late": 0.04,
    "reply_lost": 0.08,
    "reply_late": 0.05,
    "error_5xx": 0.05,
    "error_5xx_but_paid": 0.05,
    "garbage": 0.05,
    "rate_limit": 0.05,
    "unknown_code": 0.04,
    "wrong_amount": 0.03,
    "not_found": 0.05,
    "pay_error": 0.03,
    "needs_password": 0.15,
    "reverse_refused": 0.15,
    "reverse_lost": 0.15,
    "refund_lost": 0.5,
    "no_notification": 0.3,
    "late_notification": 0.2,
    "duplicate_notification": 0.3,
    "forged_notification": 0.1,
    "false_notification": 0.1,
    "provider_down": 0.003,
    "down_at_reverse": 0.1,
    "paper_out": 0.02,
    "cover_open": 0.02,
    "printer_mute": 0.02,
    "scanner_flood": 0.005,
    "scanner_repeat": 0.05,
    "scanner_dead": 0.004,
    "disk_full": 0.0015,
    "disk_error": 0.00075,
    "power_cut": 0.01,
    "clock_step": 0.004,
    "clock_drift": 1.0,
    "page_gone": 0.02,
    "stale_intent": 0.03,
    "doubled_intent": 0.05,
    "doubled_wish": 0.2,
    "racing_wishes": 0.2,
    "own_approval": 0.2,
    # at the exit (gate.py), per shopper whose way out is played
    "relay_lost": 0.03,
    "board_dead": 0.03,
    "reader_dead": 0.03,
    "reader_flood": 0.05,
    "fire": 0.02,
    "mains_lost": 0.02,
    "button_stuck": 0.02,
    "pedestal": 0.05,
    "door_help": 0.05,
    "notify_down": 0.3,
}
WIRE_FAULTS: dict[str, float] = {
    # what only signed requests and their answers can suffer (wire.py)
    "connection_refused": 0.03,
    "reset_before": 0.03,
    "reset_after": 0.03,
    "bad_gateway": 0.03,
    "truncated": 0.03,
    "reply_drips": 0.01,
    "forged_reply": 0.05,
    "unsigned": 0.03,
    "bad_signature": 0.03,
    "unsigned_error": 0.03,
    "wrong_number": 0.03,
    "cut_json": 0.03,
    "huge_json": 0.003,
    "code_expired": 0.02,
    "reverse_5xx": 0.1,
    "close_race": 0.1,
    "query_5xx": 0.05,
    "maintenance": 0.02,
}
WHIMS: dict[str, float] = {
    # name → how many shoppers have it
    "walks_away": 0.06,
    "wrong_wallet": 0.06,
    "goods_while_paying": 0.06,
    "new_code": 0.06,
    "early_code": 0.06,
    "cancels": 0.06,
    "forgets_password": 0.06,
    "odd_goods": 0.06,
    "changes_mind": 0.06,
    "presents": 0.15,
    "dawdles": 0.3,
    "member": 0.06,
    "help": 0.06,
}


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that decides a run. A smaller plan with the same violation is a better story."""

    seed: int
    shoppers: int = 280
    booths: int = 3
    faults: frozenset[str] | None = None
    """None: the swarm of the seed chooses."""
    wire: bool = False
    """With the real drivers and the lab's gateways instead of SimChannel."""

    def swarm(self) -> dict[str, float]:
        """Which faults exist in this run and how likely each is per occasion."""
        chance = random.Random(f"{self.seed}/swarm")
        known = FAULTS | WIRE_FAULTS if self.wire else FAULTS
        drawn = {name: known[name] * chance.choice((0.3, 1.0, 2.0)) for name in known if chance.random() < 0.55}
        return drawn if self.faults is None else {n: drawn.get(n, known[n]) for n in known if n in self.faults}

    def without(self, fault: str) -> Plan:
        return replace(self, faults=frozenset(self.swarm()) - {fault})


@dataclass(slots=True)
class Sheet:
    """A piece of paper that came out of a printer."""

    receipt: str
    whole: bool


@dataclass(slots=True)
class Due:
    at_s: float
    act: Callable[[], None]
    handle: asyncio.TimerHandle | None = None


@dataclass(slots=True)
class World:
    plan: Plan
    now_s: float = 0.0
    rates: dict[str, float] = field(default_factory=dict)
    hits: Counter[str] = field(default_factory=Counter)
    story: list[tuple[float, str]] = field(default_factory=list)
    sheets: list[Sheet] = field(default_factory=list)
    wall_off_ms: int = 0
    drift: float = 0.0
    troubled: bool = True
    """Faults strike; switched off for the last part, in which everything must settle."""
    down_until_s: dict[Channel, float] = field(default_factory=dict)
    cut_in: int | None = None
    """Loop steps until the power goes."""
    _due: dict[int, Due] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=count)
    _streams: dict[str, random.Random] = field(default_factory=dict)
    banks: dict[Channel, Bank] = field(default_factory=dict)
    notify: Callable[[Channel, Mapping[str, str], bytes], bool] = lambda *_: False
    """A wallet tells the shop of an order; whether it was believed. Lost while the box is dark."""
    paid: Callable[[Channel, str], None] = lambda *_: None
    """A shopper paid this order by a prompt or by the booth's QR: the wallet may tell the shop."""

    def __post_init__(self) -> None:
        self.rates = self.plan.swarm()
        self.banks = {channel: Bank(channel, self.chance(f"bank {channel}")) for channel in Channel}
        if "clock_drift" in self.rates:
            self.drift = self.chance("drift").uniform(-2e-4, 2e-4)
            self.hits["clock_drift"] += 1

    # ------------------------------------------------------------ chance and time

    def chance(self, name: str) -> random.Random:
        """One stream per purpose: one more draw here shifts nothing elsewhere."""
        if name not in self._streams:
            self._streams[name] = random.Random(f"{self.plan.seed}/{name}")
        return self._streams[name]

    def strikes(self, fault: str) -> bool:
        """Whether this fault happens on this occasion."""
        rate = self.rates.get(fault)
        if rate is None or not self.troubled or self.chance(fault).random() >= rate:
            return False
        self.hits[fault] += 1
        return True

    def draws(self, fault: str) -> bool:
        """`strikes` for a fault that is counted where it takes effect."""
        rate = self.rates.get(fault)
        return rate is not None and self.troubled and self.chance(fault).random() < rate

    def now_ms(self) -> int:
        """The world's true time; the box's clock may differ."""
        return START_MS + int(self.now_s * 1000)

    def box_now_ms(self) -> int:
        """What the box's wall clock says."""
        return START_MS + int(self.now_s * 1000 * (1 + self.drift)) + self.wall_off_ms

    def tell(self, text: str) -> None:
        self.story.append((self.now_s, text))

    # ------------------------------------------------------------ what is on its way

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        """Do this then, whether or not the box has power: a request in the network, paper in the printer."""
        number = next(self._numbers)
        due = Due(self.now_s + seconds, act)
        self._due[number] = due
        self._arm(number, due)

    def _arm(self, number: int, due: Due) -> None:
        def happen() -> None:
            del self._due[number]
            due.act()

        loop = asyncio.get_running_loop()
        due.handle = loop.call_at(max(due.at_s, loop.time()), happen)

    def take_up(self) -> None:
        """After a power cut: the new loop carries what the old one had under way."""
        for number, due in list(self._due.items()):
            self._arm(number, due)

    # ------------------------------------------------------------ power

    def tick(self, now_s: float) -> None:
        """Each loop step."""
        self.now_s = now_s
        if self.cut_in is not None:
            self.cut_in -= 1
            if self.cut_in <= 0:
                self.cut_in = None
                self.tell("the power goes")
                raise PowerCutError

    def may_cut(self) -> None:
        """An interesting moment for a power cut: somewhere in the next few steps."""
        if self.cut_in is None and self.strikes("power_cut"):
            self.cut_in = self.chance("cut").randrange(1, 40)

    def is_down(self, channel: Channel) -> bool:
        return self.troubled and self.now_s < self.down_until_s.get(channel, 0.0)
