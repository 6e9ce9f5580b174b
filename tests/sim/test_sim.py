"""The simulator judges the product; here the simulator is judged, and every CI run plays its seeds."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import httpx2
import pytest

from paybooth.drivers import wechat

from . import wire
from .__main__ import main as sim_main
from .explain import shrink, story
from .judges import REVERSE_NOT_BEFORE_S
from .loop import DeadlockError, PowerCutError, SimLoop
from .planted import planted
from .planted_wire import BUGS
from .simulate import simulate
from .world import WIRE_FAULTS, Plan, World

ROOT = Path(__file__).parent.parent.parent
SEEDS = Path(__file__).parent / "seeds"


def test_the_same_seed_plays_the_same_day():
    first, second = (simulate(Plan(8, 30))[0] for _ in range(2))
    assert first == second
    assert first.digest != simulate(Plan(9, 30))[0].digest


def test_calls_that_are_due_at_once_run_in_the_order_they_were_asked_for():
    ran: list[int] = []

    async def live() -> None:
        loop = asyncio.get_running_loop()
        for n in range(9):
            loop.call_later(1, ran.append, n).cancel() if n == 4 else loop.call_later(1, ran.append, n)
        await asyncio.sleep(1)

    SimLoop(0.0, lambda _: None).run(live())
    assert ran == [0, 1, 2, 3, 5, 6, 7, 8]


def test_waiting_for_ever_is_a_deadlock():
    async def wait_for_ever() -> None:
        await asyncio.Event().wait()

    with pytest.raises(DeadlockError):
        SimLoop(0.0, lambda _: None).run(wait_for_ever())


def test_a_power_cut_runs_no_finally_that_the_world_could_see():
    world = World(Plan(1))
    later = []

    async def live() -> None:
        try:
            world.later(5, lambda: later.append(world.now_s))
            await asyncio.sleep(3)
        finally:
            await asyncio.sleep(1)
            later.append(-1.0)

    world.cut_in = 2
    with pytest.raises(PowerCutError):
        SimLoop(0.0, world.tick).run(live())
    assert later == []

    async def again() -> None:
        world.take_up()
        await asyncio.sleep(10)

    SimLoop(world.now_s, world.tick).run(again())
    assert later == [5.0]


def test_the_judges_know_the_reverse_rule_themselves():
    assert wechat.TIMING.reverse_not_before_s >= REVERSE_NOT_BEFORE_S


def test_a_day_on_the_wire_repeats_itself_to_the_hash():
    first, second = (simulate(Plan(5, 8, wire=True))[0] for _ in range(2))
    assert first == second
    assert first.wire


@pytest.mark.timeout(120)
def test_real_drivers_and_gateways_hold():
    met: Counter[str] = Counter()
    for seed in range(8):
        outcome = simulate(Plan(seed, 15, wire=True))[0]
        assert outcome.violations == ()
        met += outcome.hits
    assert len(met.keys() & WIRE_FAULTS.keys()) >= 12


def test_a_gateway_that_waits_is_not_asked_in_one_step():
    async def app(scope: object, receive: object, send: object) -> None:
        await asyncio.sleep(0)

    with pytest.raises(AssertionError, match="waits"):
        wire.call(app, httpx2.Request("GET", "https://wechat.test/"))


def test_a_forged_answer_harms_nothing():
    outcome = simulate(Plan(2, 30, faults=frozenset({"forged_reply", "request_lost"}), wire=True))[0]
    assert outcome.hits["forged_reply"] > 0
    assert outcome.violations == ()


def test_the_power_cuts_of_the_ledger_are_played_from_here(capsys):
    code = sim_main(["--power", "40", "--json"])
    result = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert (code, result["cuts"], result["acked_lost"], result["corrupt"]) == (0, 40, 0, 0)


@pytest.mark.parametrize("path", sorted(SEEDS.glob("*.json")), ids=lambda path: path.stem)
def test_seeds_that_once_failed(path):
    kept = json.loads(path.read_text("utf-8"))
    plan = Plan(kept["seed"], kept["shoppers"], kept["booths"], frozenset(kept["faults"]), kept.get("wire", False))
    assert simulate(plan)[0].violations == ()


def test_a_failing_seed_shrinks_to_a_story():
    with planted("reverse_too_early"):
        plan, world = shrink(Plan(0, 40))
    assert plan.shoppers <= 4
    told = story(plan, world)
    assert len(told) < 40
    assert "reverse rule" in told[-1]


@pytest.mark.timeout(900)
def test_every_seed_of_the_run_holds_and_reaches_everything():
    command = [sys.executable, "-m", "tests.sim", "--seeds", "0:200", "--shoppers", "60", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    result = json.loads(done.stdout.strip().splitlines()[-1])
    assert (result["violations"], result["missed"]) == (0, []), done.stderr[-4000:]
    assert result["checkouts"] > 8000
    assert result["wire_seeds"] == 8
    assert done.returncode == 0


@pytest.mark.timeout(900)
def test_every_planted_bug_is_caught():
    command = [sys.executable, "-m", "tests.sim", "--planted", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    result = json.loads(done.stdout.strip().splitlines()[-1])
    assert result["caught"] == result["planted"] == len(BUGS) >= 30, done.stderr[-4000:]
    assert done.returncode == 0
