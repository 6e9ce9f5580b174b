"""What a stretch of days was like: takings, baskets, hours, products, wallets, and what it cost in people and goods.

Amounts are integer fen, times Unix milliseconds. Every figure says how it came about in `docs/operate/reports.md`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median_low

from .incident import THE_BOX, Kind, Verdict

DAYS_MOST = 92
BUSY_MOST_MS = 30 * 60_000
"""One thing keeps a person busy this long at most; what stands open longer was waiting, not being done."""
PIECES_MOST = 10
"""Baskets of so many pieces and more are one row."""
FALSE = frozenset({Verdict.FALSE_ALARM, Verdict.MISTAKE})
"""What an alarm turned out to be that should not have rung."""
RIGHT = frozenset({Verdict.PAID, Verdict.PUT_BACK, Verdict.THEFT})
"""What an alarm turned out to be that rang for unpaid goods."""


@dataclass(frozen=True, slots=True)
class DaySums:
    day: str
    """ISO date in the shop's zone."""
    sales: int
    fen: int
    pieces: int
    refunded_fen: int


@dataclass(frozen=True, slots=True)
class BasketSums:
    """Paid baskets of so many pieces; the last row is of so many and more."""

    pieces: int
    sales: int
    fen: int


@dataclass(frozen=True, slots=True)
class ProductSums:
    sku: str
    name_zh: str
    name_en: str
    quantity: int
    fen: int
    """After discounts."""


@dataclass(frozen=True, slots=True)
class WalletSums:
    channel: str
    paid: int
    fen: int
    declined: int
    reversed: int
    """Taken back because nobody knew whether they were paid."""
    open: int
    paid_ms: int
    """From the code to the final word, on average of what was paid."""


@dataclass(frozen=True, slots=True)
class Handled:
    """Incidents of one kind."""

    kind: str
    count: int
    healed: int
    """Over by themselves."""
    taken_ms: int | None
    """Median from opening to somebody taking it; None where nobody did."""
    busy_ms: int


@dataclass(frozen=True, slots=True)
class AlarmScore:
    """How often an alarm at one gate, or of one product, was right."""

    what: str
    """A gate, or a product's number."""
    name_zh: str
    name_en: str
    rang: int
    right: int
    false: int


@dataclass(frozen=True, slots=True)
class Loss:
    """Goods seen leaving unpaid, at their price. What no gate saw is not in it."""

    known_fen: int
    """Staff said: theft."""
    known: int
    open_fen: int
    """Nobody said yet what it was, or staff said: something else."""
    open: int
    saved_fen: int
    """Paid or put back after the alarm."""
    saved: int


@dataclass(frozen=True, slots=True)
class Effort:
    """What the shop cost in people."""

    trips: int
    """Baskets begun, paid or given up."""
    given_up: int
    assists: int
    """Times that somebody helped at a booth from afar."""
    calls: int
    """Calls for help of shoppers."""
    operator_ms: int
    """Time of staff on incidents and at booths; one person doing two things at once counts once."""
    per_100_trips_s: float | None
    """None without a trip."""


@dataclass(frozen=True, slots=True)
class Sums:
    """The stretch in few figures, to set beside another."""

    sales: int
    fen: int
    pieces: int
    discounts_fen: int
    refunded_fen: int
    effort: Effort
    loss: Loss


@dataclass(frozen=True, slots=True)
class Report:
    first: str
    last: str
    """Both ISO dates in the shop's zone, both inside."""
    sums: Sums
    before: Sums
    """Of as many days right before them."""
    days: tuple[DaySums, ...]
    week: tuple[tuple[int, ...], ...]
    """Seven rows, Monday first, of 24 sums of fen by hour."""
    baskets: tuple[BasketSums, ...]
    products: tuple[ProductSums, ...]
    """The most sold, by takings."""
    products_more: int
    products_more_fen: int
    """What is not among them."""
    wallets: tuple[WalletSums, ...]
    incidents: tuple[Handled, ...]
    gates: tuple[AlarmScore, ...]
    alarmed: tuple[AlarmScore, ...]
    """By product, the least believable first."""


@dataclass(frozen=True, slots=True)
class Span:
    """Somebody was busy with something."""

    who: str
    from_ms: int
    to_ms: int


def busy_ms(spans: Iterable[Span]) -> int:
    """Time of people: each span cut at BUSY_MOST_MS, and what overlaps of one person counted once."""
    of: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for span in spans:
        if span.to_ms > span.from_ms:
            of[span.who].append((span.from_ms, min(span.to_ms, span.from_ms + BUSY_MOST_MS)))
    total = 0
    for stretches in of.values():
        end = 0
        for begins, ends in sorted(stretches):
            total += max(0, ends - max(begins, end))
            end = max(end, ends)
    return total


@dataclass(frozen=True, slots=True)
class Goods:
    """Goods an incident is about."""

    sku: str
    name_zh: str
    name_en: str
    fen: int
    """Price of all of them; 0 where the catalogue had none."""


@dataclass(frozen=True, slots=True)
class Matter:
    """An incident, as far as reports look at it."""

    kind: str
    place: str
    opened_ms: int
    claims: tuple[tuple[int, str], ...]
    """When who took it, in order; more than one where somebody took over."""
    resolved_by: str
    resolved_ms: int | None
    verdict: str
    goods: tuple[Goods, ...]

    def spans(self, now_ms: int) -> list[Span]:
        """The time of each who took it, until the next did or it was over."""
        ends = [at_ms for at_ms, _ in self.claims[1:]]
        ends.append(now_ms if self.resolved_ms is None else self.resolved_ms)
        return [Span(by, at_ms, end) for (at_ms, by), end in zip(self.claims, ends, strict=False)]


def handled(matters: Sequence[Matter], now_ms: int) -> tuple[Handled, ...]:
    """By kind, the most work first."""
    of: dict[str, list[Matter]] = defaultdict(list)
    for matter in matters:
        of[matter.kind].append(matter)
    rows = [_handled(kind, found, now_ms) for kind, found in of.items()]
    return tuple(sorted(rows, key=lambda row: (-row.busy_ms, -row.count, row.kind)))


def _handled(kind: str, found: Sequence[Matter], now_ms: int) -> Handled:
    taken = [matter.claims[0][0] - matter.opened_ms for matter in found if matter.claims]
    spans = [span for matter in found for span in matter.spans(now_ms)]
    return Handled(
        kind,
        len(found),
        sum(matter.resolved_by == THE_BOX for matter in found),
        max(0, median_low(taken)) if taken else None,
        busy_ms(spans),
    )


def loss(matters: Iterable[Matter]) -> Loss:
    """Goods of alarms by what they turned out to be."""
    sums = {"known": [0, 0], "open": [0, 0], "saved": [0, 0]}
    for matter in matters:
        if matter.kind not in (Kind.UNPAID, Kind.EAS):
            continue
        match matter.verdict:
            case Verdict.THEFT:
                of = sums["known"]
            case Verdict.PAID | Verdict.PUT_BACK:
                of = sums["saved"]
            case "" | Verdict.OTHER:
                of = sums["open"]
            case _:
                continue
        of[0] += sum(goods.fen for goods in matter.goods)
        of[1] += 1
    return Loss(*sums["known"], *sums["open"], *sums["saved"])


def scores(matters: Iterable[Matter]) -> tuple[tuple[AlarmScore, ...], tuple[AlarmScore, ...]]:
    """(by gate, by product) of alarms for goods; tests are no alarms. The least believable first."""
    gates: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    products: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    names: dict[str, Goods] = {}
    for matter in matters:
        if matter.kind not in (Kind.UNPAID, Kind.EAS) or matter.verdict == Verdict.TEST:
            continue
        names |= {goods.sku: goods for goods in matter.goods}
        for counted in (gates[matter.place], *(products[sku] for sku in {goods.sku for goods in matter.goods})):
            counted[0] += 1
            counted[1] += matter.verdict in RIGHT
            counted[2] += matter.verdict in FALSE
    by_gate = [AlarmScore(gate, "", "", *counted) for gate, counted in gates.items()]
    by_product = [
        AlarmScore(sku, names[sku].name_zh, names[sku].name_en, *counted) for sku, counted in products.items()
    ]
    return _least_believable(by_gate), _least_believable(by_product)


def _least_believable(rows: list[AlarmScore]) -> tuple[AlarmScore, ...]:
    return tuple(sorted(rows, key=lambda row: (-row.false, row.right, -row.rang, row.what)))


def per_100_trips_s(operator_ms: int, trips: int) -> float | None:
    return round(operator_ms / 10 / trips, 1) if trips else None
