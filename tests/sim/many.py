"""Many seeds on many processes, added up; and each planted bug until a judge catches it."""

from __future__ import annotations

import gc
import hashlib
import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from paybooth.domain.facts import KINDS

from .planted import BUGS, planted
from .simulate import Outcome, simulate
from .world import FAULTS, Plan

Given, Made = TypeVar("Given"), TypeVar("Made")

BY_STAFF = {"catalogue.imported", "help.seen", "shop.stopped"}
"""Fact kinds that no shopper and no fault can bring about."""

PLANTED_SEEDS = 40
PLANTED_SHOPPERS = 60


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
    _digest: Any = field(default_factory=hashlib.sha256)

    def add(self, outcome: Outcome) -> None:
        self.seeds += 1
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
        """Faults and fact kinds that never came about: a run that reaches them not proves nothing about them."""
        faults = [f"fault {name}" for name in FAULTS if not self.hits[name]]
        return faults + [f"fact {kind}" for kind in sorted(KINDS.keys() - BY_STAFF) if not self.kinds[kind]]


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


def catch(name: str) -> Catch:
    """Plant a bug and look for a seed at which one of its judges objects."""
    for seed in range(PLANTED_SEEDS):
        with planted(name):
            outcome = simulate(Plan(seed, PLANTED_SHOPPERS))[0]
        objected = {violation.partition(":")[0] for violation in outcome.violations}
        if objected & set(BUGS[name].judges):
            return Catch(name, seed, tuple(sorted(objected)))
    return Catch(name, PLANTED_SEEDS, ())
