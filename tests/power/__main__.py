"""`python -m tests.power --cuts N --seed S --json`: any number of power cuts; the last line is one JSON object."""

from __future__ import annotations

import argparse
import json
import sys
import time

from . import cuts


def main(arguments: list[str] | None = None) -> int:
    """Exit 0 only where nothing was lost and both controls lost something."""
    parser = argparse.ArgumentParser(prog="python -m tests.power", description="Power cuts under the shop's ledger.")
    parser.add_argument("--cuts", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    began = time.monotonic()

    def tick(done: int) -> None:
        if done % 500 == 0:
            print(f"{done}/{given.cuts} cuts, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)

    run = cuts.run(given.seed, given.cuts, tick)
    product = run.product
    for finding in product.findings[:20]:
        print(finding, file=sys.stderr)
    if not run.controls_fail:
        print("void: a control lost nothing, so the judges cannot see a loss", file=sys.stderr)
    out = {
        "cuts": product.cuts,
        "second_cuts": product.second_cuts,
        "acked_lost": product.results["lost"],
        "corrupt": product.results["corrupt"],
        "fsck_findings": product.results["fsck"],
        "controls": {
            name: {"cuts": tally.cuts, **{what: tally.results[what] for what in ("lost", "corrupt", "fsck", "good")}}
            for name, tally in (("normal", run.normal), ("lying", run.lying))
        },
        "void": not run.controls_fail,
        "day": dict(sorted(run.ops.items())),
        "seed": given.seed,
        "seconds": round(time.monotonic() - began, 1),
        "digest": product.digest,
    }
    print(json.dumps(out) if given.json else "\n".join(f"{key}: {value}" for key, value in out.items()))
    return 0 if run.good else 1


if __name__ == "__main__":
    sys.exit(main())
