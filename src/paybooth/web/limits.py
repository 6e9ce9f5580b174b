"""How often one address may ask: a token bucket per address and class of route. Numbers only; the time is handed in.

What is bounded elsewhere is not counted here: what a kiosk says on its socket (the booth's mailbox), and /healthz, by
which others judge whether the box lives.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Route(StrEnum):
    """Classes of routes that cost alike."""

    PAGE = "page"
    READ = "read"
    WRITE = "write"
    SOCKET = "socket"
    RECEIPT = "receipt"
    NOTIFY = "notify"


@dataclass(frozen=True, slots=True)
class Rate:
    """So many a second for ever, and so many at once after a rest."""

    per_s: float
    burst: int


Rates = Mapping[Route, Rate]

RATES: Rates = {
    Route.PAGE: Rate(100, 400),  # a page brings dozens of files
    Route.READ: Rate(50, 200),
    Route.WRITE: Rate(50, 200),
    Route.SOCKET: Rate(10, 100),  # after a restart every screen of the shop comes back at once
    Route.RECEIPT: Rate(5, 40),  # a PDF is work, and nobody should try out receipt numbers
    Route.NOTIFY: Rate(100, 500),  # a wallet sends what it has kept after an outage
}
"""Behind a proxy that does not name its clients, or on a shop's own network, many share one address."""

ADDRESSES_MOST = 4096
"""Buckets kept; beyond, the one that was quiet longest is forgotten, which only ever lets more through."""


def route_of(kind: str, method: str, path: str) -> Route | None:
    """The class of a request; None is never limited. `kind` is ASGI's `http` or `websocket`."""
    if path == "/healthz":
        return None
    if kind == "websocket":
        return Route.SOCKET
    if path.startswith("/notify/"):
        return Route.NOTIFY
    if path.startswith("/r/"):
        return Route.RECEIPT
    if method not in ("GET", "HEAD", "OPTIONS"):
        return Route.WRITE
    return Route.READ if path.startswith(("/api/", "/metrics")) else Route.PAGE


def neighbourhood(address: str) -> str:
    """Who counts as one: an IPv4 address, or an IPv6 network of 64 bits, of which one client has all it likes."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    mapped = parsed.ipv4_mapped
    return str(mapped) if mapped else str(ipaddress.ip_network((int(parsed), 64), strict=False))


class Limiter:
    """The buckets of one server."""

    def __init__(self, rates: Rates, now_s: Callable[[], float]) -> None:
        self._rates = rates
        self._now_s = now_s
        self._buckets: OrderedDict[tuple[str, Route], tuple[float, float]] = OrderedDict()

    def wait_s(self, address: str, route: Route) -> float:
        """0 when the request may pass, and is counted; else the seconds after which it may."""
        rate, now, key = self._rates[route], self._now_s(), (neighbourhood(address), route)
        tokens, at = self._buckets.pop(key, (float(rate.burst), now))
        tokens = min(float(rate.burst), tokens + (now - at) * rate.per_s)
        passes = tokens >= 1
        self._buckets[key] = (tokens - 1 if passes else tokens, now)
        if len(self._buckets) > ADDRESSES_MOST:
            self._buckets.popitem(last=False)
        return 0.0 if passes else (1 - tokens) / rate.per_s
