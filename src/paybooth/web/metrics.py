"""Prometheus metrics of the box."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from paybooth.ports import HealthState
from paybooth.shop.shop import Shop

REGISTRY = CollectorRegistry()
PAINT = Histogram(
    "paybooth_paint_seconds",
    "From snapshot on the socket to painted frame, as kiosks report it",
    registry=REGISTRY,
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5),
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
        health = GaugeMetricFamily(
            "paybooth_device_up", "1 online, 0.5 degraded, 0 offline or unknown", labels=["device"]
        )
        scale = {HealthState.ONLINE: 1.0, HealthState.DEGRADED: 0.5}
        for status in self._shop.watch.table.values():
            health.add_metric([status.device], scale.get(status.health.state, 0.0))
        yield health


def exposition(shop: Shop) -> bytes:
    """The page of /metrics."""
    of_shop = CollectorRegistry()
    of_shop.register(_ShopCollector(shop))
    return generate_latest(of_shop) + generate_latest(REGISTRY)
