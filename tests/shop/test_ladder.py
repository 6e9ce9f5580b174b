"""Who is told when nobody at a console looks: in time, once, again after failures and restarts, and nobody for nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from paybooth.domain.incident import Call, Kind
from paybooth.ports import Fault, FaultKind
from paybooth.shop import ladder
from paybooth.shop.settings import RungSettings

from .floor import floor
from .test_gate import until

pytestmark = pytest.mark.anyio
FIRST, SECOND = RungSettings("duty", 0.05), RungSettings("owner", 0.1, "warning", "en")


@dataclass
class Teller:
    """ports.Notifier; fails as often as told."""

    name: str = "duty"
    fails: int = 0
    calls: list[Call] = field(default_factory=list)
    tries: int = 0

    async def tell(self, call: Call) -> None:
        self.tries += 1
        if self.tries <= self.fails:
            raise Fault(FaultKind.UNREACHABLE, "no line")
        self.calls.append(call)

    async def aclose(self) -> None:
        return


@pytest.fixture
def hasty(monkeypatch):
    """Retries of hours in milliseconds."""
    monkeypatch.setattr(ladder, "RETRIES_S", (0.01, 0.02))


def told(desk):
    facts = [e.fact for e in desk.ledger.journal() if e.kind == "incident.told"]
    return [(x.target, x.step, x.why) for x in facts]


async def test_each_rung_in_its_time_and_language(tmp_path):
    duty, owner = Teller(), Teller("owner")
    async with floor(tmp_path, rungs={FIRST: duty, SECOND: owner}) as desk:
        number = desk.shop.exits.incidents.report(Kind.HELP, "exit")
        await until(lambda: len(told(desk)) == 2)
        assert told(desk) == [("duty", 1, ""), ("owner", 2, "")]
        assert (duty.calls[0].title, owner.calls[0].title) == (
            "巷口小店: 有人求助",
            "Corner Lane: Somebody asks for help",
        )
        assert desk.shop.exits.incidents.live[number].escalated == 2


async def test_what_somebody_took_is_told_to_nobody(tmp_path):
    duty = Teller()
    async with floor(tmp_path, rungs={FIRST: duty, SECOND: duty}) as desk:
        incidents = desk.shop.exits.incidents
        taken = incidents.report(Kind.HELP, "exit")
        await incidents.claim(taken, "Amy")
        incidents.report(Kind.DEVICE, "printer:9", "offline")  # a warning: the second rung's alone
        incidents.report(Kind.SELF_TEST, "exit")
        await until(lambda: len(told(desk)) == 1)
        assert [call.kind for call in duty.calls] == ["device"]


async def test_a_target_that_is_down_is_named_and_told_when_it_is_back(tmp_path, hasty):
    duty = Teller(fails=5)
    async with floor(tmp_path, rungs={FIRST: duty}) as desk:
        incidents = desk.shop.exits.incidents
        incidents.report(Kind.FIRE, "exit")
        await until(lambda: any(i.place == "notify:duty" for i in incidents.live.values()))
        await until(lambda: len(duty.calls) == 1)
        await until(lambda: all(i.place != "notify:duty" for i in incidents.live.values()))
        await until(lambda: len(told(desk)) == 2)  # on disk, after it is known
        assert told(desk) == [("duty", 0, "unreachable no line"), ("duty", 1, "")]


async def test_after_a_day_the_box_says_that_it_gave_up(tmp_path, hasty, monkeypatch):
    monkeypatch.setattr(ladder, "GIVE_UP_S", 0.1)
    async with floor(tmp_path, rungs={FIRST: Teller(fails=10**6)}) as desk:
        desk.shop.exits.incidents.report(Kind.FIRE, "exit")
        await until(lambda: len(told(desk)) == 2)
        assert told(desk)[1] == ("duty", 0, "given up: unreachable no line")


async def test_a_dead_target_delays_no_other(tmp_path, hasty):
    hanging = Teller()
    hanging.tell = lambda _: asyncio.Event().wait()
    owner = Teller("owner")
    async with floor(tmp_path, rungs={FIRST: hanging, SECOND: owner}) as desk:
        desk.shop.exits.incidents.report(Kind.TAMPER, "exit")
        await until(lambda: len(owner.calls) == 1)


async def test_a_restart_tells_nobody_twice_and_forgets_nobody(tmp_path):
    duty, owner = Teller(), Teller("owner", fails=10**6)
    async with floor(tmp_path, rungs={FIRST: duty, SECOND: owner}) as desk:
        desk.shop.exits.incidents.report(Kind.HELP, "exit")
        await until(lambda: len(told(desk)) == 2)
    owner.fails = 0
    async with floor(tmp_path, rungs={FIRST: duty, SECOND: owner}):
        await until(lambda: len(owner.calls) == 1)
        assert len(duty.calls) == 1
