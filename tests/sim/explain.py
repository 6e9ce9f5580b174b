"""From a failing seed to a short story: fewer shoppers, fewer faults, one booth, as long as the same judge objects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from .simulate import simulate
from .world import Plan, World

TRIES_MOST = 80
LINES_MOST = 60


def judges_of(plan: Plan) -> tuple[set[str], World]:
    outcome, world = simulate(plan)
    return {violation.partition(":")[0] for violation in outcome.violations}, world


def _smaller(plan: Plan) -> Iterator[Plan]:
    """Plans that are one step simpler, the boldest first."""
    shoppers = plan.shoppers
    for fewer in (shoppers // 4, shoppers // 2, shoppers * 3 // 4, shoppers - 1):
        if 0 < fewer < shoppers:
            yield replace(plan, shoppers=fewer)
    if plan.booths > 1:
        yield replace(plan, booths=1)
    for fault in sorted(plan.swarm()):
        yield plan.without(fault)


def shrink(plan: Plan) -> tuple[Plan, World]:
    """The smallest plan found on which a judge of the first run still objects. Raises ValueError when none does."""
    wanted, world = judges_of(plan)
    if not wanted:
        raise ValueError(f"seed {plan.seed}: no judge objects")
    tries, smaller = 0, True
    while smaller and tries < TRIES_MOST:
        smaller = False
        for candidate in _smaller(plan):
            tries += 1
            found, told = judges_of(candidate)
            if found & wanted:
                plan, world, smaller = candidate, told, True
                break
            if tries >= TRIES_MOST:
                break
    return plan, world


def story(plan: Plan, world: World) -> list[str]:
    """What a person reads: the plan, then what happened until the first objection."""
    lines = [f"seed {plan.seed}: {plan.shoppers} shoppers, {plan.booths} booths, faults: {_words(plan)}"]
    first = next((n for n, (_, text) in enumerate(world.story) if text.startswith("VIOLATION")), len(world.story) - 1)
    told = world.story[max(0, first + 1 - LINES_MOST) : first + 1]
    lines += [f"{at_s:10.3f} s  {text}" for at_s, text in told]
    return lines


def _words(plan: Plan) -> str:
    return ", ".join(sorted(plan.swarm())) or "none"
