"""Draws the state machines in docs/design/machines.md from their tables: `python -m tools.diagrams [--check]`."""

from __future__ import annotations

import sys
from pathlib import Path

from paybooth.domain import door, incident, payment, refund, sale
from paybooth.drivers import cards

ROOT = Path(__file__).parent.parent
MACHINES = ROOT / "docs" / "design" / "machines.md"
DRIVERS = ROOT / "docs" / "drivers" / "README.md"


def _diagram(title: str, start: str, table: dict[tuple[str, str], str], final: frozenset[str]) -> str:
    lines = [f"## {title}", "", "```mermaid", "stateDiagram-v2", f"  [*] --> {start}"]
    lines += [f"  {state} --> {after}: {event}" for (state, event), after in table.items()]
    lines += [f"  {state} --> [*]" for state in sorted(final)]
    return "\n".join([*lines, "```", ""])


def machines() -> str:
    """The page of state machines."""
    head = "# State machines\n\nGenerated from the tables in `domain/` by `./dev fmt`; do not edit.\n"
    attempts = {(str(s), str(e)): str(a) for (s, e), a in payment.TRANSITIONS.items()}
    sales = {(str(p), str(e)): str(a) for (p, e), a in sale.TRANSITIONS.items()}
    refunds = {(str(s), str(e)): str(a) for (s, e), a in refund.TRANSITIONS.items()}
    doors = {(str(s), str(e)): str(a) for (s, e), a in door.TRANSITIONS.items()}
    incidents = {(str(s), str(e)): str(a) for (s, e), a in incident.TRANSITIONS.items()}
    return "\n".join(
        [
            head,
            _diagram("Payment attempt", "open", attempts, frozenset(map(str, payment.FINAL))),
            _diagram("Sale", "shopping", sales, frozenset(map(str, sale.ENDED))),
            _diagram("Exit door", "unknown", doors, frozenset()),
            _diagram("Incident", "open", incidents, frozenset({"resolved"})),
            _diagram("Refund by staff (by rule it begins open)", "asked", refunds, frozenset(map(str, refund.ENDED))),
        ]
    )


def drivers() -> str:
    """The table of drivers from their cards."""
    head = "# Drivers\n\nGenerated from the drivers' cards by `./dev fmt`; do not edit. How to write one: [writing.md](writing.md).\n"
    rows = ["| scheme | what | port | maturity | can | tried with |", "|---|---|---|---|---|---|"]
    rows += [
        f"| `{c.scheme}` | {c.title} | {c.port} | {c.maturity} | {', '.join(c.capabilities)} | {'; '.join(c.tested)} |"
        for c in cards()
    ]
    return "\n".join([head, *rows, ""])


def main() -> None:
    for path, text in ((MACHINES, machines()), (DRIVERS, drivers())):
        if "--check" in sys.argv:
            if not path.exists() or path.read_text("utf-8") != text:
                raise SystemExit(f"{path.relative_to(ROOT)} is out of date; run ./dev fmt")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
