"""Devices as a technician treats them: tried, taken out of service for a while, and back.

What is out of service alarms nobody; it comes back by itself when its time is over, and with every restart, so that
nothing stays unwatched by mistake. An exit's button and lock do not know of this.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from paybooth.domain.document import Align, Document, Feed, Rule, Text
from paybooth.domain.payment import Channel
from paybooth.domain.staff_facts import DeviceServiced
from paybooth.ports import Clock, Device, Health, HealthState, Ledger, PayChannel, PrintState

from .bell import Bell
from .devices import as_printer
from .settings import ShopSettings
from .watch import Watch

MINUTES_MOST = 8 * 60
PROBE_S = 6.0


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a test: proven good, not proven, or why not."""

    result: Literal["ok", "unclear", "failed"]
    detail: str


class Service:
    """Of one shop."""

    def __init__(
        self,
        watch: Watch,
        devices: Mapping[str, Device],
        channels: Mapping[Channel, PayChannel],
        ledger: Ledger,
        clock: Clock,
        settings: ShopSettings,
    ) -> None:
        self._settings = settings
        self._devices = devices
        self._channels = channels
        self._watch = watch
        self._ledger = ledger
        self._clock = clock
        self._until: dict[str, float] = {}
        """Device → Clock.monotonic_s when it is back in service."""
        self._bell = Bell()
        self.on_back: Callable[[str, Health], None] = lambda _, __: None
        """A device is in service again, with this health."""

    async def run(self) -> None:
        while True:
            next_s = min(self._until.values(), default=None)
            await self._bell.wait(None if next_s is None else max(0.0, next_s - self._clock.monotonic_s()))
            now_s = self._clock.monotonic_s()
            for device in [device for device, at_s in self._until.items() if at_s <= now_s]:
                self._return(device)

    def excused(self, device: str) -> bool:
        """Whether its silence alarms nobody now."""
        return device in self._watch.maintenance

    async def maintain(self, device: str, by: str, reason: str, minutes: int) -> None:
        """Out of service for so many minutes. Raises LedgerFault with nothing done."""
        await self._write(device, by, "maintenance", reason, f"{minutes} min")
        self._until[device] = self._clock.monotonic_s() + minutes * 60
        self._watch.maintain(device, by)
        self._bell.ring()

    async def back(self, device: str, by: str, reason: str) -> None:
        await self._write(device, by, "in_service", reason, "")
        self._return(device)

    def _return(self, device: str) -> None:
        self._until.pop(device, None)
        self._watch.maintain(device, "")
        self.on_back(device, self._watch.table[device].health)

    async def test(self, device: str, by: str, reason: str) -> Tried:
        """Try a device. Raises LedgerFault where that could not be written down."""
        kind, _, place = device.partition(":")
        if kind == "printer":
            tried = await self._print(device)
        elif kind == "pay":
            tried = await self._probe(Channel(place))
        else:
            tried = self._heard(device)
        await self._write(device, by, "test", reason, f"{tried.result} {tried.detail}".strip())
        return tried

    async def _print(self, device: str) -> Tried:
        outcome = await as_printer(self._devices[device]).print(self._slip(device))
        detail = ", ".join(outcome.reasons)
        match outcome.state:
            case PrintState.PRINTED:
                return Tried("ok", "printed and cut")
            case PrintState.UNCONFIRMED:
                return Tried("unclear", detail or "sent, but the printer did not say that it is out")
            case _:
                return Tried("failed", detail or outcome.state.value)

    def _slip(self, device: str) -> Document:
        now = datetime.fromtimestamp(self._clock.now_ms() / 1000, self._settings.zone)
        return (
            Text(self._settings.name_zh, Align.CENTER, bold=True),
            Text(f"测试 · Test · {device}", Align.CENTER),
            Rule(),
            Text(now.strftime("%Y-%m-%d %H:%M:%S"), Align.CENTER),
            Feed(2),
        )

    async def _probe(self, channel: Channel) -> Tried:
        try:
            async with asyncio.timeout(PROBE_S):
                health = await self._channels[channel].probe()
        except TimeoutError:
            return Tried("failed", "no answer")
        self._watch.report(f"pay:{channel}", health)
        good = health.state is HealthState.ONLINE
        return Tried("ok" if good else "failed", ", ".join(health.reasons) or health.state.value)

    def _heard(self, device: str) -> Tried:
        """What it said last; that it says something is all there is to try from here."""
        health = self._watch.table[device].health
        if health.state is HealthState.UNKNOWN:
            return Tried("unclear", "it never said anything")
        good = health.state is HealthState.ONLINE
        return Tried("ok" if good else "failed", ", ".join((*health.reasons, health.detail)).strip(", "))

    async def _write(self, device: str, by: str, act: str, reason: str, outcome: str) -> None:
        await self._ledger.commit(DeviceServiced(device, by, act, reason, outcome), at_ms=self._clock.now_ms())
