"""The exit in virtual time: the lab's door and radio behind the ports, people who walk through, and what must hold.

Judged by the truth (which tags somebody carries and whether they were paid, whether the leaf opened), never by the
product's word.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from paybooth.domain import exit_facts as x
from paybooth.domain.door import Cause, Input, Mode, Output
from paybooth.domain.epc import sgtin96
from paybooth.domain.facts import Fact
from paybooth.domain.goods import Product
from paybooth.domain.incident import MANNERS, THE_BOX, Call, Incident, Kind, Severity, State
from paybooth.domain.passage import Zone
from paybooth.domain.sale import Phase
from paybooth.lab.radio import Carrier, Field, out, walk
from paybooth.lab.site import DoorSite
from paybooth.ports import Entry, Fault, FaultKind, Health, HealthSink, HealthState, Scan, TagRead
from paybooth.ports_console import SaleRow
from paybooth.shop.shop import Shop

from .shopper import GOODS
from .world import World

if TYPE_CHECKING:
    from .judges import Judges

GATE = "exit"
TOLD_AFTER_S = 30
TOLD_S = 920.0
"""After the target is reachable again, at most: the longest wait between two tries, and some."""
TOML = f"""
[[gate]]
id = "{GATE}"
readers = ["llrp://127.0.0.1:5084"]
board = "modbus+tcp://127.0.0.1:502"
scanners = ["scanner+tcp://127.0.0.1:4001"]

[[notify]]
name = "duty"
url = "webhook+http://127.0.0.1:9/duty"
after_s = {TOLD_AFTER_S}
"""
WATCHDOG_S = 3600.0
"""The wire's watchdog is proven on the wire; here it would be most of the loop's steps."""

SLICE_S = 0.1
SIREN_S = 1.0
"""From an unpaid tag clearly outside to the siren."""

ANSWERED_S = 32.0
CLEAR_OF_GATE_M = 2.2
NAMED_S = 15.0
WALKS = 0.2
"""How many shoppers' ways out are played read by read; the others leave unseen."""

Key = tuple[str, str]


@dataclass(slots=True)
class Exit:
    """What is true at the exit, over all lives of the box."""

    world: World
    site: DoorSite = field(default_factory=lambda: DoorSite(watchdog_s=WATCHDOG_S))
    unpaid: dict[Key, float] = field(default_factory=dict)
    """Pieces somebody carries without having paid: only these may ever ring."""
    radio: Field = field(init=False)
    reader_dead_until_s: float = -1.0
    duty_down_until_s: float = -1.0
    told: set[int] = field(default_factory=set)
    """Incidents that somebody was told of; their phone outlives the box."""
    board_dead_until_s: float = -1.0

    def __post_init__(self) -> None:
        # every slot is taken here: how misses weigh is measured by tests.gate, not judged
        self.radio = Field(self.world.chance("radio"), read_rate=1.0, per_second=12.0)

    def witness(self, entries: Sequence[Entry]) -> list[tuple[str, str]]:
        """(judge, what) of alarms that name something paid."""
        alarms = [entry.fact for entry in entries if isinstance(entry.fact, x.GateAlarmed)]
        rang = [(tag.sku, tag.serial) for alarm in alarms for tag in alarm.tags]
        return [("a paid piece never rings", f"{key} was paid, and rang") for key in rang if key not in self.unpaid]


class SimBoard:
    """ports.Board over the door's truth."""

    watchdog_s = WATCHDOG_S

    def __init__(self, name: str, exit_: Exit) -> None:
        self.name = name
        self.on_input: Callable[[Input, bool], None] = lambda *_: None
        self._exit = exit_
        self._said: dict[Input, bool] = {}
        self._report: HealthSink | None = None

    @property
    def dead(self) -> bool:
        return self._exit.world.now_s < self._exit.board_dead_until_s

    async def run(self, report: HealthSink) -> None:
        self._report = report
        while True:
            if self.dead:
                report(Health(HealthState.OFFLINE, ("timeout",)))
                await asyncio.sleep(self._exit.board_dead_until_s - self._exit.world.now_s + 0.5)
                continue
            self._said.clear()
            self.look()
            report(Health(HealthState.ONLINE))
            self._lost = asyncio.Event()
            await self._lost.wait()

    def look(self) -> None:
        """A poll of the inputs: tell what changed."""
        if self.dead or self._report is None:
            return
        for which, on in self._exit.site.inputs(self._exit.world.now_s).items():
            if self._said.get(which) is not on:
                self._said[which] = on
                self.on_input(which, on)

    def lose(self) -> None:
        """The cable is pulled."""
        if self._report is not None:
            self._lost.set()

    async def write(self, outputs: Mapping[Output, bool]) -> None:
        world = self._exit.world
        await asyncio.sleep(world.chance("board").uniform(0.001, 0.02))
        if self.dead or world.strikes("relay_lost"):
            raise Fault(FaultKind.TIMEOUT, "no answer", may_have_happened=True)
        self._exit.site.write(dict(outputs), world.now_s)

    async def feed(self) -> None:
        if self.dead:
            raise Fault(FaultKind.TIMEOUT, "no answer")
        self._exit.site.feed(self._exit.world.now_s)


class SimReader:
    """ports.TagReader over the field's truth; walkers turn its handle."""

    def __init__(self, name: str, exit_: Exit) -> None:
        self.name = name
        self.on_reads: Callable[[Sequence[TagRead]], None] = lambda _: None
        self._exit = exit_
        self._up = False
        self._lost = asyncio.Event()

    @property
    def dead(self) -> bool:
        return not self._up or self._exit.world.now_s < self._exit.reader_dead_until_s

    async def run(self, report: HealthSink) -> None:
        while True:
            wait_s = self._exit.reader_dead_until_s - self._exit.world.now_s
            if wait_s > 0:
                report(Health(HealthState.OFFLINE, ("no_keepalive",)))
                await asyncio.sleep(wait_s + 0.5)
                continue
            self._up = True
            report(Health(HealthState.ONLINE))
            self._lost = asyncio.Event()
            await self._lost.wait()

    def lose(self) -> None:
        self._lost.set()

    def report(self, from_s: float, to_s: float) -> None:
        """What the antennas saw in this slice, in one report."""
        if self.dead:
            return
        seen = self._exit.radio.reads(from_s, to_s)
        if seen:
            self.on_reads([TagRead(epc, zone, rssi, at_s) for at_s, zone, epc, rssi in seen])

    def flood(self, chance: random.Random) -> None:
        """A pallet of somebody else's goods goes by."""
        now_s = self._exit.world.now_s
        tags = [chance.randbytes(12) for _ in range(300)]
        if not self.dead:
            self.on_reads([TagRead(epc, Zone.INNER, -50, now_s) for epc in tags])


class SimDuty:
    """ports.Notifier: the robot that tells whoever is on duty."""

    name = "duty"

    def __init__(self, exit_: Exit) -> None:
        self._exit = exit_

    async def tell(self, call: Call) -> None:
        world = self._exit.world
        if world.strikes("notify_down"):
            self._exit.duty_down_until_s = world.now_s + world.chance("duty").uniform(20, 600)
        await asyncio.sleep(world.chance("duty").uniform(0.05, 2.0))
        if world.now_s < self._exit.duty_down_until_s:
            raise Fault(FaultKind.UNREACHABLE, "no line")
        self._exit.told.add(call.incident)

    async def aclose(self) -> None:
        return


class Duty:
    """The judge of the ladder in one life: what is critical and nobody's is told, in time, whatever is down meanwhile."""

    def __init__(self, exit_: Exit, shop: Shop, judges: Judges) -> None:
        self._exit, self._shop, self._judges = exit_, shop, judges
        for found in shop.exits.incidents.live.values():
            self._watch(found)
        shop.exits.incidents.listen(lambda found, _: self._watch(found) if found.times == 1 else None)

    def _watch(self, found: Incident) -> None:
        if found.severity is Severity.CRITICAL and found.state is State.OPEN and found.escalated == 0:
            self._exit.world.later(TOLD_AFTER_S + 5.0, lambda: self._look(found.id))

    def _look(self, incident: int) -> None:
        world = self._exit.world
        found = self._shop.exits.incidents.live.get(incident)
        over = self._judges.shop is not self._shop or found is None or found.state is not State.OPEN
        if over or incident in self._exit.told:
            return
        wait_s = self._exit.duty_down_until_s + TOLD_S - world.now_s
        if wait_s > 0:
            world.later(wait_s, lambda: self._look(incident))
        else:
            self._judges.violate("somebody is told", f"incident {incident} is nobody's, and nobody was told")


class Doorway:
    """One life's way out: the people, the devices of this life, and the judges."""

    def __init__(self, exit_: Exit, shop: Shop, board: SimBoard, reader: SimReader, judges: Judges) -> None:
        self._exit, self._shop, self._board, self._reader = exit_, shop, board, reader
        self._world, self._judges = exit_.world, judges
        self._chance = exit_.world.chance("exit")
        self._judged_s: dict[str, float] = {}
        """Device → when staff resolved its incident."""
        shop.exits.incidents.listen(self._note_verdict)

    def _note_verdict(self, found: Incident, _: Fact) -> None:
        if found.kind is Kind.DEVICE and found.state is State.RESOLVED and found.resolved_by != THE_BOX:
            self._judged_s[found.place] = self._world.now_s

    # ------------------------------------------------------------ shoppers

    async def leave(self, booth: str, *, paid: bool) -> None:
        """A shopper goes home, with what that sale has and perhaps with something more."""
        chance = self._chance
        if chance.random() >= WALKS:
            return
        await self._mishap()
        rows = [row for row in self._shop.ledger.sales(limit=8) if row.booth == booth and row.phase == Phase.PAID]
        sale = rows[0] if paid and rows else None
        tags = self._bought(sale)
        thief = chance.random() < 0.25
        if thief:
            key, epc = self._off_the_shelf()
            tags[key] = epc
            self._exit.unpaid[key] = self._world.now_s
        if not tags:
            await self._press()
            return
        if chance.random() < 0.1:
            await self._hesitate(tuple(tags.values()))
        if chance.random() < 0.2 and sale is not None:
            self._show_pass(sale)
        await self._walk_out(tags)

    def _bought(self, row: SaleRow | None) -> dict[Key, bytes]:
        """A tag on each piece of a paid sale that can carry one."""
        found = self._shop.ledger.sale(row.id) if row is not None else None
        if found is None:
            return {}
        goods = self._tagged()
        lines = [line for line in found.lines if line.serial is None and line.weight_g is None and line.sku in goods]
        return dict(self._tag(goods[line.sku]) for line in lines for _ in range(line.quantity))

    def _tagged(self) -> dict[str, Product]:
        """Goods that can carry a tag."""
        return {p.sku: p for p in self._shop.catalogue if p.codes[0].isdigit() and len(p.codes[0]) == 14}

    def _tag(self, product: Product) -> tuple[Key, bytes]:
        serial = self._chance.randrange(1, 1 << 31)
        return (product.sku, str(serial)), sgtin96(product.codes[0], serial, self._chance.choice((7, 8, 9)))

    def _off_the_shelf(self) -> tuple[Key, bytes]:
        """Of goods nobody buys here: one piece paid and one not of the same product nobody can tell apart."""
        bought = {code.rjust(14, "0") for code in GOODS}
        return self._tag(self._chance.choice([p for p in self._tagged().values() if not bought & set(p.codes)]))

    async def _hesitate(self, epcs: tuple[bytes, ...]) -> None:
        """Up to the gate, a moment there, and back."""
        legs = walk(self._world.now_s, (-4.0, 0.0), (-0.9, 2.5), (-0.9, 2.0), (-4.0, 2.5))
        self._exit.radio.carriers.append(Carrier(epcs, legs))
        await self._slices(legs[-1].to_s)

    async def _walk_out(self, tags: dict[Key, bytes]) -> None:
        site, world = self._exit.site, self._world
        carrier = Carrier(tuple(tags.values()), out(world.now_s, self._chance.uniform(0.8, 1.5)))
        self._exit.radio.carriers.append(carrier)
        pushed = heard = False
        outside_s: float | None = None
        supervised = not self._reader.dead and not self._board.dead
        loud = True  # a delivery or a fire keeps the siren still, also where it is over a moment later
        while (metres := carrier.at(world.now_s)) is not None:
            await self._slice()
            heard = heard or site.output(Output.SIREN, world.now_s)
            supervised = supervised and not self._reader.dead and not self._board.dead
            loud = loud and self._shop.exits.gates[GATE].door.mode is Mode.MEMBERS
            if not pushed and metres >= -0.3:
                pushed = True
                site.pass_through(world.now_s, 1.0)
                self._board.look()
                await self._push()
            if outside_s is None and metres >= CLEAR_OF_GATE_M:
                outside_s = world.now_s
            if outside_s is not None and world.now_s - outside_s >= SIREN_S:
                break
        await asyncio.sleep(6)
        self._board.look()  # the leaf fell shut
        if self._shop.exits.scribe.spoiled:
            self._judges.violate("no lost fact", "the ledger refused a fact of the exit")
        if supervised:
            for key in tags.keys() - self._exit.unpaid.keys():
                if not self._shop.exits.pieces.rights.names(key):
                    self._judges.violate("a paid piece leaves as paid", f"{key} went out as something else")
        rings = [key for key in tags if key in self._exit.unpaid]
        if rings and supervised and loud and world.troubled:
            told = {(t.sku, t.serial) for found in self._told() for t in found}
            for key in rings:
                if key not in told:
                    self._judges.violate("an unpaid piece rings and is named", f"{key} went out in silence")
            if not heard:
                self._judges.violate("an unpaid piece rings and is named", f"{rings} went out without siren")

    def _told(self) -> list[tuple[x.TagProof, ...]]:
        found: list[Incident] = list(self._shop.exits.incidents.live.values())
        found += self._shop.ledger.resolved_incidents(limit=20)
        steps = [s.fact for each in found for s in self._shop.ledger.incident_steps(each.id)]
        proofs = [each.evidence for each in found] + [
            fact.evidence for fact in steps if isinstance(fact, x.IncidentRepeated | x.IncidentOpened)
        ]
        return [proof.tags for proof in proofs if proof is not None]

    async def _push(self) -> None:
        """Push the leaf; locked, press the button: then it must open, whatever else is broken."""
        site, world = self._exit.site, self._world
        if not site.push(world.now_s):
            await self._press()
        self._board.look()

    async def _press(self) -> None:
        site, world = self._exit.site, self._world
        site.press(world.now_s)
        await asyncio.sleep(0.02)
        self._board.look()
        if not site.push(world.now_s):
            self._judges.violate("every press opens", f"pressed, and locked all the same: {site.why(world.now_s)}")
        await asyncio.sleep(0.3)
        site.let_go()
        self._board.look()

    async def _slice(self) -> None:
        begin_s = self._world.now_s
        await asyncio.sleep(SLICE_S)
        self._reader.report(begin_s, self._world.now_s)

    async def _slices(self, until_s: float) -> None:
        while self._world.now_s < until_s:
            await self._slice()

    def _show_pass(self, sale: SaleRow) -> None:
        """Before the scanner at the door: sometimes twice, sometimes a forged one."""
        exits = self._shop.exits
        text = exits.passes.of(sale.id, sale.paid_ms or 0)
        for shown in (text, text, text[:-2] + ("AA" if text[-2:] != "AA" else "BB")):
            exits.on_scan(GATE, Scan(f"https://shop.test/r/x#{shown}"))

    # ------------------------------------------------------------ mishaps

    async def _mishap(self) -> None:
        """What breaks at an exit; each dead part must be named to staff in time."""
        world, site = self._world, self._exit.site
        if world.strikes("board_dead"):
            self._exit.board_dead_until_s = world.now_s + self._chance.uniform(20, 120)
            self._board.lose()
            world.later(NAMED_S, self._named("board:exit", self._exit.board_dead_until_s))
        if world.strikes("reader_dead"):
            self._exit.reader_dead_until_s = world.now_s + self._chance.uniform(20, 120)
            self._reader.lose()
            world.later(NAMED_S, self._named("reader:exit:0", self._exit.reader_dead_until_s))
        if world.strikes("reader_flood"):
            self._reader.flood(self._chance)
        if world.strikes("fire"):
            site.fire = True
            self._board.look()
            if not site.push(world.now_s):
                self._judges.violate("fire opens", "the leaf is locked in a fire")
            await asyncio.sleep(20)
            site.fire = False
            self._board.look()
        if world.strikes("mains_lost"):
            site.mains = False
            self._board.look()
            if not site.push(world.now_s):
                self._judges.violate("no power opens", "the leaf is locked without mains")
            await asyncio.sleep(20)
            site.mains = True
            self._board.look()
        if world.strikes("button_stuck"):
            site.press(world.now_s)
            self._board.look()
            await asyncio.sleep(40)
            site.let_go()
            self._board.look()
        if world.strikes("pedestal"):
            site.pedestal = True
            self._board.look()
            site.pedestal = False
            self._board.look()
        if world.strikes("door_help"):
            site.help_pressed = True
            self._board.look()
            site.help_pressed = False
            self._board.look()
            world.later(ANSWERED_S, self._answered())

    def _answered(self) -> Callable[[], None]:
        """Thirty seconds after a call somebody has it, or the door stands open."""
        shop, board = self._shop, self._board

        def judge() -> None:
            if self._judges.shop is not shop or board.dead:
                return
            calls = [i for i in shop.exits.incidents.live.values() if i.kind is Kind.HELP and i.place == GATE]
            alone = [i for i in calls if not i.claimed_by and self._world.box_now_ms() - i.opened_ms >= 30_000]
            if alone and not shop.exits.gates[GATE].door.has(Cause.HELP) and not _told_the_door(shop, alone[0].id):
                self._judges.violate("help is answered", f"incident {alone[0].id} stays alone")

        return judge

    def _named(self, device: str, dead_until_s: float) -> Callable[[], None]:
        """A dead device has its incident; a verdict of staff counts for as long as naming it may take."""
        shop, life_s = self._shop, self._world.now_s

        def judge() -> None:
            world = self._world
            same_life = self._judges.shop is shop
            if not same_life or world.now_s >= dead_until_s:
                return
            live = shop.exits.incidents.live.values()
            if any(found.kind is Kind.DEVICE and found.place == device for found in live):
                return
            wait_s = self._judged_s.get(device, -1e9) + NAMED_S - world.now_s
            if wait_s > 0:
                world.later(wait_s, judge)
            else:
                self._judges.violate(
                    "silence is an alarm", f"{device} is dead since {life_s:.0f} s, unnamed at {world.now_s:.0f} s"
                )

        return judge


def _told_the_door(shop: Shop, incident: int) -> bool:
    steps = [step.fact for step in shop.ledger.incident_steps(incident)]
    return any(isinstance(fact, x.IncidentTold) and fact.target == "exit" for fact in steps)


async def attend(shop: Shop, world: World) -> None:
    """What staff do about the exit now and then: claim, note, resolve, open, reset, carry goods."""
    chance, exits = world.chance("attendant"), shop.exits
    live = exits.incidents.worst_first()
    if live:
        found = chance.choice(live)
        by = chance.choice(("Amy", "Bo"))
        await exits.incidents.claim(found.id, by, take_over=chance.random() < 0.3)
        if chance.random() < 0.3:
            await exits.incidents.note(found.id, by, "looked")
        if chance.random() < 0.8:
            await exits.incidents.resolve(found.id, by, chance.choice(MANNERS[found.kind].verdicts), "seen")
    gate = exits.gates[GATE]
    if gate.door.fire:
        await exits.reset_fire(GATE, "Amy", "seen")
    act = chance.random()
    if act < 0.1:
        await exits.open(GATE, "Amy", "asked for")
    elif act < 0.2:
        await exits.silence(GATE, "Amy", "seen")
    elif act < 0.3:
        mode = Mode.DELIVERY if gate.door.mode is Mode.MEMBERS else Mode.MEMBERS
        await exits.set_mode(GATE, mode, "Bo", "delivery")
    elif act < 0.35:
        await exits.move([("MOVED", str(chance.randrange(99)))], 30, "Bo", "sample")
    elif act < 0.4:
        await exits.take_back([("MOVED", str(chance.randrange(99)))], "Bo", "back")
