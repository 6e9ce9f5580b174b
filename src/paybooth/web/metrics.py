"""Prometheus metrics of the box."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from paybooth.domain.facts import DayMatched
from paybooth.ports import HealthState
from paybooth.shop.days import BEIJING
from paybooth.shop.shop import Shop

REGISTRY = CollectorRegistry()
PAINT_S = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5)
PAINT = Histogram(
    "paybooth_paint_seconds", "From snapshot to painted frame, as pages report it", buckets=PAINT_S, registry=REGISTRY
)
LIMITED = Counter(
    "paybooth_limited", "Requests answered 429, by class of route", labelnames=("route",), registry=REGISTRY
)


class _ShopCollector:
    """Reads the shop when asked; nothing is counted twice."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def collect(self) -> Iterator[Metric]:
        for name, value in self._shop.ledger.takings().items():
            yield GaugeMetricFamily(f"paybooth_{name}", f"{name} over all time, from the ledger", value=value)
        yield GaugeMetricFamily(
            "paybooth_attempts_in_flight", "charges without a final word", self._shop.till.in_flight
        )
        yield from self._days()
        health = GaugeMetricFamily(
            "paybooth_device_up", "1 online, 0.5 degraded, 0 offline or unknown", labels=["device"]
        )
        scale = {HealthState.ONLINE: 1.0, HealthState.DEGRADED: 0.5}
        for status in self._shop.watch.table.values():
            health.add_metric([status.device], scale.get(status.health.state, 0.0))
        yield health

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


def exposition(shop: Shop) -> bytes:
    """The page of /metrics."""
    of_shop = CollectorRegistry()
    of_shop.register(_ShopCollector(shop))
    return generate_latest(of_shop) + generate_latest(REGISTRY)
