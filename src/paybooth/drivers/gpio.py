"""Relays and contacts on the pins of the box itself (`/dev/gpiochip*`), for a shop with one door and a small computer.

Needs the `gpio` extra (lgpio, which speaks to any chip the kernel knows). Pins have no defaults: what is not named in
the URL is not wired. A pin may keep its level when the software dies, so a lock must hang behind an external watchdog
relay that the `watchdog` pin feeds (docs/design/gate.md).
"""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Callable, Mapping
from typing import Protocol

import structlog

from paybooth.domain.door import Input, Output
from paybooth.ports import Clock, Fault, FaultKind, Health, HealthSink, HealthState

from .card import Card
from .contact import Contact, ailments, closed_at_rest, wired_to
from .link import FIRST_WAIT_S, LONGEST_WAIT_S
from .wire import Address

log = structlog.get_logger()

CARD = Card(
    scheme="gpio",
    port="Board",
    title="Pins of the box itself",
    capabilities=("outputs read back", "inputs polled every 10 ms", "external watchdog fed", "bounce and stuck named"),
    maturity="demo",
    tested=("pretended pins; no hardware yet",),
)

CHIP = re.compile(r"/dev/gpiochip([0-9]{1,3})")
PULLS = {"up": 32, "down": 64, "none": 128}
ACTIVES = {"high": 0, "low": 4}
"""Flags of lgpio."""


class Chip(Protocol):
    """The pins of one chip. Everything raises OSError or lgpio.error."""

    def claim_input(self, pin: int, flags: int) -> None: ...
    def claim_output(self, pin: int, flags: int) -> None: ...
    def read(self, pin: int) -> bool: ...
    def write(self, pin: int, *, on: bool) -> None: ...
    def close(self) -> None: ...


class KernelChip:
    """Chip by lgpio."""

    def __init__(self, number: int) -> None:
        self._lgpio = importlib.import_module("lgpio")
        self._handle = self._lgpio.gpiochip_open(number)

    def claim_input(self, pin: int, flags: int) -> None:
        self._lgpio.gpio_claim_input(self._handle, pin, flags)

    def claim_output(self, pin: int, flags: int) -> None:
        self._lgpio.gpio_claim_output(self._handle, pin, 0, flags)

    def read(self, pin: int) -> bool:
        return bool(self._lgpio.gpio_read(self._handle, pin))

    def write(self, pin: int, *, on: bool) -> None:
        self._lgpio.gpio_write(self._handle, pin, int(on))

    def close(self) -> None:
        self._lgpio.gpiochip_close(self._handle)


class GpioBoard:
    """ports.Board. Options: a pin (line offset of the chip) for each output, input and `watchdog`; `nc`; `pull`: up
    (contacts close to ground), down or none; `active`: high or low, for relay modules; `poll_ms`; `watchdog_s`.
    """

    def __init__(self, name: str, address: Address, clock: Clock, chip: Callable[[int], Chip] = KernelChip) -> None:
        if chip is KernelChip and importlib.util.find_spec("lgpio") is None:
            raise ValueError("gpio needs the extra: pip install 'paybooth[gpio]'")
        found = CHIP.fullmatch(address.path)
        if found is None:
            raise ValueError(f"the address of {name} needs a chip, such as gpio:///dev/gpiochip0?lock=17")
        self.name = name
        self.on_input: Callable[[Input, bool], None] = lambda *_: None
        self._clock = clock
        self._open, self._number = chip, int(found[1])
        options = dict(address.options)
        self._poll_s = int(options.pop("poll_ms", 10)) / 1000
        self.watchdog_s = float(options.pop("watchdog_s", 3))
        self._pull = _one_of(options, "pull", PULLS)
        self._active = _one_of(options, "active", ACTIVES)
        self._closed = closed_at_rest(options)
        pins = {key: wired_to(options, key, None) for key in (*Output, *Input, "watchdog")}
        self._pins = {str(key): pin for key, pin in pins.items() if pin is not None}
        if options:
            raise ValueError(f"unknown option {min(options)!r} in the address of {name}")
        if len(set(self._pins.values())) < len(self._pins):
            raise ValueError(f"one pin stands twice in the address of {name}")
        self._claimed: Chip | None = None
        self._beat = False

    # ------------------------------------------------------------ the pins

    async def run(self, report: HealthSink) -> None:
        """Claim the pins, poll until they fail, wait, again, for ever."""
        wait_s = FIRST_WAIT_S
        while True:
            chip = None
            try:
                chip = self._open(self._number)
                self._claim(chip)
                self._claimed, wait_s = chip, FIRST_WAIT_S
                await self._serve(chip, report)
            except Exception as error:  # lgpio raises its own, the kernel OSError
                log.warning("pins lost", device=self.name, error=str(error))
                report(Health(HealthState.OFFLINE, ("broken",), str(error)[:120]))
            finally:
                self._claimed = None
                if chip is not None:
                    chip.close()
            await self._clock.sleep(wait_s)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)

    def _claim(self, chip: Chip) -> None:
        for key, pin in self._pins.items():
            if key in set(Input):
                chip.claim_input(pin, self._pull)
            else:
                chip.claim_output(pin, self._active)

    async def _serve(self, chip: Chip, report: HealthSink) -> None:
        contacts = {which: Contact(which) for which in Input if which in self._pins}
        while True:
            now_s = self._clock.monotonic_s()
            for which, contact in contacts.items():
                # pulled up, a contact closes to ground
                shut = chip.read(self._pins[which]) is not (self._pull == PULLS["up"])
                new = contact.see(shut is not (which in self._closed), now_s)
                if new is not None:
                    self.on_input(which, new)
            reasons = ailments(contacts.values(), now_s)
            report(Health(HealthState.DEGRADED if reasons else HealthState.ONLINE, tuple(reasons)))
            await self._clock.sleep(self._poll_s)

    # ------------------------------------------------------------ outputs

    async def write(self, outputs: Mapping[Output, bool]) -> None:
        for output, on in outputs.items():
            self._set(output, on=on)

    async def feed(self) -> None:
        self._beat = not self._beat
        self._set("watchdog", on=self._beat)

    def _set(self, key: str, *, on: bool) -> None:
        if self._claimed is None:
            raise Fault(FaultKind.UNREACHABLE, f"{self.name} has no pins now")
        pin = self._pins.get(key)
        if pin is None:
            return
        try:
            self._claimed.write(pin, on=on)
            held = self._claimed.read(pin) is on
        except Exception as error:
            raise Fault(FaultKind.BROKEN, str(error)[:120]) from error
        if not held:
            raise Fault(FaultKind.BROKEN, f"pin {pin} does not follow")


def _one_of(options: dict[str, str], name: str, table: Mapping[str, int]) -> int:
    """The meaning of a worded option; the first of the table by default."""
    given = options.pop(name, next(iter(table)))
    if given not in table:
        raise ValueError(f"{name} is one of {', '.join(table)}")
    return table[given]
