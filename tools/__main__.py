"""The menu of the checkout: `./dev VERB`. Each verb makes what it needs first; `./dev --help` lists them."""

from __future__ import annotations

import sys

from .setup import Fail
from .verbs import VERBS


def main() -> int:
    name, *arguments = sys.argv[1:] or ["--help"]
    if name in ("--help", "-h", "help"):
        print("./dev VERB [options]\n")
        for verb, run in VERBS.items():
            print(f"  {verb:<8} {(run.__doc__ or '').splitlines()[0]}")
        return 0
    if name not in VERBS:
        print(f"dev: no verb {name!r}; ./dev --help lists them", file=sys.stderr)
        return 2
    try:
        return VERBS[name](arguments)
    except Fail as error:
        print(f"dev: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


sys.exit(main())
