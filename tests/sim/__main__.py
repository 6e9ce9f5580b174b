"""`./dev sim --seeds A:B [--wire] [--shoppers N] [--json]` · `--planted` · `--explain SEED` · `--power N`."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import track

from tests.power import __main__ as power

from .explain import shrink, story
from .many import Total, catch, outcome_of, plans, spread
from .planted_wire import BUGS
from .world import Plan

T = TypeVar("T")

SHOPPERS, WIRE_SHOPPERS = 280, 40


def _shown(work: Iterator[T], what: str, count: int) -> Iterable[T]:
    return track(work, what, count, console=Console(stderr=True), transient=True)


def _planted(jobs: int) -> tuple[dict[str, Any], int]:
    found = []
    for each in _shown(spread(catch, list(BUGS), jobs), "planting", len(BUGS)):
        found.append(each)
        verdict = f"seed {each.seed}: {', '.join(each.judges)}" if each.judges else "NOT CAUGHT"
        print(f"{each.bug:<26} {BUGS[each.bug].says:<62} {verdict}")
    caught = sum(bool(each.judges) for each in found)
    result = {"planted": len(found), "caught": caught, "bugs": {e.bug: [e.seed, *e.judges] for e in found}}
    return result, 0 if caught == len(found) else 1


def _explain(plan: Plan) -> tuple[dict[str, Any], int]:
    seed = plan.seed
    try:
        plan, world = shrink(plan)
    except ValueError as none:
        return {"seed": seed, "story": [], "violations": 0, "says": str(none)}, 0
    lines = story(plan, world)
    print("\n".join(lines))
    return {"seed": seed, "shoppers": plan.shoppers, "booths": plan.booths, "violations": 1, "story": lines}, 1


def _seeds(text: str) -> tuple[int, int]:
    first, _, last = text.partition(":")
    if not (first.isdigit() and last.isdigit() and int(first) < int(last)):
        raise argparse.ArgumentTypeError(f"{text!r}: write FIRST:LAST, such as 0:200")
    return int(first), int(last)


def _simulate(options: argparse.Namespace) -> tuple[dict[str, Any], int]:
    began = time.monotonic()
    first, last = options.seeds
    total = Total()
    shoppers = options.shoppers or (WIRE_SHOPPERS if options.wire else SHOPPERS)
    played = plans(first, last, shoppers, wire=options.wire)
    for outcome in _shown(spread(outcome_of, played, options.jobs), "simulating", len(played)):
        total.add(outcome)
    seconds = time.monotonic() - began
    for violation in total.violations[:20]:
        seed = violation.split()[1].rstrip(":")
        plan = next(plan for plan in played if plan.seed == int(seed))
        print(f"{violation}\n    ./dev sim --explain {seed} --shoppers {plan.shoppers}{' --wire' * plan.wire}")
    missed = total.missed()
    for what in missed:
        print(f"never reached: {what}")
    result = {
        "seeds": total.seeds,
        "wire_seeds": total.wire,
        "shoppers": total.shoppers,
        "checkouts": total.checkouts,
        "paid": total.paid,
        "faults": sum(total.hits.values()),
        "power_cuts": total.cuts,
        "virtual_hours": round(total.virtual_hours, 1),
        "violations": len(total.violations),
        "missed": missed,
        "seconds": round(seconds, 1),
        "checkouts_per_s": round(total.checkouts / seconds, 1),
        "digest": total.digest,
        "by_fault": dict(sorted(total.hits.items())),
    }
    return result, 1 if total.violations or missed else 0


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="./dev sim", description="The shop in a world that breaks everything.")
    parser.add_argument("--seeds", type=_seeds, default=(0, 200), metavar="A:B")
    parser.add_argument("--shoppers", type=int, help=f"per seed ({SHOPPERS}; with --wire {WIRE_SHOPPERS})")
    parser.add_argument("--wire", action="store_true", help="real wallet drivers against the lab's gateways")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--planted", action="store_true", help="plant each bug and see which judge catches it")
    parser.add_argument("--explain", type=int, metavar="SEED", help="shrink a failing seed to a story")
    parser.add_argument("--power", type=int, metavar="N", help="N power cuts under the ledger (tests/power)")
    parser.add_argument("--json", action="store_true", help="only the last line, one JSON object")
    options = parser.parse_args(arguments)
    if options.json:
        sys.stdout, out = sys.stderr, sys.stdout
    else:
        out = sys.stdout
    if options.power:
        with contextlib.redirect_stdout(out):
            return power.main(["--cuts", str(options.power), *(["--json"] if options.json else [])])
    if options.planted:
        result, code = _planted(options.jobs)
    elif options.explain is not None:
        shoppers = options.shoppers or (WIRE_SHOPPERS if options.wire else SHOPPERS)
        result, code = _explain(Plan(options.explain, shoppers, wire=options.wire))
    else:
        result, code = _simulate(options)
    print(json.dumps(result, ensure_ascii=False), file=out, flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
