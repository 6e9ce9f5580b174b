"""Health of everything with a wire: one table, facts on change, and what it means for booths.

Everything starts UNKNOWN and is never shown green before it has answered. Silence is OFFLINE, said within 15 s.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog

from paybooth.domain import facts as f
from paybooth.domain.payment import Channel
from paybooth.ports import Clock, Device, Health, HealthState, Ledger, LedgerFault, PayChannel

log = structlog.get_logger()

PROBE_EVERY_S = 10.0
PROBE_SILENCE_S = 5.0
"""A channel that leaves a probe unanswered for this long is offline."""

RESTART_S = 2.0
"""A driver that crashed is started again after this wait; its device is OFFLINE meanwhile."""


@dataclass(frozen=True, slots=True)
class Status:
    """One row of the health table."""

    device: str
    health: Health
    since_ms: int


class Watch:
    """Runs the devices, probes the channels, remembers, tells."""

    def __init__(
        self, devices: Mapping[str, Device], channels: Mapping[Channel, PayChannel], ledger: Ledger, clock: Clock
    ) -> None:
        self._devices = devices
        self._channels = channels
        self._ledger = ledger
        self._clock = clock
        unknown = Health(HealthState.UNKNOWN)
        names = [*devices, *(f"pay:{channel}" for channel in channels)]
        self.table = {name: Status(name, unknown, clock.now_ms()) for name in names}
        self.heard: dict[str, int] = {}
        """When each device reported last, Unix milliseconds."""
        self.maintenance: dict[str, str] = {}
        """Devices that staff took out of service, and who."""
        self._facts: asyncio.Queue[f.Fact] = asyncio.Queue(maxsize=256)
        self._listeners: list[Callable[[], None]] = []
        self.on_health: Callable[[str, Health], None] = lambda _, __: None

    def expect(self, name: str) -> None:
        """Something else that reports by itself; unknown until it does."""
        self.table[name] = Status(name, Health(HealthState.UNKNOWN), self._clock.now_ms())

    def listen(self, listener: Callable[[], None]) -> None:
        """Call when any health changed."""
        self._listeners.append(listener)

    def unheard(self) -> list[str]:
        """Devices and channels that have not reported yet."""
        return [name for name, status in self.table.items() if status.health.state is HealthState.UNKNOWN]

    def state(self, name: str) -> HealthState:
        """UNKNOWN for a name nobody watches."""
        status = self.table.get(name)
        return status.health.state if status else HealthState.UNKNOWN

    def reasons(self, name: str) -> tuple[str, ...]:
        status = self.table.get(name)
        return status.health.reasons if status else ()

    def maintain(self, name: str, by: str) -> None:
        """Out of service by somebody; empty: in service again."""
        if by:
            self.maintenance[name] = by
        else:
            self.maintenance.pop(name, None)
        self._tell()

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._write(), name="watch facts")
            for name, device in self._devices.items():
                tasks.create_task(self._keep(name, device), name=f"device {name}")
            for name, channel in self._channels.items():
                tasks.create_task(self._probe(name, channel), name=f"probe {name}")

    async def _keep(self, name: str, device: Device) -> None:
        """Run a driver for ever; its crash takes down that device alone."""
        while True:
            try:
                await device.run(lambda health: self.report(name, health))
            except Exception:
                log.exception("driver crashed", device=name)
                self.report(name, Health(HealthState.OFFLINE, ("driver_crashed",)))
            await self._clock.sleep(RESTART_S)

    async def _probe(self, name: Channel, channel: PayChannel) -> None:
        while True:
            try:
                async with asyncio.timeout(PROBE_SILENCE_S):
                    health = await channel.probe()
            except TimeoutError:
                health = Health(HealthState.OFFLINE, ("no_answer",))
            self.report(f"pay:{name}", health)
            await self._clock.sleep(PROBE_EVERY_S)

    def report(self, name: str, health: Health) -> None:
        """Take a health report; a change becomes a fact."""
        self.heard[name] = self._clock.now_ms()
        before = self.table[name]
        if before.health == health:
            return
        self.table[name] = Status(name, health, self._clock.now_ms())
        log.info("health", device=name, state=health.state, reasons=health.reasons, detail=health.detail)
        if not self._facts.full():  # a flapping device must not fill memory; the table stays right
            self._facts.put_nowait(f.DeviceChanged(name, health.state, health.reasons))
        self.on_health(name, health)
        self._tell()

    async def _write(self) -> None:
        """Facts of health wait for the disk in their own lane: no sale ever waits for them."""
        while True:
            happened = await self._facts.get()
            try:
                await self._ledger.commit(happened, at_ms=self._clock.now_ms())
            except LedgerFault as fault:
                log.warning("health not journalled", reason=fault.reason)
