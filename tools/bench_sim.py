"""`./dev bench sim`: simulated checkouts a second on one core, and what a step of them costs beside an empty step."""

from __future__ import annotations

import asyncio
import statistics
import time
from pathlib import Path

from tests.sim.loop import SimLoop
from tests.sim.simulate import simulate
from tests.sim.world import Plan

from .bench_box import Result

SEEDS = (3, 8, 11, 20, 27)
SHOPPERS, WIRE_SHOPPERS = 240, 30
EMPTY_STEPS = 100_000


def empty_steps_per_s() -> float:
    """The floor: a loop in which two tasks hand a token to and fro, and nothing else happens."""

    async def play() -> None:
        loop = asyncio.get_running_loop()
        token: asyncio.Future[None] = loop.create_future()
        token.set_result(None)

        async def hand_on(times: int) -> None:
            nonlocal token
            for _ in range(times):
                await token
                token = loop.create_future()
                loop.call_soon(token.set_result, None)

        await hand_on(EMPTY_STEPS)

    empty = SimLoop(0.0, lambda _: None)
    began = time.process_time()
    empty.run(play())
    return empty.steps / (time.process_time() - began)


async def sim(folder: Path) -> Result:
    """Whole seeds, faults and judges included, on one core; floor and seeds take turns. The wire's level beside it."""
    del folder
    return await asyncio.to_thread(_measured)  # SimLoop is a loop of its own


def _measured() -> Result:
    simulate(Plan(1, 10))
    simulate(Plan(1, 10, wire=True))
    rates: dict[str, list[float]] = {"floor": [], "steps": [], "checkouts": [], "wire": []}
    for seed in SEEDS:
        rates["floor"].append(empty_steps_per_s())
        began = time.process_time()
        outcome = simulate(Plan(seed, SHOPPERS))[0]
        took = time.process_time() - began
        rates["steps"].append(outcome.steps / took)
        rates["checkouts"].append(outcome.checkouts / took)
        began = time.process_time()
        outcome = simulate(Plan(seed, WIRE_SHOPPERS, wire=True))[0]
        rates["wire"].append(outcome.checkouts / (time.process_time() - began))
    floor, steps, checkouts, wire = (statistics.median(found) for found in rates.values())
    return {
        "seeds": len(SEEDS),
        "checkouts_per_cpu_s": round(checkouts, 1),
        "cpu_ms_per_checkout": round(1000 / checkouts, 2),
        "steps_per_cpu_s": round(steps),
        "empty_steps_per_cpu_s": round(floor),
        "empty_steps_per_step": round(floor / steps, 1),
        "empty_steps_per_checkout": round(floor / checkouts),
        "wire_checkouts_per_cpu_s": round(wire, 1),
        "wire_cost": round(checkouts / wire, 1),
    }
