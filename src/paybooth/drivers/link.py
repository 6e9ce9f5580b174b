"""The one reconnect machine: connect, serve until the line is lost, wait, connect again, for ever.

Says once that the line is gone and once that it is back. Drivers never sleep by themselves.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog

from paybooth.ports import Clock, Fault, Health, HealthSink, HealthState

from .wire import Address, Wire, open_wire

log = structlog.get_logger()

FIRST_WAIT_S = 0.5
"""After a loss: most losses are a cable bumped or a reboot begun."""

LONGEST_WAIT_S = 5.0
"""A re-plugged device must be back soon; a dead address costs one connect every five seconds."""


class Link:
    """Keeps one device connected."""

    def __init__(self, name: str, address: Address, clock: Clock) -> None:
        self.name = name
        self._address = address
        self._clock = clock

    async def run(self, serve: Callable[[Wire], Awaitable[None]], report: HealthSink) -> None:
        """Call `serve` with each new wire; it returns or raises OSError, EOFError or Fault when the line is lost."""
        wait_s, said = FIRST_WAIT_S, False
        while True:
            try:
                wire = await open_wire(self._address)
            except (OSError, TimeoutError) as error:
                reason = "timeout" if isinstance(error, TimeoutError) else _reason(error)
                report(Health(HealthState.OFFLINE, (reason,), str(error)[:120]))
                if not said:
                    log.warning("device lost", device=self.name, reason=reason)
                    said = True
            else:
                if said:
                    log.info("device is back", device=self.name)
                wait_s, said = FIRST_WAIT_S, False
                try:
                    await serve(wire)
                    lost = "closed"
                except (OSError, EOFError) as error:
                    lost = _reason(error)
                except Fault as fault:
                    lost = fault.kind
                finally:
                    wire.close()
                report(Health(HealthState.OFFLINE, (lost,)))
                log.warning("device lost", device=self.name, reason=lost)
                said = True
            await self._clock.sleep(wait_s)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)


def _reason(error: Exception) -> str:
    match error:
        case ConnectionRefusedError():
            return "refused"
        case FileNotFoundError():
            return "not_plugged_in"
        case PermissionError():
            return "no_permission"
        case EOFError():
            return "closed"
        case _:
            return "broken"
