"""`python -m tests.crash --kills N [--lanes N] [--seed S] [--json]`: last line one JSON object."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
from dataclasses import asdict

from .crash import one_lane


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description="kill -9 on real wires.")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--lanes", type=int, default=os.cpu_count() or 1, help="shops side by side")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="the default; kept for symmetry")
    options = parser.parse_args()
    began = time.monotonic()
    shares = [options.kills // options.lanes + (n < options.kills % options.lanes) for n in range(options.lanes)]
    work = [(share, options.seed * 1000 + n) for n, share in enumerate(shares)]
    with multiprocessing.get_context("forkserver").Pool(options.lanes) as pool:
        tallies = [asdict(tally) for tally in pool.map(one_lane, work)]
    sums = {
        name: sum(tally[name] for tally in tallies)
        for name in ("kills", "in_flight", "sales", "paid_fen", "charged_fen", "given_back_fen")
    }
    violations = [violation for tally in tallies for violation in tally["violations"]]
    difference = sums["charged_fen"] - sums["given_back_fen"] - sums["paid_fen"]
    for violation in violations[:20]:
        print(violation, file=sys.stderr)
    result = {
        **sums,
        "difference_fen": difference,
        "violations": len(violations),
        "slowest_start_s": round(max(tally["slowest_start_s"] for tally in tallies), 2),
        "seconds": round(time.monotonic() - began, 1),
    }
    print(json.dumps(result), flush=True)
    return 1 if violations or difference else 0


if __name__ == "__main__":
    sys.exit(main())
