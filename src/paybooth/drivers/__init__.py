"""Walls outward: one driver per kind of device or channel, found by URL scheme.

Lives here: vendor protocols, each as a card, a pure codec and a connection. May not: import shop, ledger or web,
decide about money, sleep by itself (the one reconnect machine is `link.py`), or know that a peer is simulated.
Adding one: docs/drivers/writing.md. Outsiders add schemes through the entry-point group `paybooth.drivers`.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from paybooth.ports import Clock, Device

from .card import Card
from .wire import parse

BUILT_IN = {
    "scanner": ("paybooth.drivers.scanner", "open_scanner"),
    "escpos": ("paybooth.drivers.escpos", "EscposPrinter"),
    "llrp": ("paybooth.drivers.llrp", "LlrpReader"),
    "modbus": ("paybooth.drivers.modbus", "ModbusBoard"),
    "gpio": ("paybooth.drivers.gpio", "GpioBoard"),
}
CHANNELS = ("paybooth.drivers.wechat", "paybooth.drivers.alipay")
GROUP = "paybooth.drivers"


def open_device(name: str, url: str, clock: Clock) -> Device:
    """The driver of a URL, not yet running. Raises ValueError with what would be right."""
    address = parse(url)
    outside = {point.name: point for point in entry_points(group=GROUP)}
    if address.driver in outside:
        factory: Callable[..., Any] = outside[address.driver].load()
    elif address.driver in BUILT_IN:
        module, attribute = BUILT_IN[address.driver]
        factory = getattr(import_module(module), attribute)
    else:
        known = ", ".join(sorted({*BUILT_IN, *outside}))
        raise ValueError(f"no driver {address.driver!r} (known: {known})")
    device: Device = factory(name, address, clock)
    return device


def cards() -> list[Card]:
    """The cards of all built-in drivers, for the table in docs/drivers/."""
    modules = [module for module, _ in BUILT_IN.values()] + list(CHANNELS)
    many = [*import_module("paybooth.drivers.notify").CARDS, *import_module("paybooth.drivers.webhook").CARDS]
    return [*(import_module(module).CARD for module in modules), *many]
