"""Many seeds on many processes, added up; and each planted bug until a judge catches it."""

from __future__ import annotations

import gc
import hashlib
import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from paybooth.domain import staff_facts
from paybooth.domain.facts import KINDS
from tests.power import cuts

from .planted import planted
from .planted_wire import BUGS
from .simulate import Outcome, simulate
from .world import FAULTS, WIRE_FAULTS, Plan

Given, Made = TypeVar("Given"), TypeVar("Made")

BY_HAND = {"catalogue.imported", "help.seen", "shop.stopped", "staff.added", "staff.removed"} | {
    kind for kind, cls in KINDS.items() if cls.__module__ == staff_facts.__name__
}
"""Fact kinds that nobody here brings about: they come from commands."""

SEEDS_ALL = 100
"""So many seeds of a level must reach every fault of that level."""

WIRE_EVERY, WIRE_SHARE = 25, 6
"""Of a normal run, one seed in so many plays real drivers, with a sixth of the shoppers: a tenth of the time at most."""

PLANTED_SEEDS = 40
PLANTED_SHOPPERS = {"ports": 60, "wire": 25, "disk": 0}
PLANTED_CUTS = 60


@dataclass(slots=True)
class Total:
    """Many seeds together."""

    seeds: int = 0
    shoppers: int = 0
    checkouts: int = 0
    paid: int = 0
    cuts: int = 0
    virtual_hours: float = 0.0
    violations: list[str] = field(default_factory=list)
    hits: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    wire: int = 0
    """Seeds with real drivers."""
    _digest: Any = field(default_factory=hashlib.sha256)

    def add(self, outcome: Outcome) -> None:
        self.seeds += 1
        self.wire += outcome.wire
        self.shoppers += outcome.shoppers
        self.checkouts += outcome.checkouts
        self.paid += outcome.paid
        self.cuts += outcome.cuts
        self.virtual_hours += outcome.virtual_s / 3600
        self.violations += [f"seed {outcome.seed}: {what}" for what in outcome.violations]
        self.hits += outcome.hits
        self.kinds += outcome.kinds
        self._digest.update(f"{outcome.seed} {outcome.digest}\n".encode())

    @property
    def digest(self) -> str:
        return str(self._digest.hexdigest()[:16])

    def missed(self) -> list[str]:
        """What never came about: a run that never met a fault proves nothing about it. A handful of seeds cannot."""
        known = (FAULTS if self.seeds - self.wire >= SEEDS_ALL else {}) | (
            WIRE_FAULTS if self.wire >= SEEDS_ALL else {}
        )
        kinds = sorted(KINDS.keys() - BY_HAND) if self.seeds >= SEEDS_ALL else ()
        return [f"fault {name}" for name in known if not self.hits[name]] + [
            f"fact {kind}" for kind in kinds if not self.kinds[kind]
        ]


def plans(first: int, last: int, shoppers: int, *, wire: bool) -> list[Plan]:
    """The plans of a run: all on the wire, or one now and then."""
    if wire:
        return [Plan(seed, shoppers, wire=True) for seed in range(first, last)]
    few = max(1, shoppers // WIRE_SHARE)
    return [
        Plan(seed, few, wire=True) if seed % WIRE_EVERY == WIRE_EVERY - 1 else Plan(seed, shoppers)
        for seed in range(first, last)
    ]


def outcome_of(plan: Plan) -> Outcome:
    return simulate(plan)[0]


def spread(work: Callable[[Given], Made], given: Iterable[Given], jobs: int) -> Iterator[Made]:
    """`work` of each, in order, on so many processes."""
    if jobs == 1:
        yield from map(work, given)
        return
    with multiprocessing.get_context("forkserver").Pool(jobs, gc.freeze) as pool:
        yield from pool.imap(work, given, chunksize=1)


@dataclass(frozen=True, slots=True)
class Catch:
    """By which judges a planted bug was caught, at which seed; an empty tuple means a hole."""

    bug: str
    seed: int
    judges: tuple[str, ...]


def _objected(plan: Plan) -> set[str]:
    return {violation.partition(":")[0] for violation in simulate(plan)[0].violations}


def _objected_on_disk(seed: int) -> set[str]:
    """Record a day and pull the plug anywhere in it (tests/power)."""
    with cuts.scratch() as folder:
        tally = cuts.cut(cuts.Bench(folder), cuts.record(folder), seed=seed, cuts=PLANTED_CUTS, again=False)
    said = {"lost": "power: acknowledged lost", "corrupt": "power: corrupt", "fsck": "power: fsck"}
    return {said[verdict] for verdict in tally.results if verdict != "good"}


def catch(name: str) -> Catch:
    """Plant a bug and look for a seed at which one of its judges objects."""
    level = BUGS[name].level
    tries = [Plan(seed, PLANTED_SHOPPERS[level], wire=level == "wire") for seed in range(PLANTED_SEEDS)]
    for seed, plan in enumerate(tries):
        with planted(name):
            objected = _objected_on_disk(seed) if level == "disk" else _objected(plan)
        if objected & set(BUGS[name].judges):
            return Catch(name, seed, tuple(sorted(objected)))
    return Catch(name, PLANTED_SEEDS, ())
