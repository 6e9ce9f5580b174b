"""Prometheus metrics of the box. Names and labels stay: others' dashboards ask for them (deploy/)."""

from __future__ import annotations

from collections import Counter as Tallies
from collections.abc import Iterator
from datetime import date, datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from paybooth.domain.facts import DayMatched
from paybooth.domain.incident import Severity
from paybooth.domain.payment import State
from paybooth.domain.totals import Totals
from paybooth.ports import HealthState
from paybooth.shop.days import BEIJING
from paybooth.shop.shop import Shop

from .tally import Tally

REGISTRY = CollectorRegistry()
PAINT_S = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5)
COMMIT_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5)
PAINT = Histogram(
    "paybooth_paint_seconds", "From snapshot to painted frame, as pages report it", buckets=PAINT_S, registry=REGISTRY
)
COMMIT = Histogram(
    "paybooth_ledger_commit_seconds", "From asking to synced, of each commit", buckets=COMMIT_S, registry=REGISTRY
)
LIMITED = Counter(
    "paybooth_limited", "Requests answered 429, by class of route", labelnames=("route",), registry=REGISTRY
)
STREAMS = Gauge("paybooth_event_streams", "Programs that follow the journal now", registry=REGISTRY)
PAPER = ("due", "printing", "printed", "digital_only", "unconfirmed")


class _ShopCollector:
    """Reads the shop when asked: nothing is counted twice, and nothing is summed up again."""

    def __init__(self, shop: Shop, tally: Tally, totals: Totals) -> None:
        self._shop, self._tally, self._totals = shop, tally, totals

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("paybooth_shop_well", "1 when nothing needs a look", float(is_well(self._shop)))
        yield from self._money()
        yield from self._days()
        yield from self._exits()
        health = GaugeMetricFamily(
            "paybooth_device_up", "1 online, 0.5 degraded, 0 offline or unknown", labels=["device"]
        )
        scale = {HealthState.ONLINE: 1.0, HealthState.DEGRADED: 0.5}
        for status in self._shop.watch.table.values():
            health.add_metric([status.device], scale.get(status.health.state, 0.0))
        yield health
        behind = GaugeMetricFamily("paybooth_webhook_behind", "journal rows it has yet to take", labels=["webhook"])
        for name, rows in (self._shop.webhooks.behind() if self._shop.webhooks else {}).items():
            behind.add_metric([name], rows)
        yield behind
        yield GaugeMetricFamily("paybooth_journal_rows", "facts in the journal", self._totals.seq)

    def _money(self) -> Iterator[Metric]:
        totals = self._totals
        yield GaugeMetricFamily("paybooth_sales", "paid sales over all time", totals.sales)
        yield GaugeMetricFamily("paybooth_paid_fen", "what they paid, over all time", totals.paid)
        yield GaugeMetricFamily("paybooth_refunded_fen", "what went back, over all time", totals.refunded)
        attempts = GaugeMetricFamily("paybooth_attempts", "tries to charge over all time, by verdict", labels=["state"])
        for state in State:
            attempts.add_metric([state], totals.attempts.get(state, 0))
        yield attempts
        receipts = GaugeMetricFamily("paybooth_receipts", "receipts over all time, by their paper", labels=["state"])
        for word in PAPER:
            receipts.add_metric([word], totals.receipts.get(word, 0))
        yield receipts
        since_ms = totals.in_doubt_since()
        doubt_s = 0.0 if since_ms is None else max(0.0, (self._shop.clock.now_ms() - since_ms) / 1000)
        yield GaugeMetricFamily("paybooth_attempt_doubt_seconds", "age of the oldest charge in doubt; 0: none", doubt_s)
        yield GaugeMetricFamily(
            "paybooth_attempts_in_flight", "charges without a final word", self._shop.till.in_flight
        )

    def _exits(self) -> Iterator[Metric]:
        incidents = GaugeMetricFamily("paybooth_incidents", "not resolved, by severity", labels=["severity"])
        live = Tallies(found.severity for found in self._shop.exits.incidents.live.values())
        for severity in Severity:
            incidents.add_metric([severity], live[severity])
        yield incidents
        decided = CounterMetricFamily(
            "paybooth_gate_decisions", "what gates decided since the box started", labels=["gate", "what"]
        )
        for (gate, what), count in sorted(self._tally.gates.items()):
            decided.add_metric([gate, what], count)
        yield decided
        stood = CounterMetricFamily(
            "paybooth_door_open_seconds", "for which the door stood open since the box started", labels=["gate"]
        )
        for gate, seconds in self._tally.door_open_s().items():
            stood.add_metric([gate], seconds)
        yield stood

    def _days(self) -> Iterator[Metric]:
        """The newest match of each channel."""
        newest: dict[str, DayMatched] = {}
        for _, match in self._shop.ledger.matches(limit=2 * len(self._shop.channels)):
            newest.setdefault(match.channel, match)
        differ = GaugeMetricFamily(
            "paybooth_match_differences", "differences of the last day that was matched", labels=["channel"]
        )
        day = GaugeMetricFamily(
            "paybooth_match_day_seconds", "the last day that was matched, as Unix time of its begin", labels=["channel"]
        )
        for channel, match in sorted(newest.items()):
            differ.add_metric([channel], len(match.differences) + match.more)
            begins = datetime.combine(date.fromisoformat(match.day), datetime.min.time(), BEIJING)
            day.add_metric([channel], begins.timestamp())
        yield differ
        yield day


def is_well(shop: Shop) -> bool:
    """Nothing needs a look: every device answers, no bill differs, nothing critical waits for staff."""
    silent = (HealthState.OFFLINE, HealthState.UNKNOWN)
    dead = any(status.health.state in silent for status in shop.watch.table.values())
    critical = any(found.severity is Severity.CRITICAL for found in shop.exits.incidents.live.values())
    newest = [match for _, match in shop.ledger.matches(limit=len(shop.channels))]
    return not dead and not critical and not any(match.differences for match in newest)


async def exposition(shop: Shop, tally: Tally) -> bytes:
    """The page of /metrics."""
    of_shop = CollectorRegistry()
    of_shop.register(_ShopCollector(shop, tally, await tally.totals()))
    return generate_latest(of_shop) + generate_latest(REGISTRY)
