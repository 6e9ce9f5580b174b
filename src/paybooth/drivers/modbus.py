"""Relay and input boards over Modbus/TCP: locks, buttons, fire loop, siren, lamps, light beam, hardware watchdog.

Which address is which is the installer's wiring, so it stands in the URL; the defaults fit the common boards with eight
relays and eight inputs. Modbus Application Protocol 1.1b3: function 2 reads inputs, 5 and 15 write coils.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping

import structlog
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException

from paybooth.domain.door import Input, Output
from paybooth.ports import Clock, Fault, FaultKind, Health, HealthSink, HealthState

from .card import Card
from .contact import Contact, ailments, closed_at_rest, wired_to
from .link import FIRST_WAIT_S, LONGEST_WAIT_S
from .wire import Address

log = structlog.get_logger()

CARD = Card(
    scheme="modbus+tcp",
    port="Board",
    title="Relay and input board",
    capabilities=("outputs confirmed", "inputs polled every 25 ms", "hardware watchdog fed", "bounce and stuck named"),
    maturity="lab",
    tested=("pymodbus server",),
)

OUTPUTS = {Output.LOCK: 0, Output.SIREN: 1, Output.RED: 2, Output.AMBER: 3, Output.GREEN: 4, Output.CALL: 5}
INPUTS: dict[Input, int] = {each: n for n, each in enumerate(Input) if each is not Input.STREET}
"""By default; a board of eight inputs has no ninth for the second beam."""
WATCHDOG_COIL = 7

ANSWER_S = 1.0
FAILURES_MOST = 3
"""Polls without an answer in a row: then the line counts as dead."""

EXCEPTIONS_SHARE, EXCEPTIONS_OF = 0.02, 200


class ModbusBoard:
    """ports.Board."""

    def __init__(self, name: str, address: Address, clock: Clock) -> None:
        self.name = name
        self.on_input: Callable[[Input, bool], None] = lambda *_: None
        self._clock = clock
        self._host, self._port = address.host, address.port or 502
        options = dict(address.options)
        self._unit = int(options.pop("unit", 1))
        self._poll_s = int(options.pop("poll_ms", 25)) / 1000
        self.watchdog_s = float(options.pop("watchdog_s", 3))
        self._watchdog = wired_to(options, "watchdog", WATCHDOG_COIL)
        self._coils = {output: wired_to(options, output, default) for output, default in OUTPUTS.items()}
        self._inputs = {which: wired_to(options, which, INPUTS.get(which)) for which in Input}
        self._closed = closed_at_rest(options)
        if options:
            raise ValueError(f"unknown option {min(options)!r} in the address of {name}")
        self._client: AsyncModbusTcpClient | None = None
        self._turn = asyncio.Lock()
        self._beat = False
        self._identity: tuple[str, ...] | None = None
        self._other = False
        self._answers: deque[bool] = deque(maxlen=EXCEPTIONS_OF)

    # ------------------------------------------------------------ the line

    async def run(self, report: HealthSink) -> None:
        """Connect, poll until the line is lost, wait, again, for ever."""
        wait_s = FIRST_WAIT_S
        while True:
            client = AsyncModbusTcpClient(self._host, port=self._port, timeout=ANSWER_S, retries=0, reconnect_delay=0)
            try:
                if await client.connect():
                    wait_s = FIRST_WAIT_S
                    await self._serve(client, report)
                    reason = "no_answer"
                else:
                    reason = "refused"
            except (OSError, ModbusException) as error:
                reason = "broken"
                log.warning("board lost", device=self.name, error=str(error))
            finally:
                self._client = None
                client.close()
            report(Health(HealthState.OFFLINE, (reason,)))
            await self._clock.sleep(wait_s)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)

    async def _serve(self, client: AsyncModbusTcpClient, report: HealthSink) -> None:
        await self._identify(client)
        contacts = {which: Contact(which) for which, place in self._inputs.items() if place is not None}
        failures = 0
        while failures < FAILURES_MOST:
            began_s = self._clock.monotonic_s()
            bits = await self._poll(client)
            if bits is None:
                failures += 1
            else:
                failures = 0
                self._client = client
                self._tell(contacts, bits)
                report(self._health(contacts))
            if not client.connected:
                return
            rest_s = self._poll_s - (self._clock.monotonic_s() - began_s)
            await self._clock.sleep(max(0.001, rest_s))

    async def _identify(self, client: AsyncModbusTcpClient) -> None:
        """Vendor, product and version, where the board tells them: another board has other wiring behind it."""
        try:
            async with self._turn:
                answer = await client.read_device_information(device_id=self._unit)
        except ModbusException:
            return
        if answer.isError():
            return
        told: dict[int, bytes] = getattr(answer, "information", {})
        identity = tuple(str(value) for _, value in sorted(told.items()))
        self._other = self._identity is not None and identity != self._identity
        self._identity = identity

    async def _poll(self, client: AsyncModbusTcpClient) -> list[bool] | None:
        count = max(place for place in self._inputs.values() if place is not None) + 1
        try:
            async with self._turn:
                answer = await client.read_discrete_inputs(0, count=count, device_id=self._unit)
        except ModbusException:
            return None
        self._answers.append(answer.isError())
        return None if answer.isError() else list(answer.bits)

    def _tell(self, contacts: Mapping[Input, Contact], bits: list[bool]) -> None:
        now_s = self._clock.monotonic_s()
        for which, contact in contacts.items():
            place = self._inputs[which]
            assert place is not None
            new = contact.see(bits[place] is not (which in self._closed), now_s)
            if new is not None:
                self.on_input(which, new)

    def _health(self, contacts: Mapping[Input, Contact]) -> Health:
        reasons = ailments(contacts.values(), self._clock.monotonic_s())
        if self._other:
            reasons.append("other_board")
        if sum(self._answers) > EXCEPTIONS_SHARE * EXCEPTIONS_OF:
            reasons.append("exceptions")
        return Health(HealthState.DEGRADED if reasons else HealthState.ONLINE, tuple(reasons))

    # ------------------------------------------------------------ outputs

    async def write(self, outputs: Mapping[Output, bool]) -> None:
        for output, on in outputs.items():
            place = self._coils[output]
            if place is not None:
                await self._coil(place, on)

    async def feed(self) -> None:
        self._beat = not self._beat
        if self._watchdog is not None:
            await self._coil(self._watchdog, self._beat)

    async def _coil(self, place: int, on: bool) -> None:
        client = self._client
        if client is None:
            raise Fault(FaultKind.UNREACHABLE, f"{self.name} is not connected")
        try:
            # the lock is fair: at most one poll goes before
            async with self._turn:
                answer = await client.write_coil(place, on, device_id=self._unit)
        except ModbusException as error:
            raise Fault(FaultKind.TIMEOUT, str(error), may_have_happened=True) from error
        if answer.isError():
            raise Fault(FaultKind.BROKEN, f"exception {answer.exception_code}")
