"""A `paybooth` of another version, for the updater: this checkout with one thing different.

Arguments: the version, how it differs, then the command. `good`: nothing. `moves`: its ledger has one schema more.
`dies`: `run` ends at once. `moves-dies`: both, in this order. `refuses`: it does not take the configuration.
"""

from __future__ import annotations

import sys
from pathlib import Path

import paybooth
from paybooth.ledger import migrate

version, mode, *words = sys.argv[1:]
paybooth.__version__ = version
command = words[0]
if mode.startswith("moves"):
    more = [*migrate.migrations(), (len(migrate.migrations()) + 1, "SELECT 1")]
    migrate.migrations = lambda: more

from paybooth import about, backup, cli  # noqa: E402 after the version is another
from paybooth.config import load  # noqa: E402
from paybooth.ledger.ledger import Ledger  # noqa: E402

about.migrations = backup.migrations = migrate.migrations
if command == "check-config" and mode == "refuses":
    sys.exit("this configuration is of yesterday")
if command == "run" and mode.endswith("dies"):
    if mode.startswith("moves"):
        with Ledger(load(Path(words[2])).data / "ledger.db", threaded=False):
            pass
    sys.exit("no luck")
cli.app(words)
